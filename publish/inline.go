// Package publish gives the small image of a photo a URL at which a provider finds it.
//
// [Inline] puts the image into the URL itself, which works everywhere and leaves
// nothing behind. [Temp] stores it and serves it, as an [http.Handler], at an address
// that nobody can guess, that expires, and that ends with its publication.
//
// Both are a [tagroll.Publisher] and pass the suite in package publish/publishtest.
package publish

import (
	"context"
	"encoding/base64"

	"github.com/tagroll/tagroll"
)

// Inline publishes images as data URLs (RFC 2397).
type Inline struct{}

// Publish implements [tagroll.Publisher]. It fails only when ctx has ended.
func (Inline) Publish(ctx context.Context, image tagroll.Image) (tagroll.Publication, error) {
	if ctx.Err() != nil {
		return tagroll.Publication{Revoke: revokeNothing}, context.Cause(ctx)
	}
	return tagroll.Publication{
		URL:    "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(image.JPEG),
		Inline: true,
		Revoke: revokeNothing,
	}, nil
}

func revokeNothing() error { return nil }
