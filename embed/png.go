package embed

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
)

const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	pngXMP       = "XML:com.adobe.xmp\x00" // XMP part 3, PNG
	maxChunks    = 1 << 20
)

// png plans a PNG: XMP in a text chunk of its own (iTXt), behind the header where there was none.
// Every other chunk stays.
func (e *Edit) png(f Fields) error {
	var xmp change
	var packet []byte
	at, found, picture, end := int64(len(pngSignature)), false, false, false
	for range maxChunks {
		head, err := e.read(at, 8)
		if err != nil {
			return err
		}
		size, name := int64(binary.BigEndian.Uint32(head)), string(head[4:])
		next := at + 12 + size
		if next > e.size {
			return refuse("the PNG is cut off")
		}
		switch name {
		case "IHDR":
			xmp.from, xmp.to = next, next
		case "IDAT":
			picture = true
		case "iTXt":
			text, err := e.pngXMP(at+8, size)
			if err != nil {
				return err
			}
			if text == nil {
				break
			}
			if found {
				return refuse("it has two XMP packets")
			}
			found, packet = true, text
			xmp.from, xmp.to = at, next
		case "IEND":
			end = true
		}
		if at = next; end {
			break
		}
	}
	if !end || !picture || xmp.from == 0 {
		return refuse("the PNG is damaged")
	}
	merged, err := mergePacket(packet, f, nil)
	if err != nil {
		return err
	}
	if bytes.Equal(merged, packet) {
		e.keep(0, e.size)
		return nil
	}
	content := append([]byte("iTXt"+pngXMP+"\x00\x00\x00\x00"), merged...) // not compressed, no language
	xmp.put = binary.BigEndian.AppendUint32(nil, uint32(len(content)-4))
	xmp.put = append(xmp.put, content...)
	xmp.put = binary.BigEndian.AppendUint32(xmp.put, crc32.ChecksumIEEE(content))
	e.apply([]change{xmp})
	return nil
}

// pngXMP returns the packet of a text chunk, nil if the chunk is about something else.
func (e *Edit) pngXMP(at, size int64) ([]byte, error) {
	head, err := e.read(at, min(size, int64(len(pngXMP)+2)))
	if err != nil || int64(len(head)) < int64(len(pngXMP)+2) || string(head[:len(pngXMP)]) != pngXMP {
		return nil, err
	}
	if size > maxPacket {
		return nil, refuse("its XMP is too long")
	}
	chunk, err := e.read(at, size)
	if err != nil {
		return nil, err
	}
	// Language and translated keyword stand before the text.
	_, rest, found := bytes.Cut(chunk[len(pngXMP)+2:], []byte{0})
	_, text, also := bytes.Cut(rest, []byte{0})
	if !found || !also {
		return nil, refuse("its XMP is damaged")
	}
	if head[len(pngXMP)] == 0 {
		return append([]byte{}, text...), nil
	}
	z, err := zlib.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, refuse("its XMP is damaged")
	}
	if text, err = io.ReadAll(io.LimitReader(z, maxPacket+1)); err != nil {
		return nil, refuse("its XMP is damaged")
	}
	return append([]byte{}, text...), nil
}

// mergePacket returns a packet with the fields merged in, a new one where there is none.
func mergePacket(packet []byte, f Fields, records *iptc) ([]byte, error) {
	var doc *document
	if len(bytes.Trim(packet, " \t\r\n\x00")) > 0 {
		var err error
		if doc, err = scan(packet); err != nil {
			return nil, refuse("%v", err)
		}
	}
	list := wantedOf(f.resolve(doc, records))
	switch {
	case len(list) == 0:
		return packet, nil
	case doc == nil:
		return newPacket(list, ""), nil
	}
	return doc.merge(list), nil
}
