package telemetry

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"math"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/otlp"
)

// maxNumber bounds numbers of the environment: milliseconds, of which there are that many in eleven
// days, and spans that may wait.
const maxNumber = 1_000_000_000

// start begins a span, if spans are recorded.
func (t *Telemetry) start(ctx context.Context, name string, kind otlp.Kind, attributes ...otlp.Attribute) (context.Context, *span) {
	if t.tracer == nil {
		return ctx, nil
	}
	return t.tracer.start(ctx, name, kind, attributes)
}

// newTracer returns what records spans, as the OTEL_* variables say, or nil if they ask for no
// tracing.
//
// The specification's default is to send spans to localhost. A program that few people trace would
// then knock on a closed door all day; so tracing needs an exporter or an endpoint that is named.
func newTracer(c Config, m *metrics) (*tracer, error) {
	exporters, err := newExporters(c)
	if err != nil || len(exporters) == 0 {
		return nil, err
	}
	t := &tracer{}
	if t.sampler, err = readSampler(); err != nil {
		return nil, err
	}
	if t.limits, err = readLimits(); err != nil {
		return nil, err
	}
	settings, err := readSending()
	if err != nil {
		return nil, err
	}
	source := otlp.Traces{Scope: scope, Version: c.Version}
	if source.Resource, err = resource(c.Version); err != nil {
		return nil, err
	}
	for _, e := range exporters {
		s := &sender{exporter: e, source: source, settings: settings, metrics: m, log: c.Log}
		s.run()
		t.senders = append(t.senders, s)
	}
	return t, nil
}

// resource describes this process, sorted by key. The environment wins.
func resource(version string) ([]otlp.Attribute, error) {
	all := map[string]string{
		"service.name": "tagroll", "service.version": version,
		// The ID tells workers apart without naming a host.
		"service.instance.id":    rand.Text(),
		"telemetry.sdk.language": "go", "telemetry.sdk.name": scope, "telemetry.sdk.version": version,
	}
	if text := variable("OTEL_RESOURCE_ATTRIBUTES"); text != "" {
		for pair := range strings.SplitSeq(text, ",") {
			key, value, ok := strings.Cut(pair, "=")
			if !ok {
				return nil, configurationError("OTEL_RESOURCE_ATTRIBUTES: write pairs such as deployment.environment=test,region=eu", nil)
			}
			value = strings.TrimSpace(value)
			if plain, err := url.PathUnescape(value); err == nil {
				value = plain
			}
			all[strings.TrimSpace(key)] = value
		}
	}
	if name := variable("OTEL_SERVICE_NAME"); name != "" {
		all["service.name"] = name
	}
	delete(all, "")
	var attributes []otlp.Attribute
	for _, key := range slices.Sorted(maps.Keys(all)) {
		attributes = append(attributes, otlp.Attribute{Key: key, Value: all[key]})
	}
	return attributes, nil
}

// newExporters returns the exporters that the environment names; none means no tracing.
func newExporters(c Config) ([]exporter, error) {
	if c.exporter != nil {
		return []exporter{c.exporter}, nil
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
	var exporters []exporter
	for name := range strings.SplitSeq(names, ",") {
		var e exporter
		var err error
		switch strings.TrimSpace(name) {
		case "none":
			continue
		case "otlp":
			e, err = newOTLPExporter()
		case "console":
			e = &consoleExporter{w: c.Console}
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

// readSampler reads which part of the traces is recorded. Since no trace comes from another
// process, a sampler that follows the parent is the same as one that does not.
func readSampler() (sampler, error) {
	name := strings.ToLower(variable("OTEL_TRACES_SAMPLER"))
	switch strings.TrimPrefix(name, "parentbased_") {
	case "", "always_on":
		if name != "parentbased_" {
			return newSampler(1), nil
		}
	case "always_off":
		return newSampler(0), nil
	case "traceidratio":
		argument := variable("OTEL_TRACES_SAMPLER_ARG")
		if argument == "" {
			return newSampler(1), nil
		}
		ratio, err := strconv.ParseFloat(argument, 64)
		if err != nil || !(ratio >= 0 && ratio <= 1) {
			return sampler{}, configurationError(fmt.Sprintf("OTEL_TRACES_SAMPLER_ARG is %q: give a part of the traces between 0 and 1, such as 0.1", argument), err)
		}
		return newSampler(ratio), nil
	}
	return sampler{}, configurationError(fmt.Sprintf("OTEL_TRACES_SAMPLER is %q: choose one of always_on, always_off, traceidratio, "+
		"parentbased_always_on, parentbased_always_off, parentbased_traceidratio", name), nil)
}

// readLimits reads the bounds of spans that apply to ours, which have no events and no links. A
// negative number lifts a bound.
func readLimits() (limits, error) {
	attributes, err := number(128, math.MinInt, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT")
	if err != nil {
		return limits{}, err
	}
	length, err := number(-1, math.MinInt, "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT")
	return limits{attributes, length}, err
}

// readSending reads when spans are sent.
func readSending() (sending, error) {
	var values [4]int
	for i, v := range []struct {
		name          string
		preset, least int
	}{
		{"OTEL_BSP_SCHEDULE_DELAY", 5000, 1}, {"OTEL_BSP_EXPORT_TIMEOUT", 30_000, 1},
		{"OTEL_BSP_MAX_QUEUE_SIZE", 2048, 1}, {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512, 1},
	} {
		var err error
		if values[i], err = number(v.preset, v.least, v.name); err != nil {
			return sending{}, err
		}
	}
	return sending{
		delay: time.Duration(values[0]) * time.Millisecond, timeout: time.Duration(values[1]) * time.Millisecond,
		queue: values[2], most: min(values[2], values[3]),
	}, nil
}

// number reads a whole number from the first of some variables that is set.
func number(preset, least int, names ...string) (int, error) {
	for _, name := range names {
		text := variable(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > maxNumber {
			return 0, configurationError(fmt.Sprintf("%s is %q: give a whole number, such as %d", name, text, max(preset, 128)), err)
		}
		return n, nil
	}
	return preset, nil
}

// variable is a variable of the environment without space around it. Tracing is configured by the
// environment alone.
func variable(name string) string { return strings.TrimSpace(os.Getenv(name)) }

//go:noinline
func configurationError(message string, cause error) error {
	return &tagroll.Error{Code: tagroll.CodeConfiguration, Message: message, Err: cause}
}
