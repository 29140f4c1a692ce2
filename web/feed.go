package web

import (
	"context"
	"errors"
	"sort"
	"strconv"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/sleep"
	"github.com/tagroll/tagroll/queue"
)

const (
	// pace is the least time between two rounds of events.
	pace = 250 * time.Millisecond
	// recheck is how often a batch under way is looked at although nothing in it changed: a
	// provider's pause begins and ends without a change.
	recheck = 2 * time.Second
)

// feeds make the events of the batches that somebody watches. Each batch is looked at once for all
// of its streams, and what is new is encoded once.
type feeds struct {
	mu   sync.Mutex
	open map[string]*feed
}

// feed is of one batch.
type feed struct {
	s     *Server
	batch string
	stop  context.CancelFunc
	users int // guarded by feeds.mu

	mu    sync.Mutex
	round *round
	next  chan struct{} // closed when round is replaced

	whole sync.Mutex // guards the latest snapshot event
	at    time.Time
	rev   uint64
	text  []byte
}

// round is a batch at one moment, and what changed since the round before.
type round struct {
	snapshot queue.Snapshot
	since    uint64 // revision of the round before
	changes  []byte // events: the photos that changed, then the progress
	gone     bool   // the batch was deleted
}

// join returns the batch's feed, and starts it for the first client.
func (s *Server) join(b queue.Snapshot) *feed {
	s.feeds.mu.Lock()
	defer s.feeds.mu.Unlock()
	f, ok := s.feeds.open[b.ID]
	if !ok {
		ctx, stop := context.WithCancel(s.ctx)
		f = &feed{s: s, batch: b.ID, stop: stop, round: &round{snapshot: b}, next: make(chan struct{})}
		if s.feeds.open == nil {
			s.feeds.open = make(map[string]*feed)
		}
		s.feeds.open[b.ID] = f
		go f.run(ctx)
	}
	f.users++
	return f
}

// leave stops the feed when nobody wants it any more.
func (s *Server) leave(f *feed) {
	s.feeds.mu.Lock()
	defer s.feeds.mu.Unlock()
	if f.users--; f.users == 0 {
		f.stop()
		delete(s.feeds.open, f.batch)
	}
}

// latest returns the latest round, and what is closed when there is another.
func (f *feed) latest() (*round, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.round, f.next
}

// run makes rounds until ctx ends.
func (f *feed) run(ctx context.Context) {
	changed, stop := f.s.Node.Watch(f.batch)
	defer stop()
	ticker := time.NewTicker(recheck)
	defer ticker.Stop()
	f.refresh(ctx) // what changed before the watch began
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-changed:
			if !ok {
				changed = nil // the engine ends; the ticker goes on
			}
		case <-ticker.C:
			r, _ := f.latest()
			if waiting := r.snapshot.Progress.Processing + r.snapshot.Progress.Pending; r.gone || changed != nil && waiting == 0 {
				continue
			}
		}
		if f.refresh(ctx) && sleep.For(ctx, pace) != nil {
			return
		}
	}
}

// refresh makes a round if there is something new, and reports whether it did. An engine that
// cannot answer now is asked again later.
func (f *feed) refresh(ctx context.Context) bool {
	old, _ := f.latest()
	b, err := f.s.Node.Get(ctx, f.batch)
	r := &round{snapshot: b, since: old.snapshot.Revision}
	switch {
	case errors.Is(err, queue.ErrNotFound) && !old.gone:
		r.snapshot, r.gone = old.snapshot, true
	case err != nil:
		return false
	case b.Revision == old.snapshot.Revision && samePause(b.Progress.Limiter, old.snapshot.Progress.Limiter):
		return false
	default:
		r.changes = f.s.eventsSince(b, r.since)
	}
	f.mu.Lock()
	f.round = r
	close(f.next)
	f.next = make(chan struct{})
	f.mu.Unlock()
	return true
}

// samePause reports whether two moments show the same pause of the provider, or none.
func samePause(a, b tagroll.LimiterState) bool {
	if !a.Paused() || !b.Paused() {
		return a.Paused() == b.Paused()
	}
	return a.PausedBy == b.PausedBy && a.PausedUntil.Sub(b.PausedUntil).Abs() < recheck
}

// snapshotEvent returns the whole batch as an event. Streams that begin at the same time share it.
func (f *feed) snapshotEvent(b queue.Snapshot) []byte {
	f.whole.Lock()
	defer f.whole.Unlock()
	if now := time.Now(); f.text == nil || f.rev != b.Revision || now.Sub(f.at) >= pace {
		f.at, f.rev = now, b.Revision
		f.text = event("progress", revisionID(b.Revision), f.s.viewBatch(b, true))
	}
	return f.text
}

// eventsSince returns the events of what has changed after a revision. The photos come in the order
// of their changes: a client that is cut off in between can name the last that arrived. Photos
// whose group alone has changed come first, under the revision that the client has.
func (s *Server) eventsSince(b queue.Snapshot, revision uint64) []byte {
	var changed []queue.Photo
	for _, p := range b.Photos {
		if p.Changed() > revision {
			changed = append(changed, p)
		}
	}
	sort.Slice(changed, func(i, j int) bool { return changed[i].Revision < changed[j].Revision })
	var text []byte
	for _, p := range changed {
		text = append(text, event("photo", revisionID(max(p.Revision, revision)), s.viewPhoto(b.Batch, p))...)
	}
	for _, p := range b.Removed {
		if p.Revision > revision {
			text = append(text, event("removed", revisionID(p.Revision), removedView{ID: p.ID})...)
		}
	}
	return append(text, event("progress", revisionID(b.Revision), s.viewBatch(b, false))...)
}

// removedView is the event of a photo that was removed, or of a batch that was deleted.
type removedView struct {
	ID string `json:"id"`
}

// doneEvent says that the batch has ended.
func (s *Server) doneEvent(b queue.Snapshot) []byte {
	return event("done", revisionID(b.Revision)+doneSuffix, s.viewBatch(b, false))
}

func revisionID(revision uint64) string { return strconv.FormatUint(revision, 10) }

// event writes an event in the form of the HTML standard, 9.2.5. JSON has no line breaks.
func event(name, id string, data any) []byte {
	text, err := encode(data)
	if err != nil { // what is shown can always be written
		panic(err)
	}
	b := make([]byte, 0, len(text)+len(name)+len(id)+32)
	b = append(b, "id: "...)
	b = append(b, id...)
	b = append(b, "\nevent: "...)
	b = append(b, name...)
	b = append(b, "\ndata: "...)
	b = append(b, text...)
	return append(b, "\n\n"...)
}
