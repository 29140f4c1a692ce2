package queue

import (
	"context"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
)

// A cluster keeps a batch's message and gives it to nobody any more: the batch is announced again,
// and its photos are described once.
func TestOrphanIsAnnouncedAgain(t *testing.T) {
	t.Parallel()
	servers := serve(t, 1)
	front := startTimed(t, Config{URL: urls(servers...)}, quick())
	b := create(t, front)
	add(t, front, b, 3)
	makeOrphan(t, front)
	var calls ledger
	startTimed(t, Config{URL: urls(servers...), Work: counted(&calls)}, quick())
	until(t, front, b, "all are done", done)
	if sum, most := calls.total(); sum != 3 || most != 1 {
		t.Errorf("%d calls, up to %d for one photo", sum, most)
	}
}

// makeOrphan has the consumer of batches pass over what is announced. It then is in the stream and
// counts as acknowledged, as after the loss of a leader.
func makeOrphan(t *testing.T, n *Node) {
	t.Helper()
	if _, err := n.bind(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := n.streams[workStream].Info(t.Context())
	if err != nil || info.State.Msgs != 1 {
		t.Fatalf("the message is not there: %+v, %v", info, err)
	}
	if _, err := n.js.ResetConsumerToSequence(t.Context(), workStream, workers, info.State.LastSeq+1); err != nil {
		t.Fatal(err)
	}
}

// A batch that is under way for long without a change is left to its node, though another one is an
// orphan.
func TestOrphansLeaveRunsAlone(t *testing.T) {
	t.Parallel()
	servers := serve(t, 1)
	timing := quick()
	timing.lease = time.Hour // nobody looks for orphans by himself
	front := startTimed(t, Config{URL: urls(servers...)}, timing)
	orphan := create(t, front)
	add(t, front, orphan, 1)
	makeOrphan(t, front)
	p := newProvider()
	startTimed(t, Config{URL: urls(servers...), Work: p.work()}, timing)
	long := create(t, front)
	add(t, front, long, 1)
	p.underWay(t, 1)
	// This node would take the batch if the batch were announced.
	startTimed(t, Config{URL: urls(servers...), Work: p.work()}, timing)
	if err := front.adoptOrphans(t.Context(), []string{long, orphan}); err != nil {
		t.Fatal(err)
	}
	p.underWay(t, 1)
	for range 2 {
		p.let <- nil
	}
	for _, b := range []string{orphan, long} {
		if s := until(t, front, b, "it is done", done); s.Progress.Calls != 1 {
			t.Errorf("%d calls", s.Progress.Calls)
		}
	}
	if calls := p.calls.Load(); calls != 2 {
		t.Errorf("%d calls for two photos", calls)
	}
}

// counted is work that makes one call for each photo.
func counted(calls *ledger) Work {
	return describing(func(_ context.Context, photo tagroll.Photo) error {
		calls.note(photo.Name)
		return nil
	})
}
