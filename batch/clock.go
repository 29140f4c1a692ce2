package batch

import (
	"context"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
)

// clock is the one deadline of a photo. It can be stopped while the photo only
// waits for something that is not its own work, which context.WithTimeout cannot.
type clock struct {
	cancel context.CancelCauseFunc
	expire func()

	mu      sync.Mutex
	timer   *time.Timer   // nil without a limit
	left    time.Duration // at the last start, while running
	since   time.Time     // of the last start or stop
	waiting int           // nested pauses
	active  time.Duration // up to the last start or stop
	waited  time.Duration
}

// startClock returns a context that ends, with a timeout error as its cause, once
// the clock has run for limit. A limit of zero or less means none.
func startClock(parent context.Context, limit time.Duration) (context.Context, *clock) {
	ctx, cancel := context.WithCancelCause(parent)
	c := &clock{cancel: cancel, left: limit, since: time.Now()}
	if limit > 0 {
		c.expire = func() {
			cancel(&tagroll.Error{
				Code:    tagroll.CodeTimeout,
				Message: "not done within " + limit.String() + ": try the photo again, or allow it more time",
				Err:     context.DeadlineExceeded,
			})
		}
		c.timer = time.AfterFunc(limit, c.expire)
	}
	return ctx, c
}

// pause stops the clock until the matching resume.
func (c *clock) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting++
	if c.waiting > 1 {
		return
	}
	ran := c.tick(&c.active)
	if c.timer != nil && c.timer.Stop() {
		c.left -= ran
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
	if c.timer != nil {
		c.timer = time.AfterFunc(max(c.left, 0), c.expire)
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
	return c.left - time.Since(c.since), true
}

// times returns how long the clock ran, and how long it stood still.
func (c *clock) times() (active, waited time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.active, c.waited
}

// tick adds the time since the last start or stop to sum and returns it.
func (c *clock) tick(sum *time.Duration) time.Duration {
	now := time.Now()
	d := now.Sub(c.since)
	c.since = now
	*sum += d
	return d
}
