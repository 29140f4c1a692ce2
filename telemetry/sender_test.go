package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll/internal/otlp"
)

// slow tells how many spans an export has, and lasts until it is let go.
type slow struct {
	sizes chan int
	let   chan struct{}
}

func (s *slow) export(ctx context.Context, t otlp.Traces) error {
	s.sizes <- len(t.Spans)
	select {
	case <-s.let:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *slow) shutdown() {}

// Spans go when there are enough of them, or when they have waited for long enough. Those that find
// no room are lost and counted.
func TestSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tel, err := New(t.Context(), Config{exporter: &keeping{}})
		if err != nil {
			t.Fatal(err)
		}
		e := &slow{make(chan int, 10), make(chan struct{})}
		s := &sender{
			exporter: e, metrics: tel.metrics, log: slog.New(slog.DiscardHandler),
			settings: sending{delay: 5 * time.Second, timeout: time.Minute, queue: 3, most: 2},
		}
		s.run()
		began := time.Now()
		s.add(&otlp.Span{})
		if n := <-e.sizes; n != 1 || time.Since(began) != 5*time.Second {
			t.Errorf("%d spans were sent after %v", n, time.Since(began))
		}
		for range 5 {
			s.add(&otlp.Span{}) // while the first export lasts
		}
		e.let <- struct{}{}
		began = time.Now()
		if n := <-e.sizes; n != 2 || time.Since(began) != 0 {
			t.Errorf("%d spans were sent after %v", n, time.Since(began))
		}
		// The exporter hangs, so that the export is given up after its time.
		if n := <-e.sizes; n != 1 || time.Since(began) != time.Minute+5*time.Second {
			t.Errorf("%d spans were sent after %v", n, time.Since(began))
		}
		for range 3 {
			s.add(&otlp.Span{})
		}
		go func() {
			for range 3 {
				e.let <- struct{}{}
			}
		}()
		if err := s.close(t.Context()); err != nil {
			t.Error(err)
		}
		s.add(&otlp.Span{})
		if rest := []int{<-e.sizes, <-e.sizes}; !slices.Equal(rest, []int{2, 1}) {
			t.Errorf("the last exports have %v spans", rest)
		}
		expect(t, tel, map[string]float64{"tagroll_trace_spans_total{outcome=exported}": 5, "tagroll_trace_spans_total{outcome=failed}": 4})
		closeNow(t, tel)
	})
}

func TestSampler(t *testing.T) {
	id := func(last uint64) otlp.TraceID {
		var id otlp.TraceID
		for i := range 8 {
			id[15-i] = byte(last >> (8 * i))
		}
		return id
	}
	for _, test := range []struct {
		ratio float64
		id    uint64
		want  bool
	}{
		{0, 1, false}, {1, 1<<64 - 1, true}, {0.5, 1<<63 - 1, true}, {0.5, 1 << 63, false}, {0.25, 1<<62 - 1, true}, {0.25, 1 << 62, false},
	} {
		if got := newSampler(test.ratio).takes(id(test.id)); got != test.want {
			t.Errorf("at %v, %#x: %v", test.ratio, test.id, got)
		}
	}
}

// A trace is recorded whole or not at all.
func TestTracesAreSampledWhole(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
	t.Setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
	spans := &keeping{}
	tel, err := New(t.Context(), Config{exporter: spans})
	if err != nil {
		t.Fatal(err)
	}
	sampled := tel.tracer.sampler
	tel.tracer.sampler = newSampler(0)
	exercise(t, tel)
	tel.tracer.sampler = newSampler(1)
	exercise(t, tel)
	closeNow(t, tel)
	if len(spans.spans) != 6 || sampled != newSampler(0.5) {
		t.Errorf("%d spans of two times six, one of which was not to be taken; %v", len(spans.spans), sampled)
	}
}

func TestLimits(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "2")
	t.Setenv("OTEL_ATTRIBUTE_COUNT_LIMIT", "7")
	t.Setenv("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3")
	spans := &keeping{}
	tel, err := New(t.Context(), Config{exporter: spans})
	if err != nil {
		t.Fatal(err)
	}
	_, s := tel.start(t.Context(), "x", otlp.Internal, otlp.Attribute{Key: "a", Value: "äöüß"})
	s.set(otlp.Attribute{Key: "b", Value: 12345}, otlp.Attribute{Key: "c", Value: true})
	s.end("")
	s.set(otlp.Attribute{Key: "d", Value: true}) // too late
	s.end("again")
	closeNow(t, tel)
	if len(spans.spans) != 1 || fmt.Sprint(spans.spans[0].Attributes) != "[{a äöü} {b 12345}]" || spans.spans[0].Dropped != 1 || spans.spans[0].Error != "" {
		t.Errorf("%d spans, %+v", len(spans.spans), spans.spans[0])
	}
}

// The attributes of the process are sorted; what the environment says comes first.
func TestResource(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "region = eu%2Cwest , service.version=7,odd=%zz,=none")
	all, err := resource("1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, a := range all {
		if a.Key != "service.instance.id" {
			fmt.Fprintf(&text, "%s=%v;", a.Key, a.Value)
		}
	}
	const want = "odd=%zz;region=eu,west;service.name=tagroll;service.version=7;telemetry.sdk.language=go;telemetry.sdk.name=" + scope + ";telemetry.sdk.version=1.2.3;"
	if text.String() != want {
		t.Errorf("got  %s\nwant %s", text.String(), want)
	}
}
