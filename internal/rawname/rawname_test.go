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

func TestStem(t *testing.T) {
	for _, pair := range [][2]string{
		{"IMG_1.CR2", "img_1.jpg"}, {"PXL_1.RAW-01.COVER.jpg", "PXL_1.RAW-02.ORIGINAL.dng"}, {"a.b.nef", "A.B.heic"},
	} {
		if Stem(pair[0]) != Stem(pair[1]) {
			t.Errorf("%q and %q", pair[0], pair[1])
		}
	}
	if Stem("IMG_1.CR2") == Stem("IMG_1-2.jpg") {
		t.Error("a copy counts as the same photo")
	}
	if Rank("a.JPG") >= Rank("a.heic") || Rank("a.webp") >= Rank("a.xyz") {
		t.Error("a JPEG does not come first, or an unknown file not last")
	}
}
