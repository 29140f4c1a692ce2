package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/tagroll/tagroll"
)

// Upper bounds of histograms, in seconds.
var (
	stageBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 4, 8, 15, 30, 60}
	callBuckets  = []float64{.25, .5, .75, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 30, 60}
	photoBuckets = []float64{.1, .25, .5, 1, 2, 3, 4, 6, 8, 12, 20, 30, 60, 120, 300, 600}
	httpBuckets  = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}
)

// metrics holds the counters of this package. Figures that are collected at a scrape are in
// collector.go.
type metrics struct {
	describer *prometheus.GaugeVec // name, model, prompt

	photos        *prometheus.CounterVec   // status, code
	photoDuration *prometheus.HistogramVec // status
	prepared      *prometheus.CounterVec   // code
	stageDuration *prometheus.HistogramVec // stage
	stageFailures *prometheus.CounterVec   // stage, code

	calls        *prometheus.CounterVec // code
	callDuration prometheus.Histogram
	callsActive  prometheus.Gauge
	tokens       *prometheus.CounterVec // kind
	cost         prometheus.Counter

	urls           prometheus.Gauge
	urlsPublished  prometheus.Counter
	revokeFailures prometheus.Counter

	requests        *prometheus.CounterVec   // route, method, status
	requestDuration *prometheus.HistogramVec // route

	spans *prometheus.CounterVec // outcome
}

// newMetrics registers the counters, and the figures of the Go runtime and the process.
func newMetrics(r *prometheus.Registry, version string) *metrics {
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	f := factory{r}
	f.gauges("build_info", "Always 1; the label is the version of tagroll.", "version").WithLabelValues(version).Set(1)
	m := &metrics{
		describer: f.gauges("describer_info", "Always 1; the labels say what describes the photos.", "name", "model", "prompt"),

		photos:        f.counters("photos_total", "Photos whose description has ended, by what came of it and the error's code.", "status", "code"),
		photoDuration: f.histograms("photo_duration_seconds", "Time from a photo's turn to its result, waiting for the provider's rate limit included.", photoBuckets, "status"),
		prepared:      f.counters("prepared_photos_total", "Photos that arrived and were read and compressed, by the error's code.", "code"),
		stageDuration: f.histograms("stage_duration_seconds", "Time that a photo spent in a stage of its way.", stageBuckets, "stage"),
		stageFailures: f.counters("stage_failures_total", "Photos that a stage could not deal with, by the error's code.", "stage", "code"),

		calls:        f.counters("provider_calls_total", "Calls to the provider, by the error's code.", "code"),
		callDuration: f.histogram("provider_call_duration_seconds", "Time that a call to the provider took, failed ones included.", callBuckets),
		callsActive:  f.gauge("provider_calls_in_flight", "Calls to the provider under way."),
		tokens:       f.counters("provider_tokens_total", "Tokens that calls consumed: input that was not cached, cached input, output.", "kind"),
		cost:         f.counter("provider_cost_dollars_total", "Estimated cost of calls in US dollars; none for a model without a known price."),

		urls:           f.gauge("temporary_urls", "Temporary addresses of images that are valid now, and so files that are kept for them."),
		urlsPublished:  f.counter("temporary_urls_published_total", "Temporary addresses of images that were made."),
		revokeFailures: f.counter("temporary_url_revocation_failures_total", "Temporary images that could not be removed when they should have been."),

		requests:        f.counters("http_requests_total", "Requests answered, by the pattern of the route.", "route", "method", "status"),
		requestDuration: f.histograms("http_request_duration_seconds", "Time that requests took, the whole life of event streams included.", httpBuckets, "route"),

		spans: f.counters("trace_spans_total", "Spans given to the exporter of traces, by what became of them.", "outcome"),
	}
	// A rate needs a first value, so the series that dashboards show exist from the beginning.
	for _, s := range statuses {
		m.photoDuration.WithLabelValues(string(s))
	}
	m.photos.WithLabelValues(string(tagroll.StatusSuccessful), codeOK)
	m.prepared.WithLabelValues(codeOK)
	for _, c := range []string{codeOK, string(tagroll.CodeRateLimited), string(tagroll.CodeTimeout)} {
		m.calls.WithLabelValues(c)
	}
	for _, kind := range []string{tokensInput, tokensCached, tokensCacheWrite, tokensOutput, tokensReasoning} {
		m.tokens.WithLabelValues(kind)
	}
	for _, outcome := range []string{spansExported, spansFailed} {
		m.spans.WithLabelValues(outcome)
	}
	return m
}

// Values of the labels kind and outcome.
const (
	tokensInput      = "input"
	tokensCached     = "cached_input"
	tokensCacheWrite = "cache_write_input"
	tokensReasoning  = "reasoning"
	tokensOutput     = "output"
	spansExported    = "exported"
	spansFailed      = "failed"
)

var statuses = []tagroll.Status{tagroll.StatusSuccessful, tagroll.StatusNeedsReview, tagroll.StatusFailed, tagroll.StatusPending}

const namespace = "tagroll"

// factory makes metrics and registers them. It panics on a name that is invalid or taken, which
// every test would show.
type factory struct{ registry *prometheus.Registry }

func (f factory) counters(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	f.registry.MustRegister(v)
	return v
}

func (f factory) counter(name, help string) prometheus.Counter {
	return f.counters(name, help).WithLabelValues()
}

func (f factory) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	f.registry.MustRegister(v)
	return v
}

func (f factory) gauge(name, help string) prometheus.Gauge {
	return f.gauges(name, help).WithLabelValues()
}

func (f factory) histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	f.registry.MustRegister(v)
	return v
}

func (f factory) histogram(name, help string, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets})
	f.registry.MustRegister(h)
	return h
}
