package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/tagroll/tagroll/internal/prom"
)

// scope names this package as the source of spans.
const scope = "github.com/tagroll/tagroll/telemetry"

// maxFlush bounds Close: an operator who stops a server does not wait for a collector that is gone.
const maxFlush = 5 * time.Second

// Config says what is observed. The zero value is ready for use.
type Config struct {
	// Version is tagroll's. Default: "devel".
	Version string
	// Console is where OTEL_TRACES_EXPORTER=console writes. Default: standard error.
	Console io.Writer
	// Log receives what goes wrong with traces. Default: none.
	Log *slog.Logger

	// exporter takes the place of those that the environment names, for tests.
	exporter exporter
}

// Telemetry is one process's metrics and traces. Its methods are safe for concurrent use.
type Telemetry struct {
	metrics  *metrics
	registry prom.Registry
	engine   engineCollector
	server   serverCollector

	tracer *tracer // nil if tracing is off
	closed atomic.Bool
}

// New reads the OTEL_* variables and returns telemetry that watches nothing yet. It fails with
// tagroll.CodeConfiguration and names the variable that makes no sense. Whether a collector can be
// reached shows later: it stops nothing. The caller ends with Close.
func New(ctx context.Context, c Config) (*Telemetry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.Version == "" {
		c.Version = "devel"
	}
	if c.Console == nil {
		c.Console = os.Stderr
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	t := &Telemetry{}
	t.metrics = newMetrics(&t.registry, c.Version)
	t.registry.Collect(t.engine.collect)
	t.registry.Collect(t.server.collect)
	var err error
	if t.tracer, err = newTracer(c, t.metrics); err != nil {
		return nil, err
	}
	return t, nil
}

// Handler serves the metrics, in the format that the client asks for: that of Prometheus, or
// OpenMetrics.
func (t *Telemetry) Handler() http.Handler { return &t.registry }

// Close sends the remaining spans and stops tracing, within five seconds or until ctx ends. Close
// reports spans that could not be sent. Metrics continue. Close may be called more than once.
func (t *Telemetry) Close(ctx context.Context) error {
	if t.tracer == nil || t.closed.Swap(true) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, maxFlush)
	defer cancel()
	if err := t.tracer.close(ctx); err != nil {
		return fmt.Errorf("the last traces were lost, their collector did not take them in time: %w", err)
	}
	return nil
}
