package embed

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"slices"
)

const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	pngKeyword   = "XML:com.adobe.xmp" // XMP part 3, PNG
	maxChunks    = 1 << 20
)

// png plans a PNG: XMP in a text chunk of its own (iTXt), behind the header where there was none.
// XMP and IPTC in "raw profiles", a habit of ImageMagick, would contradict that chunk: the XMP
// moves into the chunk, the IPTC gets the same words. Every other chunk stays.
func (e *Edit) png(f Fields) error {
	m, err := e.pngMetadata()
	if err != nil {
		return err
	}
	packet, err := m.packet()
	if err != nil {
		return err
	}
	records, changes, err := m.setRecords(packet, f)
	if err != nil {
		return err
	}
	merged, err := mergePacket(packet, f, records)
	if err != nil {
		return err
	}
	var old []change
	for _, t := range m.packets {
		old = append(old, change{from: t.from, to: t.to})
	}
	switch {
	case len(old) == 1 && m.packets[0].profile == "" && bytes.Equal(merged, packet):
		old = nil
	case len(old) == 1 && m.packets[0].profile == "":
		old[0].put = pngXMPChunk(merged)
	case len(merged) > 0:
		old = append(old, change{m.insert, m.insert, pngXMPChunk(merged)})
	}
	e.apply(append(changes, old...))
	return nil
}

// pngXMPChunk is a packet as a text chunk, not compressed and in no language.
func pngXMPChunk(packet []byte) []byte {
	return pngChunk("iTXt", []byte(pngKeyword+"\x00\x00\x00\x00\x00"), packet)
}

// pngChunk is a chunk whose content is the parts.
func pngChunk(name string, parts ...[]byte) []byte {
	content := append([]byte(name), slices.Concat(parts...)...)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(content)-len(name)))
	chunk = append(chunk, content...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(content))
}

// pngMetadata is what a PNG holds of metadata, and where new metadata goes: behind the header.
type pngMetadata struct {
	insert  int64
	packets []pngText // XMP, one in its own chunk and one in a raw profile at most
	records []pngText // raw profiles that may hold IPTC
}

// pngMetadata walks the chunks.
func (e *Edit) pngMetadata() (m pngMetadata, err error) {
	at, picture := int64(len(pngSignature)), false
	for range maxChunks {
		head, err := e.read(at, 8)
		if err != nil {
			return m, err
		}
		size, name := int64(binary.BigEndian.Uint32(head)), string(head[4:])
		next := at + 12 + size
		if next > e.size {
			return m, refuse("the PNG is cut off")
		}
		switch name {
		case "IHDR":
			m.insert = next
		case "IDAT":
			picture = true
		case "caBX":
			return m, errSigned()
		case "iTXt", "zTXt", "tEXt":
			if err := e.takePNGText(&m, pngText{chunk: name, from: at, to: next}); err != nil {
				return m, err
			}
		case "IEND":
			if !picture || m.insert == 0 {
				return m, refuse("the PNG is damaged")
			}
			return m, nil
		}
		at = next
	}
	return m, refuse("the PNG is damaged")
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
