package queue

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll"
)

// Retry takes photos of a batch again: those named if they have failed or need review, or all that have failed if photos
// is nil. Photos that never got an image cannot be. A batch that was cancelled goes on with its pending photos
// as well, which count as retried. It fails with ErrNotFound, also for a photo's ID, and with ErrUnavailable; what
// was taken again until then stays so.
func (n *Node) Retry(ctx context.Context, b string, photos []string) (retried int, _ Snapshot, err error) {
	if err := n.accepts(ctx); err != nil {
		return 0, Snapshot{}, err
	}
	chosen, pending, err := n.choose(b, photos)
	if err != nil {
		return 0, Snapshot{}, err
	}
	if len(chosen) > 0 || pending > 0 {
		// First the batch, so that a deletion that was decided on its end fails.
		if _, err := n.alter(ctx, b, func(rec *batchRecord) error {
			rec.Cancelled, rec.Error, rec.Retried = time.Time{}, nil, n.time()
			return nil
		}); err != nil {
			return 0, Snapshot{}, err
		}
		if err := n.takeAgain(ctx, b, chosen); err != nil {
			return 0, Snapshot{}, err
		}
		n.announce(ctx, b)
	}
	s, err := n.Get(ctx, b)
	return len(chosen) + pending, s, err
}

// choose returns the photos that a retry takes, and how many pending ones go on because of it.
func (n *Node) choose(b string, ids []string) (chosen []photo, pending int, err error) {
	m := n.mirror
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.batches[b]
	if e == nil || e.rec == nil {
		return nil, 0, ErrNotFound
	}
	if !e.rec.Cancelled.IsZero() {
		pending = e.view().counts[PhotoPending]
	}
	for _, id := range ids {
		if e.byID[id] == nil {
			return nil, 0, ErrNotFound
		}
	}
	for _, p := range e.order {
		again := p.rec.State == PhotoFailed && (ids == nil || slices.Contains(ids, p.rec.ID)) ||
			p.rec.State == PhotoNeedsReview && slices.Contains(ids, p.rec.ID)
		if again && p.rec.Image.Name != "" {
			chosen = append(chosen, *p)
		}
	}
	return chosen, pending, nil
}

// writers is how many photos are written at once.
const writers = 32

// takeAgain makes photos pending.
func (n *Node) takeAgain(ctx context.Context, b string, photos []photo) error {
	_, _, s, ok := n.mirror.batch(b)
	if !ok {
		return ErrNotFound
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	places := make(chan struct{}, writers)
	for _, p := range photos {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			if ctx.Err() != nil {
				return
			}
			rec := *p.rec
			rec.State, rec.Result, rec.Done, rec.Began, rec.Edited = PhotoPending, nil, time.Time{}, time.Time{}, time.Time{}
			rec.Claim, rec.Queued = claim{}, n.time()
			_, err := n.put(ctx, b, s, photoSubject(b, p.name), rec, p.rev)
			if err != nil && !errors.Is(err, errConflict) { // somebody else has taken it again
				cancel(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// Edit changes a photo's result: change gets a copy, and what it makes of it is stored unless it returns an error, which
// Edit then returns. The photo's state follows Result.Status. A revision other than zero must be the photo's own.
// It fails with ErrNotFound, ErrUnfinished, ErrChanged and ErrUnavailable, and with CodeInternal
// if the status is not one of a photo that is done.
func (n *Node) Edit(ctx context.Context, b, photo string, revision uint64, change func(*tagroll.Result) error) (Photo, error) {
	if err := n.accepts(ctx); err != nil {
		return Photo{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	for {
		old, rev, ok := n.mirror.photo(b, photo)
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

// edit tries a change on one record.
func (n *Node) edit(ctx context.Context, b string, old *photoRecord, rev, revision uint64, change func(*tagroll.Result) error) error {
	if revision != 0 && revision != rev {
		return ErrChanged
	}
	if !old.State.done() || old.Result == nil {
		return ErrUnfinished
	}
	_, _, s, ok := n.mirror.batch(b)
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

// cloneResult copies what a change may reach.
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

// Delete removes a batch and everything of it, also while it runs: when Delete returns, nothing of it can be read from the
// engine's files. It fails with ErrNotFound, and with ErrUnavailable; then the batch cannot be seen any more
// or is still there whole, and the rest is removed later or by another call.
func (n *Node) Delete(ctx context.Context, b string) error {
	if err := n.accepts(ctx); err != nil {
		return err
	}
	if _, _, _, ok := n.mirror.batch(b); !ok {
		return ErrNotFound
	}
	return n.remove(ctx, b, nil)
}

// remove deletes a batch, if expected is not nil only while its record is of that revision.
func (n *Node) remove(ctx context.Context, b string, expected *uint64) error {
	subject := batchSubject(b)
	var opts []jetstream.PublishOpt
	if expected != nil {
		opts = append(opts, jetstream.WithExpectLastSequencePerSubject(*expected))
	}
	// From here on every node has forgotten the batch, and every change of it fails.
	rev, err := n.publish(ctx, subject, []byte{valueErasing}, opts...)
	if errors.Is(err, ErrUnavailable) && n.engine != nil && n.trouble.Load() != nil {
		// No room even for the marker: the images go first.
		if err := n.purge(ctx, imageStream, imageSubject(b, "*.*")); err != nil {
			return err
		}
		rev, err = n.publish(ctx, subject, []byte{valueErasing}, opts...)
	}
	if err != nil {
		return err
	}
	if err := n.await(ctx, b, subject, rev); err != nil {
		return err
	}
	return n.erase(ctx, b)
}

// erase removes what belongs to a batch that is marked as deleted: first its key, which makes all of it
// unreadable. It may be called again, by any node, until it has succeeded once.
func (n *Node) erase(ctx context.Context, b string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*n.timing.write)
	defer cancel()
	_, rev, err := n.read(ctx, stateStream, keySubject(b))
	if err != nil {
		return err
	}
	if rev != 0 {
		err := n.streams[stateStream].SecureDeleteMsg(ctx, rev)
		if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) && !n.isErased(ctx, b) {
			return unavailable("the batch's key cannot be erased", err)
		}
	}
	for _, p := range []struct{ stream, subject string }{
		{imageStream, imageSubject(b, "*.*")},
		{stateStream, photoSubject(b, "*")},
		{workStream, workSubject(b)},
	} {
		if err := n.purge(ctx, p.stream, p.subject); err != nil {
			return err
		}
	}
	_, err = n.publish(ctx, batchSubject(b), []byte{valueGone}, jetstream.WithMsgTTL(n.timing.tombstone))
	return err
}

// isErased reports whether somebody else was faster.
func (n *Node) isErased(ctx context.Context, b string) bool {
	_, rev, err := n.read(ctx, stateStream, keySubject(b))
	return err == nil && rev == 0
}
