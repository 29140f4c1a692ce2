package compress

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"strings"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress/icc"
	"github.com/tagroll/tagroll/compress/icc/icctest"
)

// Patches whose sRGB values were worked out with another program from the published chromaticities,
// white points and tone curves: IEC 61966-2-1, SMPTE EG 432-1 (Display P3), Adobe RGB (1998), ISO
// 22028-2 (ROMM, ProPhoto; Bradford from D50 to D65).
var patches = []struct {
	space       string
	profile     []byte
	in, want    color.RGBA
	description string
}{
	{"Display P3", icctest.DisplayP3(), color.RGBA{200, 100, 100, 255}, color.RGBA{215, 93, 97, 255}, "dull red"},
	{"Display P3", icctest.DisplayP3(), color.RGBA{128, 128, 128, 255}, color.RGBA{128, 128, 128, 255}, "grey"},
	{"Display P3", icctest.DisplayP3(), color.RGBA{60, 180, 90, 255}, color.RGBA{0, 183, 78, 255}, "green out of gamut"},
	{"Adobe RGB", icctest.AdobeRGB(), color.RGBA{120, 160, 120, 255}, color.RGBA{99, 161, 119, 255}, "dull green"},
	{"Adobe RGB", icctest.AdobeRGB(), color.RGBA{200, 90, 60, 255}, color.RGBA{228, 90, 56, 255}, "orange"},
	{"Adobe RGB", icctest.AdobeRGB(), color.RGBA{255, 255, 255, 255}, color.RGBA{255, 255, 255, 255}, "white"},
	{"ProPhoto RGB", icctest.ProPhoto(), color.RGBA{120, 110, 100, 255}, color.RGBA{150, 127, 118, 255}, "brown"},
	{"ProPhoto RGB", icctest.ProPhoto(), color.RGBA{60, 90, 80, 255}, color.RGBA{2, 115, 97, 255}, "green"},
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	for _, p := range patches {
		t.Run(p.space+" "+p.description, func(t *testing.T) {
			src := fill(image.NewRGBA(image.Rect(0, 0, 48, 48)), p.in)
			deep := fill(image.NewRGBA64(image.Rect(0, 0, 48, 48)), p.in)
			half := color.NRGBA{p.in.R, p.in.G, p.in.B, 128}
			clear := fill(image.NewNRGBA(image.Rect(0, 0, 48, 48)), half)
			onWhite := func(v uint8) uint8 { return uint8((int(v)*128 + 255*127) / 255) }
			wantHalf := color.RGBA{onWhite(p.want.R), onWhite(p.want.G), onWhite(p.want.B), 255}
			for _, c := range []struct {
				name   string
				format tagroll.Format
				data   []byte
				want   color.Color
			}{
				{"JPEG", tagroll.FormatJPEG, jpegWithProfile(asJPEG(t, src), p.profile, 1), p.want},
				{"JPEG in chunks", tagroll.FormatJPEG, jpegWithProfile(asJPEG(t, src), p.profile, 3), p.want},
				{"PNG", tagroll.FormatPNG, pngWithProfile(asPNG(t, src), p.profile), p.want},
				{"PNG 16 bits", tagroll.FormatPNG, pngWithProfile(asPNG(t, deep), p.profile), p.want},
				{"PNG half transparent", tagroll.FormatPNG, pngWithProfile(asPNG(t, clear), p.profile), wantHalf},
				{"TIFF", tagroll.FormatTIFF, tiffWithProfile(asTIFF(t, src, nil), p.profile), p.want},
				{"TIFF 16 bits", tagroll.FormatTIFF, tiffWithProfile(asTIFF(t, deep, &tiff.Options{Compression: tiff.Deflate}), p.profile), p.want},
			} {
				img := run(t, c.data, c.format, Options{Quality: 100, MaxSide: 40})
				// A step of JPEG chroma is up to 2 after conversion.
				t.Run(c.name, func(t *testing.T) { wantColor(t, img, 20, 20, c.want, 3) })
			}
		})
	}
}

// A profile is applied in squares of four pixels, which do not come out even at the edges.
func TestProfileAtEdges(t *testing.T) {
	p := patches[0]
	for _, size := range []image.Point{{1, 1}, {2, 1}, {1, 3}, {8, 8}, {33, 17}} {
		src := fill(image.NewRGBA(image.Rectangle{Max: size}), p.in)
		for orientation := 1; orientation <= 8; orientation++ {
			img := run(t, jpegWithProfile(asJPEG(t, src), p.profile, 1), tagroll.FormatJPEG, Options{Quality: 100, Orientation: orientation})
			last := img.Bounds().Max.Sub(image.Pt(1, 1))
			wantColor(t, img, 0, 0, p.want, 3)
			wantColor(t, img, last.X, last.Y, p.want, 3)
		}
	}
}

// A grey photo with a grey profile of gamma 1.8 becomes lighter or darker as sRGB would show it.
func TestGrayProfile(t *testing.T) {
	src := fill(image.NewGray(image.Rect(0, 0, 32, 32)), color.Gray{128})
	want := color.Gray{uint8(math.Round(255 * (1.055*math.Pow(math.Pow(128.0/255, 1.8), 1/2.4) - 0.055)))}
	img := run(t, jpegWithProfile(asJPEG(t, src), icctest.Gray(1.8), 1), tagroll.FormatJPEG, Options{})
	wantColor(t, img, 16, 16, want, 2)
}

// What PNG says about colours without a profile.
func TestPNGColourChunks(t *testing.T) {
	be := func(v ...uint32) (b []byte) {
		for _, n := range v {
			b = binary.BigEndian.AppendUint32(b, n)
		}
		return b
	}
	in := color.RGBA{200, 100, 100, 255}
	p3 := color.RGBA{215, 93, 97, 255}
	p3chrm := be(31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
	linear := func(v float64) uint8 { return uint8(math.Round(255 * (1.055*math.Pow(v/255, 1/2.4) - 0.055))) }
	for _, c := range []struct {
		name   string
		chunks []pngChunk
		want   color.Color
	}{
		{"cICP Display P3", []pngChunk{{"cICP", []byte{12, 13, 0, 1}}}, p3},
		{"cICP before sRGB", []pngChunk{{"sRGB", []byte{0}}, {"cICP", []byte{12, 13, 0, 1}}}, p3},
		{"gAMA as usual", []pngChunk{{"gAMA", be(45455)}}, in},
		{"gAMA linear", []pngChunk{{"gAMA", be(100000)}}, color.RGBA{linear(200), linear(100), linear(100), 255}},
		{"sRGB before gAMA", []pngChunk{{"sRGB", []byte{0}}, {"gAMA", be(100000)}}, in},
		{"cHRM of Display P3", []pngChunk{{"gAMA", be(45455)}, {"cHRM", p3chrm}}, p3},
		{"cHRM of nonsense", []pngChunk{{"gAMA", be(45455)}, {"cHRM", be(0, 0, 0, 0, 0, 0, 0, 0)}}, in},
		// The colour is worked out by hand from the definition.
		{"cICP of HDR", []pngChunk{{"cICP", []byte{9, 16, 0, 1}}}, color.RGBA{255, 56, 101, 255}},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := fill(image.NewRGBA(image.Rect(0, 0, 32, 32)), in)
			img := run(t, pngWith(asPNG(t, src), c.chunks...), tagroll.FormatPNG, Options{Quality: 100})
			wantColor(t, img, 16, 16, c.want, 2)
		})
	}
}

// A profile that is not applied leaves the colours as they are, and says so in the log.
func TestProfilesPassedOver(t *testing.T) {
	in := color.RGBA{200, 100, 100, 255}
	data := asJPEG(t, fill(image.NewRGBA(image.Rect(0, 0, 32, 32)), in))
	for _, c := range []struct {
		name    string
		profile []byte
		log     bool
	}{
		{"sRGB by its numbers", icctest.SRGB(), false},
		{"CMYK", icctest.WithSpace(icctest.SRGB(), "CMYK"), true},
		{"cut off", icctest.DisplayP3()[:200], true},
		{"garbage", []byte("not a profile at all"), true},
		{"grey for colour", icctest.Gray(1.8), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			log, text := logged()
			img := run(t, jpegWithProfile(data, c.profile, 1), tagroll.FormatJPEG, Options{Quality: 100, Log: log})
			wantColor(t, img, 16, 16, in, 3)
			if got := strings.Contains(text.String(), "colours are taken as sRGB"); got != c.log {
				t.Errorf("logged: %v, want %v (%s)", got, c.log, text)
			}
		})
	}
	t.Run("a chunk is missing", func(t *testing.T) {
		whole := jpegWithProfile(data, icctest.DisplayP3(), 3)
		first := bytes.Index(whole, []byte("ICC_PROFILE\x00\x01"))
		whole[first] = 'X' // no longer an ICC chunk
		wantColor(t, run(t, whole, tagroll.FormatJPEG, Options{Quality: 100}), 16, 16, in, 3)
	})
}

// jpegWithProfile puts a profile into a JPEG, in chunks in reverse order.
func jpegWithProfile(data, profile []byte, chunks int) []byte {
	out := bytes.Clone(data[:2])
	size := (len(profile) + chunks - 1) / chunks
	for i := chunks - 1; i >= 0; i-- {
		part := profile[min(i*size, len(profile)):min((i+1)*size, len(profile))]
		n := 2 + 14 + len(part)
		out = append(out, 0xff, 0xe2, byte(n>>8), byte(n))
		out = append(out, "ICC_PROFILE\x00"...)
		out = append(out, byte(i+1), byte(chunks))
		out = append(out, part...)
	}
	return append(out, data[2:]...)
}

type pngChunk struct {
	kind    string
	content []byte
}

// pngWith puts chunks after the header of a PNG.
func pngWith(data []byte, chunks ...pngChunk) []byte {
	const header = 8 + 12 + 13
	out := bytes.Clone(data[:header])
	for _, c := range chunks {
		out = binary.BigEndian.AppendUint32(out, uint32(len(c.content)))
		body := append([]byte(c.kind), c.content...)
		out = append(out, body...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
	}
	return append(out, data[header:]...)
}

func pngWithProfile(data, profile []byte) []byte {
	var z bytes.Buffer
	z.WriteString("a name\x00\x00")
	w := zlib.NewWriter(&z)
	_, _ = w.Write(profile)
	_ = w.Close()
	return pngWith(data, pngChunk{"iCCP", z.Bytes()})
}

// patchPNGSize changes the size in a PNG's header.
func patchPNGSize(data []byte, w, h uint32) []byte {
	out := bytes.Clone(data)
	binary.BigEndian.PutUint32(out[16:], w)
	binary.BigEndian.PutUint32(out[20:], h)
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

// tiffWithProfile adds tag 34675 to the directory of a little-endian TIFF, which moves to the end.
func tiffWithProfile(data, profile []byte) []byte {
	out := bytes.Clone(data)
	le := binary.LittleEndian
	at := le.Uint32(out[4:])
	n := le.Uint16(out[at:])
	entries := out[at+2 : at+2+uint32(n)*12]
	profileAt := uint32(len(out))
	out = append(out, profile...)
	le.PutUint32(out[4:], uint32(len(out)))
	out = le.AppendUint16(out, n+1)
	out = append(out, entries...)
	out = le.AppendUint16(out, tagICCProfile)
	out = le.AppendUint16(out, 7)
	out = le.AppendUint32(out, uint32(len(profile)))
	out = le.AppendUint32(out, profileAt)
	return le.AppendUint32(out, 0)
}

// A CMYK profile says what the inks look like.
func TestCMYKProfile(t *testing.T) {
	plain := testdata(t, "cmyk.jpg")
	profile := icctest.Inks(0, false)
	p, err := icc.Parse(profile)
	if err != nil {
		t.Fatal(err)
	}
	inks, err := jpeg.Decode(bytes.NewReader(plain))
	if err != nil {
		t.Fatal(err)
	}
	img := run(t, jpegWithProfile(plain, profile, 1), tagroll.FormatJPEG, Options{Quality: 95})
	for _, at := range []image.Point{{10, 8}, {38, 8}, {10, 24}, {38, 24}} {
		ink := inks.(*image.CMYK).CMYKAt(at.X, at.Y)
		r, g, b := icc.NewInkTransform(p).RGB(ink.C, ink.M, ink.Y, ink.K)
		wantColor(t, img, at.X, at.Y, color.RGBA{r, g, b, 255}, 6)
	}
}
