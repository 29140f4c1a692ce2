package compress

import (
	"testing"

	"github.com/tagroll/tagroll"
)

// A sketch holds the means of equal fields, whatever the size of the image.
func TestSketch(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {5, 3}, {32, 32}, {1024, 683}} {
		p := plane{pix: make([]byte, size[0]*size[1]), stride: size[0], w: size[0], h: size[1]}
		for y := range p.h {
			for x := range p.w {
				p.row(y)[x] = byte(200 * x / max(p.w-1, 1))
			}
		}
		got := shrink(p, tagroll.SketchSide)
		if len(got) != tagroll.SketchSide*tagroll.SketchSide {
			t.Fatalf("%v: %d fields", size, len(got))
		}
		for i, v := range got {
			left, right := got[i/32*32], got[i/32*32+31]
			if v < left || v > right || size[0] >= 32 && (left > 7 || right < 193) {
				t.Fatalf("%v: field %d is %d between %d and %d", size, i, v, left, right)
			}
		}
	}
}

// An edge is sharper than the same edge blurred.
func TestSharpness(t *testing.T) {
	draw := func(blur int) plane {
		p := plane{pix: make([]byte, 64*64), stride: 64, w: 64, h: 64}
		for y := range p.h {
			for x := range p.w {
				p.row(y)[x] = byte(min(max((x-32)*200/blur, 0), 200))
			}
		}
		return p
	}
	sharp, soft := sharpness(draw(1)), sharpness(draw(8))
	if sharp <= 2*soft || soft <= 0 {
		t.Errorf("sharp %v, soft %v", sharp, soft)
	}
	if s := sharpness(plane{pix: []byte{9}, stride: 1, w: 1, h: 1}); s != 0 {
		t.Errorf("a pixel has the sharpness %v", s)
	}
}
