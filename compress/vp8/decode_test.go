package vp8

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	reference "golang.org/x/image/vp8"
)

// frameOf is the content of the first VP8 chunk of a WebP.
func frameOf(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for p := 12; p+8 <= len(data); {
		n := int(binary.LittleEndian.Uint32(data[p+4:]))
		if string(data[p:p+4]) == "VP8 " {
			return data[p+8 : p+8+n]
		}
		p += 8 + n + n&1
	}
	t.Fatalf("%s holds no VP8 frame", name)
	return nil
}

// decodeAll puts the bands together.
func decodeAll(frame []byte, o Options) (*image.YCbCr, error) {
	d, err := NewDecoder(frame, o)
	if err != nil {
		return nil, err
	}
	img := image.NewYCbCr(image.Rect(0, 0, d.Width, d.Height), image.YCbCrSubsampleRatio420)
	y := 0
	for {
		b, err := d.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for c, plane := range [3][]byte{img.Y, img.Cb, img.Cr} {
			w, stride, first, rows := d.Width, img.YStride, y, b.Rows
			if c > 0 {
				w, stride, first, rows = (d.Width+1)/2, img.CStride, y/2, (b.Rows+1)/2
			}
			for i := range rows {
				copy(plane[(first+i)*stride:][:w], b.Planes[c][i*b.Strides[c]:])
			}
		}
		y += b.Rows
	}
	if y != d.Height {
		return nil, errors.New("rows are missing")
	}
	return img, nil
}

func decodeReference(frame []byte) (*image.YCbCr, error) {
	d := reference.NewDecoder()
	d.Init(bytes.NewReader(frame), len(frame))
	h, err := d.DecodeFrameHeader()
	if err != nil {
		return nil, err
	}
	if !h.KeyFrame {
		return nil, errors.New("no key frame")
	}
	return d.DecodeFrame()
}

// differ returns where two pictures differ first.
func differ(a, b *image.YCbCr) (p image.Point, differs bool) {
	if a.Rect != b.Rect {
		return p, true
	}
	for y := range a.Rect.Max.Y {
		for x := range a.Rect.Max.X {
			if a.YCbCrAt(x, y) != b.YCbCrAt(x, y) {
				return image.Pt(x, y), true
			}
		}
	}
	return p, false
}

// frames are small files of libwebp that have everything between them: both filters, sharpness, one
// to eight partitions, segments, every mode of prediction, sizes that are no multiples of 16.
func frames(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/*.webp")
	if err != nil || len(names) == 0 {
		t.Fatal("no testdata", err)
	}
	all := make(map[string][]byte)
	for _, name := range names {
		all[filepath.Base(name)] = frameOf(t, name)
	}
	return all
}

func TestAgainstReference(t *testing.T) {
	for name, frame := range frames(t) {
		t.Run(name, func(t *testing.T) {
			want, err := decodeReference(frame)
			if err != nil {
				t.Fatal(err)
			}
			got, err := decodeAll(frame, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if p, yes := differ(got, want); yes {
				t.Errorf("differs at %v", p)
			}
		})
	}
}

// noise is a frame of w x h pixels whose partitions are noise, which is as valid as anything.
func noise(r *rand.Rand, w, h int) []byte {
	const firstBytes, tokenBytes = 4000, 40000
	frame := make([]byte, headerBytes, headerBytes+firstBytes+tokenBytes)
	tag := firstBytes << 5
	frame[0], frame[1], frame[2] = byte(tag), byte(tag>>8), byte(tag>>16)
	frame[3], frame[4], frame[5] = 0x9d, 0x01, 0x2a
	binary.LittleEndian.PutUint16(frame[6:], uint16(w))
	binary.LittleEndian.PutUint16(frame[8:], uint16(h))
	for range firstBytes + tokenBytes {
		frame = append(frame, byte(r.IntN(256)))
	}
	// The sizes of partitions must fit.
	for i := range 7 {
		copy(frame[headerBytes+firstBytes+3*i:], []byte{0x88, 0x13, 0})
	}
	return frame
}

func TestNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	equal := 0
	for i := range 300 {
		frame := noise(r, 1+r.IntN(70), 1+r.IntN(70))
		want, err := decodeReference(frame)
		if err != nil || incomparable(t, frame) {
			continue
		}
		got, err := decodeAll(frame, Options{})
		if err != nil {
			t.Fatalf("frame %d: %v", i, err)
		}
		if p, yes := differ(got, want); yes {
			t.Fatalf("frame %d differs at %v", i, p)
		}
		equal++
	}
	if equal < 100 {
		t.Errorf("only %d frames could be compared", equal)
	}
}

// incomparable reports whether a frame is one that no encoder writes and that the reference decodes
// differently: a level of the loop filter leaves the 8 bits that it adds it up in, or a partition
// begins with a value outside the range, and what becomes of that depends on the width of its
// registers.
func incomparable(t testing.TB, frame []byte) bool {
	t.Helper()
	d, err := NewDecoder(frame, Options{})
	if err != nil {
		t.Fatal(err)
	}
	first := newBoolReader(frame[headerBytes:])
	first.fill()
	for _, r := range append(d.tokens, first) {
		r.fill()
		if r.value>>56 == 255 {
			return true
		}
	}
	for _, base := range append(d.segmentation.level[:], 0) {
		for _, v := range []int{
			base + d.filter.level, base + d.filter.level + d.filter.intraDelta,
			base + d.filter.level + d.filter.intraDelta + d.filter.subblockDelta,
			base + d.filter.intraDelta + d.filter.subblockDelta,
		} {
			if v > 127 || v < -128 {
				return true
			}
		}
	}
	return false
}

// The more a picture is to be reduced, the less of it is filtered; what is different is little.
func TestReduction(t *testing.T) {
	frame := frames(t)["64x67.webp"]
	exact, err := decodeAll(frame, Options{})
	if err != nil {
		t.Fatal(err)
	}
	last := 0.0
	for reduction, most := range []float64{0, 0, 3, 3, 8, 8} {
		img, err := decodeAll(frame, Options{Reduction: reduction})
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for i, v := range exact.Y {
			sum += int(max(v, img.Y[i]) - min(v, img.Y[i]))
		}
		mean := float64(sum) / float64(len(exact.Y))
		if mean > most || mean < last || reduction > 3 && mean == 0 {
			t.Errorf("made %d times smaller, luma differs by %.2f in the mean", reduction, mean)
		}
		last = mean
	}
}

func TestDamaged(t *testing.T) {
	whole := frames(t)["32x42.webp"]
	for n := range len(whole) - 8 {
		if _, err := decodeAll(whole[:n], Options{}); !errors.Is(err, ErrTruncated) {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	for what, change := range map[string]func(frame []byte){
		"no key frame":  func(f []byte) { f[0] |= 1 },
		"no start code": func(f []byte) { f[4] = 0 },
		"no width":      func(f []byte) { f[6], f[7] = 0, 0x40 },
		"no height":     func(f []byte) { f[8], f[9] = 0, 0xc0 },
	} {
		frame := bytes.Clone(whole)
		change(frame)
		if _, err := NewDecoder(frame, Options{}); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A picture of the largest size takes memory by its width only.
func TestMemory(t *testing.T) {
	frame := noise(rand.New(rand.NewPCG(3, 4)), 16383, 16383)
	allocated := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if _, err := decodeAllRows(frame); !errors.Is(err, ErrTruncated) {
				b.Fatal(err)
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 2<<20 {
		t.Errorf("%d bytes were allocated", allocated)
	}
}

func decodeAllRows(frame []byte) (rows int, err error) {
	d, err := NewDecoder(frame, Options{})
	if err != nil {
		return 0, err
	}
	for {
		b, err := d.Next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows += b.Rows
	}
}

// What the reference decodes comes out the same; nothing panics; no bytes, no rows.
func FuzzDecode(f *testing.F) {
	for _, frame := range frames(f) {
		f.Add(frame)
	}
	f.Add(noise(rand.New(rand.NewPCG(5, 6)), 20, 40)[:3000])
	f.Fuzz(func(t *testing.T, frame []byte) {
		config, err := DecodeConfig(frame)
		if err != nil || config.Width*config.Height > 128*128 {
			return
		}
		got, err := decodeAll(frame, Options{})
		if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTruncated) {
			t.Fatalf("an error of another kind: %v", err)
		}
		want, referenceErr := decodeReference(frame)
		if referenceErr != nil {
			return
		}
		if err != nil {
			t.Fatalf("refused, but the reference decodes it: %v", err)
		}
		if p, yes := differ(got, want); yes && !incomparable(t, frame) {
			t.Fatalf("differs at %v", p)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	frame := frames(b)["64x67.webp"]
	for name, o := range map[string]Options{"filter": {}, "reduced": {Reduction: 4}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(64 * 67)
			for b.Loop() {
				if _, err := decodeAll(frame, o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
