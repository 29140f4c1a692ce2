package icctest

import (
	"encoding/binary"
	"math"
)

// AdobeTables is [AdobeRGB] as a profile of tables. Kind is that of the tag, mft1, mft2 or "mAB ",
// and pcs its connection space, "Lab " or "XYZ ". Grid is the number of points in each direction, 0
// for a "mAB " of curves and a matrix only. Lightness is that of the darkest colour.
func AdobeTables(kind, pcs string, grid int, lightness float64) []byte {
	power := 563.0 / 256
	xyz := func(r, g, b float64) [3]float64 {
		var out [3]float64
		for i := range out {
			for c, v := range [3]float64{r, g, b} {
				out[i] += adobe[3*i+c] * math.Pow(v, power)
			}
			black := d50[i] * lightness * 27 / 24389
			out[i] = black + out[i]*(1-black/d50[i])
		}
		return out
	}
	var content []byte
	value := func(v float64) {
		v = min(max(v, 0), 1)
		if kind == "mft1" {
			content = append(content, byte(math.Round(255*v)))
		} else {
			content = binary.BigEndian.AppendUint16(content, uint16(math.Round(65535*v)))
		}
	}
	// encoded are the three values of a colour, 0 to 1, in the encoding of the kind.
	encoded := func(v [3]float64) [3]float64 {
		if pcs == "XYZ " {
			const most = 1 + 32767.0/32768
			return [3]float64{v[0] / most, v[1] / most, v[2] / most}
		}
		lab := toLab(v)
		if kind == "mft2" {
			return [3]float64{lab[0] / 100 * 65280 / 65535, (lab[1] + 128) * 256 / 65535, (lab[2] + 128) * 256 / 65535}
		}
		return [3]float64{lab[0] / 100, (lab[1] + 128) / 255, (lab[2] + 128) / 255}
	}
	points := func() {
		for i := range grid * grid * grid {
			at := func(n int) float64 { return float64(n%grid) / float64(grid-1) }
			for _, v := range encoded(xyz(at(i/grid/grid), at(i/grid), at(i))) {
				value(v)
			}
		}
	}
	if kind == "mAB " {
		content = append(content, "mAB \x00\x00\x00\x00\x03\x03\x00\x00"...)
		content = append(content, make([]byte, 20)...)
		place := func(i int) { binary.BigEndian.PutUint32(content[12+4*i:], uint32(len(content))) }
		linear := Parametric(0, 1)
		place(0)
		content = append(append(append(content, linear...), linear...), linear...)
		if grid == 0 {
			place(2)
			for range 3 {
				content = append(content, Parametric(0, power)...)
			}
			place(1)
			const most = 1 + 32767.0/32768
			for _, v := range adobe {
				content = appendFixed(content, v/most)
			}
			content = append(content, make([]byte, 12)...)
		} else {
			place(4)
			for range 3 { // a length that is no multiple of four
				content = append(content, Table([]uint16{0, 32768, 65535})...)
				content = append(content, 0, 0)
			}
			place(3)
			content = append(append(content, byte(grid), byte(grid), byte(grid)), make([]byte, 13)...)
			content = append(content, 2, 0, 0, 0)
			points()
		}
	} else {
		content = append(content, kind+"\x00\x00\x00\x00\x03\x03"...)
		content = append(append(content, byte(grid), 0), make([]byte, 36)...)
		entries := 256
		if kind == "mft2" {
			entries = 2
			content = append(content, 0, 2, 0, 2)
		}
		curves := func() {
			for i := range 3 * entries {
				value(float64(i%entries) / float64(entries-1))
			}
		}
		curves()
		points()
		curves()
	}
	p := profile("RGB ", []tag{{"A2B0", content}})
	copy(p[20:], pcs)
	return p
}

var d50 = [3]float64{0.9642, 1, 0.8249}

// toLab is CIE L*a*b* relative to D50.
func toLab(xyz [3]float64) [3]float64 {
	f := func(i int) float64 {
		t := xyz[i] / d50[i]
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return t*841/108 + 4.0/29
	}
	return [3]float64{116*f(1) - 16, 500 * (f(0) - f(1)), 200 * (f(1) - f(2))}
}
