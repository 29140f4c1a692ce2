package intake

import (
	"context"

	"github.com/tagroll/tagroll"
)

// Read is [Read] with these limits, as a step of package pipeline.
func (l Limits) Read(ctx context.Context, photo tagroll.Photo) ([]byte, error) {
	return Read(ctx, photo, l)
}

// Inspect is [Inspect] with these limits, as a step of package pipeline.
func (l Limits) Inspect(data []byte) (tagroll.Facts, error) {
	return Inspect(data, l)
}

// Preview is [Preview] with these limits, as a step of package pipeline.
func (l Limits) Preview(ctx context.Context, photo tagroll.Photo, data []byte) ([]byte, tagroll.Facts, error) {
	return Preview(ctx, photo, data, l)
}
