package queue

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// Delete removes a batch and everything that belongs to it, also while it runs. When Delete
// returns, nothing of the batch can be read from the files of the engine. It fails with ErrNotFound
// and ErrUnavailable. After ErrUnavailable the batch either still exists, or is invisible and the
// rest is removed later.
func (n *Node) Delete(ctx context.Context, b string) error {
	if err := n.accepts(ctx); err != nil {
		return err
	}
	if _, _, _, ok := n.replica.batch(b); !ok {
		return ErrNotFound
	}
	return n.remove(ctx, b, nil)
}

// remove deletes a batch. If expected is not nil, the record must be of that revision.
func (n *Node) remove(ctx context.Context, b string, expected *uint64) error {
	subject := batchSubject(b)
	var opts []jetstream.PublishOpt
	if expected != nil {
		opts = append(opts, jetstream.WithExpectLastSequencePerSubject(*expected))
	}
	// From here on no node shows the batch, and every change of the batch fails.
	rev, err := n.publish(ctx, subject, []byte{valueErasing}, opts...)
	if errors.Is(err, ErrUnavailable) && n.engine != nil && n.storeError.Load() != nil {
		// There is no room even for the marker, so the images are removed first.
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
	if err := n.erase(ctx, b); err != nil {
		if !n.isErased(context.WithoutCancel(ctx), b) {
			return err
		}
		// On a full disk the rest cannot be removed now. Without its key none of its
		// records can be read, and maintenance removes it later.
		n.log.Warn("the rest of a deleted batch is removed later", "batch", b, "error", err)
	}
	return nil
}

// erase removes what belongs to a deleted batch. The key goes first, which makes the rest
// unreadable. Any node may call erase again until it has succeeded once.
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

// isErased reports whether the key of a batch is gone, on whichever node it was erased.
func (n *Node) isErased(ctx context.Context, b string) bool {
	_, rev, err := n.read(ctx, stateStream, keySubject(b))
	return err == nil && rev == 0
}
