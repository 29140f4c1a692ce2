package web

import (
	"container/list"
	"context"
	"sync"
)

// line shares out an amount of something, in order of arrival: bytes of memory, processors. Nobody
// overtakes, so that the largest request is served as surely as the smallest.
//
// Who already holds a part can ask for more. For these the reserve is set aside: when nothing is free, the first in line
// gets what it asks for out of the reserve, and everything it asks for later. Without it, holders could wait for each other
// for ever. The reserve must be large enough for all that one claim ever holds.
type line struct {
	mu      sync.Mutex
	total   int64
	free    int64
	reserve bool // there is one
	lent    int64
	debtor  *claim
	waiting list.List // of *request
}

type request struct {
	claim   *claim
	amount  int64
	granted chan struct{}
}

// claim is what one user holds of a line. It is for one goroutine at a time.
type claim struct {
	line *line
	held int64 // of the free part
}

// newLine returns a line of total, reserve included.
func newLine(total, reserve int64) *line {
	return &line{total: total - reserve, free: total - reserve, reserve: reserve > 0}
}

func (l *line) claim() *claim { return &claim{line: l} }

// taken is how much is held.
func (l *line) taken() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total - l.free + l.lent
}

// join asks for more and returns at once; wait waits for it. In between others cannot overtake.
func (c *claim) join(amount int64) *request {
	q := &request{claim: c, amount: amount, granted: make(chan struct{})}
	l := c.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.debtor == c {
		l.grant(q)
		return q
	}
	l.waiting.PushBack(q)
	l.serve()
	return q
}

// wait returns nil when the request is granted. If ctx ends first it is taken back.
func (q *request) wait(ctx context.Context) error {
	select {
	case <-q.granted:
		return nil
	case <-ctx.Done():
	}
	l := q.claim.line
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-q.granted:
		return nil // at the same moment
	default:
	}
	for e := l.waiting.Front(); e != nil; e = e.Next() {
		if e.Value == q {
			l.waiting.Remove(e)
			break
		}
	}
	l.serve() // those behind may be content with less
	return context.Cause(ctx)
}

// take asks for more and waits for it.
func (c *claim) take(ctx context.Context, amount int64) error { return c.join(amount).wait(ctx) }

// give returns a part.
func (c *claim) give(amount int64) {
	l := c.line
	l.mu.Lock()
	defer l.mu.Unlock()
	fromFree := min(amount, c.held)
	c.held -= fromFree
	l.free += fromFree
	if l.debtor == c {
		l.lent -= amount - fromFree
	}
	l.serve()
}

// release returns everything. It may be called more than once.
func (c *claim) release() {
	l := c.line
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free += c.held
	c.held = 0
	if l.debtor == c {
		l.debtor, l.lent = nil, 0
	}
	l.serve()
}

// serve grants what can be granted. The caller holds the lock.
func (l *line) serve() {
	for {
		front := l.waiting.Front()
		if front == nil {
			return
		}
		q := front.Value.(*request)
		if q.amount > l.free {
			if !l.reserve || l.debtor != nil {
				return
			}
			l.debtor = q.claim
		}
		l.waiting.Remove(front)
		l.grant(q)
	}
}

func (l *line) grant(q *request) {
	if l.debtor == q.claim {
		l.lent += q.amount
	} else {
		l.free -= q.amount
		q.claim.held += q.amount
	}
	close(q.granted)
}
