package batch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/tagroll/tagroll"
)

// extraCalls are the paid calls of a photo beyond its attempts: one repair of an
// answer that broke the rules, and one with a data URL where the provider could
// not fetch the temporary one.
const extraCalls = 2

// overrun is how long a photo's work may take to end after its deadline. Work
// that ignores its context for longer is left behind, so that it blocks nobody.
const overrun = 2 * time.Second

// turn is the work on one photo, as the batch sees it.
type turn struct {
	run     *run
	photo   tagroll.Photo
	clock   *clock
	calls   int
	retries int
	charged int // of the retries, those that count against Options.Retries
}

// process does the work on one photo and returns its result, complete but not stored.
func (r *run) process(photo tagroll.Photo) tagroll.Result {
	ctx, clock := startClock(r.ctx, r.opts.Timeout)
	defer clock.stop()
	t := &turn{run: r, photo: photo, clock: clock}

	type outcome struct {
		result tagroll.Result
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				r.opts.Log.Error("the work on a photo panicked", "photo", photo.ID, "panic", p, "stack", string(debug.Stack()))
				done <- outcome{err: &tagroll.Error{Code: tagroll.CodeInternal, Message: fmt.Sprintf("a defect of tagroll: %v: please report it", p)}}
			}
		}()
		result, err := r.work(ctx, photo, tagroll.Turn{Call: t.call, Wait: t.wait})
		// The counts are the goroutine's own until it is done.
		result.Calls, result.Retries = t.calls, t.retries
		done <- outcome{result, err}
	}()

	var out outcome
	select {
	case out = <-done:
	case <-ctx.Done():
		timer := time.NewTimer(overrun)
		defer timer.Stop()
		select {
		case out = <-done:
		case <-timer.C:
			r.opts.Log.Warn("the work on a photo did not end with its deadline and was left behind", "photo", photo.ID)
			out.err = context.Cause(ctx)
		}
	}
	cause := context.Cause(ctx) // nil, unless the deadline passed or the batch was stopped
	clock.stop()
	return t.finish(out.result, out.err, cause)
}

// finish decides the photo's status from what its work returned.
func (t *turn) finish(result tagroll.Result, err, cause error) tagroll.Result {
	result.Photo = t.photo
	active, waited := t.clock.times()
	result.Timings.Total, result.Timings.Waited = tagroll.Millis(active), tagroll.Millis(waited)
	if err == nil {
		if result.Status == "" {
			result.Status = tagroll.StatusSuccessful
		}
		return result
	}
	e := *tagroll.AsError(err)
	timeout, _ := errors.AsType[*tagroll.Error](cause) // only the clock ends a context with such a cause
	switch {
	case e.Code.Fatal():
		result.Status = tagroll.StatusFailed // it is this photo's failure that stops the batch
		t.run.stop(&e)                       // unless it was a call's, which has stopped it already
	case timeout != nil:
		stage := e.Stage
		e = *timeout
		e.Stage = stage
		result.Status = tagroll.StatusFailed
	case cause != nil || e.Code == tagroll.CodeCancelled:
		e = tagroll.Error{Code: tagroll.CodeCancelled, Stage: e.Stage, Message: "stopped before it was done: run the same command again", Err: err}
		result.Status = tagroll.StatusPending
	case result.Status != tagroll.StatusNeedsReview:
		result.Status = tagroll.StatusFailed
	}
	e.Photo = t.photo.Label()
	result.Error = &e
	return result
}

// wait is Turn.Wait.
func (t *turn) wait(wait func() error) error {
	t.clock.pause()
	defer t.clock.resume()
	return wait()
}

// call is Turn.Call: the one place where calls are allowed, counted and repeated.
func (t *turn) call(ctx context.Context, call func(context.Context) (tagroll.RateLimit, error)) error {
	for {
		err := t.once(ctx, call)
		if err == nil {
			return nil
		}
		code := tagroll.CodeOf(err)
		if code.Fatal() {
			t.run.stop(err)
		}
		// Leaving out what a server refused is no retry: the next call is another one.
		charged := code != tagroll.CodeUnsupportedParameter
		if ctx.Err() != nil || !code.Recoverable() || charged && t.charged >= t.run.opts.Retries || t.calls >= t.maxCalls() {
			return err
		}
		wait, ok := t.backOff(err)
		if !ok {
			return err
		}
		t.retries++
		if charged {
			t.charged++
		}
		t.run.opts.Log.LogAttrs(ctx, slog.LevelInfo, "retry",
			slog.String("photo", t.photo.ID), slog.String("reason", string(code)),
			slog.String("message", tagroll.AsError(err).Message), slog.Duration("wait", wait))
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// maxCalls is the hard cap on a photo's paid calls.
func (t *turn) maxCalls() int { return 1 + t.run.opts.Retries + extraCalls }

// once makes one call, if the gate and the journal allow it.
func (t *turn) once(ctx context.Context, call func(context.Context) (tagroll.RateLimit, error)) error {
	opts := &t.run.opts
	if t.calls >= t.maxCalls() {
		return &tagroll.Error{Code: tagroll.CodeCallLimit, Message: fmt.Sprintf("gave up after %d calls: try the photo again later", t.calls)}
	}
	var pass pass
	urgent := t.charged >= opts.Retries && opts.Retries > 0
	err := t.wait(func() (err error) {
		pass, err = opts.Gate.enter(ctx, urgent, opts.MaxPause)
		return err
	})
	if err != nil {
		if ctx.Err() == nil {
			t.run.stop(err) // the provider is closed for longer than a batch should wait
			return &tagroll.Error{Code: tagroll.CodeCancelled, Message: "not tried", Err: err}
		}
		return err
	}
	if opts.Journal != nil {
		if err := opts.Journal.Start(ctx, t.photo, t.calls+1); err != nil {
			pass.leave(tagroll.RateLimit{}, context.Canceled)
			return err
		}
	}
	t.calls++
	limit, err := call(ctx)
	pass.leave(limit, err)
	return err
}

// backOff returns how long to wait before the call is repeated. It reports false
// if the photo's deadline would pass meanwhile: then nobody gains by waiting.
func (t *turn) backOff(err error) (time.Duration, bool) {
	e := tagroll.AsError(err)
	switch e.Code {
	case tagroll.CodeRateLimited:
		return 0, true // the gate knows when
	case tagroll.CodeUnsupportedParameter:
		return 0, true
	}
	wait := e.RetryAfter
	if wait <= 0 {
		wait = t.run.opts.Backoff << min(t.charged, 16)
		wait = wait/2 + rand.N(wait/2+1)
	}
	left, limited := t.clock.remaining()
	return wait, !limited || wait < left
}

// sleep waits for d or for the end of ctx, whose cause it returns.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// errStopped is the cause with which a batch that stops ends its photos' contexts.
var errStopped = errors.New("the batch was stopped")
