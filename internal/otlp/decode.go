package otlp

import (
	"fmt"
	"iter"

	"google.golang.org/protobuf/encoding/protowire"
)

// PartialError says that a collector took some of the spans only.
type PartialError struct {
	Rejected int64 // spans
	Message  string
}

func (e *PartialError) Error() string {
	return fmt.Sprintf("the collector rejected %d spans: %s", e.Rejected, e.Message)
}

// CheckAnswer reads the answer to an accepted request, an ExportTraceServiceResponse, whose field
// partial_success is {rejected_spans = 1, error_message = 2}. It fails with a *PartialError. What
// cannot be read counts as success, because the status was one.
func CheckAnswer(answer []byte) error {
	var e PartialError
	for field, value := range Fields(answer) {
		if field != 1 {
			continue
		}
		for field, value := range Fields(value) {
			switch field {
			case 1:
				n, _ := protowire.ConsumeVarint(value)
				e.Rejected = int64(n)
			case 2:
				e.Message = string(value)
			}
		}
	}
	if e.Rejected <= 0 {
		return nil
	}
	return &e
}

// Fields yields the fields of a message: the content of those with a length, the encoding of all
// others.
func Fields(message []byte) iter.Seq2[protowire.Number, []byte] {
	return func(yield func(protowire.Number, []byte) bool) {
		for len(message) > 0 {
			field, kind, n := protowire.ConsumeTag(message)
			if n < 0 {
				return
			}
			message = message[n:]
			size := protowire.ConsumeFieldValue(field, kind, message)
			if size < 0 {
				return
			}
			value := message[:size]
			if kind == protowire.BytesType {
				value, _ = protowire.ConsumeBytes(value)
			}
			if !yield(field, value) {
				return
			}
			message = message[size:]
		}
	}
}
