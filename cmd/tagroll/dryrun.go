package main

import (
	"context"
	"sync/atomic"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/cache"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/publish"
)

// estimator is a describer that knows what a call will take.
type estimator interface {
	Estimate(tagroll.Request) tagroll.Usage
	EstimateCached(tagroll.Request) tagroll.Usage
	Expect(tagroll.Request) tagroll.Estimate
	Pricing() string
}

// expect returns what says what calls will take; nil for the built-in describer.
func expect(d tagroll.Describer) func(tagroll.Request) tagroll.Estimate {
	if e, ok := d.(estimator); ok {
		return e.Expect
	}
	return nil
}

// typicalRequest is a request for a photo of this size of which the file says nothing.
func typicalRequest(width, height int, guide tagroll.Guide) tagroll.Request {
	return tagroll.Request{Image: tagroll.Image{Width: width, Height: height}, Guide: guide}
}

// missesCache reports whether the n-th call is counted as one that finds nothing in the provider's
// cache. The first one does. Those that are made together with it may, at some providers and if
// answers take long; they are spread over the batch, so that the estimate of a small one, which
// they would change most, is not far from either.
func missesCache(n, together int64) bool {
	const spread = 25
	return n == 1 || n%spread == 0 && n/spread < together
}

// dryRun does everything up to the first paid call, and says what that would take.
func (r *runner) dryRun(ctx context.Context) error {
	r.openCache()
	if err := r.newPipeline(publish.Inline{}); err != nil { // nothing is published
		return err
	}
	estimate := func(tagroll.Request, int64) tagroll.Usage { return tagroll.Usage{} }
	pricing := ""
	var sent, asked, complete atomic.Int64
	if e, ok := r.describer.(estimator); ok {
		pricing = e.Pricing()
		together := int64(r.settings.concurrency)
		if r.settings.auto {
			// It begins with two calls, and the second is as likely to find the prompt.
			together = 1
		}
		estimate = func(request tagroll.Request, number int64) tagroll.Usage {
			if missesCache(number, together) {
				return e.Estimate(request)
			}
			return e.EstimateCached(request)
		}
	}
	closeJournal, err := r.openJournal()
	if err != nil {
		return err
	}
	defer closeJournal()
	if err := r.holdBack(ctx); err != nil {
		return err
	}
	last, err := batch.Run(ctx, r.sequence(), func(ctx context.Context, photo tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
		result, request, err := r.pipeline.Preview(ctx, photo, attempt)
		if request == nil {
			if err == nil && !result.Reused {
				complete.Add(1)
			}
			return result, err
		}
		if key := cache.Key(request.Image, result.Facts, r.pipeline.Identity(photo)); result.Describer.Remote && (r.cache.Has(key, r.triedAgain(result.Facts)) || r.seen(key)) {
			result.Cached = true
			return result, nil
		}
		sent.Add(int64(len(request.Image.JPEG)))
		result.Usage = estimate(*request, asked.Add(1))
		return result, nil
	}, batch.Options{Journal: r.journal, Identity: r.pipeline.Identity, Reuse: r.stands, Concurrency: r.settings.concurrency, Timeout: -1, Total: len(r.working), OnProgress: r.screen.Progress, DiscardResults: true, Log: r.log})
	if err != nil {
		return err
	}
	last.Total, last.Pending = last.Total+r.heldBack, last.Pending+r.heldBack
	if r.heldBack > 0 {
		r.screen.Notice(r.leftBehind())
	}
	r.screen.DryRun(last, r.describer.Info(), terminal.Plan{
		Asked: int(asked.Load()), Complete: int(complete.Load()), ImageBytes: sent.Load(), Pricing: pricing,
		Free: isFree(r.describer, r.agencies),
	})
	return incomplete(last)
}
