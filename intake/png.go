package intake

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strings"
)

// maxTexts is how many text chunks are looked into: unpacking thousands would take minutes.
const maxTexts = 64

// maxPacket is the longest block of metadata that is unpacked or parsed. Real ones have
// some kilobytes; a compressed one can grow a thousandfold.
const maxPacket = 4 << 20

// pngHeader walks the chunks (PNG specification, third edition, 5.3). Metadata may stand
// behind the picture.
func pngHeader(data []byte) header {
	var h header
	texts := 0
	for rest := data[8:]; len(rest) >= 8; {
		size := int64(binary.BigEndian.Uint32(rest))
		if size > int64(len(rest))-8 {
			break
		}
		name, chunk := string(rest[4:8]), rest[8:8+size]
		rest = rest[min(size+12, int64(len(rest))):]
		switch name {
		case "IHDR":
			if size >= 8 {
				h.width, h.height = pngSide(chunk), pngSide(chunk[4:])
			}
		case "eXIf":
			h.exif = bytes.TrimPrefix(chunk, []byte("Exif\x00\x00"))
		case "iTXt", "zTXt", "tEXt":
			if texts++; texts <= maxTexts {
				h.takePNGText(name, chunk)
			}
		case "IEND":
			return h
		}
	}
	return h
}

// pngSide reads a width or height, which has 31 bits.
func pngSide(b []byte) int { return int(binary.BigEndian.Uint32(b) & 0x7fffffff) }

// takePNGText takes the metadata from a text chunk: XMP has one of its own (XMP part 3,
// PNG); EXIF, IPTC and XMP may be hexadecimal "raw profiles", a habit of ImageMagick that
// exiftool shares.
func (h *header) takePNGText(name string, chunk []byte) {
	keyword, rest, found := bytes.Cut(chunk, []byte{0})
	if !found {
		return
	}
	profile, isProfile := strings.CutPrefix(string(keyword), "Raw profile type ")
	isXMP := string(keyword) == "XML:com.adobe.xmp"
	if !isProfile && !isXMP {
		return
	}
	text := pngText(name, rest)
	if isXMP {
		if h.xmp == nil {
			h.xmp = text
		}
		return
	}
	content := rawProfile(text)
	switch {
	case (profile == "exif" || profile == "APP1") && isTIFF(withoutHead(content)):
		if h.exif == nil {
			h.exif = withoutHead(content)
		}
	case (profile == "xmp" || profile == "APP1") && h.xmp == nil:
		h.xmp = bytes.TrimPrefix(content, xmpSignature)
	case (profile == "iptc" || profile == "8bim") && h.iptc == nil:
		h.iptc = photoshopIPTC(content)
		if h.iptc == nil {
			h.iptc = content
		}
	}
}

// withoutHead takes the head of a JPEG's segment off EXIF. Some programs do not write one.
func withoutHead(exif []byte) []byte {
	if bytes.HasPrefix(exif, exifSignature) && len(exif) > 6 {
		return exif[6:]
	}
	return exif
}

// pngText returns the text of a chunk behind its keyword.
func pngText(name string, rest []byte) []byte {
	switch name {
	case "zTXt":
		if len(rest) < 1 {
			return nil
		}
		return inflate(rest[1:])
	case "iTXt": // compression flag and method, language, translated keyword
		if len(rest) < 2 {
			return nil
		}
		compressed := rest[0] == 1
		_, rest, _ = bytes.Cut(rest[2:], []byte{0})
		_, rest, _ = bytes.Cut(rest, []byte{0})
		if compressed {
			return inflate(rest)
		}
	}
	return rest
}

// inflate unpacks as much as can be unpacked, up to maxPacket.
func inflate(packed []byte) []byte {
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(z, maxPacket)) // a damaged end leaves the beginning
	return text
}

// rawProfile decodes "\nname\n   length\nhexadecimal lines".
func rawProfile(text []byte) []byte {
	fields := bytes.SplitN(bytes.TrimLeft(text, "\n"), []byte("\n"), 3)
	if len(fields) < 3 {
		return nil
	}
	digits := bytes.Join(bytes.Fields(fields[2]), nil)
	content := make([]byte, hex.DecodedLen(len(digits)))
	n, _ := hex.Decode(content, digits) // a damaged end leaves the beginning
	return content[:n]
}
