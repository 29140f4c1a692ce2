package offline

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
)

// paint returns the JPEG of a generated picture.
func paint(tb testing.TB, width, height int, f func(x, y int) color.RGBA) []byte {
	tb.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetRGBA(x, y, f(x, y))
		}
	}
	return encode(tb, m)
}

func encode(tb testing.TB, m image.Image) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 85}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// noise is a value from 0 to 255 that looks random and is the same everywhere.
func noise(x, y int) int {
	n := uint32(x)*374761393 + uint32(y)*668265263
	n = (n ^ n>>13) * 1274126177
	return int(n>>16) & 255
}

func rgb(r, g, b int) color.RGBA {
	clip := func(v int) uint8 { return uint8(min(max(v, 0), 255)) }
	return color.RGBA{clip(r), clip(g), clip(b), 255}
}

func inside(x, y, cx, cy, r int) bool { return (x-cx)*(x-cx)+(y-cy)*(y-cy) < r*r }

// leaves is the colour of a pixel of grass or leaves.
func leaves(x, y int) color.RGBA {
	n := noise(x/3, y/3) / 3
	return rgb(45+n/2, 75+n, 20+n/4)
}

// sharpOnSoft is a checkered disc in the middle, in front of a pattern that is
// either as sharp or far out of focus.
func sharpOnSoft(tb testing.TB, soft bool) []byte {
	const width, height = 768, 512
	gray := make([]int, width*height)
	for y := range height {
		for x := range width {
			gray[y*width+x] = 60 + 130*((x/48+y/48)&1)
		}
	}
	if soft {
		for range 2 { // twice a box is nearly a lens
			gray = boxBlur(gray, width, height, 12)
		}
	}
	return paint(tb, width, height, func(x, y int) color.RGBA {
		if inside(x, y, width/2, height/2, 120) {
			v := 30 + 190*((x/6+y/6)&1)
			return rgb(v, v/2, v/3)
		}
		v := gray[y*width+x]
		return rgb(v/2, v, v*2/3)
	})
}

func boxBlur(in []int, width, height, radius int) []int {
	pass := func(in []int, dx, dy int) []int {
		out := make([]int, len(in))
		for y := range height {
			for x := range width {
				sum := 0
				for k := -radius; k <= radius; k++ {
					sx, sy := min(max(x+k*dx, 0), width-1), min(max(y+k*dy, 0), height-1)
					sum += in[sy*width+sx]
				}
				out[y*width+x] = sum / (2*radius + 1)
			}
		}
		return out
	}
	return pass(pass(in, 1, 0), 0, 1)
}

// pictures are generated pictures by name.
func pictures(tb testing.TB) map[string][]byte {
	meadow := func(reverse bool) func(x, y int) color.RGBA {
		return func(x, y int) color.RGBA {
			horizon := 240 + x/40
			if y >= horizon {
				return leaves(x, y)
			}
			k := y
			if reverse {
				k = 240 - y
			}
			return rgb(70+k/3, 130+k/4, 215+k/16)
		}
	}
	gray := image.NewGray(image.Rect(0, 0, 400, 600))
	for y := range 600 {
		for x := range 400 {
			gray.SetGray(x, y, color.Gray{uint8((x*y/300 + noise(x/8, y/8)/2) & 255)})
		}
	}
	return map[string][]byte{
		"meadow under blue sky":   paint(tb, 768, 512, meadow(false)),
		"blue wall above meadow":  paint(tb, 768, 512, meadow(true)),
		"plain blue":              paint(tb, 768, 512, func(x, y int) color.RGBA { return rgb(70+y/6, 130+y/8, 215) }),
		"leaves":                  paint(tb, 512, 768, leaves),
		"plain green":             paint(tb, 512, 768, func(x, y int) color.RGBA { return rgb(60, 120, 35) }),
		"black and white":         encode(tb, gray),
		"sepia":                   paint(tb, 600, 400, func(x, y int) color.RGBA { v := 20 + x*200/600; return rgb(v*112/100, v, v*78/100) }),
		"brown room":              paint(tb, 600, 400, brownRoom),
		"red disc on white":       paint(tb, 600, 400, disc(rgb(200, 30, 30), rgb(254, 254, 254), 460, 200)),
		"orange disc on black":    paint(tb, 600, 400, disc(rgb(250, 130, 20), rgb(4, 4, 4), 150, 200)),
		"sharp on soft":           sharpOnSoft(tb, true),
		"sharp on sharp":          sharpOnSoft(tb, false),
		"gravel":                  paint(tb, 512, 512, func(x, y int) color.RGBA { v := 70 + noise(x/2, y/2)/2; return rgb(v, v, v) }),
		"tiles":                   paint(tb, 512, 512, tiles),
		"panorama of many colors": paint(tb, 1024, 256, func(x, y int) color.RGBA { return spectrum[x*len(spectrum)/1024] }),
		"one pixel":               paint(tb, 1, 1, func(x, y int) color.RGBA { return rgb(128, 128, 128) }),
		"one line":                paint(tb, 1024, 1, func(x, y int) color.RGBA { return rgb(x/4, 60, 255-x/4) }),
		"one column":              paint(tb, 1, 1024, func(x, y int) color.RGBA { return rgb(40, y/4, 120) }),
	}
}

var spectrum = []color.RGBA{rgb(220, 20, 20), rgb(250, 220, 0), rgb(0, 160, 40), rgb(20, 60, 220), rgb(140, 20, 160), rgb(255, 128, 0)}

func disc(c, ground color.RGBA, cx, cy int) func(x, y int) color.RGBA {
	return func(x, y int) color.RGBA {
		if inside(x, y, cx, cy, 90) {
			return rgb(int(c.R)-noise(x/4, y/4)/8, int(c.G), int(c.B))
		}
		return ground
	}
}

func brownRoom(x, y int) color.RGBA {
	if inside(x, y, 300, 200, 60) {
		return rgb(150, 150, 155)
	}
	return rgb(90+noise(x/8, y/8)/4, 60+noise(x/8, y/8)/6, 35)
}

func tiles(x, y int) color.RGBA {
	n := noise(x, y) / 6
	if x%64 < 32 {
		return rgb(70+n, 90+n, 130+n)
	}
	return rgb(130+n, 150+n, 180+n)
}
