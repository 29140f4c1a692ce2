package main

import (
	"context"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/pipeline"
	"github.com/tagroll/tagroll/publish"
)

// newPipeline returns the way of a photo of this run.
func (r *runner) newPipeline(publisher tagroll.Publisher) (*pipeline.Pipeline, error) {
	limits := r.settings.limits(r.log)
	compression := r.settings.compression(r.log, r.settings.maxEdge)
	return pipeline.New(pipeline.Config{
		Picture:      limits.Preview,
		Size:         intake.Size,
		Read:         limits.Read,
		Inspect:      limits.Inspect,
		Compress:     compression.Compress,
		Publisher:    publisher,
		Fallback:     publish.Inline{},
		Describer:    r.describer,
		ImageVersion: compression.Version(),
		Estimate:     expect(r.describer),
		Rules:        r.agencies,
		Words:        r.words,

		ReviewDrafts: true,
		Share:        r.share,
		Log:          r.log,
	})
}

// share looks for what was paid for already. A photo that is tried again, because an earlier run
// left it for review, is not given such an answer once more.
func (r *runner) share(ctx context.Context, photo tagroll.Photo, prepared tagroll.Prepared, identity string) (*tagroll.Result, func(*tagroll.Result), error) {
	if r.triedAgain(prepared.Facts) {
		return r.cache.Again(ctx, photo, prepared, identity)
	}
	return r.cache.Share(ctx, photo, prepared, identity)
}

// triedAgain reports whether the journal has words for a photo that need review.
func (r *runner) triedAgain(facts tagroll.Facts) bool {
	_, there := r.inReview.Load(facts.SHA256)
	return there
}
