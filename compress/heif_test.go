package compress

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress/heif/heiftest"
)

// The boxes say how an AVIF or HEIC is turned, and EXIF does not count.
func TestHEIFOrientation(t *testing.T) {
	for _, sample := range []string{"q8.heic", "q8.avif"} {
		for _, c := range []struct {
			properties [][]byte
			want       [4]color.RGBA
		}{
			{nil, [4]color.RGBA{red, green, blue, yellow}},
			{[][]byte{heiftest.Turned(1)}, [4]color.RGBA{green, yellow, red, blue}},
			{[][]byte{heiftest.Turned(3)}, [4]color.RGBA{blue, red, yellow, green}},
			{[][]byte{heiftest.Mirrored(0)}, [4]color.RGBA{blue, yellow, red, green}},
			{[][]byte{heiftest.Mirrored(1)}, [4]color.RGBA{green, red, yellow, blue}},
			{[][]byte{heiftest.Turned(1), heiftest.Mirrored(0)}, [4]color.RGBA{red, blue, green, yellow}},
			{[][]byte{heiftest.Mirrored(0), heiftest.Turned(1)}, [4]color.RGBA{yellow, green, blue, red}},
		} {
			f := heiftest.File{Brand: "mif1", Items: []heiftest.Item{heiftest.Coded(heiftest.Sample(sample)).With(c.properties...)}}
			img := run(t, f.Bytes(), formatOf(sample), Options{Quality: 95, Orientation: 3})
			wantQuarters(t, img, 12, c.want[0], c.want[1], c.want[2], c.want[3])
		}
	}
}

func formatOf(sample string) tagroll.Format {
	if strings.HasSuffix(sample, ".avif") {
		return tagroll.FormatAVIF
	}
	return tagroll.FormatHEIC
}

// Files of every major brand reach the decoder, and so do sequences without items.
func TestHEIFBrands(t *testing.T) {
	for _, brand := range []string{"heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1", "mif2", "MiHE", "MiHB", "xxxx"} {
		f := heiftest.File{Brand: brand, Compatible: []string{"heic"}, Items: []heiftest.Item{heiftest.Coded(heiftest.Sample("q8.heic"))}}
		wantQuarters(t, run(t, f.Bytes(), tagroll.FormatHEIC, Options{Quality: 95}), 12, red, green, blue, yellow)
	}
	for _, brand := range []string{"avif", "avis", "mif1"} {
		f := heiftest.File{Brand: brand, Compatible: []string{"avif"}, Items: []heiftest.Item{heiftest.Coded(heiftest.Sample("q8.avif"))}}
		wantQuarters(t, run(t, f.Bytes(), tagroll.FormatAVIF, Options{Quality: 95}), 12, red, green, blue, yellow)
	}
	wantQuarters(t, run(t, heiftest.Sample("seq.heics"), tagroll.FormatHEIC, Options{Quality: 95}), 12, red, green, blue, yellow)
}

// Pictures without chroma are read, of any number of bits, whole, as a grid and cut.
func TestHEIFGray(t *testing.T) {
	t.Parallel()
	img := run(t, testdata(t, "gray.heic"), tagroll.FormatHEIC, Options{Quality: 95})
	wantColor(t, img, 10, 30, color.Gray{60}, 4)
	wantColor(t, img, 54, 30, color.Gray{190}, 4)
	for _, sample := range []string{"g8.heic", "g10.heic", "g12.heic", "g8.avif", "g12.avif"} {
		coded := heiftest.Coded(heiftest.Sample(sample))
		img := run(t, heiftest.File{Brand: "heic", Items: []heiftest.Item{coded}}.Bytes(), formatOf(sample), Options{Quality: 95})
		wantColor(t, img, 10, 30, color.Gray{60}, 4)
		wantColor(t, img, 54, 30, color.Gray{190}, 4)
		grid := heiftest.Tiled("heic", 2, 2, 100, 90, coded, heiftest.Aperture(100, 90, 30, 10, 60, 80))
		img = run(t, grid.Bytes(), formatOf(sample), Options{Quality: 95})
		if got := img.Bounds().Size(); got != image.Pt(60, 80) {
			t.Fatalf("%s: the clean aperture has %v", sample, got)
		}
		wantColor(t, img, 15, 40, color.Gray{190}, 4) // 45 of the grid
		wantColor(t, img, 50, 40, color.Gray{60}, 4)  // 80
	}
}

// A grid is its tiles side by side, cut to its size, in 8 bits and more.
func TestHEIFGrid(t *testing.T) {
	for _, sample := range []string{"q8.heic", "q10.heic", "q12.heic", "q8.avif", "q10.avif"} {
		for _, columns := range []int{1, 2, 5} {
			w, h := 64*columns-20, 64*3-30
			grid := heiftest.Tiled("mif1", columns, 3, w, h, heiftest.Coded(heiftest.Sample(sample)))
			img := run(t, grid.Bytes(), formatOf(sample), Options{Quality: 95})
			if got := img.Bounds().Size(); got != image.Pt(w, h) {
				t.Fatalf("%s: %v instead of %d x %d", sample, got, w, h)
			}
			for y := 16; y < h; y += 32 {
				for x := 16; x < w; x += 32 {
					want := [2][2]color.RGBA{{red, green}, {blue, yellow}}[y/32%2][x/32%2]
					wantColor(t, img, x, y, want, 14)
				}
			}
		}
	}
}

// What a clean aperture cuts away is not seen, whichever way the picture is turned.
func TestHEIFAperture(t *testing.T) {
	for _, c := range []struct {
		properties [][]byte
		size       image.Point
		want       color.RGBA
	}{
		{[][]byte{heiftest.Aperture(64, 64, 32, 0, 32, 31)}, image.Pt(32, 31), green},
		{[][]byte{heiftest.Aperture(64, 64, 1, 33, 30, 20), heiftest.Turned(1)}, image.Pt(20, 30), blue},
		{[][]byte{heiftest.Turned(1), heiftest.Aperture(64, 64, 1, 33, 30, 20)}, image.Pt(30, 20), red},
		{[][]byte{heiftest.Mirrored(1), heiftest.Aperture(64, 64, 0, 0, 31, 30)}, image.Pt(31, 30), green},
	} {
		f := heiftest.File{Brand: "heic", Items: []heiftest.Item{heiftest.Coded(heiftest.Sample("q8.heic")).With(c.properties...)}}
		img := run(t, f.Bytes(), tagroll.FormatHEIC, Options{Quality: 95})
		if got := img.Bounds().Size(); got != c.size {
			t.Fatalf("%v instead of %v", got, c.size)
		}
		wantColor(t, img, c.size.X/2, c.size.Y/2, c.want, 12)
		wantColor(t, img, 3, 3, c.want, 16)
		wantColor(t, img, c.size.X-4, c.size.Y-4, c.want, 16)
	}
}

// What is transparent is white, at full size and scaled down, and leaves no border of its colour.
func TestHEIFAlpha(t *testing.T) {
	for _, sample := range []string{"alpha.heic", "alpha.avif"} {
		img := run(t, heiftest.Sample(sample), formatOf(sample), Options{Quality: 95})
		wantColor(t, img, 10, 32, red, 14)
		wantColor(t, img, 52, 12, white, 6)
		wantColor(t, img, 52, 52, color.RGBA{127, 127, 127, 255}, 10)
	}
	// A red picture whose mask is a grid of another size.
	mask := heiftest.Tiled("heic", 1, 1, 64, 64, heiftest.Coded(heiftest.Sample("g8.heic")))
	f := heiftest.File{Brand: "heic", Items: []heiftest.Item{
		heiftest.Grid(2, 2, 128, 128), mask.Items[0].With(heiftest.Auxiliary()), mask.Items[1], heiftest.Coded(heiftest.Sample("q8.heic")),
	}, References: []heiftest.Reference{
		{Kind: "dimg", From: 1, To: []int{4, 4, 4, 4}}, {Kind: "dimg", From: 2, To: []int{3}}, {Kind: "auxl", From: 2, To: []int{1}},
	}}
	img := run(t, f.Bytes(), tagroll.FormatHEIC, Options{Quality: 95})
	wantColor(t, img, 16, 16, over(red, 60), 14)
	wantColor(t, img, 112, 112, over(yellow, 190), 14)
}

func over(c color.RGBA, alpha int) color.RGBA {
	mix := func(v uint8) uint8 { return uint8((int(v)*alpha + 255*(255-alpha)) / 255) }
	return color.RGBA{mix(c.R), mix(c.G), mix(c.B), 255}
}

// Luma and chroma of other matrices and ranges: what the boxes say counts before what is coded.
func TestHEIFMatrices(t *testing.T) {
	// What the coded picture holds: its encoder used BT.601 in full.
	for _, c := range []struct {
		matrix int
		kr, kb float64
	}{{1, 0.2126, 0.0722}, {6, 0.299, 0.114}, {9, 0.2627, 0.0593}} {
		for _, full := range []bool{false, true} {
			coded := heiftest.Coded(heiftest.Sample("q8.heic")).With(heiftest.Colours(1, 13, c.matrix, full))
			img := run(t, heiftest.File{Brand: "heic", Items: []heiftest.Item{coded}}.Bytes(), tagroll.FormatHEIC, Options{Quality: 95})
			for at, source := range map[image.Point]color.RGBA{{16, 16}: red, {48, 16}: green, {16, 48}: blue, {48, 48}: yellow} {
				wantColor(t, img, at.X, at.Y, decoded(source, c.kr, c.kb, full), 16)
			}
		}
	}
}

// decoded is what a colour becomes that was coded as in JFIF and is read otherwise (H.273, 8.3).
func decoded(c color.RGBA, kr, kb float64, full bool) color.RGBA {
	y, cb, cr := color.RGBToYCbCr(c.R, c.G, c.B)
	luma, u, v := float64(y)/255, (float64(cb)-128)/255, (float64(cr)-128)/255
	if !full {
		luma, u, v = (float64(y)-16)/219, (float64(cb)-128)/224, (float64(cr)-128)/224
	}
	r, b := luma+2*(1-kr)*v, luma+2*(1-kb)*u
	g := (luma - kr*r - kb*b) / (1 - kr - kb)
	to := func(x float64) uint8 { return uint8(math.Round(255 * min(max(x, 0), 1))) }
	return color.RGBA{to(r), to(g), to(b), 255}
}

// Three bombs at once are refused or decoded within bounds: a coded picture that is larger than its
// boxes say, tiles that are larger than the picture, and 99 megapixels in one piece.
func TestHEIFBombs(t *testing.T) {
	flat := heiftest.Coded(heiftest.Sample("flat.heic"))
	small := flat
	small.Properties = [][]byte{heiftest.Size(64, 64)}
	for _, p := range flat.Properties {
		if string(p[4:8]) == "hvcC" {
			small.Properties = append(small.Properties, p)
		}
	}
	large := small
	large.Properties = [][]byte{heiftest.Size(11000, 9000), small.Properties[1]}
	files := map[string]struct {
		data []byte
		want tagroll.Code
	}{
		"larger than it says": {heiftest.File{Brand: "heic", Items: []heiftest.Item{small}}.Bytes(), tagroll.CodeCorruptImage},
		"one piece":           {heiftest.File{Brand: "heic", Items: []heiftest.Item{large}}.Bytes(), tagroll.CodeTooManyPixels},
		"tiles outside":       {heiftest.Tiled("heic", 40, 40, 64, 64, flat).Bytes(), tagroll.CodeCorruptImage},
		"too many pixels":     {heiftest.Tiled("heic", 6, 6, 12000, 12000, flat).Bytes(), tagroll.CodeTooManyPixels},
	}
	var all sync.WaitGroup
	for name, file := range files {
		for range 3 {
			all.Go(func() {
				_, err := Compress(t.Context(), file.data, tagroll.FormatHEIC, Options{})
				if tagroll.CodeOf(err) != file.want {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
	}
	all.Wait()
}

// Decoding ends soon after its context, in the middle of a piece as well.
func TestHEIFDeadline(t *testing.T) {
	for _, sample := range []string{"flat.heic", "flat.avif"} {
		grid := heiftest.Tiled("heic", 4, 4, 8192, 8192, heiftest.Coded(heiftest.Sample(sample))).Bytes()
		ctx := &counting{Context: t.Context(), left: 300}
		_, err := Compress(ctx, grid, formatOf(sample), Options{})
		if code := tagroll.CodeOf(err); code != tagroll.CodeTimeout {
			t.Errorf("%s: %v", sample, err)
		}
		// Four decoders may each have asked once more.
		if ctx.left < -40 {
			t.Errorf("%s: the decoders went on for %d questions", sample, -ctx.left)
		}
	}
}

// counting is a context whose deadline has come when it was asked often enough.
type counting struct {
	context.Context
	mu   sync.Mutex
	left int
}

func (c *counting) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func (c *counting) Deadline() (time.Time, bool) { return time.Time{}, false }

// Damaged files are errors of their own photo, whatever is damaged in them.
func TestHEIFDamage(t *testing.T) {
	good := heiftest.Tiled("heic", 2, 2, 128, 128, heiftest.Coded(heiftest.Sample("q8.heic"))).Bytes()
	for _, n := range []int{len(good) - 1, len(good) - 100, len(good) / 2} {
		if _, err := Compress(t.Context(), good[:n], tagroll.FormatHEIC, Options{}); tagroll.CodeOf(err) != tagroll.CodeCorruptImage {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	// A unit that claims to be longer than its picture.
	broken := bytes.Clone(good)
	content := heiftest.Coded(heiftest.Sample("q8.heic")).Content
	at := bytes.LastIndex(broken, content)
	binary.BigEndian.PutUint32(broken[at:], 1<<20)
	if _, err := Compress(t.Context(), broken, tagroll.FormatHEIC, Options{}); tagroll.CodeOf(err) != tagroll.CodeCorruptImage {
		t.Errorf("a long unit: %v", err)
	}
	for name, f := range map[string]heiftest.File{
		"a tile is missing": {Brand: "heic", Items: []heiftest.Item{heiftest.Grid(2, 1, 128, 64), heiftest.Coded(heiftest.Sample("q8.heic"))},
			References: []heiftest.Reference{{Kind: "dimg", From: 1, To: []int{2}}}},
		"a tile without content": {Brand: "heic", Items: []heiftest.Item{heiftest.Grid(1, 1, 64, 64), {Kind: "hvc1", Properties: heiftest.Coded(heiftest.Sample("q8.heic")).Properties}},
			References: []heiftest.Reference{{Kind: "dimg", From: 1, To: []int{2}}}},
		"a circle": {Brand: "heic", Items: []heiftest.Item{{Kind: "iden"}}, References: []heiftest.Reference{{Kind: "dimg", From: 1, To: []int{1}}}},
		"a grid of grids": {Brand: "heic", Items: []heiftest.Item{heiftest.Grid(1, 1, 64, 64)},
			References: []heiftest.Reference{{Kind: "dimg", From: 1, To: []int{1}}}},
	} {
		_, err := Compress(t.Context(), f.Bytes(), tagroll.FormatHEIC, Options{})
		if code := tagroll.CodeOf(err); code != tagroll.CodeCorruptImage && code != tagroll.CodeUnsupportedFormat {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil || strings.Contains(fmt.Sprint(err), "panic") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// High dynamic range is brought down by the tone curve: BT.2020 with PQ and HLG.
func TestHEIFHighDynamicRange(t *testing.T) {
	for _, sample := range []string{"g10.heic", "g12.avif"} {
		coded := heiftest.Coded(heiftest.Sample(sample)).With(heiftest.Colours(9, 16, 9, true))
		img := run(t, heiftest.File{Brand: "heic", Items: []heiftest.Item{coded}}.Bytes(), formatOf(sample), Options{Quality: 95})
		// Code 60 of 255 is 4.3 nits, code 190 is 960: near black and nearly white.
		wantColor(t, img, 10, 30, color.Gray{40}, 4)
		wantColor(t, img, 54, 30, color.Gray{254}, 3)
	}
	// Red of BT.2020 is more than a screen's red.
	coded := heiftest.Coded(heiftest.Sample("q10.heic")).With(heiftest.Colours(9, 18, 6, true))
	img := run(t, heiftest.File{Brand: "heic", Items: []heiftest.Item{coded}}.Bytes(), tagroll.FormatHEIC, Options{Quality: 95})
	r, g, _, _ := img.At(16, 16).RGBA()
	if r>>8 < 225 || g>>8 > 30 {
		t.Errorf("red became %d, %d", r>>8, g>>8)
	}
}
