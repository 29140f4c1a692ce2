package vp8l_test

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/tagroll/tagroll/compress/vp8l"
)

// A lossless WebP without a profile is a RIFF header of 12 bytes, a chunk header of 8, and the
// picture.
func ExampleNewDecoder() {
	file, err := os.ReadFile("testdata/5x4.webp")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, data, _ := bytes.Cut(file, []byte("VP8L"))
	d, err := vp8l.NewDecoder(data[4:])
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Width, "x", d.Height)
	for {
		row, err := d.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%08x\n", row)
	}
	// Output:
	// 5 x 4
	// [ff283808 ff283808 ff283808 ff283808 ff98e8f8]
	// [ff283808 ff283808 ff283808 ff283808 ff98e8f8]
	// [ff283808 ff283808 ff283808 ff283808 ff98e8f8]
	// [ff283808 ff283808 ff283808 ff283808 ff98e8f8]
}
