package queue

import (
	"context"
	"errors"
	"slices"
	"sync"

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
	tries := contend()
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
		if tries.pause(ctx) != nil {
			return Photo{}, busy(context.Cause(ctx))
		}
	}
}

// edit applies a change to one record.
func (n *Node) edit(ctx context.Context, b string, old *photoRecord, rev, revision uint64, change func(*tagroll.Result) error) error {
	rec, s, err := n.edited(b, old, rev, revision, change)
	if err != nil {
		return err
	}
	_, err = n.put(ctx, b, s, photoSubject(b, s.name(old.ID)), rec, rev)
	return err
}

// edited returns the record that a change makes of another one.
func (n *Node) edited(b string, old *photoRecord, rev, revision uint64, change func(*tagroll.Result) error) (*photoRecord, *batchCipher, error) {
	if revision != 0 && revision != rev {
		return nil, nil, ErrChanged
	}
	if !old.State.done() || old.Result == nil {
		return nil, nil, ErrUnfinished
	}
	_, _, s, ok := n.replica.batch(b)
	if !ok {
		return nil, nil, ErrNotFound
	}
	rec := *old
	rec.Result = cloneResult(old.Result)
	if err := change(rec.Result); err != nil {
		return nil, nil, err
	}
	if rec.State = PhotoState(rec.Result.Status); !rec.State.done() {
		return nil, nil, &tagroll.Error{Code: tagroll.CodeInternal, Message: "an edited photo must be done"}
	}
	rec.Edited, rec.AgainError = n.time(), nil
	rec.EditedFields = editedFields(old, rec.Result.Metadata)
	return &rec, s, nil
}

// editedFields returns the fields that a person has written: fields of earlier edits, and fields
// that differ now.
func editedFields(old *photoRecord, m *tagroll.Metadata) []string {
	var was, is tagroll.Metadata
	if old.Result.Metadata != nil {
		was = *old.Result.Metadata
	}
	if m != nil {
		is = *m
	}
	fields := slices.Clone(old.EditedFields)
	for _, f := range []struct {
		name    string
		differs bool
	}{
		{FieldTitle, was.Title != is.Title},
		{FieldDescription, was.Description != is.Description},
		{FieldKeywords, !slices.Equal(was.Keywords, is.Keywords)},
		{FieldCategory, was.Category != is.Category},
	} {
		if f.differs && !slices.Contains(fields, f.name) {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// PhotoEdit is one of several edits; see Node.Edit for the meaning of its fields.
type PhotoEdit struct {
	Photo    string
	Revision uint64
	Change   func(*tagroll.Result) error
}

// EditFailure says why an edit of several was not made.
type EditFailure struct {
	Photo string
	// Err is ErrNotFound, ErrChanged, ErrUnfinished, ErrUnavailable or the error of
	// PhotoEdit.Change.
	Err error
}

// EditMany makes several edits of different photos. All edits are checked before the first is
// stored: if one cannot be made, none is, and the failures say why. A photo that changes between
// the check and its write is a failure too; other photos may then have been changed, and edited
// holds them. EditMany fails with ErrNotFound for the batch, and with ErrUnavailable.
func (n *Node) EditMany(ctx context.Context, b string, edits []PhotoEdit) (edited []Photo, failures []EditFailure, err error) {
	if err := n.accepts(ctx); err != nil {
		return nil, nil, err
	}
	if _, _, _, ok := n.replica.batch(b); !ok {
		return nil, nil, ErrNotFound
	}
	type write struct {
		rec    *photoRecord
		cipher *batchCipher
		rev    uint64
	}
	writes := make([]write, len(edits))
	for i, e := range edits {
		old, rev, ok := n.replica.photo(b, e.Photo)
		if !ok {
			failures = append(failures, EditFailure{e.Photo, ErrNotFound})
			continue
		}
		rec, s, err := n.edited(b, old, rev, e.Revision, e.Change)
		if err != nil {
			failures = append(failures, EditFailure{e.Photo, err})
			continue
		}
		writes[i] = write{rec, s, rev}
	}
	if failures != nil {
		return nil, failures, nil
	}
	errs := make([]error, len(writes))
	var all sync.WaitGroup
	slots := make(chan struct{}, writers)
	for i, w := range writes {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			_, errs[i] = n.put(ctx, b, w.cipher, photoSubject(b, w.cipher.name(w.rec.ID)), w.rec, w.rev)
		})
	}
	all.Wait()
	for i, e := range edits {
		there, ok := n.photo(b, e.Photo)
		switch {
		case !ok:
			failures = append(failures, EditFailure{e.Photo, ErrNotFound})
		case errors.Is(errs[i], errConflict):
			failures = append(failures, EditFailure{e.Photo, ErrChanged})
		case errs[i] != nil:
			failures = append(failures, EditFailure{e.Photo, errs[i]})
		default:
			edited = append(edited, there)
		}
	}
	return edited, failures, nil
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
