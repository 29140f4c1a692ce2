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
	"github.com/tagroll/tagroll/internal/sleep"
	"github.com/tagroll/tagroll/limit"
)

// extraCalls are the paid calls of a photo beyond the first and its retries: one repair of an
// answer that broke the rules, and one with a data URL where the provider could not fetch the
// temporary one.
const extraCalls = 2

// Overrun is how long a photo's work may take to end after its deadline. Work that ignores its
// context for longer is left behind, so that it blocks nobody.
const Overrun = 2 * time.Second

// Bounds of the waits after a refusal.
const (
	maxRefusedWait = 10 * time.Second // where the provider names no time
	maxJitter      = 250 * time.Millisecond
)

// errNotMade ends the pass of a call that was not made.
var errNotMade = errors.New("the call was not made")

// attempt is the work on one photo, as the batch sees it.
type attempt struct {
	run     *run
	photo   tagroll.Photo
	clock   *clock
	calls   int
	retries int
	charged int // retries that count against Options.Retries
	// paying is whether a call is under way or was answered. Guarded by run.mu.
	paying bool
	// content is the SHA-256 of the photo, once it is read. Guarded by run.mu.
	content string

	refusals          int
	refusedParameters int           // calls that were refused for a parameter
	refused           time.Duration // waited after refusals in all
	refusedAt         time.Time     // of the first
	waitsFrom         time.Time     // of the last, while that is waited out
}

// process does the work on one photo and returns its result, complete but not stored.
// earlier is the result of a first pass over the photo, if there was one: its calls and retries
// count in this pass too.
func (r *run) process(photo tagroll.Photo, earlier *tagroll.Result) tagroll.Result {
	ctx, clock := startClock(r.ctx, r.opts.Timeout, r.opts.WarmUp)
	defer clock.stop()
	a := &attempt{run: r, photo: photo, clock: clock}
	r.enlist(a)
	defer r.dismiss(a)
	if r.opts.WarmUp != nil {
		defer r.opts.WarmUp.leave(a)
	}
	if earlier != nil {
		a.calls, a.retries, a.refusals = earlier.Calls, earlier.Retries+1, earlier.Refusals
	}

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
		result, err := r.work(ctx, photo, tagroll.Attempt{Call: a.call, Wait: a.wait, Known: a.known})
		// The counts are the goroutine's own until it is done.
		if !result.Reused {
			result.Calls, result.Retries, result.Refusals = a.calls, a.retries, a.refusals
			if earlier != nil {
				result.Usage = result.Usage.Add(earlier.Usage)
			}
		}
		done <- outcome{result, err}
	}()

	var out outcome
	select {
	case out = <-done:
	case <-ctx.Done():
		timer := time.NewTimer(Overrun)
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
	return a.finish(out.result, out.err, cause)
}

// finish decides the photo's status from what its work returned.
func (a *attempt) finish(result tagroll.Result, err, cause error) tagroll.Result {
	result.Photo = a.photo
	if result.Reused && err == nil {
		return result
	}
	result.Identity = a.run.opts.Identity(a.photo)
	active, waited := a.clock.times()
	result.Timings.Total, result.Timings.Waited = tagroll.Millis(active), tagroll.Millis(waited)
	if err == nil {
		if result.Status == "" {
			result.Status = tagroll.StatusSuccessful
		}
		return result
	}
	e := *tagroll.AsError(err)
	// Only the clock ends a context with such a cause.
	timeout, _ := errors.AsType[*tagroll.Error](cause)
	switch {
	case result.Status == tagroll.StatusNeedsReview && cause != nil && !e.Code.Fatal():
		// The words were paid for. They are kept, whatever ended the work on them.
	case e.Code.Fatal():
		// This photo's failure stops the batch. A failure of a call has stopped it already.
		result.Status = tagroll.StatusFailed
		a.run.stop(&e)
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
	e.Photo = a.photo.Label()
	result.Error = &e
	return result
}

// known is Attempt.Known.
func (a *attempt) known(_ context.Context, content string) (tagroll.Result, bool) {
	a.run.mu.Lock()
	a.content = content
	a.run.mu.Unlock()
	return a.run.stored(a.photo, content)
}

// wait is Attempt.Wait.
func (a *attempt) wait(wait func() error) error {
	a.clock.pause()
	defer a.clock.resume()
	return wait()
}

// call is Attempt.Call: the one place where calls are allowed, counted and repeated.
func (a *attempt) call(ctx context.Context, expect tagroll.Estimate, call func(context.Context) (tagroll.RateLimit, error)) error {
	for {
		err := a.once(ctx, expect, call)
		if err == nil {
			a.run.succeeded()
			return nil
		}
		code := tagroll.CodeOf(err)
		if code.Fatal() {
			a.run.stop(err)
		}
		// A refusal is not counted, and leaving out a parameter is no retry.
		charged := code != tagroll.CodeUnsupportedParameter && !isRefusal(code)
		if ctx.Err() != nil || !code.Recoverable() || charged && a.charged >= a.run.opts.Retries || a.calls >= a.maxCalls() {
			return err
		}
		if a.run.drained() {
			return notBegun()
		}
		wait, ok := a.backOff(err)
		if !ok {
			return err
		}
		a.run.opts.Log.LogAttrs(ctx, slog.LevelInfo, "retry",
			slog.String("photo", a.photo.ID), slog.String("reason", string(code)),
			slog.String("message", tagroll.AsError(err).Message), slog.Duration("wait", wait))
		if isRefusal(code) {
			if err := a.sitOut(ctx, err, wait); err != nil {
				return err
			}
			continue
		}
		a.retries++
		if charged {
			a.charged++
		}
		if err := sleep.For(ctx, wait); err != nil {
			return err
		}
	}
}

// isRefusal reports whether the provider has done nothing yet: it asks to come back later.
func isRefusal(code tagroll.Code) bool {
	return code == tagroll.CodeRateLimited || code == tagroll.CodeModelLoading
}

// maxCalls is the hard cap on a photo's paid calls. Calls that were refused for a parameter
// are the run's and not the photo's, up to a bound.
func (a *attempt) maxCalls() int {
	return 1 + a.run.opts.Retries + extraCalls + min(a.refusedParameters, maxRefusedParameters)
}

// maxRefusedParameters is how many refused parameters extend a photo's calls. A describer learns
// from at most as many in a run.
const maxRefusedParameters = 3

// once makes one call, if the limiter and the journal allow it.
func (a *attempt) once(ctx context.Context, expect tagroll.Estimate, call func(context.Context) (tagroll.RateLimit, error)) error {
	opts := &a.run.opts
	if a.calls >= a.maxCalls() {
		return &tagroll.Error{Code: tagroll.CodeCallLimit, Message: fmt.Sprintf("gave up after %d calls: try the photo again later", a.calls)}
	}
	if a.run.drained() {
		return notBegun()
	}
	var pass *limit.Pass
	err := a.wait(func() (err error) {
		if opts.WarmUp != nil {
			if err := opts.WarmUp.enter(ctx, a); err != nil {
				return err
			}
		}
		pass, err = opts.Limiter.Enter(ctx, expect, opts.MaxWait)
		return err
	})
	if !a.waitsFrom.IsZero() {
		a.refused += time.Since(a.waitsFrom)
		a.waitsFrom = time.Time{}
	}
	switch tagroll.CodeOf(err) {
	case tagroll.CodeRateLimited, tagroll.CodeBudgetReached:
		// The provider is closed for longer than a batch waits, or the budget is spent.
		return a.notTried(err)
	}
	if err != nil {
		return err
	}
	if !a.run.beginCall(a) {
		pass.Leave(tagroll.RateLimit{}, errNotMade)
		return notBegun()
	}
	if opts.Journal != nil {
		if err := opts.Journal.Start(ctx, a.photo, a.calls+1); err != nil {
			pass.Leave(tagroll.RateLimit{}, errNotMade)
			return err
		}
	}
	a.calls++
	if opts.WarmUp != nil {
		opts.WarmUp.ask()
	}
	said, err := call(ctx)
	if opts.WarmUp != nil {
		opts.WarmUp.hear(err)
	}
	a.run.endCall(a, err)
	pass.Leave(said, err)
	a.run.slots.check()
	switch tagroll.CodeOf(err) {
	case tagroll.CodeRateLimited, tagroll.CodeModelLoading:
		a.calls--
		a.refusals++
	case tagroll.CodeUnsupportedParameter:
		a.refusedParameters++
	}
	return err
}

// notTried stops the batch because of err and leaves the photo pending.
func (a *attempt) notTried(err error) error {
	a.run.stop(err)
	return &tagroll.Error{Code: tagroll.CodeCancelled, Message: "not tried", Err: err}
}

// sitOut waits after a refusal. The photo's clock stands still. A photo that was
// refused for longer than Options.MaxWait in all has failed; if no other call was
// accepted meanwhile, the batch stops.
func (a *attempt) sitOut(ctx context.Context, refusal error, wait time.Duration) error {
	now := time.Now()
	if a.refusedAt.IsZero() {
		a.refusedAt = now
	}
	switch most := a.run.opts.MaxWait; {
	case wait > most:
		e := *tagroll.AsError(refusal)
		e.Message = fmt.Sprintf("%s: the provider allows the next call only in %v: run the rest of the batch then", e.Message, wait.Round(time.Second))
		return a.notTried(&e)
	case a.refused+wait <= most:
	case a.run.succeededSince(a.refusedAt):
		return refusal
	default:
		return a.notTried(refusal)
	}
	a.waitsFrom = now
	return a.wait(func() error { return sleep.For(ctx, wait) })
}

// backOff returns how long to wait before the call is repeated. It reports false if the photo's
// deadline would pass meanwhile, since the wait would then be for nothing.
func (a *attempt) backOff(err error) (time.Duration, bool) {
	e := tagroll.AsError(err)
	switch e.Code {
	case tagroll.CodeRateLimited, tagroll.CodeModelLoading:
		if e.RetryAfter > 0 {
			return e.RetryAfter + rand.N(min(e.RetryAfter/16, maxJitter)+1), true
		}
		wait := jittered(min(a.run.opts.Backoff<<min(a.refusals-1, 16), maxRefusedWait))
		if rest := a.run.opts.MaxWait - a.refused; rest > 0 {
			// The last try is at the end of MaxWait, not before it.
			wait = min(wait, rest)
		}
		return wait, true
	case tagroll.CodeUnsupportedParameter:
		return 0, true
	}
	wait := e.RetryAfter
	if wait <= 0 {
		wait = jittered(a.run.opts.Backoff << min(a.charged, 16))
	}
	left, limited := a.clock.remaining()
	return wait, !limited || wait < left
}

// jittered leaves out a random part of a wait, half at most, so that photos that
// failed together do not come back together.
func jittered(wait time.Duration) time.Duration { return wait/2 + rand.N(wait/2+1) }

// errStopped is the cause with which a batch that stops ends its photos' contexts.
var errStopped = errors.New("the batch was stopped")
