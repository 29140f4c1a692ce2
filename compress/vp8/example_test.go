package vp8_test

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/tagroll/tagroll/compress/vp8"
)

// A lossy WebP without a profile or alpha is a RIFF header of 12 bytes, a chunk header of 8, and
// the frame.
func ExampleNewDecoder() {
	file, err := os.ReadFile("testdata/12x37.webp")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, frame, _ := bytes.Cut(file, []byte("VP8 "))
	d, err := vp8.NewDecoder(frame[4:], vp8.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Width, "x", d.Height)
	for {
		band, err := d.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(band.Rows, "rows")
	}
	// Output:
	// 12 x 37
	// 8 rows
	// 16 rows
	// 13 rows
}
