package queue

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll"
)

// Add adds a photo to an open batch; the work on it begins at once. It fails with ErrNotFound,
// ErrClosed, ErrUnavailable, or with CodeBadRequest for an ID that cannot be one.
func (n *Node) Add(ctx context.Context, b string, p NewPhoto) (Photo, error) {
	if err := n.accepts(ctx); err != nil {
		return Photo{}, err
	}
	if p.ID == "" {
		p.ID = newID()
	} else if !ValidID(p.ID) {
		return Photo{}, &tagroll.Error{Code: tagroll.CodeBadRequest, Message: `the ID of a photo is at most 64 letters, digits, "-" and "_"`}
	}
	rec, _, s, ok := n.replica.batch(b)
	if !ok {
		return Photo{}, ErrNotFound
	}
	if there, ok := n.photo(b, p.ID); ok {
		return there, nil
	}
	if !rec.takesPhotos(p.Reopen) {
		return Photo{}, ErrClosed
	}
	if err := n.checkSpace(int64(len(p.Prepared.Image.JPEG))); err != nil {
		return Photo{}, err
	}
	record, err := n.newPhoto(ctx, b, s, p)
	if err != nil {
		return Photo{}, err
	}
	added, err := n.insert(ctx, b, s, record, p.Reopen)
	if !added && !errors.Is(err, ErrUnavailable) {
		// Another photo with this ID was first, or the batch is no longer open. After a
		// failure of the engine the photo may be stored all the same, and needs its image.
		n.dropImage(ctx, b, record.Image.Name)
	}
	if err != nil {
		return Photo{}, err
	}
	if added && record.Lead != "" {
		n.dropImage(ctx, b, record.Image.Name) // that of its photo counts
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

// ValidID reports whether a text has the form of the ID of a batch or a photo: 1 to 64 letters,
// digits, "-" and "_".
func ValidID(id string) bool {
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

// photo returns a photo from the replica.
func (n *Node) photo(b, id string) (Photo, bool) {
	m := n.replica
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.batches[b]
	if e == nil || e.rec == nil {
		return Photo{}, false
	}
	p := e.find(id)
	if p == nil {
		return Photo{}, false
	}
	return e.photo(p), true
}

// newPhoto stores a photo's image and returns a record that has no order yet.
func (n *Node) newPhoto(ctx context.Context, b string, s *batchCipher, p NewPhoto) (*photoRecord, error) {
	now := n.time()
	rec := &photoRecord{
		ID: p.ID, Name: p.Name, Bytes: p.Bytes, Position: p.Position, State: PhotoPending, Facts: p.Prepared.Facts, Timings: p.Prepared.Timings,
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

// insert stores a photo in two steps that no other node can interrupt unnoticed. First the batch's
// record counts one more photo. Then the photo is stored on the condition that this record is still
// the newest. Closing, cancelling or deleting the batch, or adding another photo, makes the
// condition fail.
func (n *Node) insert(ctx context.Context, b string, s *batchCipher, rec *photoRecord, reopen bool) (added bool, err error) {
	err = n.inTurn(ctx, b, func(ctx context.Context) error {
		added, err = n.insertNow(ctx, b, s, rec, reopen)
		return err
	})
	return added, err
}

func (n *Node) insertNow(ctx context.Context, b string, s *batchCipher, rec *photoRecord, reopen bool) (added bool, err error) {
	subject := photoSubject(b, s.name(rec.ID))
	tries := contend()
	for {
		rev, err := n.changeBatch(ctx, b, func(batch *batchRecord) error {
			if !batch.takesPhotos(reopen) {
				return ErrClosed
			}
			batch.Closed = time.Time{}
			batch.Arrived = rec.Added
			batch.LastOrder++
			rec.Order = batch.LastOrder
			if rec.Position == 0 {
				rec.Position = batch.LastPosition
			}
			batch.LastPosition = max(batch.LastPosition, rec.Position)
			return nil
		})
		if err != nil {
			return false, err
		}
		if there, err := n.isThere(ctx, b, rec.ID); there || err != nil {
			return false, err
		}
		makesWay := n.join(b, rec)
		_, err = n.put(ctx, b, s, subject, rec, 0, jetstream.WithExpectLastSequenceForSubject(rev, batchSubject(b)))
		if err == nil && makesWay != nil {
			n.makeWay(ctx, b, s, makesWay, rec.ID)
		}
		if !errors.Is(err, errConflict) {
			return err == nil, err
		}
		if tries.pause(ctx) != nil {
			return false, busy(context.Cause(ctx))
		}
	}
}

// isThere reports whether the photo exists already. If not, the replica shows all other photos of
// the batch from then on: in a cluster it may lack one that another node added a moment ago.
func (n *Node) isThere(ctx context.Context, b, id string) (bool, error) {
	if _, _, ok := n.replica.photo(b, id); ok {
		return true, nil
	}
	if err := n.closeGaps(ctx); err != nil {
		return false, err
	}
	_, _, ok := n.replica.photo(b, id)
	return ok, nil
}

// closeGaps waits until the replica lacks nothing of what was stored up to its position. It fails
// with ErrUnavailable.
//
// The engine keeps the last value of a subject only. A photo whose first record is replaced before
// that was delivered leaves a gap in the revisions, and is seen later, with the record that took
// the first one's place. Whatever did so before the gap showed is in the stream by then.
func (n *Node) closeGaps(ctx context.Context) error {
	for n.engine == nil { // else nobody else stores
		position, open := n.replica.gaps()
		if !open {
			return nil
		}
		info, err := n.streams[stateStream].Info(ctx)
		if err != nil {
			return unavailable("what other nodes stored cannot be asked for", err)
		}
		if err := n.replica.awaitPosition(ctx, info.State.LastSeq); err != nil {
			return unavailable("what other nodes stored does not come", err)
		}
		n.replica.closed(position)
	}
	return nil
}

// takesPhotos reports whether photos can be added. reopen allows it for a closed batch too.
func (r *batchRecord) takesPhotos(reopen bool) bool {
	return r.Cancelled.IsZero() && (r.Closed.IsZero() || reopen)
}
