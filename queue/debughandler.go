package queue

import (
	"context"
	"log/slog"
)

// debugHandler lowers Info records to Debug, so that the many runs of a batch whose photos arrive
// one by one do not fill the log.
type debugHandler struct{ slog.Handler }

func (q debugHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return q.Handler.Enabled(ctx, debugLevel(level))
}

func (q debugHandler) Handle(ctx context.Context, r slog.Record) error {
	r.Level = debugLevel(r.Level)
	return q.Handler.Handle(ctx, r)
}

func (q debugHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return debugHandler{q.Handler.WithAttrs(attrs)}
}
func (q debugHandler) WithGroup(name string) slog.Handler {
	return debugHandler{q.Handler.WithGroup(name)}
}

func debugLevel(level slog.Level) slog.Level {
	if level == slog.LevelInfo {
		return slog.LevelDebug
	}
	return level
}
