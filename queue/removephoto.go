package queue

import (
	"context"
	"errors"
)

// RemovePhoto removes a photo and its image from a batch. The result of a call that is under way is
// dropped. It fails with ErrNotFound and ErrUnavailable.
//
// The photo's old record and image are encrypted with the key of the batch. Their bytes can stay in
// the files of the engine, unreadable without the key, until the store frees the space.
func (n *Node) RemovePhoto(ctx context.Context, b, photo string) error {
	if err := n.accepts(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	tries := contend()
	for {
		old, rev, ok := n.replica.photo(b, photo)
		if !ok {
			return ErrNotFound
		}
		_, _, s, ok := n.replica.batch(b)
		if !ok {
			return ErrNotFound
		}
		mark := photoRecord{ID: old.ID, State: photoRemoved}
		_, err := n.put(ctx, b, s, photoSubject(b, s.name(old.ID)), mark, rev)
		if err == nil {
			n.dropImage(ctx, b, old.Image.Name)
			return n.removePartners(ctx, b, s, old.ID)
		}
		if !errors.Is(err, errConflict) {
			return err
		}
		if tries.pause(ctx) != nil {
			return busy(context.Cause(ctx))
		}
	}
}
