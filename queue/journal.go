package queue

import (
	"context"
	"errors"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/sleep"
)

// A run is the tagroll.Journal of its batch. Every change of a photo is a compare-and-set on the
// revision that the run has seen last. If two nodes believe that they have the batch, one of them
// fails before it makes a paid call.

// Lookup implements [tagroll.Journal].
func (r *run) Lookup(_ context.Context, photo tagroll.Photo, key tagroll.Key) (tagroll.Result, bool, error) {
	r.mu.Lock()
	t := r.tasks[photo.ID]
	r.mu.Unlock()
	if t == nil {
		return tagroll.Result{}, false, nil
	}
	rec, _, ok := r.node.replica.photo(r.batch, t.id)
	if !ok || rec.Result == nil || rec.Result.Photo.Version != photo.Version || rec.Result.Identity != key.Identity ||
		key.Content != "" && key.Content != rec.Result.Facts.SHA256 {
		return tagroll.Result{}, false, nil
	}
	r.close(t) // if it stands, there is no work on it
	return *rec.Result, true, nil
}

// Start implements [tagroll.Journal]: it claims the photo.
func (r *run) Start(ctx context.Context, photo tagroll.Photo, k int) error {
	r.mu.Lock()
	t, lease, draining := r.tasks[photo.ID], r.lease, r.draining
	started := t != nil && t.claimed
	r.mu.Unlock()
	switch {
	case r.ctx.Err() != nil:
		return notTried(context.Cause(r.ctx))
	case draining && !started:
		return notTried(errClosing)
	}
	rec := *t.rec
	rec.State, rec.Claim, rec.Calls = PhotoProcessing, lease, t.base+k
	rec.Result, rec.Done = nil, time.Time{}
	if !started {
		rec.Began = r.node.time()
	}
	err := r.set(ctx, t, &rec)
	switch {
	case err == nil:
		r.countClaim(t, true)
		return nil
	case errors.Is(err, errConflict), errors.Is(err, errRemoved):
		return notTried(err)
	case ctx.Err() != nil:
		return notTried(context.Cause(ctx))
	}
	return r.engineError(err)
}

// Finish implements [tagroll.Journal]: it stores the result. A paid result is retried for up to
// timing.patience. The result is dropped if another run has claimed the photo meanwhile.
func (r *run) Finish(ctx context.Context, result tagroll.Result) error {
	r.mu.Lock()
	t := r.tasks[result.Photo.ID]
	r.mu.Unlock()
	if result.Error != nil && (result.Error.Code == tagroll.CodeJournalFailed || result.Error.Code == tagroll.CodeDiskFull) {
		r.mu.Lock()
		r.failed = true // no failure of the photo's: release makes it pending again
		r.mu.Unlock()
		r.halt()
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.node.timing.patience)
	defer cancel()
	rec := *t.rec
	result.Photo.ID = t.id
	result.Photo.Open = nil
	rec.State, rec.Result, rec.Done = PhotoState(result.Status), &result, r.node.time()
	r.node.completeAgain(r.batch, &rec)
	rec.Spent = rec.Spent.Add(result.Usage)
	rec.Claim = r.claim()
	for {
		err := r.set(ctx, t, &rec)
		switch {
		case err == nil:
			r.countClaim(t, false)
			return nil
		case errors.Is(err, errRemoved):
			r.countClaim(t, false)
			return nil
		case errors.Is(err, errConflict):
			r.countClaim(t, false)
			if !errors.Is(context.Cause(r.ctx), errDeleted) {
				r.end(errLost)
			}
			return nil
		case ctx.Err() != nil || r.isClosing():
			return r.engineError(err)
		}
		r.node.log.Warn("a result cannot be stored yet", "batch", r.batch, "error", err)
		if sleep.For(ctx, 100*time.Millisecond) != nil {
			return r.engineError(err)
		}
	}
}

// isClosing reports whether the node is being closed and cannot wait.
func (r *run) isClosing() bool { return errors.Is(context.Cause(r.ctx), errClosing) }

// set stores a task's record. On a conflict, set reads the stored record: the same change may
// already be stored when the answer to an earlier write was lost.
func (r *run) set(ctx context.Context, t *task, rec *photoRecord) error {
	tries := contend()
	for {
		rev, err := r.node.put(ctx, r.batch, r.cipher, t.subject, rec, t.rev)
		if err == nil {
			t.rec, t.rev = rec, rev
			return nil
		}
		if !errors.Is(err, errConflict) {
			return err
		}
		stored, now, err := r.stored(ctx, t)
		switch {
		case err != nil:
			return err
		case stored == nil:
			return errConflict // the batch was deleted
		case stored.State == photoRemoved:
			return errRemoved
		case stored.Claim.Run == r.id && stored.State == rec.State && stored.Calls == rec.Calls:
			t.rec, t.rev = stored, now
			return nil
		case stored.Claim.Run == r.id && stored.State == PhotoProcessing:
			t.rev = now // the claim that seemed to fail
		case now == t.rev:
			// A cluster refuses a change while another change of the same photo is
			// under way.
			if tries.pause(ctx) != nil {
				return unavailable("it cannot be stored", context.Cause(ctx))
			}
		default:
			return errConflict
		}
	}
}

// stored reads a task's record from the engine.
func (r *run) stored(ctx context.Context, t *task) (*photoRecord, uint64, error) {
	return r.node.readPhoto(ctx, r.cipher, t.subject)
}

// readPhoto reads a photo's record from the engine, and nil if there is none.
func (n *Node) readPhoto(ctx context.Context, s *batchCipher, subject string) (*photoRecord, uint64, error) {
	value, rev, err := n.read(ctx, stateStream, subject)
	if err != nil || rev == 0 {
		return nil, 0, err
	}
	text, err := s.open(subject, value)
	if err != nil {
		return nil, 0, err
	}
	rec, err := decode[photoRecord](text)
	return rec, rev, err
}

// countClaim counts a claim or its end. A draining run ends with its last claim.
func (r *run) countClaim(t *task, claimed bool) {
	r.mu.Lock()
	if t.claimed != claimed {
		t.claimed = claimed
		if claimed {
			r.claimed++
		} else {
			r.claimed--
		}
	}
	over := r.draining && r.claimed == 0
	r.mu.Unlock()
	if over {
		r.end(errClosing)
	}
}

// release makes the photos pending again whose calls were cut short. In a cancelled batch these
// include photos that a dead node had claimed. The next run finds photos that could not be
// released.
func (r *run) release() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), r.node.timing.write)
	defer cancel()
	cancelled, lease := errors.Is(context.Cause(r.ctx), errCancelled), r.claim()
	for _, rec := range r.node.replica.claimed(r.batch, func(c claim) bool {
		return c.Run == r.id || cancelled && (r.node.engine != nil || !c.newerThan(lease))
	}) {
		t := &task{id: rec.rec.ID, subject: photoSubject(r.batch, rec.name), rec: rec.rec, rev: rec.rev}
		free := *rec.rec
		free.State, free.Claim, free.Began = PhotoPending, claim{}, time.Time{}
		if cancelled {
			free.restorePrevious(nil)
		}
		if _, err := r.node.put(ctx, r.batch, r.cipher, t.subject, free, t.rev); err != nil && !errors.Is(err, errConflict) {
			r.node.log.Warn("a photo in process could not be given back; the next run finds it", "batch", r.batch, "error", err)
			return
		}
	}
}
