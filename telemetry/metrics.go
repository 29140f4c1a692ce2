package telemetry

import (
	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/prom"
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
	describer *prom.Vector[*prom.Gauge] // name, model, prompt

	photos        *prom.Vector[*prom.Counter]   // status, code
	photoDuration *prom.Vector[*prom.Histogram] // status
	prepared      *prom.Vector[*prom.Counter]   // code
	stageDuration *prom.Vector[*prom.Histogram] // stage
	stageFailures *prom.Vector[*prom.Counter]   // stage, code

	calls        *prom.Vector[*prom.Counter] // code
	callDuration *prom.Histogram
	callsActive  *prom.Gauge
	tokens       *prom.Vector[*prom.Counter] // kind
	cost         *prom.Vector[*prom.Counter] // tier

	urls           *prom.Gauge
	urlsPublished  *prom.Counter
	revokeFailures *prom.Counter

	requests        *prom.Vector[*prom.Counter]   // route, method, status
	requestDuration *prom.Vector[*prom.Histogram] // route

	spans *prom.Vector[*prom.Counter] // outcome
}

// newMetrics registers the counters, and the figures of the Go runtime and the process.
func newMetrics(r *prom.Registry, version string) *metrics {
	r.Collect(prom.Go)
	r.Collect(prom.Process)
	f := factory{r}
	f.gauges("build_info", "Always 1; the label is the version of tagroll.", "version").With(version).Set(1)
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
		cost:         f.counters("provider_cost_dollars_total", "Estimated cost of calls in US dollars, by the service tier that served them; none for a model without a known price.", "tier"),

		urls:           f.gauge("temporary_urls", "Temporary addresses of images that are valid now, and so files that are kept for them."),
		urlsPublished:  f.counter("temporary_urls_published_total", "Temporary addresses of images that were made."),
		revokeFailures: f.counter("temporary_url_revocation_failures_total", "Temporary images that could not be removed when they should have been."),

		requests:        f.counters("http_requests_total", "Requests answered, by the pattern of the route.", "route", "method", "status"),
		requestDuration: f.histograms("http_request_duration_seconds", "Time that requests took, the whole life of event streams included.", httpBuckets, "route"),

		spans: f.counters("trace_spans_total", "Spans given to the exporter of traces, by what became of them.", "outcome"),
	}
	// A rate needs a first value, so the series that dashboards show exist from the beginning.
	for _, s := range statuses {
		m.photoDuration.With(string(s))
	}
	m.photos.With(string(tagroll.StatusSuccessful), codeOK)
	m.prepared.With(codeOK)
	for _, c := range []string{codeOK, string(tagroll.CodeRateLimited), string(tagroll.CodeTimeout)} {
		m.calls.With(c)
	}
	for _, kind := range []string{tokensInput, tokensCached, tokensCacheWrite, tokensOutput, tokensReasoning} {
		m.tokens.With(kind)
	}
	m.cost.With(tierUnknown)
	for _, outcome := range []string{spansExported, spansFailed} {
		m.spans.With(outcome)
	}
	return m
}

// Values of the labels kind, outcome and tier.
const (
	tokensInput      = "input"
	tokensCached     = "cached_input"
	tokensCacheWrite = "cache_write_input"
	tokensReasoning  = "reasoning"
	tokensOutput     = "output"
	spansExported    = "exported"
	spansFailed      = "failed"
	tierUnknown      = "unknown"
	tierOther        = "other"
)

var statuses = []tagroll.Status{tagroll.StatusSuccessful, tagroll.StatusNeedsReview, tagroll.StatusFailed, tagroll.StatusPending}

const namespace = "tagroll_"

// factory registers metrics whose names begin with the namespace.
type factory struct{ registry *prom.Registry }

func (f factory) counters(name, help string, labels ...string) *prom.Vector[*prom.Counter] {
	return f.registry.Counters(namespace+name, help, labels...)
}

func (f factory) counter(name, help string) *prom.Counter { return f.counters(name, help).With() }

func (f factory) gauges(name, help string, labels ...string) *prom.Vector[*prom.Gauge] {
	return f.registry.Gauges(namespace+name, help, labels...)
}

func (f factory) gauge(name, help string) *prom.Gauge { return f.gauges(name, help).With() }

func (f factory) histograms(name, help string, bounds []float64, labels ...string) *prom.Vector[*prom.Histogram] {
	return f.registry.Histograms(namespace+name, help, bounds, labels...)
}

func (f factory) histogram(name, help string, bounds []float64) *prom.Histogram {
	return f.histograms(name, help, bounds).With()
}
