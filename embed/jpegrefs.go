package embed

import (
	"encoding/binary"
	"math"
	"slices"
)

// moveReferences corrects what says where something is in the file: the index of further pictures
// (MPF), EXIF where it points at a preview behind the picture, and the AFCP trailer. All numbers
// keep their size, so that they move nothing themselves. Other trailers, and the directories of
// Samsung's phones, count from the end of the file or from themselves.
func (e *Edit) moveReferences(h *header) error {
	changes := slices.Clone(h.changes)
	for _, s := range h.all(0xe2, mpfSignature) {
		content, err := moveMPF(s, changes)
		if err != nil {
			return err
		}
		h.changes = append(h.changes, change{s.contentAt(), s.to, content})
	}
	for _, s := range h.all(0xe1, exifSignature) {
		if err := e.movePreviews(h, s, changes); err != nil {
			return err
		}
	}
	return e.moveAFCP(h, changes)
}

// moveAFCP corrects the trailer in which ACDSee and its contemporaries keep captions (AFCP): a
// directory of offsets that count from the file's beginning, and a tail with the directory's own.
func (e *Edit) moveAFCP(h *header, changes []change) error {
	const record = 12 // bytes of the tail, of the directory's head and of each entry
	tail, err := e.read(max(e.size-record, 0), min(e.size, record))
	if err != nil || len(tail) < record {
		return err
	}
	var order binary.ByteOrder
	switch string(tail[:4]) {
	case "AXS!":
		order = binary.BigEndian
	case "AXS*":
		order = binary.LittleEndian
	default:
		return nil
	}
	start := int64(order.Uint32(tail[4:]))
	if start < h.end || start > e.size-2*record {
		return nil // it was wrong before
	}
	head, err := e.read(start, record)
	if err != nil || string(head[:4]) != string(tail[:4]) {
		return err
	}
	from := start + record
	to := from + record*int64(order.Uint16(head[6:]))
	if to > e.size-record {
		return nil
	}
	directory, err := e.read(from, to-from)
	if err != nil {
		return err
	}
	move := func(number []byte) {
		if offset := int64(order.Uint32(number)); offset >= h.end {
			order.PutUint32(number, uint32(moved(offset, changes)))
		}
	}
	if moved(e.size, changes) > math.MaxUint32 {
		return refuse("the file becomes too long for its AFCP trailer")
	}
	for at := 8; at < len(directory); at += record {
		move(directory[at:])
	}
	move(tail[4:])
	h.changes = append(h.changes, change{from, to, directory}, change{e.size - record, e.size, tail})
	return nil
}

// moved is where a position is after the changes, none of which contains it.
func moved(at int64, changes []change) int64 {
	to := at
	for _, c := range changes {
		if c.to <= at {
			to += int64(len(c.put)) - (c.to - c.from)
		}
	}
	return to
}

// Tags and sizes of the index (CIPA DC-007, 5.2).
const (
	tagMPEntry  = 0xb002
	mpEntrySize = 16
)

// moveMPF returns the index with the sizes and offsets that its pictures have after the changes.
// Offsets count from the index's own TIFF header; the first picture has none.
func moveMPF(s segment, changes []change) ([]byte, error) {
	damaged := refuse("its index of further pictures (MPF) is damaged")
	content := slices.Clone(s.content)
	t := content[len(mpfSignature):]
	base := s.contentAt() + int64(len(mpfSignature))
	order, ok := byteOrder(t)
	if !ok || len(t) < 10 {
		return nil, damaged
	}
	directory := int64(order.Uint32(t[4:]))
	if directory+2 > int64(len(t)) {
		return nil, damaged
	}
	count := int64(order.Uint16(t[directory:]))
	for i := range count {
		at := directory + 2 + 12*i
		if at+12 > int64(len(t)) {
			return nil, damaged
		}
		if order.Uint16(t[at:]) != tagMPEntry {
			continue
		}
		size, from := int64(order.Uint32(t[at+4:])), int64(order.Uint32(t[at+8:]))
		if size%mpEntrySize != 0 || from+size > int64(len(t)) {
			return nil, damaged
		}
		for entries := t[from : from+size]; len(entries) > 0; entries = entries[mpEntrySize:] {
			if err := moveEntry(order, entries, base, changes); err != nil {
				return nil, err
			}
		}
	}
	return content, nil
}

func moveEntry(order binary.ByteOrder, entry []byte, base int64, changes []change) error {
	size, offset := int64(order.Uint32(entry[4:])), int64(order.Uint32(entry[8:]))
	if offset == 0 {
		if size > 0 {
			size = moved(size, changes)
		}
	} else {
		offset = moved(base+offset, changes) - moved(base, changes)
	}
	if size > math.MaxUint32 || offset > math.MaxUint32 {
		return refuse("the file becomes too long for its index of further pictures (MPF)")
	}
	order.PutUint32(entry[4:], uint32(size))
	order.PutUint32(entry[8:], uint32(offset))
	return nil
}

func byteOrder(t []byte) (binary.ByteOrder, bool) {
	switch {
	case len(t) >= 4 && string(t[:4]) == "II*\x00":
		return binary.LittleEndian, true
	case len(t) >= 4 && string(t[:4]) == "MM\x00*":
		return binary.BigEndian, true
	}
	return nil, false
}

// movePreviews corrects pointers to a JPEG behind the picture, which some cameras have in their
// maker notes. Those are found by what they point at: within compressed pictures no JPEG begins.
func (e *Edit) movePreviews(h *header, s segment, changes []change) error {
	const tiff = len("Exif\x00\x00")
	if len(s.content) < tiff+8 {
		return nil
	}
	block, base := s.content[tiff:], s.contentAt()+int64(tiff)
	delta := moved(h.end, changes) - h.end - (moved(base, changes) - base)
	if delta == 0 {
		return nil
	}
	var patched []byte
	for at := 8; at+4 <= len(block); at++ {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			offset := int64(order.Uint32(block[at:]))
			target := base + offset
			if target <= h.end || target > e.size-4 {
				continue
			}
			b, err := e.read(target, 3)
			if err != nil {
				return err
			}
			if string(b) != "\xff\xd8\xff" {
				continue
			}
			if offset += delta; offset > math.MaxUint32 {
				return refuse("the file becomes too long")
			}
			if patched == nil {
				patched = slices.Clone(s.content)
			}
			order.PutUint32(patched[tiff+at:], uint32(offset))
		}
	}
	if patched != nil {
		h.changes = append(h.changes, change{s.contentAt(), s.to, patched})
	}
	return nil
}
