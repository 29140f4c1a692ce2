package rawname

import (
	"slices"
	"testing"
)

func TestIs(t *testing.T) {
	for name, want := range map[string]bool{
		"IMG_1.NEF": true, "a/b.cr3": true, `C:\photos\DSC1.ArW`: true, "x.dng": true,
		"IMG_1.jpg": false, "nef": false, "IMG.NEF.xmp": false, "IMG.": false, "": false, "a.nef_original": false,
	} {
		if Is(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

// Is searches the list, which has to be in order.
func TestSorted(t *testing.T) {
	if list := Extensions(); !slices.IsSorted(list) {
		t.Error(list)
	}
}
