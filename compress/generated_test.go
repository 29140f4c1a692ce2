package compress

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/bits"
	"testing"

	"github.com/tagroll/tagroll"
)

// TestGenerated holds the result against the source for every kind of subsampling, at every
// orientation and at odd sizes: what was drawn must come out at its place in its colour.
func TestGenerated(t *testing.T) {
	samplings := map[string][2]int{ // of luma; chroma is 1 x 1
		"4:4:4": {1, 1}, "4:2:2": {2, 1}, "4:4:0": {1, 2}, "4:2:0": {2, 2}, "4:1:1": {4, 1}, "4:1:0": {4, 2},
	}
	sizes := []image.Point{{1, 1}, {2, 1}, {1, 3}, {7, 5}, {8, 8}, {9, 17}, {16, 15}, {31, 33}, {47, 23}, {64, 70}, {70, 69}}
	for name, sampling := range samplings {
		for _, size := range sizes {
			src := gradients(size)
			data := baseline(src, sampling[0], sampling[1])
			if m, err := jpeg.Decode(bytes.NewReader(data)); err != nil || m.Bounds().Max != size {
				t.Fatalf("the test's own encoder: %s, %v: %v", name, size, err)
			}
			for orientation := 1; orientation <= 8; orientation++ {
				for _, side := range []int{1024, 41, 20} {
					what := fmt.Sprintf("%s, %v, orientation %d, side %d", name, size, orientation, side)
					img := run(t, data, tagroll.FormatJPEG, Options{Orientation: orientation, MaxSide: side, Quality: 100})
					compareExact(t, what, img, src, orientation)
				}
			}
		}
	}
}

// gradients is a picture whose colours change slowly in every direction, so that only a wrong
// place, size or turn makes a difference, and neither filters nor subsampling do.
func gradients(size image.Point) *image.RGBA {
	m := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			u, v := (float64(x)+0.5)/float64(size.X), (float64(y)+0.5)/float64(size.Y)
			m.SetRGBA(x, y, gradient(u, v, contrast(size)))
		}
	}
	return m
}

// gradient is the colour at a place; both run from 0 to 1.
func gradient(u, v, contrast float64) color.RGBA {
	u, v = (u-0.5)*contrast, (v-0.5)*contrast
	return color.RGBA{uint8(115 + 90*u), uint8(120 + 120*v), uint8(135 - 60*u - 50*v), 255}
}

// contrast is less for small pictures, in which a sample of chroma covers much.
func contrast(size image.Point) float64 { return min(float64(min(size.X, size.Y))/40, 1) }

// compareExact compares with what the source has at the same place, except for what the mean over
// the area of a pixel, ringing at the edges and rounding may change.
func compareExact(t *testing.T, what string, img image.Image, src *image.RGBA, orientation int) {
	t.Helper()
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	sum, worst := 0.0, 0.0
	for y := range h {
		for x := range w {
			u, v := (float64(x)+0.5)/float64(w), (float64(y)+0.5)/float64(h)
			switch orientation {
			case 2:
				u = 1 - u
			case 3:
				u, v = 1-u, 1-v
			case 4:
				v = 1 - v
			case 5:
				u, v = v, u
			case 6:
				u, v = v, 1-u
			case 7:
				u, v = 1-v, 1-u
			case 8:
				u, v = 1-v, u
			}
			want := gradient(u, v, contrast(src.Rect.Max))
			r, g, b, _ := img.At(x, y).RGBA()
			for _, d := range []float64{float64(r>>8) - float64(want.R), float64(g>>8) - float64(want.G), float64(b>>8) - float64(want.B)} {
				sum += d * d
				worst = max(worst, math.Abs(d))
			}
		}
	}
	rms := math.Sqrt(sum / float64(3*w*h))
	if rms > 3 || worst > 10 {
		t.Errorf("%s: root mean square error %.1f, at most 3; largest %.0f, at most 10", what, rms, worst)
	}
}

// baseline encodes with luma sampled h x v times as finely as chroma and quantisation by 1. It
// is as plain as can be.
func baseline(src *image.RGBA, h, v int) []byte {
	size := src.Rect.Size()
	out := []byte{0xff, 0xd8}
	segment := func(marker byte, content ...byte) {
		out = append(out, 0xff, marker)
		out = binary.BigEndian.AppendUint16(out, uint16(len(content)+2))
		out = append(out, content...)
	}
	segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)
	segment(0xc0, 8, byte(size.Y>>8), byte(size.Y), byte(size.X>>8), byte(size.X), 3, 1, byte(h<<4|v), 0, 2, 0x11, 0, 3, 0x11, 0)
	for class := range 2 {
		// All symbols, half of them with codes of 8 bits and half of 9.
		table := append([]byte{byte(class << 4)}, 0, 0, 0, 0, 0, 0, 0, 128, 128, 0, 0, 0, 0, 0, 0, 0)
		for s := range 256 {
			table = append(table, byte(s))
		}
		segment(0xc4, table...)
	}
	segment(0xda, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0)

	var acc uint64
	var n uint
	put := func(v uint64, length uint) {
		acc, n = acc<<length|v, n+length
		for ; n >= 8; n -= 8 {
			b := byte(acc >> (n - 8))
			out = append(out, b)
			if b == 0xff {
				out = append(out, 0)
			}
		}
	}
	symbol := func(s, size uint, v int) {
		if s < 128 {
			put(uint64(s), 8)
		} else {
			put(uint64(256+s-128), 9)
		}
		if v < 0 {
			v += 1<<size - 1
		}
		put(uint64(v), size)
	}
	var last [3]int
	block := func(component, bx, by, sx, sy int) {
		coeff := dctOf(func(x, y int) float64 { return component3(src, component, (bx*8+x)*sx, (by*8+y)*sy, sx, sy) })
		d := coeff[0] - last[component]
		last[component] = coeff[0]
		size := uint(bits.Len(uint(max(d, -d))))
		symbol(size, size, d)
		run := uint(0)
		for _, c := range coeff[1:] {
			if c == 0 {
				run++
				continue
			}
			for ; run > 15; run -= 16 {
				symbol(0xf0, 0, 0)
			}
			size := uint(bits.Len(uint(max(c, -c))))
			symbol(run<<4|size, size, c)
			run = 0
		}
		if run > 0 {
			symbol(0, 0, 0)
		}
	}
	for my := 0; my*8*v < size.Y; my++ {
		for mx := 0; mx*8*h < size.X; mx++ {
			for i := range h * v {
				block(0, mx*h+i%h, my*v+i/h, 1, 1)
			}
			block(1, mx, my, h, v)
			block(2, mx, my, h, v)
		}
	}
	put(0x7f, 7)
	return append(out, 0xff, 0xd9)
}

// component3 is the mean of a component over an area, where the edge pixels repeat for ever.
func component3(src *image.RGBA, component, x0, y0, sx, sy int) float64 {
	sum := 0.0
	for y := y0; y < y0+sy; y++ {
		for x := x0; x < x0+sx; x++ {
			c := src.RGBAAt(min(x, src.Rect.Max.X-1), min(y, src.Rect.Max.Y-1))
			yy, cb, cr := color.RGBToYCbCr(c.R, c.G, c.B)
			sum += float64([3]uint8{yy, cb, cr}[component])
		}
	}
	return sum / float64(sx*sy)
}

// dctOf is the transform by its definition, in zigzag order.
func dctOf(sample func(x, y int) float64) [64]int {
	var flat [64]float64
	for i := range flat {
		flat[i] = sample(i%8, i/8) - 128
	}
	var out [64]int
	x, y := 0, 0
	for k := range out {
		sum := 0.0
		for i, v := range flat {
			sum += v * cosine(i%8, x) * cosine(i/8, y)
		}
		out[k] = int(math.Round(sum / 4))
		switch {
		case (x+y)%2 == 0 && x == 7, (x+y)%2 == 1 && y == 7:
			if y == 7 {
				x++
			} else {
				y++
			}
		case (x+y)%2 == 0 && y == 0:
			x++
		case (x+y)%2 == 1 && x == 0:
			y++
		case (x+y)%2 == 0:
			x, y = x+1, y-1
		default:
			x, y = x-1, y+1
		}
	}
	return out
}

func cosine(x, u int) float64 {
	if u == 0 {
		return math.Sqrt2 / 2
	}
	return math.Cos(float64((2*x+1)*u) * math.Pi / 16)
}
