package embed

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
)

// Flags of the extended header (RFC 9649, 2.7.1).
const (
	webpXMP   = 0x04
	webpAlpha = 0x10
)

// webpChunk is a chunk by its name and where it stands, padding included.
type webpChunk struct {
	name           string
	from, to, size int64
}

// webp plans a WebP: XMP in its chunk, behind all others where there was none, and its flag in the
// extended header, which a simple file gets.
func (e *Edit) webp(f Fields) error {
	chunks, end, err := e.webpChunks()
	if err != nil {
		return err
	}
	var packet []byte
	xmp := change{from: end, to: end}
	found := false
	for _, c := range chunks {
		if c.name == webpC2PA {
			return errSigned()
		}
		if c.name != "XMP " {
			continue
		}
		if found {
			return refuse("it has two XMP packets")
		}
		if c.size > maxPacket {
			return refuse("its XMP is too long")
		}
		found, xmp.from, xmp.to = true, c.from, c.to
		if packet, err = e.read(c.from+8, c.size); err != nil {
			return err
		}
	}
	merged, err := mergePacket(packet, f, nil)
	if err != nil {
		return err
	}
	if bytes.Equal(merged, packet) {
		e.keep(0, e.size)
		return nil
	}
	xmp.put = append([]byte("XMP "), binary.LittleEndian.AppendUint32(nil, uint32(len(merged)))...)
	if xmp.put = append(xmp.put, merged...); len(merged)%2 == 1 {
		xmp.put = append(xmp.put, 0)
	}
	header, err := e.webpHeader(chunks)
	if err != nil {
		return err
	}
	size := moved(end, []change{xmp, header}) - 8
	if size > math.MaxUint32-1 {
		return refuse("the file becomes too long for a WebP")
	}
	riff := change{4, 8, binary.LittleEndian.AppendUint32(nil, uint32(size))}
	e.apply([]change{riff, header, xmp})
	return nil
}

// webpChunks lists the chunks, and returns where they end. What follows belongs to somebody else.
func (e *Edit) webpChunks() (chunks []webpChunk, end int64, err error) {
	head, err := e.read(4, 4)
	if err != nil {
		return nil, 0, err
	}
	end = 8 + int64(binary.LittleEndian.Uint32(head))
	if end%2 == 1 || end > e.size {
		return nil, 0, refuse("the WebP is cut off or damaged")
	}
	for at := int64(12); at < end; {
		if len(chunks) == maxChunks {
			return nil, 0, refuse("the WebP is damaged")
		}
		head, err := e.read(at, 8)
		if err != nil {
			return nil, 0, err
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		next := at + 8 + size + size%2
		if next > end {
			return nil, 0, refuse("the WebP is damaged")
		}
		chunks = append(chunks, webpChunk{string(head[:4]), at, next, size})
		at = next
	}
	return chunks, end, nil
}

// webpHeader sets the flag for XMP in the extended header, or makes an extended header of what the
// file has.
func (e *Edit) webpHeader(chunks []webpChunk) (change, error) {
	damaged := refuse("the WebP is damaged")
	if len(chunks) == 0 {
		return change{}, damaged
	}
	first := chunks[0]
	b, err := e.read(first.from+8, min(first.size, 10))
	if err != nil {
		return change{}, err
	}
	if len(b) < 5 || first.name != "VP8X" && first.name != "VP8L" && len(b) < 10 {
		return change{}, damaged
	}
	switch first.name {
	case "VP8X":
		return change{first.from + 8, first.from + 9, []byte{b[0] | webpXMP}}, nil
	case "VP8 ": // RFC 6386, 9.1: the upper two bits are a scale for display
		width := int(binary.LittleEndian.Uint16(b[6:])) & 0x3fff
		height := int(binary.LittleEndian.Uint16(b[8:])) & 0x3fff
		return extendedHeader(first.from, chunks, 0, width, height)
	case "VP8L":
		bits := binary.LittleEndian.Uint32(b[1:])
		var alpha byte
		if bits>>28&1 == 1 {
			alpha = webpAlpha
		}
		return extendedHeader(first.from, chunks, alpha, 1+int(bits&0x3fff), 1+int(bits>>14&0x3fff))
	}
	return change{}, damaged
}

// extendedHeader returns the header that a simple file gets. One that has more than a picture says
// so in such a header; without it the file contradicts itself.
func extendedHeader(at int64, chunks []webpChunk, flags byte, width, height int) (change, error) {
	contradicts := func(c webpChunk) bool {
		return slices.Contains([]string{"VP8X", "EXIF", "ICCP", "ALPH", "ANIM", "ANMF"}, c.name)
	}
	if width == 0 || height == 0 || slices.ContainsFunc(chunks, contradicts) {
		return change{}, refuse("the WebP is damaged")
	}
	put := append([]byte("VP8X"), 10, 0, 0, 0, flags|webpXMP, 0, 0, 0)
	for _, side := range []int{width - 1, height - 1} {
		put = append(put, byte(side), byte(side>>8), byte(side>>16))
	}
	return change{at, at, put}, nil
}
