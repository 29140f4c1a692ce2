package compress

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/jpegtest"
)

// A JPEG with all its pixels is a photo, whatever stands in place of its end marker.
func TestJPEGWithoutEnd(t *testing.T) {
	m := jpegtest.New(3, 90, 60, 3, 22, 11, 11)
	for _, progressive := range []bool{false, true} {
		if progressive {
			m.UsualScans()
		}
		data := m.Encode()
		want, err := Compress(t.Context(), data, tagroll.FormatJPEG, Options{})
		if err != nil {
			t.Fatal(err)
		}
		body := data[:len(data)-2]
		for name, trailer := range map[string]string{
			"nothing": "", "half a marker": "\xff", "zeros": strings.Repeat("\x00", 4096),
			"a trailer of Samsung": "\x00\x00\x01\x0a\x0e\x00\x00\x00Image_UTC_Data1SEFHk\x00\x00\x00SEFT",
			"a video":              "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\xff\xe1\xff\xff\x00",
			"a second picture":     string(data),
		} {
			got, err := Compress(t.Context(), slices.Concat(body, []byte(trailer)), tagroll.FormatJPEG, Options{})
			if err != nil || !bytes.Equal(got.JPEG, want.JPEG) {
				t.Errorf("progressive %v, %s: %v, or another picture", progressive, name, err)
			}
		}
	}
}

// A progressive JPEG without its last scans would only look blurred. It is refused and said.
func TestJPEGWithoutScans(t *testing.T) {
	m := jpegtest.New(3, 90, 60, 3, 22, 11, 11)
	m.UsualScans()
	m.Scans = m.Scans[:len(m.Scans)/2]
	_, err := Compress(t.Context(), m.Encode(), tagroll.FormatJPEG, Options{})
	if e := tagroll.AsError(err); err == nil || e.Code != tagroll.CodeCorruptImage || !strings.Contains(e.Message, "lacks some of its scans") {
		t.Errorf("got %v", err)
	}
}
