package telemetry

import (
	"context"
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/tagroll/tagroll/internal/otlp"
)

// consoleExporter writes spans for a person who looks at them, one JSON object a line, in the form
// of OpenTelemetry's own exporter (stdouttrace). internal/wirewitness compares the two.
type consoleExporter struct {
	mu sync.Mutex
	w  io.Writer
}

// The form has members for what our spans never have.
type (
	consoleSpan struct {
		Name               string
		SpanContext        consoleContext
		Parent             consoleContext
		SpanKind           int
		StartTime, EndTime time.Time
		Attributes         []consoleAttribute
		Events, Links      []struct{}
		Status             struct{ Code, Description string }
		DroppedAttributes  int
		DroppedEvents      int
		DroppedLinks       int
		ChildSpanCount     int
		Resource           []consoleAttribute

		InstrumentationScope, InstrumentationLibrary consoleScope
	}
	consoleContext struct {
		TraceID, SpanID, TraceFlags, TraceState string
		Remote                                  bool
	}
	consoleAttribute struct {
		Key   string
		Value struct {
			Type  string
			Value any
		}
	}
	consoleScope struct {
		Name, Version, SchemaURL string
		Attributes               []consoleAttribute
	}
)

func (e *consoleExporter) export(_ context.Context, t otlp.Traces) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	lines := json.NewEncoder(e.w)
	for _, s := range t.Spans {
		if err := lines.Encode(consoleForm(t, s)); err != nil {
			return err
		}
	}
	return nil
}

func (e *consoleExporter) shutdown() {}

func consoleForm(t otlp.Traces, s *otlp.Span) consoleSpan {
	scope := consoleScope{Name: t.Scope, Version: t.Version}
	c := consoleSpan{
		Name:        s.Name,
		SpanContext: consoleContext{TraceID: s.TraceID.String(), SpanID: s.ID.String(), TraceFlags: "01"},
		Parent:      consoleContext{TraceID: otlp.TraceID{}.String(), SpanID: s.Parent.String(), TraceFlags: "00"},
		SpanKind:    int(s.Kind), StartTime: s.Start, EndTime: s.End,
		Attributes: consoleAttributes(s.Attributes), DroppedAttributes: s.Dropped, Resource: consoleAttributes(t.Resource),
		InstrumentationScope: scope, InstrumentationLibrary: scope,
	}
	if s.Parent != (otlp.SpanID{}) {
		c.Parent.TraceID, c.Parent.TraceFlags = s.TraceID.String(), "01"
	}
	c.Status.Code = "Unset"
	if s.Error != "" {
		c.Status.Code, c.Status.Description = "Error", s.Error
	}
	return c
}

func consoleAttributes(attributes []otlp.Attribute) []consoleAttribute {
	var all []consoleAttribute
	for _, a := range attributes {
		c := consoleAttribute{Key: a.Key}
		switch a.Value.(type) {
		case bool:
			c.Value.Type = "BOOL"
		case int:
			c.Value.Type = "INT64"
		case float64:
			c.Value.Type = "FLOAT64"
		default:
			c.Value.Type = "STRING"
		}
		c.Value.Value = a.Value
		all = append(all, c)
	}
	return all
}
