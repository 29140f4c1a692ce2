package queue

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tagroll/tagroll"
)

// Edit changes a photo's result. change receives a copy; the result is stored unless change returns
// an error, which Edit then returns. The photo's state follows Result.Status. A revision other than
// zero must match the photo. Edit fails with ErrNotFound, ErrUnfinished, ErrChanged and
// ErrUnavailable, and with CodeInternal if the status is not one of a finished photo.
func (n *Node) Edit(ctx context.Context, b, photo string, revision uint64, change func(*tagroll.Result) error) (Photo, error) {
	if err := n.accepts(ctx); err != nil {
		return Photo{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	for {
		old, rev, ok := n.replica.photo(b, photo)
		if !ok {
			return Photo{}, ErrNotFound
		}
		err := n.edit(ctx, b, old, rev, revision, change)
		switch {
		case err == nil:
			there, ok := n.photo(b, photo)
			if !ok {
				return Photo{}, ErrNotFound
			}
			return there, nil
		case !errors.Is(err, errConflict):
			return Photo{}, err
		case revision != 0:
			return Photo{}, ErrChanged
		}
		if pause(ctx, 5*time.Millisecond); ctx.Err() != nil {
			return Photo{}, busy(context.Cause(ctx))
		}
	}
}

// edit applies a change to one record.
func (n *Node) edit(ctx context.Context, b string, old *photoRecord, rev, revision uint64, change func(*tagroll.Result) error) error {
	if revision != 0 && revision != rev {
		return ErrChanged
	}
	if !old.State.done() || old.Result == nil {
		return ErrUnfinished
	}
	_, _, s, ok := n.replica.batch(b)
	if !ok {
		return ErrNotFound
	}
	rec := *old
	rec.Result = cloneResult(old.Result)
	if err := change(rec.Result); err != nil {
		return err
	}
	if rec.State = PhotoState(rec.Result.Status); !rec.State.done() {
		return &tagroll.Error{Code: tagroll.CodeInternal, Message: "an edited photo must be done"}
	}
	rec.Edited = n.time()
	_, err := n.put(ctx, b, s, photoSubject(b, s.name(old.ID)), rec, rev)
	return err
}

// cloneResult copies everything that a change may modify.
func cloneResult(r *tagroll.Result) *tagroll.Result {
	c := *r
	if r.Metadata != nil {
		m := *r.Metadata
		m.Keywords = slices.Clone(m.Keywords)
		c.Metadata = &m
	}
	c.Findings = slices.Clone(r.Findings)
	if r.Error != nil {
		e := *r.Error
		c.Error = &e
	}
	c.Facts.Keywords = slices.Clone(r.Facts.Keywords)
	return &c
}
