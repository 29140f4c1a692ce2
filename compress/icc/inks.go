package icc

import (
	"math"
	"slices"
)

// inks is what a profile for four inks holds (lut8Type and lut16Type, ICC.1:2022, 10.10 and 10.11):
// a curve for each ink, and the colours of mixtures on a grid.
type inks struct {
	curves [4]curve
	grid   int // points in each of the four directions
	// nodes are sRGB, 1 being white, of three values each; the last ink's neighbours are next
	// to each other. They may lie outside of what sRGB can show, as what is between them need
	// not.
	nodes []float64
}

// Inks reports whether the profile is for pictures of four inks.
func (p *Profile) Inks() bool { return p.inks != nil }

// inkGrid is the number of points in each of four directions.
const inkGrid = 17

// parseInks reads the table of a CMYK profile. The grid of version 2 is taken as it is, behind its
// curves; others are evaluated.
func parseInks(tags map[string][]byte, pcs string) (*Profile, error) {
	l, err := parseTables(tags, 4, pcs)
	if err != nil {
		return nil, err
	}
	full := []float64{1, 1, 1, 1} // all of all inks
	grid := inkGrid
	k := &inks{curves: [4]curve{gamma(1), gamma(1), gamma(1), gamma(1)}}
	if l.middle == nil && l.matrix == nil && l.first != nil && l.grid != nil && slices.Max(l.grid) == slices.Min(l.grid) {
		copy(k.curves[:], l.first)
		grid, l.first = l.grid[0], nil
	}
	k.grid, k.nodes = grid, l.sample(4, grid, full)
	return &Profile{inks: k}, nil
}

var whiteD50 = [3]float64{0.9642, 1, 0.8249}

// labToXYZ is for CIE L*a*b* relative to D50.
func labToXYZ(lab [3]float64) [3]float64 {
	y := (lab[0] + 16) / 116
	inverse := func(t float64) float64 {
		if t > 6.0/29 {
			return t * t * t
		}
		return 3 * 36.0 / 841 * (t - 4.0/29)
	}
	return [3]float64{whiteD50[0] * inverse(y+lab[1]/500), inverse(y), whiteD50[2] * inverse(y-lab[2]/200)}
}

// xyzToSRGB returns sRGB from 0 to 1, or beyond if sRGB does not reach so far. What is as dark as
// ink gets becomes black, and the rest moves along (black point compensation, as in ISO 18619),
// since paper is not what the picture is about.
func xyzToSRGB(v, black [3]float64) []float64 {
	for i, white := range whiteD50 {
		v[i] = (v[i] - black[i]) * white / (white - black[i])
	}
	out := make([]float64, 3)
	for i, v := range fromXYZ.apply(v) {
		switch {
		case v < 0:
			out[i] = -encodeSRGB(-v)
		case v > 1:
			out[i] = 1.055*math.Pow(v, 1/2.4) - 0.055
		default:
			out[i] = encodeSRGB(v)
		}
	}
	return out
}

// InkTransform turns four inks of a profile into sRGB. It is for concurrent use.
type InkTransform struct {
	// By ink and its amount: where the lower one of the two neighbours on the grid is, in
	// nodes, and how much the upper one counts, of inkOne.
	lower  [4][256]int32
	weight [4][256]int64
	stride [4]int32
	nodes  []int32 // 255 is white, with inkBits
}

const (
	inkBits = 8
	inkOne  = 1 << inkBits
)

// NewInkTransform returns the transform of p, whose Inks is true, to sRGB.
func NewInkTransform(p *Profile) *InkTransform {
	k := p.inks
	t := &InkTransform{nodes: make([]int32, len(k.nodes))}
	for i, v := range k.nodes {
		t.nodes[i] = int32(math.Round(v * 255 * inkOne))
	}
	stride := int32(3)
	for ink := 3; ink >= 0; ink-- {
		t.stride[ink] = stride
		for v := range 256 {
			place := k.curves[ink].at(float64(v)/255) * float64(k.grid-1)
			below := min(int(place), k.grid-2)
			t.lower[ink][v] = int32(below) * stride
			t.weight[ink][v] = int64(math.Round((place - float64(below)) * inkOne))
		}
		stride *= int32(k.grid)
	}
	return t
}

// RGB converts one pixel. 255 is full ink.
func (t *InkTransform) RGB(cyan, magenta, yellow, black uint8) (r, g, b uint8) {
	at := t.lower[0][cyan] + t.lower[1][magenta] + t.lower[2][yellow] + t.lower[3][black]
	w := [4]int64{t.weight[0][cyan], t.weight[1][magenta], t.weight[2][yellow], t.weight[3][black]}
	var sum [3]int64
	for corner := range 16 {
		node, share := at, int64(1)
		for ink := range 4 {
			if corner>>ink&1 != 0 {
				node += t.stride[ink]
				share *= w[ink]
			} else {
				share *= inkOne - w[ink]
			}
		}
		if share == 0 {
			continue
		}
		n := t.nodes[node : node+3 : node+3]
		sum[0], sum[1], sum[2] = sum[0]+share*int64(n[0]), sum[1]+share*int64(n[1]), sum[2]+share*int64(n[2])
	}
	const bits = 5 * inkBits // of four weights and of the nodes
	to8 := func(v int64) uint8 { return uint8(min(max((v+1<<(bits-1))>>bits, 0), 255)) }
	return to8(sum[0]), to8(sum[1]), to8(sum[2])
}
