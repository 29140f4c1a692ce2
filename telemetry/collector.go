package telemetry

import (
	"sync/atomic"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/prom"
	"github.com/tagroll/tagroll/queue"
)

// Node is what Watch needs of a *queue.Node.
type Node interface {
	Stats() queue.Stats
	Ready() error
}

// Watch exports the engine's figures, which are collected at each scrape.
func (t *Telemetry) Watch(n Node) { t.engine.node.Store(&n) }

func gaugeDesc(name, help string, labels ...string) *prom.Desc {
	return &prom.Desc{Name: namespace + name, Help: help, Kind: prom.KindGauge, Labels: labels}
}

var (
	engineReady   = gaugeDesc("engine_ready", "1 if the engine can store and run batches, else 0.")
	engineLag     = gaugeDesc("engine_lag_seconds", "Time that this node's last write took to come back to it as a change.")
	storedBatches = gaugeDesc("stored_batches", "Batches in the engine, by state; the same on every node of a cluster.", "state")
	storedPhotos  = gaugeDesc("stored_photos", "Photos in the engine, by state; the same on every node of a cluster.", "state")
	storedBytes   = gaugeDesc("stored_bytes", "Size of the engine's files, space that is not yet reclaimed included.")
	queueAge      = gaugeDesc("queue_age_seconds", "Time that the oldest pending photo has waited; 0 if there is none.")
	nodeBatches   = gaugeDesc("node_batches", "Batches that this node has under way.")
	nodePhotos    = gaugeDesc("node_photos", "Photos that this node has under way.")

	limiterPause    = gaugeDesc("limiter_pause_seconds", "How long no call to the provider may be made, by what holds it back; 0 for what does not.", "by")
	limiterWaiting  = gaugeDesc("limiter_waiting_calls", "Calls to the provider that wait to be made.")
	limiterWindow   = gaugeDesc("limiter_window", "How many calls to the provider may be in flight; 0 if they are not bounded.")
	limiterPace     = gaugeDesc("limiter_calls_per_minute", "Calls a minute that the provider allows; 0 while that is unknown.")
	limiterReserved = gaugeDesc("limiter_reserved_dollars", "US dollars set aside for the calls in flight.")
)

// engineCollector collects the figures of the engine at each scrape.
type engineCollector struct{ node atomic.Pointer[Node] }

func (c *engineCollector) collect(snapshot *prom.Snapshot) {
	node := c.node.Load()
	if node == nil {
		return // a process without an engine has no figures, rather than zeros
	}
	ready := 1.0
	if (*node).Ready() != nil {
		ready = 0
	}
	s := (*node).Stats()
	snapshot.Add(engineReady, ready)
	snapshot.Add(engineLag, s.Lag.Seconds())
	for state, n := range s.Batches {
		snapshot.Add(storedBatches, float64(n), string(state))
	}
	for state, n := range s.Photos {
		snapshot.Add(storedPhotos, float64(n), string(state))
	}
	snapshot.Add(storedBytes, float64(s.StoredBytes))
	snapshot.Add(queueAge, s.QueueAge.Seconds())
	snapshot.Add(nodeBatches, float64(s.Running))
	snapshot.Add(nodePhotos, float64(s.InProcess))
	if !s.Works {
		return // the limiters are those of the workers, which show them
	}
	for _, by := range tagroll.PauseReasons() {
		pause := 0.0
		if by == s.Limiter.PausedBy {
			pause = s.Limiter.PausedFor.Seconds()
		}
		snapshot.Add(limiterPause, pause, string(by))
	}
	snapshot.Add(limiterWaiting, float64(s.Limiter.Waiting))
	snapshot.Add(limiterWindow, float64(s.Limiter.Window))
	snapshot.Add(limiterPace, s.Limiter.CallsPerMinute)
	snapshot.Add(limiterReserved, s.Limiter.ReservedUSD)
}

// ServerStats are figures of an HTTP server, for WatchServer.
type ServerStats struct {
	// EventStreams is how many are open; Uploads is how many requests that send photos are
	// under way.
	EventStreams, Uploads int
	// UploadBytes is the memory that photos on their way in hold; Preparing is how many are
	// being compressed.
	UploadBytes int64
	Preparing   int
	// Refused counts the requests that a limit refused, by the limit's name, of which there are
	// few.
	Refused map[string]uint64
}

// WatchServer exports a server's figures. stats is called at each scrape.
func (t *Telemetry) WatchServer(stats func() ServerStats) { t.server.stats.Store(&stats) }

var (
	eventStreams = gaugeDesc("event_streams", "Event streams that are open.")
	uploads      = gaugeDesc("uploads_in_progress", "Requests that send photos under way.")
	uploadBytes  = gaugeDesc("upload_memory_bytes", "Memory that photos on their way in hold.")
	preparing    = gaugeDesc("preparing_photos", "Photos that are being compressed.")
	refusals     = &prom.Desc{Name: namespace + "http_refusals_total", Help: "Requests that were refused with 429, by the limit that was reached.", Kind: prom.KindCounter, Labels: []string{"limit"}}
)

// serverCollector collects the figures of the server at each scrape.
type serverCollector struct {
	stats atomic.Pointer[func() ServerStats]
}

func (c *serverCollector) collect(snapshot *prom.Snapshot) {
	stats := c.stats.Load()
	if stats == nil {
		return
	}
	s := (*stats)()
	snapshot.Add(eventStreams, float64(s.EventStreams))
	snapshot.Add(uploads, float64(s.Uploads))
	snapshot.Add(uploadBytes, float64(s.UploadBytes))
	snapshot.Add(preparing, float64(s.Preparing))
	for limit, n := range s.Refused {
		snapshot.Add(refusals, float64(n), limit)
	}
}
