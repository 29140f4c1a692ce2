package queue

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll"
)

// budgetName stands where a batch has its ID, and is no batch's.
const budgetName = "budget"

const day = 24 * time.Hour

// clockSkew is how far ahead of this node's clock another node may have begun the day. A day that
// began later than that was begun by a clock that was wrong.
const clockSkew = time.Hour

// portions is into how many parts a day's quota is cut. What a process has drawn and not used is
// lost when the process is killed.
const portions = 100

// retryBudget is how long a batch waits at most until it asks again for a budget that was used up:
// somebody may have raised it.
const retryBudget = 15 * time.Minute

// photosSubject is where the photos of the day are counted. Versions that do not count them pass
// over it, as over everything of the batch that has the budget's name.
var photosSubject = photoSubject(budgetName, "photos")

// dayQuota is an amount that all nodes of an engine may use up in a day together: money or photos.
// How much is used is stored before it is used, so that neither a restart nor a kill nor another
// node can make it more. Money is drawn in portions.
type dayQuota struct {
	node    *Node
	subject string // where it is stored
	perDay  float64

	mu   sync.Mutex // held while a portion is drawn
	full time.Time  // until when nothing is left, as far as this node knows
}

// dayUse is what is stored of a day. A day begins with the first use after the last one.
type dayUse struct {
	Began time.Time `json:"began"`
	Used  float64   `json:"used"`
}

// draw takes a portion of what is left of the day: need or more, to be used before until. It fails
// with CodeRateLimited if less than need is left.
func (q *dayQuota) draw(ctx context.Context, need float64) (granted float64, until time.Time, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	use, err := q.change(ctx, q.node.time(), func(use *dayUse) {
		granted = min(max(need, q.perDay/portions), q.perDay-use.Used)
		if granted < need {
			granted = 0
		}
		use.Used += granted
	})
	until = use.Began.Add(day)
	switch {
	case ctx.Err() != nil:
		return 0, time.Time{}, context.Cause(ctx)
	case err != nil: // no reason to end the batch: it is handed back and asks again
		return 0, time.Time{}, &tagroll.Error{
			Code: tagroll.CodeRateLimited, Message: "the day's budget cannot be read or stored now", RetryAfter: q.node.timing.handBack, Err: err,
		}
	case granted == 0 && need > 0:
		q.full = until
		return 0, until, &tagroll.Error{
			Code:       tagroll.CodeRateLimited,
			Message:    "the budget of the day is spent: the rest is described when the next day begins, or with a larger --budget-per-day",
			RetryAfter: min(max(until.Sub(q.node.now()), time.Second), retryBudget),
		}
	}
	return granted, until, nil
}

// giveBack returns what was drawn and not used, if its day is not over.
func (q *dayQuota) giveBack(ctx context.Context, unused float64, until time.Time) error {
	_, err := q.change(ctx, q.node.time(), func(use *dayUse) {
		if use.Began.Add(day).Equal(until) {
			use.Used = max(0, use.Used-unused)
		}
	})
	return err
}

// change applies a change to the stored record of the day. It is tried again when another node has
// changed the record meanwhile.
func (q *dayQuota) change(ctx context.Context, now time.Time, change func(*dayUse)) (dayUse, error) {
	now = now.Round(0)
	for {
		value, rev, err := q.node.read(ctx, stateStream, q.subject)
		if err != nil {
			return dayUse{}, err
		}
		use, err := decode[dayUse](value)
		if err != nil || now.Sub(use.Began) >= day || use.Began.Sub(now) > clockSkew {
			use = &dayUse{Began: now}
		}
		before := *use
		if change(use); *use == before && rev > 0 {
			return *use, nil
		}
		if value, err = encode(use); err != nil {
			return dayUse{}, err
		}
		_, err = q.node.publish(ctx, q.subject, value, jetstream.WithExpectLastSequencePerSubject(rev))
		if !errors.Is(err, errConflict) {
			return *use, err
		}
	}
}

// TakePhotos counts photos against a number that all nodes of the engine take in a day together:
// all of them, or none if so many are not left. The day begins with the first photo after the last
// one and is over at until. It fails with ErrUnavailable.
func (n *Node) TakePhotos(ctx context.Context, now time.Time, perDay, photos int) (taken bool, until time.Time, err error) {
	if err := n.accepts(ctx); err != nil {
		return false, time.Time{}, err
	}
	n.photosToday.mu.Lock() // this node's own would conflict with each other
	defer n.photosToday.mu.Unlock()
	use, err := n.photosToday.change(ctx, now, func(use *dayUse) {
		if taken = use.Used+float64(photos) <= float64(perDay); taken {
			use.Used += float64(photos)
		}
	})
	return taken, use.Began.Add(day), err
}

// usedUp returns until when nothing is left; the zero time if something may be.
func (q *dayQuota) usedUp() time.Time {
	if q == nil {
		return time.Time{}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.full.After(q.node.now()) {
		return time.Time{}
	}
	return q.full
}
