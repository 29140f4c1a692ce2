// Package wirewitness holds tests in which the official libraries are outside witnesses of what
// tagroll writes to the wire for operators: Prometheus' reader, writer and linter of the metrics,
// and OpenTelemetry's exporters, sampler and messages of the traces. The package is a module of its
// own, so that they are no dependencies of tagroll.
package wirewitness

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
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

// official keeps what the official exporter would send.
type official struct{ spans []*tracepb.ResourceSpans }

func (*official) Start(context.Context) error { return nil }
func (*official) Stop(context.Context) error  { return nil }
func (o *official) UploadTraces(_ context.Context, spans []*tracepb.ResourceSpans) error {
	o.spans = spans
	return nil
}

// samples are spans with everything that ours can have.
func samples() otlp.Traces {
	began := time.Date(2026, 11, 28, 10, 0, 0, 123456789, time.UTC)
	return otlp.Traces{
		Resource: []otlp.Attribute{{Key: "service.name", Value: "photos"}, {Key: "region", Value: "ä"}},
		Scope:    "scope", Version: "1.2.3",
		Spans: []*otlp.Span{
			{TraceID: otlp.TraceID{1}, ID: otlp.SpanID{2}, Name: "ä root", Kind: otlp.Internal, Start: began, End: began.Add(time.Second)},
			{
				TraceID: otlp.TraceID{1}, ID: otlp.SpanID{3}, Parent: otlp.SpanID{2}, Name: "call", Kind: otlp.Client, Start: began, End: began.Add(time.Millisecond),
				Attributes: []otlp.Attribute{
					{Key: "text", Value: ""}, {Key: "more", Value: "ß"}, {Key: "no", Value: false}, {Key: "yes", Value: true},
					{Key: "zero", Value: 0}, {Key: "negative", Value: -1}, {Key: "float", Value: 0.0}, {Key: "pi", Value: 3.14}, {Key: "html", Value: "<&>"},
				},
				Dropped: 4, Error: "timeout",
			},
		},
	}
}

// attributes are the same in the types of the SDK.
func attributes(all []otlp.Attribute) []attribute.KeyValue {
	var converted []attribute.KeyValue
	for _, a := range all {
		key := attribute.Key(a.Key)
		switch v := a.Value.(type) {
		case string:
			converted = append(converted, key.String(v))
		case bool:
			converted = append(converted, key.Bool(v))
		case int:
			converted = append(converted, key.Int(v))
		case float64:
			converted = append(converted, key.Float64(v))
		}
	}
	return converted
}

// snapshots are the spans as the SDK would hand them to its exporters.
func snapshots(t otlp.Traces) []sdktrace.ReadOnlySpan {
	var stubs tracetest.SpanStubs
	for _, s := range t.Spans {
		stub := tracetest.SpanStub{
			Name: s.Name, SpanKind: trace.SpanKind(s.Kind), StartTime: s.Start, EndTime: s.End,
			SpanContext:          trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID(s.TraceID), SpanID: trace.SpanID(s.ID), TraceFlags: trace.FlagsSampled}),
			Attributes:           attributes(s.Attributes),
			DroppedAttributes:    s.Dropped,
			Resource:             resource.NewSchemaless(attributes(t.Resource)...),
			InstrumentationScope: instrumentation.Scope{Name: t.Scope, Version: t.Version},
		}
		if s.Parent != (otlp.SpanID{}) {
			stub.Parent = trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID(s.TraceID), SpanID: trace.SpanID(s.Parent), TraceFlags: trace.FlagsSampled})
		}
		if s.Error != "" {
			stub.Status = sdktrace.Status{Code: codes.Error, Description: s.Error}
		}
		stubs = append(stubs, stub)
	}
	return stubs.Snapshots()
}

// Of the same spans the official exporter makes the same message.
func TestTracesAreWhatOpenTelemetrySends(t *testing.T) {
	traces := samples()
	// The SDK sorts the attributes of a resource.
	slices.SortFunc(traces.Resource, func(a, b otlp.Attribute) int { return strings.Compare(a.Key, b.Key) })
	var witness official
	exporter, err := otlptrace.New(t.Context(), &witness)
	if err != nil {
		t.Fatal(err)
	}
	if err := exporter.ExportSpans(t.Context(), snapshots(traces)); err != nil {
		t.Fatal(err)
	}
	var ours tracepb.TracesData
	if err := proto.Unmarshal(otlp.Encode(traces), &ours); err != nil {
		t.Fatal(err)
	}
	// Fields that OpenTelemetry does not know would be kept, and would differ.
	if want := (&tracepb.TracesData{ResourceSpans: witness.spans}); !proto.Equal(&ours, want) {
		t.Errorf("got\n%v\nwant\n%v", &ours, want)
	}
}

// exported runs tagroll's own spans through an exporter to the console and one to a collector, with
// half of the traces sampled, and returns what both got.
func exported(t *testing.T, photos int) (console []byte, sent []*tracepb.Span, resource []*commonpb.KeyValue) {
	t.Helper()
	var mu sync.Mutex
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var data tracepb.TracesData
		if err == nil {
			err = proto.Unmarshal(body, &data)
		}
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		for _, r := range data.ResourceSpans {
			resource = r.Resource.Attributes
			for _, s := range r.ScopeSpans {
				sent = append(sent, s.Spans...)
			}
		}
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_TRACES_EXPORTER", "otlp,console")
	t.Setenv("OTEL_TRACES_SAMPLER", "traceidratio")
	t.Setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
	var lines bytes.Buffer
	tel, err := telemetry.New(t.Context(), telemetry.Config{Version: "1.0", Console: &lines})
	if err != nil {
		t.Fatal(err)
	}
	for range photos {
		ctx, ended := tel.Prepare(t.Context())
		_, stageEnded := tel.Stage(ctx, tagroll.Photo{}, tagroll.StageIntake)
		stageEnded(&tagroll.Error{Code: tagroll.CodeCorruptImage})
		ended(nil)
	}
	if err := tel.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	return lines.Bytes(), sent, resource
}

// The SDK's sampler takes the traces that tagroll has taken, and its exporter to the console writes
// the same lines of the same spans.
func TestSpansAreWhatTheSDKMakes(t *testing.T) {
	const photos = 400 // two spans each; as many as fit into the queue
	console, sent, process := exported(t, photos)
	if len(sent) < photos/2 || len(sent) > photos*3/2 {
		t.Errorf("%d of %d spans were sent, which is far from half of them", len(sent), 2*photos)
	}
	half := sdktrace.TraceIDRatioBased(0.5)
	traces := otlp.Traces{Scope: "github.com/tagroll/tagroll/telemetry", Version: "1.0"}
	for _, a := range process {
		traces.Resource = append(traces.Resource, otlp.Attribute{Key: a.Key, Value: a.Value.GetStringValue()})
	}
	for _, s := range sent {
		if half.ShouldSample(sdktrace.SamplingParameters{TraceID: trace.TraceID(s.TraceId)}).Decision != sdktrace.RecordAndSample {
			t.Errorf("trace %x is not one of those that are taken", s.TraceId)
		}
		span := &otlp.Span{
			TraceID: otlp.TraceID(s.TraceId), ID: otlp.SpanID(s.SpanId), Name: s.Name, Kind: otlp.Kind(s.Kind), Error: s.Status.Message,
			Start: time.Unix(0, int64(s.StartTimeUnixNano)), End: time.Unix(0, int64(s.EndTimeUnixNano)),
		}
		copy(span.Parent[:], s.ParentSpanId)
		for _, a := range s.Attributes {
			span.Attributes = append(span.Attributes, otlp.Attribute{Key: a.Key, Value: a.Value.GetStringValue()})
		}
		traces.Spans = append(traces.Spans, span)
	}
	var want bytes.Buffer
	exporter, err := stdouttrace.New(stdouttrace.WithWriter(&want))
	if err != nil {
		t.Fatal(err)
	}
	if err := exporter.ExportSpans(t.Context(), snapshots(traces)); err != nil {
		t.Fatal(err)
	}
	compare(t, "console", string(console), want.String())
}
