package jpegenc

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
)

func ExampleEncode() {
	data := Encode(Picture{Width: 3, Height: 2, Y: Plane{Pix: []byte{10, 128, 250, 10, 128, 250}, Stride: 3}}, 95)
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(img.Bounds(), img.ColorModel() == color.GrayModel)
	// Output:
	// (0,0)-(3,2) true
}

// picture is a 4:2:0 picture with gradients, edges and noise.
func picture(w, h int, seed uint64) *image.YCbCr {
	m := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range m.Y {
		x, y := i%m.YStride, i/m.YStride
		v := x*255/max(w, 1) + r.IntN(20)
		if (x/9+y/7)%3 == 0 {
			v = 255 - v
		}
		m.Y[i] = byte(min(max(v, 0), 255))
	}
	for i := range m.Cb {
		m.Cb[i] = byte(100 + i%m.CStride*50/max(m.CStride, 1))
		m.Cr[i] = byte(160 - r.IntN(30))
	}
	return m
}

func of(m *image.YCbCr) Picture {
	return Picture{
		Width: m.Rect.Dx(), Height: m.Rect.Dy(),
		Y: Plane{m.Y, m.YStride}, Cb: Plane{m.Cb, m.CStride}, Cr: Plane{m.Cr, m.CStride},
	}
}

func meanSquare(a, b []byte, aStride, bStride, w, h int) float64 {
	sum := 0.0
	for y := range h {
		for x := range w {
			d := float64(a[y*aStride+x]) - float64(b[y*bStride+x])
			sum += d * d
		}
	}
	return sum / float64(w*h)
}

// Of the same planes, the standard library's encoder is the measure: the error must not be
// larger, and the file must be smaller, since its Huffman tables are fixed.
func TestAgainstStandardLibrary(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {2, 3}, {8, 8}, {9, 16}, {15, 17}, {16, 16}, {33, 31}, {100, 70}, {513, 300}} {
		for _, quality := range []int{1, 20, 50, 85, 95, 100} {
			src := picture(size.X, size.Y, 7)
			ours := Encode(of(src), quality)
			var b bytes.Buffer
			if err := jpeg.Encode(&b, src, &jpeg.Options{Quality: quality}); err != nil {
				t.Fatal(err)
			}
			theirs := b.Bytes()
			errors := [2]float64{}
			for i, data := range [2][]byte{ours, theirs} {
				img, err := jpeg.Decode(bytes.NewReader(data))
				if err != nil {
					t.Fatalf("%v at quality %d: %v", size, quality, err)
				}
				m := img.(*image.YCbCr)
				if m.Rect.Max != size || m.SubsampleRatio != image.YCbCrSubsampleRatio420 {
					t.Fatalf("%v became %v, %v", size, m.Rect, m.SubsampleRatio)
				}
				cw, ch := (size.X+1)/2, (size.Y+1)/2
				errors[i] = meanSquare(src.Y, m.Y, src.YStride, m.YStride, size.X, size.Y) +
					meanSquare(src.Cb, m.Cb, src.CStride, m.CStride, cw, ch) +
					meanSquare(src.Cr, m.Cr, src.CStride, m.CStride, cw, ch)
			}
			if errors[0] > errors[1]*1.02+0.3 {
				t.Errorf("%v at quality %d: mean square error %.2f, standard library %.2f", size, quality, errors[0], errors[1])
			}
			if len(ours) > len(theirs) {
				t.Errorf("%v at quality %d: %d bytes, standard library %d", size, quality, len(ours), len(theirs))
			}
		}
	}
}

func TestGray(t *testing.T) {
	src := picture(75, 41, 3)
	p := of(src)
	p.Cb, p.Cr = Plane{}, Plane{}
	img, err := jpeg.Decode(bytes.NewReader(Encode(p, 90)))
	if err != nil {
		t.Fatal(err)
	}
	m := img.(*image.Gray)
	if mse := meanSquare(src.Y, m.Pix, src.YStride, m.Stride, 75, 41); mse > 20 {
		t.Errorf("mean square error %.1f", mse)
	}
}

// The quantisation tables are those of the standard library, which are libjpeg's.
func TestQuantization(t *testing.T) {
	for quality := 1; quality <= 100; quality++ {
		src := picture(8, 8, 1)
		var b bytes.Buffer
		if err := jpeg.Encode(&b, src, &jpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		ours := Encode(of(src), quality)
		for table := range 2 {
			var q quantizer
			q.set(annexK[table], quality)
			if !bytes.Contains(b.Bytes(), q.zigzag[:]) {
				t.Fatalf("quality %d, table %d differs from the standard library's", quality, table)
			}
			if !bytes.Contains(ours, q.zigzag[:]) {
				t.Fatalf("quality %d, table %d is not written", quality, table)
			}
		}
	}
}

// The transform is the DCT of its definition (ITU-T T.81, A.3.3), rounded to the nearest.
func TestTransform(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var q quantizer
	q.set(annexK[0], 100)
	for range 200 {
		src := make([]byte, 64)
		for i := range src {
			src[i] = byte(r.IntN(256))
		}
		var coeff [64]int32
		transform(&coeff, src, 8, &q.reciprocal)
		for u := range 8 {
			for v := range 8 {
				sum := 0.0
				for x := range 8 {
					for y := range 8 {
						sum += (float64(src[y*8+x]) - 128) *
							math.Cos(float64((2*x+1)*u)*math.Pi/16) * math.Cos(float64((2*y+1)*v)*math.Pi/16)
					}
				}
				norm := 0.25
				for _, i := range []int{u, v} {
					if i == 0 {
						norm *= math.Sqrt2 / 2
					}
				}
				if got := float64(coeff[u*8+v]); math.Abs(got-sum*norm) > 0.51 {
					t.Fatalf("coefficient %d, %d is %v, want %.3f", u, v, got, sum*norm)
				}
			}
		}
	}
}

// With and without vector instructions, to the bit.
func TestTransformVariants(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var q quantizer
	for _, quality := range []int{1, 50, 85, 100} {
		q.set(annexK[0], quality)
		for round := range 500 {
			src := make([]byte, 8*20)
			for i := range src {
				src[i] = byte(r.IntN(256))
				if round%3 == 0 {
					src[i] = byte(r.IntN(2) * 255)
				}
			}
			var a, b [64]int32
			na := transform(&a, src, 20, &q.reciprocal)
			nb := transformScalar(&b, src, 20, &q.reciprocal)
			if a != b || na != nb {
				t.Fatalf("%v (%x) is not %v (%x)", a, na, b, nb)
			}
		}
	}
}

// Frequencies like Fibonacci's numbers give the longest codes there can be; 16 bits are the limit.
func TestHuffmanLimit(t *testing.T) {
	var c counts
	a, b := uint32(1), uint32(1)
	for i := range 40 {
		c[i] = a
		a, b = b, a+b
	}
	spec := c.optimal()
	if len(spec.values) != 40 {
		t.Fatalf("%d symbols, want 40", len(spec.values))
	}
	kraft, n := 0.0, 0
	for i, k := range spec.lengths {
		kraft += float64(k) / float64(int(1)<<(i+1))
		n += int(k)
	}
	if n != 40 || kraft >= 1 {
		t.Errorf("%d codes, Kraft sum %v: it must stay below 1", n, kraft)
	}
	codes := spec.codes()
	for s := range 40 {
		if length := codes[s] & 255; length < 1 || length > 16 || codes[s]>>8 == 1<<length-1 {
			t.Errorf("symbol %d has code %b of %d bits", s, codes[s]>>8, length)
		}
	}
}

func TestTooSmallPlanes(t *testing.T) {
	for name, p := range map[string]Picture{
		"none":   {},
		"luma":   {Width: 8, Height: 8, Y: Plane{make([]byte, 63), 8}},
		"chroma": {Width: 8, Height: 8, Y: Plane{make([]byte, 64), 8}, Cb: Plane{make([]byte, 16), 4}, Cr: Plane{make([]byte, 15), 4}},
		"stride": {Width: 8, Height: 1, Y: Plane{make([]byte, 64), 7}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			Encode(p, 85)
		}()
	}
}

func BenchmarkEncode(b *testing.B) {
	p := of(picture(1024, 683, 1))
	for b.Loop() {
		Encode(p, 85)
	}
}
