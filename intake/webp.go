package intake

import (
	"bytes"
	"encoding/binary"
)

// webpHeader walks the chunks (RFC 9649). The canvas of VP8X counts before the size of
// the picture within.
func webpHeader(data []byte) header {
	var h header
	for rest := data[12:]; len(rest) >= 8; {
		size := int64(binary.LittleEndian.Uint32(rest[4:]))
		name, chunk := string(rest[:4]), rest[8:][:min(size, int64(len(rest))-8)]
		rest = rest[min(8+size+size%2, int64(len(rest))):]
		switch name {
		case "VP8X":
			if len(chunk) >= 10 {
				h.width, h.height = 1+uint24(chunk[4:]), 1+uint24(chunk[7:])
			}
		case "VP8 ": // RFC 6386, 9.1: the upper two bits are a scale for display
			if h.width == 0 && len(chunk) >= 10 && string(chunk[3:6]) == "\x9d\x01\x2a" {
				h.width = int(binary.LittleEndian.Uint16(chunk[6:]) & 0x3fff)
				h.height = int(binary.LittleEndian.Uint16(chunk[8:]) & 0x3fff)
			}
		case "VP8L":
			if h.width == 0 && len(chunk) >= 5 && chunk[0] == 0x2f {
				bits := binary.LittleEndian.Uint32(chunk[1:])
				h.width, h.height = 1+int(bits&0x3fff), 1+int(bits>>14&0x3fff)
			}
		case "EXIF":
			h.exif = bytes.TrimPrefix(chunk, []byte("Exif\x00\x00"))
		case "XMP ":
			h.xmp = chunk
		}
	}
	return h
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// gifHeader reads the logical screen (GIF89a, 18).
func gifHeader(data []byte) header {
	if len(data) < 10 {
		return header{}
	}
	return header{
		width:  int(binary.LittleEndian.Uint16(data[6:])),
		height: int(binary.LittleEndian.Uint16(data[8:])),
	}
}
