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

	"google.golang.org/protobuf/encoding/protowire"
)

// Encode returns a request with the spans.
func Encode(t Traces) []byte {
	var resource, scope, group, request message
	resource.attributes(1, t.Resource)
	scope.text(1, t.Scope)
	scope.text(2, t.Version)

	var spans message
	spans.message(1, scope)
	for _, s := range t.Spans {
		spans.message(2, encodeSpan(s))
	}
	group.message(1, resource)
	group.message(2, spans)
	request.message(1, group)
	return request
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

func (m *message) attributes(field protowire.Number, all []Attribute) {
	for _, a := range all {
		m.message(field, encodeAttribute(a))
	}
}

func encodeSpan(s *Span) (m message) {
	// The span was sampled; its parent is known (bit 8) to be in this process (no bit 9).
	const flags = 1 | 1<<8
	m.bytes(1, s.TraceID[:])
	m.bytes(2, s.ID[:])
	if s.Parent != (SpanID{}) {
		m.bytes(4, s.Parent[:])
	}
	m.text(5, s.Name)
	m.varint(6, uint64(s.Kind))
	m.time(7, s.Start)
	m.time(8, s.End)
	m.attributes(9, s.Attributes)
	m.varint(10, uint64(min(max(s.Dropped, 0), math.MaxUint32)))
	var status message
	if s.Error != "" {
		const statusError = 2
		status.text(2, s.Error)
		status.varint(3, statusError)
	}
	m.message(15, status)
	m.fixed32(16, flags)
	return m
}

func encodeAttribute(a Attribute) (m message) {
	m.text(1, a.Key)
	m.message(2, encodeValue(a.Value))
	return m
}

// encodeValue returns an AnyValue, which has one field by the value's type, zero or not.
func encodeValue(value any) (m message) {
	switch v := value.(type) {
	case string:
		m.message(1, message(strings.ToValidUTF8(v, "\uFFFD")))
	case bool:
		m.tag(2, protowire.VarintType)
		m = protowire.AppendVarint(m, protowire.EncodeBool(v))
	case int:
		m.tag(3, protowire.VarintType)
		m = protowire.AppendVarint(m, uint64(v))
	case float64:
		m.fixed64(4, math.Float64bits(v))
	}
	return m
}
