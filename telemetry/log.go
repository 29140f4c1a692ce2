package telemetry

import (
	"context"
	"io"
	"log/slog"
)

// LogConfig says how log records are written. The zero value writes text from level Info on.
type LogConfig struct {
	// Level is the least that is written. Default: slog.LevelInfo.
	Level slog.Leveler
	// JSON writes an object a line instead of text.
	JSON bool
}

// NewLogHandler returns a handler that writes to w. It adds what the context of a record knows:
// trace_id and span_id within a recorded span, batch and photo within [Telemetry.Work]. Attributes
// of the record itself take precedence.
func NewLogHandler(w io.Writer, c LogConfig) slog.Handler {
	o := &slog.HandlerOptions{Level: c.Level}
	if c.JSON {
		return logHandler{slog.NewJSONHandler(w, o)}
	}
	return logHandler{slog.NewTextHandler(w, o)}
}

// subject is the batch and photo that a context belongs to.
type subject struct{ batch, photo string }

type subjectKey struct{}

type logHandler struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	var attrs []slog.Attr
	if s, ok := ctx.Value(subjectKey{}).(subject); ok {
		attrs = append(attrs, slog.String("batch", s.batch), slog.String("photo", s.photo))
	}
	if s := spanOf(ctx); s != nil && s.data != nil {
		attrs = append(attrs, slog.String("trace_id", s.data.TraceID.String()), slog.String("span_id", s.data.ID.String()))
	}
	if attrs == nil {
		return h.Handler.Handle(ctx, r)
	}
	own := make(map[string]bool)
	r.Attrs(func(a slog.Attr) bool { own[a.Key] = true; return true })
	r = r.Clone()
	for _, a := range attrs {
		if !own[a.Key] {
			r.AddAttrs(a)
		}
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler]. What is added goes into the group as well.
func (h logHandler) WithGroup(name string) slog.Handler { return logHandler{h.Handler.WithGroup(name)} }
