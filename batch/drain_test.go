package batch

import (
	"context"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/sleep"
)

func numbered(n int) []tagroll.Photo {
	photos := make([]tagroll.Photo, n)
	for i := range photos {
		photos[i] = tagroll.Photo{ID: strconv.Itoa(i), Name: strconv.Itoa(i)}
	}
	return photos
}

// A batch that drains lets the calls under way end, makes no other, and gives back what has none.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drain := make(chan struct{})
		time.AfterFunc(5*time.Second, func() { close(drain) })
		var calls atomic.Int64
		process := func(ctx context.Context, photo tagroll.Photo, a tagroll.Attempt) (tagroll.Result, error) {
			if photo.ID == "1" { // long preparations, and no call yet
				if err := sleep.For(ctx, time.Minute); err != nil {
					return tagroll.Result{}, err
				}
			}
			call := func(ctx context.Context) (tagroll.RateLimit, error) {
				calls.Add(1)
				err := sleep.For(ctx, 8*time.Second)
				if err == nil && photo.ID == "2" { // would be tried again
					err = &tagroll.Error{Code: tagroll.CodeNetwork}
				}
				return tagroll.RateLimit{}, err
			}
			if err := a.Call(ctx, tagroll.Estimate{}, call); err != nil {
				return tagroll.Result{}, err
			}
			if photo.ID == "0" { // its answer was not good enough
				if err := a.Call(ctx, tagroll.Estimate{}, call); tagroll.CodeOf(err) != tagroll.CodeCancelled || ctx.Err() != nil {
					t.Errorf("a repair while draining: %v, the context's is %v", err, ctx.Err())
				}
			}
			return tagroll.Result{}, nil
		}
		began := time.Now()
		last, err := Run(t.Context(), slices.Values(numbered(9)), process, Options{Concurrency: 4, Total: 9, Drain: drain})
		if tagroll.CodeOf(err) != tagroll.CodeCancelled {
			t.Errorf("got %v", err)
		}
		if calls.Load() != 3 || last.Successful != 2 || last.Failed != 0 || last.Pending != 7 {
			t.Errorf("%d calls, %d successful, %d failed, %d pending; want 3, 2, 0, 7", calls.Load(), last.Successful, last.Failed, last.Pending)
		}
		if d := time.Since(began); d != 8*time.Second {
			t.Errorf("it took %v, want the time of the calls under way", d)
		}
	})
}

// A batch whose photos all end while it drains is complete.
func TestDrainAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drain := make(chan struct{})
		time.AfterFunc(time.Second, func() { close(drain) })
		process := func(ctx context.Context, _ tagroll.Photo, a tagroll.Attempt) (tagroll.Result, error) {
			return tagroll.Result{}, a.Call(ctx, tagroll.Estimate{}, func(ctx context.Context) (tagroll.RateLimit, error) {
				return tagroll.RateLimit{}, sleep.For(ctx, 2*time.Second)
			})
		}
		last, err := Run(t.Context(), slices.Values(numbered(2)), process, Options{Total: 2, Drain: drain})
		if err != nil || last.Successful != 2 {
			t.Errorf("%d successful, %v", last.Successful, err)
		}
	})
}

// Time in which the process was stopped or the machine slept does not count against a photo.
func TestClockIsSuspended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var slept atomic.Int64 // nanoseconds
		now := func() time.Time { return time.Now().Add(time.Duration(slept.Load())) }
		ctx, c := startClockAt(t.Context(), 10*time.Second, now)
		defer c.stop()
		for range 4 {
			_ = sleep.For(t.Context(), 1500*time.Millisecond)
			slept.Add(int64(time.Hour))
		}
		synctest.Wait()
		if ctx.Err() != nil {
			t.Fatalf("ended after 6 s of 10: %v", context.Cause(ctx))
		}
		_ = sleep.For(t.Context(), 5*time.Second)
		synctest.Wait()
		if tagroll.CodeOf(context.Cause(ctx)) != tagroll.CodeTimeout {
			t.Fatalf("not ended after 11 s of 10: %v", context.Cause(ctx))
		}
		c.stop()
		if active, _ := c.times(); active < 9*time.Second || active > 12*time.Second {
			t.Errorf("the clock ran for %v", active)
		}
	})
}
