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
	}, batch.Options{Concurrency: r.settings.concurrency, Timeout: -1, Total: len(r.photos), OnProgress: r.screen.progress, DiscardResults: true, Log: r.log})
	r.screen.close()
	if err != nil {
		return err
	}
	r.sayDryRun(last, sent.Load())
	return incomplete(last)
}

func (r *runner) sayDryRun(p tagroll.Progress, sent int64) {
	c := r.screen
	c.mu.Lock()
	defer c.mu.Unlock()
	info := r.describer.Info()
	calls := 0
	if info.Remote {
		calls = p.Successful
	}
	if c.mode == "json" {
		c.event("dry_run", struct {
			summaryFields
			PlannedCalls int           `json:"planned_calls"`
			ImageBytes   int64         `json:"image_bytes"`
			Usage        tagroll.Usage `json:"usage"`
		}{summaryEvent(p, written{}), calls, sent, p.Usage})
		return
	}
	switch {
	case !info.Remote:
		c.say("%s would be described by the built-in describer: no call, no cost.", count(p.Successful, "photo"))
	case p.Usage.CostUSD > 0:
		c.say("%s to %s, %.1f MB of images, about %d tokens in and %d out: about $%.4f.",
			count(calls, "call"), info.Model, float64(sent)/1e6, p.Usage.InputTokens, p.Usage.OutputTokens, p.Usage.CostUSD)
	default:
		c.say("%s to %s, %.1f MB of images, about %d tokens in and %d out. The price of this model is not known: see --prices.",
			count(calls, "call"), info.Model, float64(sent)/1e6, p.Usage.InputTokens, p.Usage.OutputTokens)
	}
	if p.Failed > 0 {
		c.say("%d would fail before any call:", p.Failed)
		c.table(p, nil)
	}
}
