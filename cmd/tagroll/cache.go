package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cache"
)

// openCache opens the cache of results. Without one, photos of the run with the same picture are
// still described once.
func (r *runner) openCache() {
	o := cache.Options{Dir: r.settings.cache, Fresh: r.settings.fresh, Log: r.log}
	if o.Dir == "" {
		if user, err := os.UserCacheDir(); err == nil { // without one there is no cache
			o.Dir = filepath.Join(user, "tagroll", "results")
		}
	}
	if r.settings.noCache {
		o.Dir = ""
	}
	r.cache = cache.Open(o)
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

// seen reports whether the run has met a picture before, and notes it.
func (r *runner) seen(key string) bool {
	_, there := r.pictures.LoadOrStore(key, true)
	return there
}
