package web

import (
	"mime"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxNameBytes = 255 // what file systems take
	namelessFile = "photo"
)

// cleanName returns a client's name of a file without folders. Agencies know the photo by this
// name, so nothing else is changed.
func cleanName(sent string) string {
	name := strings.ToValidUTF8(sent, "\uFFFD")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || isBidiControl(r) || r == '\u2028' || r == '\u2029' {
			return -1
		}
		return r
	}, name)
	name = shorten(strings.TrimSpace(name))
	if strings.Trim(name, ".") == "" {
		return namelessFile
	}
	return name
}

// isBidiControl reports whether a character turns the direction of text, which makes a name look
// like another.
func isBidiControl(r rune) bool {
	return r == '\u061c' || r == '\u200e' || r == '\u200f' || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}

// shorten cuts a name to maxNameBytes and keeps its extension.
func shorten(name string) string {
	if len(name) <= maxNameBytes {
		return name
	}
	extension := path.Ext(name)
	if len(extension) > 16 {
		extension = ""
	}
	cut := maxNameBytes - len(extension)
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return strings.TrimSpace(name[:cut]) + extension
}

// disposition returns the field's name and the file's name of a part.
func disposition(header string) (field, file string) {
	kind, params, err := mime.ParseMediaType(header)
	if err != nil || kind != "form-data" {
		return "", ""
	}
	return params["name"], params["filename"]
}
