// Package rawtest makes cameras' RAW files for tests: small ones that are built as the real ones
// are, around a JPEG that is their preview. The sensor's data in them are no picture.
package rawtest

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Formats are the extensions of the RAW files that File can be.
var Formats = []string{"cr2", "cr3", "nef", "arw", "dng", "raf", "orf", "rw2", "pef", "x3f"}

// File is what a RAW file says.
type File struct {
	JPEG        []byte // the preview; may be nil
	Middle      []byte // a smaller one beside it, for NEF and CR3
	Orientation int
	Make, Model string
	Taken       string // as EXIF has it
	// Latitude and Longitude are degrees north and east.
	Latitude, Longitude uint32
	// Width and Height are those of the sensor.
	Width, Height int
	// Sensor is how many bytes the sensor's data have.
	Sensor int
	// XMP is a packet, for DNG and CR3.
	XMP string
}

// Build returns the file in one of Formats.
func (f File) Build(format string) []byte {
	switch format {
	case "cr2":
		return f.cr2()
	case "cr3":
		return f.cr3()
	case "nef":
		return f.nef()
	case "arw":
		return f.arw()
	case "dng":
		return f.dng()
	case "raf":
		return f.raf()
	case "orf":
		return f.orf()
	case "rw2":
		return f.rw2()
	case "pef":
		return f.pef()
	case "x3f":
		return f.x3f()
	}
	panic(fmt.Sprintf("no RAW file is called .%s", format))
}

// lossless is a lossless JPEG (SOF3), as which many cameras pack the sensor's data.
func (f File) lossless() []byte {
	b := []byte{0xff, 0xd8, 0xff, 0xc4, 0, 3, 0, 0xff, 0xc3, 0, 11, 14}
	b = binary.BigEndian.AppendUint16(b, uint16(f.Height))
	b = binary.BigEndian.AppendUint16(b, uint16(f.Width))
	return append(append(b, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 1, 0, 0), f.sensor()...)
}

// sensor is bytes in which there is nothing to be found.
func (f File) sensor() []byte {
	b := make([]byte, f.Sensor)
	for i := range b {
		b[i] = byte(i*7+i>>8) & 0x7f
	}
	return b
}

// image are the entries of the first directory that say what the file is about, for which the
// directories of EXIF and GPS are written.
func (f File) image(t *tiff, exif ...entry) []entry {
	exif = append(exif, text(0x9003, f.Taken), t.short(0x8827, 200), t.rational(0x829d, 28, 10))
	entries := []entry{
		text(0x010f, f.Make), text(0x0110, f.Model), t.short(0x0112, f.Orientation),
		t.long(0x8769, t.directory(0, exif...)),
	}
	if f.Latitude != 0 || f.Longitude != 0 {
		entries = append(entries, t.long(0x8825, t.directory(0, f.gps(t)...)))
	}
	return entries
}

func (f File) gps(t *tiff) []entry {
	return []entry{
		text(1, "N"), t.rational(2, f.Latitude, 1, 0, 1, 0, 1),
		text(3, "E"), t.rational(4, f.Longitude, 1, 0, 1, 0, 1),
	}
}

func (f File) size(t *tiff) []entry {
	return []entry{t.short(0x100, f.Width), t.short(0x101, f.Height)}
}

// thumbnail is a picture of 8 x 8 pixels, as it stands in the first directory of many.
func thumbnail(t *tiff) []entry {
	return []entry{
		t.long(0xfe, 1), t.short(0x100, 8), t.short(0x101, 8), t.short(0x103, 1), t.short(0x106, 2),
		t.long(0x111, t.blob(make([]byte, 192))), t.long(0x117, 192),
	}
}

// cfa are the sensor's data.
func (f File) cfa(t *tiff, compression int, data []byte) []entry {
	return append(f.size(t), t.long(0xfe, 0), t.short(0x103, compression), t.short(0x106, 32803),
		t.long(0x111, t.blob(data)), t.long(0x117, uint32(len(data))))
}

// pair places the preview by an offset and a length.
func (f File) pair(t *tiff, offset, length uint16) []entry {
	if f.JPEG == nil {
		return nil
	}
	return []entry{t.long(offset, t.blob(f.JPEG)), t.long(length, uint32(len(f.JPEG)))}
}

func (f File) cr2() []byte {
	t := newTIFF("II", "*\x00")
	t.b = append(t.b, "CR\x02\x00\x00\x00\x00\x00"...)
	data := f.lossless()
	sensor := t.directory(0, t.short(0x103, 6), t.long(0x111, t.blob(data)), t.long(0x117, uint32(len(data))))
	copy(t.b[12:], t.order.AppendUint32(nil, sensor))
	second := t.directory(sensor, thumbnail(t)...)
	entries := append(f.image(t), t.short(0x103, 6))
	entries = append(append(entries, f.size(t)...), f.pair(t, 0x111, 0x117)...)
	return t.file(t.directory(second, entries...))
}

func (f File) nef() []byte {
	t := newTIFF("MM", "\x00*")
	preview := t.directory(0, append(f.pair(t, 0x201, 0x202), t.long(0xfe, 1), t.short(0x103, 6))...)
	sensor := t.directory(0, f.cfa(t, 34713, f.sensor())...)
	below := []uint32{preview, sensor}
	if f.Middle != nil {
		middle := f
		middle.JPEG = f.Middle
		below = append(below, t.directory(0, append(middle.pair(t, 0x201, 0x202), t.long(0xfe, 1), t.short(0x103, 6))...))
	}
	return t.file(t.directory(0, slices.Concat(f.image(t), thumbnail(t), []entry{t.long(0x14a, below...)})...))
}

func (f File) arw() []byte {
	t := newTIFF("II", "*\x00")
	sensor := t.directory(0, f.cfa(t, 32767, f.sensor())...)
	entries := append(f.image(t), t.long(0xfe, 1), t.short(0x103, 6), t.long(0x14a, sensor))
	return t.file(t.directory(0, append(entries, f.pair(t, 0x201, 0x202)...)...))
}

func (f File) dng() []byte {
	t := newTIFF("II", "*\x00")
	sensor := t.directory(0, f.cfa(t, 7, f.lossless())...)
	preview := t.directory(0, append(f.pair(t, 0x111, 0x117), t.long(0xfe, 1), t.short(0x103, 7), t.short(0x106, 6))...)
	entries := slices.Concat(f.image(t), thumbnail(t), []entry{
		raw(0xc612, typeByte, []byte{1, 4, 0, 0}), text(0xc614, f.Model), t.long(0x14a, sensor, preview),
	})
	if f.XMP != "" {
		entries = append(entries, raw(0x2bc, typeByte, []byte(f.XMP)))
	}
	return t.file(t.directory(0, entries...))
}

// orf keeps the preview in the maker's note, from whose beginning its offsets count.
func (f File) orf() []byte {
	t := newTIFF("II", "RO")
	const head, directory = "OLYMPUS\x00II\x03\x00", 2 + 12 + 4
	n := &tiff{order: t.order, b: append([]byte(head), make([]byte, directory)...)}
	settings := n.directory(0, append(f.pair(n, 0x101, 0x102), n.long(0x100, 1))...)
	// The note's own directory stands before what it points to.
	first := &tiff{order: t.order}
	first.directory(0, placed(0x2020, typeIFD, 1, settings))
	copy(n.b[len(head):], first.b)
	entries := append(f.image(t, raw(0x927c, typeUndefined, n.b)), f.cfa(t, 1, f.sensor())...)
	return t.file(t.directory(0, entries...))
}

// pef keeps the preview behind the maker's note, from the file's beginning on.
func (f File) pef() []byte {
	t := newTIFF("MM", "\x00*")
	note := []byte("AOC\x00MM")
	if f.JPEG != nil {
		note = t.order.AppendUint16(note, 2)
		for _, e := range []struct {
			tag   uint16
			value uint32
		}{{3, uint32(len(f.JPEG))}, {4, t.blob(f.JPEG)}} {
			note = t.order.AppendUint16(note, e.tag)
			note = t.order.AppendUint16(note, typeLong)
			note = t.order.AppendUint32(note, 1)
			note = t.order.AppendUint32(note, e.value)
		}
	}
	note = append(note, make([]byte, 16)...)
	entries := append(f.image(t, raw(0x927c, typeUndefined, note)), f.cfa(t, 65535, f.sensor())...)
	return t.file(t.directory(0, entries...))
}

func (f File) rw2() []byte {
	t := newTIFF("II", "U\x00")
	entries := append(f.image(t), t.short(2, f.Width), t.short(3, f.Height))
	if f.JPEG != nil {
		entries = append(entries, placed(0x2e, typeUndefined, len(f.JPEG), t.blob(f.JPEG)))
	}
	t.blob(f.sensor())
	return t.file(t.directory(0, entries...))
}

// raf has its facts in the EXIF of its JPEG.
func (f File) raf() []byte {
	b := []byte("FUJIFILMCCD-RAW 0201FF1234560201")
	b = append(b, (f.Model + string(make([]byte, 32)))[:32]...)
	b = append(b, make([]byte, 84-len(b))...)
	if f.JPEG == nil {
		return append(append(b, make([]byte, 24)...), f.sensor()...)
	}
	t := newTIFF("II", "*\x00")
	jpeg := WithEXIF(f.JPEG, t.file(t.directory(0, f.image(t)...)))
	b = binary.BigEndian.AppendUint32(b, 108)
	b = binary.BigEndian.AppendUint32(b, uint32(len(jpeg)))
	b = append(b, make([]byte, 16)...)
	return append(append(b, jpeg...), f.sensor()...)
}

// WithEXIF puts an EXIF block, which is a TIFF, into a JPEG.
func WithEXIF(jpeg, block []byte) []byte {
	segment := []byte{0xff, 0xe1}
	segment = binary.BigEndian.AppendUint16(segment, uint16(len(block)+8))
	segment = append(append(segment, "Exif\x00\x00"...), block...)
	return slices.Concat(jpeg[:2], segment, jpeg[2:])
}
