package queue

import (
	"context"
	"sync"
)

// turns hands out the node's places for photos. A free place goes to the batch with the fewest, and among
// equals to the one that has waited longest for its last, so that a batch of 10 photos is not behind one of 5,000.
type turns struct {
	mu      sync.Mutex
	free    int
	batches map[string]*share // those that hold a place or wait for one
	clock   uint64            // counts grants and arrivals
}

// share is what a batch has of the places.
type share struct {
	held    int
	last    uint64          // value of clock at the last grant, or at the arrival
	waiting []chan struct{} // closed when a place is granted; first come, first served
}

func newTurns(places int) *turns {
	return &turns{free: places, batches: make(map[string]*share)}
}

// take waits for a place. The caller gives it back once.
func (t *turns) take(ctx context.Context, batch string) (give func(), err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	granted := make(chan struct{})
	t.mu.Lock()
	s := t.batches[batch]
	if s == nil {
		t.clock++
		s = &share{last: t.clock}
		t.batches[batch] = s
	}
	s.waiting = append(s.waiting, granted)
	t.grant()
	t.mu.Unlock()

	give = sync.OnceFunc(func() { t.leave(batch, s) })
	select {
	case <-granted:
		return give, nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	for i, w := range s.waiting {
		if w == granted {
			s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
			t.tidy(batch, s)
			t.mu.Unlock()
			return nil, context.Cause(ctx)
		}
	}
	t.mu.Unlock()
	give() // it was granted at the same moment
	return nil, context.Cause(ctx)
}

func (t *turns) leave(batch string, s *share) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.held--
	t.free++
	t.tidy(batch, s)
	t.grant()
}

// grant gives free places to those who wait. The caller holds the lock, as for tidy.
func (t *turns) grant() {
	for t.free > 0 {
		var next *share
		for _, s := range t.batches {
			if len(s.waiting) > 0 && (next == nil || s.held < next.held || s.held == next.held && s.last < next.last) {
				next = s
			}
		}
		if next == nil {
			return
		}
		t.free--
		t.clock++
		next.held++
		next.last = t.clock
		close(next.waiting[0])
		next.waiting = next.waiting[1:]
	}
}

// tidy forgets a batch that has and wants nothing.
func (t *turns) tidy(batch string, s *share) {
	if s.held == 0 && len(s.waiting) == 0 && t.batches[batch] == s {
		delete(t.batches, batch)
	}
}

// taken is how many places are in use.
func (t *turns) taken() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, s := range t.batches {
		n += s.held
	}
	return n
}
