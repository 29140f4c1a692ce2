// Package wirewitness holds tests in which the official libraries are outside witnesses of what
// tagroll writes to the wire for operators: Prometheus' reader, writer and linter of the metrics,
// and OpenTelemetry's exporter and messages of the traces. The package is a module of its own, so
// that they are no dependencies of tagroll.
package wirewitness

import (
	"bytes"
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/otlp"
	"github.com/tagroll/tagroll/queue"
	"github.com/tagroll/tagroll/telemetry"
)

type engine struct{}

func (engine) Ready() error { return nil }
func (engine) Stats() queue.Stats {
	return queue.Stats{
		Works:   true,
		Batches: map[queue.State]int{queue.StateOpen: 1, queue.StateProcessing: 2},
		Photos:  map[queue.PhotoState]int{queue.PhotoPending: 7}, StoredBytes: 1 << 20, Lag: 20 * time.Millisecond,
	}
}

// metrics returns what a client with this Accept header gets, without the figures of the Go runtime
// and the process, which change from one scrape to the next.
func metrics(t *testing.T, tel *telemetry.Telemetry, accept string) string {
	t.Helper()
	request := httptest.NewRequest("GET", "/metrics", nil)
	request.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	tel.Handler().ServeHTTP(w, request)
	var lines []string
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE "), "tagroll_") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// What Prometheus' own reader has read, its own writer writes again to the letter, in both formats,
// and its linter has nothing to say.
func TestMetricsAreWhatPrometheusWrites(t *testing.T) {
	tel, err := telemetry.New(t.Context(), telemetry.Config{Version: `1.0 "ä"`})
	if err != nil {
		t.Fatal(err)
	}
	tel.Watch(engine{})
	tel.WatchServer(func() telemetry.ServerStats {
		return telemetry.ServerStats{EventStreams: 3, Refused: map[string]uint64{"photos": 4, "batches": 1}}
	})
	tel.HTTP("/api/v1/batches/{id}", "GET", 200, 3*time.Millisecond)
	tel.HTTP("", "BREW", 404, time.Hour)
	_, ended := tel.Prepare(t.Context())
	ended(&tagroll.Error{Code: tagroll.CodeCorruptImage})
	_, ended = tel.Stage(t.Context(), tagroll.Photo{}, tagroll.StageDescribe)
	ended(nil)

	text := metrics(t, tel, "")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range families {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) < 30 {
		t.Fatalf("there are only %q", names)
	}
	var plain, open bytes.Buffer
	for _, name := range names {
		if _, err := expfmt.MetricFamilyToText(&plain, families[name]); err != nil {
			t.Error(err)
		}
		if _, err := expfmt.MetricFamilyToOpenMetrics(&open, families[name]); err != nil {
			t.Error(err)
		}
	}
	compare(t, "text", text, plain.String())
	compare(t, "OpenMetrics", metrics(t, tel, "application/openmetrics-text"), open.String())

	request := httptest.NewRequest("GET", "/metrics", nil)
	w := httptest.NewRecorder()
	tel.Handler().ServeHTTP(w, request) // this time with Go's and the process's figures
	problems, err := promlint.New(w.Body).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "tagroll_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func compare(t *testing.T, format, got, want string) {
	t.Helper()
	ours, theirs := strings.Split(got, "\n"), strings.Split(want, "\n")
	if len(ours) != len(theirs) {
		t.Errorf("%s: %d lines, want %d", format, len(ours), len(theirs))
	}
	for i := range min(len(ours), len(theirs)) {
		if ours[i] != theirs[i] {
			t.Fatalf("%s: got\n%s\nwant\n%s", format, ours[i], theirs[i])
		}
	}
}

// keeper keeps spans in place of sending them.
type keeper struct{ spans []sdktrace.ReadOnlySpan }

func (k *keeper) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	k.spans = append(k.spans, spans...)
	return nil
}
func (*keeper) Shutdown(context.Context) error { return nil }

// official keeps what the official exporter would send.
type official struct{ spans []*tracepb.ResourceSpans }

func (*official) Start(context.Context) error { return nil }
func (*official) Stop(context.Context) error  { return nil }
func (o *official) UploadTraces(_ context.Context, spans []*tracepb.ResourceSpans) error {
	o.spans = spans
	return nil
}

// spans makes spans with everything that a span can have.
func spans(t *testing.T) []sdktrace.ReadOnlySpan {
	t.Helper()
	var kept keeper
	for _, name := range []string{"photos", "other"} {
		provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(&kept), sdktrace.WithRawSpanLimits(sdktrace.SpanLimits{
			AttributeValueLengthLimit: -1, AttributeCountLimit: 20, EventCountLimit: 2, LinkCountLimit: 1,
			AttributePerEventCountLimit: 1, AttributePerLinkCountLimit: 1,
		}), sdktrace.WithResource(resource.NewWithAttributes("https://schema.example/1", attribute.String("service.name", name))))
		state, err := trace.ParseTraceState("vendor=1")
		if err != nil {
			t.Fatal(err)
		}
		remote := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, TraceState: state, Remote: true})
		ctx := trace.ContextWithSpanContext(t.Context(), remote)
		tracer := provider.Tracer("scope", trace.WithInstrumentationVersion("1.2.3"), trace.WithSchemaURL("https://schema.example/2"),
			trace.WithInstrumentationAttributes(attribute.Bool("own", true)))
		for _, kind := range []trace.SpanKind{trace.SpanKindInternal, trace.SpanKindServer, trace.SpanKindClient, trace.SpanKindProducer, trace.SpanKindConsumer} {
			var span trace.Span
			ctx, span = tracer.Start(ctx, "ä "+kind.String(), trace.WithSpanKind(kind),
				trace.WithLinks(trace.Link{SpanContext: remote, Attributes: []attribute.KeyValue{attribute.Int("a", 1), attribute.Int("b", 2)}}, trace.Link{SpanContext: remote}))
			span.SetAttributes(
				attribute.String("text", ""), attribute.String("more", "ß"), attribute.Bool("no", false), attribute.Bool("yes", true),
				attribute.Int("zero", 0), attribute.Int64("negative", -1), attribute.Float64("float", 0), attribute.Float64("pi", 3.14),
				attribute.StringSlice("texts", []string{"", "x"}), attribute.BoolSlice("bools", []bool{false, true}),
				attribute.Int64Slice("numbers", []int64{0, -5}), attribute.Float64Slice("floats", []float64{0, 1e9}), attribute.StringSlice("none", nil),
			)
			span.AddEvent("first")
			span.AddEvent("second", trace.WithAttributes(attribute.String("a", "1"), attribute.String("b", "2")))
			span.AddEvent("third")
			switch kind {
			case trace.SpanKindServer:
				span.SetStatus(codes.Ok, "")
			case trace.SpanKindClient:
				span.SetStatus(codes.Error, "timeout")
				for i := range 20 { // too many
					span.SetAttributes(attribute.Int("n"+string(rune('a'+i)), i))
				}
			}
			span.End()
		}
		_, plain := provider.Tracer("bare").Start(context.Background(), "")
		plain.End()
		if err := provider.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return kept.spans
}

// Of the same spans the official exporter makes the same messages.
func TestTracesAreWhatOpenTelemetrySends(t *testing.T) {
	spans := spans(t)
	if len(spans) != 12 {
		t.Fatalf("there are %d spans", len(spans))
	}
	var witness official
	exporter, err := otlptrace.New(t.Context(), &witness)
	if err != nil {
		t.Fatal(err)
	}
	if err := exporter.ExportSpans(t.Context(), spans); err != nil {
		t.Fatal(err)
	}
	var ours tracepb.TracesData
	if err := proto.Unmarshal(otlp.Encode(spans), &ours); err != nil {
		t.Fatal(err)
	}
	// The official exporter keeps groups in a map.
	byName := func(a, b *tracepb.ResourceSpans) int {
		return strings.Compare(a.Resource.Attributes[0].Value.GetStringValue(), b.Resource.Attributes[0].Value.GetStringValue())
	}
	slices.SortFunc(witness.spans, byName)
	slices.SortFunc(ours.ResourceSpans, byName)
	want := &tracepb.TracesData{ResourceSpans: witness.spans}
	// Fields that OpenTelemetry does not know would be kept, and would differ.
	if !proto.Equal(&ours, want) {
		t.Errorf("got\n%v\nwant\n%v", &ours, want)
	}
}
