package main

import (
	"context"
	"sync/atomic"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
)

// estimator is a describer that knows what a call will take.
type estimator interface {
	Estimate(width, height int, guide tagroll.Guide) tagroll.Usage
}

// dryRun does everything up to the first paid call, and says what that would take.
func (r *runner) dryRun(ctx context.Context) error {
	limits := r.settings.limits(r.log)
	estimate := func(tagroll.Image) tagroll.Usage { return tagroll.Usage{} }
	if e, ok := r.describer.(estimator); ok {
		guide := r.agencies.Guide()
		estimate = func(image tagroll.Image) tagroll.Usage { return e.Estimate(image.Width, image.Height, guide) }
	}
	var sent atomic.Int64
	last, err := batch.Run(ctx, r.sequence(), func(ctx context.Context, photo tagroll.Photo, _ tagroll.Attempt) (result tagroll.Result, err error) {
		data, err := limits.Read(ctx, photo)
		if err != nil {
			return result, err
		}
		facts, err := limits.Inspect(data)
		if err != nil {
			return result, err
		}
		image, err := r.settings.compression(r.log).Compress(ctx, data, facts)
		if err != nil {
			return result, err
		}
		sent.Add(int64(len(image.JPEG)))
		result.Usage = estimate(image)
		return result, nil
	}, batch.Options{Concurrency: r.settings.concurrency, Timeout: -1, Total: len(r.photos), OnProgress: r.screen.Progress, DiscardResults: true, Log: r.log})
	if err != nil {
		return err
	}
	r.screen.DryRun(last, r.describer.Info(), sent.Load())
	return incomplete(last)
}
