package queue

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// secretName stands where a batch has its ID, and is no batch's.
const secretName = "cookies"

// Secret returns 32 random bytes that every node of a cluster gets alike, and every later start
// over the same data. A server authenticates its cookies with it. It fails with ErrUnavailable.
func (n *Node) Secret(ctx context.Context) ([]byte, error) {
	for {
		value, rev, err := n.read(ctx, stateStream, keySubject(secretName))
		if err != nil || len(value) == keySize {
			return value, err
		}
		// None yet, or a damaged one: then all cookies are void, which is better than no
		// start.
		_, err = n.publish(ctx, keySubject(secretName), newKey(), jetstream.WithExpectLastSequencePerSubject(rev))
		if err != nil && !errors.Is(err, errConflict) {
			return nil, err
		}
	}
}
