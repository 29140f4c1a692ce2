package compress

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/tagroll/tagroll"
)

// run compresses and decodes the result, which must be a plain baseline JPEG.
func run(t *testing.T, data []byte, format tagroll.Format, o Options) image.Image {
	t.Helper()
	small, err := Compress(t.Context(), data, format, o)
	if err != nil {
		t.Fatalf("Compress: %v (%v)", err, errors.Unwrap(err))
	}
	img, err := jpeg.Decode(bytes.NewReader(small.JPEG))
	if err != nil {
		t.Fatalf("the result is no JPEG: %v", err)
	}
	if b := img.Bounds(); b.Dx() != small.Width || b.Dy() != small.Height {
		t.Errorf("the result is said to be %d x %d and is %d x %d", small.Width, small.Height, b.Dx(), b.Dy())
	}
	for marker := range jpegSegments(small.JPEG) {
		if marker >= 0xe1 && marker <= 0xef || marker == 0xfe {
			t.Errorf("the result has metadata: a segment %#x", marker)
		}
	}
	return img
}

// wantColor compares one pixel. The tolerance allows for JPEG, and for 4:2:0 only inside even
// areas.
func wantColor(t *testing.T, img image.Image, x, y int, want color.Color, tolerance int) {
	t.Helper()
	r, g, b, _ := img.At(img.Bounds().Min.X+x, img.Bounds().Min.Y+y).RGBA()
	wr, wg, wb, _ := want.RGBA()
	for i, d := range []int{int(r>>8) - int(wr>>8), int(g>>8) - int(wg>>8), int(b>>8) - int(wb>>8)} {
		if max(d, -d) > tolerance {
			t.Errorf("at (%d, %d): %d %d %d, want %d %d %d (channel %d is off by %d, at most %d)",
				x, y, r>>8, g>>8, b>>8, wr>>8, wg>>8, wb>>8, i, d, tolerance)
			return
		}
	}
}

func wantCode(t *testing.T, err error, code tagroll.Code, words ...string) {
	t.Helper()
	e, ok := errors.AsType[*tagroll.Error](err)
	if !ok {
		t.Fatalf("the error is %T (%v), not *tagroll.Error", err, err)
	}
	if e.Code != code || e.Stage != tagroll.StageCompress {
		t.Errorf("code %q at stage %q, want %q at %q: %v", e.Code, e.Stage, code, tagroll.StageCompress, err)
	}
	for _, w := range words {
		if !strings.Contains(e.Message, w) {
			t.Errorf("the message %q does not speak of %q", e.Message, w)
		}
	}
}

var (
	red    = color.RGBA{200, 40, 40, 255}
	green  = color.RGBA{40, 180, 60, 255}
	blue   = color.RGBA{40, 60, 200, 255}
	yellow = color.RGBA{220, 210, 50, 255}
	white  = color.RGBA{255, 255, 255, 255}
)

// quarters is a picture of four colours, different at every orientation:
// green and blue above, red and yellow below.
func quarters(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [2][2]color.RGBA{{green, blue}, {red, yellow}}[y*2/h][x*2/w]
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func wantQuarters(t *testing.T, img image.Image, tolerance int, topLeft, topRight, bottomLeft, bottomRight color.Color) {
	t.Helper()
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	wantColor(t, img, w/4, h/4, topLeft, tolerance)
	wantColor(t, img, w*3/4, h/4, topRight, tolerance)
	wantColor(t, img, w/4, h*3/4, bottomLeft, tolerance)
	wantColor(t, img, w*3/4, h*3/4, bottomRight, tolerance)
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asTIFF(t testing.TB, img image.Image, o *tiff.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tiff.Encode(&b, img, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fill makes a picture of one colour.
func fill(img interface {
	image.Image
	Set(x, y int, c color.Color)
}, c color.Color) image.Image {
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			img.Set(x, y, c)
		}
	}
	return img
}

// The eight orientations (EXIF 2.32, tag 274), as where the upright picture's quarters come from.
func TestOrientations(t *testing.T) {
	want := [9][4]color.Color{
		0: {green, blue, red, yellow}, // no orientation
		1: {green, blue, red, yellow},
		2: {blue, green, yellow, red},
		3: {yellow, red, blue, green},
		4: {red, yellow, green, blue},
		5: {green, red, blue, yellow},
		6: {red, green, yellow, blue},
		7: {yellow, blue, red, green},
		8: {blue, yellow, green, red},
	}
	src := quarters(160, 96)
	for format, data := range map[tagroll.Format][]byte{
		tagroll.FormatJPEG: asJPEG(t, src),
		tagroll.FormatPNG:  asPNG(t, src),
	} {
		for orientation, w := range want {
			for _, side := range []int{1024, 160, 100, 37} {
				img := run(t, data, format, Options{Orientation: orientation, MaxSide: side, Quality: 95})
				wantQuarters(t, img, 8, w[0], w[1], w[2], w[3])
				size := image.Pt(min(side, 160), (min(side, 160)*96+80)/160)
				if orientation >= 5 {
					size.X, size.Y = size.Y, size.X
				}
				if got := img.Bounds().Size(); got != size {
					t.Errorf("%s, orientation %d: %v, want %v", format, orientation, got, size)
				}
			}
		}
	}
}

// The sizes are those that sharp 0.35 (libvips 8.18) gives with fit inside and no enlargement.
func TestFit(t *testing.T) {
	for _, c := range []struct{ w, h, side, wantW, wantH int }{
		{6000, 4000, 1024, 1024, 683},
		{4000, 6000, 1024, 683, 1024},
		{1024, 1024, 1024, 1024, 1024},
		{800, 600, 1024, 800, 600},
		{1, 1, 1024, 1, 1},
		{1, 5000, 1024, 1, 1024},
		{5000, 2, 1024, 1024, 1},
		{3000, 2001, 1000, 1000, 667},
		{2048, 1, 1024, 1024, 1},
		{2000, 1501, 1000, 1000, 751},
		{65535, 65535, 65535, 65535, 65535},
	} {
		if w, h := fit(c.w, c.h, c.side); w != c.wantW || h != c.wantH {
			t.Errorf("fit(%d, %d, %d) = %d, %d, want %d, %d", c.w, c.h, c.side, w, h, c.wantW, c.wantH)
		}
	}
}

func TestExtremeSizes(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {1, 5000}, {5000, 1}, {2, 3}, {7, 1}, {3, 4099}} {
		src := fill(image.NewRGBA(image.Rectangle{Max: size}), red)
		for format, data := range map[tagroll.Format][]byte{
			tagroll.FormatJPEG: asJPEG(t, src),
			tagroll.FormatPNG:  asPNG(t, src),
		} {
			for orientation := 1; orientation <= 8; orientation++ {
				img := run(t, data, format, Options{Orientation: orientation})
				b := img.Bounds()
				wantColor(t, img, 0, 0, red, 6)
				wantColor(t, img, b.Dx()-1, b.Dy()-1, red, 6)
			}
		}
	}
}

func TestFormats(t *testing.T) {
	src := quarters(120, 80)
	gray := image.NewGray(src.Bounds())
	palette := image.NewPaletted(src.Bounds(), color.Palette{red, green, blue, yellow})
	deep := image.NewRGBA64(src.Bounds())
	deepGray := image.NewGray16(src.Bounds())
	for y := range 80 {
		for x := range 120 {
			gray.Set(x, y, src.At(x, y))
			palette.Set(x, y, src.At(x, y))
			deep.Set(x, y, src.At(x, y))
			deepGray.Set(x, y, src.At(x, y))
		}
	}
	var gifData bytes.Buffer
	if err := gif.Encode(&gifData, palette, nil); err != nil {
		t.Fatal(err)
	}
	lum := func(c color.Color) color.Color { return color.GrayModel.Convert(c) }
	colours := [4]color.Color{green, blue, red, yellow}
	grays := [4]color.Color{lum(green), lum(blue), lum(red), lum(yellow)}
	for _, c := range []struct {
		name   string
		format tagroll.Format
		data   []byte
		want   [4]color.Color
	}{
		{"JPEG", tagroll.FormatJPEG, asJPEG(t, src), colours},
		{"JPEG grey", tagroll.FormatJPEG, asJPEG(t, gray), grays},
		{"PNG", tagroll.FormatPNG, asPNG(t, src), colours},
		{"PNG grey", tagroll.FormatPNG, asPNG(t, gray), grays},
		{"PNG palette", tagroll.FormatPNG, asPNG(t, palette), colours},
		{"PNG 16 bits", tagroll.FormatPNG, asPNG(t, deep), colours},
		{"PNG grey 16 bits", tagroll.FormatPNG, asPNG(t, deepGray), grays},
		{"GIF", tagroll.FormatGIF, gifData.Bytes(), colours},
		{"TIFF", tagroll.FormatTIFF, asTIFF(t, src, nil), colours},
		{"TIFF deflate", tagroll.FormatTIFF, asTIFF(t, src, &tiff.Options{Compression: tiff.Deflate, Predictor: true}), colours},
		{"TIFF grey", tagroll.FormatTIFF, asTIFF(t, gray, nil), grays},
		{"TIFF palette", tagroll.FormatTIFF, asTIFF(t, palette, nil), colours},
		{"TIFF 16 bits", tagroll.FormatTIFF, asTIFF(t, deep, nil), colours},
		{"TIFF grey 16 bits", tagroll.FormatTIFF, asTIFF(t, deepGray, nil), grays},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, side := range []int{1024, 60} {
				img := run(t, c.data, c.format, Options{MaxSide: side, Quality: 95})
				wantQuarters(t, img, 6, c.want[0], c.want[1], c.want[2], c.want[3])
			}
		})
	}
}

// Each file of testdata is the same picture: green above red on the left, blue on the right.
func TestFiles(t *testing.T) {
	t.Parallel()
	halfBlue := color.RGBA{148, 158, 228, 255}
	for _, c := range []struct {
		file      string
		format    tagroll.Format
		right     color.Color
		tolerance int
	}{
		{"lossy.webp", tagroll.FormatWebP, blue, 6},
		{"lossless.webp", tagroll.FormatWebP, blue, 6},
		{"alpha.webp", tagroll.FormatWebP, halfBlue, 6},
		{"animated.webp", tagroll.FormatWebP, blue, 6},
		{"p3.webp", tagroll.FormatWebP, blue, 6},
		{"small.heic", tagroll.FormatHEIC, blue, 8},
		{"p3.heic", tagroll.FormatHEIC, blue, 8},
		{"small.avif", tagroll.FormatAVIF, blue, 12},
	} {
		t.Run(c.file, func(t *testing.T) {
			img := run(t, testdata(t, c.file), c.format, Options{Quality: 95})
			if got := img.Bounds().Size(); got != image.Pt(48, 32) {
				t.Fatalf("the size is %v", got)
			}
			wantQuarters(t, img, c.tolerance, green, c.right, red, c.right)
		})
	}
}

// A CMYK JPEG of Adobe's kind stores ink inverted. Without a profile its inks are taken as ideal
// ones, so only hue and rough lightness can be expected: that nothing is inverted or missing.
func TestCMYK(t *testing.T) {
	data := testdata(t, "cmyk.jpg")
	img := run(t, data, tagroll.FormatJPEG, Options{Quality: 95})
	wantQuarters(t, img, 80, green, blue, red, blue)

	// Without Adobe's marker the inks are stored in the same way.
	marker := bytes.Index(data, []byte("\xff\xee\x00\x0eAdobe"))
	if marker < 0 || data[marker+15] != 0 {
		t.Fatal("the test file has no marker of Adobe that says CMYK")
	}
	img = run(t, slices.Concat(data[:marker], data[marker+16:]), tagroll.FormatJPEG, Options{Quality: 95})
	wantQuarters(t, img, 80, green, blue, red, blue)
}

// A small interlaced PNG cannot ask for more memory than the limit stands for.
func TestInterlacedPNGIsBounded(t *testing.T) {
	chunk := func(kind string, content ...byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
		b = append(append(b, kind...), content...)
		return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	}
	const depth, rgba, interlaced = 16, 6, 1
	data := slices.Concat([]byte("\x89PNG\r\n\x1a\n"),
		chunk("IHDR", 0, 0, 0, 64, 0, 0, 0, 64, depth, rgba, 0, 0, interlaced), chunk("IDAT"), chunk("IEND"))
	_, err := Compress(t.Context(), data, tagroll.FormatPNG, Options{MaxPixels: 64 * 64})
	if tagroll.CodeOf(err) != tagroll.CodeTooManyPixels {
		t.Errorf("got %v, want %s", err, tagroll.CodeTooManyPixels)
	}
}

func TestTransparency(t *testing.T) {
	t.Run("half", func(t *testing.T) {
		src := fill(image.NewNRGBA(image.Rect(0, 0, 64, 64)), color.NRGBA{200, 0, 100, 128})
		for _, side := range []int{64, 20} {
			img := run(t, asPNG(t, src), tagroll.FormatPNG, Options{MaxSide: side, Quality: 95})
			wantColor(t, img, side/2, side/2, color.RGBA{227, 127, 177, 255}, 4)
		}
	})
	t.Run("16 bits", func(t *testing.T) {
		src := fill(image.NewNRGBA64(image.Rect(0, 0, 64, 64)), color.NRGBA64{0, 0, 0, 0x4000})
		img := run(t, asPNG(t, src), tagroll.FormatPNG, Options{Quality: 95})
		wantColor(t, img, 32, 32, color.RGBA{191, 191, 191, 255}, 4)
	})
	// Transparent black next to opaque white must not darken: that is what
	// scaling without premultiplied alpha does.
	t.Run("no dark edges", func(t *testing.T) {
		src := image.NewNRGBA(image.Rect(0, 0, 256, 256))
		for y := range 256 {
			for x := range 256 {
				if (x+y)%2 == 0 || x > 128 {
					src.SetNRGBA(x, y, color.NRGBA{255, 255, 255, 255})
				}
			}
		}
		img := run(t, asPNG(t, src), tagroll.FormatPNG, Options{MaxSide: 64, Quality: 95})
		for x := range 64 {
			wantColor(t, img, x, 32, white, 2)
		}
	})
	t.Run("GIF", func(t *testing.T) {
		src := image.NewPaletted(image.Rect(0, 0, 60, 40), color.Palette{color.RGBA{}, red})
		for y := range 40 {
			for x := range 30 {
				src.SetColorIndex(x, y, 1)
			}
		}
		var b bytes.Buffer
		if err := gif.Encode(&b, src, nil); err != nil {
			t.Fatal(err)
		}
		img := run(t, b.Bytes(), tagroll.FormatGIF, Options{Quality: 95})
		wantColor(t, img, 15, 20, red, 4)
		wantColor(t, img, 45, 20, white, 4)
	})
}

// A GIF's first frame may be smaller than its canvas; later frames do not count.
func TestGIFFrames(t *testing.T) {
	small := fill(image.NewPaletted(image.Rect(10, 5, 40, 35), color.Palette{red, blue}), red).(*image.Paletted)
	large := fill(image.NewPaletted(image.Rect(0, 0, 60, 40), color.Palette{red, blue}), blue).(*image.Paletted)
	var b bytes.Buffer
	err := gif.EncodeAll(&b, &gif.GIF{
		Image: []*image.Paletted{small, large}, Delay: []int{1, 1},
		Config: image.Config{Width: 60, Height: 40},
	})
	if err != nil {
		t.Fatal(err)
	}
	img := run(t, b.Bytes(), tagroll.FormatGIF, Options{Quality: 95})
	wantColor(t, img, 25, 20, red, 4)
	wantColor(t, img, 3, 3, white, 4)
	wantColor(t, img, 50, 38, white, 4)
}

// Fine stripes, far above what the small picture can show, must become even grey and not moiré.
func TestNoAliasing(t *testing.T) {
	src := image.NewGray(image.Rect(0, 0, 1500, 900))
	for y := range 900 {
		for x := range 1500 {
			if x%3 == 0 {
				src.Pix[y*src.Stride+x] = 255
			}
		}
	}
	for _, c := range []struct {
		format    tagroll.Format
		data      []byte
		tolerance int
	}{
		// Leaving out a block's high frequencies or averaging squares, is a less even
		// filter than Lanczos alone.
		{tagroll.FormatJPEG, asJPEG(t, src), 18},
		{tagroll.FormatPNG, asPNG(t, src), 12},
	} {
		img := run(t, c.data, c.format, Options{MaxSide: 211, Quality: 95})
		for x := 5; x < 205; x++ {
			wantColor(t, img, x, 60, color.Gray{85}, c.tolerance)
		}
	}
}

func TestTooManyPixels(t *testing.T) {
	src := quarters(120, 80)
	for format, data := range map[tagroll.Format][]byte{
		tagroll.FormatJPEG: asJPEG(t, src),
		tagroll.FormatPNG:  asPNG(t, src),
		tagroll.FormatTIFF: asTIFF(t, src, nil),
		tagroll.FormatHEIC: testdata(t, "small.heic"),
		tagroll.FormatAVIF: testdata(t, "small.avif"),
	} {
		w, h := 120, 80
		if format == tagroll.FormatHEIC || format == tagroll.FormatAVIF {
			w, h = 48, 32
		}
		if _, err := Compress(t.Context(), data, format, Options{MaxPixels: w * h}); err != nil {
			t.Errorf("%s at the limit: %v", format, err)
		}
		_, err := Compress(t.Context(), data, format, Options{MaxPixels: w*h - 1})
		wantCode(t, err, tagroll.CodeTooManyPixels, fmt.Sprintf("%d x %d", w, h))
	}
}

// The header of a bomb promises far more pixels than memory: it must be refused by the
// header alone, so the file needs no more than that.
func TestBombs(t *testing.T) {
	bombs := map[tagroll.Format][]byte{}
	p := asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	bombs[tagroll.FormatPNG] = patchPNGSize(p, 60000, 60000)
	jpg := asJPEG(t, image.NewGray(image.Rect(0, 0, 8, 8)))
	sof := bytes.Index(jpg, []byte{0xff, 0xc0})
	copy(jpg[sof+5:], []byte{0xff, 0xff, 0xff, 0xff})
	bombs[tagroll.FormatJPEG] = jpg
	webp := bytes.Clone(testdata(t, "lossless.webp"))
	frame := bytes.Index(webp, []byte("VP8L")) + 8
	copy(webp[frame+1:], []byte{0xff, 0xff, 0xff, 0x0f})
	bombs[tagroll.FormatWebP] = webp
	bombs[tagroll.FormatGIF] = []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00")
	for format, data := range bombs {
		_, err := Compress(t.Context(), data, format, Options{})
		if err == nil {
			t.Fatalf("%s: a bomb was read", format)
		}
		wantCode(t, err, tagroll.CodeTooManyPixels)
	}
}

func TestDamaged(t *testing.T) {
	src := quarters(120, 80)
	var gifData bytes.Buffer
	if err := gif.Encode(&gifData, src, nil); err != nil {
		t.Fatal(err)
	}
	for format, data := range map[tagroll.Format][]byte{
		tagroll.FormatJPEG: asJPEG(t, src),
		tagroll.FormatPNG:  asPNG(t, src),
		tagroll.FormatTIFF: asTIFF(t, src, nil),
		tagroll.FormatGIF:  gifData.Bytes(),
		tagroll.FormatWebP: testdata(t, "lossy.webp"),
		tagroll.FormatHEIC: testdata(t, "small.heic"),
		tagroll.FormatAVIF: testdata(t, "small.avif"),
	} {
		for _, share := range []int{0, 1, 5, 20, 50, 80} {
			_, err := Compress(t.Context(), data[:len(data)*share/100], format, Options{})
			if err == nil {
				t.Errorf("%s of which %d%% are there was accepted", format, share)
				continue
			}
			if wantCode(t, err, tagroll.CodeCorruptImage); share >= 50 {
				// What is cut off is said to be.
				wantCode(t, err, tagroll.CodeCorruptImage, "ends ")
			}
		}
		_, err := Compress(t.Context(), []byte("this is no picture at all, whatever anyone says"), format, Options{})
		wantCode(t, err, tagroll.CodeCorruptImage)
	}
}

func TestUnsupported(t *testing.T) {
	for _, format := range []tagroll.Format{"", "bmp"} {
		_, err := Compress(t.Context(), []byte("BM"), format, Options{})
		wantCode(t, err, tagroll.CodeUnsupportedFormat, "export it as a JPEG")
	}
}

func TestConfiguration(t *testing.T) {
	for _, o := range []Options{{MaxSide: -1}, {MaxSide: 70000}, {Quality: 101}, {Quality: -1}, {MaxPixels: -5}} {
		_, err := Compress(t.Context(), nil, tagroll.FormatJPEG, o)
		wantCode(t, err, tagroll.CodeConfiguration)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Compress(ctx, asJPEG(t, quarters(8, 8)), tagroll.FormatJPEG, Options{})
	wantCode(t, err, tagroll.CodeCancelled)
	late, cancel2 := context.WithTimeout(t.Context(), 0)
	defer cancel2()
	_, err = Compress(late, asJPEG(t, quarters(8, 8)), tagroll.FormatJPEG, Options{})
	wantCode(t, err, tagroll.CodeTimeout)
}

// The input belongs to the caller, and is read again for delivery or export.
func TestInputIsKept(t *testing.T) {
	data := asJPEG(t, quarters(300, 200))
	before := bytes.Clone(data)
	run(t, data, tagroll.FormatJPEG, Options{MaxSide: 50})
	if !bytes.Equal(data, before) {
		t.Error("Compress changed its input")
	}
}

// A quality of 85 is the default, and a higher one makes larger files.
func TestQuality(t *testing.T) {
	data := asJPEG(t, noise(400, 300))
	size := func(q int) int {
		small, err := Compress(t.Context(), data, tagroll.FormatJPEG, Options{Quality: q})
		if err != nil {
			t.Fatal(err)
		}
		return len(small.JPEG)
	}
	if size(0) != size(85) {
		t.Error("the default quality is not 85")
	}
	if !(size(30) < size(85) && size(85) < size(100)) {
		t.Errorf("sizes at quality 30, 85, 100: %d, %d, %d", size(30), size(85), size(100))
	}
}

// logged returns a logger and what it was told.
func logged() (*slog.Logger, *bytes.Buffer) {
	var b bytes.Buffer
	return slog.New(slog.NewTextHandler(&b, nil)), &b
}

// noise is a picture with detail of every size, always the same.
func noise(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	state := uint32(1)
	for i := 0; i < len(img.Pix); i += 4 {
		x, y := i/4%w, i/4/w
		state = state*1664525 + 1013904223
		n := int(state>>28) - 8
		img.Pix[i] = clamp8(int32(128 + 100*x/w - 60*y/h + n))
		img.Pix[i+1] = clamp8(int32(100 + (x^y)&63 + n))
		img.Pix[i+2] = clamp8(int32(60 + 120*y/h + n))
		img.Pix[i+3] = 255
	}
	return img
}

// Images of another size or quality have another version; defaults are the same however they are
// given.
func TestVersion(t *testing.T) {
	plain := Options{}.Version()
	if plain != "" || plain != (Options{MaxSide: 1024, Quality: 85, MaxPixels: 5, Orientation: 6}).Version() {
		t.Errorf("the defaults have the version %q", plain)
	}
	seen := map[string]bool{plain: true}
	for _, o := range []Options{{MaxSide: 512}, {MaxSide: 768}, {Quality: 70}, {MaxSide: 512, Quality: 70}} {
		if v := o.Version(); seen[v] {
			t.Errorf("%+v has the version %q of others", o, v)
		}
		seen[o.Version()] = true
	}
}
