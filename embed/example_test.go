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
		fmt.Println(err) // the file stays as it is: write a sidecar, see embed.Sidecar
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

// The words go beside a photo that cannot be written into. What the photographer's programs have
// stored there stays.
func ExampleSidecar() {
	lightroom := `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ` +
		`xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" ` +
		`xmp:Rating="4"/></rdf:RDF></x:xmpmeta>`
	sidecar, err := embed.Sidecar([]byte(lightroom), embed.Fields{Title: "Red apple on a wooden table"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(bytes.Contains(sidecar, []byte(`xmp:Rating="4"`)), bytes.Contains(sidecar, []byte("Red apple on a wooden table")))
	// Output: true true
}
