package intake

import (
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// escapedPrefix begins the ID of a photo whose path is not UTF-8. No other ID begins so, since all
// others are absolute paths.
const escapedPrefix = "bytes:"

// photoID makes an ID of an absolute path. An ID goes through JSON, which has no way to
// hold a name that is not UTF-8: two such names could become one.
func photoID(absolute string) string { return idOfSlashed(filepath.ToSlash(absolute)) }

func idOfSlashed(slashed string) string {
	if strings.ToValidUTF8(slashed, "") == slashed {
		return slashed
	}
	return escapedPrefix + escapeBytes(slashed)
}

// escapeBytes percent-encodes what is not printable ASCII, and the percent sign.
func escapeBytes(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c > ' ' && c < 0x7f && c != '%' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// PathOf returns the absolute path of the photo with an ID of [Find], as the disk has it.
func PathOf(id string) string { return filepath.FromSlash(slashedOf(id)) }

// Beside returns the ID of a file that lies in the folder of the photo with an ID.
func Beside(id, name string) string { return idOfSlashed(path.Join(path.Dir(slashedOf(id)), name)) }

// slashedOf is the path in an ID, with forward slashes. What is no escape of ours stays as it is.
func slashedOf(id string) string {
	if escaped, ok := strings.CutPrefix(id, escapedPrefix); ok {
		if whole, err := url.PathUnescape(escaped); err == nil {
			return whole
		}
	}
	return id
}
