package heiftest_test

import (
	"fmt"

	"github.com/tagroll/tagroll/compress/heif"
	"github.com/tagroll/tagroll/compress/heif/heiftest"
)

// A photo of 100 x 60 pixels, of two tiles, that stands on its side.
func Example() {
	tile := heiftest.Coded(heiftest.Sample("q8.heic"))
	file := heiftest.Tiled("mif1", 2, 1, 100, 60, tile, heiftest.Turned(1))
	info, err := heif.ReadInfo(file.Bytes())
	fmt.Println(info.Width, "x", info.Height, "orientation", info.Orientation, err)
	// Output: 100 x 60 orientation 8 <nil>
}
