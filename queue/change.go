package queue

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll"
)

// Create makes a batch. It fails with ErrUnavailable, or with CodeConfiguration if nobody could open the batch.
func (n *Node) Create(ctx context.Context, b NewBatch) (Snapshot, error) {
	if err := n.accepts(ctx); err != nil {
		return Snapshot{}, err
	}
	if b.Session == "" && b.Token == "" {
		return Snapshot{}, &tagroll.Error{Code: tagroll.CodeConfiguration, Message: "a batch needs a session or a token"}
	}
	if err := n.spare(0); err != nil {
		return Snapshot{}, err
	}
	id, key := newID(), newKey()
	s, err := newSeal(key)
	if err != nil {
		return Snapshot{}, err
	}
	if _, err := n.publish(ctx, keySubject(id), key, jetstream.WithExpectLastSequencePerSubject(0)); err != nil {
		return Snapshot{}, notConflict(err)
	}
	rec := batchRecord{Session: b.Session, Token: b.Token, Agencies: slices.Clone(b.Agencies), Created: n.time()}
	if _, err := n.put(ctx, id, s, batchSubject(id), rec, 0); err != nil {
		return Snapshot{}, notConflict(err)
	}
	return n.Get(ctx, id)
}

// notConflict is for writes of what nobody else can know of.
func notConflict(err error) error {
	if errors.Is(err, errConflict) {
		return unavailable("it cannot be stored", err)
	}
	return err
}

// time returns the time as it is stored.
func (n *Node) time() time.Time { return n.now().UTC() }

// Add adds a photo to an open batch; the work on it begins at once. It fails with ErrNotFound, ErrClosed,
// ErrUnavailable, or with CodeBadRequest for an ID that cannot be one.
func (n *Node) Add(ctx context.Context, b string, p NewPhoto) (Photo, error) {
	if err := n.accepts(ctx); err != nil {
		return Photo{}, err
	}
	if p.ID == "" {
		p.ID = newID()
	} else if !validID(p.ID) {
		return Photo{}, &tagroll.Error{Code: tagroll.CodeBadRequest, Message: `the ID of a photo is at most 64 letters, digits, "-" and "_"`}
	}
	rec, _, s, ok := n.mirror.batch(b)
	if !ok {
		return Photo{}, ErrNotFound
	}
	if there, ok := n.photo(b, p.ID); ok {
		return there, nil
	}
	if !rec.Closed.IsZero() {
		return Photo{}, ErrClosed
	}
	if err := n.spare(int64(len(p.Prepared.Image.JPEG))); err != nil {
		return Photo{}, err
	}
	record, err := n.newPhoto(ctx, b, s, p)
	if err != nil {
		return Photo{}, err
	}
	added, err := n.place(ctx, b, s, record)
	if !added {
		n.dropImage(ctx, b, record.Image.Name) // another one with this ID was first, or the batch is not open any more
	}
	if err != nil {
		return Photo{}, err
	}
	if added && record.State == PhotoPending {
		n.announce(ctx, b)
	}
	there, ok := n.photo(b, p.ID)
	if !ok {
		return Photo{}, ErrNotFound // deleted meanwhile
	}
	return there, nil
}

func validID(id string) bool {
	if len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return id != ""
}

// photo returns a photo as the mirror shows it.
func (n *Node) photo(b, id string) (Photo, bool) {
	m := n.mirror
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.batches[b]
	if e == nil || e.rec == nil || e.byID[id] == nil {
		return Photo{}, false
	}
	return e.look(e.byID[id]), true
}

// newPhoto stores a photo's image and returns its record, which has no place yet.
func (n *Node) newPhoto(ctx context.Context, b string, s *seal, p NewPhoto) (*photoRecord, error) {
	now := n.time()
	rec := &photoRecord{
		ID: p.ID, Name: p.Name, Bytes: p.Bytes, State: PhotoPending, Facts: p.Prepared.Facts, Timings: p.Prepared.Timings,
		Added: now, Queued: now,
	}
	if p.Err != nil {
		rec.State, rec.Done = PhotoFailed, now
		rec.Result = &tagroll.Result{
			Photo: tagroll.Photo{ID: p.ID, Name: p.Name}, Status: tagroll.StatusFailed, Error: p.Err, Facts: rec.Facts,
			Timings: rec.Timings,
		}
		return rec, nil
	}
	var err error
	rec.Image, err = n.keepImage(ctx, b, s, p.Prepared.Image)
	return rec, err
}

// place gives a photo its place in the batch, in two steps that no other node can come between unnoticed: the batch's
// record counts one more place, and the photo is stored only while that is the batch's newest record. A batch
// that was closed, cancelled or deleted meanwhile, or a photo with the same ID, changes the record.
func (n *Node) place(ctx context.Context, b string, s *seal, rec *photoRecord) (added bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	unlock, err := n.mirror.lock(ctx, b)
	if err != nil {
		return false, busy(err)
	}
	defer unlock()
	subject := photoSubject(b, s.name(rec.ID))
	for {
		rev, err := n.changeBatch(ctx, b, func(batch *batchRecord) error {
			if !batch.Closed.IsZero() {
				return ErrClosed
			}
			batch.Arrived = rec.Added
			batch.Places++
			rec.Order = batch.Places
			return nil
		})
		if err != nil {
			return false, err
		}
		if there, err := n.isThere(ctx, b, rec.ID, subject); there || err != nil {
			return false, err
		}
		_, err = n.put(ctx, b, s, subject, rec, 0, jetstream.WithExpectLastSequenceForSubject(rev, batchSubject(b)))
		if !errors.Is(err, errConflict) {
			return err == nil, err
		}
		if pause(ctx, 5*time.Millisecond); ctx.Err() != nil {
			return false, busy(context.Cause(ctx))
		}
	}
}

// isThere reports whether a photo was added by somebody else. The mirror tells as long as this process is the only
// one; it may lack a photo that another node has added and changed again a moment ago.
func (n *Node) isThere(ctx context.Context, b, id, subject string) (bool, error) {
	if _, _, ok := n.mirror.photo(b, id); ok || n.engine != nil {
		return ok, nil
	}
	_, rev, err := n.read(ctx, stateStream, subject)
	if err != nil || rev == 0 {
		return false, err
	}
	return true, n.await(ctx, b, subject, rev)
}

// busy is the error of a wait that was too long.
func busy(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return unavailable("it takes too long", err)
	}
	return err
}

// errUnchanged is returned by a change that is none.
var errUnchanged = errors.New("nothing to change")

// changeBatch changes a batch's record, again if somebody else was first, and returns its new revision. The caller
// holds the mirror's lock of the batch. An error of change is returned as it is.
func (n *Node) changeBatch(ctx context.Context, b string, change func(*batchRecord) error) (uint64, error) {
	for {
		old, rev, s, ok := n.mirror.batch(b)
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
		if pause(ctx, 5*time.Millisecond); ctx.Err() != nil {
			return 0, busy(context.Cause(ctx))
		}
	}
}

// alter changes a batch's record and returns the batch.
func (n *Node) alter(ctx context.Context, b string, change func(*batchRecord) error) (Snapshot, error) {
	wait, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	unlock, err := n.mirror.lock(wait, b)
	if err != nil {
		return Snapshot{}, busy(err)
	}
	defer unlock()
	if _, err := n.changeBatch(wait, b, change); err != nil && !errors.Is(err, errUnchanged) {
		return Snapshot{}, err
	}
	return n.Get(ctx, b)
}

// CloseBatch says that no more photos come. It changes nothing if that was said before. It fails with
// ErrNotFound and ErrUnavailable.
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

// Cancel stops a batch: calls under way end at once, on whichever node, and what is not done stays
// pending. It changes nothing if the batch has ended. It fails with ErrNotFound and ErrUnavailable.
func (n *Node) Cancel(ctx context.Context, b string) (Snapshot, error) {
	if err := n.accepts(ctx); err != nil {
		return Snapshot{}, err
	}
	return n.stop(ctx, b, nil)
}

// stop cancels a batch, because of a failure if reason is not nil.
func (n *Node) stop(ctx context.Context, b string, reason *tagroll.Error) (Snapshot, error) {
	s, err := n.alter(ctx, b, func(rec *batchRecord) error {
		v, ok := n.mirror.view(b)
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
	switch r := n.runOf(b); {
	case r == nil:
		n.announce(ctx, b) // for the claims of a node that has died
	case reason == nil:
		r.end(errCancelled) // not when it sees the change: a retry may come first, and the calls go on
	}
	return s, nil
}
