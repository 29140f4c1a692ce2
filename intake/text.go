package intake

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of texts, in characters. They are far above what agencies take, and keep a
// hostile file from filling a prompt.
const (
	maxName     = 200
	maxTitle    = 500
	maxCaption  = 4000
	maxKeyword  = 100
	maxKeywords = 200
)

// decodeText decodes a text whose character set is not known: UTF-8 if it is valid, else
// Windows-1252, which is Latin-1 with letters where Latin-1 has control characters.
func decodeText(text []byte) string {
	if utf8.Valid(text) {
		return string(text)
	}
	return decodeLatin1(text)
}

// windows1252 are the characters of the bytes 0x80 to 0x9f (the WHATWG Encoding Standard).
var windows1252 = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

func decodeLatin1(text []byte) string {
	var b strings.Builder
	for _, c := range text {
		if c >= 0x80 && c < 0xa0 {
			b.WriteRune(windows1252[c-0x80])
		} else {
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

// cleanText returns a text on one line, without characters that are not meant to be seen,
// of at most limit characters.
func cleanText(text string, limit int) string {
	var b strings.Builder
	space, n := false, 0
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			space = true
			continue
		case r == utf8.RuneError || unicode.IsControl(r) || isInvisible(r):
			continue
		}
		if space && n > 0 {
			b.WriteByte(' ')
			n++
		}
		space = false
		if n >= limit {
			break
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimRight(b.String(), " ")
}

// isInvisible reports whether a character changes the direction of a text, or is a mark
// of an encoding. Joiners stay: scripts and emoji need them.
func isInvisible(r rune) bool {
	switch {
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, // bidirectional embeddings, overrides, isolates
		r >= 0xfff9 && r <= 0xfffb, r == 0xfeff, r&0xfffe == 0xfffe: // annotations, byte order mark, noncharacters
		return true
	}
	return false
}

// cleanCaption cleans a caption and drops what the camera wrote instead of a person.
func cleanCaption(caption string) string {
	caption = cleanText(caption, maxCaption)
	if isBoilerplate(caption) {
		return ""
	}
	return caption
}

// boilerplate are descriptions that cameras and programs write into every photo, in upper
// case. Each was seen on photos of many people in public archives.
var boilerplate = []string{
	"SONY DSC", "DCIM", "SAMSUNG", "MINOLTA DIGITAL CAMERA", "EXIF_JPEG_PICTURE", "EXIF JPEG PICTURE", "EXIF_JPEG_422", "JPEG_PICTURE",
	"APPLEMARK", "LEAD TECHNOLOGIES INC. V1.01", "DEFAULT", "UNTITLED", "IMAGE DESCRIPTION", "IMAGEDESCRIPTION",
	"COF", "PTR", "RHDR", "HDRPL", "OZNOR", "OZNORCO", "MDE", "DAV", "SDR", "NOR", "EDF", "BTF", "MTF", "BTR", "PTN", "CZS", // Huawei, Xiaomi
	"SCREENSHOT", "PICTURE", "PHOTO", "IMAGE", "CAMERA", "ASCII", "NO DESCRIPTION", "NONE", "NULL", "N/A",
}

func isBoilerplate(caption string) bool {
	upper := strings.ToUpper(caption)
	return slices.Contains(boilerplate, upper) ||
		strings.HasSuffix(upper, "DIGITAL CAMERA") ||
		strings.HasPrefix(upper, "DCIM/") || strings.HasPrefix(upper, `DCIM\`) || // DJI writes the file's path
		strings.HasPrefix(upper, "<DIGIMAX") // Samsung
}

// cleanKeywords cleans keywords and drops empty and repeated ones. A program that knows
// no lists writes them as one; that is taken apart.
func cleanKeywords(keywords []string) []string {
	if len(keywords) == 1 {
		keywords = splitList(keywords[0])
	}
	var clean []string
	seen := make(map[string]bool)
	for _, keyword := range keywords {
		keyword = cleanText(keyword, maxKeyword)
		if folded := strings.ToLower(keyword); keyword != "" && !seen[folded] {
			seen[folded] = true
			clean = append(clean, keyword)
		}
		if len(clean) == maxKeywords {
			break
		}
	}
	return clean
}

// splitList takes a list with semicolons, or else commas, apart.
func splitList(list string) []string {
	if strings.Contains(list, ";") {
		return strings.Split(list, ";")
	}
	return strings.Split(list, ",")
}
