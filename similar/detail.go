package similar

import (
	"math"
	"slices"
)

// field is a square of numbers, row by row.
type field []float32

// details returns what is left of a sketch without its coarse shades: each field less the mean of
// the 7 x 7 fields around it, after the sketch was enlarged about its centre by scale. Luma is
// taken as a logarithm, so that another exposure only adds a constant, which the mean takes away.
func details(sketch []byte, scale float64) field {
	const around = 3
	scaled := enlarge(sketch, scale)
	detail := make(field, side*side)
	for y := range side {
		for x := range side {
			var sum, n float32
			for v := max(0, y-around); v <= min(side-1, y+around); v++ {
				for u := max(0, x-around); u <= min(side-1, x+around); u++ {
					sum += scaled[v*side+u]
					n++
				}
			}
			detail[y*side+x] = scaled[y*side+x] - sum/n
		}
	}
	return detail
}

// enlarge scales a sketch about its centre by linear interpolation. Beyond its edges it goes on as
// the edge is.
func enlarge(sketch []byte, scale float64) field {
	var levels [256]float32
	for i := range levels {
		levels[i] = float32(32 * math.Log2(float64(i)+12)) // 12: noise in the shadows is no detail
	}
	out := make(field, side*side)
	const centre = (side - 1) / 2.0
	at := func(i int) (low, high int, part float32) {
		v := min(max(centre+(float64(i)-centre)/scale, 0), side-1)
		low = int(v)
		return low, min(low+1, side-1), float32(v - float64(low))
	}
	for y := range side {
		y0, y1, py := at(y)
		for x := range side {
			x0, x1, px := at(x)
			top := levels[sketch[y0*side+x0]]*(1-px) + levels[sketch[y0*side+x1]]*px
			bottom := levels[sketch[y1*side+x0]]*(1-px) + levels[sketch[y1*side+x1]]*px
			out[y*side+x] = top*(1-py) + bottom*py
		}
	}
	return out
}

// hash is the perceptual hash of a sketch: the signs of its 64 lowest frequencies, their median
// taken away (C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions",
// 2010).
func hash(sketch []byte) uint64 {
	const low = 8
	var rows [side][low]float64
	for y := range side {
		for k := range low {
			for x := range side {
				rows[y][k] += float64(sketch[y*side+x]) * cosines[k][x]
			}
		}
	}
	var frequencies [low * low]float64
	for j := range low {
		for k := range low {
			for y := range side {
				frequencies[j*low+k] += rows[y][k] * cosines[j][y]
			}
		}
	}
	sorted := frequencies
	slices.Sort(sorted[:])
	median := (sorted[31] + sorted[32]) / 2
	var h uint64
	for i, f := range frequencies {
		if f > median {
			h |= 1 << i
		}
	}
	return h
}

// cosines are the basis of the discrete cosine transform, without the constant one.
var cosines = func() (c [8][side]float64) {
	for k := range c {
		for x := range side {
			c[k][x] = math.Cos(math.Pi * (float64(x) + 0.5) * float64(k+1) / side)
		}
	}
	return c
}()

// halve returns the means of two by two.
func (f field) halve() field {
	half := make(field, len(f)/4)
	for y := range side / 2 {
		for x := range side / 2 {
			at := 2*y*side + 2*x
			half[y*side/2+x] = (f[at] + f[at+1] + f[at+side] + f[at+side+1]) / 4
		}
	}
	return half
}

// correlation returns the highest correlation of two sketches' details over all scales and shifts.
func correlation(a, b [len(scales)]field, margin int) float64 {
	best := 0.0
	for _, scaled := range b {
		for dy := -margin; dy <= margin; dy++ {
			for dx := -margin; dx <= margin; dx++ {
				best = max(best, a[0].correlate(scaled, dx, dy))
			}
		}
	}
	return best
}

// correlate returns Pearson's correlation of the parts of two fields that lie over each other when
// the second is shifted.
func (f field) correlate(g field, dx, dy int) float64 {
	edge := side
	if len(f) < side*side {
		edge = side / 2
	}
	var fg, ff, gg, sf, sg, n float32
	x0, x1 := max(0, -dx), min(edge, edge-dx)
	for y := max(0, -dy); y < min(edge, edge-dy); y++ {
		row := f[y*edge+x0 : y*edge+x1]
		other := g[(y+dy)*edge+x0+dx:][:len(row)]
		for i, v := range row {
			w := other[i]
			fg += v * w
			ff += v * v
			gg += w * w
			sf += v
			sg += w
		}
		n += float32(len(row))
	}
	ff -= sf * sf / n
	gg -= sg * sg / n
	if ff < 1 || gg < 1 {
		return 0 // a plain area is like nothing
	}
	return float64(fg-sf*sg/n) / math.Sqrt(float64(ff)*float64(gg))
}
