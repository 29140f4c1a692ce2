package compress

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress/icc/icctest"
)

// Whatever the bytes: a proper JPEG of the right size, or an error with a code that blames the
// photo.
func FuzzCompress(f *testing.F) {
	formats := []tagroll.Format{
		tagroll.FormatJPEG, tagroll.FormatPNG, tagroll.FormatWebP, tagroll.FormatTIFF, tagroll.FormatGIF,
		tagroll.FormatHEIC, tagroll.FormatAVIF,
	}
	src := quarters(37, 22)
	palette := image.NewPaletted(src.Bounds(), color.Palette{color.RGBA{}, red, green})
	var gifData bytes.Buffer
	if err := gif.Encode(&gifData, palette, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(asJPEG(f, src), byte(0), byte(6))
	f.Add(jpegWithProfile(asJPEG(f, src), icctest.AdobeRGB(), 2), byte(0), byte(1))
	f.Add(asPNG(f, src), byte(1), byte(3))
	f.Add(pngWithProfile(asPNG(f, palette), icctest.DisplayP3()), byte(1), byte(8))
	f.Add(asTIFF(f, src, nil), byte(3), byte(2))
	f.Add(asTIFF(f, src, &tiff.Options{Compression: tiff.Deflate, Predictor: true}), byte(3), byte(2))
	f.Add(gifData.Bytes(), byte(4), byte(5))
	for _, layout := range [][2]int{{0, 22}, {0, 8}, {16, 0}} {
		f.Add(jpegTIFF(37, 22, layout[0], layout[1], yccTIFF, 3, true, func(r image.Rectangle) []byte {
			return asJPEG(f, src.SubImage(r.Intersect(src.Rect)))
		}), byte(3), byte(1))
	}
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		f.Fatal("no testdata", err)
	}
	kinds := map[string]byte{".jpg": 0, ".png": 1, ".webp": 2, ".tif": 3, ".heic": 5, ".avif": 6}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, kinds[filepath.Ext(name)], byte(0))
	}
	f.Fuzz(func(t *testing.T, data []byte, format, orientation byte) {
		o := Options{MaxSide: 24, Orientation: int(orientation), MaxPixels: 64 * 64}
		small, err := Compress(t.Context(), data, formats[int(format)%len(formats)], o)
		if err != nil {
			e, ok := errors.AsType[*tagroll.Error](err)
			if !ok {
				t.Fatalf("an error of another kind: %v", err)
			}
			switch e.Code {
			case tagroll.CodeCorruptImage, tagroll.CodeTooManyPixels, tagroll.CodeUnsupportedFormat:
			default:
				t.Fatalf("code %q: %v", e.Code, err)
			}
			return
		}
		config, err := jpeg.DecodeConfig(bytes.NewReader(small.JPEG))
		if err != nil {
			t.Fatalf("the result is no JPEG: %v", err)
		}
		if config.Width != small.Width || config.Height != small.Height || max(small.Width, small.Height) > 24 {
			t.Fatalf("the result is %d x %d, said to be %d x %d", config.Width, config.Height, small.Width, small.Height)
		}
	})
}
