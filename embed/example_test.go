package embed_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"

	"github.com/tagroll/tagroll/embed"
)

// A photo in memory, or behind anything that can be read at a place.
func ExamplePlan() {
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		fmt.Println(err)
		return
	}
	edit, err := embed.Plan(bytes.NewReader(photo.Bytes()), int64(photo.Len()), embed.Fields{
		Title:    "Red apple on a wooden table",
		Keywords: []string{"apple", "fruit", "wooden table"},
	})
	if err != nil {
		fmt.Println(err) // the file stays as it is: write an embed.Sidecar
		return
	}
	var described bytes.Buffer
	if _, err := edit.WriteTo(&described); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(edit.Changed(), bytes.Contains(described.Bytes(), []byte("<rdf:li>wooden table</rdf:li>")))
	// Output: true true
}
