package intake

import (
	"encoding/binary"
	"iter"
)

// heifHeader finds the size of the primary item: its ispe property, with the sides
// exchanged where irot turns it by a quarter (ISO/IEC 23008-12, 6.5). EXIF and XMP are
// items of their own (annex A).
func heifHeader(data []byte) header {
	meta := box(data, "meta")
	if len(meta) < 4 {
		return header{}
	}
	meta = meta[4:] // version and flags
	properties := box(meta, "iprp")
	wanted := primaryProperties(box(properties, "ipma"), primaryItem(box(meta, "pitm")))
	h := heifMetadata(data, meta)
	index, turned := 0, false
	for name, content := range boxes(box(properties, "ipco")) {
		index++
		if !wanted[index] {
			continue
		}
		switch {
		case name == "ispe" && len(content) >= 12:
			h.width, h.height = pngSide(content[4:]), pngSide(content[8:])
		case name == "irot" && len(content) >= 1:
			turned = content[0]&1 == 1
		}
	}
	if turned {
		h.width, h.height = h.height, h.width
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

// primaryProperties reads an ipma box: which of the properties, counted from 1, are the item's.
func primaryProperties(ipma []byte, item uint32) map[int]bool {
	wanted := make(map[int]bool)
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
				wanted[int(binary.BigEndian.Uint16(rest[2*i:])&0x7fff)] = true
			} else {
				wanted[int(rest[i]&0x7f)] = true
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
