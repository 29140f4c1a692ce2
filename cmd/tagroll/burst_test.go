package main

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/internal/rawtest"
	"github.com/tagroll/tagroll/wording"
)

// shot is what a camera writes of a frame; empty parts are missing.
type shot struct{ clock, subSecond, zone, camera string }

// file returns a JPEG of a street with its EXIF. The people in front are moved to the right by so
// many pixels.
func (s shot) file(t *testing.T, seed uint64, moved int) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 3))
	picture := image.NewGray(image.Rect(0, 0, 384, 256))
	draw.Draw(picture, picture.Bounds(), image.NewUniform(color.Gray{200}), image.Point{}, draw.Src)
	for i := range 40 {
		x, y, w, h := r.IntN(384), r.IntN(256), 10+r.IntN(70), 10+r.IntN(70)
		if i >= 26 {
			x += moved
		}
		draw.Draw(picture, image.Rect(x-w/2, y-h/2, x+w/2, y+h/2), image.NewUniform(color.Gray{uint8(r.IntN(256))}), image.Point{}, draw.Src)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		t.Fatal(err)
	}
	return rawtest.WithEXIF(b.Bytes(), s.exif())
}

// exif writes a TIFF with two directories: that of the image, and that of the exposure.
func (s shot) exif() []byte {
	type field struct {
		tag  uint16
		text string
	}
	var b []byte
	directory := func(at uint32, pointer uint32, fields ...field) []byte {
		var entries, texts []byte
		count := 0
		behind := at + 2 + 12*uint32(len(fields)+1) + 4
		for _, f := range fields {
			if f.text == "" {
				continue
			}
			// A text that is too short for an offset stands in its place.
			text := append([]byte(f.text), 0, 0, 0, 0)
			entries = binary.LittleEndian.AppendUint16(entries, f.tag)
			entries = binary.LittleEndian.AppendUint16(entries, 2)
			entries = binary.LittleEndian.AppendUint32(entries, uint32(len(f.text)+1))
			if len(f.text) < 4 {
				entries = append(entries, text[:4]...)
			} else {
				entries = binary.LittleEndian.AppendUint32(entries, behind+uint32(len(texts)))
				texts = append(texts, text[:len(f.text)+1]...)
			}
			count++
		}
		if pointer > 0 {
			entries = append(entries, 0x69, 0x87, 4, 0, 1, 0, 0, 0)
			entries = binary.LittleEndian.AppendUint32(entries, pointer)
			count++
		}
		out := binary.LittleEndian.AppendUint16(nil, uint16(count))
		out = append(append(out, entries...), 0, 0, 0, 0)
		for at+uint32(len(out)) < behind {
			out = append(out, 0)
		}
		return append(out, texts...)
	}
	const second = 200 // where the second directory is
	b = append(b, "II*\x00\x08\x00\x00\x00"...)
	b = append(b, directory(8, second, field{0x0110, s.camera})...)
	b = append(b, make([]byte, second-len(b))...)
	return append(b, directory(second, 0, field{0x9003, s.clock}, field{0x9011, s.zone}, field{0x9291, s.subSecond})...)
}

// Frames in which the subject has moved are one burst if one camera took them within seconds, as
// their EXIF has it.
func TestBurstByEXIF(t *testing.T) {
	const clock = "2026:05:14 10:00:"
	for _, test := range []struct {
		what          string
		first, second shot
		want          bool
	}{
		{"fractions of a second", shot{clock + "07", "90", "", "X"}, shot{clock + "08", "05", "", "X"}, true},
		{"without fractions", shot{clock + "07", "", "", "X"}, shot{clock + "10", "", "", "X"}, true},
		{"three seconds and a fraction", shot{clock + "07", "05", "", "X"}, shot{clock + "10", "95", "", "X"}, false},
		{"one moment in two zones", shot{clock + "07", "", "+01:00", "X"}, shot{"2026:05:14 11:00:08", "", "+02:00", "X"}, true},
		{"one clock in two zones", shot{clock + "07", "", "+01:00", "X"}, shot{clock + "08", "", "+02:00", "X"}, false},
		{"two cameras", shot{clock + "07", "", "", "X"}, shot{clock + "08", "", "", "Y"}, false},
		{"a minute apart", shot{clock + "07", "", "", "X"}, shot{"2026:05:14 10:01:07", "", "", "X"}, false},
		{"one time missing", shot{clock + "07", "", "", "X"}, shot{camera: "X"}, false},
		{"no time at all", shot{}, shot{}, false},
		{"a clock that was never set", shot{"0000:00:00 00:00:00", "", "", "X"}, shot{"0000:00:00 00:00:00", "", "", "X"}, false},
		{"the day alone", shot{"2026:05:14 00:00:00", "", "", "X"}, shot{"2026:05:14 00:00:00", "", "", "X"}, false},
	} {
		var batch wording.Batch
		for i, data := range [][]byte{test.first.file(t, 1, 0), test.second.file(t, 1, 36)} {
			facts, err := intake.Inspect(data, intake.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			small, err := compress.Compress(t.Context(), data, facts.Format, compress.Options{})
			if err != nil {
				t.Fatal(err)
			}
			result := tagroll.Result{Photo: tagroll.Photo{ID: string(rune('a' + i))}, Facts: facts, Metadata: &tagroll.Metadata{Title: "A street"}}
			batch.Note(result, small)
		}
		if got := len(batch.Groups()) == 1; got != test.want {
			t.Errorf("%s: one burst is %v, want %v", test.what, got, test.want)
		}
	}
}
