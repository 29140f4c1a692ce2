package embed

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"math"
	"slices"
)

// Tags of TIFF files that are looked at (TIFF 6.0, section 8; XMP part 3, TIFF; DNG 1.6).
const (
	tagSubfileType    = 0x00fe
	tagCompression    = 0x0103
	tagPhotometric    = 0x0106
	tagMake           = 0x010f
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

// Types of TIFF 6.0 and, from 16 on, of BigTIFF.
const (
	typeByte      = 1
	typeShort     = 3
	typeLong      = 4
	typeUndefined = 7
)

var typeSizes = map[uint16]int64{
	typeByte: 1, 2: 1, typeShort: 2, typeLong: 4, 5: 8, 6: 1, typeUndefined: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8,
}

// tiffFile is the first directory of a TIFF, in either size and byte order.
type tiffFile struct {
	order   binary.ByteOrder
	big     bool
	entries []tiffEntry
	next    []byte // the pointer to the next directory, as it is
}

// tiffEntry is one entry of a directory, as it stands in the file. Where value is not nil, it gets
// a new place.
type tiffEntry struct {
	tag, kind uint16
	count     int64
	raw       []byte
	value     []byte
}

func isTIFF(head []byte) bool {
	if len(head) < 8 {
		return false
	}
	switch string(head[:4]) {
	case "II*\x00", "MM\x00*", "II+\x00", "MM\x00+":
		return true
	}
	return false
}

// tiff plans a TIFF: XMP and IPTC in the tags of its first picture. What is new goes to the end of
// the file together with the directory, so that everything else, the pixels first, stays where it
// is.
func (e *Edit) tiff(head []byte, f Fields) error {
	t, err := e.tiffDirectory(head)
	if err != nil {
		return err
	}
	if len(head) >= 12 && string(head[8:10]) == "CR" || e.isRAW(t) {
		return errRAW()
	}
	if t.find(tagC2PA) != nil {
		return errSigned()
	}
	packet, err := e.tiffValue(t, tagXMP)
	if err != nil {
		return err
	}
	resources, err := e.tiffValue(t, tagPhotoshop)
	if err != nil {
		return err
	}
	stored, records, err := e.tiffIPTC(t, resources)
	if err != nil {
		return err
	}
	merged, err := mergePacket(packet, f, records)
	if err != nil {
		return err
	}
	var doc *document
	if len(packet) > 0 {
		doc, _ = scan(packet) // mergePacket has read it
	}
	iim := records.merge(f.resolve(doc, records))
	if !bytes.Equal(merged, packet) {
		t.set(tagXMP, typeByte, merged)
	}
	if !bytes.Equal(bytes.TrimRight(stored, "\x00"), iim) {
		// Photoshop and what follows it write this tag as a list of LONG, whatever the
		// specification says.
		t.set(tagIPTC, typeLong, append(slices.Clone(iim), make([]byte, (4-len(iim)%4)%4)...))
	}
	if resources != nil {
		block, err := withDigest(resources, iim)
		if err != nil {
			return refuse("%v", err)
		}
		if !bytes.Equal(block, resources) {
			t.set(tagPhotoshop, 0, block)
		}
	}
	return e.writeTIFF(t)
}

func errRAW() error { return refuse("camera RAW files are not written into") }

// withDigest corrects the digest in a TIFF's Photoshop resources, and their copy of the records if
// they have one.
func withDigest(block, records []byte) ([]byte, error) {
	list, padding, err := parseResources(block)
	if err != nil {
		return nil, err
	}
	there, err := find(list, resourceIPTC)
	if err != nil {
		return nil, err
	}
	if there != nil {
		return withRecords(list, padding, records), nil
	}
	digest := md5.Sum(records)
	var out []byte
	for _, r := range setResource(list, newResource(resourceDigest, digest[:])) {
		out = append(out, r.raw...)
	}
	return append(out, padding...), nil
}

// tiffIPTC returns the records as stored in their tag, and what they say; those of the Photoshop
// resources count where there is no tag.
func (e *Edit) tiffIPTC(t *tiffFile, resources []byte) (stored []byte, records *iptc, err error) {
	if stored, err = e.tiffValue(t, tagIPTC); err != nil {
		return nil, nil, err
	}
	raw := stored
	if len(raw) >= 4 && len(raw)%4 == 0 && raw[0] != 0x1c && raw[3] == 0x1c {
		raw = slices.Clone(raw) // some programs swap the bytes of what is no number
		for i := 0; i < len(raw); i += 4 {
			slices.Reverse(raw[i : i+4])
		}
	}
	if len(bytes.TrimLeft(raw, "\x00")) == 0 {
		list, _, err := parseResources(resources)
		if err == nil {
			raw, err = find(list, resourceIPTC)
		}
		if err != nil {
			return nil, nil, refuse("%v", err)
		}
	}
	if raw == nil {
		return stored, nil, nil
	}
	if records, err = parseIPTC(raw); err != nil {
		return nil, nil, refuse("%v", err)
	}
	return stored, records, nil
}

// tiffDirectory reads the first directory.
func (e *Edit) tiffDirectory(head []byte) (*tiffFile, error) {
	t := &tiffFile{order: binary.LittleEndian, big: head[2] == '+' || head[3] == '+'}
	if head[0] == 'M' {
		t.order = binary.BigEndian
	}
	if t.big && (len(head) < 16 || t.order.Uint16(head[4:]) != 8) {
		return nil, refuse("the TIFF is damaged")
	}
	at := t.offset(head[t.pointerAt():])
	b, err := e.read(at, t.width(2, 8))
	if err != nil {
		return nil, err
	}
	count := int64(t.order.Uint16(b))
	if t.big {
		count = int64(t.order.Uint64(b))
	}
	size := t.width(12, 20)
	if count < 1 || count > math.MaxUint16-3 {
		return nil, refuse("the TIFF is damaged")
	}
	b, err = e.read(at+int64(len(b)), count*size+t.width(4, 8))
	if err != nil {
		return nil, err
	}
	for range count {
		entry := tiffEntry{tag: t.order.Uint16(b), kind: t.order.Uint16(b[2:]), raw: b[:size]}
		if entry.count = int64(t.order.Uint32(b[4:])); t.big {
			entry.count = int64(t.order.Uint64(b[4:]))
		}
		t.entries = append(t.entries, entry)
		b = b[size:]
	}
	t.next = b
	return t, nil
}

// width is one of two sizes, for a classic TIFF and a BigTIFF.
func (t *tiffFile) width(classic, big int64) int64 {
	if t.big {
		return big
	}
	return classic
}

// pointerAt is where the file says where its first directory is.
func (t *tiffFile) pointerAt() int64 { return t.width(4, 8) }

func (t *tiffFile) offset(b []byte) int64 {
	if t.big {
		return int64(min(t.order.Uint64(b), math.MaxInt64))
	}
	return int64(t.order.Uint32(b))
}

func (t *tiffFile) appendNumber(b []byte, n int64) []byte {
	switch {
	case t.big:
		return append(b, t.number64(n)...)
	}
	var four [4]byte
	t.order.PutUint32(four[:], uint32(n))
	return append(b, four[:]...)
}

func (t *tiffFile) number64(n int64) []byte {
	var eight [8]byte
	t.order.PutUint64(eight[:], uint64(n))
	return eight[:]
}

// find returns the entry of a tag, nil if there is none.
func (t *tiffFile) find(tag uint16) *tiffEntry {
	for i := range t.entries {
		if t.entries[i].tag == tag {
			return &t.entries[i]
		}
	}
	return nil
}

// set gives a tag a new value. The kind counts for a tag that the directory does not have.
func (t *tiffFile) set(tag, kind uint16, value []byte) {
	entry := t.find(tag)
	if entry == nil {
		at := slices.IndexFunc(t.entries, func(other tiffEntry) bool { return other.tag > tag })
		if at < 0 {
			at = len(t.entries)
		}
		t.entries = slices.Insert(t.entries, at, tiffEntry{tag: tag, kind: kind})
		entry = &t.entries[at]
	}
	entry.value = value
	if size := typeSizes[entry.kind]; size == 1 || size == 4 && len(value)%4 == 0 {
		entry.count = int64(len(value)) / size
		return
	}
	entry.kind, entry.count = typeUndefined, int64(len(value))
}

// tiffValue reads the bytes of a tag, nil if there is none.
func (e *Edit) tiffValue(t *tiffFile, tag uint16) ([]byte, error) {
	entry := t.find(tag)
	if entry == nil {
		return nil, nil
	}
	size := typeSizes[entry.kind]
	if size == 0 || entry.count < 0 || entry.count > maxPacket/size {
		return nil, refuse("the TIFF is damaged")
	}
	inline := t.width(4, 8)
	field := entry.raw[int64(len(entry.raw))-inline:]
	if size *= entry.count; size <= inline {
		return field[:size], nil
	}
	return e.read(t.offset(field), size)
}

// integer is the first number of an integer tag, 0 if there is none.
func (e *Edit) integer(t *tiffFile, tag uint16) uint32 {
	b, err := e.tiffValue(t, tag)
	switch entry := t.find(tag); {
	case err != nil || len(b) == 0:
		return 0
	case entry.kind == typeShort:
		return uint32(t.order.Uint16(b))
	case entry.kind == typeLong:
		return t.order.Uint32(b)
	}
	return 0
}

// isRAW tells a camera's RAW file from a TIFF: it says that it is a DNG, its picture is sensor
// data, or the camera put a small picture first and the real one below it.
func (e *Edit) isRAW(t *tiffFile) bool {
	if t.find(tagDNGVersion) != nil {
		return true
	}
	switch e.integer(t, tagPhotometric) {
	case photometricCFA, photometricLinear:
		return true
	}
	switch e.integer(t, tagCompression) {
	case compressionSony, compressionNikon, compressionPentax:
		return true
	}
	return t.find(tagSubIFDs) != nil && t.find(tagMake) != nil && e.integer(t, tagSubfileType)&1 == 1
}

// writeTIFF appends new values and the directory, and points the header at it.
func (e *Edit) writeTIFF(t *tiffFile) error {
	if !slices.ContainsFunc(t.entries, func(entry tiffEntry) bool { return entry.value != nil }) {
		e.keep(0, e.size)
		return nil
	}
	var tail, directory []byte
	align := func() {
		for (e.size+int64(len(tail)))%8 != 0 { // 2 is enough for TIFF, 8 for BigTIFF
			tail = append(tail, 0)
		}
	}
	if t.big {
		directory = append(directory, t.number64(int64(len(t.entries)))...)
	} else {
		directory = make([]byte, 2)
		t.order.PutUint16(directory, uint16(len(t.entries)))
	}
	for _, entry := range t.entries {
		if entry.value == nil {
			directory = append(directory, entry.raw...)
			continue
		}
		head := make([]byte, 4)
		t.order.PutUint16(head, entry.tag)
		t.order.PutUint16(head[2:], entry.kind)
		directory = t.appendNumber(append(directory, head...), entry.count)
		if inline := t.width(4, 8); int64(len(entry.value)) <= inline {
			directory = append(append(directory, entry.value...), make([]byte, inline-int64(len(entry.value)))...)
			continue
		}
		align()
		directory = t.appendNumber(directory, e.size+int64(len(tail)))
		tail = append(tail, entry.value...)
	}
	align()
	at := e.size + int64(len(tail))
	tail = append(append(tail, directory...), t.next...)
	if !t.big && e.size+int64(len(tail)) > math.MaxUint32 {
		return refuse("the file becomes too long for a TIFF")
	}
	pointer := t.pointerAt()
	e.apply([]change{
		{pointer, pointer + t.width(4, 8), t.appendNumber(nil, at)},
		{e.size, e.size, tail},
	})
	return nil
}
