package journal

import (
	"context"

	"github.com/tagroll/tagroll"
)

// Accept judges a model's result by the rules of this run. It returns the result as that of the
// photo, or reports false if the result breaks them.
type Accept func(photo tagroll.Photo, result tagroll.Result) (tagroll.Result, bool)

// ByModel returns the latest success of a model with a content that accept takes, whatever its
// identity.
func (j *File) ByModel(photo tagroll.Photo, content string, accept Accept) (accepted tagroll.Result, found bool, err error) {
	_, found, err = j.Latest(content, func(result tagroll.Result) (ok bool) {
		if result.Describer.Remote && result.Metadata != nil {
			accepted, ok = accept(photo, result)
		}
		return ok
	})
	return accepted, found, err
}

// ModelFirst is a journal for a run of the built-in describer that nobody has asked for: what a
// model has said of a photo in an earlier run is not replaced by a draft.
type ModelFirst struct {
	*File
	Accept Accept
}

// Lookup implements [tagroll.Journal]. A result of a model comes before any other.
func (m ModelFirst) Lookup(ctx context.Context, photo tagroll.Photo, key tagroll.Key) (tagroll.Result, bool, error) {
	content := key.Content
	if content == "" {
		// The photo was not read in this run: it is the one that the journal knows, unless
		// its file has changed.
		if known, c, err := m.Photo(photo.ID); err != nil || known.Version == photo.Version {
			content = c
		}
	}
	if content != "" {
		if result, ok, err := m.ByModel(photo, content, m.Accept); ok || err != nil {
			return result, ok, err
		}
	}
	return m.File.Lookup(ctx, photo, key)
}
