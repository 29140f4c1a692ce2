package jpegenc

// annexK are the quantisation tables of ITU-T T.81, K.1 and K.2, row by row.
var annexK = [2][64]int{
	{
		16, 11, 10, 16, 24, 40, 51, 61,
		12, 12, 14, 19, 26, 58, 60, 55,
		14, 13, 16, 24, 40, 57, 69, 56,
		14, 17, 22, 29, 51, 87, 80, 62,
		18, 22, 37, 56, 68, 109, 103, 77,
		24, 35, 55, 64, 81, 104, 113, 92,
		49, 64, 78, 87, 103, 121, 120, 101,
		72, 92, 95, 98, 112, 100, 103, 99,
	},
	{
		17, 18, 24, 47, 99, 99, 99, 99,
		18, 21, 26, 66, 99, 99, 99, 99,
		24, 26, 56, 99, 99, 99, 99, 99,
		47, 66, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
	},
}

// zigzagOf tells the position in the zigzag order (ITU-T T.81, figure A.6) of a coefficient
// by its place in a block that is stored column by column, as transform leaves it.
var zigzagOf, columnOf = func() (order, place [64]uint8) {
	x, y, up := 0, 0, true
	for k := range 64 {
		order[x*8+y], place[k] = uint8(k), uint8(x*8+y)
		switch {
		case up && x == 7:
			y, up = y+1, false
		case up && y == 0:
			x, up = x+1, false
		case !up && y == 7:
			x, up = x+1, true
		case !up && x == 0:
			y, up = y+1, true
		case up:
			x, y = x+1, y-1
		default:
			x, y = x-1, y+1
		}
	}
	return order, place
}()

// quantizer is a quantisation table, in the order of the file and as factors.
type quantizer struct {
	quality    int
	zigzag     [64]byte
	reciprocal [64]float32 // column by column; holds what the transform leaves to do as well
}

// aanScale are the factors by which the transform's results are too large in each
// direction (Arai, Agui and Nakajima 1988).
var aanScale = [8]float64{1, 1.387039845, 1.306562965, 1.175875602, 1, 0.785694958, 0.541196100, 0.275899379}

func (q *quantizer) set(base [64]int, quality int) {
	if q.quality == quality {
		return
	}
	q.quality = quality
	scale := 200 - 2*quality
	if quality < 50 {
		scale = 5000 / quality
	}
	for k := range 64 {
		place := columnOf[k]
		x, y := int(place>>3), int(place&7)
		v := min(max((base[y*8+x]*scale+50)/100, 1), 255)
		q.zigzag[k] = byte(v)
		q.reciprocal[place] = float32(1 / (8 * float64(v) * aanScale[x] * aanScale[y]))
	}
}
