package compress

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"slices"
	"testing"

	"github.com/tagroll/tagroll"
)

// tiffKind is a way to write a TIFF.
type tiffKind struct {
	order       binary.AppendByteOrder
	photometric int
	samples     int
	wide        bool
	apart       bool // plane by plane
	compression int
	predictor   bool
	tile        int // side; 0 for strips
	stripRows   int
	extra       int // meaning of the sample after the colours, if there is one
}

// encode writes a picture; values gives the samples of a pixel, 0 to 255.
func (k tiffKind) encode(img *image.RGBA, values func(c color.RGBA) []uint8) []byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	together, planes := k.samples, 1
	if k.apart {
		together, planes = 1, k.samples
	}
	// part is the packed content of a rectangle of a plane.
	part := func(plane int, r image.Rectangle) []byte {
		var out []byte
		for y := r.Min.Y; y < r.Max.Y; y++ {
			var last [5]uint16
			var row []byte
			for x := r.Min.X; x < r.Max.X; x++ {
				v := values(img.RGBAAt(min(x, w-1), min(y, h-1)))
				for s := range together {
					now := uint16(v[plane+s])
					if k.wide {
						now *= 0x101
					}
					d := now
					if k.predictor {
						d, last[s] = now-last[s], now
					}
					if k.wide {
						row = k.order.AppendUint16(row, d)
					} else {
						row = append(row, byte(d))
					}
				}
			}
			if k.compression == 32773 {
				row = packBitsOf(row)
			}
			out = append(out, row...)
		}
		if k.compression == 8 {
			var z bytes.Buffer
			zw := zlib.NewWriter(&z)
			_, _ = zw.Write(out)
			_ = zw.Close()
			return z.Bytes()
		}
		return out
	}
	var parts [][]byte
	for plane := range planes {
		if k.tile > 0 {
			for y := 0; y < h; y += k.tile {
				for x := 0; x < w; x += k.tile {
					parts = append(parts, part(plane, image.Rect(x, y, x+k.tile, y+k.tile)))
				}
			}
			continue
		}
		for y := 0; y < h; y += k.stripRows {
			parts = append(parts, part(plane, image.Rect(0, y, w, min(y+k.stripRows, h))))
		}
	}
	out := []byte("MM\x00*\x00\x00\x00\x00")
	if k.order == binary.AppendByteOrder(binary.LittleEndian) {
		out = []byte("II*\x00\x00\x00\x00\x00")
	}
	var offsets, counts []uint32
	for _, p := range parts {
		offsets, counts = append(offsets, uint32(len(out))), append(counts, uint32(len(p)))
		out = append(out, p...)
	}
	depth := uint32(8)
	if k.wide {
		depth = 16
	}
	tags := map[uint16][]uint32{
		256: {uint32(w)}, 257: {uint32(h)}, 258: slices.Repeat([]uint32{depth}, k.samples), 259: {uint32(k.compression)},
		262: {uint32(k.photometric)}, 277: {uint32(k.samples)}, 284: {1},
	}
	if k.apart {
		tags[284] = []uint32{2}
	}
	if k.predictor {
		tags[317] = []uint32{2}
	}
	if k.tile > 0 {
		tags[322], tags[323], tags[324], tags[325] = []uint32{uint32(k.tile)}, []uint32{uint32(k.tile)}, offsets, counts
	} else {
		tags[273], tags[278], tags[279] = offsets, []uint32{uint32(k.stripRows)}, counts
	}
	if k.samples == 2 || k.samples == 4 && k.photometric != separated {
		tags[338] = []uint32{uint32(k.extra)}
	}
	return appendDirectory(out, k.order, tags)
}

// appendDirectory puts a directory at the end of a TIFF and its place into the header.
func appendDirectory(out []byte, order binary.AppendByteOrder, tags map[uint16][]uint32) []byte {
	var numbers []uint16
	for tag := range tags {
		numbers = append(numbers, tag)
	}
	slices.Sort(numbers)
	at := map[uint16]uint32{}
	for _, tag := range numbers {
		if len(tags[tag]) > 1 {
			at[tag] = uint32(len(out))
			for _, v := range tags[tag] {
				out = order.AppendUint32(out, v)
			}
		}
	}
	copy(out[4:8], order.AppendUint32(nil, uint32(len(out))))
	out = order.AppendUint16(out, uint16(len(numbers)))
	for _, tag := range numbers {
		out = order.AppendUint16(out, tag)
		out = order.AppendUint16(out, 4) // LONG
		out = order.AppendUint32(out, uint32(len(tags[tag])))
		if len(tags[tag]) > 1 {
			out = order.AppendUint32(out, at[tag])
		} else {
			out = order.AppendUint32(out, tags[tag][0])
		}
	}
	return order.AppendUint32(out, 0)
}

// packBitsOf packs runs and copies, with a byte that means nothing in between.
func packBitsOf(row []byte) []byte {
	var out []byte
	for i := 0; i < len(row); {
		n := 1
		for i+n < len(row) && n < 128 && row[i+n] == row[i] {
			n++
		}
		if n > 2 {
			out = append(out, byte(257-n), row[i], 128)
		} else {
			n = min(3, len(row)-i)
			out = append(append(out, byte(n-1)), row[i:i+n]...)
		}
		i += n
	}
	return out
}

func TestTIFFKinds(t *testing.T) {
	t.Parallel()
	src := quarters(75, 50)
	plain := func(c color.RGBA) []uint8 { return []uint8{c.R, c.G, c.B, 255} }
	half := func(c color.RGBA) []uint8 { return []uint8{c.R, c.G, c.B, 128} }
	halved := func(c color.RGBA) []uint8 { return []uint8{c.R / 2, c.G / 2, c.B / 2, 128} }
	inks := func(c color.RGBA) []uint8 {
		k := 255 - max(c.R, c.G, c.B)
		ink := func(v uint8) uint8 { return uint8((int(255-k-v)*255 + 127) / int(255-k)) }
		return []uint8{ink(c.R), ink(c.G), ink(c.B), k}
	}
	luminance := func(c color.RGBA) []uint8 { return []uint8{color.GrayModel.Convert(c).(color.Gray).Y, 255} }
	inverse := func(c color.RGBA) []uint8 { return []uint8{255 - luminance(c)[0], 255} }
	same := func(c color.RGBA) color.Color { return c }
	onWhite := func(c color.RGBA) color.Color { return color.NRGBA{c.R/2 + 127, c.G/2 + 127, c.B/2 + 127, 255} }
	toGray := func(c color.RGBA) color.Color { return color.GrayModel.Convert(c) }
	for _, c := range []struct {
		name        string
		photometric int
		samples     int
		extra       int
		values      func(color.RGBA) []uint8
		want        func(color.RGBA) color.Color
	}{
		{"RGB", rgbTIFF, 3, 0, plain, same},
		{"RGB with a channel of no meaning", rgbTIFF, 4, 0, half, same},
		{"RGB with alpha", rgbTIFF, 4, 2, half, onWhite},
		{"RGB multiplied with alpha", rgbTIFF, 4, 1, halved, onWhite},
		{"CMYK", separated, 4, 0, inks, same},
		{"grey", blackIsZero, 1, 0, luminance, toGray},
		{"grey with opaque alpha", blackIsZero, 2, 2, luminance, toGray},
		{"grey, white is zero", whiteIsZero, 1, 0, inverse, toGray},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range 2 * 2 * 2 * 2 * 3 * 2 {
				k := tiffKind{
					photometric: c.photometric, samples: c.samples, extra: c.extra,
					order: []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian}[i&1],
					wide:  i&2 != 0, apart: i&4 != 0, predictor: i&8 != 0,
					compression: []int{1, 8, 32773}[i/16%3],
					tile:        i / 48 * 32, stripRows: 7,
				}
				img := run(t, k.encode(src, c.values), tagroll.FormatTIFF, Options{Quality: 100, MaxSide: 60})
				t.Run(fmt.Sprintf("%+v", k), func(t *testing.T) {
					wantQuarters(t, img, 6, c.want(green), c.want(blue), c.want(red), c.want(yellow))
				})
			}
		})
	}
}

// LZW, which is what Photoshop writes; inks that are not ideal.
func TestTIFFFile(t *testing.T) {
	img := run(t, testdata(t, "cmyk.tif"), tagroll.FormatTIFF, Options{Quality: 95})
	wantQuarters(t, img, 80, green, blue, red, blue)
}

func TestTIFFUnsupported(t *testing.T) {
	for compression, name := range map[int]string{
		2: "fax compression (CCITT RLE)", 6: "the old kind of JPEG compression", 34925: "LZMA compression", 50000: "Zstandard compression", 50001: "WebP compression", 12345: "compression 12345",
	} {
		k := tiffKind{order: binary.LittleEndian, photometric: blackIsZero, samples: 1, compression: compression, stripRows: 10}
		odd := k.encode(quarters(20, 20), func(c color.RGBA) []uint8 { return []uint8{c.R} })
		_, err := Compress(t.Context(), odd, tagroll.FormatTIFF, Options{})
		wantCode(t, err, tagroll.CodeUnsupportedFormat, name, "export it as a JPEG")
	}
	for depth, name := range map[uint32]string{4: "4 bits a sample", 12: "12 bits a sample", 32: "32 bits a sample"} {
		odd := appendDirectory([]byte("II*\x00\x00\x00\x00\x00"), binary.LittleEndian, map[uint16][]uint32{256: {2}, 257: {1}, 258: {depth}, 259: {1}, 262: {1}, 273: {8}, 277: {1}, 278: {1}, 279: {4}})
		_, err := Compress(t.Context(), odd, tagroll.FormatTIFF, Options{})
		wantCode(t, err, tagroll.CodeUnsupportedFormat, name)
	}
	// A fill order that is not read by rows.
	wide := appendDirectory(append([]byte("II*\x00\x00\x00\x00\x00"), make([]byte, 20*20*6)...), binary.LittleEndian, map[uint16][]uint32{
		256: {20}, 257: {20}, 258: {16, 16, 16}, 259: {1}, 262: {2}, 266: {2}, 273: {8}, 277: {3}, 278: {20}, 279: {20 * 20 * 6},
	})
	_, tooLarge := Compress(t.Context(), wide, tagroll.FormatTIFF, Options{MaxPixels: 700})
	wantCode(t, tooLarge, tagroll.CodeTooManyPixels, "of memory")
	for _, compression := range []uint32{3, 4} { // what cannot be decoded need not be damaged
		fax := appendDirectory([]byte("II*\x00\x00\x00\x00\x00\x55\x55\x55\x55"), binary.LittleEndian, map[uint16][]uint32{256: {16}, 257: {16}, 258: {1}, 259: {compression}, 262: {0}, 273: {8}, 277: {1}, 278: {16}, 279: {4}})
		_, err := Compress(t.Context(), fax, tagroll.FormatTIFF, Options{})
		wantCode(t, err, tagroll.CodeUnsupportedFormat, "fax compression", "export it as a JPEG")
	}
	header := []byte("II*\x00\x00\x00\x00\x00")
	raw := appendDirectory(bytes.Clone(header), binary.LittleEndian, map[uint16][]uint32{254: {1}, 256: {160}, 257: {120}, 258: {8}})
	_, err := Compress(t.Context(), raw, tagroll.FormatTIFF, Options{})
	wantCode(t, err, tagroll.CodeUnsupportedFormat, "raw", "develop it")

	k := tiffKind{order: binary.LittleEndian, photometric: 8, samples: 3, compression: 1, stripRows: 10}
	lab := k.encode(quarters(20, 20), func(c color.RGBA) []uint8 { return []uint8{c.R, c.G, c.B} })
	_, err = Compress(t.Context(), lab, tagroll.FormatTIFF, Options{})
	wantCode(t, err, tagroll.CodeUnsupportedFormat, "colour")
}

func TestTIFFTruncated(t *testing.T) {
	k := tiffKind{order: binary.BigEndian, photometric: rgbTIFF, samples: 3, compression: 1, stripRows: 10}
	data := k.encode(quarters(100, 100), func(c color.RGBA) []uint8 { return []uint8{c.R, c.G, c.B} })
	// The directory, which is last, moves to the front of what is cut: offsets stay, data goes.
	at := binary.BigEndian.Uint32(data[4:])
	cut := bytes.Clone(data[:at])
	directory := bytes.Clone(data[at:])
	binary.BigEndian.PutUint32(cut[4:], uint32(len(data)))
	whole := append(append(cut, make([]byte, len(data)-len(cut))...), directory...)
	if _, err := Compress(t.Context(), whole, tagroll.FormatTIFF, Options{}); err != nil {
		t.Fatal(err)
	}
	// A strip behind the end of the file.
	for i := range 10 {
		if i < 5 {
			continue
		}
		entry := bytes.Index(directory, []byte{0x01, 0x11, 0, 4}) // StripOffsets
		list := binary.BigEndian.Uint32(directory[entry+8:])
		binary.BigEndian.PutUint32(whole[list+uint32(4*i):], 1<<30)
	}
	_, err := Compress(t.Context(), whole, tagroll.FormatTIFF, Options{})
	wantCode(t, err, tagroll.CodeCorruptImage, "ends at 50%")
}
