package rawtest

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// The types of TIFF 6.0.
const (
	typeByte, typeASCII, typeShort, typeLong, typeRational, typeUndefined, typeIFD = 1, 2, 3, 4, 5, 7, 13
)

// tiff is a TIFF under construction. What a directory points to is written before it.
type tiff struct {
	order binary.AppendByteOrder
	b     []byte
}

// newTIFF begins one with a byte order, "II" or "MM", and what makers put behind it.
func newTIFF(order, magic string) *tiff {
	t := &tiff{order: binary.LittleEndian}
	if order == "MM" {
		t.order = binary.BigEndian
	}
	t.b = append(t.b, order+magic+"\x00\x00\x00\x00"...)
	return t
}

// entry is one entry of a directory: its bytes, or an offset to them where these are nil.
type entry struct {
	tag, kind uint16
	count     int
	bytes     []byte
	at        uint32
}

func (t *tiff) short(tag uint16, n int) entry {
	return entry{tag, typeShort, 1, t.order.AppendUint16(nil, uint16(n)), 0}
}

func (t *tiff) long(tag uint16, list ...uint32) entry {
	var b []byte
	for _, n := range list {
		b = t.order.AppendUint32(b, n)
	}
	return entry{tag, typeLong, len(list), b, 0}
}

func (t *tiff) rational(tag uint16, parts ...uint32) entry {
	e := t.long(tag, parts...)
	e.kind, e.count = typeRational, len(parts)/2
	return e
}

func text(tag uint16, s string) entry {
	return entry{tag, typeASCII, len(s) + 1, append([]byte(s), 0), 0}
}

func raw(tag, kind uint16, b []byte) entry { return entry{tag, kind, len(b), b, 0} }

// placed is an entry whose bytes are written already.
func placed(tag, kind uint16, count int, at uint32) entry { return entry{tag, kind, count, nil, at} }

// blob writes bytes and returns where they are.
func (t *tiff) blob(b []byte) uint32 {
	t.b = append(t.b, make([]byte, len(t.b)%2)...)
	at := len(t.b)
	t.b = append(t.b, b...)
	return uint32(at)
}

// directory writes one and returns where it is.
func (t *tiff) directory(next uint32, entries ...entry) uint32 {
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.tag, b.tag) })
	for i, e := range entries {
		if len(e.bytes) > 4 {
			entries[i].at, entries[i].bytes = t.blob(e.bytes), nil
		}
	}
	b := t.order.AppendUint16(nil, uint16(len(entries)))
	for _, e := range entries {
		b = t.order.AppendUint16(b, e.tag)
		b = t.order.AppendUint16(b, e.kind)
		b = t.order.AppendUint32(b, uint32(e.count))
		if e.bytes != nil {
			b = append(append(b, e.bytes...), make([]byte, 4-len(e.bytes))...)
		} else {
			b = t.order.AppendUint32(b, e.at)
		}
	}
	return t.blob(t.order.AppendUint32(b, next))
}

// file ends the TIFF whose first directory is at an offset.
func (t *tiff) file(first uint32) []byte {
	copy(t.b[4:], t.order.AppendUint32(nil, first))
	return t.b
}
