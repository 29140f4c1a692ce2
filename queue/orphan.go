package queue

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// heldSubject asks all nodes whether one of them runs a batch. It is in no stream.
const heldSubject = prefix + "held"

// An orphan is a batch's message that no node will get: a cluster whose leader dies can keep a
// message that its consumer counts as acknowledged, and it takes minutes to notice. While the
// message is there the batch cannot be announced.

// answerForRuns tells other nodes which batches this one runs.
func (n *Node) answerForRuns() error {
	if n.engine != nil {
		return nil
	}
	err := n.subscribe(heldSubject, func(m *nats.Msg) {
		if n.runsHere(string(m.Data)) {
			n.answer(m.Respond(nil))
		}
	})
	if err != nil {
		return unavailable("runs cannot be made known", err)
	}
	return nil
}

// isHeld reports whether a node answers that it runs the batch.
func (n *Node) isHeld(ctx context.Context, b string) bool {
	ctx, cancel := context.WithTimeout(ctx, n.timing.elsewhere)
	defer cancel()
	_, err := n.conn.RequestWithContext(ctx, heldSubject, []byte(b))
	return err == nil
}

// adoptOrphans announces batches again whose message is an orphan. The batches have work and have
// not changed for the time of a lease.
func (n *Node) adoptOrphans(ctx context.Context, batches []string) error {
	if len(batches) == 0 || n.engine != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, n.timing.tick+n.timing.write)
	defer cancel()
	stream := n.streams[workStream]
	info, err := stream.Info(ctx)
	if err != nil {
		return err
	}
	consumer, err := stream.Consumer(ctx, workers)
	if err != nil {
		return err
	}
	leases := consumer.CachedInfo()
	if info.State.Msgs <= leases.NumPending+uint64(leases.NumAckPending) {
		return nil // each message waits to be taken, or is leased
	}
	for _, b := range batches {
		msg, err := stream.GetLastMsgForSubject(ctx, workSubject(b))
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			continue
		case err != nil:
			return err
		case msg.Sequence > leases.Delivered.Stream:
			continue // it waits to be taken
		case msg.Sequence > leases.AckFloor.Stream && n.isHeld(ctx, b):
			continue
		}
		n.log.Warn("the cluster has lost the message of a batch, which is announced again", "batch", b, "message", msg.Sequence)
		// A node that has the batch nevertheless loses it to the next one, as with a lost
		// lease.
		if err := stream.DeleteMsg(ctx, msg.Sequence); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
			return err
		}
		n.announce(ctx, b)
	}
	return nil
}
