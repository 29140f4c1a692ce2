package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/tagroll/tagroll/internal/otlp"
)

// exporter puts spans somewhere.
type exporter interface {
	export(ctx context.Context, traces otlp.Traces) error
	// shutdown ends exports under way. It may be called more than once.
	shutdown()
}

// sender gathers spans for an exporter, in a goroutine of its own. Work never waits for it: spans
// that find the queue full are lost.
type sender struct {
	exporter exporter
	source   otlp.Traces // without spans
	settings sending
	metrics  *metrics
	log      *slog.Logger
	failing  bool // the last export was lost

	queue  chan *otlp.Span
	closed atomic.Bool
	stop   chan struct{}
	ended  chan struct{}
}

// sending says when spans are sent, see OTEL_BSP_* in OpenTelemetry's specification.
type sending struct {
	delay, timeout time.Duration // between two exports, and of one
	queue, most    int           // spans that may wait, and that are sent at once
}

// run makes the sender work; close ends that.
func (s *sender) run() {
	s.queue = make(chan *otlp.Span, s.settings.queue)
	s.stop, s.ended = make(chan struct{}), make(chan struct{})
	go s.work()
}

// add hands over a span that has ended.
func (s *sender) add(span *otlp.Span) {
	if s.closed.Load() {
		return
	}
	select {
	case s.queue <- span:
	default:
		s.metrics.spans.With(spansFailed).Inc()
	}
}

func (s *sender) work() {
	defer close(s.ended)
	timer := time.NewTimer(s.settings.delay)
	defer timer.Stop()
	var spans []*otlp.Span
	for {
		select {
		case span := <-s.queue:
			if spans = append(spans, span); len(spans) < s.settings.most {
				continue
			}
		case <-timer.C:
		case <-s.stop:
			s.drain(spans)
			return
		}
		s.send(spans)
		spans = nil
		timer.Reset(s.settings.delay)
	}
}

// drain sends what waits, together with spans that were already taken.
func (s *sender) drain(spans []*otlp.Span) {
	for {
		select {
		case span := <-s.queue:
			if spans = append(spans, span); len(spans) == s.settings.most {
				s.send(spans)
				spans = nil
			}
		default:
			s.send(spans)
			return
		}
	}
}

// send exports spans, counts them, and logs the first failure of a row.
func (s *sender) send(spans []*otlp.Span) {
	if len(spans) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.settings.timeout)
	defer cancel()
	traces := s.source
	traces.Spans = spans
	err := s.exporter.export(ctx, traces)
	rejected := 0
	if partial, ok := errors.AsType[*otlp.PartialError](err); ok {
		rejected = min(int(partial.Rejected), len(spans))
	} else if err != nil {
		rejected = len(spans)
	}
	s.metrics.spans.With(spansFailed).Add(float64(rejected))
	s.metrics.spans.With(spansExported).Add(float64(len(spans) - rejected))
	switch {
	case err == nil && s.failing:
		s.log.Info("traces are taken again")
	case err != nil && !s.failing:
		s.log.Warn("traces are lost: check the collector and the OTEL_EXPORTER_OTLP_* variables", "error", err)
	}
	s.failing = err != nil
}

// close sends what is left. If ctx ends first, an export under way ends too, and what it held is
// lost.
func (s *sender) close(ctx context.Context) error {
	s.closed.Store(true)
	close(s.stop)
	defer s.exporter.shutdown()
	select {
	case <-s.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
