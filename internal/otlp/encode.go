// Package otlp encodes spans as OpenTelemetry's protocol wants them: the message
// ExportTraceServiceRequest in protobuf, which is what a collector takes at /v1/traces.
//
// Of protobuf only the wire format is used. The official exporter has every message as a generated
// type and brings protobuf's runtime with it; in internal/wirewitness it is the outside witness,
// which must make the same message of the same spans. The numbers of fields here are those of
// opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto.
package otlp

import (
	"math"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/encoding/protowire"
)

// Encode returns a request with the spans, grouped by what made them. It is empty without spans.
func Encode(spans []sdktrace.ReadOnlySpan) []byte {
	var request message
	for _, spans := range groups(spans, func(s sdktrace.ReadOnlySpan) attribute.Distinct { return s.Resource().Equivalent() }) {
		r := spans[0].Resource()
		var group message
		group.message(1, encodeResource(r))
		for _, spans := range groups(spans, sdktrace.ReadOnlySpan.InstrumentationScope) {
			group.message(2, encodeScopeSpans(spans))
		}
		group.text(3, r.SchemaURL())
		request.message(1, group)
	}
	return request
}

// groups puts spans of one key together, in the order in which the keys appear.
func groups[K comparable](spans []sdktrace.ReadOnlySpan, key func(sdktrace.ReadOnlySpan) K) [][]sdktrace.ReadOnlySpan {
	var all [][]sdktrace.ReadOnlySpan
	index := make(map[K]int)
	for _, s := range spans {
		i, ok := index[key(s)]
		if !ok {
			i = len(all)
			index[key(s)] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], s)
	}
	return all
}

// encodeScopeSpans encodes spans of one scope.
func encodeScopeSpans(spans []sdktrace.ReadOnlySpan) (m message) {
	scope := spans[0].InstrumentationScope()
	m.message(1, encodeScope(scope))
	for _, s := range spans {
		m.message(2, encodeSpan(s))
	}
	m.text(3, scope.SchemaURL)
	return m
}

// message is an encoded message. Its methods append a field; as in proto3, a field with its zero
// value is left out.
type message []byte

func (m *message) tag(field protowire.Number, kind protowire.Type) {
	*m = protowire.AppendTag(*m, field, kind)
}

func (m *message) bytes(field protowire.Number, value []byte) {
	if len(value) > 0 {
		m.message(field, value)
	}
}

// text appends a string, which must be valid UTF-8, or the collector would refuse the request.
func (m *message) text(field protowire.Number, value string) {
	m.bytes(field, []byte(strings.ToValidUTF8(value, "\uFFFD")))
}

// message appends a message, or any field that is written even if it is empty.
func (m *message) message(field protowire.Number, value message) {
	m.tag(field, protowire.BytesType)
	*m = protowire.AppendBytes(*m, value)
}

func (m *message) varint(field protowire.Number, value uint64) {
	if value != 0 {
		m.tag(field, protowire.VarintType)
		*m = protowire.AppendVarint(*m, value)
	}
}

func (m *message) count(field protowire.Number, n int) {
	m.varint(field, uint64(min(max(n, 0), math.MaxUint32)))
}

func (m *message) fixed32(field protowire.Number, value uint32) {
	m.tag(field, protowire.Fixed32Type)
	*m = protowire.AppendFixed32(*m, value)
}

func (m *message) fixed64(field protowire.Number, value uint64) {
	m.tag(field, protowire.Fixed64Type)
	*m = protowire.AppendFixed64(*m, value)
}

func (m *message) time(field protowire.Number, t time.Time) {
	m.fixed64(field, uint64(max(0, t.UnixNano())))
}

func (m *message) attributes(field protowire.Number, all []attribute.KeyValue) {
	for _, a := range all {
		m.message(field, encodeAttribute(a))
	}
}

func encodeResource(r *resource.Resource) (m message) {
	m.attributes(1, r.Attributes())
	return m
}

func encodeScope(s instrumentation.Scope) (m message) {
	m.text(1, s.Name)
	m.text(2, s.Version)
	m.attributes(3, s.Attributes.ToSlice())
	return m
}

func encodeSpan(s sdktrace.ReadOnlySpan) (m message) {
	c := s.SpanContext()
	traceID, spanID := c.TraceID(), c.SpanID()
	m.bytes(1, traceID[:])
	m.bytes(2, spanID[:])
	m.text(3, c.TraceState().String())
	if parent := s.Parent().SpanID(); parent.IsValid() {
		m.bytes(4, parent[:])
	}
	m.text(5, s.Name())
	m.varint(6, kinds[s.SpanKind()])
	m.time(7, s.StartTime())
	m.time(8, s.EndTime())
	m.attributes(9, s.Attributes())
	m.count(10, s.DroppedAttributes())
	for _, e := range s.Events() {
		m.message(11, encodeEvent(e))
	}
	m.count(12, s.DroppedEvents())
	for _, l := range s.Links() {
		m.message(13, encodeLink(l))
	}
	m.count(14, s.DroppedLinks())
	m.message(15, encodeStatus(s.Status()))
	m.fixed32(16, flags(c.TraceFlags(), s.Parent()))
	return m
}

// kinds maps to the numbers of enum SpanKind; what is not in it is 0, unspecified.
var kinds = map[trace.SpanKind]uint64{
	trace.SpanKindInternal: 1, trace.SpanKindServer: 2, trace.SpanKindClient: 3, trace.SpanKindProducer: 4, trace.SpanKindConsumer: 5,
}

func encodeEvent(e sdktrace.Event) (m message) {
	m.time(1, e.Time)
	m.text(2, e.Name)
	m.attributes(3, e.Attributes)
	m.count(4, e.DroppedAttributeCount)
	return m
}

func encodeLink(l sdktrace.Link) (m message) {
	traceID, spanID := l.SpanContext.TraceID(), l.SpanContext.SpanID()
	m.bytes(1, traceID[:])
	m.bytes(2, spanID[:])
	m.attributes(4, l.Attributes)
	m.count(5, l.DroppedAttributeCount)
	m.fixed32(6, flags(l.SpanContext.TraceFlags(), l.SpanContext))
	return m
}

func encodeStatus(s sdktrace.Status) (m message) {
	m.text(2, s.Description)
	switch s.Code {
	case codes.Ok:
		m.varint(3, 1)
	case codes.Error:
		m.varint(3, 2)
	}
	return m
}

// flags has the trace's flags in its low byte. Bit 9 says that the parent is in another process,
// and bit 8 that bit 9 is known.
func flags(f trace.TraceFlags, parent trace.SpanContext) uint32 {
	const known, remote = 1 << 8, 1 << 9
	all := uint32(f) | known
	if parent.IsRemote() {
		all |= remote
	}
	return all
}

func encodeAttribute(a attribute.KeyValue) (m message) {
	m.text(1, string(a.Key))
	m.message(2, encodeValue(a.Value))
	return m
}

// encodeValue returns an AnyValue, which has one field by the value's type, zero or not.
func encodeValue(v attribute.Value) (m message) {
	switch v.Type() {
	case attribute.STRING:
		m.message(1, message(strings.ToValidUTF8(v.AsString(), "\uFFFD")))
	case attribute.BOOL:
		m.tag(2, protowire.VarintType)
		m = protowire.AppendVarint(m, protowire.EncodeBool(v.AsBool()))
	case attribute.INT64:
		m.tag(3, protowire.VarintType)
		m = protowire.AppendVarint(m, uint64(v.AsInt64()))
	case attribute.FLOAT64:
		m.fixed64(4, math.Float64bits(v.AsFloat64()))
	case attribute.BOOLSLICE:
		m.message(5, array(v.AsBoolSlice(), attribute.BoolValue))
	case attribute.INT64SLICE:
		m.message(5, array(v.AsInt64Slice(), attribute.Int64Value))
	case attribute.FLOAT64SLICE:
		m.message(5, array(v.AsFloat64Slice(), attribute.Float64Value))
	case attribute.STRINGSLICE:
		m.message(5, array(v.AsStringSlice(), attribute.StringValue))
	case attribute.SLICE:
		m.message(5, array(v.AsSlice(), func(v attribute.Value) attribute.Value { return v }))
	case attribute.MAP:
		var list message
		list.attributes(1, v.AsMap())
		m.message(6, list)
	case attribute.BYTESLICE:
		m.message(7, v.AsByteSlice())
	}
	return m
}

// array returns an ArrayValue.
func array[T any](values []T, wrap func(T) attribute.Value) (m message) {
	for _, v := range values {
		m.message(1, encodeValue(wrap(v)))
	}
	return m
}
