package intake

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// iccSignature begins the application segments that hold a colour profile (ICC.1:2022, B.4).
var iccSignature = []byte("ICC_PROFILE\x00")

// EXIF's values of the tag ColorSpace. DCF adds 2 for Adobe RGB, which cameras write as
// uncalibrated.
const (
	exifSRGB     = 1
	exifAdobeRGB = 2
)

// colorSpace says what the numbers of a JPEG's pixels mean: by the number of their components, the
// embedded profile, or EXIF.
func colorSpace(components int, profile []byte, exif string) string {
	switch components {
	case 1:
		return "grey"
	case 4:
		return "CMYK"
	}
	if name := profileName(profile); name != "" {
		return name
	}
	return exif
}

// exifColorSpace is what EXIF says of the colours; empty for "uncalibrated", which may be anything.
func exifColorSpace(n uint32) string {
	switch n {
	case exifSRGB:
		return "sRGB"
	case exifAdobeRGB:
		return "Adobe RGB"
	}
	return ""
}

// profileName is what a colour profile calls itself, with the usual names of the two that agencies
// speak of. Empty if the beginning of the profile, which is all that is looked at, does not say.
func profileName(profile []byte) string {
	const header, entry = 128, 12
	if len(profile) < header+4 {
		return ""
	}
	tags := int(min(binary.BigEndian.Uint32(profile[header:]), 100))
	for i := range tags {
		at := header + 4 + i*entry
		if at+entry > len(profile) {
			return ""
		}
		if string(profile[at:at+4]) != "desc" {
			continue
		}
		offset, size := uint64(binary.BigEndian.Uint32(profile[at+4:])), uint64(binary.BigEndian.Uint32(profile[at+8:]))
		if offset+size > uint64(len(profile)) {
			return ""
		}
		name := cleanText(profileText(profile[offset:offset+size]), 100)
		switch folded := strings.ToLower(name); {
		case strings.Contains(folded, "srgb"):
			return "sRGB"
		case strings.Contains(folded, "adobe rgb"):
			return "Adobe RGB"
		}
		return name
	}
	return ""
}

// profileText reads a text of a profile, in the form of version 2 (desc) or 4 (mluc).
func profileText(tag []byte) string {
	if len(tag) < 12 {
		return ""
	}
	switch string(tag[:4]) {
	case "desc":
		n := uint64(binary.BigEndian.Uint32(tag[8:]))
		if 12+n > uint64(len(tag)) {
			return ""
		}
		return strings.TrimRight(string(tag[12:12+n]), "\x00")
	case "mluc":
		if len(tag) < 28 {
			return ""
		}
		n, offset := uint64(binary.BigEndian.Uint32(tag[20:])), uint64(binary.BigEndian.Uint32(tag[24:]))
		if offset+n > uint64(len(tag)) {
			return ""
		}
		units := make([]uint16, n/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(tag[offset+2*uint64(i):])
		}
		return string(utf16.Decode(units))
	}
	return ""
}
