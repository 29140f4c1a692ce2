package intake

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/tagroll/tagroll"
)

// heifMetadata finds the items that hold EXIF and XMP (ISO/IEC 23008-12, annex A). The
// first of each counts: cameras write one.
func heifMetadata(data, meta []byte) header {
	var h header
	var exif, xmp uint32
	for name, infe := range boxes(heifItems(box(meta, "iinf"))) {
		if name != "infe" {
			continue
		}
		switch id, kind, rest := heifItem(infe); {
		case kind == "Exif" && exif == 0:
			exif = id
		case kind == "mime" && xmp == 0 && isXMPItem(rest):
			xmp = id
		}
	}
	iloc := box(meta, "iloc")
	if block := heifContent(data, meta, iloc, exif); len(block) > 4 {
		// The block begins with the distance from there to the TIFF header.
		if at := uint64(binary.BigEndian.Uint32(block)) + 4; at < uint64(len(block)) {
			h.exif = block[at:]
		}
	}
	h.xmp = heifContent(data, meta, iloc, xmp)
	return h
}

// heifItems are the entries of an iinf box (ISO/IEC 14496-12, 8.11.6).
func heifItems(iinf []byte) []byte {
	switch {
	case len(iinf) >= 8 && iinf[0] > 0:
		return iinf[8:]
	case len(iinf) >= 6:
		return iinf[6:]
	}
	return nil
}

// heifItem reads an infe box of version 2 or 3, as HEIF demands: the item's number, its
// kind, and its name and what follows.
func heifItem(infe []byte) (id uint32, kind string, rest []byte) {
	switch {
	case len(infe) >= 12 && infe[0] == 2:
		return uint32(binary.BigEndian.Uint16(infe[4:])), string(infe[8:12]), infe[12:]
	case len(infe) >= 14 && infe[0] == 3:
		return binary.BigEndian.Uint32(infe[4:]), string(infe[10:14]), infe[14:]
	}
	return 0, "", nil
}

// isXMPItem reports whether a mime item is XMP as it stands: its content type says so and
// it has no content encoding.
func isXMPItem(rest []byte) bool {
	_, rest, _ = bytes.Cut(rest, []byte{0}) // the item's name
	contentType, encoding, _ := bytes.Cut(rest, []byte{0})
	return string(contentType) == "application/rdf+xml" && len(bytes.Trim(encoding, "\x00")) == 0
}

// heifContent returns the content of an item by the iloc box (ISO/IEC 14496-12, 8.11.3),
// nil if it has none that lies in the file. What is longer than maxPacket is no metadata.
func heifContent(data, meta, iloc []byte, item uint32) []byte {
	r := boxReader{rest: iloc}
	version := r.number(4) >> 24
	sizes := r.number(2)
	offsetSize, lengthSize, baseSize, indexSize := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if item == 0 || version > 2 {
		return nil
	}
	idSize := 2
	if version == 2 {
		idSize = 4
	}
	if version == 0 {
		indexSize = 0 // reserved
	}
	for items := r.number(idSize); items > 0 && !r.failed; items-- {
		id := r.number(idSize)
		source := data
		if version > 0 {
			switch r.number(2) & 15 { // construction method
			case 0:
			case 1:
				source = box(meta, "idat")
			default: // parts of other items
				source = nil
			}
		}
		r.number(2) // data reference: this file, for all that is written
		base := r.number(baseSize)
		var content []byte
		extents := r.number(2)
		if indexSize+offsetSize+lengthSize == 0 {
			extents = min(extents, 1) // more of them would cost time and no bytes
		}
		for ; extents > 0 && !r.failed; extents-- {
			r.number(indexSize)
			at, length := base+r.number(offsetSize), r.number(lengthSize)
			if uint32(id) != item {
				continue
			}
			if at > uint64(len(source)) || length > min(uint64(len(source))-at, maxPacket-uint64(len(content))) {
				return nil
			}
			content = append(content, source[at:at+length]...)
		}
		if uint32(id) == item && !r.failed {
			return content
		}
	}
	return nil
}

// boxReader reads numbers of a box one after the other.
type boxReader struct {
	rest   []byte
	failed bool // the box ended too early
}

// number reads a number of 0 to 8 bytes in big-endian order.
func (r *boxReader) number(size int) (n uint64) {
	if size > 8 || size > len(r.rest) {
		r.rest, r.failed = nil, true
		return 0
	}
	for _, b := range r.rest[:size] {
		n = n<<8 | uint64(b)
	}
	r.rest = r.rest[size:]
	return n
}

// turnsItself reports whether a format says in its own way how the picture is turned, so
// that the orientation in its EXIF only repeats it (ISO/IEC 23008-12, 6.5.10).
func turnsItself(format tagroll.Format) bool {
	return slices.Contains([]tagroll.Format{tagroll.FormatHEIC, tagroll.FormatAVIF}, format)
}
