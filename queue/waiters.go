package queue

import (
	"context"
	"slices"
)

// waiter waits until a subject's value has reached a revision.
type waiter struct {
	subject string
	rev     uint64
	reached chan struct{}
}

// await returns once the value of a batch's subject is at revision rev or newer, or the batch is
// gone.
func (m *replica) await(ctx context.Context, b, subject string, rev uint64) error {
	m.mu.Lock()
	if m.reached(b, subject, rev) {
		m.mu.Unlock()
		return nil
	}
	w := waiter{subject, rev, make(chan struct{})}
	m.waiters[b] = append(m.waiters[b], w)
	m.mu.Unlock()
	select {
	case <-w.reached:
		return nil
	case <-ctx.Done():
		m.mu.Lock()
		defer m.mu.Unlock()
		m.waiters[b] = slices.DeleteFunc(m.waiters[b], func(o waiter) bool { return o.reached == w.reached })
		if len(m.waiters[b]) == 0 {
			delete(m.waiters, b)
		}
		return context.Cause(ctx)
	}
}

// awaitNewest returns once any record of the batch is at revision rev or newer, or the batch is
// gone.
func (m *replica) awaitNewest(ctx context.Context, b string, rev uint64) error {
	return m.await(ctx, b, "", rev)
}

// everything stands for the ID of a batch where all of them are meant.
const everything = ""

// awaitPosition returns once a value of revision rev or newer was delivered.
func (m *replica) awaitPosition(ctx context.Context, rev uint64) error {
	return m.await(ctx, everything, "", rev)
}

func (m *replica) reached(b, subject string, rev uint64) bool {
	if b == everything {
		return m.position >= rev
	}
	if t, ok := m.gone[b]; ok {
		return subject != batchSubject(b) || t.rev >= rev
	}
	e := m.batches[b]
	if e == nil {
		return false
	}
	if subject == "" {
		return e.rec != nil && e.newest >= rev
	}
	kind, _, name := parseSubject(subject)
	if kind == "batch" {
		return e.rev >= rev
	}
	p := e.photos[name]
	return p != nil && p.rev >= rev || e.removed[name].Revision >= rev && rev > 0
}

// wake releases the waiters whose revision has been reached.
func (m *replica) wake(b string) {
	waiting, ok := m.waiters[b]
	if !ok {
		return
	}
	waiting = slices.DeleteFunc(waiting, func(w waiter) bool {
		over := m.reached(b, w.subject, w.rev)
		if over {
			close(w.reached)
		}
		return over
	})
	if m.waiters[b] = waiting; len(waiting) == 0 {
		delete(m.waiters, b)
	}
}

// gaps returns the revision of the last value that was delivered, and whether there may be older
// ones that the replica does not show yet, see Node.closeGaps.
func (m *replica) gaps() (position uint64, open bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.position, m.gap > m.whole
}

// closed notes that the gaps up to a revision are closed.
func (m *replica) closed(rev uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.whole = max(m.whole, rev)
}

// watch registers a channel that holds a token while there is a change that the receiver has not
// taken.
func (m *replica) watch(b string) (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.watchers[b] == nil {
		m.watchers[b] = make(map[chan struct{}]bool)
	}
	m.watchers[b][c] = true
	return c, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.watchers[b], c)
		if len(m.watchers[b]) == 0 {
			delete(m.watchers, b)
		}
	}
}

func (m *replica) notify(b string) {
	for c := range m.watchers[b] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
