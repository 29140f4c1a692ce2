package jpegscale_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"slices"
	"testing"

	"github.com/tagroll/tagroll/compress/jpegscale"
	"github.com/tagroll/tagroll/internal/jpegtest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// at returns a scale for all components.
func at(n int) func(int, int, int) (int, int) { return shaped(n, n) }

// shaped is at with different sizes in the two directions.
func shaped(nx, ny int) func(int, int, int) (int, int) {
	return func(int, int, int) (int, int) { return nx, ny }
}

func decode(t testing.TB, data []byte, o jpegscale.Options) *jpegscale.Picture {
	t.Helper()
	p, err := jpegscale.Decode(t.Context(), data, o)
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	return p
}

// checkPlanes compares a picture with what the coefficients say. A sample may be off by the
// rounding of the transform's two directions.
func checkPlanes(t *testing.T, m *jpegtest.Image, p *jpegscale.Picture) {
	t.Helper()
	if p.Width != m.Width || p.Height != m.Height || len(p.Planes) != len(m.Components) {
		t.Fatalf("%d x %d with %d planes, want %d x %d with %d", p.Width, p.Height, len(p.Planes), m.Width, m.Height, len(m.Components))
	}
	for i, plane := range p.Planes {
		c := m.Components[i]
		w, h := (c.Width*plane.NX+7)/8, (c.Height*plane.NY+7)/8
		if plane.Width != w || plane.Height != h {
			t.Errorf("plane %d at %d/8, %d/8: %d x %d, want %d x %d", i, plane.NX, plane.NY, plane.Width, plane.Height, w, h)
			continue
		}
		want, stride := m.Truth(i, plane.NX, plane.NY)
		for j := range w * h {
			x, y := j%w, j/w
			got := float64(plane.Pix[y*plane.Stride+x])
			if d := math.Abs(got - want[y*stride+x]); d > 1 {
				t.Errorf("plane %d at %d/8, %d/8: sample %d, %d is %v, want %.2f", i, plane.NX, plane.NY, x, y, got, want[y*stride+x])
				break
			}
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	scans := []struct {
		name string
		set  func(*jpegtest.Image)
	}{
		{"interleaved", func(*jpegtest.Image) {}},
		{"separate", (*jpegtest.Image).SeparateScans},
		{"progressive", (*jpegtest.Image).UsualScans},
		{"spectral", (*jpegtest.Image).SpectralScans},
	}
	for _, sampling := range [][]int{
		{11}, {22}, {43}, // one component is never interleaved, whatever its factors
		{11, 11, 11}, {21, 11, 11}, {22, 11, 11}, {12, 11, 11}, {41, 11, 11}, {42, 11, 11}, {14, 11, 11},
		{22, 21, 21}, {22, 12, 21}, {31, 11, 11}, {33, 11, 11}, {32, 21, 11}, {11, 22, 22}, {41, 21, 11}, {23, 11, 12},
		{11, 11, 11, 11}, {22, 11, 11, 22}, {21, 11, 11, 21},
	} {
		blocks := 0
		for _, hv := range sampling {
			blocks += hv / 10 * (hv % 10)
		}
		for _, s := range scans {
			if blocks > 10 && len(sampling) > 1 && s.name != "separate" {
				continue // B.2.3 allows no interleaving of so many blocks
			}
			t.Run(fmt.Sprint(s.name, sampling), func(t *testing.T) {
				m := jpegtest.New(1, 77, 53, 3, sampling...)
				s.set(m)
				for _, m.Interval = range []int{0, 1, 7} {
					data := m.Encode()
					for n := 1; n <= 8; n++ {
						checkPlanes(t, m, decode(t, data, jpegscale.Options{Scale: at(n)}))
					}
				}
			})
		}
	}
}

func TestDecodeSizes(t *testing.T) {
	t.Parallel()
	for _, w := range []int{1, 7, 8, 9, 16, 17, 33} {
		for _, h := range []int{1, 8, 15, 25} {
			for _, progressive := range []bool{false, true} {
				m := jpegtest.New(2, w, h, 4, 22, 11, 11)
				if progressive {
					m.UsualScans()
				}
				data := m.Encode()
				for n := 1; n <= 8; n++ {
					checkPlanes(t, m, decode(t, data, jpegscale.Options{Scale: at(n)}))
				}
			}
		}
	}
}

// Coefficients that take the longest codes and runs, and 16-bit tables.
func TestDecodeRareCodes(t *testing.T) {
	for _, set := range []func(*jpegtest.Image){func(*jpegtest.Image) {}, (*jpegtest.Image).UsualScans, (*jpegtest.Image).SpectralScans} {
		m := jpegtest.New(3, 120, 90, 1, 21, 11, 11)
		m.Quant16 = true
		for i := range m.Components {
			c := &m.Components[i]
			m.Quant[c.Quant][63] = 300
			m.Quant[c.Quant][9] = 257
			for b := range c.Blocks {
				c.Blocks[b][0] = (b*373 + i) % 1500
				c.Blocks[b][9] = b%3 - 1
				c.Blocks[b][63] = b%2 - b%5
				c.Blocks[b][1] = b * 31 % 900
				if b%4 == 0 {
					clear(c.Blocks[b][2:])
				}
				if b%7 == 0 {
					for k := 1; k < 64; k++ {
						c.Blocks[b][k] = 2*(k&1) - 1
					}
				}
			}
		}
		set(m)
		data := m.Encode()
		for n := 1; n <= 8; n++ {
			checkPlanes(t, m, decode(t, data, jpegscale.Options{Scale: at(n)}))
		}
	}
}

// Each direction has a size of its own.
func TestDecodeShapes(t *testing.T) {
	for _, set := range []func(*jpegtest.Image){func(*jpegtest.Image) {}, (*jpegtest.Image).UsualScans} {
		m := jpegtest.New(23, 61, 43, 2, 21, 11, 11)
		set(m)
		data := m.Encode()
		for shape := range 64 {
			checkPlanes(t, m, decode(t, data, jpegscale.Options{Scale: shaped(1+shape%8, 1+shape/8)}))
		}
	}
}

func TestScalePerComponent(t *testing.T) {
	m := jpegtest.New(4, 100, 75, 4, 22, 11, 11)
	var asked []image.Point
	p := decode(t, m.Encode(), jpegscale.Options{Scale: func(component, width, height int) (nx, ny int) {
		if component != len(asked) {
			t.Errorf("component %d is asked for in place %d", component, len(asked))
		}
		asked = append(asked, image.Pt(width, height))
		return []int{3, 99, -1}[component], []int{3, 99, 2}[component]
	}})
	if want := []image.Point{{100, 75}, {50, 38}, {50, 38}}; !slices.Equal(asked, want) {
		t.Errorf("asked for sizes %v, want %v", asked, want)
	}
	for i, want := range []struct {
		nx, ny int
		w, h   int
		sw, s  float64
	}{{3, 3, 38, 29, 37.5, 28.125}, {8, 8, 50, 38, 50, 37.5}, {1, 2, 7, 10, 6.25, 9.375}} {
		got := p.Planes[i]
		if got.NX != want.nx || got.NY != want.ny || got.Width != want.w || got.Height != want.h || got.SpanWidth != want.sw || got.SpanHeight != want.s {
			t.Errorf("plane %d: block %d x %d, %d x %d, span %v x %v, want %v", i, got.NX, got.NY, got.Width, got.Height, got.SpanWidth, got.SpanHeight, want)
		}
	}
	checkPlanes(t, m, p)
}

// standardPlanes decodes with image/jpeg.
func standardPlanes(data []byte) (planes [][]byte, strides []int, err error) {
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, nil, err
	}
	switch m := img.(type) {
	case *image.Gray:
		return [][]byte{m.Pix}, []int{m.Stride}, nil
	case *image.YCbCr:
		return [][]byte{m.Y, m.Cb, m.Cr}, []int{m.YStride, m.CStride, m.CStride}, nil
	}
	return nil, nil, nil // converted: no planes to compare
}

func differences(t testing.TB, p *jpegscale.Picture, planes [][]byte, strides []int, tolerance int) {
	t.Helper()
	for i, got := range p.Planes {
		for y := range got.Height {
			for x := range got.Width {
				a, b := int(got.Pix[y*got.Stride+x]), int(planes[i][y*strides[i]+x])
				if a-b > tolerance || b-a > tolerance {
					t.Fatalf("plane %d: sample %d, %d is %d, image/jpeg has %d", i, x, y, a, b)
				}
			}
		}
	}
}

func TestAgainstStandardLibrary(t *testing.T) {
	for _, sampling := range [][]int{{11}, {11, 11, 11}, {21, 11, 11}, {22, 11, 11}, {12, 11, 11}, {41, 11, 11}, {42, 11, 11}} {
		for _, progressive := range []bool{false, true} {
			m := jpegtest.New(5, 131, 97, 2, sampling...)
			if progressive {
				m.UsualScans()
			} else {
				m.Interval = 5
			}
			data := m.Encode()
			planes, strides, err := standardPlanes(data)
			if err != nil {
				t.Fatalf("%v progressive %v: image/jpeg: %v", sampling, progressive, err)
			}
			differences(t, decode(t, data, jpegscale.Options{}), planes, strides, 2)
		}
	}
}

// A reduced picture is the full one, made smaller: N/8 of 1, 2 and 4 are the means of squares,
// but for the frequencies above, which do not alias.
func TestReducedIsDownscaled(t *testing.T) {
	m := jpegtest.New(6, 320, 240, 2, 22, 11, 11)
	data := m.Encode()
	full := decode(t, data, jpegscale.Options{})
	for _, n := range []int{1, 2, 4} {
		small := decode(t, data, jpegscale.Options{Scale: at(n)})
		side := 8 / n
		for i, p := range small.Planes {
			var sum, sumSquares float64
			for y := range p.Height {
				for x := range p.Width {
					mean := 0
					for j := range side * side {
						mean += int(full.Planes[i].Pix[(y*side+j/side)*full.Planes[i].Stride+x*side+j%side])
					}
					d := float64(p.Pix[y*p.Stride+x]) - float64(mean)/float64(side*side)
					sum, sumSquares = sum+d, sumSquares+d*d
				}
			}
			count := float64(p.Width * p.Height)
			if bias, rms := sum/count, math.Sqrt(sumSquares/count); math.Abs(bias) > .2 || rms > 3 {
				t.Errorf("plane %d at %d/8 differs from the mean of squares by %.3f on average, rms %.3f", i, n, bias, rms)
			}
		}
	}
}

func TestParallel(t *testing.T) {
	for _, progressive := range []bool{false, true} {
		m := jpegtest.New(7, 640, 480, 4, 22, 11, 11)
		for _, c := range m.Components {
			for b := range c.Blocks {
				for k := 1; k < 64; k++ {
					c.Blocks[b][k] = (b*k)%61 - 30
				}
			}
		}
		if progressive {
			m.SpectralScans()
		}
		m.Interval = 11
		data := m.Encode()
		if len(data) < 300<<10 {
			t.Fatalf("%d bytes are too few to be worth goroutines", len(data))
		}
		one := decode(t, data, jpegscale.Options{Scale: at(5)})
		for _, parallel := range []int{2, 3, 16} {
			many := decode(t, data, jpegscale.Options{Scale: at(5), Parallel: parallel})
			for i := range one.Planes {
				if !bytes.Equal(one.Planes[i].Pix, many.Planes[i].Pix) {
					t.Errorf("progressive %v: plane %d of %d goroutines is another", progressive, i, parallel)
				}
			}
		}
		// The error is the same, wherever the damage is.
		marker := 0
		for range 30 { // several of them end a goroutine's part
			marker += 2 + bytes.Index(data[marker+2:], []byte{0xff, 0xd3})
			more := slices.Insert(slices.Clone(data), marker, 0x12)
			_, err1 := jpegscale.Decode(t.Context(), more, jpegscale.Options{})
			_, err2 := jpegscale.Decode(t.Context(), more, jpegscale.Options{Parallel: 50})
			if !errors.Is(err1, jpegscale.ErrCorrupt) || err2 == nil || err1.Error() != err2.Error() {
				t.Errorf("a byte before the marker at %d: %v, with goroutines %v", marker, err1, err2)
			}
		}
		for _, at := range []float64{.2, .6, .95} {
			cut := data[:int(float64(len(data))*at)]
			_, err1 := jpegscale.Decode(t.Context(), cut, jpegscale.Options{})
			_, err2 := jpegscale.Decode(t.Context(), cut, jpegscale.Options{Parallel: 4})
			if !errors.Is(err1, jpegscale.ErrTruncated) || err2 == nil || err1.Error() != err2.Error() {
				t.Errorf("cut at %v: %v, with goroutines %v", at, err1, err2)
			}
		}
	}
}

func TestRelease(t *testing.T) {
	small, large := jpegtest.New(8, 40, 40, 3, 22, 11, 11), jpegtest.New(9, 90, 80, 3, 22, 11, 11)
	large.UsualScans()
	smallData, largeData := small.Encode(), large.Encode()
	for range 3 {
		p := decode(t, largeData, jpegscale.Options{Scale: at(3)})
		checkPlanes(t, large, p)
		p.Release()
		p.Release() // twice is as good as once
		p = decode(t, smallData, jpegscale.Options{Scale: at(2)})
		q := decode(t, smallData, jpegscale.Options{Scale: at(8)})
		checkPlanes(t, small, p)
		checkPlanes(t, small, q)
		p.Release()
		q.Release()
	}
}

// countdown is a context that ends after some looks at it.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	c.left--
	if c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestCancel(t *testing.T) {
	for _, progressive := range []bool{false, true} {
		m := jpegtest.New(10, 64, 256, 4, 22, 11, 11)
		if progressive {
			m.UsualScans()
		}
		data := m.Encode()
		looks := 0
		for ; ; looks++ {
			_, err := jpegscale.Decode(&countdown{t.Context(), looks}, data, jpegscale.Options{Scale: at(2)})
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("after %d looks: %v", looks, err)
			}
		}
		// 256 rows are 16 rows of units.
		if looks < 16 {
			t.Errorf("progressive %v: the context was looked at %d times, want every row", progressive, looks)
		}
	}
}
