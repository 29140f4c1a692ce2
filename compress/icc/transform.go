package icc

import "math"

// Linear light is held in 14 bits, matrix coefficients in 12: products of the two, three of
// them added, stay far inside 31 bits, and the steepest part of the sRGB curve (12.92 to
// 1) still resolves a fifth of an 8-bit step.
const (
	linearBits = 14
	linearOne  = 1 << linearBits
	coeffBits  = 12
)

// Transform turns pixels of one profile into sRGB. It is for concurrent use.
type Transform struct {
	p      *Profile
	linear [3][]int32 // by 8-bit device value
	wide   [3][]int32 // by 16-bit device value; only if asked for
	coeff  [3][3]int32
	encode []uint8 // by linear light
	gray   [256]uint8
}

// NewTransform returns the transform of p to sRGB. With wide it also takes 16-bit
// pixels, which costs 768 KB of tables.
func NewTransform(p *Profile, wide bool) *Transform {
	t := &Transform{p: p, encode: make([]uint8, linearOne+1)}
	for i := range t.encode {
		t.encode[i] = uint8(math.Round(255 * encodeSRGB(float64(i)/linearOne)))
	}
	m := p.toLinearSRGB()
	for i := range 3 {
		for j := range 3 {
			t.coeff[i][j] = int32(math.Round(m[i][j] * (1 << coeffBits)))
		}
		t.linear[i] = linearTable(p.curves[i], 256)
		if wide {
			t.wide[i] = linearTable(p.curves[i], 65536)
		}
	}
	for i := range t.gray {
		t.gray[i] = t.encode[t.linear[0][i]]
	}
	return t
}

func linearTable(c curve, n int) []int32 {
	t := make([]int32, n)
	for i := range t {
		t[i] = int32(math.Round(linearOne * min(max(c.at(float64(i)/float64(n-1)), 0), 1)))
	}
	return t
}

// toLinearSRGB is the matrix from linear device values to linear sRGB. Its rows are brought
// to a sum of 1 where rounding has moved the white a little: white must stay white.
func (p *Profile) toLinearSRGB() matrix {
	if p.gray {
		return matrix{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	}
	m := fromXYZ.mul(p.toXYZ)
	for i := range 3 {
		if sum := m[i][0] + m[i][1] + m[i][2]; math.Abs(sum-1) < 0.02 {
			for j := range 3 {
				m[i][j] /= sum
			}
		}
	}
	return m
}

// RGB converts pixels given as three planes of the same length, in place.
func (t *Transform) RGB(r, g, b []byte) {
	g, b = g[:len(r)], b[:len(r)]
	lr, lg, lb := (*[256]int32)(t.linear[0]), (*[256]int32)(t.linear[1]), (*[256]int32)(t.linear[2])
	for i := range r {
		r[i], g[i], b[i] = t.mix(lr[r[i]], lg[g[i]], lb[b[i]])
	}
}

// Wide converts one 16-bit pixel to 8 bits.
func (t *Transform) Wide(r, g, b uint16) (uint8, uint8, uint8) {
	return t.mix(t.wide[0][r], t.wide[1][g], t.wide[2][b])
}

// WideGray converts one 16-bit grey pixel to 8 bits.
func (t *Transform) WideGray(y uint16) uint8 { return t.encode[t.wide[0][y]] }

// Gray converts grey pixels in place.
func (t *Transform) Gray(y []byte) {
	for i, v := range y {
		y[i] = t.gray[v]
	}
}

func (t *Transform) mix(r, g, b int32) (uint8, uint8, uint8) {
	m := &t.coeff
	const round = 1 << (coeffBits - 1)
	encode := (*[linearOne + 1]uint8)(t.encode)
	x := min(max((m[0][0]*r+m[0][1]*g+m[0][2]*b+round)>>coeffBits, 0), linearOne)
	y := min(max((m[1][0]*r+m[1][1]*g+m[1][2]*b+round)>>coeffBits, 0), linearOne)
	z := min(max((m[2][0]*r+m[2][1]*g+m[2][2]*b+round)>>coeffBits, 0), linearOne)
	return encode[x], encode[y], encode[z]
}

// IsSRGB reports whether the profile changes nothing that can be seen: whether the colours of
// a grid through its space stay within one and a half steps of 255. It goes by the
// numbers, since names tell little: there are dozens of sRGB profiles.
func (p *Profile) IsSRGB() bool {
	const steps = 8
	const tolerance = 1.5 / 255
	m := p.toLinearSRGB()
	var lin [3][steps + 1]float64
	for i := range 3 {
		for s := range lin[i] {
			lin[i][s] = p.curves[i].at(float64(s) / steps)
		}
	}
	for r := range steps + 1 {
		for g := range steps + 1 {
			for b := range steps + 1 {
				if p.gray && (r != g || g != b) {
					continue
				}
				out := m.apply([3]float64{lin[0][r], lin[1][g], lin[2][b]})
				for i, in := range [3]int{r, g, b} {
					if math.Abs(encodeSRGB(out[i])-float64(in)/steps) > tolerance {
						return false
					}
				}
			}
		}
	}
	return true
}
