package batch

import (
	"context"
	"runtime"
	"sync"

	"github.com/tagroll/tagroll/limit"
)

// slots bounds the photos under way. With a limiter that chooses how many calls are in flight, the
// bound moves with its window: photos are prepared as they will be needed, and prepared ones do not
// pile up in memory behind a narrow window. One goroutine takes slots.
type slots struct {
	most    int // Options.Concurrency
	ahead   int // Options.Ahead
	limiter *limit.Limiter

	mu      sync.Mutex
	taken   int
	changed chan struct{} // holds a token when there may be a free slot
}

func newSlots(o *Options) *slots {
	return &slots{most: o.Concurrency, ahead: o.Ahead, limiter: o.Limiter, changed: make(chan struct{}, 1)}
}

// bound is how many photos may be under way now.
func (s *slots) bound() int {
	window := s.limiter.State().Window
	switch {
	case window == 0:
		return s.most
	case s.ahead > 0:
		return window + s.ahead
	}
	return min(s.most, window+window/2+2*runtime.GOMAXPROCS(0))
}

// take waits for a free slot. It reports false if ctx ends or drain is closed meanwhile.
func (s *slots) take(ctx context.Context, drain <-chan struct{}) bool {
	for ctx.Err() == nil {
		s.mu.Lock()
		free := s.taken < s.bound()
		if free {
			s.taken++
		}
		s.mu.Unlock()
		if free {
			return true
		}
		select {
		case <-ctx.Done():
		case <-drain:
			return false
		case <-s.changed:
		}
	}
	return false
}

// release gives a slot back.
func (s *slots) release() {
	s.mu.Lock()
	s.taken--
	s.mu.Unlock()
	s.check()
}

// check lets take look again: a call has ended, and the window may have grown.
func (s *slots) check() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}
