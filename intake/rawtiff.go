package intake

import (
	"bytes"
	"encoding/binary"
)

// Tags with which RAW files built on TIFF place their previews (TIFF 6.0, section 22; DNG 1.6;
// exiftool's tables for the makers' own).
const (
	tagJPEGFromRAW   = 0x002e // Panasonic: the JPEG itself
	tagStripOffsets  = 0x0111
	tagStripCounts   = 0x0117
	tagJPEGOffset    = 0x0201
	tagJPEGLength    = 0x0202
	tagMakerNote     = 0x927c
	compressionJPEG  = 7
	compressionJPEG6 = 6 // "old-style", which Canon and others write for the same
)

var (
	rawTags = set(tagWidth, tagHeight, tagCompression, tagPhotometric, tagSubIFDs, tagJPEGFromRAW, tagStripOffsets,
		tagStripCounts, tagJPEGOffset, tagJPEGLength)
	blockTags = set(tagXMP, tagIPTC)
	noteTags  = set(tagMakerNote)
)

const (
	maxDirectories = 64 // of a file; cameras write up to ten
	maxSubIFDs     = 16 // of a directory
)

// newRAWTIFF is newTIFF for the makers who put a number of their own instead of 42: Olympus
// and Panasonic.
func newRAWTIFF(r ranges) (tiff, bool) {
	head := r.at(0, 8)
	if len(head) < 8 {
		return tiff{}, false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[0] == 'M' {
		order = binary.BigEndian
	}
	return tiff{r, order, uint64(order.Uint32(head[4:]))}, true
}

// readTIFF walks all directories of pictures, and the one of the maker.
func (f *rawFile) readTIFF() {
	t, ok := newRAWTIFF(f.ranges)
	if !ok {
		return
	}
	f.image = t.first(imageTags)
	f.exif = t.below(f.image, tagExifIFD, exifTags)
	f.gps = t.below(f.image, tagGPSIFD, gpsTags)
	blocks := t.first(blockTags)
	f.xmp, f.iptc = blocks[tagXMP].bytes, blocks[tagIPTC].bytes

	seen := make(map[uint64]bool)
	for queue := []uint64{t.start}; len(queue) > 0 && len(seen) < maxDirectories; {
		offset := queue[0]
		queue = queue[1:]
		if seen[offset] {
			continue
		}
		seen[offset] = true
		d, next := t.walk(offset, rawTags)
		f.picture(d)
		queue = append(append(queue, next), d.offsets(tagSubIFDs, maxSubIFDs)...)
	}
	f.readMakerNote(t)
}

// picture notes the preview that a directory describes, and the size of its picture.
func (f *rawFile) picture(d directory) {
	f.notePicture(d.integer(tagWidth), d.integer(tagHeight))
	switch d.integer(tagPhotometric) {
	case photometricCFA, photometricLinear:
		return // the sensor's data, however they are packed
	}
	f.tryPair(d, tagJPEGOffset, tagJPEGLength, 0)
	if c := d.integer(tagCompression); c == compressionJPEG || c == compressionJPEG6 {
		if len(d.offsets(tagStripOffsets, 2)) == 1 {
			f.tryPair(d, tagStripOffsets, tagStripCounts, 0)
		}
	}
	if v, ok := d[tagJPEGFromRAW]; ok {
		f.try(v.from, v.size)
	}
}

// tryPair tries the JPEG whose offset from base and length two tags give.
func (f *rawFile) tryPair(d directory, offset, length uint16, base uint64) {
	if at := d.integer(offset); at > 0 {
		f.try(base+uint64(at), uint64(d.integer(length)))
	}
}

// makerNotes are those that hold the offset of a preview. All begin with a directory like a TIFF's.
var makerNotes = []struct {
	prefix string
	// own is whether offsets count from base, behind the note's beginning, and not from the
	// file's.
	own            bool
	base           uint64 //
	order          int    // where the note says its byte order; -1: the file's counts
	directory      uint64 // from the note's beginning
	below          uint16 // the tag of the directory with the preview; 0: it is the note's own
	offset, length uint16
}{
	{prefix: "OLYMPUS\x00", own: true, order: 8, directory: 12, below: 0x2020, offset: 0x101, length: 0x102},
	{prefix: "OM SYSTEM\x00\x00\x00", own: true, order: 12, directory: 16, below: 0x2020, offset: 0x101, length: 0x102},
	{prefix: "OLYMP\x00", order: -1, directory: 8, below: 0x2020, offset: 0x101, length: 0x102},
	{prefix: "AOC\x00", order: 4, directory: 6, offset: 4, length: 3},
	{prefix: "PENTAX \x00", own: true, order: 8, directory: 10, offset: 4, length: 3},
	{prefix: "Nikon\x00\x02", own: true, base: 10, order: 10, directory: 18, below: 0x11, offset: 0x201, length: 0x202},
}

// readMakerNote looks for a preview in the maker's own directory.
func (f *rawFile) readMakerNote(t tiff) {
	note, ok := t.below(f.image, tagExifIFD, noteTags)[tagMakerNote]
	if !ok {
		return
	}
	head := f.ranges.at(note.from, 32)
	for _, m := range makerNotes {
		if len(head) < 32 || !bytes.HasPrefix(head, []byte(m.prefix)) {
			continue
		}
		within, start, base := t, note.from+m.directory, uint64(0)
		if m.own {
			base = note.from + m.base
			within.ranges, start = from(f.ranges, base), m.directory-m.base
		}
		if m.order >= 0 {
			switch string(head[m.order : m.order+2]) {
			case "II":
				within.order = binary.LittleEndian
			case "MM":
				within.order = binary.BigEndian
			}
		}
		d := within.directory(start, set(m.below, m.offset, m.length))
		if m.below != 0 {
			at := uint64(d.integer(m.below))
			// Older notes hold the directory itself.
			if d[m.below].kind == typeUndefined {
				at = d[m.below].from
			}
			d = within.directory(at, set(m.offset, m.length))
		}
		f.tryPair(d, m.offset, m.length, base)
		// Some models of most makers count from the file's beginning.
		f.tryPair(d, m.offset, m.length, 0)
		return
	}
}
