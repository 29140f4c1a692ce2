package compress

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/jpegtest"
)

// TestGenerated holds the result against the source for every kind of subsampling, at every
// orientation and at odd sizes: what was drawn must come out at its place in its colour.
func TestGenerated(t *testing.T) {
	t.Parallel()
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

// baseline encodes with luma sampled h x v times as finely as chroma.
func baseline(src *image.RGBA, h, v int) []byte {
	content := func(i int, c *jpegtest.Component) func(x, y int) float64 {
		sx, sy := h/c.H, v/c.V
		return func(x, y int) float64 { return component3(src, i, x*sx, y*sy, sx, sy) - 128 }
	}
	return jpegtest.Draw(src.Rect.Dx(), src.Rect.Dy(), 1, content, 10*h+v, 11, 11).Encode()
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
