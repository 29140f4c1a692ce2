package web

import (
	"container/list"
	"context"
	"sync"
)

// semaphore shares out an amount of memory or processors. Acquisitions are granted strictly in the
// order of their arrival, so a large one is never starved by small ones.
//
// A reservation may grow while others grow too, and two of them could wait for each other for ever.
// The reserve prevents that deadlock. When the free part is used up, the first acquisition in the
// queue is granted from the reserve, and its reservation (the debtor) gets everything else that it
// needs from the reserve. The reserve must therefore cover the most that one reservation can hold.
type semaphore struct {
	mu         sync.Mutex
	total      int64 // without the reserve
	free       int64
	hasReserve bool
	lent       int64        // of the reserve, to the debtor
	debtor     *reservation // at most one at a time
	waiting    list.List    // of *acquisition
}

// acquisition is one wait for a part of the semaphore.
type acquisition struct {
	reservation *reservation
	amount      int64
	granted     chan struct{} // closed when granted
}

// reservation is what one user holds. It must not be used by two goroutines at once.
type reservation struct {
	semaphore *semaphore
	held      int64 // of the free part
}

// newSemaphore returns a semaphore of total, of which reserve is set aside.
func newSemaphore(total, reserve int64) *semaphore {
	return &semaphore{total: total - reserve, free: total - reserve, hasReserve: reserve > 0}
}

func (s *semaphore) reserve() *reservation { return &reservation{semaphore: s} }

// taken returns how much is held.
func (s *semaphore) taken() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total - s.free + s.lent
}

// join enters the queue and returns at once. Nobody who joins later is granted earlier.
func (r *reservation) join(amount int64) *acquisition {
	q := &acquisition{reservation: r, amount: amount, granted: make(chan struct{})}
	s := r.semaphore
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.debtor == r {
		s.grant(q)
		return q
	}
	s.waiting.PushBack(q)
	s.serve()
	return q
}

// wait returns nil once the acquisition is granted. If ctx ends first, the acquisition is withdrawn.
func (q *acquisition) wait(ctx context.Context) error {
	select {
	case <-q.granted:
		return nil
	case <-ctx.Done():
	}
	s := q.reservation.semaphore
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-q.granted:
		return nil // granted while ctx ended
	default:
	}
	for e := s.waiting.Front(); e != nil; e = e.Next() {
		if e.Value == q {
			s.waiting.Remove(e)
			break
		}
	}
	s.serve() // the next in the queue may need less
	return context.Cause(ctx)
}

// take joins the queue and waits.
func (r *reservation) take(ctx context.Context, amount int64) error { return r.join(amount).wait(ctx) }

// give returns a part of the reservation.
func (r *reservation) give(amount int64) {
	s := r.semaphore
	s.mu.Lock()
	defer s.mu.Unlock()
	fromFree := min(amount, r.held)
	r.held -= fromFree
	s.free += fromFree
	if s.debtor == r {
		s.lent -= amount - fromFree
	}
	s.serve()
}

// release returns the whole reservation. Further calls do nothing.
func (r *reservation) release() {
	s := r.semaphore
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += r.held
	r.held = 0
	if s.debtor == r {
		s.debtor, s.lent = nil, 0
	}
	s.serve()
}

// serve grants acquisitions from the front of the queue. The caller holds the lock.
func (s *semaphore) serve() {
	for {
		front := s.waiting.Front()
		if front == nil {
			return
		}
		q := front.Value.(*acquisition)
		if q.amount > s.free {
			if !s.hasReserve || s.debtor != nil {
				return
			}
			s.debtor = q.reservation
		}
		s.waiting.Remove(front)
		s.grant(q)
	}
}

func (s *semaphore) grant(q *acquisition) {
	if s.debtor == q.reservation {
		s.lent += q.amount
	} else {
		s.free -= q.amount
		q.reservation.held += q.amount
	}
	close(q.granted)
}
