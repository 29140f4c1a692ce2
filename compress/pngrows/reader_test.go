package pngrows

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"testing"
)

func ExampleReader() {
	src := image.NewGray(image.Rect(0, 0, 3, 2))
	copy(src.Pix, []byte{1, 2, 3, 4, 5, 6})
	var b bytes.Buffer
	if err := png.Encode(&b, src); err != nil {
		fmt.Println(err)
		return
	}
	r, err := NewReader(b.Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Width, "x", r.Height, "of", r.Depth, "bits")
	for range r.Height {
		row, err := r.Next()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(row)
	}
	// Output:
	// 3 x 2 of 8 bits
	// [1 2 3]
	// [4 5 6]
}

// content makes rows that compress in every way: noise, repetitions near and far, even areas.
func content(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 3))
	b := make([]byte, 0, n)
	for len(b) < n {
		k := 1 + r.IntN(3000)
		switch r.IntN(5) {
		case 0:
			for range k {
				b = append(b, byte(r.IntN(256)))
			}
		case 1:
			b = append(b, bytes.Repeat([]byte{byte(r.IntN(256))}, k)...)
		case 2:
			for range k {
				b = append(b, byte(100+r.IntN(7)))
			}
		default:
			if len(b) > 0 {
				from := max(len(b)-1-r.IntN(40000), 0)
				b = append(b, b[from:min(from+k, len(b))]...)
			}
		}
	}
	return b[:n]
}

type file struct {
	w, h  int
	depth byte
	kind  ColorType
	level int
	split int // bytes of an IDAT chunk
	rows  []byte
	extra []byte // after the last row
}

func appendChunk(b []byte, kind string, content []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(content)))
	body := append([]byte(kind), content...)
	return binary.BigEndian.AppendUint32(append(b, body...), crc32.ChecksumIEEE(body))
}

// encode writes rows that are filtered already: each begins with its filter.
func (f file) encode() []byte {
	out := []byte(signature)
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(f.w)), uint32(f.h))
	out = appendChunk(out, "IHDR", append(head, f.depth, byte(f.kind), 0, 0, 0))
	if f.kind == Palette {
		out = appendChunk(out, "PLTE", []byte{1, 2, 3, 4, 5, 6})
	}
	var z bytes.Buffer
	w, _ := zlib.NewWriterLevel(&z, f.level)
	_, _ = w.Write(f.rows)
	_ = w.Close()
	data := append(z.Bytes(), f.extra...)
	for len(data) > 0 {
		n := min(f.split, len(data))
		out = appendChunk(out, "IDAT", data[:n])
		data = data[n:]
	}
	return appendChunk(out, "IEND", nil)
}

// reference undoes the filters as the specification writes them down (9.2).
func reference(f file, rowBytes, pixel int) [][]byte {
	var rows [][]byte
	above := make([]byte, rowBytes)
	for y := range f.h {
		src := f.rows[y*(rowBytes+1):][:rowBytes+1]
		row := bytes.Clone(src[1:])
		for x := range row {
			var a, b, c int
			b = int(above[x])
			if x >= pixel {
				a, c = int(row[x-pixel]), int(above[x-pixel])
			}
			add := 0
			switch src[0] {
			case 1:
				add = a
			case 2:
				add = b
			case 3:
				add = (a + b) / 2
			case 4:
				p := a + b - c
				pa, pb, pc := max(p-a, a-p), max(p-b, b-p), max(p-c, c-p)
				switch {
				case pa <= pb && pa <= pc:
					add = a
				case pb <= pc:
					add = b
				default:
					add = c
				}
			}
			row[x] += byte(add)
		}
		rows = append(rows, row)
		above = row
	}
	return rows
}

func TestRows(t *testing.T) {
	sizes := []image.Point{{1, 1}, {3, 7}, {17, 40}, {211, 151}, {500, 300}}
	for kind, depths := range map[ColorType][]byte{
		Gray: {1, 2, 4, 8, 16}, RGB: {8, 16}, Palette: {1, 2, 4, 8}, GrayAlpha: {8, 16}, RGBA: {8, 16},
	} {
		for _, depth := range depths {
			for i, size := range sizes {
				for _, level := range []int{zlib.NoCompression, zlib.BestSpeed, zlib.DefaultCompression, zlib.HuffmanOnly} {
					f := file{w: size.X, h: size.Y, depth: depth, kind: kind, level: level, split: []int{1 << 20, 8192, 100, 7}[i%4]}
					rowBytes := (size.X*channels[kind]*int(depth) + 7) / 8
					f.rows = content((rowBytes+1)*size.Y, uint64(i)+uint64(depth))
					for y := range size.Y {
						f.rows[y*(rowBytes+1)] = byte(y % 5)
					}
					checkRows(t, f, reference(f, rowBytes, max(channels[kind]*int(depth)/8, 1)))
				}
			}
		}
	}
}

func checkRows(t *testing.T, f file, want [][]byte) {
	t.Helper()
	r, err := NewReader(f.encode())
	if err != nil {
		t.Fatal(err)
	}
	if r.Width != f.w || r.Height != f.h || r.Depth != int(f.depth) || r.Color != f.kind {
		t.Fatalf("the header is %+v", r.Header)
	}
	for y, w := range want {
		got, err := r.Next()
		if err != nil {
			t.Fatalf("%d x %d, depth %d, kind %d, level %d, row %d: %v", f.w, f.h, f.depth, f.kind, f.level, y, err)
		}
		if !bytes.Equal(got, w) {
			t.Fatalf("%d x %d, depth %d, kind %d, level %d, row %d differs", f.w, f.h, f.depth, f.kind, f.level, y)
		}
	}
	if _, err := r.Next(); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a row after the last: %v", err)
	}
}

// Data longer than the picture does not matter, as it does not for other readers.
func TestTrailingData(t *testing.T) {
	f := file{w: 4, h: 1, depth: 8, level: 6, split: 1000, rows: []byte{0, 1, 2, 3, 4}, extra: []byte("more")}
	checkRows(t, f, [][]byte{{1, 2, 3, 4}})
}

func readAll(data []byte) (rows int, err error) {
	r, err := NewReader(data)
	if err != nil {
		return 0, err
	}
	for range r.Height {
		if _, err := r.Next(); err != nil {
			return r.Row(), err
		}
	}
	return r.Row(), nil
}

func TestTruncated(t *testing.T) {
	f := file{w: 300, h: 200, depth: 8, kind: RGB, level: 6, split: 8192, rows: make([]byte, 901*200)}
	copy(f.rows, content(len(f.rows), 1))
	for y := range 200 {
		f.rows[y*901] = 0
	}
	data := f.encode()
	last := -1
	for n := 0; n < len(data)-100; n += 331 {
		rows, err := readAll(data[:n])
		if n >= len(signature) && !errors.Is(err, ErrTruncated) {
			t.Fatalf("%d of %d bytes: %v", n, len(data), err)
		}
		if rows < last {
			t.Fatalf("%d bytes hold %d rows, fewer bytes held %d", n, rows, last)
		}
		last = rows
	}
	if last < 150 {
		t.Errorf("nearly all of the file holds %d rows", last)
	}
	// Also when the file is whole, but its data is not.
	short := f
	short.rows = f.rows[:901*100]
	if rows, err := readAll(short.encode()); rows != 100 || err == nil {
		t.Errorf("%d rows, %v", rows, err)
	}
}

func TestCorrupt(t *testing.T) {
	f := file{w: 30, h: 20, depth: 8, kind: RGB, level: 6, split: 8192, rows: make([]byte, 91*20)}
	good := f.encode()
	if _, err := readAll(good); err != nil {
		t.Fatal(err)
	}
	for i := len(signature); i < len(good)-chunkOverhead; i += 3 {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		if _, err := readAll(bad); err == nil {
			t.Errorf("a changed byte at %d was not noticed", i)
		} else if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTruncated) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	f.rows[91] = 5
	if _, err := readAll(f.encode()); !errors.Is(err, ErrCorrupt) {
		t.Errorf("filter 5: %v", err)
	}
}

// Against the standard library, whatever the bytes: what it reads is read alike.
func FuzzReader(f *testing.F) {
	palette := image.NewPaletted(image.Rect(0, 0, 9, 5), color.Palette{color.Black, color.White, color.Transparent})
	for _, img := range []image.Image{
		image.NewGray(image.Rect(0, 0, 5, 3)), image.NewNRGBA(image.Rect(0, 0, 4, 4)),
		image.NewRGBA64(image.Rect(0, 0, 3, 3)), palette,
	} {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	for level := -2; level <= 9; level += 3 {
		f.Add(file{w: 40, h: 9, depth: 8, kind: RGB, level: level, split: 50, rows: content(121*9, 4)}.encode())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = fixChecksums(data)
		r, err := NewReader(data)
		if err != nil || r.Width*r.Height > 1<<16 {
			return
		}
		var rows [][]byte
		for range r.Height {
			var row []byte
			if row, err = r.Next(); err != nil {
				break
			}
			rows = append(rows, bytes.Clone(row))
		}
		if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrInterlaced) {
			t.Fatalf("an error of another kind: %v", err)
		}
		img, stdErr := png.Decode(bytes.NewReader(data))
		if stdErr != nil || r.Interlaced {
			return
		}
		if err != nil {
			t.Fatalf("image/png reads it: %v", err)
		}
		if m, ok := img.(*image.Gray); ok && r.Depth == 8 && r.Color == Gray {
			for y, row := range rows {
				if !bytes.Equal(row, m.Pix[y*m.Stride:][:len(row)]) {
					t.Fatalf("row %d differs", y)
				}
			}
		}
	})
}

// fixChecksums lets the fuzzer past them.
func fixChecksums(data []byte) []byte {
	out := bytes.Clone(data)
	for p := len(signature); p+chunkOverhead <= len(out); {
		n := uint64(binary.BigEndian.Uint32(out[p:]))
		if n > uint64(len(out)-p-chunkOverhead) {
			break
		}
		end := p + 8 + int(n)
		binary.BigEndian.PutUint32(out[end:], crc32.ChecksumIEEE(out[p+4:end]))
		p = end + 4
	}
	return out
}

// The decompressor against the standard library's, on streams from its compressor.
func TestInflate(t *testing.T) {
	for _, n := range []int{1, 2, 100, 70000, 400000} {
		for seed := range uint64(12) {
			want := content(n, seed)
			var z bytes.Buffer
			w, _ := zlib.NewWriterLevel(&z, int(seed)-2)
			_, _ = w.Write(want[:n/2])
			_ = w.Flush()
			_, _ = w.Write(want[n/2:])
			_ = w.Close()
			r := inflater{src: source{chunks: appendChunk(nil, "IDAT", z.Bytes())}}
			if err := r.start(); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, n)
			for at := 0; at < n; at += 5000 {
				if err := r.read(got[at:min(at+5000, n)]); err != nil {
					t.Fatalf("%d bytes, seed %d, at %d: %v", n, seed, at, err)
				}
			}
			if !bytes.Equal(got, want) {
				t.Fatalf("%d bytes, seed %d: they differ", n, seed)
			}
		}
	}
}

func BenchmarkInflate(b *testing.B) {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(content(8<<20, 1))
	_ = w.Close()
	chunks := appendChunk(nil, "IDAT", z.Bytes())
	dst := make([]byte, 8<<20)
	b.Run("own", func(b *testing.B) {
		b.SetBytes(int64(len(dst)))
		for b.Loop() {
			r := inflater{src: source{chunks: chunks}}
			if r.start() != nil || r.read(dst) != nil {
				b.Fatal("it failed")
			}
		}
	})
	b.Run("standard", func(b *testing.B) {
		b.SetBytes(int64(len(dst)))
		for b.Loop() {
			r, err := zlib.NewReader(bytes.NewReader(z.Bytes()))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(r, dst); err != nil {
				b.Fatal(err)
			}
		}
	})
}
