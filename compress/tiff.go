package compress

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/image/tiff"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress/icc"
)

// tiff decodes the first picture of a TIFF.
func (j *job) tiff() (*picture, error) {
	d, err := parseTIFF(j.data)
	if err != nil {
		return nil, corrupt(j.format, err)
	}
	if d.has(tagDNGVersion) || d.value(tagNewSubfileType, 0)&reducedResolution != 0 {
		return nil, unreadable(j.format, nil, "a camera's raw data", "develop it and "+exportJPEG)
	}
	if err := j.setSize(d.value(tagImageWidth, 0), d.value(tagImageLength, 0)); err != nil {
		return nil, err
	}
	profile := j.profile(d.bytes(tagICCProfile))
	if d.value(tagCompression, 1) == 7 {
		return j.tiffJPEG(d, profile)
	}
	if t := newTIFFRows(d, j.frame.srcW, j.frame.srcH); t != nil {
		if err := t.open(); err != nil {
			return nil, corrupt(j.format, err)
		}
		return j.scaleRows(t.rows(j, j.fitting(profile, tiffColours[t.photometric])))
	}
	return j.tiffWhole(d, profile)
}

var tiffColours = map[int]colours{
	whiteIsZero: grayColours, blackIsZero: grayColours, rgbTIFF: rgbColours, separated: cmykColours,
}

// tiffWhole decodes with golang.org/x/image/tiff: palettes, and black and white.
func (j *job) tiffWhole(d *directory, profile *icc.Profile) (*picture, error) {
	if d.value(tagPlanarConfiguration, 1) != 1 && d.value(tagSamplesPerPixel, 1) > 1 {
		// The decoder would take separate planes for pixels.
		return nil, unreadable(j.format, nil, "planes of this kind", tiffWayOut)
	}
	// The decoder holds the whole picture. As an interlaced PNG it may take no more than four
	// bytes for each pixel that is allowed.
	const bytesPerPixel, wide = 4, 8
	if pixels := j.frame.srcW * j.frame.srcH; d.value(tagBitsPerSample, 1) > 8 && pixels > j.o.MaxPixels*bytesPerPixel/wide {
		return nil, fail(tagroll.CodeTooManyPixels, nil,
			"a TIFF of this kind would take %d MB of memory: save it again as RGB with LZW compression", pixels*wide>>20)
	}
	const twoDimensional = 1
	if d.value(tagCompression, 1) == 3 && d.value(tagT4Options, 0)&twoDimensional != 0 {
		return nil, unreadable(j.format, nil, compressionName(3)+" in two dimensions", tiffWayOut)
	}
	img, err := tiff.Decode(bytes.NewReader(j.data))
	if err != nil {
		return nil, j.tiffError(d, err)
	}
	if b := img.Bounds(); b.Dx() != j.frame.srcW || b.Dy() != j.frame.srcH {
		return nil, corrupt(j.format, errors.New("its headers disagree on its size"))
	}
	if err := j.alive(); err != nil {
		return nil, err
	}
	return j.scaleRows(imageRows(img, j.fitting(profile, coloursOf(img))))
}

const tiffWayOut = exportJPEG + ", or save it again as RGB with LZW compression"

func (j *job) tiffError(d *directory, err error) error {
	if _, ok := errors.AsType[tiff.UnsupportedError](err); !ok {
		if c := d.value(tagCompression, 1); c == 3 || c == 4 {
			// Fax compressions have many options.
			return unreadable(j.format, err, compressionName(c)+" of this kind", tiffWayOut)
		}
		return corrupt(j.format, err)
	}
	switch c := d.value(tagCompression, 1); c {
	case 1, 3, 4, 5, 8, 32773, 32946:
	default:
		return unreadable(j.format, err, compressionName(c), tiffWayOut)
	}
	what := reason(err)
	switch bits := d.value(tagBitsPerSample, 1); {
	case what == "color model":
		what = "colours other than grey, RGB and CMYK"
	case what == "sample format":
		what = "floating-point or signed samples"
	case strings.HasPrefix(what, "BitsPerSample"):
		what = fmt.Sprintf("%d bits a sample", bits)
	}
	return unreadable(j.format, err, what, tiffWayOut)
}

// compressionName names a kind of compression by its number in the TIFF registries.
func compressionName(c int) string {
	name, known := map[int]string{
		2: "fax compression (CCITT RLE)", 3: "fax compression (CCITT Group 3)", 4: "fax compression (CCITT Group 4)",
		6: "the old kind of JPEG compression", 9: "JBIG compression", 10: "JBIG compression", 32766: "NeXT compression", 32809: "ThunderScan compression",
		32909: "PixarLog compression", 33003: "JPEG 2000 compression", 33005: "JPEG 2000 compression", 34661: "JBIG compression",
		34676: "SGI Log compression", 34677: "SGI Log compression", 34712: "JPEG 2000 compression", 34925: "LZMA compression",
		50000: "Zstandard compression", 50001: "WebP compression", 50002: "JPEG XL compression", 52546: "JPEG XL compression",
	}[c]
	if !known {
		return fmt.Sprintf("compression %d", c)
	}
	return name
}

// Tags of TIFF 6.0, and of the specifications that extend it.
const (
	tagNewSubfileType      = 254
	tagImageWidth          = 256
	tagImageLength         = 257
	tagBitsPerSample       = 258
	tagCompression         = 259
	tagPhotometric         = 262
	tagFillOrder           = 266
	tagStripOffsets        = 273
	tagSamplesPerPixel     = 277
	tagRowsPerStrip        = 278
	tagStripByteCounts     = 279
	tagPlanarConfiguration = 284
	tagT4Options           = 292
	tagPredictor           = 317
	tagTileWidth           = 322
	tagTileLength          = 323
	tagTileOffsets         = 324
	tagTileByteCounts      = 325
	tagInkSet              = 332
	tagExtraSamples        = 338
	tagSampleFormat        = 339
	tagJPEGTables          = 347 // TIFF Technical Note 2
	tagICCProfile          = 34675
	tagDNGVersion          = 50706 // DNG 1.6

	// reducedResolution is the bit of tagNewSubfileType for a preview, which camera makers put
	// first.
	reducedResolution = 1
)

// directory is the first directory of a TIFF, by tags.
type directory struct {
	data    []byte
	order   binary.ByteOrder
	entries map[int]entry
}

type entry struct {
	kind  int
	count uint32
	value []byte // the content, wherever in the file it is
}

// sizes of the field types of TIFF 6.0.
var tiffTypeSize = [...]uint64{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}

func parseTIFF(data []byte) (*directory, error) {
	if len(data) < 8 {
		return nil, io.ErrUnexpectedEOF
	}
	d := &directory{data: data, entries: make(map[int]entry)}
	switch string(data[:4]) {
	case "II*\x00":
		d.order = binary.LittleEndian
	case "MM\x00*":
		d.order = binary.BigEndian
	default:
		return nil, errors.New("it has no TIFF header")
	}
	at := uint64(d.order.Uint32(data[4:]))
	if at+2 > uint64(len(data)) {
		return nil, io.ErrUnexpectedEOF
	}
	n := uint64(d.order.Uint16(data[at:]))
	if at+2+12*n > uint64(len(data)) {
		return nil, io.ErrUnexpectedEOF
	}
	for i := range n {
		d.add(data[at+2+12*i:][:12])
	}
	return d, nil
}

// add reads one entry; those that make no sense are left out.
func (d *directory) add(e []byte) {
	kind, count := int(d.order.Uint16(e[2:])), d.order.Uint32(e[4:])
	if kind < 1 || kind >= len(tiffTypeSize) {
		return
	}
	value := e[8:12]
	if size := tiffTypeSize[kind] * uint64(count); size > 4 {
		at := uint64(d.order.Uint32(value))
		if at+size > uint64(len(d.data)) {
			return
		}
		value = d.data[at : at+size]
	}
	d.entries[int(d.order.Uint16(e))] = entry{kind: kind, count: count, value: value}
}

func (d *directory) has(tag int) bool {
	_, ok := d.entries[tag]
	return ok
}

func (d *directory) bytes(tag int) []byte { return d.entries[tag].value }

// value is the first value of a tag that holds whole numbers.
func (d *directory) value(tag, missing int) int {
	e, ok := d.entries[tag]
	if !ok || e.count == 0 {
		return missing
	}
	if v, ok := d.number(e, 0); ok {
		return v
	}
	return missing
}

// values are all values of a tag that holds whole numbers.
func (d *directory) values(tag int) []int {
	e := d.entries[tag]
	var all []int
	for i := range int(e.count) {
		v, ok := d.number(e, i)
		if !ok {
			return nil
		}
		all = append(all, v)
	}
	return all
}

func (d *directory) number(e entry, i int) (int, bool) {
	switch e.kind {
	case 1:
		return int(e.value[i]), true
	case 3:
		return int(d.order.Uint16(e.value[2*i:])), true
	case 4:
		return int(d.order.Uint32(e.value[4*i:])), true
	}
	return 0, false
}
