package vp8

// predictSubblock predicts 4 x 4 samples (section 12.3).
//
// The edges are named as in the RFC, along one line: left from its lower end up, the corner, then
// above to the right.
//
//	e4  e5 e6 e7 e8  e9 e10 e11 e12
//	e3
//	e2
//	e1
//	e0
func (w *workspace) predictSubblock(at int, mode uint8) {
	above := (*[9]uint8)(w[at-stride-1:])
	var rows [4][4]uint8
	switch mode {
	case modeDC:
		sum := 4
		for i := range 4 {
			sum += int(above[1+i]) + int(w[at+i*stride-1])
		}
		v := uint8(sum >> 3)
		for y := range rows {
			rows[y] = [4]uint8{v, v, v, v}
		}
	case modeTM:
		for y := range rows {
			slope := int32(w[at+y*stride-1]) - int32(above[0])
			for x := range rows[y] {
				rows[y][x] = clamp(slope + int32(above[1+x]))
			}
		}
	case modeVE:
		var row [4]uint8
		for x := range row {
			row[x] = mean3(above[x], above[x+1], above[x+2])
		}
		rows = [4][4]uint8{row, row, row, row}
	case modeLD, modeVL:
		rows = fromAbove(above, mode)
	default:
		rows = fromLeft(&[9]uint8{
			w[at+3*stride-1], w[at+2*stride-1], w[at+stride-1], w[at-1],
			above[0], above[1], above[2], above[3], above[4],
		}, mode)
	}
	for y := range rows {
		*w.four(at + y*stride) = rows[y]
	}
}

// fromAbove is for the modes that need nothing from the left.
func fromAbove(above *[9]uint8, mode uint8) [4][4]uint8 {
	a, b, c, d, e, f, g, h := above[1], above[2], above[3], above[4], above[5], above[6], above[7], above[8]
	abc, bcd, cde, def, efg, fgh := mean3(a, b, c), mean3(b, c, d), mean3(c, d, e), mean3(d, e, f), mean3(e, f, g), mean3(f, g, h)
	if mode == modeLD {
		return [4][4]uint8{
			{abc, bcd, cde, def},
			{bcd, cde, def, efg},
			{cde, def, efg, fgh},
			{def, efg, fgh, mean3(g, h, h)},
		}
	}
	ab, bc, cd, de := mean2(a, b), mean2(b, c), mean2(c, d), mean2(d, e)
	return [4][4]uint8{ // modeVL
		{ab, bc, cd, de},
		{abc, bcd, cde, def},
		{bc, cd, de, efg},
		{bcd, cde, def, fgh},
	}
}

// fromLeft is for the modes that need nothing beyond e8.
func fromLeft(e *[9]uint8, mode uint8) [4][4]uint8 {
	m012, m123, m234 := mean3(e[0], e[1], e[2]), mean3(e[1], e[2], e[3]), mean3(e[2], e[3], e[4])
	switch mode {
	case modeHE:
		m001 := mean3(e[0], e[0], e[1])
		return [4][4]uint8{
			{m234, m234, m234, m234},
			{m123, m123, m123, m123},
			{m012, m012, m012, m012},
			{m001, m001, m001, m001},
		}
	case modeHU:
		m01, m12, m23, m001, e0 := mean2(e[0], e[1]), mean2(e[1], e[2]), mean2(e[2], e[3]), mean3(e[0], e[0], e[1]), e[0]
		return [4][4]uint8{
			{m23, m123, m12, m012},
			{m12, m012, m01, m001},
			{m01, m001, e0, e0},
			{e0, e0, e0, e0},
		}
	}
	m345, m456, m567 := mean3(e[3], e[4], e[5]), mean3(e[4], e[5], e[6]), mean3(e[5], e[6], e[7])
	switch mode {
	case modeHD:
		m01, m12, m23, m34 := mean2(e[0], e[1]), mean2(e[1], e[2]), mean2(e[2], e[3]), mean2(e[3], e[4])
		return [4][4]uint8{
			{m34, m345, m456, m567},
			{m23, m234, m34, m345},
			{m12, m123, m23, m234},
			{m01, m012, m12, m123},
		}
	case modeVR:
		m45, m56, m67, m78 := mean2(e[4], e[5]), mean2(e[5], e[6]), mean2(e[6], e[7]), mean2(e[7], e[8])
		return [4][4]uint8{
			{m45, m56, m67, m78},
			{m345, m456, m567, mean3(e[6], e[7], e[8])},
			{m234, m45, m56, m67},
			{m123, m345, m456, m567},
		}
	}
	return [4][4]uint8{ // modeRD
		{m345, m456, m567, mean3(e[6], e[7], e[8])},
		{m234, m345, m456, m567},
		{m123, m234, m345, m456},
		{m012, m123, m234, m345},
	}
}

func mean2(a, b uint8) uint8 { return uint8((uint32(a) + uint32(b) + 1) >> 1) }

func mean3(a, b, c uint8) uint8 { return uint8((uint32(a) + 2*uint32(b) + uint32(c) + 2) >> 2) }
