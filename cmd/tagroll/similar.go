package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/similar"
)

// sample is what holdBack learns of a photo.
type sample struct {
	image tagroll.Image // without its JPEG
	facts tagroll.Facts
	done  bool // it has a result that stands
}

// holdBack leaves out of this run the photos that look like sharper ones, if --similar says so. All
// photos are read first: which of a group are the sharpest is not known before its last one.
// Photos with a result keep it, and count among the photos of a group that are kept.
func (r *runner) holdBack(ctx context.Context) error {
	r.working = r.photos
	if r.settings.similar == 0 {
		return nil
	}
	r.screen.Notice(fmt.Sprintf("looking at %s first, for those that look alike (--similar)", terminal.Count(len(r.photos), "photo")))
	samples, err := r.sampleAll(ctx)
	if err != nil {
		return err
	}
	var finder similar.Finder
	for _, s := range samples {
		finder.Add(similar.Photo{Sketch: s.image.Sketch, Width: s.image.Width, Height: s.image.Height, Taken: s.facts.Taken, Camera: s.facts.Camera})
	}
	out := make(map[int]bool)
	for _, group := range finder.Groups() {
		r.noteGroup(group)
		members := make([]similar.Member, len(group))
		for k, i := range group {
			members[k] = similar.Member{Sharpness: samples[i].image.Sharpness, Kept: samples[i].done}
		}
		for _, k := range similar.Surplus(members, r.settings.similar) {
			out[group[k]] = true
		}
	}
	if len(out) == 0 {
		return nil
	}
	r.working = nil
	for i, photo := range r.photos {
		if !out[i] {
			r.working = append(r.working, photo)
		}
	}
	r.heldBack = len(out)
	return nil
}

// sampleAll makes the small image of every photo and keeps what is told by it. A photo that cannot
// be read looks like no other: it fails when it is described.
func (r *runner) sampleAll(ctx context.Context) ([]sample, error) {
	samples := make([]sample, len(r.photos))
	next := make(chan int)
	var working sync.WaitGroup
	for range 2 * runtime.GOMAXPROCS(0) { // half of them read while the others decode
		working.Go(func() {
			for i := range next {
				samples[i] = r.sample(ctx, r.photos[i])
			}
		})
	}
	for i := range r.photos {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	working.Wait()
	if ctx.Err() != nil {
		return nil, &tagroll.Error{Code: tagroll.CodeCancelled, Message: "stopped before the first photo was described", Err: context.Cause(ctx)}
	}
	return samples, nil
}

func (r *runner) sample(ctx context.Context, photo tagroll.Photo) (s sample) {
	defer func() {
		if cause := recover(); cause != nil {
			r.log.Debug("reading a photo panicked; it fails when it is described", "photo", photo.Label(), "cause", fmt.Sprint(cause))
			s = sample{}
		}
	}()
	prepared, err := r.pipeline.Prepare(ctx, photo, nil)
	if err != nil {
		return sample{}
	}
	s = sample{image: prepared.Image, facts: prepared.Facts}
	s.image.JPEG = nil
	key := tagroll.Key{Content: s.facts.SHA256, Identity: r.pipeline.Identity(photo)}
	result, found, err := r.journal.Lookup(ctx, photo, key)
	s.done = err == nil && found && r.stands(result)
	return s
}

// leftBehind says what --similar has left out.
func (r *runner) leftBehind() string {
	return fmt.Sprintf("left out by --similar %d: %s that look like sharper ones; without it, or with a larger number, the same command describes them too",
		r.settings.similar, terminal.Count(r.heldBack, "photo"))
}

func (r *runner) noteGroup(group []int) {
	labels := make([]string, len(group))
	for k, i := range group {
		labels[k] = r.photos[i].Label()
	}
	r.groups = append(r.groups, labels)
}

// similar says which photos look alike.
func (r *runner) similar(w *terminal.Written) {
	if r.settings.similar == 0 {
		for _, group := range r.words.Batch.Groups() {
			labels := make([]string, len(group))
			for i, photo := range group {
				labels[i] = photo.Label()
			}
			r.groups = append(r.groups, labels)
			if len(labels) > similar.Accepted {
				w.Notes = append(w.Notes, fmt.Sprintf("%d photos look alike (%s): agencies refuse more than about %d of a kind, and block accounts for it; --similar %d keeps the sharpest",
					len(labels), some(labels), similar.Accepted, similar.Accepted))
			}
		}
	}
	if r.heldBack > 0 {
		w.Notes = append(w.Notes, r.leftBehind())
	}
	w.Groups, w.HeldBack = r.groups, r.heldBack
}
