package intake

import (
	"path/filepath"
	"testing"
	"unicode/utf8"
)

// An ID leads back to its file, whatever bytes the path has, and goes through JSON unchanged.
func TestIDs(t *testing.T) {
	for _, slashed := range []string{"/shoot/IMG_1.jpg", "/shoot/föhr/50%.jpg", "/shoot/caf\xe9/a b%20.jpg", "/\xff/+é\n.jpg"} {
		path := filepath.FromSlash(slashed)
		id := photoID(path)
		if got := PathOf(id); got != path || !utf8.ValidString(id) {
			t.Errorf("%q has the ID %q, which leads to %q", path, id, got)
		}
		for _, name := range []string{"b.nef", "b\xe9.nef"} {
			if got, want := Beside(id, name), photoID(filepath.Join(filepath.Dir(path), name)); got != want {
				t.Errorf("beside %q: %q, want %q", id, got, want)
			}
		}
	}
	if got := PathOf("bytes:%zz"); got != "bytes:%zz" {
		t.Errorf("what is no escape became %q", got)
	}
}
