package intake

import (
	"bytes"
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"github.com/tagroll/tagroll/internal/codepage"
)

// toUTF8 turns a packet of UTF-16 or UTF-32 (XMP part 1, 7.1) into UTF-8, told by its byte order
// mark or by its first character, which is of ASCII; and one that says that it is Latin-1.
func toUTF8(packet []byte) []byte {
	if len(packet) < 4 {
		return packet
	}
	begins := func(c uint32) bool { return c == 0xfeff || c == '<' || c == ' ' || c == '\n' || c == '\r' || c == '\t' }
	for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		switch {
		case begins(order.Uint32(packet)):
			return fromUTF32(packet, order)
		case begins(uint32(order.Uint16(packet))):
			return []byte(codepage.UTF16(packet, order))
		}
	}
	head := bytes.ToLower(packet[:min(len(packet), 100)])
	if bytes.HasPrefix(head, []byte("<?xml")) && (bytes.Contains(head, []byte("iso-8859-1")) || bytes.Contains(head, []byte("windows-1252"))) && !utf8.Valid(packet) {
		return []byte(codepage.Windows1252.Decode(packet))
	}
	return packet
}

func fromUTF32(packet []byte, order binary.ByteOrder) []byte {
	text := make([]byte, 0, len(packet)/4)
	for ; len(packet) >= 4; packet = packet[4:] {
		text = utf8.AppendRune(text, rune(min(order.Uint32(packet), unicode.MaxRune+1)))
	}
	return text
}
