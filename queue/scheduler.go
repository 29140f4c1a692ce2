package queue

import (
	"context"
	"sync"
)

// fairScheduler hands out the node's slots for photos. A free slot goes to the batch that holds the
// fewest slots; among equals, to the batch whose last grant is the oldest. A batch of 10 photos
// therefore does not wait behind a batch of 5,000.
type fairScheduler struct {
	mu      sync.Mutex
	free    int
	batches map[string]*share // batches that hold a slot or wait for one
	clock   uint64            // counts grants and arrivals
}

// share is what one batch holds of the slots.
type share struct {
	held    int
	last    uint64          // value of clock at the last grant, or at the arrival
	waiting []chan struct{} // closed when a slot is granted; first come, first served
}

func newFairScheduler(slots int) *fairScheduler {
	return &fairScheduler{free: slots, batches: make(map[string]*share)}
}

// acquire waits for a slot. The caller calls release once.
func (t *fairScheduler) acquire(ctx context.Context, batch string) (release func(), err error) {
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

	release = sync.OnceFunc(func() { t.leave(batch, s) })
	select {
	case <-granted:
		return release, nil
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
	release() // it was granted at the same moment
	return nil, context.Cause(ctx)
}

func (t *fairScheduler) leave(batch string, s *share) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.held--
	t.free++
	t.tidy(batch, s)
	t.grant()
}

// grant gives free slots to waiting photos. The caller holds the lock.
func (t *fairScheduler) grant() {
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

// tidy forgets a batch that holds no slot and waits for none. The caller holds the lock.
func (t *fairScheduler) tidy(batch string, s *share) {
	if s.held == 0 && len(s.waiting) == 0 && t.batches[batch] == s {
		delete(t.batches, batch)
	}
}

// inUse returns how many slots are taken.
func (t *fairScheduler) inUse() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, s := range t.batches {
		n += s.held
	}
	return n
}
