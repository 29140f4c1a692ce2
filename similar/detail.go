package similar

import (
	"math"
	"slices"
)

// field is a square of numbers, row by row. A byte holds each: the fields of a thousand photos are
// what takes memory.
type field []int8

// unit is what a doubling of the light is in a field. Twice the range of luma fits into a byte.
const unit = 24

// details returns what is left of a sketch without its coarse shades: each field less the mean of
// the 7 x 7 fields around it, after the sketch was enlarged about its centre by scale. Luma is
// taken as a logarithm, so that another exposure only adds a constant, which the mean takes away.
func details(sketch []byte, scale float64) field {
	const around = 3
	scaled := enlarge(sketch, scale)
	// sums[y][x] is the sum of all fields above and left of (x, y), so that any rectangle's sum
	// takes four look-ups.
	var sums [side + 1][side + 1]float32
	for y := range side {
		row := float32(0)
		for x := range side {
			row += scaled[y*side+x]
			sums[y+1][x+1] = sums[y][x+1] + row
		}
	}
	detail := make(field, side*side)
	for y := range side {
		y0, y1 := max(0, y-around), min(side, y+around+1)
		for x := range side {
			x0, x1 := max(0, x-around), min(side, x+around+1)
			sum := sums[y1][x1] - sums[y0][x1] - sums[y1][x0] + sums[y0][x0]
			detail[y*side+x] = toByte(scaled[y*side+x] - sum/float32((y1-y0)*(x1-x0)))
		}
	}
	return detail
}

func toByte(v float32) int8 {
	if v < 0 {
		return int8(max(v-0.5, -127))
	}
	return int8(min(v+0.5, 127))
}

// levels are the logarithms of luma.
var levels = func() (l [256]float32) {
	for i := range l {
		// The 12 is for noise in the shadows, which is no detail.
		l[i] = float32(unit * math.Log2(float64(i)+12))
	}
	return l
}()

// enlarge scales a sketch about its centre by linear interpolation. Beyond its edges it goes on as
// the edge is.
func enlarge(sketch []byte, scale float64) (out [side * side]float32) {
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
			half[y*side/2+x] = int8((int(f[at]) + int(f[at+1]) + int(f[at+side]) + int(f[at+side+1])) / 4)
		}
	}
	return half
}

// area is a field with the sums of all its rectangles, so that the mean and the spread of any part
// take a few look-ups.
type area struct {
	field
	edge          int
	sums, squares []int32 // of the fields above and left of a corner
}

func newArea(f field) area {
	a := area{field: f, edge: side}
	if len(f) < side*side {
		a.edge = side / 2
	}
	line := a.edge + 1
	a.sums, a.squares = make([]int32, line*line), make([]int32, line*line)
	for y := range a.edge {
		var sum, square int32
		for x := range a.edge {
			v := int32(f[y*a.edge+x])
			sum += v
			square += v * v
			at := (y+1)*line + x + 1
			a.sums[at], a.squares[at] = a.sums[at-line]+sum, a.squares[at-line]+square
		}
	}
	return a
}

// part returns the sum and the sum of the squares of a rectangle.
func (a *area) part(x0, y0, x1, y1 int) (sum, square float64) {
	line := a.edge + 1
	nw, ne, sw, se := y0*line+x0, y0*line+x1, y1*line+x0, y1*line+x1
	return float64(a.sums[se] - a.sums[ne] - a.sums[sw] + a.sums[nw]),
		float64(a.squares[se] - a.squares[ne] - a.squares[sw] + a.squares[nw])
}

// correlation returns the highest correlation of one sketch's details at all scales with another's,
// over all shifts.
func correlation(scaled *[len(scales)]area, plain field, margin int) float64 {
	best, b := 0.0, newArea(plain)
	for i := range scaled {
		for dy := -margin; dy <= margin; dy++ {
			for dx := -margin; dx <= margin; dx++ {
				best = max(best, scaled[i].correlate(&b, dx, dy))
			}
		}
	}
	return best
}

// correlate returns Pearson's correlation of the parts of two areas that lie over each other when
// the second is shifted.
func (a *area) correlate(b *area, dx, dy int) float64 {
	edge := a.edge
	x0, x1, y0, y1 := max(0, -dx), min(edge, edge-dx), max(0, -dy), min(edge, edge-dy)
	var product int32 // of at most 1024 pairs of bytes
	for y := y0; y < y1; y++ {
		row := a.field[y*edge+x0 : y*edge+x1]
		other := b.field[(y+dy)*edge+x0+dx:][:len(row)]
		for i, v := range row {
			product += int32(v) * int32(other[i])
		}
	}
	sumA, squareA := a.part(x0, y0, x1, y1)
	sumB, squareB := b.part(x0+dx, y0+dy, x1+dx, y1+dy)
	n := float64((x1 - x0) * (y1 - y0))
	spreadA, spreadB := squareA-sumA*sumA/n, squareB-sumB*sumB/n
	if spreadA < 1 || spreadB < 1 {
		return 0 // a plain area is like nothing
	}
	return (float64(product) - sumA*sumB/n) / math.Sqrt(spreadA*spreadB)
}
