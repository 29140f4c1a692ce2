// Package pipeline is the way of one photo from its bytes to metadata that an agency
// accepts. The way is the list of steps at the top of this package; each step is a
// function that the caller supplies ([Config]) and a few lines that use it.
//
// A photo goes in through [Pipeline.Process], which package batch calls for every
// photo of a batch, and comes out as a [tagroll.Result]. Whatever was published on
// the way is revoked before Process returns, on every path. A server takes the way in two parts,
// since photos arrive long before they are described: [Pipeline.Prepare], then
// [Pipeline.Describe].
//
// The pipeline decides what an answer is worth: an answer that breaks the agencies'
// rules is sent back once with what was wrong, and if that does not help the photo
// needs review. It does not retry, wait or count: that is package batch's.
package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tagroll/tagroll"
)

// The way of one photo: it is prepared, then described. Steps marked with processor wait for one of
// the machine's processors, so that memory holds as many whole photos as can be worked on and no
// more, and one large photo among them.
var (
	preparation = []step{
		{stage: tagroll.StageIntake, processor: true, do: (*work).intake},
		{stage: tagroll.StageCompress, processor: true, do: (*work).compress},
	}
	description = []step{
		{stage: tagroll.StagePublish, do: (*work).publish},
		{stage: tagroll.StageDescribe, do: (*work).describe},
		{stage: tagroll.StageValidate, do: (*work).validate},
	}
	way = slices.Concat(preparation, description)
)

type step struct {
	stage     tagroll.Stage
	processor bool
	do        func(*work, context.Context) error
}

// Rules are what the chosen agencies demand.
type Rules interface {
	// Guide is what the rules ask of the words, for the describer.
	Guide() tagroll.Guide
	// Normalize mends what can be mended without changing the meaning.
	Normalize(m tagroll.Metadata) tagroll.Metadata
	// Check returns what the rules have against the metadata of the file called name.
	Check(name string, m tagroll.Metadata) []tagroll.Finding
}

// Words are what the photographer asks of the words, on top of what the agencies ask. Package
// wording has them.
type Words interface {
	// Ask completes the request before the call. If it returns metadata no call is needed.
	Ask(request *tagroll.Request) (finished *tagroll.Metadata)
	// Settle makes normalised metadata what was asked for, as far as that needs no judgement.
	Settle(guide tagroll.Guide, facts tagroll.Facts, m tagroll.Metadata) tagroll.Metadata
	// Judge returns all findings, with the agencies' findings that still count.
	Judge(photo tagroll.Photo, prepared tagroll.Prepared, m tagroll.Metadata, findings []tagroll.Finding) []tagroll.Finding
	// Version names all that answers depend on; empty if nothing is asked.
	Version() string
}

// Config says what the steps do. All fields without a default are required.
type Config struct {
	// Picture returns, for a photo that is not decoded itself (a camera's RAW file), the
	// picture in it that is decoded instead, and the facts of the whole file; for any other
	// photo no picture. data are the photo's bytes, nil if they have not been read. Default:
	// every photo is decoded itself.
	Picture func(ctx context.Context, photo tagroll.Photo, data []byte) (picture []byte, facts tagroll.Facts, err error)
	// Read returns all bytes of a photo.
	Read func(ctx context.Context, photo tagroll.Photo) ([]byte, error)
	// Inspect returns what the bytes say about themselves. An error means that they are no
	// photo.
	Inspect func(data []byte) (tagroll.Facts, error)
	// Compress makes the small image.
	Compress func(ctx context.Context, data []byte, facts tagroll.Facts) (tagroll.Image, error)
	// ImageVersion names how Compress makes the small image, as part of the identity of
	// results. Empty for an image by the defaults, which is also the default.
	ImageVersion string
	// Publisher gives the image a URL. It is used for remote describers only.
	Publisher tagroll.Publisher
	// Fallback publishes the image when the provider could not fetch it from Publisher's
	// URL. Default: none.
	Fallback tagroll.Publisher
	// Describer says what is on the image.
	Describer tagroll.Describer
	// Estimate says what a call will take. Default: nothing is known.
	Estimate func(tagroll.Request) tagroll.Estimate
	// Rules judge the answer. Default: everything is accepted.
	Rules Rules
	// Words are the photographer's own wishes. Default: none.
	Words Words
	// Share returns the result of another photo with the same picture under the same identity,
	// if there is one; it may wait for one that is being described. Else the photo is
	// described, and release is called once with the result, or nil if there is none. Package
	// cache has it. It is asked for remote describers only. Default: every photo is described.
	Share func(ctx context.Context, photo tagroll.Photo, prepared tagroll.Prepared, identity string) (result *tagroll.Result, release func(*tagroll.Result), err error)
	// ReviewDrafts is whether words that no model made need review, unless the file itself
	// names the photo; see [tagroll.Result.Draft]. Default: they are taken for accepted; a
	// server tells them apart by their describer.
	ReviewDrafts bool
	// Size returns how much of a photo is held in memory, in bytes, 0 if that is not known.
	// Photos of more than LargePhoto are worked on one at a time, so that memory holds one of
	// them. Default: none is known.
	Size func(photo tagroll.Photo) int64
	// Processors is the number of photos whose bytes are worked on at once. Default:
	// GOMAXPROCS.
	Processors int
	// Observe is called when a photo begins a step, for measuring and tracing. The step runs
	// with the context that it returns, and its end is told to the returned function. Default:
	// nobody watches.
	Observe func(ctx context.Context, photo tagroll.Photo, stage tagroll.Stage) (context.Context, func(error))
	// Log receives what is worth knowing and no photo's failure, such as a URL that
	// could not be revoked. Default: none.
	Log *slog.Logger
}

// LargePhoto is the size of a file in bytes above which no other such file is held in memory.
const LargePhoto = 64 << 20

// Pipeline does the work on photos. It is safe for concurrent use.
type Pipeline struct {
	Config
	processors chan struct{}
	large      chan struct{} // the place of the large photo that is worked on
	delivery   *delivery
}

// delivery is what a run has learned about the ways of its images.
type delivery struct {
	fetches atomic.Bool // the provider has described an image from Publisher's URL
	// It could not fetch one before it ever had: Fallback is used from now on.
	fails atomic.Bool
	// failed is when it last could not fetch one, in nanoseconds since 1970. Fallback is used
	// for fetchPause.
	failed atomic.Int64
}

// fetchPause is how long images are sent inline after a provider could not fetch one that has
// fetched others before. Whatever was the reason lasts for a while, and each try costs a call.
const fetchPause = 10 * time.Second

// works reports whether the provider is likely to fetch an image.
func (d *delivery) works() bool {
	return !d.fails.Load() && time.Since(time.Unix(0, d.failed.Load())) >= fetchPause
}

// New returns a pipeline. It fails with CodeConfiguration if a required field is missing.
func New(c Config) (*Pipeline, error) {
	if c.Read == nil || c.Inspect == nil || c.Compress == nil || c.Describer == nil {
		return nil, &tagroll.Error{Code: tagroll.CodeConfiguration, Message: "a pipeline needs Read, Inspect, Compress and a Describer"}
	}
	if c.Publisher == nil && c.Describer.Info().Remote {
		return nil, &tagroll.Error{Code: tagroll.CodeConfiguration, Message: "a remote describer needs a Publisher"}
	}
	if c.Processors <= 0 {
		c.Processors = runtime.GOMAXPROCS(0)
	}
	if c.Size == nil {
		c.Size = func(tagroll.Photo) int64 { return 0 }
	}
	if c.Estimate == nil {
		c.Estimate = func(tagroll.Request) tagroll.Estimate { return tagroll.Estimate{} }
	}
	if c.Observe == nil {
		c.Observe = func(ctx context.Context, _ tagroll.Photo, _ tagroll.Stage) (context.Context, func(error)) {
			return ctx, func(error) {}
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Pipeline{Config: c, processors: make(chan struct{}, c.Processors), large: make(chan struct{}, 1), delivery: new(delivery)}, nil
}

// work is one photo on its way.
type work struct {
	*Pipeline
	photo   tagroll.Photo
	attempt tagroll.Attempt

	data        []byte // only until the image is made
	image       tagroll.Image
	publication tagroll.Publication
	fellBack    bool // the provider could not fetch from Publisher's URL
	known       bool // the result is one that was stored: no step is left
	// release ends the wait of other photos with the same picture; may be nil.
	release   func(*tagroll.Result)
	result    tagroll.Result
	partial   tagroll.Metadata // what could be read of an answer that was malformed
	malformed string           // what was wrong with it
}

// Process is a [tagroll.Process]: the whole way.
func (p *Pipeline) Process(ctx context.Context, photo tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
	w := p.begin(photo, attempt)
	defer w.cleanUp()
	defer w.shareNothing() // unless outcome has
	return w.outcome(w.walk(ctx, way))
}

// Prepare takes the first part of the way: it makes the small image. It waits for a free processor.
// Where data is not nil it is the photo's bytes, which are not read again; photo.Open is not used
// then. Its error is an [*tagroll.Error] with the stage at which it happened, or ctx's cause in
// one.
func (p *Pipeline) Prepare(ctx context.Context, photo tagroll.Photo, data []byte) (tagroll.Prepared, error) {
	w := p.begin(photo, tagroll.Attempt{Wait: func(wait func() error) error { return wait() }})
	w.data = data
	if err := w.walk(ctx, preparation); err != nil {
		return tagroll.Prepared{}, err
	}
	return tagroll.Prepared{Facts: w.result.Facts, Image: w.image, Timings: w.result.Timings}, nil
}

// Preview takes the first part of the way for a photo of a batch that is not described: it has the
// duties of a [tagroll.Process], and also returns the request that would be made, without a URL. A
// photo whose result is known already, or whose file has all words, needs none: the request is nil.
func (p *Pipeline) Preview(ctx context.Context, photo tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, *tagroll.Request, error) {
	w := p.begin(photo, attempt)
	result, err := w.outcome(w.walk(ctx, preparation))
	if err != nil || w.known {
		return result, nil, err
	}
	request, finished := w.request()
	if finished != nil {
		return result, nil, nil
	}
	return result, &request, nil
}

// Describe takes the rest of the way, with what Prepare returned. It has the duties of a
// [tagroll.Process]. Whatever it published is revoked before it returns.
func (p *Pipeline) Describe(ctx context.Context, photo tagroll.Photo, prepared tagroll.Prepared, attempt tagroll.Attempt) (tagroll.Result, error) {
	w := p.begin(photo, attempt)
	defer w.cleanUp()
	defer w.shareNothing() // unless outcome has
	w.image = prepared.Image
	w.result.Facts, w.result.Timings = prepared.Facts, prepared.Timings
	return w.outcome(w.walk(ctx, description))
}

// WithRules returns the same pipeline with other rules. Both share their processors.
func (p *Pipeline) WithRules(rules Rules) *Pipeline {
	other := *p
	other.Rules = rules
	return &other
}

// WithShare returns the same pipeline with another way to share results (Config.Share). Both share
// their processors.
func (p *Pipeline) WithShare(share func(context.Context, tagroll.Photo, tagroll.Prepared, string) (*tagroll.Result, func(*tagroll.Result), error)) *Pipeline {
	other := *p
	other.Share = share
	return &other
}

// WithWords returns the same pipeline with other wishes. Both share their processors.
func (p *Pipeline) WithWords(words Words) *Pipeline {
	other := *p
	other.Words = words
	return &other
}

func (p *Pipeline) begin(photo tagroll.Photo, attempt tagroll.Attempt) *work {
	w := &work{Pipeline: p, photo: photo, attempt: attempt}
	w.result.Describer = p.Describer.Info()
	return w
}

// outcome returns what the photo's way has led to.
func (w *work) outcome(err error) (tagroll.Result, error) {
	if err != nil && w.result.Status != tagroll.StatusNeedsReview {
		w.result.Metadata, w.result.Findings, w.result.Raw = nil, nil, ""
	}
	if !w.known { // a known result brings its own
		w.result.Image = w.image
		w.result.Image.JPEG = nil
	}
	// What could be read of a malformed answer is no answer that others could have, too.
	if w.release != nil && w.result.Metadata != nil && tagroll.CodeOf(err) != tagroll.CodeMalformedAnswer {
		result := w.result
		result.Photo = w.photo
		w.release(&result)
		w.release = nil
	}
	return w.result, err
}

// walk takes the photo along the steps until one fails, or its result is found to be known.
func (w *work) walk(ctx context.Context, steps []step) error {
	onProcessor, large := false, false
	leave := func() {
		if onProcessor {
			<-w.processors
			onProcessor = false
		}
		if large {
			w.data = nil
			// The next large photo would double what the process holds.
			debug.FreeOSMemory()
			<-w.large
			large = false
		}
	}
	defer leave()
	for _, step := range steps {
		if step.processor && !onProcessor {
			if w.data == nil && w.Size(w.photo) > LargePhoto {
				if err := w.attempt.Wait(func() error { return takeSlot(ctx, w.large) }); err != nil {
					return at(step.stage, err)
				}
				large = true
			}
			if err := w.attempt.Wait(func() error { return takeSlot(ctx, w.processors) }); err != nil {
				return at(step.stage, err)
			}
			onProcessor = true
		}
		if !step.processor {
			leave()
		}
		// An answer that was paid for is judged and kept, even if time is up meanwhile.
		if ctx.Err() != nil && step.stage != tagroll.StageValidate {
			return at(step.stage, context.Cause(ctx))
		}
		if err := w.take(ctx, step); err != nil {
			return err
		}
		if w.known {
			return nil
		}
	}
	return nil
}

// errPanic is what an observer hears of a step that panicked. The panic itself goes on.
var errPanic = errors.New("the step panicked")

// take takes one step.
func (w *work) take(ctx context.Context, step step) (err error) {
	ctx, ended := w.Observe(ctx, w.photo, step.stage)
	err = errPanic // unless the step returns
	defer func() { ended(err) }()
	if err = step.do(w, ctx); err != nil {
		err = at(step.stage, err)
	}
	return err
}

// takeSlot waits for a free slot. The walk gives the slot back.
func takeSlot(ctx context.Context, slots chan<- struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// at gives an error its stage, if it has none.
func at(stage tagroll.Stage, err error) error {
	e := *tagroll.AsError(err)
	if e.Stage == "" {
		e.Stage = stage
	}
	return &e
}

func (w *work) intake(ctx context.Context) (err error) {
	defer stopwatch(&w.result.Timings.Intake)()
	if err := w.inspect(ctx); err != nil || w.attempt.Known == nil {
		return err
	}
	if result, ok := w.attempt.Known(ctx, w.result.Facts.SHA256); ok {
		w.result, w.known = result, true
	}
	return nil
}

// inspect leaves the bytes that are to be decoded, and the facts.
func (w *work) inspect(ctx context.Context) (err error) {
	given := w.data != nil
	if done, err := w.picture(ctx); done || err != nil {
		return err
	}
	if !given {
		if w.data, err = w.Read(ctx, w.photo); err != nil {
			return err
		}
		// The photo's name may have hidden what it is.
		if done, err := w.picture(ctx); done || err != nil {
			return err
		}
	}
	w.result.Facts, err = w.Inspect(w.data)
	return err
}

// picture looks for a picture in the photo's file that is decoded instead.
func (w *work) picture(ctx context.Context) (found bool, err error) {
	if w.Picture == nil {
		return false, nil
	}
	picture, facts, err := w.Picture(ctx, w.photo, w.data)
	if err == nil && picture == nil {
		return false, nil
	}
	w.data, w.result.Facts = picture, facts
	return true, err
}

func (w *work) compress(ctx context.Context) (err error) {
	defer stopwatch(&w.result.Timings.Compress)()
	w.image, err = w.Compress(tagroll.WithWait(ctx, w.attempt.Wait), w.data, w.result.Facts)
	w.data = nil
	return err
}

func (w *work) publish(ctx context.Context) error {
	if !w.result.Describer.Remote {
		return nil
	}
	if err := w.share(ctx); err != nil || w.result.Cached {
		return err
	}
	if w.Fallback != nil && !w.delivery.works() {
		w.fellBack = true
		return w.publishWith(ctx, w.Fallback)
	}
	return w.publishWith(ctx, w.Publisher)
}

// republish publishes the image by Fallback.
func (w *work) republish(ctx context.Context, request *tagroll.Request) error {
	w.cleanUp()
	err := w.publishWith(ctx, w.Fallback)
	request.URL = w.publication.URL
	return err
}

func (w *work) publishWith(ctx context.Context, p tagroll.Publisher) (err error) {
	defer stopwatch(&w.result.Timings.Publish)()
	w.publication, err = p.Publish(ctx, w.image)
	return err
}

// cleanUp takes back what was published. A URL that could not be revoked now is not
// the photo's failure: it expires, and the next start sweeps what is left.
func (w *work) cleanUp() {
	if w.publication.Revoke == nil {
		return
	}
	if err := w.publication.Revoke(); err != nil {
		w.Log.Error("a temporary image could not be removed now", "photo", w.photo.ID, "error", err)
	}
	w.publication = tagroll.Publication{}
}

// stopwatch adds the time until the returned function is called.
func stopwatch(sum *tagroll.Millis) func() {
	start := time.Now()
	return func() { *sum += tagroll.Millis(time.Since(start)) }
}
