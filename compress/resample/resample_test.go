package resample

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func ExamplePlane() {
	src := []byte{
		10, 10, 200, 200,
		10, 10, 200, 200,
	}
	dst := make([]byte, 2)
	Plane(dst, 2, src, 4, Axis{Src: 4, Dst: 2, Flip: true}, Axis{Src: 2, Dst: 1})
	fmt.Println(dst)
	// Output:
	// [190 20]
}

func ExampleStream() {
	dst := make([]byte, 3)
	s := NewStream(dst, 3, Axis{Src: 3, Dst: 3}, Axis{Src: 100, Dst: 1})
	for range 100 {
		s.Row([]byte{1, 2, 3})
	}
	fmt.Println(dst)
	// Output:
	// [1 2 3]
}

func ExampleBox() {
	b := NewBox(3, 2, 2) // three pixels of two components
	fmt.Println(b.Add([]byte{10, 0, 20, 0, 7, 0}))
	fmt.Println(b.Add([]byte{30, 4, 40, 4, 9, 4}))
	// Output:
	// []
	// [[25 8] [2 2]]
}

// exact is the filter in floating point, down the columns and then along the rows, with whole
// samples in between.
func exact(src []byte, stride int, x, y Axis) []float64 {
	x, y = x.normal(), y.normal()
	mid := make([]float64, x.Src*y.Dst)
	for j := range y.Dst {
		w := exactWeights(y, j)
		for c := range x.Src {
			sum := 0.0
			for r, v := range w {
				sum += v * float64(src[r*stride+c])
			}
			mid[j*x.Src+c] = math.Round(min(max(sum, 0), 255))
		}
	}
	out := make([]float64, x.Dst*y.Dst)
	for i := range x.Dst {
		w := exactWeights(x, i)
		for j := range y.Dst {
			sum := 0.0
			for c, v := range w {
				sum += v * mid[j*x.Src+c]
			}
			out[j*x.Dst+i] = min(max(sum, 0), 255)
		}
	}
	return out
}

func exactWeights(a Axis, i int) []float64 {
	step := a.SrcSpan / a.DstSpan
	stretch := max(step, 1)
	centre := (float64(i) + min(float64(i)+1, a.DstSpan)) / 2 * step
	if a.Flip {
		centre = a.SrcSpan - centre
	}
	w := make([]float64, a.Src)
	total := 0.0
	for s := -10 * int(stretch+1); s < a.Src+10*int(stretch+1); s++ {
		v := lanczos((float64(s) + 0.5 - centre) / stretch)
		w[min(max(s, 0), a.Src-1)] += v
		total += v
	}
	for s := range w {
		w[s] /= total
	}
	return w
}

func random(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 9))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
	return b
}

var axes = []Axis{
	{Src: 1, Dst: 1}, {Src: 1, Dst: 4}, {Src: 2, Dst: 1}, {Src: 3, Dst: 2, Flip: true}, {Src: 5, Dst: 5},
	{Src: 5, Dst: 5, Flip: true}, {Src: 17, Dst: 16}, {Src: 31, Dst: 7}, {Src: 64, Dst: 9, Flip: true},
	{Src: 40, Dst: 23, SrcSpan: 39.5, DstSpan: 22.5}, {Src: 40, Dst: 23, SrcSpan: 39.5, DstSpan: 22.5, Flip: true},
	{Src: 12, Dst: 29}, {Src: 97, Dst: 1}, {Src: 33, Dst: 33, SrcSpan: 32.5},
}

func TestAgainstExact(t *testing.T) {
	for _, x := range axes {
		for _, y := range axes {
			stride := x.Src + 3
			src := random(stride*y.Src, uint64(x.Src*y.Src))
			want := exact(src, stride, x, y)
			got := make([]byte, x.Dst*y.Dst)
			Plane(got, x.Dst, src, stride, x, y)
			for i, w := range want {
				// Half a step is rounding; a sample in between that is rounded the
				// other way adds one, or a little more when enlarging.
				if d := math.Abs(float64(got[i]) - w); d > 2 {
					t.Fatalf("%+v x %+v: sample %d is %d, want %.2f", x, y, i, got[i], w)
				}
			}
		}
	}
}

// An even area keeps its value to the bit, whatever the scale.
func TestEvenAreas(t *testing.T) {
	for src := 1; src < 70; src++ {
		for dst := 1; dst < 70; dst += 3 {
			for _, v := range []byte{0, 1, 77, 254, 255} {
				in := bytes.Repeat([]byte{v}, src*src)
				out := make([]byte, dst*dst)
				Plane(out, dst, in, src, Axis{Src: src, Dst: dst}, Axis{Src: src, Dst: dst})
				for i, got := range out {
					if got != v {
						t.Fatalf("%d to %d: sample %d is %d, want %d", src, dst, i, got, v)
					}
				}
			}
		}
	}
}

func TestStreamIsPlane(t *testing.T) {
	for _, x := range axes {
		for _, y := range axes {
			src := random(x.Src*y.Src, 5)
			want, got := make([]byte, x.Dst*y.Dst), make([]byte, x.Dst*y.Dst)
			Plane(want, x.Dst, src, x.Src, x, y)
			s := NewStream(got, x.Dst, x, y)
			for r := range y.Src {
				row := bytes.Clone(src[r*x.Src:][:x.Src])
				s.Row(row)
				clear(row) // a Stream keeps a copy
			}
			s.Row(make([]byte, x.Src)) // one too many is ignored
			if !bytes.Equal(want, got) {
				t.Fatalf("%+v x %+v differ", x, y)
			}
		}
	}
}

// plain is the arithmetic of every variant, one product after the other.
func plain(samples func(t int) byte, w []int16) byte {
	sum := int32(half)
	for t, v := range w {
		sum += int32(v) * int32(samples(t))
	}
	return clamp(sum >> weightBits)
}

// Words and vectors give the same as plain sums, at every length and alignment.
func TestVariants(t *testing.T) {
	for n := 1; n < 70; n++ {
		for taps := 1; taps < 40; taps += 1 + n%3 {
			rows := make([][]byte, taps)
			w := make([]int16, taps)
			r := rand.New(rand.NewPCG(uint64(n), uint64(taps)))
			for i := range rows {
				rows[i] = random(n, uint64(i*n))
				if taps == 4 {
					// The largest sums of either sign.
					rows[i] = bytes.Repeat([]byte{255}, n)
				}
				w[i] = int16(r.IntN(24000) - 8000)
			}
			want, words, vector := make([]byte, n), make([]byte, n), make([]byte, n)
			for x := range want {
				want[x] = plain(func(t int) byte { return rows[t][x] }, w)
			}
			verticalWords(words, 1, n, rows, w)
			vertical(vector, rows, w)
			if !bytes.Equal(want, words) || !bytes.Equal(want, vector) {
				t.Fatalf("down, %d samples, %d taps: %v and %v, want %v", n, taps, words, vector, want)
			}
		}
	}
	for src := 1; src < 150; src += 3 {
		for dst := 1; dst < 80; dst += 5 {
			k := newKernel(Axis{Src: src, Dst: dst}.normal())
			row := random(src+slack, uint64(src))
			columns := make([]byte, src*batch)
			for x := range src {
				columns[x*batch+1] = row[x]
			}
			want, words, unused := make([]byte, dst), make([]byte, dst), make([]byte, dst)
			for x := range want {
				want[x] = plain(func(t int) byte { return row[int(k.start[x])+t] }, k.w[x*k.taps:(x+1)*k.taps])
			}
			horizontalWords([][]byte{unused, words}, columns, k)
			if !bytes.Equal(want, words) {
				t.Fatalf("along by words, %d to %d: %v, want %v", src, dst, words, want)
			}
			if vectors {
				vector := make([]byte, dst)
				horizontal(vector, row, k)
				if !bytes.Equal(want, vector) {
					t.Fatalf("along by vectors, %d to %d: %v, want %v", src, dst, vector, want)
				}
			}
		}
	}
}

func TestBoxIsMean(t *testing.T) {
	for _, c := range []struct{ w, h, channels, factor int }{{1, 1, 1, 1}, {7, 5, 3, 1}, {7, 5, 3, 2}, {9, 9, 1, 3}, {33, 17, 4, 5}, {64, 64, 3, 32}, {300, 257, 1, 256}} {
		src := random(c.w*c.h*c.channels, 4)
		b := NewBox(c.w, c.channels, c.factor)
		var rows [][][]byte
		keep := func(planes [][]byte) {
			if planes == nil {
				return
			}
			var copied [][]byte
			for _, p := range planes {
				copied = append(copied, bytes.Clone(p))
			}
			rows = append(rows, copied)
		}
		for y := range c.h {
			keep(b.Add(src[y*c.w*c.channels:][:c.w*c.channels]))
		}
		keep(b.Flush())
		if want := (c.h + c.factor - 1) / c.factor; len(rows) != want {
			t.Fatalf("%+v: %d rows, want %d", c, len(rows), want)
		}
		for by, planes := range rows {
			for ch, p := range planes {
				for bx, got := range p {
					sum, n := 0, 0
					for y := by * c.factor; y < min((by+1)*c.factor, c.h); y++ {
						for x := bx * c.factor; x < min((bx+1)*c.factor, c.w); x++ {
							sum += int(src[(y*c.w+x)*c.channels+ch])
							n++
						}
					}
					if d := math.Abs(float64(sum)/float64(n) - float64(got)); d > 0.51 {
						t.Fatalf("%+v: component %d at %d, %d is %d, want %.2f", c, ch, bx, by, got, float64(sum)/float64(n))
					}
				}
			}
		}
	}
}

func TestKernelCacheIsBounded(t *testing.T) {
	c := kernelCache{entries: make(map[Axis]*kernel)}
	for i := range 3 * maxKernels {
		a := Axis{Src: 100 + i, Dst: 10}
		if k := c.get(a); k != c.get(a) {
			t.Fatal("a kernel was made twice")
		}
	}
	if len(c.entries) != maxKernels || len(c.order) != maxKernels {
		t.Errorf("%d kernels in %d places are kept, want %d", len(c.entries), len(c.order), maxKernels)
	}
}

func TestTooShort(t *testing.T) {
	for name, f := range map[string]func(){
		"source":      func() { Plane(make([]byte, 4), 2, make([]byte, 15), 4, Axis{Src: 4, Dst: 2}, Axis{Src: 4, Dst: 2}) },
		"destination": func() { Plane(make([]byte, 3), 2, make([]byte, 16), 4, Axis{Src: 4, Dst: 2}, Axis{Src: 4, Dst: 2}) },
		"stream":      func() { NewStream(make([]byte, 3), 2, Axis{Src: 4, Dst: 2}, Axis{Src: 4, Dst: 2}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func BenchmarkPlane(b *testing.B) {
	src, dst := random(1500*1000, 1), make([]byte, 1024*683)
	for i, v := range src {
		src[i] = v/16 + byte(i%1500/10) // noise, but not much more than photos have
	}
	for b.Loop() {
		Plane(dst, 1024, src, 1500, Axis{Src: 1500, Dst: 1024}, Axis{Src: 1000, Dst: 683})
	}
}
