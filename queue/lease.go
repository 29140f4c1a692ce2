package queue

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
)

// takeBatches takes batches with work until ctx ends, as many as the node has room for. Whatever fails is tried again:
// a node that takes no batches any more would look healthy and be useless.
func (n *Node) takeBatches(ctx context.Context) {
	for ctx.Err() == nil {
		consumer, err := n.bind(ctx)
		n.bound.Store(err == nil)
		for err == nil && ctx.Err() == nil {
			if room := n.awaitRoom(ctx); room > 0 {
				err = n.fetch(ctx, consumer, min(room, 64))
			}
		}
		if ctx.Err() == nil {
			n.bound.Store(false)
			n.log.Warn("no batches can be taken now", "error", err)
			pause(ctx, 500*time.Millisecond)
		}
	}
}

func (n *Node) bind(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	return n.js.CreateOrUpdateConsumer(ctx, workStream, n.workerConfig())
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
		n.begin(ctx, msg)
	}
	if err := messages.Error(); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// begin runs a batch under the lease that msg is.
func (n *Node) begin(ctx context.Context, msg jetstream.Msg) {
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
		// The same message again: the lease had run out, and came back. Another one: the run is at its end.
		if !r.renew(msg, lease) {
			n.answer(msg.NakWithDelay(50 * time.Millisecond))
		}
		return
	}
	r := n.newRun(b, msg, lease)
	n.runs[b] = r
	n.ending.Go(func() { n.serve(r) })
}

// answer notes an answer to a message that could not be sent: the lease then runs out.
func (n *Node) answer(err error) {
	if err != nil && !errors.Is(err, jetstream.ErrMsgAlreadyAckd) { // a run's last breath
		n.log.Debug("a lease could not be answered", "error", err)
	}
}

// keepLeases tells the engine that the node's batches are still worked on.
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

// serve runs a batch and hands its lease back.
func (n *Node) serve(r *run) {
	defer func() {
		n.mu.Lock()
		delete(n.runs, r.batch)
		n.mu.Unlock()
		select {
		case n.room <- struct{}{}:
		default:
		}
		r.end(errEnded)
		if r.finished && n.mirror.hasWork(r.batch) {
			// What arrived since the run's last look was announced in vain, as its message was still there.
			n.announce(context.Background(), r.batch)
		}
	}()
	// The message may be ahead of the mirror, which then does not have the batch's photos yet.
	rev, _ := strconv.ParseUint(string(r.message().Data()), 10, 64)
	ctx, cancel := context.WithTimeout(r.ctx, n.timing.write)
	err := n.mirror.awaitNewest(ctx, r.batch, rev)
	cancel()
	switch {
	case err != nil && !n.mirror.ready():
		err = r.broke(err)
	case n.mirror.hasWork(r.batch):
		err = r.do()
	default:
		err = nil
	}
	n.handBack(r, err)
}

// handBack decides what becomes of a batch after its run.
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
			delay = batch.DefaultMaxPause
		}
		n.log.Info("the batch waits for the provider", "batch", r.batch, "delay", delay)
		n.answer(msg.NakWithDelay(delay))
	case code.Fatal():
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

// finish ends the lease. It waits for the engine's word, since work that arrives is announced again only
// after that.
func (n *Node) finish(r *run) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), n.timing.write)
	defer cancel()
	if err := r.message().DoubleAck(ctx); err != nil {
		n.log.Debug("the end of a batch is not confirmed; it is looked at again", "batch", r.batch, "error", err)
	}
	n.keepUp(ctx)
	r.finished = true
}

// keepUp waits until the mirror shows whatever other nodes have stored before this moment. Who stored a photo and found its
// batch announced already relies on the run to see it.
func (n *Node) keepUp(ctx context.Context) {
	if n.engine != nil {
		return // nobody else stores
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	info, err := n.streams[stateStream].Info(ctx)
	for err == nil && n.mirror.at() < info.State.LastSeq && ctx.Err() == nil {
		pause(ctx, 2*time.Millisecond)
	}
}

// running is how many batches the node runs.
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
