package intake

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Signatures of the application segments that hold metadata (EXIF 2.32, 4.7.2; XMP part
// 3, JPEG; Photoshop file format).
var (
	exifSignature      = []byte("Exif\x00")
	xmpSignature       = []byte("http://ns.adobe.com/xap/1.0/\x00")
	photoshopSignature = []byte("Photoshop 3.0\x00")
)

// jpegHeader walks the segments before the picture (ITU-T T.81, annex B).
func jpegHeader(data []byte) header {
	var h header
	var photoshop []byte // one block may be spread over several segments
	pos := 2
	for {
		marker, segment, next := jpegSegment(data, pos)
		if marker == 0 {
			break
		}
		pos = next
		switch {
		case marker == 0xe1 && h.exif == nil && bytes.HasPrefix(segment, exifSignature) && len(segment) > 6:
			h.exif = segment[6:]
		case marker == 0xe1 && h.xmp == nil && bytes.HasPrefix(segment, xmpSignature):
			h.xmp = segment[len(xmpSignature):]
		case marker == 0xed && bytes.HasPrefix(segment, photoshopSignature):
			photoshop = append(photoshop, segment[len(photoshopSignature):]...)
		case marker == 0xe2 && h.profile == nil && bytes.HasPrefix(segment, iccSignature) && len(segment) > len(iccSignature)+2:
			// This is the first part, behind its number and how many there are.
			h.profile = segment[len(iccSignature)+2:]
		case isFrame(marker) && h.width == 0 && len(segment) >= 5:
			if len(segment) > 5 {
				h.components = int(segment[5])
			}
			h.height = int(binary.BigEndian.Uint16(segment[1:]))
			h.width = int(binary.BigEndian.Uint16(segment[3:]))
		}
	}
	h.iptc = photoshopIPTC(photoshop)
	return h
}

// jpegSegment returns the first marker at pos or after it that has content, that content,
// and where it ends. The marker is 0 at the picture and at the end of the file. Bytes
// that belong nowhere are skipped, as libjpeg and image/jpeg do.
func jpegSegment(data []byte, pos int) (marker byte, segment []byte, next int) {
	for {
		skipped := bytes.IndexByte(data[pos:], 0xff)
		if skipped < 0 || pos+skipped+4 > len(data) {
			return 0, nil, 0
		}
		pos += skipped
		switch marker = data[pos+1]; {
		case marker == 0xff: // a fill byte
			pos++
		case marker <= 0x01 || marker >= 0xd0 && marker <= 0xd8: // without content
			pos += 2
		case marker == 0xda || marker == 0xd9: // the picture, the end
			return 0, nil, 0
		default:
			next = pos + 2 + int(binary.BigEndian.Uint16(data[pos+2:]))
			if next < pos+4 || next > len(data) {
				return 0, nil, 0
			}
			return marker, data[pos+4 : next], next
		}
	}
}

// isFrame reports whether a marker begins a frame: SOF0 to SOF15 without DHT, JPG and DAC.
func isFrame(marker byte) bool {
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
}

// resourceSignatures begin an image resource: Photoshop's own, and those that other programs of
// Adobe and plug-ins write among them.
var resourceSignatures = []string{"8BIM", "MeSa", "PHUT", "AgHg", "DCSR"}

// photoshopIPTC returns the IPTC records among Photoshop's image resources (Photoshop
// file format, "Image Resource Blocks"): signature, number, a Pascal string and the
// content, the latter two padded to even length.
func photoshopIPTC(resources []byte) []byte {
	const iptcRecords = 0x0404
	for len(resources) >= 12 && slices.Contains(resourceSignatures, string(resources[:4])) {
		number := binary.BigEndian.Uint16(resources[4:])
		name := 1 + int(resources[6])
		content := 6 + name + name%2
		if content+4 > len(resources) {
			return nil
		}
		size := int64(binary.BigEndian.Uint32(resources[content:]))
		resources = resources[content+4:]
		if number == iptcRecords {
			return resources[:min(size, int64(len(resources)))]
		}
		resources = resources[min(size+size%2, int64(len(resources))):]
	}
	return nil
}
