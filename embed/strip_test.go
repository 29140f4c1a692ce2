package embed_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

// strip returns what of a photo must not change: all but its XMP, IPTC, Photoshop's resources, and
// numbers that follow from their sizes. It is written independently of the package.
func strip(photo []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(photo, []byte("\xff\xd8")):
		return stripJPEG(photo)
	case bytes.HasPrefix(photo, []byte("\x89PNG")):
		return stripPNG(photo)
	case bytes.HasPrefix(photo, []byte("RIFF")):
		return stripWebP(photo)
	}
	return nil, errors.New("no format that can be stripped")
}

func stripJPEG(photo []byte) ([]byte, error) {
	out := bytes.Clone(photo[:2])
	at := 2
	for at+4 <= len(photo) {
		if photo[at+1] == 0xff {
			out = append(out, 0xff)
			at++
			continue
		}
		if photo[at+1] == 0xda {
			return append(out, photo[at:]...), nil
		}
		end := at + 2 + int(binary.BigEndian.Uint16(photo[at+2:]))
		if end > len(photo) {
			break
		}
		segment := bytes.Clone(photo[at:end])
		content := string(segment[4:])
		switch marker := segment[1]; {
		case marker == 0xe1 && (strings.HasPrefix(content, xmpHead) || strings.HasPrefix(content, extendedHead)):
			segment = nil
		case marker == 0xed && strings.HasPrefix(content, resourceHead):
			segment = nil
		case marker == 0xe2 && strings.HasPrefix(content, "MPF\x00"):
			segment = segment[:8] // its entries are tested by what they point at
		case marker == 0xe1 && strings.HasPrefix(content, "Exif\x00"):
			// Pointers to previews are tested by what they point at, too. TestExifStays
			// compares the rest.
			segment = segment[:4]
		}
		out = append(out, segment...)
		at = end
	}
	return nil, errors.New("no picture")
}

// pngMetadata are the text chunks that hold XMP and IPTC; exiftool compares what else is in them.
var pngMetadata = []string{"XML:com.adobe.xmp", "Raw profile type xmp", "Raw profile type APP1", "Raw profile type iptc", "Raw profile type 8bim"}

func stripPNG(photo []byte) ([]byte, error) {
	out := bytes.Clone(photo[:8])
	for at := 8; at+12 <= len(photo); {
		end := at + 12 + int(binary.BigEndian.Uint32(photo[at:]))
		if end > len(photo) {
			break
		}
		name, content := string(photo[at+4:at+8]), string(photo[at+8:end-4])
		if keyword, _, _ := strings.Cut(content, "\x00"); !strings.HasSuffix(name, "Xt") || !slices.Contains(pngMetadata, keyword) {
			out = append(out, photo[at:end]...)
		}
		if at = end; name == "IEND" {
			return append(out, photo[at:]...), nil
		}
	}
	return nil, errors.New("no end")
}

func stripWebP(photo []byte) ([]byte, error) {
	out := []byte("RIFF....WEBP")
	end := 8 + int(binary.LittleEndian.Uint32(photo[4:]))
	at := 12
	for at < end {
		if at+8 > len(photo) {
			return nil, errors.New("cut off")
		}
		size := int(binary.LittleEndian.Uint32(photo[at+4:]))
		next := at + 8 + size + size%2
		if next > len(photo) {
			return nil, errors.New("cut off")
		}
		c := bytes.Clone(photo[at:next])
		switch string(c[:4]) {
		case "XMP ":
			c = nil
		case "VP8X": // a simple file gets one, whose size TestWebPHeader compares
			c[8] &^= 0x04
			if c[8]&^0x10 == 0 {
				c = nil
			}
		}
		out = append(out, c...)
		at = next
	}
	return append(out, photo[at:]...), nil
}
