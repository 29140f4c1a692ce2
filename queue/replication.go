package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll/internal/sleep"
)

// replicate feeds the replica until ctx ends. When its consumer is lost, with its server or its
// connection, it reads the state again from the start: that costs milliseconds, happens seldom, and
// needs no thought about what was missed.
func (n *Node) replicate(ctx context.Context) {
	wait := 50 * time.Millisecond
	for ctx.Err() == nil {
		began := time.Now()
		err := n.replicateOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		n.replica.lost()
		n.log.Warn("the state is read again", "error", err)
		if time.Since(began) > 10*time.Second {
			wait = 50 * time.Millisecond
		}
		_ = sleep.For(ctx, wait)
		wait = min(2*wait, 2*time.Second)
	}
}

func (n *Node) replicateOnce(ctx context.Context) error {
	ctx, again := context.WithCancel(ctx)
	defer again()
	n.resync.Store(&again)
	setup, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	info, err := n.streams[stateStream].Info(setup)
	if err != nil {
		return err
	}
	barrier := info.State.LastSeq
	n.replica.rewind()
	consumer, err := n.js.CreateConsumer(setup, stateStream, jetstream.ConsumerConfig{
		Description:       "tagroll: a node's replica",
		AckPolicy:         jetstream.AckNonePolicy,
		MemoryStorage:     true,
		Replicas:          1,
		InactiveThreshold: time.Minute,
	})
	if err != nil {
		return err
	}
	defer n.forget(consumer.CachedInfo().Name)
	messages, err := consumer.Messages(jetstream.PullMaxMessages(1000), jetstream.PullHeartbeat(n.timing.silence))
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, messages.Stop)()
	defer messages.Stop()
	f := replicator{node: n, barrier: barrier, consumer: consumer}
	if consumer.CachedInfo().NumPending == 0 {
		f.catchUp()
	}
	for {
		if err := f.next(ctx, messages); err != nil {
			return err
		}
	}
}

// forget removes a replica's consumer, which would otherwise go by itself after a while.
func (n *Node) forget(consumer string) {
	if n.conn.IsClosed() || !n.conn.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := n.js.DeleteConsumer(ctx, stateStream, consumer); err != nil {
		n.log.Debug("a consumer is left to expire", "error", err)
	}
}

// replicator is one consumer's life.
type replicator struct {
	node     *Node
	consumer jetstream.Consumer
	barrier  uint64
	synced   bool
	received uint64 // the consumer's sequence
}

func (f *replicator) catchUp() {
	f.synced = true
	f.node.replica.catchUp(f.barrier)
}

// next takes one message.
func (f *replicator) next(ctx context.Context, messages jetstream.MessagesContext) error {
	var opts []jetstream.NextOpt
	if !f.synced {
		opts = append(opts, jetstream.NextMaxWait(100*time.Millisecond))
	}
	msg, err := messages.Next(opts...)
	if !f.synced && isTimeout(err) {
		// What was still to come may have been deleted: then no message says that it was
		// the last.
		return f.ask(ctx)
	}
	if err != nil {
		return err
	}
	meta, err := msg.Metadata()
	if err != nil {
		return err
	}
	if f.received++; meta.Sequence.Consumer != f.received {
		return fmt.Errorf("messages %d to %d were lost on the way", f.received, meta.Sequence.Consumer-1)
	}
	f.node.replica.apply(msg.Subject(), msg.Data(), meta.Sequence.Stream)
	if !f.synced && meta.NumPending == 0 {
		f.catchUp()
	}
	return nil
}

func (f *replicator) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, f.node.timing.write)
	defer cancel()
	info, err := f.consumer.Info(ctx)
	if err != nil {
		return err
	}
	if info.NumPending == 0 && info.Delivered.Consumer == f.received {
		f.catchUp()
	}
	return nil
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, errTimeout) || errors.As(err, &t) && t.Timeout()
}
