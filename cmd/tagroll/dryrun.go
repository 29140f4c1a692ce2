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

// rehearsal does what a run does with a photo up to its first paid call, and adds up what the calls
// would take.
type rehearsal struct {
	*runner
	estimator estimator // nil for the built-in describer
	together  int       // calls at the same time

	bytes    atomic.Int64 // of the images that would be sent
	asked    atomic.Int64 // photos that would be described
	complete atomic.Int64 // photos whose file has all words
}

func (r *runner) newRehearsal() *rehearsal {
	h := &rehearsal{runner: r, together: r.settings.concurrency}
	h.estimator, _ = r.describer.(estimator)
	if r.settings.auto {
		// -c auto begins with two calls, and the second is likely to find the prompt.
		h.together = 1
	}
	return h
}

// process is a [tagroll.Process] whose results have the usage that is expected.
func (h *rehearsal) process(ctx context.Context, photo tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
	result, request, err := h.pipeline.Preview(ctx, photo, attempt)
	if request == nil {
		if err == nil && !result.Reused {
			h.complete.Add(1)
		}
		return result, err
	}
	if key := cache.Key(request.Image, result.Facts, h.pipeline.Identity(photo)); result.Describer.Remote && (h.cache.Has(key, h.triedAgain(result.Facts)) || h.seen(key)) {
		result.Cached = true
		return result, nil
	}
	h.bytes.Add(int64(len(request.Image.JPEG)))
	n := int(h.asked.Add(1))
	if h.estimator != nil {
		result.Usage = h.estimator.EstimateNth(*request, n, h.together)
	}
	return result, nil
}

// plan is what the run would do.
func (h *rehearsal) plan() terminal.Plan {
	p := terminal.Plan{
		Asked: int(h.asked.Load()), Complete: int(h.complete.Load()), ImageBytes: h.bytes.Load(),
		Free: isFree(h.describer, h.agencies),
	}
	if h.estimator != nil {
		p.Pricing = h.estimator.Pricing()
	}
	return p
}

// dryRun does everything up to the first paid call, and says what that would take.
func (r *runner) dryRun(ctx context.Context) error {
	r.openCache()
	if err := r.newPipeline(publish.Inline{}); err != nil { // nothing is published
		return err
	}
	closeJournal, err := r.openJournal()
	if err != nil {
		return err
	}
	defer closeJournal()
	if err := r.holdBack(ctx); err != nil {
		return err
	}
	h := r.newRehearsal()
	last, err := batch.Run(ctx, r.sequence(), h.process, batch.Options{
		Journal: r.journal, Identity: r.pipeline.Identity, Reuse: r.stands,
		Concurrency: r.settings.concurrency, Timeout: -1, Total: len(r.working),
		OnProgress: r.screen.Progress, DiscardResults: true, Log: r.log,
	})
	if err != nil {
		return err
	}
	last.Total, last.Pending = last.Total+r.heldBack, last.Pending+r.heldBack
	if r.heldBack > 0 {
		r.screen.Notice(r.leftBehind())
	}
	r.screen.DryRun(last, r.describer.Info(), h.plan())
	return incomplete(last)
}
