package icc

import (
	"math"
	"sync"
)

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
	p    *Profile
	cube *cube // of a profile with tables; then parts, wide and coeff are empty
	// parts is by 8-bit device value what it adds to red, green and blue, with coeffBits.
	parts [3][256][3]int32
	wide  [3][]int32 // linear light by 16-bit device value; only if asked for
	coeff [3][3]int32
	gray  [256]uint8
}

// encode turns linear light into sRGB.
var encode = sync.OnceValue(func() *[linearOne + 1]uint8 {
	t := new([linearOne + 1]uint8)
	for i := range t {
		t[i] = uint8(math.Round(255 * encodeSRGB(float64(i)/linearOne)))
	}
	return t
})

// NewTransform returns the transform of p, whose Inks is false, to sRGB. With wide it also takes
// 16-bit pixels, which costs 768 KB of tables.
func NewTransform(p *Profile, wide bool) *Transform {
	t := &Transform{p: p, cube: p.cube}
	if t.cube != nil {
		for v := range t.gray {
			_, t.gray[v], _ = t.cube.at(uint16(v)*257, uint16(v)*257, uint16(v)*257)
		}
		return t
	}
	m := p.toLinearSRGB()
	for j := range 3 {
		for i := range 3 {
			t.coeff[i][j] = int32(math.Round(m[i][j] * (1 << coeffBits)))
		}
		for v, light := range linearTable(p.curves[j], 256) {
			for i := range 3 {
				t.parts[j][v][i] = t.coeff[i][j] * light
			}
			if j == 0 {
				t.gray[v] = encode()[light]
			}
		}
		if wide {
			t.wide[j] = linearTable(p.curves[j], 65536)
		}
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
	if t.cube != nil {
		for i := range r {
			r[i], g[i], b[i] = t.cube.at(uint16(r[i])*257, uint16(g[i])*257, uint16(b[i])*257)
		}
		return
	}
	fromRed, fromGreen, fromBlue, table := &t.parts[0], &t.parts[1], &t.parts[2], encode()
	for i := range r {
		p, q, s := &fromRed[r[i]], &fromGreen[g[i]], &fromBlue[b[i]]
		r[i] = table[light(p[0]+q[0]+s[0])]
		g[i] = table[light(p[1]+q[1]+s[1])]
		b[i] = table[light(p[2]+q[2]+s[2])]
	}
}

// light takes the fraction off a sum of products, and what is outside of sRGB.
func light(sum int32) int32 {
	const round = 1 << (coeffBits - 1)
	return min(max((sum+round)>>coeffBits, 0), linearOne)
}

// Wide converts one 16-bit pixel to 8 bits.
func (t *Transform) Wide(r, g, b uint16) (uint8, uint8, uint8) {
	if t.cube != nil {
		return t.cube.at(r, g, b)
	}
	lr, lg, lb := t.wide[0][r], t.wide[1][g], t.wide[2][b]
	m, table := &t.coeff, encode()
	return table[light(m[0][0]*lr+m[0][1]*lg+m[0][2]*lb)],
		table[light(m[1][0]*lr+m[1][1]*lg+m[1][2]*lb)],
		table[light(m[2][0]*lr+m[2][1]*lg+m[2][2]*lb)]
}

// WideGray converts one 16-bit grey pixel to 8 bits.
func (t *Transform) WideGray(y uint16) uint8 {
	if t.cube != nil {
		_, green, _ := t.cube.at(y, y, y)
		return green
	}
	return encode()[t.wide[0][y]]
}

// Gray converts grey pixels in place.
func (t *Transform) Gray(y []byte) {
	for i, v := range y {
		y[i] = t.gray[v]
	}
}

// IsSRGB reports whether the profile changes nothing that can be seen: whether the colours of
// a grid through its space stay within one and a half steps of 255. It goes by the
// numbers, since names tell little: there are dozens of sRGB profiles.
func (p *Profile) IsSRGB() bool {
	if p.Inks() {
		return false
	}
	const steps = 8
	const tolerance = 1.5 / 255
	if p.cube != nil {
		return p.cube.isSRGB(tolerance)
	}
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
