package vp8l

// The components of a pixel are predicted all at once: each has 16 bits of a lanes, of which it
// takes eight, so that sums and differences have room.
type lanes uint64

const (
	low  lanes = 0x00ff00ff_00ff00ff // the eight bits of each
	ones lanes = 0x00010001_00010001
)

func spread(argb uint32) lanes {
	v := (lanes(argb) | lanes(argb)<<16) & 0x0000ffff_0000ffff
	return (v | v<<8) & low
}

func (v lanes) pixel() uint32 {
	v = (v | v>>8) & 0x0000ffff_0000ffff
	return uint32(v | v>>16)
}

func mean(a, b lanes) lanes { return (a + b) >> 1 & low }

// clamped limits lanes, to which 256 was added, to 0 to 255.
func clamped(v lanes) lanes {
	notLow, high := v>>8&ones, v>>9&ones
	return v&(notLow<<8-notLow) | (high<<8 - high)
}

// distance is how much the components of two pixels differ, all together.
func distance(a, b lanes) uint64 {
	d := a + ones<<8 - b // 256 more than the difference
	less := ^d >> 8 & ones
	d = (d ^ (less<<9 - less)) + less
	return uint64((d & low) * ones >> 48)
}

// predictor is the transform of section 4.1: pixels less what their neighbours predict.
type predictor struct {
	tileGrid
	modes []uint8
	// The row before and this one, with a place for what is right of the last pixel: the first
	// pixel of the next row.
	above, row []lanes
	out        []uint32
	first      bool
}

func newPredictor(grid tileGrid, modes []uint8, w int) *predictor {
	return &predictor{
		tileGrid: grid, modes: modes,
		above: make([]lanes, w+1), row: make([]lanes, w+1),
		out: make([]uint32, w), first: true,
	}
}

func (t *predictor) undo(row []uint32) []uint32 {
	tile := t.tileGrid.row()
	t.above, t.row = t.row, t.above
	above, cur := t.above, t.row
	switch {
	case t.first:
		t.first = false
		cur[0] = (spread(0xff000000) + spread(row[0])) & low
		predictLeft(cur, row, 1, len(row))
	default:
		cur[0] = (above[0] + spread(row[0])) & low
		above[len(row)] = cur[0]
		for x := 0; x < len(row); x += 1 << t.bits {
			predictRun(t.modes[tile], above, cur, row, max(x, 1), min(x+1<<t.bits, len(row)))
			tile++
		}
	}
	out := t.out[:len(row)]
	for x, v := range cur[:len(row)] {
		out[x] = v.pixel()
	}
	return out
}

func predictLeft(cur []lanes, row []uint32, from, to int) {
	left := cur[from-1]
	for x := from; x < to; x++ {
		left = (left + spread(row[x])) & low
		cur[x] = left
	}
}

// predictRun undoes the prediction of the pixels from one to another, which have one mode.
func predictRun(mode uint8, above, cur []lanes, row []uint32, from, to int) {
	if from >= to {
		return
	}
	n := to - from
	src, dst := row[from:to], cur[from:to]
	left := cur[from-1]
	topLeft, top, topRight := above[from-1:][:n], above[from:][:n], above[from+1:][:n]
	dst = dst[:len(src)]
	topLeft, top, topRight = topLeft[:len(src)], top[:len(src)], topRight[:len(src)]
	switch mode {
	case 0: // opaque black
		black := spread(0xff000000)
		for i, v := range src {
			dst[i] = (black + spread(v)) & low
		}
	case 1:
		predictLeft(cur, row, from, to)
	case 2:
		for i, v := range src {
			dst[i] = (top[i] + spread(v)) & low
		}
	case 3:
		for i, v := range src {
			dst[i] = (topRight[i] + spread(v)) & low
		}
	case 4:
		for i, v := range src {
			dst[i] = (topLeft[i] + spread(v)) & low
		}
	case 5:
		for i, v := range src {
			left = (mean(mean(left, topRight[i]), top[i]) + spread(v)) & low
			dst[i] = left
		}
	case 6:
		for i, v := range src {
			left = (mean(left, topLeft[i]) + spread(v)) & low
			dst[i] = left
		}
	case 7:
		for i, v := range src {
			left = (mean(left, top[i]) + spread(v)) & low
			dst[i] = left
		}
	case 8:
		for i, v := range src {
			dst[i] = (mean(topLeft[i], top[i]) + spread(v)) & low
		}
	case 9:
		for i, v := range src {
			dst[i] = (mean(top[i], topRight[i]) + spread(v)) & low
		}
	case 10:
		for i, v := range src {
			left = (mean(mean(left, topLeft[i]), mean(top[i], topRight[i])) + spread(v)) & low
			dst[i] = left
		}
	case 11: // left or top, whichever the gradient is nearer to
		for i, v := range src {
			p := top[i]
			if distance(topLeft[i], p) < distance(topLeft[i], left) {
				p = left
			}
			left = (p + spread(v)) & low
			dst[i] = left
		}
	case 12:
		for i, v := range src {
			left = (clamped(left+top[i]+ones<<8-topLeft[i]) + spread(v)) & low
			dst[i] = left
		}
	case 13:
		for i, v := range src {
			m := mean(left, top[i])
			left = (clamped(m+half(m, topLeft[i])) + spread(v)) & low
			dst[i] = left
		}
	default: // there is none
		for i, v := range src {
			dst[i] = spread(v)
		}
	}
}

// half is 256 more than half of the difference of a and b, rounded towards zero.
func half(a, b lanes) lanes {
	d := a + ones<<8 - b
	d += ^d >> 8 & ones // where it is negative
	return d>>1&low + ones<<7
}
