package telemetry

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/otlp"
)

// start begins a span, if spans are recorded.
func (t *Telemetry) start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	if t.provider == nil {
		return ctx, noop.Span{}
	}
	return t.tracer.Start(ctx, name, options...)
}

// newProvider returns what records spans, as the OTEL_* variables say, or nil if they ask for no
// tracing. abort ends exports under way.
//
// The specification's default is to send spans to localhost. A program that few people trace would
// then knock on a closed door all day; so tracing needs an exporter or an endpoint that is named.
func newProvider(ctx context.Context, c Config, m *metrics) (_ *sdktrace.TracerProvider, abort func(), err error) {
	exporters, err := newExporters(ctx, c)
	if err != nil || len(exporters) == 0 {
		return nil, nil, err
	}
	if err := checkSampler(); err != nil {
		return nil, nil, err
	}
	r, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "tagroll"), attribute.String("service.version", c.Version),
			// The ID tells workers apart without naming a host.
			attribute.String("service.instance.id", rand.Text())),
		resource.WithTelemetrySDK(),
		resource.WithFromEnv(), // last, so that the environment wins
	)
	if err != nil {
		return nil, nil, configurationError("OTEL_RESOURCE_ATTRIBUTES: write pairs such as deployment.environment=test,region=eu", err)
	}
	options := []sdktrace.TracerProviderOption{sdktrace.WithResource(r)}
	for _, e := range exporters {
		// The processor and the provider read OTEL_BSP_*, OTEL_SPAN_* and
		// OTEL_TRACES_SAMPLER themselves.
		options = append(options, sdktrace.WithBatcher(&quietExporter{SpanExporter: e, metrics: m, log: c.Log}))
	}
	abort = func() {
		for _, e := range exporters {
			// An exporter that was shut down in time must not be shut down twice.
			_ = e.Shutdown(ctx)
		}
	}
	return sdktrace.NewTracerProvider(options...), abort, nil
}

// newExporters returns the exporters that the environment names; none means no tracing.
func newExporters(ctx context.Context, c Config) ([]sdktrace.SpanExporter, error) {
	if c.exporter != nil {
		return []sdktrace.SpanExporter{c.exporter}, nil
	}
	if strings.EqualFold(variable("OTEL_SDK_DISABLED"), "true") {
		return nil, nil
	}
	names := variable("OTEL_TRACES_EXPORTER")
	if names == "" {
		if variable("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
			return nil, nil
		}
		names = "otlp"
	}
	var exporters []sdktrace.SpanExporter
	for name := range strings.SplitSeq(names, ",") {
		var e sdktrace.SpanExporter
		var err error
		switch strings.TrimSpace(name) {
		case "none":
			continue
		case "otlp":
			e, err = newOTLPExporter()
		case "console":
			e, err = stdouttrace.New(stdouttrace.WithWriter(c.Console))
		default:
			err = configurationError(fmt.Sprintf("OTEL_TRACES_EXPORTER is %q: choose otlp, console or none", name), nil)
		}
		if err != nil {
			return nil, err
		}
		exporters = append(exporters, e)
	}
	return exporters, nil
}

// checkSampler refuses values for which the SDK would print a complaint and then sample everything.
func checkSampler() error {
	name := strings.ToLower(variable("OTEL_TRACES_SAMPLER"))
	switch name {
	case "", "always_on", "always_off", "parentbased_always_on", "parentbased_always_off":
		return nil
	case "traceidratio", "parentbased_traceidratio":
		argument := variable("OTEL_TRACES_SAMPLER_ARG")
		if argument == "" {
			return nil
		}
		if ratio, err := strconv.ParseFloat(argument, 64); err != nil || !(ratio >= 0 && ratio <= 1) {
			return configurationError(fmt.Sprintf("OTEL_TRACES_SAMPLER_ARG is %q: give a part of the traces between 0 and 1, such as 0.1", argument), err)
		}
		return nil
	}
	return configurationError(fmt.Sprintf("OTEL_TRACES_SAMPLER is %q: choose one of always_on, always_off, traceidratio, "+
		"parentbased_always_on, parentbased_always_off, parentbased_traceidratio", name), nil)
}

// variable is a variable of the environment without space around it. Tracing is configured by the
// environment alone, and the SDK reads its own part of it there too.
func variable(name string) string { return strings.TrimSpace(os.Getenv(name)) }

func configurationError(message string, cause error) error {
	return &tagroll.Error{Code: tagroll.CodeConfiguration, Message: message, Err: cause}
}

// quietExporter keeps failures away from OpenTelemetry's global error handler, which writes to the
// standard logger: it counts them, and logs the first of a row.
type quietExporter struct {
	sdktrace.SpanExporter
	metrics *metrics
	log     *slog.Logger
	failing atomic.Bool
}

// ExportSpans implements [sdktrace.SpanExporter].
func (e *quietExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	rejected := 0
	if partial, ok := errors.AsType[*otlp.PartialError](err); ok {
		rejected = min(int(partial.Rejected), len(spans))
	} else if err != nil {
		rejected = len(spans)
	}
	e.metrics.spans.With(spansFailed).Add(float64(rejected))
	e.metrics.spans.With(spansExported).Add(float64(len(spans) - rejected))
	switch {
	case err == nil && e.failing.CompareAndSwap(true, false):
		e.log.Info("traces are taken again")
	case err != nil && e.failing.CompareAndSwap(false, true):
		e.log.Warn("traces are lost: check the collector and the OTEL_EXPORTER_OTLP_* variables", "error", err)
	}
	return nil
}
