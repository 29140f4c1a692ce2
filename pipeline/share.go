package pipeline

import (
	"context"
	"slices"

	"github.com/tagroll/tagroll"
)

// share takes the result of another photo with the same picture, if there is one. The photo's
// clock stands still while that one is being described.
func (w *work) share(ctx context.Context) error {
	if w.Share == nil {
		return nil
	}
	var result *tagroll.Result
	err := w.attempt.Wait(func() (err error) {
		prepared := tagroll.Prepared{Facts: w.result.Facts, Image: w.image}
		result, w.release, err = w.Share(ctx, w.photo, prepared, w.Identity(w.photo))
		return err
	})
	if err != nil || result == nil {
		return err
	}
	before := w.result
	m := *result.Metadata
	m.Keywords = slices.Clone(m.Keywords)
	w.judge(m)
	if tagroll.HasErrors(w.result.Findings) && result.Status == tagroll.StatusSuccessful {
		// The rules have become stricter, or it is this photo that they do not fit.
		w.result = before
		return nil
	}
	w.result.Cached, w.result.SameAs = true, result.Photo.Label()
	w.result.Describer, w.result.Raw = result.Describer, result.Raw
	return nil
}

// shareNothing lets photos with the same picture go on, if there is no result for them.
func (w *work) shareNothing() {
	if w.release != nil {
		w.release(nil)
		w.release = nil
	}
}
