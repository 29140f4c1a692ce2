package otlp

import (
	"encoding/hex"
	"time"
)

// Traces are spans of one process, as they are sent.
type Traces struct {
	Resource       []Attribute // what made the spans
	Scope, Version string      // the package that did, and its version
	Spans          []*Span
}

// Span is one timed piece of work. All spans that are sent are sampled, and their parents are in
// the same process; they have no events and no links.
type Span struct {
	TraceID    TraceID
	ID         SpanID
	Parent     SpanID // zero: the first of its trace
	Name       string
	Kind       Kind
	Start, End time.Time
	Attributes []Attribute
	Dropped    int    // attributes that were too many
	Error      string // why the work failed; empty if it did not
}

// Attribute is a property of a span or of a resource. Value is a string, bool, int or float64.
type Attribute struct {
	Key   string
	Value any
}

// Kind is on which side of a call a span is, with the numbers of enum SpanKind.
type Kind uint64

// The kinds that are used.
const (
	Internal Kind = 1
	Client   Kind = 3
)

// TraceID names a trace everywhere.
type TraceID [16]byte

func (id TraceID) String() string { return hex.EncodeToString(id[:]) }

// SpanID names a span within its trace.
type SpanID [8]byte

func (id SpanID) String() string { return hex.EncodeToString(id[:]) }
