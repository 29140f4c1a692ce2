package queue

import (
	"cmp"
	"sort"
	"time"

	"github.com/tagroll/tagroll"
)

// Stats are a node's figures, for metrics. Those of what is stored are the same on every node of a
// cluster.
type Stats struct {
	// Batches and Photos count what is stored, by state. Every state has its entry.
	Batches map[State]int
	Photos  map[PhotoState]int
	// StoredBytes is what the engine's files hold, markers and not yet reclaimed space
	// included.
	StoredBytes uint64
	// QueueAge is how long the oldest pending photo of a batch that is not cancelled has
	// waited; zero if there is none.
	QueueAge time.Duration

	// SpentUSD adds up what the calls that ended have cost, by the describer's estimate, as
	// this node has seen it since it was opened. It only grows.
	SpentUSD float64

	// BudgetUntil is until when Config.BudgetPerDay is used up, as far as this node has met it;
	// the zero time if it is not.
	BudgetUntil time.Time
	// Works is whether this node describes photos.
	Works bool
	// Limiter is what holds back this node's own paid calls, of which there are none if it does
	// not describe.
	Limiter tagroll.LimiterState

	// Damage is what was found lost when the node was opened.
	Damage Damage

	// Running is how many batches this node holds, InProcess how many photos it has under way.
	Running, InProcess int
	// Lag is how long this node's last write took to come back to it as a change.
	Lag time.Duration
}

// Stats returns the node's figures. It costs little: what has not changed is not counted again.
func (n *Node) Stats() Stats {
	s := Stats{
		Batches: map[State]int{StateOpen: 0, StateProcessing: 0, StateCompleted: 0, StateCancelled: 0},
		Photos: map[PhotoState]int{
			PhotoPending: 0, PhotoProcessing: 0, PhotoSuccessful: 0, PhotoNeedsReview: 0, PhotoFailed: 0,
		},
		StoredBytes: n.stored.Load(),
		SpentUSD:    n.replica.spentUSD(),
		BudgetUntil: n.budget.usedUp(),
		Works:       n.config.Work != nil,
		Limiter:     n.config.Options.Limiter.State(),
		Running:     n.running(),
		InProcess:   n.scheduler.inUse(),
		Lag:         time.Duration(n.lag.Load()),
	}
	if d := n.damage.Load(); d != nil {
		s.Damage = *d
	}
	now := n.now()
	for _, v := range n.replica.views("") {
		s.Batches[v.state]++
		for state, count := range v.counts {
			s.Photos[state] += count
		}
		if v.state != StateCancelled && !v.waiting.IsZero() {
			s.QueueAge = max(s.QueueAge, now.Sub(v.waiting))
		}
	}
	return s
}

// sortNewestFirst sorts batches by their creation.
func sortNewestFirst(batches []Snapshot) {
	sort.Slice(batches, func(i, j int) bool {
		a, b := &batches[i], &batches[j]
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID)) < 0
	})
}
