package queue

import "time"

// Stats are a node's figures, for metrics. Those of what is stored are the same on every node of a cluster.
type Stats struct {
	// Batches and Photos count what is stored, by state. Every state has its entry.
	Batches map[State]int
	Photos  map[PhotoState]int
	// StoredBytes is what the engine's files hold, markers and not yet reclaimed space included.
	StoredBytes uint64
	// QueueAge is how long the oldest pending photo of a batch that is not cancelled has waited; zero if there is none.
	QueueAge time.Duration

	// Running is how many batches this node holds, InProcess how many photos it has under way.
	Running, InProcess int
	// Lag is how long this node's last write took to come back to it as a change.
	Lag time.Duration
}
