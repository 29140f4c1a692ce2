package intake

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/tagroll/tagroll/internal/codepage"
)

// tiff is a TIFF structure, which is also what EXIF is made of (TIFF 6.0, section 2). The file is
// not trusted. Every offset is checked; a value that does not fit is left out and the others still
// count. Only directories that are asked for by known pointers are read, each once.
type tiff struct {
	ranges ranges
	order  binary.ByteOrder
	start  uint64 // of the first directory
}

// newTIFF reports false if the data has no TIFF header.
func newTIFF(s ranges) (tiff, bool) {
	head := s.at(0, 8)
	if len(head) < 8 {
		return tiff{}, false
	}
	switch string(head[:4]) {
	case "II*\x00":
		return tiff{s, binary.LittleEndian, uint64(binary.LittleEndian.Uint32(head[4:]))}, true
	case "MM\x00*":
		return tiff{s, binary.BigEndian, uint64(binary.BigEndian.Uint32(head[4:]))}, true
	}
	return tiff{}, false
}

func isTIFF(data []byte) bool {
	_, ok := newTIFF(memory(data))
	return ok
}

// directory is an IFD: values by tag.
type directory map[uint16]value

// value is the value of a tag, as stored.
type value struct {
	kind       uint16
	bytes      []byte
	order      binary.ByteOrder
	from, size uint64 // bytes of the file
}

// The types of TIFF 6.0, and UTF-8 of EXIF 3.0.
const (
	typeByte      = 1
	typeASCII     = 2
	typeShort     = 3
	typeLong      = 4
	typeRational  = 5
	typeUndefined = 7
	typeSRational = 10
	typeFloat     = 11
	typeDouble    = 12
	typeIFD       = 13
	typeUTF8      = 129
)

// typeSizes are the sizes in bytes of one number of each type.
var typeSizes = map[uint16]uint64{
	typeByte: 1, typeASCII: 1, typeShort: 2, typeLong: 4, typeRational: 8,
	6: 1, typeUndefined: 1, 8: 2, 9: 4, typeSRational: 8, typeFloat: 4, typeDouble: 8, typeIFD: 4, typeUTF8: 1,
}

// first reads the first directory (IFD0).
func (t tiff) first(tags map[uint16]bool) directory {
	return t.directory(t.start, tags)
}

// directory reads the wanted tags of the directory at an offset. The first of two equal
// tags counts, as in libexif and so in libvips, and of two orientations the first that is one.
func (t tiff) directory(offset uint64, tags map[uint16]bool) directory {
	d, _ := t.walk(offset, tags)
	return d
}

// walk is directory, which also returns where the next directory of the chain is, 0 if there is
// none.
func (t tiff) walk(offset uint64, tags map[uint16]bool) (d directory, next uint64) {
	d = make(directory)
	head := t.ranges.at(offset, 2)
	if offset < 8 || len(head) < 2 {
		return d, 0
	}
	count := uint64(t.order.Uint16(head))
	entries := t.ranges.at(offset+2, 12*count+4)
	if uint64(len(entries)) == 12*count+4 {
		next = uint64(t.order.Uint32(entries[12*count:]))
	}
	for position := offset + 2; count > 0 && len(entries) >= 12; count, position = count-1, position+12 {
		entry := entries[:12]
		entries = entries[12:]
		tag := t.order.Uint16(entry)
		if _, twice := d[tag]; twice || !tags[tag] {
			continue
		}
		kind := t.order.Uint16(entry[2:])
		size := typeSizes[kind] * uint64(t.order.Uint32(entry[4:]))
		v := value{kind: kind, bytes: entry[8:], order: t.order, size: size, from: position + 8}
		if size > 4 {
			v.from = uint64(t.order.Uint32(entry[8:]))
			v.bytes = nil
			if !located[tag] {
				v.bytes = t.ranges.at(v.from, size)
			}
		}
		switch {
		case size == 0:
		case size <= uint64(len(v.bytes)):
			v.bytes = v.bytes[:size]
			d[tag] = v
		case located[tag]:
			d[tag] = v
		}
		if n := d.integer(tagOrientation); tag == tagOrientation && (n < 1 || n > 8) {
			delete(d, tag)
		}
	}
	return d, next
}

// located are the tags of which only the offset is wanted: megabytes, or a directory of its own.
var located = set(tagJPEGFromRAW, tagMakerNote)

// below reads the directory that a tag points to.
func (t tiff) below(d directory, pointer uint16, tags map[uint16]bool) directory {
	return t.directory(uint64(d.integer(pointer)), tags)
}

// offsets are the numbers of a tag that points to several offsets, no more than most.
func (d directory) offsets(tag uint16, most int) []uint64 {
	v := d[tag]
	if v.kind != typeLong && v.kind != typeIFD && v.kind != typeShort {
		return nil
	}
	var list []uint64
	for b := v.bytes; len(b) >= int(typeSizes[v.kind]) && len(list) < most; b = b[typeSizes[v.kind]:] {
		if v.kind == typeShort {
			list = append(list, uint64(v.order.Uint16(b)))
		} else {
			list = append(list, uint64(v.order.Uint32(b)))
		}
	}
	return list
}

// integer is the first number of an integer tag, 0 if there is none.
func (d directory) integer(tag uint16) uint32 {
	v := d[tag]
	switch v.kind {
	case typeByte, typeUndefined:
		return uint32(v.bytes[0])
	case typeShort:
		return uint32(v.order.Uint16(v.bytes))
	case typeLong, typeIFD:
		return v.order.Uint32(v.bytes)
	}
	return 0
}

// numbers are the numbers of a tag; those that are not finite, as the 0/0 of cameras that
// do not know, are NaN.
func (d directory) numbers(tag uint16, n int) []float64 {
	v := d[tag]
	size := int(typeSizes[v.kind])
	if size == 0 || len(v.bytes) < n*size {
		return nil
	}
	list := make([]float64, n)
	for i := range list {
		b := v.bytes[i*size:]
		switch v.kind {
		case typeRational:
			list[i] = float64(v.order.Uint32(b)) / float64(v.order.Uint32(b[4:]))
		case typeSRational:
			list[i] = float64(int32(v.order.Uint32(b))) / float64(int32(v.order.Uint32(b[4:])))
		case typeFloat:
			list[i] = float64(math.Float32frombits(v.order.Uint32(b)))
		case typeDouble:
			list[i] = math.Float64frombits(v.order.Uint64(b))
		case typeShort:
			list[i] = float64(v.order.Uint16(b))
		case typeLong:
			list[i] = float64(v.order.Uint32(b))
		default:
			list[i] = math.NaN()
		}
		if math.IsInf(list[i], 0) {
			list[i] = math.NaN()
		}
	}
	return list
}

// maxMeasure is above all that a camera measures. EXIF writes infinity as 2^32-1.
const maxMeasure = 10_000_000

// positive is the first number of a tag if it is above zero and finite, else 0.
func (d directory) positive(tag uint16) float64 {
	if list := d.numbers(tag, 1); list != nil && list[0] > 0 && list[0] < maxMeasure {
		return list[0]
	}
	return 0
}

// text is the text of a tag up to its first NUL, cleaned.
func (d directory) text(tag uint16) string {
	return cleanText(codepage.Unknown(d.raw(tag)), maxName)
}

// raw are the bytes of a text up to its first NUL. Some programs write them with another
// type. What is longer than a JPEG's whole EXIF can be is no text.
func (d directory) raw(tag uint16) []byte {
	v := d[tag]
	if len(v.bytes) > math.MaxUint16 {
		return nil
	}
	switch v.kind {
	case typeASCII, typeUTF8, typeByte, typeUndefined:
		text, _, _ := bytes.Cut(v.bytes, []byte{0})
		return text
	}
	return nil
}

// Tags of TIFF's own that are looked at in TIFF files (TIFF 6.0, section 8; XMP part 3,
// TIFF; DNG 1.6).
const (
	tagSubfileType    = 0x00fe
	tagWidth          = 0x0100
	tagHeight         = 0x0101
	tagCompression    = 0x0103
	tagPhotometric    = 0x0106
	tagSubIFDs        = 0x014a
	tagXMP            = 0x02bc
	tagIPTC           = 0x83bb
	tagPhotoshop      = 0x8649
	tagDNGVersion     = 0xc612
	photometricCFA    = 32803
	photometricLinear = 34892
	compressionSony   = 32767
	compressionNikon  = 34713
	compressionPentax = 65535
)

var tiffTags = set(tagSubfileType, tagWidth, tagHeight, tagCompression, tagPhotometric, tagSubIFDs,
	tagXMP, tagIPTC, tagPhotoshop, tagDNGVersion, tagMake)

func set(tags ...uint16) map[uint16]bool {
	s := make(map[uint16]bool, len(tags))
	for _, tag := range tags {
		s[tag] = true
	}
	return s
}

// tiffHeader reads the first picture's directory.
func tiffHeader(data []byte) header {
	t, ok := newTIFF(memory(data))
	if !ok {
		return header{}
	}
	d := t.first(tiffTags)
	h := header{
		width:  int(d.integer(tagWidth)),
		height: int(d.integer(tagHeight)),
		exif:   data,
		xmp:    d[tagXMP].bytes,
		iptc:   iptcOf(d[tagIPTC]),
		raw:    isRAW(d),
	}
	if h.iptc == nil {
		h.iptc = photoshopIPTC(d[tagPhotoshop].bytes)
	}
	return h
}

// iptcOf returns the IPTC records of a TIFF. Programs that call them numbers of four bytes have
// written the bytes in the file's order.
func iptcOf(v value) []byte {
	const begin = 0x1c // of a dataset
	if v.kind != typeLong || len(v.bytes) < 4 || v.bytes[0] == begin || v.bytes[3] != begin {
		return v.bytes
	}
	records := bytes.Clone(v.bytes)
	for b := records; len(b) >= 4; b = b[4:] {
		b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
	}
	return records
}

// isRAW tells a camera's RAW file from a TIFF: it says that it is a DNG, its picture is
// sensor data, or the camera put a small picture first and the real one below it.
func isRAW(d directory) bool {
	if _, dng := d[tagDNGVersion]; dng {
		return true
	}
	switch d.integer(tagPhotometric) {
	case photometricCFA, photometricLinear:
		return true
	}
	switch d.integer(tagCompression) {
	case compressionSony, compressionNikon, compressionPentax:
		return true
	}
	_, below := d[tagSubIFDs]
	_, camera := d[tagMake]
	return below && camera && d.integer(tagSubfileType)&1 == 1
}
