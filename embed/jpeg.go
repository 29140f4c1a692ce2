package embed

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sort"
)

// Signatures of the application segments that hold metadata (EXIF 2.32, 4.7.2; XMP part 3, JPEG;
// Photoshop file format; CIPA DC-007).
const (
	exifSignature      = "Exif\x00"
	xmpSignature       = "http://ns.adobe.com/xap/1.0/\x00"
	extendedSignature  = "http://ns.adobe.com/xmp/extension/\x00"
	photoshopSignature = "Photoshop 3.0\x00"
	mpfSignature       = "MPF\x00"
)

const (
	// maxContent is the most that a segment holds behind its length.
	maxContent = 0xffff - 2
	// maxHeader bounds what stands before the picture, in bytes. The most of that is extended
	// XMP, which holds depth maps.
	maxHeader = 64 << 20
)

// segment is one marker segment of a JPEG.
type segment struct {
	marker   byte
	from, to int64  // where it stands in the photo
	content  []byte // what stands behind the length; nil where nobody needs it
}

func (s segment) is(marker byte, signature string) bool {
	return s.marker == marker && bytes.HasPrefix(s.content, []byte(signature))
}

// contentAt is where the content begins.
func (s segment) contentAt() int64 { return s.to - int64(len(s.content)) }

// change puts new bytes in the place of a range of the photo.
type change struct {
	from, to int64
	put      []byte
}

// header is a JPEG up to its picture, and what becomes of it.
type header struct {
	segments []segment
	end      int64 // where the picture begins
	changes  []change
}

// jpeg plans a JPEG: XMP in APP1, IPTC in Photoshop's APP13. All from the first scan on stays, and
// so does every other segment, but for numbers in them that say where things are in the file.
func (e *Edit) jpeg(f Fields) error {
	h, err := e.jpegHeader()
	if err != nil {
		return err
	}
	xmp, err := h.xmp()
	if err != nil {
		return err
	}
	photoshop, err := h.photoshop()
	if err != nil {
		return err
	}
	f = f.resolve(xmp.doc, photoshop.records)
	add, err := h.setXMP(xmp, f)
	if err != nil {
		return err
	}
	more, err := h.setPhotoshop(photoshop, f)
	if err != nil {
		return err
	}
	if add = append(add, more...); len(add) > 0 {
		at := h.insertAt()
		h.changes = append(h.changes, change{at, at, add})
	}
	if len(h.changes) > 0 {
		if err := e.moveContainer(h, xmp); err != nil {
			return err
		}
		if err := e.moveReferences(h); err != nil {
			return err
		}
	}
	e.apply(h.changes)
	return nil
}

// apply makes pieces of changes to the photo.
func (e *Edit) apply(changes []change) {
	sort.SliceStable(changes, func(i, j int) bool { return changes[i].from < changes[j].from })
	var at int64
	for _, c := range changes {
		e.keep(at, c.from)
		e.put(c.put)
		at = max(at, c.to) // something may be inserted where a range is replaced
	}
	e.keep(at, e.size)
}

// jpegHeader reads the segments before the picture (ITU-T T.81, annex B).
func (e *Edit) jpegHeader() (*header, error) {
	h := &header{}
	at := int64(2)
	for {
		b, err := e.read(at, 4)
		if err != nil {
			return nil, err
		}
		switch {
		case b[0] != 0xff:
			return nil, refuse("the JPEG has bytes between its segments that belong nowhere")
		case b[1] == 0xff: // a fill byte
			at++
			continue
		case b[1] == 0xda:
			h.end = at
			return h, nil
		case b[1] <= 0x01 || b[1] >= 0xd0 && b[1] <= 0xd9:
			return nil, refuse("the JPEG has no picture where one is expected")
		}
		s := segment{marker: b[1], from: at, to: at + 2 + int64(binary.BigEndian.Uint16(b[2:]))}
		if s.to < at+4 || s.to > maxHeader {
			return nil, refuse("the JPEG is damaged before its picture")
		}
		if s.marker == 0xe1 || s.marker == 0xe2 || s.marker == 0xeb || s.marker == 0xed {
			if s.content, err = e.read(at+4, s.to-at-4); err != nil {
				return nil, err
			}
		}
		if s.marker == 0xeb && isManifest(s.content) {
			return nil, errSigned()
		}
		h.segments = append(h.segments, s)
		at = s.to
	}
}

// insertAt is where new segments go: behind JFIF and EXIF, which readers expect first, and behind
// fill bytes, which belong to the marker that follows them.
func (h *header) insertAt() int64 {
	for _, s := range h.segments {
		if s.marker != 0xe0 && !s.is(0xe1, exifSignature) {
			return s.from
		}
	}
	return h.end
}

// all returns the segments with a marker and signature.
func (h *header) all(marker byte, signature string) []segment {
	var found []segment
	for _, s := range h.segments {
		if s.is(marker, signature) {
			found = append(found, s)
		}
	}
	return found
}

// replace puts new segments in the place of the first old one and removes the others. It returns
// what is to be inserted elsewhere where there was none.
func (h *header) replace(old []segment, put []byte) []byte {
	for i, s := range old {
		c := change{from: s.from, to: s.to}
		if i == 0 {
			c.put = put
		}
		h.changes = append(h.changes, c)
	}
	if len(old) > 0 {
		return nil
	}
	return put
}

// appendSegment appends a segment whose content is the parts.
func appendSegment(out []byte, marker byte, parts ...[]byte) []byte {
	size := 2
	for _, p := range parts {
		size += len(p)
	}
	out = binary.BigEndian.AppendUint16(append(out, 0xff, marker), uint16(size))
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// jpegPhotoshop is Photoshop's block of a JPEG.
type jpegPhotoshop struct {
	segments  []segment
	block     []byte // one block may be spread over several segments
	resources []resource
	padding   []byte
	records   *iptc // nil if there are none
	raw       []byte
}

func (h *header) photoshop() (p jpegPhotoshop, err error) {
	p.segments = h.all(0xed, photoshopSignature)
	for _, s := range p.segments {
		p.block = append(p.block, s.content[len(photoshopSignature):]...)
	}
	if p.resources, p.padding, err = parseResources(p.block); err == nil {
		p.raw, err = find(p.resources, resourceIPTC)
	}
	if err == nil && p.raw != nil {
		p.records, err = parseIPTC(p.raw)
	}
	if err != nil {
		return p, refuse("%v", err)
	}
	return p, nil
}

// setPhotoshop replaces the block if its IPTC says something else, and returns what is to be
// inserted.
func (h *header) setPhotoshop(p jpegPhotoshop, f Fields) ([]byte, error) {
	records := p.records.merge(f)
	block := withRecords(p.resources, p.padding, records)
	if bytes.Equal(block, p.block) {
		return nil, nil
	}
	var put []byte
	const most = maxContent - len(photoshopSignature)
	for part := range slices.Chunk(block, most) {
		put = appendSegment(put, 0xed, []byte(photoshopSignature), part)
	}
	return h.replace(p.segments, put), nil
}
