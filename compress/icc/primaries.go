package icc

import (
	"fmt"
	"math"
)

// Chromaticities are the CIE 1931 x and y of a colour space's white and primaries, as
// the cHRM chunk of PNG has them.
type Chromaticities struct {
	WhiteX, WhiteY, RedX, RedY, GreenX, GreenY, BlueX, BlueY float64
}

// FromChromaticities makes a profile of primaries and a pure power as the tone
// curve: 2.2 for values that were encoded with 1/2.2. The error is [ErrInvalid] for
// numbers that make no colour space.
func FromChromaticities(c Chromaticities, power float64) (*Profile, error) {
	if !(power > 0.1 && power < 10) {
		return nil, fmt.Errorf("%w: a tone curve with gamma %g", ErrInvalid, power)
	}
	return fromPrimaries(c, gamma(power))
}

// FromSRGBCurve makes a profile of primaries and the tone curve of sRGB. The error is
// [ErrInvalid] for numbers that make no colour space.
func FromSRGBCurve(c Chromaticities) (*Profile, error) { return fromPrimaries(c, srgbCurve) }

// SRGBChromaticities are the primaries of sRGB, for files that tell only their tone curve.
func SRGBChromaticities() Chromaticities { return cicpPrimaries[1] }

// FromCICP makes a profile from the code points of ITU-T H.273 for colour primaries
// and transfer characteristics, which PNG (cICP), HEIC and AVIF (colr) carry. The error is
// [ErrUnsupported] for code points other than those of BT.709, BT.2020, Display P3
// and sRGB. High dynamic range (PQ and HLG) is brought down by one fixed tone curve.
func FromCICP(primaries, transfer int) (*Profile, error) {
	c, ok := cicpPrimaries[primaries]
	if !ok {
		return nil, fmt.Errorf("%w: colour primaries %d of H.273", ErrUnsupported, primaries)
	}
	switch transfer {
	// Pictures marked with the curve of BT.709 cameras are made for and looked at on sRGB
	// screens; every browser treats the two alike.
	case 1, 6, 13, 14, 15:
		return fromPrimaries(c, srgbCurve)
	case 4:
		return fromPrimaries(c, gamma(2.2))
	case 5:
		return fromPrimaries(c, gamma(2.8))
	case 8:
		return fromPrimaries(c, gamma(1))
	case 16:
		return fromPrimaries(c, pq{})
	case 18:
		return fromPrimaries(c, hlg{})
	}
	return nil, fmt.Errorf("%w: transfer characteristics %d of H.273", ErrUnsupported, transfer)
}

// cicpPrimaries are those of H.273, table 2, by their code points.
var cicpPrimaries = map[int]Chromaticities{
	1:  {0.3127, 0.3290, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060},
	9:  {0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046},
	12: {0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060},
}

func fromPrimaries(c Chromaticities, tone curve) (*Profile, error) {
	for _, y := range []float64{c.WhiteY, c.RedY, c.GreenY, c.BlueY} {
		if !(y > 1e-4 && y < 1) {
			return nil, fmt.Errorf("%w: chromaticities out of range", ErrInvalid)
		}
	}
	if math.Abs(c.xyz().determinant()) < 1e-4 {
		return nil, fmt.Errorf("%w: its primaries span no colour space", ErrInvalid)
	}
	return &Profile{curves: [3]curve{tone, tone, tone}, toXYZ: c.toXYZ()}, nil
}

// xyzOf is the XYZ of a chromaticity at luminance 1.
func xyzOf(x, y float64) [3]float64 { return [3]float64{x / y, 1, (1 - x - y) / y} }

// xyz has the primaries at luminance 1 as columns.
func (c Chromaticities) xyz() matrix {
	r, g, b := xyzOf(c.RedX, c.RedY), xyzOf(c.GreenX, c.GreenY), xyzOf(c.BlueX, c.BlueY)
	return matrix{{r[0], g[0], b[0]}, {r[1], g[1], b[1]}, {r[2], g[2], b[2]}}
}

// bradford turns XYZ into the cone responses in which white points are exchanged (ICC.1:2022, annex
// E).
var bradford = matrix{{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}}

// d50 is the white of the profile connection space (ICC.1:2022, 7.2.16).
var d50 = [3]float64{0.9642, 1, 0.8249}

// toXYZ is the matrix from linear values to XYZ, adapted to D50.
func (c Chromaticities) toXYZ() matrix {
	white := xyzOf(c.WhiteX, c.WhiteY)
	scale := c.xyz().inverse().apply(white) // so that equal parts of the primaries are white
	m := c.xyz()
	for i := range 3 {
		for j := range 3 {
			m[i][j] *= scale[j]
		}
	}
	from, to := bradford.apply(white), bradford.apply(d50)
	adapt := matrix{{to[0] / from[0], 0, 0}, {0, to[1] / from[1], 0}, {0, 0, to[2] / from[2]}}
	return bradford.inverse().mul(adapt).mul(bradford).mul(m)
}
