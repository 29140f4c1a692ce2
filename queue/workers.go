package queue

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/tagroll/tagroll"
)

// limiterSubject is where the nodes of a cluster that describe photos say what holds back their
// calls. It is in no stream.
const limiterSubject = prefix + "limiter"

const (
	reportEvery = time.Second
	// reportLife is how long a report counts: a node that has ended says nothing.
	reportLife = 5 * time.Second
)

// workerReport is what a node says of its limiter, with the fields of the state that JSON of the
// state does not have.
type workerReport struct {
	Node      string               `json:"node"`
	State     tagroll.LimiterState `json:"state"`
	PausedFor time.Duration        `json:"paused_for"`
	Spare     float64              `json:"spare"`
	Named     bool                 `json:"named"`
	Slots     int                  `json:"slots"`
	heard     time.Time
}

// workerStates is what the other nodes said of their limiters last.
type workerStates struct {
	mu      sync.Mutex
	reports map[string]workerReport // by node
}

// followWorkers makes a node that describes nothing show what holds back the nodes that do.
func (n *Node) followWorkers() error {
	if n.engine != nil || n.config.Work != nil {
		return nil
	}
	err := n.subscribe(limiterSubject, func(m *nats.Msg) {
		var r workerReport
		if json.Unmarshal(m.Data, &r) != nil {
			return // of another version
		}
		r.heard = n.now()
		n.workers.mu.Lock()
		defer n.workers.mu.Unlock()
		if n.workers.reports == nil {
			n.workers.reports = make(map[string]workerReport)
		}
		n.workers.reports[r.Node] = r
	})
	if err != nil {
		return unavailable("the workers cannot be heard", err)
	}
	return nil
}

// reportLimiter tells the cluster what holds back this node's calls, until ctx ends.
func (n *Node) reportLimiter(ctx context.Context) {
	node := newID()
	ticker := time.NewTicker(reportEvery)
	defer ticker.Stop()
	for {
		s := n.config.Options.Limiter.State()
		text, err := json.Marshal(workerReport{
			Node: node, State: s, PausedFor: s.PausedFor, Spare: s.Spare, Named: s.Named, Slots: n.slots(),
		})
		if err == nil {
			err = n.conn.Publish(limiterSubject, text)
		}
		if err != nil {
			n.log.Debug("the limiter's state could not be told", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// limiter returns what holds back the calls for the engine's batches, and how many photos of one
// batch are likely to be in process at once: by this node, or by the others if it describes
// nothing.
func (n *Node) limiter() (tagroll.LimiterState, int) {
	if n.engine != nil || n.config.Work != nil {
		return n.config.Options.Limiter.State(), n.slots()
	}
	return n.workers.together(n.now())
}

// together adds up the nodes. Calls are held back as long as no node may make one; a limit that the
// provider names is the same for all of them.
func (w *workerStates) together(now time.Time) (all tagroll.LimiterState, slots int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	first, bounded := true, true
	for node, r := range w.reports {
		age := now.Sub(r.heard)
		if age > reportLife {
			delete(w.reports, node)
			continue
		}
		s := r.State
		slots += r.Slots
		all.InFlight += s.InFlight
		all.Waiting += s.Waiting
		all.Refused += s.Refused
		all.SpentUSD += s.SpentUSD
		all.ReservedUSD += s.ReservedUSD
		all.Window += s.Window
		bounded = bounded && s.Window > 0
		if r.Named {
			all.CallsPerMinute, all.Named = max(all.CallsPerMinute, s.CallsPerMinute), true
		} else {
			all.CallsPerMinute += s.CallsPerMinute
		}
		pause := max(r.PausedFor-age, 0)
		if first || pause < all.PausedFor {
			all.PausedFor, all.PausedBy, all.PausedUntil = pause, s.PausedBy, time.Time{}
		}
		if first || r.Spare < all.Spare {
			all.Spare = r.Spare
		}
		first = false
	}
	if !bounded {
		all.Window = 0
	}
	if all.PausedFor == 0 {
		all.PausedBy = ""
	} else {
		all.PausedUntil = now.Add(all.PausedFor)
	}
	return all, slots
}
