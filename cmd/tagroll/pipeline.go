package main

import (
	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/pipeline"
	"github.com/tagroll/tagroll/publish"
)

// newPipeline makes the pipeline of this run.
func (r *runner) newPipeline(publisher tagroll.Publisher) (err error) {
	limits := r.settings.limits(r.log)
	compression := r.settings.compression(r.log, r.settings.maxEdge)
	r.pipeline, err = pipeline.New(pipeline.Config{
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
	return err
}
