package queue

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// sweepEvery is the time between two searches for images that belong to no batch.
const sweepEvery = time.Hour

// maintain runs the periodic tasks: it deletes expired batches, closes idle ones, announces
// forgotten ones, and completes interrupted deletions. Every node runs it, and repeating a task
// does no harm.
func (n *Node) maintain(ctx context.Context) {
	ticker := time.NewTicker(n.timing.tick)
	defer ticker.Stop()
	suspects := map[string]bool{}
	var swept time.Time
	for {
		if now := time.Now(); n.replica.ready() && now.Sub(swept) > sweepEvery {
			suspects = n.sweep(ctx, suspects)
			swept = now
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		n.measureStore(ctx)
		n.recoverEngine(ctx)
		if n.replica.ready() {
			n.maintainBatches(ctx)
			n.noteHighest()
		}
	}
}

// maintainBatches checks every batch once.
func (n *Node) maintainBatches(ctx context.Context) {
	now := n.now()
	var silent []string
	for _, v := range n.replica.views("") {
		if ctx.Err() != nil {
			return
		}
		b := v.batch.ID
		var err error
		switch {
		case !v.batch.Ended.IsZero() && !now.Before(n.expires(v)):
			err = n.expire(ctx, v)
		case v.state == StateOpen && now.Sub(v.active) >= n.config.Idle:
			_, err = n.alter(ctx, b, func(rec *batchRecord) error {
				if !rec.Closed.IsZero() || now.Sub(rec.Arrived) < n.config.Idle {
					return errUnchanged
				}
				rec.Closed = n.time()
				return nil
			})
		case v.hasWork() && time.Since(v.changed) >= n.timing.quiet:
			n.announce(ctx, b)
			if time.Since(v.changed) >= n.timing.lease && !n.runsHere(b) {
				silent = append(silent, b)
			}
		}
		if err != nil && ctx.Err() == nil {
			n.log.Warn("a batch could not be looked after now", "batch", b, "error", err)
		}
	}
	if err := n.adoptOrphans(ctx, silent); err != nil && ctx.Err() == nil {
		n.log.Warn("lost messages of batches could not be looked for now", "error", err)
	}
	for _, b := range n.replica.remains(n.timing.quiet, n.timing.tombstone) {
		if err := n.erase(ctx, b); err != nil && ctx.Err() == nil {
			n.log.Warn("the rest of a deleted batch cannot be removed now", "batch", b, "error", err)
		}
	}
}

// expire deletes a batch whose time is over, unless its photos were retried meanwhile.
func (n *Node) expire(ctx context.Context, v *view) error {
	_, rev, _, ok := n.replica.batch(v.batch.ID)
	if !ok {
		return nil
	}
	if now, _ := n.replica.view(v.batch.ID); now == nil || n.expires(now) != n.expires(v) {
		return nil
	}
	err := n.remove(ctx, v.batch.ID, &rev)
	if errors.Is(err, errConflict) {
		return nil
	}
	return err
}

// remains returns the batches whose deletion was started some time ago and is incomplete. It
// forgets tombstones that have expired.
func (m *replica) remains(quiet, tombstone time.Duration) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []string
	for b, t := range m.gone {
		age := time.Since(t.since)
		if !t.done && age >= quiet {
			ids = append(ids, b)
		}
		if t.done && age > 2*tombstone {
			delete(m.gone, b)
		}
	}
	for b, since := range m.strays {
		if e := m.batches[b]; time.Since(since) < quiet || e != nil && e.rec != nil {
			continue
		}
		ids = append(ids, b)
		delete(m.strays, b)
	}
	for b, e := range m.batches {
		// A key without a record is left by a node that died while it created the batch.
		if e.rec == nil && time.Since(e.keyAt) >= max(quiet, time.Minute) {
			ids = append(ids, b)
			m.drop(b)
		}
	}
	return ids
}

// sweep removes images whose batch does not exist: their sender died or was too late. An image is
// removed only if the previous sweep also found it, because a batch that is being created may not
// be in the replica yet. sweep returns the batches to remember for the next call.
func (n *Node) sweep(ctx context.Context, suspects map[string]bool) map[string]bool {
	info, err := n.streams[imageStream].Info(ctx, jetstream.WithSubjectFilter(imageSubject("*", "*.*")))
	if err != nil {
		if ctx.Err() == nil {
			n.log.Warn("images without a batch could not be looked for", "error", err)
		}
		return suspects
	}
	found := map[string]bool{}
	for subject := range info.State.Subjects {
		b, _, _ := strings.Cut(strings.TrimPrefix(subject, prefix+"image."), ".")
		if _, _, _, ok := n.replica.batch(b); ok {
			continue
		}
		found[b] = true
	}
	for b := range found {
		if !suspects[b] {
			continue
		}
		if err := n.purge(ctx, imageStream, imageSubject(b, "*.*")); err != nil {
			n.log.Warn("images without a batch could not be removed", "batch", b, "error", err)
		}
	}
	return found
}

// hasWork is entry.hasWork at the time of the view.
func (v *view) hasWork() bool {
	return v.counts[PhotoPending] > 0 && v.state != StateCancelled || v.claimed
}
