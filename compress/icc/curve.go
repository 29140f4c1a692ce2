package icc

import (
	"encoding/binary"
	"fmt"
	"math"
)

// curve turns a device value into linear light; both run from 0 to 1.
type curve interface {
	at(x float64) float64
}

// gamma is a pure power; 1 is the identity.
type gamma float64

func (g gamma) at(x float64) float64 { return math.Pow(x, float64(g)) }

// table is sampled at even distances and read with linear interpolation.
type table []uint16

func (t table) at(x float64) float64 {
	p := x * float64(len(t)-1)
	i := min(int(p), len(t)-2)
	a, b := float64(t[i]), float64(t[i+1])
	return (a + (b-a)*(p-float64(i))) / 65535
}

// parametric is Y = (aX+b)^g + e from X = d on, and Y = cX + f below (ICC.1:2022, 10.18).
// Function types 0 to 3 are special cases of type 4.
type parametric struct {
	g, a, b, c, d, e, f float64
}

func (p parametric) at(x float64) float64 {
	y := p.c*x + p.f
	if x >= p.d {
		y = math.Pow(max(p.a*x+p.b, 0), p.g) + p.e
	}
	return min(max(y, 0), 1)
}

// srgbCurve is the transfer function of IEC 61966-2-1.
var srgbCurve = parametric{g: 2.4, a: 1 / 1.055, b: 0.055 / 1.055, c: 1 / 12.92, d: 0.04045}

// encodeSRGB is its inverse.
func encodeSRGB(y float64) float64 {
	if y <= 0.0031308 {
		return 12.92 * max(y, 0)
	}
	return 1.055*math.Pow(min(y, 1), 1/2.4) - 0.055
}

// lightness is a curve whose result is not luminance but CIE L* over 100, as in grey
// profiles whose connection space is Lab (ICC.1:2022, 8.3.4).
type lightness struct{ curve }

func (l lightness) at(x float64) float64 {
	const linearUpTo = 8.0 / 100
	v := l.curve.at(x)
	if v <= linearUpTo {
		return v * 100 * 27 / 24389
	}
	return math.Pow((v*100+16)/116, 3)
}

func parseCurve(tag []byte) (curve, error) {
	if len(tag) < 12 {
		return nil, fmt.Errorf("%w: a tone curve is missing or cut off", ErrInvalid)
	}
	switch kind := string(tag[:4]); kind {
	case "curv":
		return parseTable(tag)
	case "para":
		return parseParametric(tag)
	default:
		return nil, fmt.Errorf("%w: a tone curve of type %q", ErrUnsupported, kind)
	}
}

// parseTable reads a curveType (ICC.1:2022, 10.6).
func parseTable(tag []byte) (curve, error) {
	n := binary.BigEndian.Uint32(tag[8:])
	entries := tag[12:]
	if n > maxCurve || int(n)*2 > len(entries) {
		return nil, fmt.Errorf("%w: a tone curve is cut off", ErrInvalid)
	}
	switch n {
	case 0:
		return gamma(1), nil
	case 1:
		g := float64(binary.BigEndian.Uint16(entries)) / 256
		if g == 0 {
			return nil, fmt.Errorf("%w: a tone curve with gamma 0", ErrInvalid)
		}
		return gamma(g), nil
	}
	t := make(table, n)
	for i := range t {
		t[i] = binary.BigEndian.Uint16(entries[2*i:])
	}
	return t, nil
}

// parametricCounts are the numbers of parameters by the function's type.
var parametricCounts = [...]int{1, 3, 4, 5, 7}

// parseParametric reads a parametricCurveType (ICC.1:2022, 10.18).
func parseParametric(tag []byte) (curve, error) {
	counts := parametricCounts
	kind := int(binary.BigEndian.Uint16(tag[8:]))
	if kind >= len(counts) {
		return nil, fmt.Errorf("%w: a parametric curve of type %d", ErrUnsupported, kind)
	}
	var v [7]float64
	if len(tag) < 12+4*counts[kind] {
		return nil, fmt.Errorf("%w: a tone curve is cut off", ErrInvalid)
	}
	for i := range counts[kind] {
		v[i] = fixed16(tag[12+4*i:])
	}
	if v[0] <= 0 {
		return nil, fmt.Errorf("%w: a tone curve with gamma %g", ErrInvalid, v[0])
	}
	p := parametric{g: v[0], a: v[1], b: v[2], c: v[3], d: v[4], e: v[5], f: v[6]}
	switch kind {
	case 0:
		return gamma(v[0]), nil
	case 1, 2: // (aX+b)^g + c from -b/a on, c below
		if p.a <= 0 {
			return nil, fmt.Errorf("%w: a tone curve with slope %g", ErrInvalid, p.a)
		}
		p.c, p.d, p.e, p.f = 0, -p.b/p.a, v[3], v[3]
	}
	return p, nil
}
