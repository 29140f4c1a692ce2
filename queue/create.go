package queue

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll"
)

// Create makes a batch. It fails with ErrUnavailable, or with CodeConfiguration if nobody could
// open the batch.
func (n *Node) Create(ctx context.Context, b NewBatch) (Snapshot, error) {
	if err := n.accepts(ctx); err != nil {
		return Snapshot{}, err
	}
	if b.Session == "" && b.Token == "" {
		return Snapshot{}, &tagroll.Error{Code: tagroll.CodeConfiguration, Message: "a batch needs a session or a token"}
	}
	if err := n.checkSpace(0); err != nil {
		return Snapshot{}, err
	}
	id, key := newID(), newKey()
	s, err := newBatchCipher(key)
	if err != nil {
		return Snapshot{}, err
	}
	if _, err := n.publish(ctx, keySubject(id), key, jetstream.WithExpectLastSequencePerSubject(0)); err != nil {
		return Snapshot{}, unconditional(err)
	}
	rec := batchRecord{Session: b.Session, Token: b.Token, Agencies: slices.Clone(b.Agencies), Name: b.Name, Brief: b.Brief, Created: n.time()}
	if _, err := n.put(ctx, id, s, batchSubject(id), rec, 0); err != nil {
		return Snapshot{}, unconditional(err)
	}
	return n.Get(ctx, id)
}

// unconditional converts the error of a write to a key that was just created. Such a write cannot
// conflict, so a conflict means that the engine is in trouble.
func unconditional(err error) error {
	if errors.Is(err, errConflict) {
		return unavailable("it cannot be stored", err)
	}
	return err
}

// time returns the time as it is stored.
func (n *Node) time() time.Time { return n.now().UTC() }

// busy is the error of a wait that took too long.
func busy(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return unavailable("it takes too long", err)
	}
	return err
}

// errUnchanged is returned by a change function that has nothing to change.
var errUnchanged = errors.New("nothing to change")

// changeBatch changes a batch's record and returns its new revision. On a conflict the change is
// applied to the newer record. The caller holds the replica's lock of the batch. An error of change
// is returned unchanged.
func (n *Node) changeBatch(ctx context.Context, b string, change func(*batchRecord) error) (uint64, error) {
	tries := contend()
	for {
		old, rev, s, ok := n.replica.batch(b)
		if !ok {
			return 0, ErrNotFound
		}
		rec := *old
		if err := change(&rec); err != nil {
			return 0, err
		}
		now, err := n.put(ctx, b, s, batchSubject(b), rec, rev)
		if !errors.Is(err, errConflict) {
			return now, err
		}
		if tries.pause(ctx) != nil {
			return 0, busy(context.Cause(ctx))
		}
	}
}

// alter changes a batch's record and returns the batch.
func (n *Node) alter(ctx context.Context, b string, change func(*batchRecord) error) (Snapshot, error) {
	err := n.inTurn(ctx, b, func(ctx context.Context) error {
		_, err := n.changeBatch(ctx, b, change)
		if errors.Is(err, errUnchanged) {
			return nil
		}
		return err
	})
	if err != nil {
		return Snapshot{}, err
	}
	return n.Get(ctx, b)
}

// inTurn makes a change of a batch's record when all that came to this node before are made. The
// change itself may take timing.write. It may begin later than that, as long as others are served:
// a hundred photos that arrive at once are a long queue, and no failure.
func (n *Node) inTurn(ctx context.Context, b string, change func(context.Context) error) (err error) {
	done, err := n.replica.beginChange(ctx, b, n.timing.write)
	if err != nil {
		return busy(err)
	}
	ctx, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	defer func() { done(!errors.Is(err, ErrUnavailable)) }()
	return change(ctx)
}

// CloseBatch closes a batch: no more photos are taken. Closing a closed batch does nothing. It
// fails with ErrNotFound and ErrUnavailable.
func (n *Node) CloseBatch(ctx context.Context, b string) (Snapshot, error) {
	if err := n.accepts(ctx); err != nil {
		return Snapshot{}, err
	}
	return n.alter(ctx, b, func(rec *batchRecord) error {
		if !rec.Closed.IsZero() {
			return errUnchanged
		}
		rec.Closed = n.time()
		return nil
	})
}

// Cancel stops a batch. Calls under way end at once on every node, and unfinished photos stay
// pending. Cancelling a batch that has ended does nothing. It fails with ErrNotFound and
// ErrUnavailable.
func (n *Node) Cancel(ctx context.Context, b string) (Snapshot, error) {
	if err := n.accepts(ctx); err != nil {
		return Snapshot{}, err
	}
	return n.stop(ctx, b, nil)
}

// stop cancels a batch. reason is the failure that stopped it, or nil if a person did.
func (n *Node) stop(ctx context.Context, b string, reason *tagroll.Error) (Snapshot, error) {
	s, err := n.alter(ctx, b, func(rec *batchRecord) error {
		v, ok := n.replica.view(b)
		if !ok || !v.batch.Ended.IsZero() && reason == nil || !rec.Cancelled.IsZero() {
			return errUnchanged
		}
		rec.Cancelled, rec.Error = n.time(), reason
		if rec.Closed.IsZero() {
			rec.Closed = rec.Cancelled
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	if err := n.restoreAll(ctx, b); err != nil && !errors.Is(err, ErrNotFound) {
		n.log.Warn("photos that were to be described again stay pending", "batch", b, "error", err)
	}
	switch r := n.runOf(b); {
	case r == nil:
		n.announce(ctx, b) // for the claims of a node that has died
	case reason == nil:
		// Ended here and not when the run sees the change: a retry in between would hide
		// the cancel, and the calls would go on.
		r.end(errCancelled)
	}
	return s, nil
}

// BatchChange says what of a batch is to be changed; nil leaves a field as it is.
type BatchChange struct {
	Name *string
	// Brief returns the new brief, given the one that is there. It may be called again if
	// another change was faster.
	Brief func(tagroll.Brief) tagroll.Brief
}

// Change renames a batch or replaces its brief, which counts for photos that are described from now
// on. It fails with ErrNotFound and ErrUnavailable.
func (n *Node) Change(ctx context.Context, b string, change BatchChange) (Snapshot, error) {
	if err := n.accepts(ctx); err != nil {
		return Snapshot{}, err
	}
	return n.alter(ctx, b, func(rec *batchRecord) error {
		if change.Name != nil {
			rec.Name = *change.Name
		}
		if change.Brief != nil {
			rec.Brief, rec.Context = change.Brief(rec.brief()), ""
		}
		return nil
	})
}
