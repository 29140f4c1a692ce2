package vp8

// The factors of the inverse DCT (section 14.3) in 16 bits: sqrt(2) times cosine and sine of pi/8.
const (
	cosine = 85627
	sine   = 35468
)

// inverseWHT turns the block of kind lumaDC into the first coefficients of the 16 luma blocks
// (section 14.3).
func inverseWHT(in *[16]int16, out *[24][16]int16) {
	var m [16]int32
	for i := range 4 {
		a0, a1 := int32(in[i])+int32(in[12+i]), int32(in[4+i])+int32(in[8+i])
		a2, a3 := int32(in[4+i])-int32(in[8+i]), int32(in[i])-int32(in[12+i])
		m[i], m[4+i], m[8+i], m[12+i] = a0+a1, a3+a2, a0-a1, a3-a2
	}
	for i := 0; i < 16; i += 4 {
		dc := m[i] + 3
		a0, a1 := dc+m[i+3], m[i+1]+m[i+2]
		a2, a3 := m[i+1]-m[i+2], dc-m[i+3]
		out[i][0] = int16((a0 + a1) >> 3)
		out[i+1][0] = int16((a3 + a2) >> 3)
		out[i+2][0] = int16((a0 - a1) >> 3)
		out[i+3][0] = int16((a3 - a2) >> 3)
	}
}

// addResidue adds what the coefficients of a block stand for to its prediction at offset at, and
// clears them. Behind position end they are zero: one alone is the same all over the block, and of
// three none is beside another.
func (w *workspace) addResidue(at int, c *[16]int16, end uint8) {
	switch {
	case end == 0:
		return
	case end == 1:
		w.addDC(at, c)
	case end <= 3:
		w.addThree(at, c)
	default:
		w.addAll(at, c)
	}
	*c = [16]int16{}
}

func (w *workspace) addDC(at int, c *[16]int16) {
	dc := (int32(c[0]) + 4) >> 3
	for range 4 {
		p := w.four(at)
		p[0], p[1] = clamp(int32(p[0])+dc), clamp(int32(p[1])+dc)
		p[2], p[3] = clamp(int32(p[2])+dc), clamp(int32(p[3])+dc)
		at += stride
	}
}

// addThree is for the coefficients 0, 1 (one place to the right) and 4 (one down).
func (w *workspace) addThree(at int, c *[16]int16) {
	dc := int32(c[0]) + 4
	right, down := int32(c[1]), int32(c[4])
	c1, d1 := right*sine>>16, right*cosine>>16
	c4, d4 := down*sine>>16, down*cosine>>16
	for _, v := range [4]int32{dc + d4, dc + c4, dc - c4, dc - d4} {
		p := w.four(at)
		p[0], p[1] = clamp(int32(p[0])+(v+d1)>>3), clamp(int32(p[1])+(v+c1)>>3)
		p[2], p[3] = clamp(int32(p[2])+(v-c1)>>3), clamp(int32(p[3])+(v-d1)>>3)
		at += stride
	}
}

func (w *workspace) addAll(at int, in *[16]int16) {
	var m [16]int32
	for i := range 4 { // down the columns
		c0, c4, c8, c12 := int32(in[i]), int32(in[4+i]), int32(in[8+i]), int32(in[12+i])
		a, b := c0+c8, c0-c8
		c, d := c4*sine>>16-c12*cosine>>16, c4*cosine>>16+c12*sine>>16
		m[i], m[4+i], m[8+i], m[12+i] = a+d, b+c, b-c, a-d
	}
	for i := 0; i < 16; i += 4 { // along the rows
		m0, m1, m2, m3 := m[i]+4, m[i+1], m[i+2], m[i+3]
		a, b := m0+m2, m0-m2
		c, d := m1*sine>>16-m3*cosine>>16, m1*cosine>>16+m3*sine>>16
		p := w.four(at)
		p[0], p[1] = clamp(int32(p[0])+(a+d)>>3), clamp(int32(p[1])+(b+c)>>3)
		p[2], p[3] = clamp(int32(p[2])+(b-c)>>3), clamp(int32(p[3])+(a-d)>>3)
		at += stride
	}
}

func clamp(v int32) uint8 {
	if uint32(v) <= 255 {
		return uint8(v)
	}
	return uint8(^(v >> 31))
}
