package telemetry

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
)

// Node is what Watch needs of a *queue.Node.
type Node interface {
	Stats() queue.Stats
	Ready() error
}

// Watch exports the engine's figures, which are collected at each scrape.
func (t *Telemetry) Watch(n Node) { t.engine.node.Store(&n) }

func description(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

var (
	engineReady   = description("engine_ready", "1 if the engine can store and run batches, else 0.")
	engineLag     = description("engine_lag_seconds", "Time that this node's last write took to come back to it as a change.")
	storedBatches = description("stored_batches", "Batches in the engine, by state; the same on every node of a cluster.", "state")
	storedPhotos  = description("stored_photos", "Photos in the engine, by state; the same on every node of a cluster.", "state")
	storedBytes   = description("stored_bytes", "Size of the engine's files, space that is not yet reclaimed included.")
	queueAge      = description("queue_age_seconds", "Time that the oldest pending photo has waited; 0 if there is none.")
	nodeBatches   = description("node_batches", "Batches that this node has under way.")
	nodePhotos    = description("node_photos", "Photos that this node has under way.")

	limiterPause    = description("limiter_pause_seconds", "How long no call to the provider may be made, by what holds it back; 0 for what does not.", "by")
	limiterWaiting  = description("limiter_waiting_calls", "Calls to the provider that wait to be made.")
	limiterWindow   = description("limiter_window", "How many calls to the provider may be in flight; 0 if they are not bounded.")
	limiterPace     = description("limiter_calls_per_minute", "Calls a minute that the provider allows; 0 while that is unknown.")
	limiterReserved = description("limiter_reserved_dollars", "US dollars set aside for the calls in flight.")

	engineDescriptions = []*prometheus.Desc{
		engineReady, engineLag, storedBatches, storedPhotos, storedBytes, queueAge, nodeBatches, nodePhotos,
		limiterPause, limiterWaiting, limiterWindow, limiterPace, limiterReserved,
	}
)

// engineCollector collects the figures of the engine at each scrape.
type engineCollector struct{ node atomic.Pointer[Node] }

// Describe implements [prometheus.Collector].
func (c *engineCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range engineDescriptions {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (c *engineCollector) Collect(ch chan<- prometheus.Metric) {
	node := c.node.Load()
	if node == nil {
		return // a process without an engine has no figures, rather than zeros
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	ready := 1.0
	if (*node).Ready() != nil {
		ready = 0
	}
	s := (*node).Stats()
	gauge(engineReady, ready)
	gauge(engineLag, s.Lag.Seconds())
	for state, n := range s.Batches {
		gauge(storedBatches, float64(n), string(state))
	}
	for state, n := range s.Photos {
		gauge(storedPhotos, float64(n), string(state))
	}
	gauge(storedBytes, float64(s.StoredBytes))
	gauge(queueAge, s.QueueAge.Seconds())
	gauge(nodeBatches, float64(s.Running))
	gauge(nodePhotos, float64(s.InProcess))
	for _, by := range tagroll.PauseReasons() {
		pause := 0.0
		if by == s.Limiter.PausedBy {
			pause = s.Limiter.PausedFor.Seconds()
		}
		gauge(limiterPause, pause, string(by))
	}
	gauge(limiterWaiting, float64(s.Limiter.Waiting))
	gauge(limiterWindow, float64(s.Limiter.Window))
	gauge(limiterPace, s.Limiter.CallsPerMinute)
	gauge(limiterReserved, s.Limiter.ReservedUSD)
}

// ServerStats are figures of an HTTP server, for WatchServer.
type ServerStats struct {
	// EventStreams is how many are open; Uploads is how many requests that send photos are under
	// way.
	EventStreams, Uploads int
	// UploadBytes is the memory that photos on their way in hold; Preparing is how many are being
	// compressed.
	UploadBytes int64
	Preparing   int
	// Refused counts the requests that a limit refused, by the limit's name, of which there are
	// few.
	Refused map[string]uint64
}

// WatchServer exports a server's figures. stats is called at each scrape.
func (t *Telemetry) WatchServer(stats func() ServerStats) { t.server.stats.Store(&stats) }

var (
	eventStreams = description("event_streams", "Event streams that are open.")
	uploads      = description("uploads_in_progress", "Requests that send photos under way.")
	uploadBytes  = description("upload_memory_bytes", "Memory that photos on their way in hold.")
	preparing    = description("preparing_photos", "Photos that are being compressed.")
	refusals     = description("http_refusals_total", "Requests that were refused with 429, by the limit that was reached.", "limit")

	serverDescriptions = []*prometheus.Desc{eventStreams, uploads, uploadBytes, preparing, refusals}
)

// serverCollector collects the figures of the server at each scrape.
type serverCollector struct {
	stats atomic.Pointer[func() ServerStats]
}

// Describe implements [prometheus.Collector].
func (c *serverCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range serverDescriptions {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (c *serverCollector) Collect(ch chan<- prometheus.Metric) {
	stats := c.stats.Load()
	if stats == nil {
		return
	}
	s := (*stats)()
	for d, value := range map[*prometheus.Desc]float64{
		eventStreams: float64(s.EventStreams), uploads: float64(s.Uploads), uploadBytes: float64(s.UploadBytes), preparing: float64(s.Preparing),
	} {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
	for limit, n := range s.Refused {
		ch <- prometheus.MustNewConstMetric(refusals, prometheus.CounterValue, float64(n), limit)
	}
}
