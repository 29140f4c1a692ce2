package offline

import (
	"context"
	"errors"
	"fmt"

	"github.com/tagroll/tagroll"
)

// version names the rules and the vocabulary; it changes whenever an answer can change.
const version = "offline-1"

// Describer describes photos by what their files say and by how they look. Its
// zero value is ready to use, and it is safe for concurrent use.
type Describer struct{}

var _ tagroll.Describer = (*Describer)(nil)

// New returns a describer.
func New() *Describer { return &Describer{} }

// Info returns the name "offline" and the version of the rules.
func (*Describer) Info() tagroll.DescriberInfo {
	return tagroll.DescriberInfo{Name: "offline", Prompt: version, Identity: version}
}

// Describe answers with a title of at most 70 characters without commas, 5 to 49
// keywords and a category. The title is shorter where r.Guide asks for less. The words
// come from r.Facts, r.Image.JPEG and r.Photo.Name. A repair gets the same answer again,
// since nothing would change it.
//
// An error has CodeCorruptImage if the JPEG cannot be decoded, CodeTooManyPixels
// if it is far larger than the small JPEG it should be, and CodeCancelled or
// CodeTimeout if ctx has ended.
func (*Describer) Describe(ctx context.Context, r tagroll.Request) (tagroll.Answer, error) {
	if ctx.Err() != nil {
		return tagroll.Answer{}, ended(ctx)
	}
	s, err := readScene(r.Image.JPEG)
	if err != nil {
		return tagroll.Answer{}, err
	}
	if ctx.Err() != nil {
		return tagroll.Answer{}, ended(ctx)
	}
	return tagroll.Answer{Metadata: compose(readTexts(r), lookAt(s), r.Facts)}, nil
}

// ended is the error of a context that is over. It wraps the context's error and its cause.
func ended(ctx context.Context) error {
	e := &tagroll.Error{
		Code:    tagroll.CodeCancelled,
		Message: "stopped before the photo was described; run the batch again to continue",
		Stage:   tagroll.StageDescribe,
		Err:     fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx)),
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Code = tagroll.CodeTimeout
		e.Message = "the photo's time was over before it was described; allow more time for a photo"
	}
	return e
}
