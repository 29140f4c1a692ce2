//go:build unix

package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // registered for decoding
	_ "image/jpeg"
	_ "image/png"
	"math"
	"os"

	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"github.com/tagroll/tagroll/compress/jpegscale"
)

// grayscale is a picture's lightness, in floating point.
type grayscale struct {
	w, h int
	pix  []float64
}

func newGrayscale(w, h int) *grayscale { return &grayscale{w: w, h: h, pix: make([]float64, w*h)} }

// exactResult decodes a photo at full size with the decoders of Go's standard library and of
// golang.org/x/image and scales its lightness with a Lanczos filter in floating point. It is nil
// for formats that those do not read, and for photos whose colours they would get wrong.
func exactResult(name string, orientation int, format string) (exact *grayscale, kind string, err error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, "", err
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, format, nil
	}
	b := img.Bounds()
	kind = fmt.Sprintf("%s %.0f MP", format, float64(b.Dx())*float64(b.Dy())/1e6)
	if config, err := jpegscale.DecodeConfig(data); err == nil && config.Progressive {
		kind += " progressive"
	}
	full := newGrayscale(b.Dx(), b.Dy())
	for y := range full.h {
		for x := range full.w {
			full.pix[y*full.w+x] = lightness(img.At(b.Min.X+x, b.Min.Y+y), format)
		}
	}
	full = full.upright(orientation)
	if w, h := resultSize(full.w, full.h); w != full.w {
		full = full.lanczos(w, h)
	}
	return full, kind, nil
}

// resultSize is the size that a picture gets.
func resultSize(w, h int) (int, int) {
	longer := max(w, h)
	if longer <= 1024 {
		return w, h
	}
	scale := func(n int) int { return max(int(math.Round(float64(n)*1024/float64(longer))), 1) }
	return scale(w), scale(h)
}

// lightness is the luma of a colour on white.
func lightness(c color.Color, format string) float64 {
	if y, ok := c.(color.YCbCr); ok {
		if format == "webp" { // BT.601 in studio range
			return min(max((float64(y.Y)-16)*255/219, 0), 255)
		}
		return float64(y.Y)
	}
	r, g, b, a := c.RGBA()
	return (0.299*float64(r) + 0.587*float64(g) + 0.114*float64(b) + float64(0xffff-a)) / 257
}

func (g *grayscale) upright(orientation int) *grayscale {
	if orientation <= 1 {
		return g
	}
	out := newGrayscale(g.w, g.h)
	if orientation >= 5 {
		out = newGrayscale(g.h, g.w)
	}
	for y := range out.h {
		for x := range out.w {
			sx, sy := x, y
			if orientation >= 5 {
				sx, sy = y, x
			}
			switch orientation {
			case 2, 8:
				sx = g.w - 1 - sx
			case 3, 7:
				sx, sy = g.w-1-sx, g.h-1-sy
			case 4, 6:
				sy = g.h - 1 - sy
			}
			out.pix[y*out.w+x] = g.pix[sy*g.w+sx]
		}
	}
	return out
}

// lanczos scales with three lobes, first along the rows.
func (g *grayscale) lanczos(w, h int) *grayscale {
	wide := newGrayscale(w, g.h)
	for i := range w {
		first, weights := lanczosWeights(g.w, w, i)
		for y := range g.h {
			sum := 0.0
			for t, v := range weights {
				sum += v * g.pix[y*g.w+min(max(first+t, 0), g.w-1)]
			}
			wide.pix[y*w+i] = sum
		}
	}
	out := newGrayscale(w, h)
	for i := range h {
		first, weights := lanczosWeights(g.h, h, i)
		for x := range w {
			sum := 0.0
			for t, v := range weights {
				sum += v * wide.pix[min(max(first+t, 0), g.h-1)*w+x]
			}
			out.pix[i*w+x] = min(max(sum, 0), 255)
		}
	}
	return out
}

func lanczosWeights(src, dst, i int) (first int, weights []float64) {
	step := float64(src) / float64(dst)
	centre := (float64(i)+0.5)*step - 0.5
	first = int(math.Ceil(centre - 3*step))
	total := 0.0
	for s := first; float64(s) < centre+3*step; s++ {
		x := math.Abs(float64(s)-centre) / step * math.Pi
		v := 1.0
		if x > 1e-9 {
			v = 3 * math.Sin(x) * math.Sin(x/3) / (x * x)
		}
		weights = append(weights, v)
		total += v
	}
	for t := range weights {
		weights[t] /= total
	}
	return first, weights
}

// compareFile is the SSIM of a JPEG against the exact result.
func compareFile(exact *grayscale, name string) (float64, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return 0, err
	}
	b := img.Bounds()
	if b.Dx() != exact.w || b.Dy() != exact.h {
		return 0, fmt.Errorf("the result is %d x %d, not %d x %d", b.Dx(), b.Dy(), exact.w, exact.h)
	}
	got := newGrayscale(exact.w, exact.h)
	for y := range got.h {
		for x := range got.w {
			got.pix[y*got.w+x] = lightness(img.At(b.Min.X+x, b.Min.Y+y), "jpeg")
		}
	}
	return ssim(exact, got), nil
}

// ssim is the mean structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004), with their
// Gaussian window of 11 pixels.
func ssim(a, b *grayscale) float64 {
	product := func(p, q *grayscale) *grayscale {
		out := newGrayscale(p.w, p.h)
		for i := range out.pix {
			out.pix[i] = p.pix[i] * q.pix[i]
		}
		return out.blur()
	}
	ma, mb := a.blur(), b.blur()
	aa, bb, ab := product(a, a), product(b, b), product(a, b)
	const c1, c2 = (0.01 * 255) * (0.01 * 255), (0.03 * 255) * (0.03 * 255)
	sum := 0.0
	for i := range ma.pix {
		x, y := ma.pix[i], mb.pix[i]
		va, vb, cov := aa.pix[i]-x*x, bb.pix[i]-y*y, ab.pix[i]-x*y
		sum += (2*x*y + c1) * (2*cov + c2) / ((x*x + y*y + c1) * (va + vb + c2))
	}
	return sum / float64(len(ma.pix))
}

// blur is a Gaussian of 1.5 pixels over 11.
func (g *grayscale) blur() *grayscale {
	var window [11]float64
	total := 0.0
	for i := range window {
		d := float64(i - 5)
		window[i] = math.Exp(-d * d / (2 * 1.5 * 1.5))
		total += window[i]
	}
	pass := func(src *grayscale, dx, dy int) *grayscale {
		out := newGrayscale(src.w, src.h)
		for y := range src.h {
			for x := range src.w {
				sum := 0.0
				for i, v := range window {
					sx, sy := min(max(x+(i-5)*dx, 0), src.w-1), min(max(y+(i-5)*dy, 0), src.h-1)
					sum += v * src.pix[sy*src.w+sx]
				}
				out.pix[y*src.w+x] = sum / total
			}
		}
		return out
	}
	return pass(pass(g, 1, 0), 0, 1)
}
