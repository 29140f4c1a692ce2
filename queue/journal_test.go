package queue

import (
	"context"
	"encoding/hex"
	"errors"
	"sync"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/journal/journaltest"
)

// anyPhoto makes the journal of a run one that the suite can use: a run knows the photos of its
// batch only, takes a photo again only if a person wants it, and keeps IDs that are words of
// subjects.
type anyPhoto struct {
	t *testing.T
	n *Node
	r *run

	mu  sync.Mutex
	ids map[string]string // of the task under way, by the suite's photo ID
}

func newAnyPhoto(t *testing.T) *anyPhoto {
	n := start(t, Config{})
	r := n.newRun(create(t, n), nil, claim{Message: 1, Delivery: 1})
	_, _, r.cipher, _ = n.replica.batch(r.batch)
	t.Cleanup(func() { r.end(nil) })
	return &anyPhoto{t: t, n: n, r: r, ids: map[string]string{}}
}

// task returns the ID of the task for a photo, which is there and not done afterwards.
func (j *anyPhoto) task(photo tagroll.Photo) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	id := hex.EncodeToString([]byte(photo.ID))
	there, err := j.n.Add(j.t.Context(), j.r.batch, newPhoto(id))
	if err != nil {
		j.t.Error(err)
	}
	if there.State.done() {
		if _, _, err := j.n.Retry(j.t.Context(), j.r.batch, []string{id}); err != nil {
			j.t.Error(err)
		}
	}
	if there.State.done() || j.ids[photo.ID] == "" {
		m := j.n.replica
		m.mu.Lock()
		defer m.mu.Unlock()
		j.r.mu.Lock()
		defer j.r.mu.Unlock()
		p := m.batches[j.r.batch].byID[id]
		j.ids[photo.ID] = j.r.hand(p, p.rec.Name).ID
	}
	return j.ids[photo.ID]
}

func (j *anyPhoto) Lookup(ctx context.Context, photo tagroll.Photo, key tagroll.Key) (tagroll.Result, bool, error) {
	id := photo.ID
	j.mu.Lock()
	photo.ID = j.ids[id]
	j.mu.Unlock()
	r, found, err := j.r.Lookup(ctx, photo, key)
	if found {
		r.Photo.ID = id
	}
	return r, found, err
}

func (j *anyPhoto) Start(ctx context.Context, photo tagroll.Photo, k int) error {
	photo.ID = j.task(photo)
	return j.r.Start(ctx, photo, k)
}

func (j *anyPhoto) Finish(ctx context.Context, result tagroll.Result) error {
	result.Photo.ID = j.task(result.Photo)
	return j.r.Finish(ctx, result)
}

func TestJournal(t *testing.T) {
	journaltest.Test(t, func(t *testing.T) tagroll.Journal { return newAnyPhoto(t) })
}

// Of two runs that have the same photo one makes the call.
func TestClaim(t *testing.T) {
	n := start(t, Config{})
	b := create(t, n)
	add(t, n, b, 1)
	var runs []*run
	var photos []tagroll.Photo
	for i := range 2 {
		r := n.newRun(b, nil, claim{Message: 1, Delivery: uint64(i)})
		_, _, r.cipher, _ = n.replica.batch(b)
		defer r.end(nil)
		p, ok, _ := r.next()
		if !ok {
			t.Fatal("there is no photo to take")
		}
		runs, photos = append(runs, r), append(photos, p)
	}
	if err := runs[0].Start(t.Context(), photos[0], 1); err != nil {
		t.Fatal(err)
	}
	if err := runs[1].Start(t.Context(), photos[1], 1); tagroll.CodeOf(err) != tagroll.CodeCancelled {
		t.Errorf("claimed twice: %v", err)
	}
	// A claim that the engine cannot confirm allows no call either.
	n.conn.Close()
	if err := runs[0].Start(t.Context(), photos[0], 2); tagroll.CodeOf(err) != tagroll.CodeJournalFailed {
		t.Errorf("a call is made without a claim: %v", err)
	}
}

// A claim whose confirmation was lost is still the run's own.
func TestClaimWithoutAnswer(t *testing.T) {
	n := start(t, Config{})
	b := create(t, n)
	add(t, n, b, 1)
	r := n.newRun(b, nil, claim{Message: 1, Delivery: 1})
	defer r.end(nil)
	_, _, r.cipher, _ = n.replica.batch(b)
	photo, _, _ := r.next()
	own := r.tasks[photo.ID]
	before := own.rev
	if err := r.Start(t.Context(), photo, 1); err != nil {
		t.Fatal(err)
	}
	own.rev = before // as if it had seemed to fail
	result := journaltest.Result(photo.ID, "", "title")
	if err := r.Finish(t.Context(), result); err != nil {
		t.Fatal(err)
	}
	s, err := n.Get(t.Context(), b)
	if err != nil || s.Photos[0].State != PhotoNeedsReview || s.Photos[0].Calls != 1 {
		t.Errorf("%+v, %v", s.Photos[0], err)
	}
	// And the answer to the result is lost as well.
	own.rev = before
	if err := r.Finish(t.Context(), result); err != nil || errors.Is(context.Cause(r.ctx), errLost) {
		t.Errorf("%v, %v", err, context.Cause(r.ctx))
	}
}
