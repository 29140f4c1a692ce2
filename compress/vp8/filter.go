package vp8

// filterLevel is how strongly a macroblock is filtered (section 15.2).
type filterLevel struct {
	level    int   // 0 to 63; 0 for no filter at all
	edge     int32 // limit across the edges of subblocks
	interior int32 // limit between the samples of a side
	variance int32 // from here on an edge counts as one of the picture
}

// filterLevels works out the level of each segment, without and with prediction in subblocks
// (sections 9.3, 9.4 and 15.2).
func (d *Decoder) filterLevels() (levels [segments][2]filterLevel) {
	f := &d.filter
	if f.level == 0 {
		return levels
	}
	for s := range levels {
		base := f.level
		if d.segmentation.enabled {
			base = d.segmentation.level[s]
			if !d.segmentation.absolute {
				base += f.level
			}
		}
		levels[s][0] = newFilterLevel(base+f.intraDelta, f.sharpness)
		levels[s][1] = newFilterLevel(base+f.intraDelta+f.subblockDelta, f.sharpness)
	}
	return levels
}

func newFilterLevel(level, sharpness int) filterLevel {
	if level <= 0 {
		return filterLevel{}
	}
	level = min(level, 63)
	interior := level
	if sharpness > 0 {
		interior >>= 1
		if sharpness > 4 {
			interior >>= 1
		}
		interior = min(interior, 9-sharpness)
	}
	interior = max(interior, 1)
	variance := 0
	switch {
	case level >= 40:
		variance = 2
	case level >= 15:
		variance = 1
	}
	return filterLevel{level: level, edge: int32(2*level + interior), interior: int32(interior), variance: int32(variance)}
}

// weak levels are left out where the picture is reduced.
const weak = 31

// filterRow filters row y of macroblocks in the band, which reaches up into the row above (section
// 15).
//
// Where the picture will be reduced, only edges between macroblocks are filtered, and those only if
// the level is high. On photos of quality 5 to 80 SSIM with the exact result is then never lower
// than that of libwebp, and the blocks that could be seen at half the size, those of flat areas in
// files of low quality, are gone.
func (d *Decoder) filterRow(y int) {
	for x := range d.row {
		m := &d.row[x]
		kind := 0
		if m.inSubblock {
			kind = 1
		}
		level := &d.levels[m.segment][kind]
		// Inside a macroblock without coefficients and subblocks nothing can have an edge.
		inside := m.inSubblock || m.coded
		if d.reduction > 1 {
			if level.level <= weak {
				continue
			}
			inside = false
		}
		if level.level == 0 {
			continue
		}
		if d.filter.simple {
			d.filterSimple(level, x, y, inside)
		} else {
			d.filterNormal(level, x, y, inside)
		}
	}
}

// filterSimple is section 15.2: luma only.
func (d *Decoder) filterSimple(level *filterLevel, x, y int, inside bool) {
	pix, stride := d.band[0], d.strides[0]
	at := carry*stride + 16*x
	if x > 0 {
		simpleEdge(pix, at, 1, stride, level.edge+4)
	}
	if inside {
		for i := 4; i < 16; i += 4 {
			simpleEdge(pix, at+i, 1, stride, level.edge)
		}
	}
	if y > 0 {
		simpleEdge(pix, at, stride, 1, level.edge+4)
	}
	if inside {
		for i := 4; i < 16; i += 4 {
			simpleEdge(pix, at+i*stride, stride, 1, level.edge)
		}
	}
}

// filterNormal is section 15.3. The RFC's order is kept: left edge, upright edges inside, upper
// edge, level edges inside.
func (d *Decoder) filterNormal(level *filterLevel, x, y int, inside bool) {
	for c, pix := range d.band {
		stride, size, above := d.strides[c], 16, carry
		if c > 0 {
			size, above = 8, carry/2
		}
		at := above*stride + size*x
		if x > 0 {
			macroblockEdge(pix, at, size, 1, stride, level)
		}
		if inside {
			for i := 4; i < size; i += 4 {
				subblockEdge(pix, at+i, size, 1, stride, level)
			}
		}
		if y > 0 {
			macroblockEdge(pix, at, size, stride, 1, level)
		}
		if inside {
			for i := 4; i < size; i += 4 {
				subblockEdge(pix, at+i*stride, size, stride, 1, level)
			}
		}
	}
}

// In the filters p3 to p0 are the samples before an edge and q0 to q3 those behind it, across
// apart; at is q0, and the next along the edge is along away.

func simpleEdge(pix []uint8, at, across, along int, limit int32) {
	for range 16 {
		s := pix[at-2*across : at+across+1]
		p1, p0 := int32(s[0]), int32(s[across])
		q0, q1 := int32(s[2*across]), int32(s[3*across])
		if abs(p0-q0)*2+abs(p1-q1)>>1 <= limit {
			a := signed(p1-q1) + 3*(q0-p0)
			s[across], s[2*across] = common(p0, q0, a)
		}
		at += along
	}
}

// common is the adjustment of the two samples at an edge by a (section 15.2, common_adjust).
func common(p0, q0, a int32) (p, q uint8) {
	return clamp(p0 + eighth(a+3)), clamp(q0 - eighth(a+4))
}

func macroblockEdge(pix []uint8, at, n, across, along int, level *filterLevel) {
	edge := level.edge + 4
	for range n {
		s := pix[at-4*across : at+3*across+1]
		at += along
		p1, p0 := int32(s[2*across]), int32(s[3*across])
		q0, q1 := int32(s[4*across]), int32(s[5*across])
		if abs(p0-q0)*2+abs(p1-q1)>>1 > edge {
			continue
		}
		p3, p2 := int32(s[0]), int32(s[across])
		q2, q3 := int32(s[6*across]), int32(s[7*across])
		if uneven(p3, p2, p1, p0, level.interior) || uneven(q3, q2, q1, q0, level.interior) {
			continue
		}
		a := signed(p1-q1) + 3*(q0-p0)
		if abs(p1-p0) > level.variance || abs(q1-q0) > level.variance {
			s[3*across], s[4*across] = common(p0, q0, a)
			continue
		}
		a = signed(a)
		a1, a2, a3 := (27*a+63)>>7, (18*a+63)>>7, (9*a+63)>>7
		s[across], s[6*across] = clamp(p2+a3), clamp(q2-a3)
		s[2*across], s[5*across] = clamp(p1+a2), clamp(q1-a2)
		s[3*across], s[4*across] = clamp(p0+a1), clamp(q0-a1)
	}
}

func subblockEdge(pix []uint8, at, n, across, along int, level *filterLevel) {
	for range n {
		s := pix[at-4*across : at+3*across+1]
		at += along
		p1, p0 := int32(s[2*across]), int32(s[3*across])
		q0, q1 := int32(s[4*across]), int32(s[5*across])
		if abs(p0-q0)*2+abs(p1-q1)>>1 > level.edge {
			continue
		}
		p3, p2 := int32(s[0]), int32(s[across])
		q2, q3 := int32(s[6*across]), int32(s[7*across])
		if uneven(p3, p2, p1, p0, level.interior) || uneven(q3, q2, q1, q0, level.interior) {
			continue
		}
		a := 3 * (q0 - p0)
		if abs(p1-p0) > level.variance || abs(q1-q0) > level.variance {
			s[3*across], s[4*across] = common(p0, q0, signed(p1-q1)+a)
			continue
		}
		a1, a2 := eighth(a+4), eighth(a+3)
		a3 := (a1 + 1) >> 1
		s[2*across], s[5*across] = clamp(p1+a3), clamp(q1-a3)
		s[3*across], s[4*across] = clamp(p0+a2), clamp(q0-a1)
	}
}

// uneven reports whether neighbours on one side differ by more than limit.
func uneven(s3, s2, s1, s0, limit int32) bool {
	return abs(s3-s2) > limit || abs(s2-s1) > limit || abs(s1-s0) > limit
}

func abs(v int32) int32 {
	m := v >> 31
	return (v ^ m) - m
}

// signed limits v to 8 bits with sign.
func signed(v int32) int32 { return min(max(v, -128), 127) }

// eighth is an eighth of v, limited likewise before.
func eighth(v int32) int32 { return min(max(v>>3, -16), 15) }
