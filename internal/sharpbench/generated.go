//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress"
	"github.com/tagroll/tagroll/internal/jpegtest"
)

// margin is how far the likeness of tagroll's result may be below that of sharp's.
const margin = 0.005

// kinds are the ways to sample colour; factors have a component's two in decimal digits.
var kinds = []struct {
	name    string
	factors []int
	rgb     bool
}{
	{"grey", []int{11}, false},
	{"4:4:4", []int{11, 11, 11}, false},
	{"4:4:0", []int{12, 11, 11}, false},
	{"4:2:2", []int{21, 11, 11}, false},
	{"4:2:0", []int{22, 11, 11}, false},
	{"4:1:1", []int{41, 11, 11}, false},
	{"4:1:0", []int{42, 11, 11}, false},
	{"RGB", []int{11, 11, 11}, true},
}

// Each size comes in every orientation; the small ones also in each coding, the large ones with one
// coding after the other, since they take their time.
var (
	smallSizes = []image.Point{{1, 1}, {2, 1}, {1, 3}, {5, 7}, {8, 8}, {9, 17}, {16, 15}, {31, 33}, {47, 23}, {64, 70}, {70, 69}, {70, 70}}
	largeSizes = []image.Point{{1025, 769}, {683, 1301}, {2049, 1367}, {3001, 1999}}
)

// codings are how the coefficients are written; what they are is the same.
var codings = []struct {
	name     string
	progress func(*jpegtest.Image)
	interval int
}{
	{"baseline", nil, 0},
	{"baseline, restarts", nil, 3},
	{"progressive", (*jpegtest.Image).UsualScans, 0},
	{"progressive, restarts", (*jpegtest.Image).UsualScans, 3},
}

// generated is one file of the set.
type generated struct {
	kind, coding string
	size         image.Point
	orientation  int
	file         string
	exact        *picture // upright
}

func (g generated) String() string {
	return fmt.Sprintf("%s, %d x %d, orientation %d, %s", g.kind, g.size.X, g.size.Y, g.orientation, g.coding)
}

// compareGenerated makes JPEGs of every kind, has both programs compress them, and prints for each
// kind how much less like the exact result tagroll's is. It fails if that is too much anywhere, or
// if the results differ in size.
func compareGenerated(sharpDir string) error {
	tmp, err := os.MkdirTemp("", "sharpbench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	script := filepath.Join(tmp, "sharp.js")
	if err := os.WriteFile(script, sharpScript, 0o600); err != nil {
		return err
	}
	fmt.Println("| kind | files | SSIM: mean difference | worst | at | chroma error: mean difference | worst |")
	fmt.Println("|---|---|---|---|---|---|---|")
	failed := 0
	for i, kind := range kinds {
		dir := filepath.Join(tmp, fmt.Sprint(i))
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		set, err := generate(dir, kind.name, kind.rgb, kind.factors)
		if err != nil {
			return err
		}
		cmd := exec.Command("node", script, "-all", dir)
		cmd.Dir, cmd.Stderr = sharpDir, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("sharp: %w", err)
		}
		bad, err := judgeSet(kind.name, set)
		if err != nil {
			return err
		}
		failed += bad
	}
	if failed > 0 {
		return fmt.Errorf("%d files are more than %.3f less like the exact result than sharp's", failed, margin)
	}
	return nil
}

// generate writes the files of a kind.
func generate(dir, kind string, rgb bool, factors []int) (set []generated, err error) {
	for s, size := range append(append([]image.Point(nil), smallSizes...), largeSizes...) {
		m := jpegtest.Draw(size.X, size.Y, 2, func(i int, c *jpegtest.Component) func(x, y int) float64 {
			return scene(i, rgb, size, c)
		}, factors...)
		if rgb {
			m.Adobe = 0
		}
		exact, err := exactOf(m.Encode())
		if err != nil {
			return nil, fmt.Errorf("%s, %v: %w", kind, size, err)
		}
		scans := m.Scans
		for orientation := 1; orientation <= 8; orientation++ {
			m.Segments = exif(orientation)
			for i, coding := range codings {
				if s >= len(smallSizes) && (s+orientation)%len(codings) != i {
					continue
				}
				m.Scans, m.Progressive, m.Interval = scans, false, coding.interval
				if coding.progress != nil {
					coding.progress(m)
				}
				g := generated{kind, coding.name, size, orientation, filepath.Join(dir, fmt.Sprintf("%d.jpg", len(set))), exact.upright(orientation)}
				if err := os.WriteFile(g.file, m.Encode(), 0o600); err != nil {
					return nil, err
				}
				set = append(set, g)
			}
		}
		m.Segments = nil
	}
	return set, nil
}

// exif is a segment that says no more than the orientation (EXIF 2.32, tag 274).
func exif(orientation int) []byte {
	tiff := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(rune(orientation)) + "\x00\x00\x00\x00\x00\x00"
	return jpegtest.Marker(nil, 0xe1, []byte(tiff)...)
}

// scene makes up a component of something like a photo: waves of half the height for each doubling
// of their number, an edge, and noise as of a sensor.
func scene(i int, rgb bool, size image.Point, c *jpegtest.Component) func(x, y int) float64 {
	octaves := int(math.Log2(float64(max(size.X, size.Y)))) - 1
	return func(x, y int) float64 {
		u, v := (float64(x)+0.5)/float64(c.Width), (float64(y)+0.5)/float64(c.Height)
		phase, height := float64(i)*1.3, 55.0
		if i > 0 && !rgb {
			height = 35
		}
		value := 0.0
		for o := range octaves {
			n := float64(int(1) << o)
			value += height / n * math.Sin(2*math.Pi*n*(u*math.Cos(n+1)+v*math.Sin(n+1))+phase*n)
		}
		if (u-0.6)*(u-0.6)+(v-0.4)*(v-0.4) < 0.06 {
			value = 0.3*value + 30 - 25*float64(i)
		}
		noise := float64(uint32(x*2654435761+y*40503*2654435761+i*97)*2246822519>>16)/65536 - 0.5
		return min(max(value+8*noise, -127), 127)
	}
}

// picture is lightness and, unless it is grey, chroma.
type picture struct{ y, cb, cr *grayscale }

func (p *picture) upright(orientation int) *picture {
	return &picture{p.y.upright(orientation), p.cb.upright(orientation), p.cr.upright(orientation)}
}

// exactOf decodes at full size and scales in floating point.
func exactOf(data []byte) (*picture, error) {
	p, err := decodePicture(data)
	if err != nil {
		return nil, err
	}
	w, h := resultSize(p.y.w, p.y.h)
	if w == p.y.w {
		return p, nil
	}
	return &picture{p.y.lanczos(w, h), p.cb.lanczos(w, h), p.cr.lanczos(w, h)}, nil
}

func decodePicture(data []byte) (*picture, error) {
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	b := img.Bounds()
	p := &picture{newGrayscale(b.Dx(), b.Dy()), newGrayscale(b.Dx(), b.Dy()), newGrayscale(b.Dx(), b.Dy())}
	for y := range b.Dy() {
		for x := range b.Dx() {
			c := img.At(x, y)
			r, _, b, _ := c.RGBA()
			i := y*p.y.w + x
			p.y.pix[i] = lightness(c, "jpeg")
			p.cb.pix[i] = 128 + (float64(b)/257-p.y.pix[i])*0.564
			p.cr.pix[i] = 128 + (float64(r)/257-p.y.pix[i])*0.713
		}
	}
	return p, nil
}

// likeness says how like the exact result a file is.
//
// A picture smaller than SSIM's window is compared like any other, with its edge repeated: of a
// single pixel that leaves the comparison of two means. Chroma is not judged, only shown: what is
// exact depends on how one fills in what subsampling left out.
type likeness struct {
	ssim   float64 // of lightness
	chroma float64 // root mean square error of both, of 255
}

func (p *picture) compare(data []byte) (l likeness, err error) {
	got, err := decodePicture(data)
	if err != nil {
		return l, err
	}
	if got.y.w != p.y.w || got.y.h != p.y.h {
		return l, fmt.Errorf("the result is %d x %d, not %d x %d", got.y.w, got.y.h, p.y.w, p.y.h)
	}
	sum := 0.0
	for i := range p.cb.pix {
		cb, cr := got.cb.pix[i]-p.cb.pix[i], got.cr.pix[i]-p.cr.pix[i]
		sum += cb*cb + cr*cr
	}
	return likeness{ssim(p.y, got.y), math.Sqrt(sum / float64(2*len(p.cb.pix)))}, nil
}

// judgeSet prints the line of a kind and returns how many files are too bad.
func judgeSet(kind string, set []generated) (bad int, err error) {
	var sum, worst likeness
	at := ""
	for _, g := range set {
		theirs, err := os.ReadFile(g.file + ".sharp")
		if err != nil {
			return 0, err
		}
		data, err := os.ReadFile(g.file)
		if err != nil {
			return 0, err
		}
		small, err := compress.Compress(context.Background(), data, tagroll.FormatJPEG, compress.Options{Orientation: g.orientation})
		if err != nil {
			return 0, fmt.Errorf("%v: tagroll: %w", g, err)
		}
		a, err := g.exact.compare(theirs)
		if err != nil {
			return 0, fmt.Errorf("%v: sharp: %w", g, err)
		}
		b, err := g.exact.compare(small.JPEG)
		if err != nil {
			return 0, fmt.Errorf("%v: tagroll: %w", g, err)
		}
		d := likeness{b.ssim - a.ssim, b.chroma - a.chroma}
		sum.ssim, sum.chroma = sum.ssim+d.ssim, sum.chroma+d.chroma
		if worst.chroma = max(worst.chroma, d.chroma); d.ssim < worst.ssim {
			worst.ssim, at = d.ssim, g.String()
		}
		if d.ssim < -margin {
			bad++
			fmt.Fprintf(os.Stderr, "%v: SSIM %.4f, sharp's %.4f\n", g, b.ssim, a.ssim)
		}
	}
	n := float64(len(set))
	fmt.Printf("| %s | %d | %+.4f | %+.4f | %s | %+.2f | %+.2f |\n", kind, len(set), sum.ssim/n, worst.ssim, at, sum.chroma/n, worst.chroma)
	return bad, nil
}
