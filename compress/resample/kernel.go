package resample

import (
	"math"
	"sync"
)

// Axis maps the samples of one axis of a plane onto those of another.
type Axis struct {
	// Src and Dst are the numbers of samples before and after; both at least 1.
	Src, Dst int
	// SrcSpan and DstSpan say how many of those samples the picture covers, if its
	// edge falls inside the last one: the chroma plane of a picture 5 pixels wide has
	// 3 samples and a span of 2.5. Zero means all of them.
	SrcSpan, DstSpan float64
	// Flip mirrors the picture.
	Flip bool
}

func (a Axis) normal() Axis {
	if a.SrcSpan <= 0 {
		a.SrcSpan = float64(a.Src)
	}
	if a.DstSpan <= 0 {
		a.DstSpan = float64(a.Dst)
	}
	return a
}

// identity reports whether the axis changes nothing.
func (a Axis) identity() bool {
	return a.Src == a.Dst && a.SrcSpan == a.DstSpan && !a.Flip
}

const (
	// weightBits makes a weight of 1 be 1<<14; the largest Lanczos weight is 1, so int16 holds
	// all.
	weightBits = 14
	half       = 1 << (weightBits - 1)
	lobes      = 3
)

// kernel holds the weights of an axis: sample i of the destination is the sum of
// taps source samples from start[i] on, weighted with w[i*taps:].
type kernel struct {
	taps  int
	start []int32
	w     []int16
	simd  simdWeights
}

func lanczos(x float64) float64 {
	x = math.Abs(x)
	switch {
	case x < 1e-9:
		return 1
	case x >= lobes:
		return 0
	}
	a := math.Pi * x
	return lobes * math.Sin(a) * math.Sin(a/lobes) / (a * a)
}

func newKernel(a Axis) *kernel {
	step := a.SrcSpan / a.DstSpan
	stretch := max(step, 1) // enlarging interpolates, it does not blur
	reach := lobes * stretch
	// An open interval of twice the reach holds no more samples than this; at its ends the
	// filter is zero.
	taps := min(int(math.Ceil(2*reach)), a.Src)

	k := &kernel{taps: taps, start: make([]int32, a.Dst), w: make([]int16, a.Dst*taps)}
	sum := make([]float64, taps)
	for i := range a.Dst {
		// The last sample may cover less of the picture than the others.
		centre := (float64(i) + min(float64(i+1), a.DstSpan)) / 2 * step
		if a.Flip {
			centre = a.SrcSpan - centre
		}
		centre -= 0.5
		first, last := int(math.Floor(centre-reach))+1, int(math.Ceil(centre+reach))-1
		start := min(max(first, 0), a.Src-taps)
		clear(sum)
		total := 0.0
		for s := first; s <= last; s++ {
			// Beyond the edge the edge sample repeats.
			v := lanczos((float64(s) - centre) / stretch)
			sum[min(max(s-start, 0), taps-1)] += v
			total += v
		}
		k.start[i] = int32(start)
		quantize(k.w[i*taps:(i+1)*taps], sum, total)
	}
	k.simd = newSIMDWeights(k)
	return k
}

// quantize rounds weights so that they add up to exactly 1: an even area must keep its value.
func quantize(w []int16, sum []float64, total float64) {
	rest, largest := 1<<weightBits, 0
	for t, v := range sum {
		q := int(math.Round(v / total * (1 << weightBits)))
		w[t] = int16(q)
		rest -= q
		if w[t] > w[largest] {
			largest = t
		}
	}
	w[largest] += int16(rest)
}

// kernels remembers the kernels of the last axes: the photos of a batch often come from one camera.
var kernels = kernelCache{entries: make(map[Axis]*kernel)}

// Some 30 KB each. A photo needs four, twice that if some are upright.
const maxKernels = 64

type kernelCache struct {
	mu      sync.Mutex
	entries map[Axis]*kernel
	order   []Axis // oldest first
}

func (c *kernelCache) get(a Axis) *kernel {
	a = a.normal()
	c.mu.Lock()
	k := c.entries[a]
	c.mu.Unlock()
	if k != nil {
		return k
	}
	k = newKernel(a)
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.entries[a]; known != nil {
		return known
	}
	if len(c.order) >= maxKernels {
		delete(c.entries, c.order[0])
		c.order = append(c.order[:0], c.order[1:]...)
	}
	c.entries[a] = k
	c.order = append(c.order, a)
	return k
}
