package intake

import (
	"encoding/binary"
	"iter"
	"math"
)

// heifHeader finds the size of the primary item as it is shown: its ispe property, cut by clap,
// with the sides exchanged where irot turns it by a quarter (ISO/IEC 23008-12, 6.5). EXIF and XMP
// are items of their own (annex A).
func heifHeader(data []byte) header {
	meta := box(data, "meta")
	if len(meta) < 4 {
		return sequenceHeader(box(data, "moov"))
	}
	meta = meta[4:] // version and flags
	properties := box(meta, "iprp")
	h := heifMetadata(data, meta)
	type property struct {
		name    string
		content []byte
	}
	var all []property
	for name, content := range boxes(box(properties, "ipco")) {
		all = append(all, property{name, content})
	}
	// Properties are applied in the order in which the item has them.
	for _, index := range primaryProperties(box(properties, "ipma"), primaryItem(box(meta, "pitm"))) {
		if index < 1 || index > len(all) {
			continue
		}
		switch name, content := all[index-1].name, all[index-1].content; {
		case name == "ispe" && len(content) >= 12:
			h.width, h.height = pngSide(content[4:]), pngSide(content[8:])
		case name == "clap" && len(content) >= 32:
			w, ht := apertureSide(content, content[16:], h.width), apertureSide(content[8:], content[24:], h.height)
			if w > 0 && ht > 0 {
				h.width, h.height = w, ht
			}
		case name == "irot" && len(content) >= 1 && content[0]&1 == 1:
			h.width, h.height = h.height, h.width
		}
	}
	return h
}

// apertureSide is how many pixels a clean aperture leaves of a side: of its length, and the
// distance of its centre from the picture's, both fractions (ISO/IEC 14496-12, 12.1.4).
func apertureSide(length, offset []byte, whole int) int {
	fraction := func(b []byte) float64 {
		return float64(int32(binary.BigEndian.Uint32(b))) / float64(int32(binary.BigEndian.Uint32(b[4:])))
	}
	n := fraction(length)
	begin := fraction(offset) + (float64(whole)-n)/2
	if !(n >= 1) || math.IsNaN(begin) || math.IsInf(begin, 0) {
		return 0
	}
	from, to := max(math.Floor(begin+0.5), 0), min(math.Floor(begin+n+0.5), float64(whole))
	return int(max(to-from, 0))
}

// sequenceHeader finds the size of a sequence of pictures: that of its first track (ISO/IEC
// 14496-12, 8.3.2), which ends with width and height in 16.16 bits.
func sequenceHeader(moov []byte) (h header) {
	if track := box(box(moov, "trak"), "tkhd"); len(track) >= 84 {
		size := track[len(track)-8:]
		h.width, h.height = int(binary.BigEndian.Uint16(size)), int(binary.BigEndian.Uint16(size[4:]))
	}
	return h
}

// primaryItem reads a pitm box.
func primaryItem(pitm []byte) uint32 {
	switch {
	case len(pitm) >= 8 && pitm[0] > 0:
		return binary.BigEndian.Uint32(pitm[4:])
	case len(pitm) >= 6:
		return uint32(binary.BigEndian.Uint16(pitm[4:]))
	}
	return 0
}

// primaryProperties reads an ipma box: which of the properties, counted from 1, are the item's, in
// its order.
func primaryProperties(ipma []byte, item uint32) (wanted []int) {
	if len(ipma) < 8 {
		return wanted
	}
	idSize, indexSize := 2, 1
	if ipma[0] > 0 {
		idSize = 4
	}
	if ipma[3]&1 == 1 {
		indexSize = 2
	}
	for rest := ipma[8:]; len(rest) > idSize; {
		id := uint32(binary.BigEndian.Uint16(rest))
		if idSize == 4 {
			id = binary.BigEndian.Uint32(rest)
		}
		count := int(rest[idSize])
		rest = rest[idSize+1:]
		if count*indexSize > len(rest) {
			break
		}
		for i := range count {
			if id != item {
				break
			}
			if indexSize == 2 {
				wanted = append(wanted, int(binary.BigEndian.Uint16(rest[2*i:])&0x7fff))
			} else {
				wanted = append(wanted, int(rest[i]&0x7f))
			}
		}
		rest = rest[count*indexSize:]
	}
	return wanted
}

// box returns the content of the first box of a name, nil if there is none.
func box(data []byte, name string) []byte {
	for n, content := range boxes(data) {
		if n == name {
			return content
		}
	}
	return nil
}

// boxes returns the boxes of a container in their order (ISO/IEC 14496-12, 4.2). It stops
// at the first one that does not fit.
func boxes(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for len(data) >= 8 {
			start, size := uint64(8), uint64(binary.BigEndian.Uint32(data))
			switch {
			case size == 0: // up to the end
				size = uint64(len(data))
			case size == 1 && len(data) >= 16:
				start, size = 16, binary.BigEndian.Uint64(data[8:])
			}
			if size < start || size > uint64(len(data)) || !yield(string(data[4:8]), data[start:size]) {
				return
			}
			data = data[size:]
		}
	}
}
