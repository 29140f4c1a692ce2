package openaitest

import (
	"bytes"
	"encoding/binary"
)

// leaks are the kinds of metadata that an image still carries. A colour profile is noted, but
// gives nothing of the photographer away.
type leaks struct {
	EXIF, GPS, XMP, IPTC, ICC bool
}

// private reports whether anything but a colour profile was left in.
func (l leaks) private() bool { return l.EXIF || l.GPS || l.XMP || l.IPTC }

// findLeaks looks through an image's segments or chunks.
func findLeaks(data []byte, format string) leaks {
	var l leaks
	switch format {
	case "jpeg":
		l.jpeg(data)
	case "png":
		l.png(data)
	case "webp":
		l.webp(data)
	case "gif":
		// The mark is from the XMP specification, part 3, 1.1.2.
		l.XMP = bytes.Contains(data, []byte("XMP DataXMP"))
		l.ICC = bytes.Contains(data, []byte("ICCRGBG1012"))
	}
	return l
}

// jpeg walks the marker segments up to the first scan (ITU-T T.81, annex B).
func (l *leaks) jpeg(data []byte) {
	for at := 2; at+4 <= len(data) && data[at] == 0xFF; {
		marker := data[at+1]
		if marker == 0xFF { // fill byte
			at++
			continue
		}
		if marker == 0xDA || marker == 0xD9 {
			return
		}
		size := int(binary.BigEndian.Uint16(data[at+2:]))
		if size < 2 || at+2+size > len(data) {
			return
		}
		body := data[at+4 : at+2+size]
		at += 2 + size
		switch {
		case marker == 0xE1 && bytes.HasPrefix(body, []byte("Exif\x00")):
			l.exif(body[min(6, len(body)):])
		case marker == 0xE1 && bytes.HasPrefix(body, []byte("http://ns.adobe.com/")):
			l.XMP = true
		case marker == 0xE2 && bytes.HasPrefix(body, []byte("ICC_PROFILE\x00")):
			l.ICC = true
		case marker == 0xED && bytes.HasPrefix(body, []byte("Photoshop 3.0")):
			l.IPTC = true
		}
	}
}

// png walks the chunks (PNG specification, 5.3).
func (l *leaks) png(data []byte) {
	for at := 8; at+12 <= len(data); {
		size := int(binary.BigEndian.Uint32(data[at:]))
		if size > len(data)-at-12 {
			return
		}
		body := data[at+8 : at+8+size]
		switch string(data[at+4 : at+8]) {
		case "eXIf":
			l.exif(body)
		case "iCCP":
			l.ICC = true
		case "iTXt", "tEXt", "zTXt":
			l.XMP = l.XMP || bytes.HasPrefix(body, []byte("XML:com.adobe.xmp\x00"))
			l.EXIF = l.EXIF || bytes.HasPrefix(body, []byte("Raw profile type exif\x00"))
			l.IPTC = l.IPTC || bytes.HasPrefix(body, []byte("Raw profile type iptc\x00"))
		}
		at += 12 + size
	}
}

// webp walks the chunks (RFC 9649, section 2.3).
func (l *leaks) webp(data []byte) {
	for at := 12; at+8 <= len(data); {
		size := int(binary.LittleEndian.Uint32(data[at+4:]))
		if size > len(data)-at-8 {
			return
		}
		body := data[at+8 : at+8+size]
		switch string(data[at : at+4]) {
		case "EXIF":
			l.exif(bytes.TrimPrefix(body, []byte("Exif\x00\x00")))
		case "XMP ":
			l.XMP = true
		case "ICCP":
			l.ICC = true
		}
		at += 8 + size + size%2
	}
}

// exif looks for a GPS directory, tag 0x8825 of the first directory (Exif 2.32, 4.6.3).
func (l *leaks) exif(tiff []byte) {
	l.EXIF = true
	if len(tiff) < 8 {
		return
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return
	}
	for n := order.Uint16(tiff[at:]); n > 0; n-- {
		entry := at + 2 + 12*int64(n-1)
		if entry+12 <= int64(len(tiff)) && order.Uint16(tiff[entry:]) == 0x8825 {
			l.GPS = true
		}
	}
}
