package vp8l

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"os"
	"path/filepath"
	"testing"

	reference "golang.org/x/image/vp8l"
)

// pictureOf is the content of the first VP8L chunk of a WebP.
func pictureOf(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for p := 12; p+8 <= len(data); {
		n := int(binary.LittleEndian.Uint32(data[p+4:]))
		if string(data[p:p+4]) == "VP8L" {
			return data[p+8 : p+8+n]
		}
		p += 8 + n + n&1
	}
	t.Fatalf("%s holds no VP8L picture", name)
	return nil
}

func decodeAll(data []byte) (*image.NRGBA, error) {
	d, err := NewDecoder(data)
	if err != nil {
		return nil, err
	}
	img := image.NewNRGBA(image.Rect(0, 0, d.Width, d.Height))
	for p := img.Pix; ; {
		row, err := d.Next()
		if err == io.EOF {
			if len(p) > 0 {
				return nil, errors.New("rows are missing")
			}
			return img, nil
		}
		if err != nil {
			return nil, err
		}
		for _, argb := range row {
			binary.BigEndian.PutUint32(p, argb<<8|argb>>24)
			p = p[4:]
		}
	}
}

func decodeReference(data []byte) (*image.NRGBA, error) {
	img, err := reference.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return img.(*image.NRGBA), nil
}

// pictures are small files of libwebp that have everything between them: all transforms, palettes
// of one to eight bits, colour caches, several groups of prefix codes, references to what is above.
func pictures(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/*.webp")
	if err != nil || len(names) == 0 {
		t.Fatal("no testdata", err)
	}
	all := make(map[string][]byte)
	for _, name := range names {
		all[filepath.Base(name)] = pictureOf(t, name)
	}
	return all
}

func TestAgainstReference(t *testing.T) {
	for name, data := range pictures(t) {
		t.Run(name, func(t *testing.T) {
			want, err := decodeReference(data)
			if err != nil {
				t.Fatal(err)
			}
			got, err := decodeAll(data)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Pix, want.Pix) {
				t.Error("it differs")
			}
		})
	}
}

// The alpha of a lossy WebP is a picture without its header.
func TestAlphaDecoder(t *testing.T) {
	data := pictures(t)["29x55.webp"]
	d, err := NewAlphaDecoder(data[headerBytes:], 29, 55)
	if err != nil {
		t.Fatal(err)
	}
	want, err := decodeReference(data)
	if err != nil {
		t.Fatal(err)
	}
	for y := range 55 {
		row, err := d.Next()
		if err != nil {
			t.Fatal(err)
		}
		for x, argb := range row {
			if got, want := uint8(argb>>8), want.NRGBAAt(x, y).G; got != want {
				t.Fatalf("%d at %d, %d, want %d", got, x, y, want)
			}
		}
	}
	if _, err := d.Next(); err != io.EOF {
		t.Errorf("after the last row: %v", err)
	}
}

func TestDamaged(t *testing.T) {
	whole := pictures(t)["29x55.webp"]
	for n := range len(whole) - 1 {
		if _, err := decodeAll(whole[:n]); !errors.Is(err, ErrTruncated) {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	for what, change := range map[string]func(data []byte){
		"signature": func(data []byte) { data[0] = 0 },
		"version":   func(data []byte) { data[4] |= 0x20 },
	} {
		data := bytes.Clone(whole)
		change(data)
		if _, err := NewDecoder(data); !errors.Is(err, ErrCorrupt) {
			t.Errorf("wrong %s: %v", what, err)
		}
	}
}

// bitWriter writes pictures that libwebp would not.
type bitWriter struct {
	data []byte
	n    int
}

func (w *bitWriter) write(v, bits int) {
	for i := range bits {
		if w.n%8 == 0 {
			w.data = append(w.data, 0)
		}
		w.data[w.n/8] |= byte(v>>i&1) << (w.n % 8)
		w.n++
	}
}

func newPicture(w, h int) *bitWriter {
	p := new(bitWriter)
	p.write(0x2f, 8)
	p.write(w-1, 14)
	p.write(h-1, 14)
	p.write(0, 4)
	return p
}

// simple writes a prefix code of one symbol.
func (w *bitWriter) simple(symbol int) {
	w.write(1, 1) // simple
	w.write(0, 1) // of one symbol
	w.write(1, 1) // of eight bits
	w.write(symbol, 8)
}

// A file of a few bytes may be a picture of any size in one colour; no more memory than the window
// is taken for it.
func TestMemory(t *testing.T) {
	p := newPicture(16384, 16384)
	p.write(0, 3) // no transform, cache, or map of groups
	for _, v := range []int{20, 10, 30, 255, 0} {
		p.simple(v)
	}
	rows := 0
	allocated := testing.AllocsPerRun(1, func() {
		d, err := NewDecoder(p.data)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(d.pixels.buf); n > 2*window+1<<15 {
			t.Fatalf("%d pixels are kept", n)
		}
		for rows = 0; rows < 2000; rows++ {
			row, err := d.Next()
			if err != nil {
				t.Fatal(err)
			}
			if row[0] != 0xff0a141e || row[len(row)-1] != row[0] {
				t.Fatalf("row %d is %08x to %08x", rows, row[0], row[len(row)-1])
			}
		}
	})
	if allocated > 100 {
		t.Errorf("%v allocations", allocated)
	}
}

// References reach as far as the format allows after the window has moved on.
func TestFarReference(t *testing.T) {
	const w, h = 1 << 11, 2000
	p := newPicture(w, h)
	p.write(0, 3)
	// Green: 10 and 11 are literals; a length of 1 and one of 4096. Codes of two bits each.
	lengths := map[int]int{10: 2, 11: 2, firstLength: 2, firstLength + 23: 2}
	p.lengths(lengths, firstCached)
	for range 3 {
		p.simple(255)
	}
	p.simple(39) // distances of 786,433 to 1,048,576, less 120
	const (
		ten, eleven = 0b00, 0b10 // canonical codes, first bit lowest
		one, many   = 0b01, 0b11
	)
	// One pixel of 11, then 10 until the distance reaches back to it, then one pixel from
	// there.
	const distance = 1048576 - 120
	p.write(eleven, 2)
	for range distance - 1 {
		p.write(ten, 2)
	}
	p.write(one, 2)
	p.write(1<<18-1, 18)
	rest := w*h - distance - 1
	for ; rest >= 4096; rest -= 4096 {
		p.write(many, 2)
		p.write(1<<10-1, 10)
		p.write(1<<18-1, 18)
	}
	for range rest {
		p.write(ten, 2)
	}
	got, err := decodeAll(p.data)
	if err != nil {
		t.Fatal(err)
	}
	want, err := decodeReference(p.data)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Pix, want.Pix) {
		t.Error("it differs")
	}
	if got.Pix[4*distance+1] != 11 {
		t.Error("the far pixel was not found again")
	}
}

// lengths writes a prefix code whose code lengths are 0 or 2.
func (w *bitWriter) lengths(lengths map[int]int, symbols int) {
	w.write(0, 1) // not simple
	w.write(1, 4) // five lengths of codes for lengths: 17, 18, 0, 1, 2
	for _, n := range []int{0, 0, 1, 0, 1} {
		w.write(n, 3)
	}
	w.write(0, 1) // for all symbols
	for i := range symbols {
		w.write(lengths[i]/2, 1)
	}
}

// What the reference decodes comes out the same; nothing panics.
func FuzzDecode(f *testing.F) {
	for _, data := range pictures(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		config, err := DecodeConfig(data)
		if err != nil || config.Width*config.Height > 128*128 {
			return
		}
		got, err := decodeAll(data)
		if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTruncated) {
			t.Fatalf("an error of another kind: %v", err)
		}
		want, referenceErr := decodeReference(data)
		if referenceErr != nil {
			return
		}
		if err != nil {
			t.Fatalf("refused, but the reference decodes it: %v", err)
		}
		if !bytes.Equal(got.Pix, want.Pix) {
			t.Fatal("it differs")
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	data := pictures(b)["29x55.webp"]
	b.SetBytes(29 * 55)
	for b.Loop() {
		if _, err := decodeAll(data); err != nil {
			b.Fatal(err)
		}
	}
}
