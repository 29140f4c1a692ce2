package jpegscale_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"log"

	"github.com/tagroll/tagroll/compress/jpegscale"
)

// photo makes a JPEG of a gradient, with chroma of half the resolution.
func photo(width, height int) []byte {
	m := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for y := range height {
		for x := range width {
			m.Y[m.YOffset(x, y)] = uint8(x * 255 / width)
			m.Cb[m.COffset(x, y)] = 128
			m.Cr[m.COffset(x, y)] = 128
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, nil); err != nil {
		log.Fatal(err)
	}
	return out.Bytes()
}

// The smallest planes that are still as large as the picture to be made of them.
func ExampleDecode() {
	data := photo(3000, 2000)
	const want = 1024
	p, err := jpegscale.Decode(context.Background(), data, jpegscale.Options{
		Scale: func(component, width, height int) (nx, ny int) {
			n := (8*want + width - 1) / width
			if component > 0 {
				n = (8*want/2 + width - 1) / width // chroma for 4:2:0
			}
			return n, n
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Release()
	fmt.Println("at full size:", p.Width, "x", p.Height)
	for _, plane := range p.Planes {
		middle := plane.Pix[plane.Height/2*plane.Stride+plane.Width/2]
		fmt.Printf("%d/8: %d x %d, middle %d\n", plane.NX, plane.Width, plane.Height, middle)
	}
	// Output:
	// at full size: 3000 x 2000
	// 3/8: 1125 x 750, middle 127
	// 3/8: 563 x 375, middle 128
	// 3/8: 563 x 375, middle 128
}

func ExampleDecode_truncated() {
	data := photo(800, 600)
	_, err := jpegscale.Decode(context.Background(), data[:len(data)/2], jpegscale.Options{})
	if e, ok := errors.AsType[*jpegscale.Error](err); ok && e.Kind == jpegscale.ErrTruncated {
		fmt.Printf("%.0f%% of the picture is there\n", 100*e.Fraction)
	}
	// Output: 47% of the picture is there
}

func ExampleDecodeConfig() {
	c, err := jpegscale.DecodeConfig(photo(800, 600))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Width, c.Height, c.Model == jpegscale.YCbCr, c.Progressive)
	// Output: 800 600 true false
}

func ExamplePicture_Release() {
	data := photo(800, 600)
	for range 3 {
		p, err := jpegscale.Decode(context.Background(), data, jpegscale.Options{})
		if err != nil {
			log.Fatal(err)
		}
		sum := 0
		for _, v := range p.Planes[0].Pix[:p.Planes[0].Width] {
			sum += int(v)
		}
		fmt.Println(sum / p.Planes[0].Width)
		p.Release() // the next picture takes the same memory
	}
	// Output:
	// 126
	// 126
	// 126
}
