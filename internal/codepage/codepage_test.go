package codepage

import (
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Both tables agree with those of golang.org/x/text, which has no character for five bytes that are
// control characters in the standard.
func TestTables(t *testing.T) {
	for name, pair := range map[string]struct {
		table   *Table
		witness *charmap.Charmap
	}{"Windows-1252": {Windows1252, charmap.Windows1252}, "Mac Roman": {MacRoman, charmap.Macintosh}} {
		var all []byte
		var want []rune
		for i := range 256 {
			r := pair.witness.DecodeByte(byte(i))
			if r == utf8.RuneError {
				r = rune(i)
			}
			all, want = append(all, byte(i)), append(want, r)
			if got := pair.table.Rune(byte(i)); got != r {
				t.Errorf("%s: byte %#x is %q, want %q", name, i, got, r)
			}
		}
		if got := pair.table.Decode(all); got != string(want) {
			t.Errorf("%s: got %q, want %q", name, got, string(want))
		}
	}
}
