package compress_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"log"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress"
)

func ExampleCompress() {
	// A photo of 3000 x 2000 pixels, held sideways: EXIF orientation 6.
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 3000, 2000)), nil); err != nil {
		log.Fatal(err)
	}
	small, err := compress.Compress(context.Background(), photo.Bytes(), tagroll.FormatJPEG, compress.Options{Orientation: 6})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(small.Width, "x", small.Height)

	_, err = compress.Compress(context.Background(), photo.Bytes()[:500], tagroll.FormatJPEG, compress.Options{})
	fmt.Println(tagroll.CodeOf(err))
	// Output:
	// 683 x 1024
	// corrupt_image
}
