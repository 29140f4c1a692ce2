package telemetry

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/tagroll/tagroll/internal/otlp"
)

// tracer makes spans, and hands those that have ended to its senders.
type tracer struct {
	sampler sampler
	limits  limits
	senders []*sender
}

// limits bound what a span holds. Negative numbers mean no bound.
type limits struct {
	attributes int // of a span
	length     int // of a text, in characters
}

// span is a piece of work under way. It belongs to what does that work: no two goroutines may use
// it at once. The methods of nil, and of a span whose trace is not sampled, do nothing.
type span struct {
	tracer *tracer // nil: nothing is recorded
	data   *otlp.Span
}

type spanKey struct{}

// spanOf returns the span that a context belongs to, or nil.
func spanOf(ctx context.Context) *span {
	s, _ := ctx.Value(spanKey{}).(*span)
	return s
}

// start begins a span below the one of ctx. The first span of a trace decides whether all are
// recorded.
func (t *tracer) start(ctx context.Context, name string, kind otlp.Kind, attributes []otlp.Attribute) (context.Context, *span) {
	s := &span{tracer: t, data: &otlp.Span{Name: name, Kind: kind, Start: time.Now()}}
	switch parent := spanOf(ctx); {
	case parent == nil:
		binary.BigEndian.PutUint64(s.data.TraceID[:8], rand.Uint64())
		// An ID of zeros would be none.
		binary.BigEndian.PutUint64(s.data.TraceID[8:], rand.Uint64()|1)
		if !t.sampler.takes(s.data.TraceID) {
			s = &span{}
			return context.WithValue(ctx, spanKey{}, s), s
		}
	case parent.data == nil:
		return ctx, parent
	default:
		s.data.TraceID, s.data.Parent = parent.data.TraceID, parent.data.ID
	}
	binary.BigEndian.PutUint64(s.data.ID[:], rand.Uint64()|1)
	s.set(attributes...)
	return context.WithValue(ctx, spanKey{}, s), s
}

// recording reports whether the span will be sent.
func (s *span) recording() bool { return s != nil && s.tracer != nil }

// set adds attributes, each with a key of its own.
func (s *span) set(attributes ...otlp.Attribute) {
	if !s.recording() {
		return
	}
	for _, a := range attributes {
		if n := s.tracer.limits.attributes; n >= 0 && len(s.data.Attributes) >= n {
			s.data.Dropped++
			continue
		}
		if text, ok := a.Value.(string); ok {
			a.Value = shortened(text, s.tracer.limits.length)
		}
		s.data.Attributes = append(s.data.Attributes, a)
	}
}

// shortened returns the first characters of a valid text.
func shortened(text string, length int) string {
	text = strings.ToValidUTF8(text, "")
	if length < 0 || len(text) <= length {
		return text
	}
	n := 0
	for i := range text {
		if n == length {
			return text[:i]
		}
		n++
	}
	return text
}

// end ends the span, which failed if failure is not empty.
func (s *span) end(failure string) {
	if !s.recording() {
		return
	}
	t := s.tracer
	s.tracer = nil // whatever comes later is not recorded
	s.data.Error = failure
	// Clocks may be set while the work is done; the time that it took is measured.
	s.data.End = s.data.Start.Add(time.Since(s.data.Start))
	for _, sender := range t.senders {
		sender.add(s.data)
	}
}

// close sends what is left, until ctx ends. It is called once.
func (t *tracer) close(ctx context.Context) error {
	var errs []error
	for _, s := range t.senders {
		errs = append(errs, s.close(ctx))
	}
	return errors.Join(errs...)
}

// sampler takes a part of the traces: those whose ID, of which the last eight bytes are random, is
// below a bound. OpenTelemetry's samplers by ratio all work like this, so that processes with the
// same ratio take the same traces.
type sampler struct{ bound uint64 }

// newSampler returns a sampler for a ratio between 0 and 1.
func newSampler(ratio float64) sampler { return sampler{uint64(ratio * (1 << 63))} }

func (s sampler) takes(id otlp.TraceID) bool {
	return binary.BigEndian.Uint64(id[8:])>>1 < s.bound
}
