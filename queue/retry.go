package queue

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Retry makes photos pending again: the named ones that have failed or need review, or all failed
// ones if photos is nil. Photos without an image are skipped. A cancelled batch also continues with
// its pending photos, which count as retried; if photos is empty and not nil, it continues even if
// there are none, so that more can be added. Retry fails with ErrNotFound, also for an unknown
// photo, and with ErrUnavailable; photos that were made pending before the failure stay pending.
func (n *Node) Retry(ctx context.Context, b string, photos []string) (retried int, _ Snapshot, err error) {
	if err := n.accepts(ctx); err != nil {
		return 0, Snapshot{}, err
	}
	chosen, pending, cancelled, err := n.choose(b, photos)
	if err != nil {
		return 0, Snapshot{}, err
	}
	if len(chosen) > 0 || pending > 0 || cancelled && photos != nil && len(photos) == 0 {
		// The batch changes first, so that an expiry that was decided before the retry
		// fails.
		if _, err := n.alter(ctx, b, func(rec *batchRecord) error {
			rec.Cancelled, rec.Error, rec.Retried = time.Time{}, nil, n.time()
			return nil
		}); err != nil {
			return 0, Snapshot{}, err
		}
		if err := n.takeAgain(ctx, b, chosen, forgetEdits); err != nil {
			return 0, Snapshot{}, err
		}
		n.announce(ctx, b)
	}
	s, err := n.Get(ctx, b)
	return len(chosen) + pending, s, err
}

// choose returns the photos to retry, how many pending photos continue with them, and whether the
// batch is cancelled.
func (n *Node) choose(b string, ids []string) (chosen []photo, pending int, cancelled bool, err error) {
	m := n.replica
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.batches[b]
	if e == nil || e.rec == nil {
		return nil, 0, false, ErrNotFound
	}
	if cancelled = !e.rec.Cancelled.IsZero(); cancelled {
		pending = e.view().counts[PhotoPending]
	}
	for _, id := range ids {
		if e.byID[id] == nil {
			return nil, 0, false, ErrNotFound
		}
	}
	for _, p := range e.order {
		again := p.rec.State == PhotoFailed && (ids == nil || slices.Contains(ids, p.rec.ID)) ||
			p.rec.State == PhotoNeedsReview && slices.Contains(ids, p.rec.ID)
		if again && p.rec.Image.Name != "" {
			chosen = append(chosen, *p)
		}
	}
	return chosen, pending, cancelled, nil
}

// writers is how many photos are stored at once.
const writers = 32

// takeAgain makes photos pending. change completes the new record, given the old one.
func (n *Node) takeAgain(ctx context.Context, b string, photos []photo, change func(old, rec *photoRecord)) error {
	_, _, s, ok := n.replica.batch(b)
	if !ok {
		return ErrNotFound
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	slots := make(chan struct{}, writers)
	for _, p := range photos {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() != nil {
				return
			}
			rec := *p.rec
			rec.State, rec.Result, rec.Done, rec.Began, rec.Edited = PhotoPending, nil, time.Time{}, time.Time{}, time.Time{}
			rec.Claim, rec.Queued = claim{}, n.time()
			change(p.rec, &rec)
			_, err := n.put(ctx, b, s, photoSubject(b, p.name), rec, p.rev)
			// A conflict says that somebody else has taken the photo again.
			if err != nil && !errors.Is(err, errConflict) {
				cancel(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}
