package main

import (
	"context"
	"sync/atomic"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/cache"
	"github.com/tagroll/tagroll/publish"
)

// estimator is a describer that knows what a call will take.
type estimator interface {
	Estimate(width, height int, guide tagroll.Guide) tagroll.Usage
	EstimateCached(width, height int, guide tagroll.Guide) tagroll.Usage
	Expect(width, height int, guide tagroll.Guide) tagroll.Estimate
	Pricing() string
}

// expect returns what says what calls will take, for all that the guide asks for; nil for the
// built-in describer.
func expect(d tagroll.Describer, guide tagroll.Guide) func(tagroll.Image) tagroll.Estimate {
	e, ok := d.(estimator)
	if !ok {
		return nil
	}
	return func(image tagroll.Image) tagroll.Estimate { return e.Expect(image.Width, image.Height, guide) }
}

// dryRun does everything up to the first paid call, and says what that would take.
func (r *runner) dryRun(ctx context.Context) error {
	r.openCache()
	way, err := r.newPipeline(publish.Inline{}) // nothing is published
	if err != nil {
		return err
	}
	estimate := func(tagroll.Image) tagroll.Usage { return tagroll.Usage{} }
	pricing := ""
	var sent, counted atomic.Int64
	if e, ok := r.describer.(estimator); ok {
		guide := r.agencies.Guide()
		pricing = e.Pricing()
		estimate = func(image tagroll.Image) tagroll.Usage {
			// The provider has the prompt in its cache when the first answers have come.
			if counted.Add(1) > int64(r.settings.concurrency) {
				return e.EstimateCached(image.Width, image.Height, guide)
			}
			return e.Estimate(image.Width, image.Height, guide)
		}
	}
	r.identity = way.Identity
	closeJournal, err := r.openJournal()
	if err != nil {
		return err
	}
	defer closeJournal()
	if err := r.holdBack(ctx, way); err != nil {
		return err
	}
	last, err := batch.Run(ctx, r.sequence(), func(ctx context.Context, photo tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
		result, image, err := way.Preview(ctx, photo, attempt)
		if err != nil || len(image.JPEG) == 0 { // known already
			return result, err
		}
		if key := cache.Key(image, result.Facts, way.Identity(photo)); result.Describer.Remote && (r.cache.Has(key) || r.seen(key)) {
			result.Cached = true
			return result, nil
		}
		sent.Add(int64(len(image.JPEG)))
		result.Usage = estimate(image)
		return result, nil
	}, batch.Options{Journal: r.journal, Identity: r.identity, Reuse: r.stands, Concurrency: r.settings.concurrency, Timeout: -1, Total: len(r.working), OnProgress: r.screen.Progress, DiscardResults: true, Log: r.log})
	if err != nil {
		return err
	}
	last.Total, last.Pending = last.Total+r.heldBack, last.Pending+r.heldBack
	if r.heldBack > 0 {
		r.screen.Notice(r.leftBehind())
	}
	r.screen.DryRun(last, r.describer.Info(), sent.Load(), pricing)
	return incomplete(last)
}

// seen reports whether the run has met a picture before, and notes it.
func (r *runner) seen(key string) bool {
	_, there := r.pictures.LoadOrStore(key, true)
	return there
}
