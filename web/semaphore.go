package web

import (
	"context"
	"slices"
	"sync"
	"time"
)

// semaphore shares out an amount of memory or processors among clients. A free part goes to the
// client that holds the least; among the acquisitions of one client, to the smallest. A small photo
// therefore never waits behind large ones, and one client's photos do not wait behind another's.
//
// A reservation may grow while others grow too, and two of them could wait for each other for ever.
// The reserve prevents that deadlock, and keeps large acquisitions from being starved by small
// ones. When the best acquisition does not fit into the free part, the one that has waited longest
// is granted from the reserve, and its reservation (the debtor) gets everything else that it needs
// from the reserve. The reserve must therefore cover the most that one reservation can hold.
type semaphore struct {
	mu         sync.Mutex
	total      int64 // without the reserve
	free       int64
	most       int64 // of the free part that one client can hold
	hasReserve bool
	lent       int64            // of the reserve, to the debtor
	debtor     *reservation     // at most one at a time
	held       map[string]int64 // of the free part and the reserve, by client
	waiting    []*acquisition   // in the order of arrival

	// pressed is called when an acquisition has waited for long, and again until it is granted.
	// The function may make others release what they hold. Nil: nobody is told.
	pressed func(client string, amount int64)
}

// acquisition is one wait for a part of the semaphore.
type acquisition struct {
	reservation *reservation
	amount      int64
	granted     chan struct{} // closed when granted
}

// reservation is what one user holds of the semaphore. Two goroutines must not use it at once.
type reservation struct {
	semaphore *semaphore
	client    string
	held      int64 // of the free part
	borrowed  int64 // of the reserve
}

// patience is how long an acquisition waits before semaphore.pressed is told, and between two
// times.
const patience = time.Second

// newSemaphore returns a semaphore of total, of which reserve is set aside. Of the rest, one client
// can hold at most a share.
func newSemaphore(total, reserve int64, share float64) *semaphore {
	s := &semaphore{total: total - reserve, free: total - reserve, hasReserve: reserve > 0, held: make(map[string]int64)}
	s.most = max(int64(share*float64(s.total)), 1)
	return s
}

func (s *semaphore) reserve(client string) *reservation {
	return &reservation{semaphore: s, client: client}
}

// taken returns how much is held.
func (s *semaphore) taken() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total - s.free + s.lent
}

// of returns how much a client holds.
func (s *semaphore) of(client string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held[client]
}

// join enters the queue and returns at once.
func (r *reservation) join(amount int64) *acquisition {
	q := &acquisition{reservation: r, amount: amount, granted: make(chan struct{})}
	s := r.semaphore
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.debtor == r {
		s.grant(q)
		return q
	}
	s.waiting = append(s.waiting, q)
	s.serve()
	return q
}

// wait returns nil once the acquisition is granted. If ctx ends first, the acquisition is
// withdrawn.
func (q *acquisition) wait(ctx context.Context) error {
	s := q.reservation.semaphore
	select {
	case <-q.granted:
		return nil
	default:
	}
	ticker := time.NewTicker(patience)
	defer ticker.Stop()
	for {
		select {
		case <-q.granted:
			return nil
		case <-ticker.C:
			if s.pressed != nil {
				s.pressed(q.reservation.client, q.amount)
			}
			continue
		case <-ctx.Done():
		}
		break
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-q.granted:
		return nil // granted while ctx ended
	default:
	}
	s.waiting = slices.DeleteFunc(s.waiting, func(o *acquisition) bool { return o == q })
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
	fromReserve := min(amount-fromFree, r.borrowed)
	r.borrowed -= fromReserve
	s.lent -= fromReserve
	s.forget(r.client, fromFree+fromReserve)
	s.serve()
}

// release returns the whole reservation. Further calls do nothing.
func (r *reservation) release() {
	s := r.semaphore
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += r.held
	s.lent -= r.borrowed
	s.forget(r.client, r.held+r.borrowed)
	r.held, r.borrowed = 0, 0
	if s.debtor == r {
		s.debtor = nil
	}
	s.serve()
}

func (s *semaphore) forget(client string, amount int64) {
	if s.held[client] -= amount; s.held[client] == 0 {
		delete(s.held, client)
	}
}

// serve grants what can be granted. The caller holds the lock.
func (s *semaphore) serve() {
	for len(s.waiting) > 0 {
		if best := s.best(); best >= 0 {
			s.grantAt(best)
			continue
		}
		if !s.hasReserve || s.debtor != nil {
			return
		}
		oldest := s.waiting[0]
		for _, q := range s.waiting {
			if s.held[q.reservation.client] < s.held[oldest.reservation.client] {
				oldest = q
			}
		}
		s.debtor = oldest.reservation
		s.grantAt(slices.Index(s.waiting, oldest))
	}
}

// best returns the index of the acquisition to be granted next from the free part; -1 if none fits.
func (s *semaphore) best() int {
	best := -1
	for i, q := range s.waiting {
		held := s.held[q.reservation.client]
		if q.amount > s.free || held > 0 && held+q.amount > s.most {
			continue
		}
		if best < 0 {
			best = i
			continue
		}
		b := s.waiting[best]
		if h := s.held[b.reservation.client]; held < h || held == h && q.amount < b.amount {
			best = i
		}
	}
	return best
}

func (s *semaphore) grantAt(i int) {
	q := s.waiting[i]
	s.waiting = slices.Delete(s.waiting, i, i+1)
	s.grant(q)
}

func (s *semaphore) grant(q *acquisition) {
	r := q.reservation
	if s.debtor == r {
		s.lent += q.amount
		r.borrowed += q.amount
	} else {
		s.free -= q.amount
		r.held += q.amount
	}
	s.held[r.client] += q.amount
	close(q.granted)
}
