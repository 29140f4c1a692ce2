package compress

import (
	"context"

	"github.com/tagroll/tagroll"
)

// Compress is [Compress] as a step of package pipeline: format and orientation are those
// that the facts give, whatever the options say.
func (o Options) Compress(ctx context.Context, data []byte, facts tagroll.Facts) (tagroll.Image, error) {
	o.Orientation = facts.Orientation
	return Compress(ctx, data, facts.Format, o)
}
