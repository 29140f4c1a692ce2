package compress

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/jpegtest"
)

// jpegTIFF writes a picture as a TIFF of JPEGs: tiles if there is a tile side, else strips. With
// apart the tables of the first JPEG are those of all and are written once.
func jpegTIFF(w, h, tile, stripRows, photometric, samples int, apart bool, part func(r image.Rectangle) []byte) []byte {
	var parts [][]byte
	partW, partH := tile, tile
	if tile == 0 {
		partW, partH = w, stripRows
	}
	for y := 0; y < h; y += partH {
		for x := 0; x < w; x += partW {
			r := image.Rect(x, y, x+partW, y+partH)
			if tile == 0 {
				r.Max.Y = min(r.Max.Y, h)
			}
			parts = append(parts, part(r))
		}
	}
	out := []byte("II*\x00\x00\x00\x00\x00")
	tags := map[uint16][]uint32{
		256: {uint32(w)}, 257: {uint32(h)}, 258: {8}, 259: {7}, 262: {uint32(photometric)}, 277: {uint32(samples)},
	}
	var tables []byte
	if apart {
		for i, p := range parts {
			own, rest := splitTables(p)
			tables, parts[i] = own, rest
		}
	}
	var offsets, counts []uint32
	for _, p := range parts {
		offsets, counts = append(offsets, uint32(len(out))), append(counts, uint32(len(p)))
		out = append(out, p...)
	}
	if tile > 0 {
		tags[322], tags[323], tags[324], tags[325] = []uint32{uint32(tile)}, []uint32{uint32(tile)}, offsets, counts
	} else {
		tags[273], tags[278], tags[279] = offsets, []uint32{uint32(stripRows)}, counts
	}
	if tables == nil {
		return appendDirectory(out, binary.LittleEndian, tags)
	}
	at := uint32(len(out))
	out = append(out, tables...)
	tags[347] = []uint32{at}
	out = appendDirectory(out, binary.LittleEndian, tags)
	// The entry becomes one of bytes that stand elsewhere.
	entry := bytes.LastIndex(out, []byte{0x5b, 0x01, 4, 0})
	out[entry+2] = 7
	binary.LittleEndian.PutUint32(out[entry+4:], uint32(len(tables)))
	return out
}

// splitTables takes the tables out of a JPEG.
func splitTables(data []byte) (tables, rest []byte) {
	tables, rest = []byte("\xff\xd8"), []byte("\xff\xd8")
	for p := 2; p < len(data); {
		n := 2 + int(binary.BigEndian.Uint16(data[p+2:]))
		switch data[p+1] {
		case 0xdb, 0xc4:
			tables = append(tables, data[p:p+n]...)
		case 0xda:
			return append(tables, 0xff, 0xd9), append(rest, data[p:]...)
		default:
			rest = append(rest, data[p:p+n]...)
		}
		p += n
	}
	return nil, nil
}

func TestTIFFJPEG(t *testing.T) {
	t.Parallel()
	const w, h = 150, 100
	src := quarters(w, h)
	at := func(r image.Rectangle, x, y int) color.RGBA {
		return src.RGBAAt(min(r.Min.X+x, w-1), min(r.Min.Y+y, h-1))
	}
	encoded := func(img image.Image) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	ycc := func(r image.Rectangle) []byte {
		img := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
		for i := range r.Dx() * r.Dy() {
			img.SetRGBA(i%r.Dx(), i/r.Dx(), at(r, i%r.Dx(), i/r.Dx()))
		}
		return encoded(img)
	}
	grey := func(invert byte) func(r image.Rectangle) []byte {
		return func(r image.Rectangle) []byte {
			img := image.NewGray(image.Rect(0, 0, r.Dx(), r.Dy()))
			for i := range img.Pix {
				img.Pix[i] = invert ^ color.GrayModel.Convert(at(r, i%r.Dx(), i/r.Dx())).(color.Gray).Y
			}
			return encoded(img)
		}
	}
	components := func(sampling []int, values func(c color.RGBA) []uint8) func(r image.Rectangle) []byte {
		return func(r image.Rectangle) []byte {
			return jpegtest.Draw(r.Dx(), r.Dy(), 2, func(i int, _ *jpegtest.Component) func(x, y int) float64 {
				return func(x, y int) float64 { return float64(values(at(r, x, y))[i]) - 128 }
			}, sampling...).Encode()
		}
	}
	rgbParts := components([]int{11, 11, 11}, func(c color.RGBA) []uint8 { return []uint8{c.R, c.G, c.B} })
	inkParts := components([]int{11, 11, 11, 11}, func(c color.RGBA) []uint8 { return []uint8{255 - c.R, 255 - c.G, 255 - c.B, 0} })
	same := func(c color.RGBA) color.Color { return c }
	toGray := func(c color.RGBA) color.Color { return color.GrayModel.Convert(c) }
	for _, c := range []struct {
		name                 string
		photometric, samples int
		part                 func(r image.Rectangle) []byte
		want                 func(color.RGBA) color.Color
		apart                bool // tables can be, since they are the same in all parts
	}{
		{"YCbCr", yccTIFF, 3, ycc, same, true},
		{"RGB", rgbTIFF, 3, rgbParts, same, false},
		{"grey", blackIsZero, 1, grey(0), toGray, true},
		{"grey, white is zero", whiteIsZero, 1, grey(255), toGray, true},
		{"CMYK", separated, 4, inkParts, same, false},
	} {
		for _, layout := range [][2]int{{0, h}, {0, 16}, {0, 200}, {48, 0}, {160, 0}} {
			for _, apart := range []bool{false, true} {
				if apart && !c.apart {
					continue
				}
				data := jpegTIFF(w, h, layout[0], layout[1], c.photometric, c.samples, apart, c.part)
				t.Run(fmt.Sprint(c.name, layout, apart), func(t *testing.T) {
					img := run(t, data, tagroll.FormatTIFF, Options{Quality: 100, MaxSide: 60})
					wantQuarters(t, img, 8, c.want(green), c.want(blue), c.want(red), c.want(yellow))
				})
			}
		}
	}
	// What ImageMagick writes.
	if img := run(t, testdata(t, "jpeg.tif"), tagroll.FormatTIFF, Options{}); img.Bounds().Dx() != 48 {
		t.Errorf("the picture is %v", img.Bounds())
	}
}

// Parts that do not fit the picture, or end too early, are refused.
func TestTIFFJPEGDamaged(t *testing.T) {
	small := jpegtest.New(1, 16, 16, 3, 11).Encode()
	whole := jpegtest.New(1, 64, 64, 3, 11).Encode()
	arithmetic := bytes.Replace(whole, []byte{0xff, 0xc1}, []byte{0xff, 0xc9}, 1)
	for _, c := range []struct {
		name  string
		parts [][]byte
		code  tagroll.Code
		words []string
	}{
		{"too small", [][]byte{whole, small}, tagroll.CodeCorruptImage, []string{"another size"}},
		{"cut", [][]byte{whole, whole[:len(whole)/2]}, tagroll.CodeCorruptImage, []string{"ends at 50%"}},
		{"no JPEG", [][]byte{whole, []byte("nothing")}, tagroll.CodeCorruptImage, []string{"damaged"}},
		{"empty", [][]byte{{}, {}}, tagroll.CodeCorruptImage, nil},
		{"arithmetic", [][]byte{arithmetic, arithmetic}, tagroll.CodeUnsupportedFormat, []string{"arithmetic coding", "export it as a JPEG"}},
		{"one, arithmetic", [][]byte{arithmetic}, tagroll.CodeUnsupportedFormat, []string{"arithmetic coding"}},
		{"one, cut", [][]byte{whole[:len(whole)/2]}, tagroll.CodeCorruptImage, []string{"ends at"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := 0
			data := jpegTIFF(64, 64*len(c.parts), 0, 64, blackIsZero, 1, false, func(image.Rectangle) []byte {
				i++
				return c.parts[i-1]
			})
			_, err := Compress(t.Context(), data, tagroll.FormatTIFF, Options{})
			wantCode(t, err, c.code, c.words...)
		})
	}
}

// A strip of an old program that does not say how long it is.
func TestTIFFWithoutCounts(t *testing.T) {
	k := tiffKind{order: binary.BigEndian, photometric: rgbTIFF, samples: 3, compression: 1, stripRows: 50}
	data := k.encode(quarters(75, 50), func(c color.RGBA) []uint8 { return []uint8{c.R, c.G, c.B} })
	entry := bytes.LastIndex(data, []byte{0x01, 0x17, 0, 4}) // StripByteCounts
	binary.BigEndian.PutUint16(data[entry:], 60000)
	img := run(t, data, tagroll.FormatTIFF, Options{Quality: 100})
	wantQuarters(t, img, 6, green, blue, red, yellow)
}
