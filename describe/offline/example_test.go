package offline_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/offline"
)

func ExampleDescriber_Describe() {
	m := image.NewRGBA(image.Rect(0, 0, 300, 200))
	draw.Draw(m, m.Bounds(), image.NewUniform(color.RGBA{30, 80, 190, 255}), image.Point{}, draw.Src)
	var small bytes.Buffer
	if err := jpeg.Encode(&small, m, nil); err != nil {
		fmt.Println(err)
		return
	}
	answer, err := offline.New().Describe(context.Background(), tagroll.Request{
		Photo: tagroll.Photo{ID: "1", Name: "KestrelHovering-final.jpg"},
		Facts: tagroll.Facts{FocalLength35: 600, Place: tagroll.Place{Country: "Scotland"}},
		Image: tagroll.Image{JPEG: small.Bytes(), Width: 300, Height: 200},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Metadata.Title)
	fmt.Println(strings.Join(answer.Metadata.Keywords[:8], ", "))
	fmt.Println(strings.Join(answer.Metadata.Keywords[8:], ", "))
	fmt.Println(answer.Metadata.Category)
	// Output:
	// Kestrel hovering in blue tones
	// kestrel, hovering, scotland, telephoto, blue, blue tones, cool tones, low contrast
	// horizontal, horizontal format, horizontal composition, color photography, color image
	// Animals
}

func ExampleNew() {
	info := offline.New().Info()
	fmt.Println(info.Name, info.Remote, info.Prompt)
	// Output: offline false offline-1
}
