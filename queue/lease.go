package queue

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/internal/sleep"
)

// takeBatches leases batches with pending photos until ctx ends, as many as the node has room for.
// It begins with what bind has returned. Every failure is retried: a node that stopped leasing
// would look healthy and do no work.
func (n *Node) takeBatches(ctx context.Context, consumer jetstream.Consumer, err error) {
	for ctx.Err() == nil {
		for err == nil && ctx.Err() == nil {
			if room := n.awaitRoom(ctx); room > 0 {
				err = n.fetch(ctx, consumer, min(room, 64))
			}
		}
		if ctx.Err() == nil {
			n.bound.Store(false)
			n.log.Warn("no batches can be taken now", "error", err)
			_ = sleep.For(ctx, 500*time.Millisecond)
			consumer, err = n.bind(ctx)
		}
	}
}

// bind makes sure that the consumer of batches is there, and notes for Ready whether it is.
func (n *Node) bind(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	consumer, err := n.js.CreateOrUpdateConsumer(ctx, workStream, n.workerConfig())
	n.bound.Store(err == nil)
	return consumer, err
}

// awaitRoom waits until the node may run another batch and returns how many more it may.
func (n *Node) awaitRoom(ctx context.Context) int {
	for {
		if room := n.config.MaxBatches - n.running(); room > 0 {
			return room
		}
		select {
		case <-n.room:
		case <-ctx.Done():
			return 0
		}
	}
}

// fetch takes up to max batches, and returns after half a minute at the latest.
func (n *Node) fetch(ctx context.Context, consumer jetstream.Consumer, max int) error {
	messages, err := consumer.Fetch(max, jetstream.FetchContext(ctx))
	if err != nil {
		return err
	}
	for msg := range messages.Messages() {
		n.startRun(ctx, msg)
	}
	if err := messages.Error(); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// startRun starts a run of the batch under the lease that msg carries.
func (n *Node) startRun(ctx context.Context, msg jetstream.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		n.log.Error("a message is not understood", "subject", msg.Subject(), "error", err)
		return
	}
	_, b, _ := parseSubject(msg.Subject())
	if b == probe {
		n.answer(msg.Ack())
		return
	}
	lease := claim{Message: meta.Sequence.Stream, Delivery: meta.NumDelivered}
	n.mu.Lock()
	defer n.mu.Unlock()
	if ctx.Err() != nil || n.closing.Load() {
		n.answer(msg.Nak())
		return
	}
	if r := n.runs[b]; r != nil {
		// The same message again means that the lease had expired and came back. Another
		// message means that the run is about to end.
		if !r.renew(msg, lease) {
			n.answer(msg.NakWithDelay(50 * time.Millisecond))
		}
		return
	}
	r := n.newRun(b, msg, lease)
	n.runs[b] = r
	n.runsDone.Go(func() { n.runBatch(r) })
}

// answer logs an acknowledgement that could not be sent. The lease then expires by itself.
func (n *Node) answer(err error) {
	if err != nil && !errors.Is(err, jetstream.ErrMsgAlreadyAckd) { // a run's last breath
		n.log.Debug("a lease could not be answered", "error", err)
	}
}

// keepLeases renews the leases of all runs on this node.
func (n *Node) keepLeases(ctx context.Context) {
	ticker := time.NewTicker(n.timing.heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		n.mu.Lock()
		for _, r := range n.runs {
			n.answer(r.message().InProgress())
		}
		n.mu.Unlock()
	}
}

// runBatch executes a run and returns its lease.
func (n *Node) runBatch(r *run) {
	defer func() {
		n.mu.Lock()
		delete(n.runs, r.batch)
		n.mu.Unlock()
		select {
		case n.room <- struct{}{}:
		default:
		}
		r.end(errEnded)
		if r.finished && n.replica.hasWork(r.batch) {
			// Photos that arrived after the run's last check were not announced,
			// because the batch's message still existed.
			n.announce(context.Background(), r.batch)
		}
	}()
	// The replica may be behind the message and lack the batch's photos.
	rev, _ := strconv.ParseUint(string(r.message().Data()), 10, 64)
	ctx, cancel := context.WithTimeout(r.ctx, n.timing.write)
	err := n.replica.awaitNewest(ctx, r.batch, rev)
	cancel()
	switch {
	case err != nil && !n.replica.ready():
		err = r.engineError(err)
	case n.replica.hasWork(r.batch):
		err = r.execute()
	default:
		err = nil
	}
	n.handBack(r, err)
}

// handBack decides what happens to the lease after a run: acknowledged, or returned with a delay.
func (n *Node) handBack(r *run, err error) {
	code := tagroll.CodeOf(err)
	cause := context.Cause(r.ctx)
	msg := r.message()
	switch {
	case errors.Is(cause, errLost):
		n.log.Warn("another node has taken the batch", "batch", r.batch)
	case errors.Is(cause, errDeleted), errors.Is(cause, errCancelled):
		n.finish(r)
	case errors.Is(cause, errClosing), r.isDraining():
		n.answer(msg.Nak())
	case r.engineFailed():
		n.log.Warn("the batch is tried again: the engine failed", "batch", r.batch, "error", err, "delay", n.timing.handBack)
		n.answer(msg.NakWithDelay(n.timing.handBack))
	case code == tagroll.CodeRateLimited:
		delay := tagroll.AsError(err).RetryAfter
		if delay <= 0 {
			delay = batch.DefaultMaxWait
		}
		n.log.Info("the batch waits for the provider", "batch", r.batch, "delay", delay)
		n.answer(msg.NakWithDelay(delay))
	case code.Fatal(), errors.Is(err, batch.ErrNothingSucceeds):
		n.log.Warn("the batch is stopped: every photo would fail", "batch", r.batch, "code", code, "error", err)
		reason := *tagroll.AsError(err)
		reason.Err = nil
		if _, err := n.stop(context.WithoutCancel(r.ctx), r.batch, &reason); err != nil && !errors.Is(err, ErrNotFound) {
			n.answer(msg.NakWithDelay(n.timing.handBack))
			return
		}
		n.finish(r)
	default:
		n.finish(r)
	}
}

// finish acknowledges the lease and waits for the confirmation, because new work can be announced
// only after it.
func (n *Node) finish(r *run) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), n.timing.write)
	defer cancel()
	if err := r.message().DoubleAck(ctx); err != nil {
		n.log.Debug("the end of a batch is not confirmed; it is looked at again", "batch", r.batch, "error", err)
	}
	n.awaitOtherWrites(ctx)
	r.finished = true
}

// awaitOtherWrites waits until the replica shows everything that other nodes stored before this
// moment. A node that stored a photo skips the announcement if the batch is already announced. The
// run must therefore see that photo before it ends.
func (n *Node) awaitOtherWrites(ctx context.Context) {
	if n.engine != nil {
		return // nobody else stores
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	info, err := n.streams[stateStream].Info(ctx)
	if err == nil {
		err = n.replica.awaitPosition(ctx, info.State.LastSeq)
	}
	if err != nil {
		n.log.Debug("what other nodes stored is seen later", "error", err)
	}
}

// running returns how many batches the node runs.
func (n *Node) running() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.runs)
}

func (n *Node) runsHere(b string) bool { return n.runOf(b) != nil }

// runOf returns the batch's run on this node; nil if there is none.
func (n *Node) runOf(b string) *run {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.runs[b]
}
