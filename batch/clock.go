package batch

import (
	"context"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
)

// The clock runs in slices. A slice that took longer than it should by suspension was
// interrupted: the process was stopped (Ctrl-Z) or the machine slept (a laptop's lid). Then
// only the slice counts, so that no photo fails for a time in which nothing could be done.
const (
	slice      = time.Second
	suspension = 2 * time.Second
)

// clock is the one deadline of a photo. It can be stopped while the photo only
// waits for something that is not its own work, which context.WithTimeout cannot.
type clock struct {
	now    func() time.Time
	cancel context.CancelCauseFunc
	expire func()

	mu      sync.Mutex
	timer   *time.Timer   // nil without a limit
	planned time.Duration // of the slice that runs
	stopped bool
	left    time.Duration // at the last start, while running
	since   time.Time     // of the last start or stop
	waiting int           // nested pauses
	active  time.Duration // up to the last start or stop
	waited  time.Duration

	limit    time.Duration
	warmUp   *WarmUp // nil for none
	extended bool    // the deadline has passed, and the server's first answer is waited for
}

// startClock returns a context that ends, with a timeout error as its cause, once
// the clock has run for limit. A limit of zero or less means none.
func startClock(parent context.Context, limit time.Duration, warmUp *WarmUp) (context.Context, *clock) {
	ctx, c := startClockAt(parent, limit, time.Now)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit, c.warmUp = limit, warmUp
	return ctx, c
}

func startClockAt(parent context.Context, limit time.Duration, now func() time.Time) (context.Context, *clock) {
	ctx, cancel := context.WithCancelCause(parent)
	c := &clock{cancel: cancel, left: limit, now: now, since: now()}
	if limit > 0 {
		c.expire = func() {
			cancel(&tagroll.Error{
				Code:    tagroll.CodeTimeout,
				Message: "not done within " + limit.String() + ": try the photo again, or allow it more time",
				Err:     context.DeadlineExceeded,
			})
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.run()
	}
	return ctx, c
}

// run starts the next slice. The caller holds the lock.
func (c *clock) run() {
	c.planned = min(max(c.left, 0), slice)
	c.timer = time.AfterFunc(c.planned, c.sliceEnded)
}

// sliceEnded ends the context if no time is left.
func (c *clock) sliceEnded() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped || c.waiting > 0 {
		return
	}
	c.left -= c.tick(&c.active)
	if c.left <= 0 && !c.extend() {
		c.expire()
		return
	}
	c.run()
}

// extend gives the photo more time if the server may be loading its model: until it has
// answered, and then the whole time once. The caller holds the lock.
func (c *clock) extend() bool {
	if c.warmUp == nil {
		return false
	}
	warm, waiting := c.warmUp.state()
	switch {
	case waiting:
		c.left, c.extended = slice, true
	case warm && c.extended:
		c.left, c.extended = c.limit, false
	default:
		return false
	}
	return true
}

// pause stops the clock until the matching resume.
func (c *clock) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting++
	if c.waiting > 1 {
		return
	}
	c.left -= c.tick(&c.active)
	if c.timer != nil {
		c.timer.Stop()
	}
}

func (c *clock) resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting--
	if c.waiting > 0 {
		return
	}
	c.tick(&c.waited)
	if c.timer != nil && !c.stopped {
		c.run()
	}
}

// stop ends the clock and its context. The times stay readable.
func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting > 0 {
		c.tick(&c.waited)
	} else {
		c.tick(&c.active)
	}
	c.stopped = true
	if c.timer != nil {
		c.timer.Stop()
	}
	c.cancel(context.Canceled)
}

// remaining returns how much longer the clock will run; ok is false without a limit.
func (c *clock) remaining() (left time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer == nil {
		return 0, false
	}
	if c.waiting > 0 {
		return c.left, true
	}
	return c.left - c.now().Sub(c.since), true
}

// times returns how long the clock ran, and how long it stood still.
func (c *clock) times() (active, waited time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.active, c.waited
}

// tick adds the time since the last start or stop to sum and returns it.
func (c *clock) tick(sum *time.Duration) time.Duration {
	now := c.now()
	d := now.Sub(c.since)
	if sum == &c.active && c.timer != nil && d > c.planned+suspension {
		d = c.planned
	}
	c.since = now
	*sum += d
	return d
}
