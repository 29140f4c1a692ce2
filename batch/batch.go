// Package batch runs the work on one photo for many photos at once.
//
// [Run] takes photos from a sequence and calls a [tagroll.Process] for each, at most
// Options.Concurrency at a time. Out come progress and results, by a callback and
// as Run's return value. What Run adds to the work of one photo is:
//
//   - one deadline over all of a photo's calls, which stands still while the photo waits for
//     what other photos hold: a processor, or the limiter;
//   - one owner of retries: a recoverable failure is repeated, by default once, and
//     the number of a photo's paid calls is bounded (see Options.Retries);
//   - a [limit.Limiter] that holds back calls while the provider's limits allow none;
//   - isolation: a failing, hanging or panicking photo harms no other;
//   - a stop of the whole batch when a failure dooms every photo, after the paid calls under way;
//   - a journal, so that a later run repeats nothing but what was in flight.
//
// It knows nothing of images, models or files, and prints nothing.
package batch

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/limit"
)

// Defaults of Options.
const (
	DefaultConcurrency = 5
	DefaultTimeout     = 30 * time.Second
	DefaultRetries     = 1
	DefaultBackoff     = time.Second
	DefaultMaxWait     = 10 * time.Minute
)

// Options say how a batch runs. The zero value is good.
type Options struct {
	// Concurrency is the number of photos in process at once. With a Limiter that chooses how
	// many calls are in flight it is the most. Default: 5.
	Concurrency int
	// Ahead is how many photos may be prepared and wait for a call, if a Limiter chooses how
	// many calls are in flight. With many the processors have work while the limiter begins
	// with few calls. Each is a small image in memory. Default: half as many as calls may be
	// in flight, and two for each processor.
	Ahead int
	// Timeout is how long one photo may take, over all its calls, not counting the time in
	// which it waits for a processor or for the limiter. Default: 30 s. Negative: no limit.
	Timeout time.Duration
	// Retries is how many failed calls of a photo are repeated when their failure is
	// recoverable. Default: 1. Negative: none. A photo makes at most 1 + Retries + 2
	// paid calls: the first and its retries, one repair and one fallback to a data URL.
	Retries int
	// Backoff is the wait before the first repetition where the provider names none;
	// it doubles with each further one, and a random part, half at most, is left out. Default:
	// 1 s.
	Backoff time.Duration
	// MaxWait is how long a photo waits in all after refusals (429), which use up no
	// retry; after that it has failed. A single pause of the provider that is longer
	// stops the batch, and so does MaxWait without any call accepted. Default: 10 min.
	MaxWait time.Duration
	// WarmUp is for servers that may have to load their model when they are first asked:
	// photos wait longer for the first answer. Default: none.
	WarmUp *WarmUp
	// Total is the number of photos if it is known beforehand; it only serves the progress.
	Total int
	// Journal keeps what was done. Default: none.
	Journal tagroll.Journal
	// Identity names everything beside the photo that its result depends on; a stored
	// result of another identity does not count. Default: always the same.
	Identity func(tagroll.Photo) string
	// Reuse says of a result from the journal whether it stands, so that the photo
	// is not processed again. Default: photos that are successful or in need of review.
	Reuse func(tagroll.Result) bool
	// Limiter is shared by the batches that use one provider and key. Default: one of its own.
	Limiter *limit.Limiter
	// Drain, once it is closed, lets the batch end early: paid calls under way end and
	// their results are kept, no further call is made, and all else is given back as if
	// the context had ended. Default: never.
	Drain <-chan struct{}
	// OnProgress is called whenever something has changed and at least once a second, never
	// twice at the same time, and last with Progress.Done set. While it runs changes
	// add up, so a slow one misses nothing and delays no photo, only the end of Run. If it
	// panics it is not called again.
	OnProgress func(tagroll.Progress)
	// ProgressEvery is the least time between two calls of OnProgress. Default: 100 ms.
	ProgressEvery time.Duration
	// DiscardResults keeps Progress.Results empty, so that memory does not grow with
	// the batch. Progress.Finished still brings every result once.
	DiscardResults bool
	// Log receives a record at the start and the end of the batch and for each retry.
	// Default: none.
	Log *slog.Logger
}

// withDefaults returns the options with every zero value replaced.
func (o Options) withDefaults() (Options, error) {
	if o.Concurrency < 0 {
		return o, &tagroll.Error{Code: tagroll.CodeConfiguration, Message: "the concurrency must be 1 or more"}
	}
	setDefault(&o.Concurrency, DefaultConcurrency)
	setDefault(&o.Timeout, DefaultTimeout)
	setDefault(&o.Retries, DefaultRetries)
	o.Retries = max(o.Retries, 0)
	setDefault(&o.Backoff, DefaultBackoff)
	setDefault(&o.MaxWait, DefaultMaxWait)
	setDefault(&o.ProgressEvery, 100*time.Millisecond)
	if o.Reuse == nil {
		o.Reuse = func(r tagroll.Result) bool {
			return r.Status == tagroll.StatusSuccessful || r.Status == tagroll.StatusNeedsReview
		}
	}
	if o.Identity == nil {
		o.Identity = func(tagroll.Photo) string { return "" }
	}
	if o.Limiter == nil {
		o.Limiter = limit.New(limit.Config{Deadline: o.Timeout})
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

func setDefault[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// run is one batch under way.
type run struct {
	opts    Options
	work    tagroll.Process
	ctx     context.Context // of the photos; ends when the batch is stopped or cancelled
	cancel  context.CancelCauseFunc
	tracker *tracker
	slots   *slots

	drain chan struct{} // closed when no further call is made: by Options.Drain, or by a stop

	mu          sync.Mutex
	fatal       error     // the first failure that doomed the batch
	lastSuccess time.Time // when a call was answered last
	draining    bool
	attempts    map[*attempt]bool // the photos under way
	made        map[string]bool   // the photos whose result is of this run, by ID
	breaker     breaker
	held        []held
}

// held is a photo that failed in a way that may pass, and whose result is not final yet.
type held struct {
	result tagroll.Result
	at     time.Time // when it failed
}

// Run processes photos until the sequence ends and returns the last progress, with
// all results unless Options.DiscardResults is set.
//
// A photo's failure is in its result and is no error of Run. Run fails with
//   - CodeConfiguration if the options make no sense;
//   - CodeEmptyBatch if there was no photo;
//   - CodeCancelled if ctx ended: calls under way are ended, cleaned up, and their
//     photos are pending again; or if Options.Drain left photos pending;
//   - the code of the failure that dooms every photo ([tagroll.Code.Fatal]), or
//     CodeRateLimited for a pause above Options.MaxWait: likewise, but calls under way may
//     take up to ten seconds more if any call was answered before, or if it is the journal
//     that fails: they are paid for;
//   - the code in which the last ten photos failed, or twice as many as are in process at
//     once, if none succeeded among them: likewise, with [ErrNothingSucceeds]. For
//     CodeForbidden two are enough; of failures of several kinds it takes twice as many.
//
// Photos that failed by the network or the provider are tried once more at the end, if
// calls have succeeded since. Their paid calls stay under the cap of Options.Retries.
//
// The sequence is read from one goroutine, a photo ahead of what is in process. If it
// waits for photos to arrive it has to end when ctx does.
func Run(ctx context.Context, photos iter.Seq[tagroll.Photo], process tagroll.Process, opts Options) (tagroll.Progress, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return tagroll.Progress{}, err
	}
	r := &run{opts: opts, work: process, drain: make(chan struct{})}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)

	opts.Log.Info("batch started", "photos", opts.Total, "concurrency", opts.Concurrency, "timeout", opts.Timeout, "retries", opts.Retries)
	r.tracker, r.slots = newTracker(&r.opts), newSlots(&r.opts)
	stopWatching := r.watchDrain()
	r.dispatch(photos)
	r.secondPass()
	stopWatching()
	last := r.tracker.finish()
	r.logEnd(last)

	switch {
	case r.fatal != nil:
		return last, r.fatal
	case (ctx.Err() != nil || r.draining) && last.Pending > 0:
		return last, &tagroll.Error{Code: tagroll.CodeCancelled, Message: "stopped: what was done is kept", Err: context.Cause(ctx)}
	case last.Total == 0:
		return last, &tagroll.Error{Code: tagroll.CodeEmptyBatch, Message: "there is no photo to work on"}
	}
	return last, nil
}

// dispatch is the one loop: it hands photos to goroutines as slots become free, and
// returns when the last of them has ended.
func (r *run) dispatch(photos iter.Seq[tagroll.Photo]) {
	var working sync.WaitGroup
	defer working.Wait()
	seen := make(map[string]bool)
	for photo := range photos {
		r.tracker.arrived()
		if seen[photo.ID] {
			r.conclude(duplicate(photo))
			continue
		}
		seen[photo.ID] = true
		if result, ok := r.stored(photo, ""); ok {
			r.tracker.ended(result)
			continue
		}
		if r.drained() || !r.slots.take(r.ctx, r.drain) {
			return
		}
		r.tracker.began(photo)
		working.Go(func() {
			defer r.slots.release()
			result := r.process(photo, nil)
			r.watch(result)
			if copied, ok := r.ofCopy(result); ok {
				result = copied
			}
			if !r.hold(result) {
				r.conclude(result)
			}
		})
	}
}

// hold keeps back a result that a second pass may better.
func (r *run) hold(result tagroll.Result) bool {
	if result.Status != tagroll.StatusFailed || !r.mayPass(result) && !r.hasCopyUnderWay(result) {
		return false
	}
	r.mu.Lock()
	r.held = append(r.held, held{result, time.Now()})
	r.mu.Unlock()
	r.tracker.held(result.Photo)
	return true
}

// mayPass reports whether a photo's failure is one that another try may better.
func (r *run) mayPass(result tagroll.Result) bool {
	if result.Calls == 0 || result.Calls > r.opts.Retries+extraCalls {
		return false
	}
	return result.Error.Code == tagroll.CodeNetwork || result.Error.Code == tagroll.CodeProviderError
}

// hasCopyUnderWay reports whether another photo with the same content is in process, whose result
// will do for both.
func (r *run) hasCopyUnderWay(result tagroll.Result) bool {
	if r.opts.Journal == nil || result.Facts.SHA256 == "" {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for a := range r.attempts {
		if a.content == result.Facts.SHA256 && a.photo.ID != result.Photo.ID {
			return true
		}
	}
	return false
}

// ofCopy returns for a photo that failed the result of another one with the same content.
func (r *run) ofCopy(result tagroll.Result) (tagroll.Result, bool) {
	if result.Status != tagroll.StatusFailed || result.Facts.SHA256 == "" {
		return result, false
	}
	copied, ok := r.stored(result.Photo, result.Facts.SHA256)
	copied.Calls, copied.Retries, copied.Refusals = result.Calls, result.Retries, result.Refusals
	copied.Usage, copied.Timings = result.Usage, result.Timings
	return copied, ok
}

// secondPass gives the photos whose results were held back the result of a copy, or tries them
// again if the provider has recovered since.
func (r *run) secondPass() {
	var working sync.WaitGroup
	defer working.Wait()
	for _, h := range r.held {
		if copied, ok := r.ofCopy(h.result); ok {
			r.conclude(copied)
			continue
		}
		if !r.mayPass(h.result) || r.drained() || !r.succeededSince(h.at) || !r.slots.take(r.ctx, r.drain) {
			r.conclude(h.result)
			continue
		}
		r.tracker.began(h.result.Photo)
		working.Go(func() {
			defer r.slots.release()
			result := r.process(h.result.Photo, &h.result)
			if result.Status == tagroll.StatusPending {
				result = h.result
			}
			r.conclude(result)
		})
	}
}

// stored looks for a result of an earlier run that stands. The content is empty if the
// photo has not been read.
func (r *run) stored(photo tagroll.Photo, content string) (tagroll.Result, bool) {
	if r.opts.Journal == nil || r.ctx.Err() != nil {
		return tagroll.Result{}, false
	}
	result, found, err := r.opts.Journal.Lookup(r.ctx, photo, tagroll.Key{Content: content, Identity: r.opts.Identity(photo)})
	if err != nil {
		r.stop(err)
		return tagroll.Result{}, false
	}
	if !found || !r.opts.Reuse(result) {
		return tagroll.Result{}, false
	}
	if other := result.Photo; content != "" && other.ID != photo.ID && r.madeHere(other.ID) {
		// Not an earlier run's: two photos of this batch are the same file.
		result.Photo, result.Cached, result.SameAs = photo, true, other.Label()
		result.Usage, result.Timings = tagroll.Usage{}, tagroll.Timings{}
		return result, true
	}
	result.Photo = photo // the stored one may have had another name
	result.Reused = true
	return result, true
}

// madeHere reports whether a photo's result was made by this run.
func (r *run) madeHere(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.made[id]
}

// conclude stores a result and only then announces it.
func (r *run) conclude(result tagroll.Result) {
	if result.Status != tagroll.StatusPending && r.opts.Journal != nil {
		if !result.Reused {
			r.mu.Lock()
			if r.made == nil {
				r.made = make(map[string]bool)
			}
			r.made[result.Photo.ID] = true
			r.mu.Unlock()
		}
		// Not r.ctx: a result that was paid for is kept even if the batch is being stopped.
		if err := r.opts.Journal.Finish(context.WithoutCancel(r.ctx), result); err != nil {
			r.stop(err)
			e := *tagroll.AsError(err)
			e.Photo = result.Photo.Label()
			result.Status, result.Error = tagroll.StatusFailed, &e
		}
	}
	r.tracker.ended(result)
}

// stop ends the batch because of a failure that dooms every photo. No further call is made; those
// under way may be paid for, so they are waited for a while.
func (r *run) stop(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fatal != nil || r.ctx.Err() != nil {
		return
	}
	e := *tagroll.AsError(err)
	e.Photo = ""
	r.fatal = &e
	if !r.worthWaiting(&e) {
		r.cancel(errStopped)
		return
	}
	r.stopTaking()
	timer := time.AfterFunc(grace, func() { r.cancel(errStopped) })
	context.AfterFunc(r.ctx, func() { timer.Stop() })
}

// grace is how long calls under way may take after a failure that stops the batch.
const grace = 10 * time.Second

// worthWaiting reports whether calls under way may bring an answer. The caller holds r.mu.
func (r *run) worthWaiting(e *tagroll.Error) bool {
	switch {
	case errors.Is(e.Err, ErrNothingSucceeds):
		return false
	case e.Code == tagroll.CodeJournalFailed, e.Code == tagroll.CodeDiskFull:
		return true
	}
	return !r.lastSuccess.IsZero()
}

// succeeded notes that a call was answered.
func (r *run) succeeded() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lastSuccess = time.Now()
}

// succeededSince reports whether a call was answered after t.
func (r *run) succeededSince(t time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lastSuccess.After(t)
}

func (r *run) logEnd(p tagroll.Progress) {
	r.opts.Log.Info("batch ended",
		"successful", p.Successful, "needs_review", p.NeedsReview, "failed", p.Failed, "pending", p.Pending, "total", p.Total,
		"duration", p.Elapsed, "average", p.Average, "concurrency", r.opts.Concurrency, "speedup", p.Speedup(), "retries", p.Retries, "calls", p.Calls)
}

func duplicate(photo tagroll.Photo) tagroll.Result {
	return tagroll.Result{Photo: photo, Status: tagroll.StatusFailed, Error: &tagroll.Error{
		Code: tagroll.CodeDuplicatePhoto, Photo: photo.Label(), Message: "the batch has another photo with the same ID: give each its own",
	}}
}
