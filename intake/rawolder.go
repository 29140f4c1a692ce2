package intake

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"
)

// What older RAW files say, by the tags of CIFF ("CIFF Specification", Canon 1997; exiftool's
// CanonRaw tables).
const (
	ciffJPEG      = 0x2007
	ciffMakeModel = 0x080a
	ciffTime      = 0x180e
	ciffImage     = 0x1810

	ciffInline  = 0x4000 // the value stands in the directory
	ciffKind    = 0x3800
	ciffFolder1 = 0x2800
	ciffFolder2 = 0x3000
)

const (
	maxCIFFEntries = 256
	maxCIFFDepth   = 4 // cameras nest three
)

// readCIFF reads a CRW: a heap whose directory stands at its end, with heaps in it.
func (f *rawFile) readCIFF() {
	head := f.ranges.at(0, 14)
	if len(head) < 14 {
		return
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[0] == 'M' {
		order = binary.BigEndian
	}
	f.readHeap(from(f.ranges, uint64(order.Uint32(head[2:]))), order, maxCIFFDepth)
}

func (f *rawFile) readHeap(heap part, order binary.ByteOrder, depth int) {
	end := heap.at(max(heap.size(), 4)-4, 4)
	if depth == 0 || len(end) < 4 {
		return
	}
	at := uint64(order.Uint32(end))
	count := heap.at(at, 2)
	if len(count) < 2 {
		return
	}
	entries := heap.at(at+2, 10*uint64(min(order.Uint16(count), maxCIFFEntries)))
	for ; len(entries) >= 10; entries = entries[10:] {
		tag := order.Uint16(entries)
		if tag&ciffInline != 0 {
			continue // eight bytes; nothing of what is wanted is as short
		}
		size, offset := uint64(order.Uint32(entries[2:])), uint64(order.Uint32(entries[6:]))
		if offset > heap.size() || size > heap.size()-offset {
			continue
		}
		value := part{heap, offset, size}
		switch {
		case tag == ciffJPEG:
			f.try(f.extent(value))
		case tag == ciffMakeModel:
			names := bytes.Split(value.at(0, min(size, 256)), []byte{0})
			if len(names) > 1 {
				f.more.Camera = strings.TrimSpace(string(bytes.ToValidUTF8(names[1], nil)))
			}
		case tag == ciffTime && size >= 4:
			if b := value.at(0, 4); len(b) == 4 && order.Uint32(b) > 0 {
				// The camera counts in its own time zone.
				f.more.Taken = time.Unix(int64(order.Uint32(b)), 0).UTC()
			}
		case tag == ciffImage && size >= 16:
			if b := value.at(12, 4); len(b) == 4 {
				f.turned = map[uint32]int{90: 6, 180: 3, 270: 8}[order.Uint32(b)]
			}
		case tag&ciffKind == ciffFolder1, tag&ciffKind == ciffFolder2:
			f.readHeap(value, order, depth-1)
		}
	}
}

// readSigma reads an X3F: sections, and behind them a directory to whose offset the last four bytes
// point. Previews are sections of their own; their JPEG has all facts (exiftool's SigmaRaw tables).
func (f *rawFile) readSigma() {
	const (
		sectionHead = 28
		formatJPEG  = 18
	)
	order := binary.LittleEndian
	end := f.ranges.at(max(f.ranges.size(), 4)-4, 4)
	if len(end) < 4 {
		return
	}
	at := uint64(order.Uint32(end))
	head := f.ranges.at(at, 12)
	if len(head) < 12 || string(head[:4]) != "SECd" {
		return
	}
	entries := f.ranges.at(at+12, 12*uint64(min(order.Uint32(head[8:]), maxDirectories)))
	for ; len(entries) >= 12; entries = entries[12:] {
		offset, size := uint64(order.Uint32(entries)), uint64(order.Uint32(entries[4:]))
		if name := string(entries[8:12]); name != "IMA2" && name != "IMAG" || size < sectionHead {
			continue
		}
		if b := f.ranges.at(offset, sectionHead); len(b) == sectionHead && string(b[:4]) == "SECi" && order.Uint32(b[12:]) == formatJPEG {
			f.try(offset+sectionHead, size-sectionHead)
		}
	}
}
