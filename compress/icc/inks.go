package icc

import (
	"encoding/binary"
	"fmt"
	"math"
)

// inks is what a profile for four inks holds (lut8Type and lut16Type, ICC.1:2022, 10.10 and 10.11):
// a curve for each ink, and the colours of mixtures on a grid.
type inks struct {
	curves [4]curve
	grid   int // points in each of the four directions
	// nodes are sRGB, 1 being white, of three values each; the last ink's neighbours are next to
	// each other. They may lie outside of what sRGB can show, as what is between them need not.
	nodes []float64
}

// Inks reports whether the profile is for pictures of four inks.
func (p *Profile) Inks() bool { return p.inks != nil }

// parseInks reads the table of a CMYK profile. That for the relative colorimetric intent is
// preferred.
func parseInks(tags map[string][]byte) (*Profile, error) {
	tag, ok := tags["A2B1"]
	if !ok {
		if tag, ok = tags["A2B0"]; !ok {
			return nil, fmt.Errorf("%w: it has no table of inks", ErrUnsupported)
		}
	}
	const fixed = 48 // bytes before the first table
	if len(tag) < fixed+4 {
		return nil, fmt.Errorf("%w: its table of inks is cut off", ErrInvalid)
	}
	size, entries, last, at := 1, 256, 256, fixed
	switch string(tag[:4]) {
	case "mft1":
	case "mft2":
		size, at = 2, fixed+4
		entries, last = int(binary.BigEndian.Uint16(tag[48:])), int(binary.BigEndian.Uint16(tag[50:]))
	default:
		return nil, fmt.Errorf("%w: a table of inks of type %q", ErrUnsupported, tag[:4])
	}
	grid := int(tag[10])
	if tag[8] != 4 || tag[9] != 3 || grid < 2 || entries < 2 || entries > 4096 || last < 2 || last > 4096 {
		return nil, fmt.Errorf("%w: its table of inks is not from 4 to 3 channels", ErrInvalid)
	}
	points := grid * grid * grid * grid
	if len(tag) < at+size*(4*entries+3*points+3*last) {
		return nil, fmt.Errorf("%w: its table of inks is cut off", ErrInvalid)
	}
	next := func(n int) table { // of 16 bits each
		t := make(table, n)
		for i := range t {
			if size == 1 {
				t[i] = uint16(tag[at]) * 257
			} else {
				t[i] = binary.BigEndian.Uint16(tag[at:])
			}
			at += size
		}
		return t
	}
	k := &inks{grid: grid}
	for i := range k.curves {
		k.curves[i] = next(entries)
	}
	lab := next(3 * points)
	out := [3]table{next(last), next(last), next(last)}
	xyz := func(i int) [3]float64 {
		var v [3]float64
		for c := range v {
			v[c] = out[c].at(float64(lab[i+c]) / 65535)
		}
		if size == 1 {
			v = [3]float64{v[0] * 100, v[1]*255 - 128, v[2]*255 - 128}
		} else { // in the encoding of version 2, where 0xff00 is L* of 100
			v = [3]float64{v[0] * 65535 / 65280 * 100, v[1]*65535/256 - 128, v[2]*65535/256 - 128}
		}
		return labToXYZ(v)
	}
	black := xyz(len(lab) - 3) // all of all inks
	if black[1] > 0.2 {
		black = [3]float64{} // not what one would call black
	}
	for i := 0; i < len(lab); i += 3 {
		k.nodes = append(k.nodes, xyzToSRGB(xyz(i), black)...)
	}
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
	// By ink and its amount: where the lower one of the two neighbours on the grid is, in nodes,
	// and how much the upper one counts, of inkOne.
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
