package export

import (
	"iter"

	"github.com/tagroll/tagroll"
)

// Where what is known beside the words comes from.
const (
	fromUser     = "user"     // flags, a table, the page
	fromFile     = "file"     // EXIF, IPTC, XMP
	fromPosition = "position" // the names that belong to the file's GPS position
	fromModel    = "model"    // what a model saw
)

// withOrigins adds to results where what is known beside the words comes from.
func withOrigins(results iter.Seq[tagroll.Result]) iter.Seq[tagroll.Result] {
	return func(yield func(tagroll.Result) bool) {
		for r := range results {
			r.Origins = Origins(r)
			if !yield(r) {
				return
			}
		}
	}
}

// Origins says where what is known of a photo beside its words comes from; see
// [tagroll.Result].Origins.
func Origins(r tagroll.Result) map[string]string {
	origins := make(map[string]string)
	// The first origin that applies counts.
	note := func(what, origin string, applies bool) {
		if applies && origins[what] == "" {
			origins[what] = origin
		}
	}
	if d := r.Details; d != nil {
		note("place", fromUser, d.Place != (tagroll.Place{}))
		note("editorial", fromUser, d.Editorial)
		note("people", fromUser, len(d.ModelReleases) > 0)
		note("property", fromUser, len(d.PropertyReleases) > 0)
	}
	note("place", fromPosition, r.Facts.PlaceByPosition)
	note("place", fromFile, r.Facts.Place != (tagroll.Place{}))
	note("date", fromFile, !r.Facts.Taken.IsZero())
	if r.Metadata != nil {
		for _, what := range r.Metadata.Recognizable {
			note(what, fromModel, true)
		}
	}
	if len(origins) == 0 {
		return nil
	}
	return origins
}
