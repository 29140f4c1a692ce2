package queue

import (
	"context"
	"slices"
	"time"

	"github.com/tagroll/tagroll"
)

// DescribeAgain makes photos that are done pending, whatever their state. Fields that a person
// wrote are taken over into the new results, unless overwrite is set. If describing a photo again
// fails, or its batch is cancelled meanwhile, the photo gets back what it had.
//
// It returns the photos that are described again as they were before. Photos that are not done, or
// have no image, are left out. It fails with ErrNotFound, also for an unknown photo, and with
// ErrUnavailable; photos that were made pending before the failure stay pending.
func (n *Node) DescribeAgain(ctx context.Context, b string, photos []string, overwrite bool) (before []Photo, _ Snapshot, err error) {
	if err := n.accepts(ctx); err != nil {
		return nil, Snapshot{}, err
	}
	chosen, before, err := n.chooseDone(b, photos)
	if err != nil {
		return nil, Snapshot{}, err
	}
	if len(chosen) > 0 {
		// The batch changes first, so that an expiry that was decided before fails.
		if _, err := n.alter(ctx, b, func(rec *batchRecord) error {
			rec.Cancelled, rec.Error, rec.Retried = time.Time{}, nil, n.time()
			return nil
		}); err != nil {
			return nil, Snapshot{}, err
		}
		err := n.takeAgain(ctx, b, chosen, func(old, rec *photoRecord) {
			rec.Previous, rec.KeepFields, rec.Edited = old.Result, nil, old.Edited
			if !overwrite {
				rec.KeepFields = old.EditedFields
			}
		})
		if err != nil {
			return nil, Snapshot{}, err
		}
		n.announce(ctx, b)
	}
	s, err := n.Get(ctx, b)
	return before, s, err
}

// chooseDone returns the named photos that can be described again, with their public form.
func (n *Node) chooseDone(b string, ids []string) (chosen []photo, before []Photo, err error) {
	m := n.replica
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.batches[b]
	if e == nil || e.rec == nil {
		return nil, nil, ErrNotFound
	}
	seen := make(map[string]bool)
	for _, id := range ids {
		p := e.byID[id]
		if p == nil {
			return nil, nil, ErrNotFound
		}
		if p.rec.State.done() && p.rec.Image.Name != "" && !seen[id] {
			seen[id] = true
			chosen = append(chosen, *p)
			before = append(before, e.photo(p))
		}
	}
	return chosen, before, nil
}

// forgetEdits completes the record of a photo that is retried: nothing of its old result is kept.
func forgetEdits(_, rec *photoRecord) { rec.EditedFields, rec.AgainError = nil, nil }

// completeAgain completes the record of a photo that was described again and has a new result.
func (n *Node) completeAgain(b string, rec *photoRecord) {
	if rec.Previous == nil {
		rec.AgainError = nil
		return
	}
	if rec.Result.Metadata == nil && rec.Previous.Metadata != nil {
		rec.restorePrevious(rec.Result.Error)
		return
	}
	if rec.Result.Details == nil {
		// What a person said beside the words stays.
		rec.Result.Details = rec.Previous.Details
	}
	kept := rec.KeepFields
	if rec.Result.Metadata != nil && rec.Previous.Metadata != nil && len(kept) > 0 {
		m, old := *rec.Result.Metadata, rec.Previous.Metadata
		if slices.Contains(kept, FieldTitle) {
			m.Title = old.Title
		}
		if slices.Contains(kept, FieldDescription) {
			m.Description = old.Description
		}
		if slices.Contains(kept, FieldKeywords) {
			m.Keywords = old.Keywords
		}
		if slices.Contains(kept, FieldCategory) {
			m.Category = old.Category
		}
		rec.Result.Metadata = &m
		if head, ok := n.replica.head(b); ok && n.config.Judge != nil {
			n.config.Judge(head, rec.Result)
		}
		rec.State = PhotoState(rec.Result.Status)
	}
	if len(kept) == 0 {
		rec.EditedFields, rec.Edited = nil, time.Time{}
	}
	rec.Previous, rec.KeepFields, rec.AgainError = nil, nil, nil
}

// restorePrevious gives a photo back the result that it had before it was described again, if it
// was.
func (r *photoRecord) restorePrevious(why *tagroll.Error) {
	if r.Previous == nil {
		return
	}
	r.Result, r.State = r.Previous, PhotoState(r.Previous.Status)
	r.Previous, r.KeepFields, r.AgainError = nil, nil, why
}

// restoreAll gives all pending photos of a cancelled batch back what they had before they were
// described again. Photos in process follow when their run ends, see run.release.
func (n *Node) restoreAll(ctx context.Context, b string) error {
	m := n.replica
	m.mu.Lock()
	var waiting []photo
	if e := m.batches[b]; e != nil {
		for _, p := range e.order {
			if p.rec.State == PhotoPending && p.rec.Previous != nil {
				waiting = append(waiting, *p)
			}
		}
	}
	m.mu.Unlock()
	return n.takeAgain(ctx, b, waiting, func(old, rec *photoRecord) {
		rec.Queued, rec.Edited = old.Queued, old.Edited
		rec.restorePrevious(nil)
	})
}
