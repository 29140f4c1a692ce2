package otlp

import (
	"errors"
	"testing"
)

func TestCheckAnswer(t *testing.T) {
	for answer, want := range map[string]int64{
		"":                           0,
		"\x0a\x05\x08\x03\x12\x01x":  3,
		"\x0a\x03\x12\x01x":          0, // a remark, and nothing was rejected
		"\x12\x02ab\x0a\x02\x08\x02": 2, // a field of a later version comes first
		"\x0a\xff\xff":               0,
		"<html>it works</html>":      0,
		"\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01": 0, // -1
	} {
		err := CheckAnswer([]byte(answer))
		partial, ok := errors.AsType[*PartialError](err)
		if (err != nil) != (want > 0) || ok && partial.Rejected != want {
			t.Errorf("%q: got %v, want %d rejected spans", answer, err, want)
		}
	}
}

func FuzzCheckAnswer(f *testing.F) {
	f.Add([]byte("\x0a\x05\x08\x03\x12\x01x"))
	f.Add([]byte("\x0a\xff\xff"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if err := CheckAnswer(answer); err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
	})
}
