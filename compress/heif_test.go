package compress

import (
	"bytes"
	"image"
	"image/color"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress/heif"
)

// The boxes say how an AVIF is turned, and EXIF does not count.
func TestHEIFOrientation(t *testing.T) {
	// A property that nobody misses becomes the one that turns.
	turned := bytes.Replace(testdata(t, "small.avif"), []byte("pixi\x00"), []byte("irot\x03"), 1)
	img := run(t, turned, tagroll.FormatAVIF, Options{Quality: 95, Orientation: 3})
	if got := img.Bounds().Size(); got != image.Pt(32, 48) {
		t.Fatalf("the size is %v", got)
	}
	wantQuarters(t, img, 12, red, green, blue, blue)
	// HEIC is turned by its decoder.
	img = run(t, testdata(t, "small.heic"), tagroll.FormatHEIC, Options{Quality: 95, Orientation: 6})
	wantQuarters(t, img, 12, green, blue, red, blue)
}

// A HEIC without chroma: dark on the left, light on the right.
func TestHEIFGray(t *testing.T) {
	img := run(t, testdata(t, "gray.heic"), tagroll.FormatHEIC, Options{Quality: 95})
	wantColor(t, img, 10, 30, color.Gray{60}, 4)
	wantColor(t, img, 54, 30, color.Gray{190}, 4)
}

// Luma and chroma of other matrices and ranges, made from colours by the definition (H.273, 8.3).
func TestHEIFMatrices(t *testing.T) {
	colours := []color.RGBA{red, green, blue, yellow, white, {0, 0, 0, 255}, {128, 128, 128, 255}}
	for _, c := range []struct {
		matrix int
		kr, kb float64
	}{{1, 0.2126, 0.0722}, {6, 0.299, 0.114}, {9, 0.2627, 0.0593}} {
		for _, full := range []bool{false, true} {
			for _, want := range colours {
				r, g, b := float64(want.R)/255, float64(want.G)/255, float64(want.B)/255
				y := c.kr*r + (1-c.kr-c.kb)*g + c.kb*b
				cb, cr := (b-y)/(2*(1-c.kb)), (r-y)/(2*(1-c.kr))
				luma, chroma := func(v float64) uint8 { return uint8(219*v + 16.5) }, func(v float64) uint8 { return uint8(224*v + 128.5) }
				if full {
					luma, chroma = func(v float64) uint8 { return uint8(255*v + 0.5) }, func(v float64) uint8 { return uint8(min(255*v+128.5, 255)) }
				}
				m := image.NewYCbCr(image.Rect(0, 0, 32, 32), image.YCbCrSubsampleRatio420)
				for i := range m.Y {
					m.Y[i] = luma(y)
				}
				for i := range m.Cb {
					m.Cb[i], m.Cr[i] = chroma(cb), chroma(cr)
				}
				o, err := Options{}.withDefaults()
				if err != nil {
					t.Fatal(err)
				}
				j := &job{ctx: t.Context(), o: o}
				if err := j.setSize(32, 32); err != nil {
					t.Fatal(err)
				}
				p := j.heifPlanes(m, &heif.Coding{Matrix: c.matrix, FullRange: full}, nil)
				if p.model == ycc {
					p.planes[1], p.planes[2] = fullPlane(32, p.planes[1].pix[0]), fullPlane(32, p.planes[2].pix[0])
					p.toRGB()
				}
				got := color.RGBA{p.planes[0].pix[500], p.planes[1].pix[500], p.planes[2].pix[500], 255}
				wantColor(t, &image.Uniform{C: got}, 0, 0, want, 3)
				j.release()
			}
		}
	}
}

func fullPlane(side int, v byte) plane {
	return plane{pix: bytes.Repeat([]byte{v}, side*side), stride: side, w: side, h: side}
}
