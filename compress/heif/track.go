package heif

import (
	"encoding/binary"
	"fmt"
)

// readTrack makes the first picture of a sequence the primary item (ISO/IEC 14496-12, 8.3 to 8.7).
func (f *file) readTrack(moov []byte) error {
	for _, b := range inside(moov) {
		if b.kind != "trak" {
			continue
		}
		table := inside(find(inside(b.content), "mdia", "minf", "stbl"))
		if i := firstSample(f.data, table); i != nil {
			f.items[i.id], f.primary = i, i.id
			return nil
		}
	}
	return fmt.Errorf("%w: it has no sequence of pictures", ErrCorrupt)
}

// firstSample reads a sample table, nil if it is none of pictures that are read. The first sample
// is the first of the first chunk.
func firstSample(data []byte, table []box) *item {
	r := reader{rest: find(table, "stsd")}
	r.fullBox()
	r.number(4)
	entries := inside(r.rest)
	size := reader{rest: find(table, "stsz")}
	size.fullBox()
	length := size.number(4)
	if length == 0 {
		size.number(4)
		length = size.number(4)
	}
	at, width := reader{rest: find(table, "stco")}, 4
	if at.rest == nil {
		at, width = reader{rest: find(table, "co64")}, 8
	}
	at.fullBox()
	at.number(4)
	offset := at.number(width)
	const fixed = 78 // a visual sample entry, before its boxes
	if len(entries) == 0 || len(entries[0].content) < fixed || size.failed || at.failed {
		return nil
	}
	kind, entry := entries[0].kind, entries[0].content
	if kind == "hev1" {
		kind = "hvc1"
	}
	if kind != "hvc1" && kind != "av01" || offset > uint64(len(data)) || length > uint64(len(data))-offset || length == 0 {
		return nil
	}
	ispe := binary.BigEndian.AppendUint32(make([]byte, 4), uint32(binary.BigEndian.Uint16(entry[24:])))
	ispe = binary.BigEndian.AppendUint32(ispe, uint32(binary.BigEndian.Uint16(entry[26:])))
	properties := append([]box{{"ispe", ispe}}, inside(entry[fixed:])...)
	return &item{id: 1, kind: kind, properties: properties, sample: data[offset : offset+length]}
}
