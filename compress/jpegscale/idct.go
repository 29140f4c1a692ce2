package jpegscale

import "math"

// zigzag is the order of coefficients in a file, figure A.6: zigzag[k] is 8*v + u for
// coefficient k, v being the vertical frequency.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// shape is a size that blocks are decoded to, and which coefficients it takes.
type shape struct {
	nx, ny int
	corner []uint8  // their zigzag indices, ascending
	last   int      // the last of them
	place  [64]int8 // what a coefficient's place among them is, or -1
	taken  uint64   // a bit for each of them, at its zigzag index
}

// shapes is indexed by nx and ny.
var shapes = func() (all [9][9]shape) {
	for i := range 64 {
		s := &all[1+i%8][1+i/8]
		s.nx, s.ny = 1+i%8, 1+i/8
		for k, vu := range zigzag {
			s.place[k] = -1
			if int(vu&7) < s.nx && int(vu>>3) < s.ny {
				s.place[k] = int8(len(s.corner))
				s.corner = append(s.corner, uint8(k))
				s.taken |= 1 << k
				s.last = k
			}
		}
	}
	return all
}()

// The inverse transform of A.3.3, on n points in place of 8 in a direction, is separable. In one
// direction it is here, with x and u from 0 to n-1,
//
//	f(x) = F(0) + sum of sqrt(2) * cos((2x+1)*u*pi/2n) * F(u), u > 0
//
// which is more than the standard's by a factor of sqrt(8), so by 8 for both
// directions. Constants have fracBits bits behind the point. The first direction, along rows,
// keeps midBits of them. 32 bits suffice for all that an encoder makes of 8-bit samples; what
// corrupt files hold may overflow, to no harm.
const (
	fracBits = 13
	midBits  = 2

	rowShift = fracBits - midBits
	colShift = fracBits + midBits + 3
	rowRound = 1 << (rowShift - 1)
	// colRound also adds the level shift of A.3.1.
	colRound = 1<<(colShift-1) + 128<<colShift
)

// draw makes the samples of a block from its coefficients, in zigzag order. Of a flat one
// all but the first are zero.
func (c *component) draw(block *[64]int32, flat bool, bx, by int) {
	nx, ny, pix, stride := c.nx, c.ny, c.pix[by*c.ny*c.stride+bx*c.nx:], c.stride
	if flat {
		value := clamp((block[0]+4)>>3 + 128)
		for y := range ny {
			row := pix[y*stride:][:nx]
			for x := range row {
				row[x] = value
			}
		}
		return
	}
	switch nx<<4 | ny {
	case 0x11:
		pix[0] = clamp((block[0]+4)>>3 + 128)
	case 0x21:
		f0, f1 := block[0]+4+128<<3, block[1]
		pix[0], pix[1] = clamp((f0+f1)>>3), clamp((f0-f1)>>3)
	case 0x22:
		idct2(block, pix, stride)
	case 0x33:
		idct3(block, pix, stride)
	case 0x44:
		idct4(block, pix, stride)
	case 0x88:
		idct8(block, pix, stride)
	default:
		idctAny(block, pix, stride, c.shape)
	}
}

func clamp(v int32) byte {
	if uint32(v) <= 255 {
		return byte(v)
	}
	return byte(^(v >> 31))
}

// idct2 needs no multiplication: sqrt(2) * cos(pi/4) is 1.
func idct2(b *[64]int32, pix []byte, stride int) {
	const round = 4 + 128<<3
	left0, left1 := b[0]+b[1]+round, b[2]+b[4]
	right0, right1 := b[0]-b[1]+round, b[2]-b[4]
	upper, lower := pix[:2], pix[stride:stride+2]
	upper[0], upper[1] = clamp((left0+left1)>>3), clamp((right0+right1)>>3)
	lower[0], lower[1] = clamp((left0-left1)>>3), clamp((right0-right1)>>3)
}

// idct3 is the transform on 3 points.
func idct3(b *[64]int32, pix []byte, stride int) {
	const shift = rowShift
	a0, a1, a2 := line3(b[0]<<fracBits+rowRound, b[1], b[5])
	b0, b1, b2 := line3(b[2]<<fracBits+rowRound, b[4], b[7])
	c0, c1, c2 := line3(b[3]<<fracBits+rowRound, b[8], b[12])
	x0, x1, x2 := line3(a0>>shift<<fracBits+colRound, b0>>shift, c0>>shift)
	y0, y1, y2 := line3(a1>>shift<<fracBits+colRound, b1>>shift, c1>>shift)
	z0, z1, z2 := line3(a2>>shift<<fracBits+colRound, b2>>shift, c2>>shift)
	r0, r1, r2 := pix[:3:3], pix[stride:stride+3:stride+3], pix[2*stride:2*stride+3:2*stride+3]
	r0[0], r0[1], r0[2] = clamp(x0>>colShift), clamp(y0>>colShift), clamp(z0>>colShift)
	r1[0], r1[1], r1[2] = clamp(x1>>colShift), clamp(y1>>colShift), clamp(z1>>colShift)
	r2[0], r2[1], r2[2] = clamp(x2>>colShift), clamp(y2>>colShift), clamp(z2>>colShift)
}

// line3 is one direction on 3 points. Here and below f0 comes multiplied already.
func line3(f0, f1, f2 int32) (y0, y1, y2 int32) {
	// sqrt(2) * cos(i*pi/6)
	const c1, c2 = 10033, 5793
	f1 *= c1
	f2 *= c2
	return f0 + f2 + f1, f0 - 2*f2, f0 + f2 - f1
}

// idct4 is the transform on 4 points.
func idct4(b *[64]int32, pix []byte, stride int) {
	const shift = rowShift
	a0, a1, a2, a3 := line4(b[0]<<fracBits+rowRound, b[1], b[5], b[6])
	b0, b1, b2, b3 := line4(b[2]<<fracBits+rowRound, b[4], b[7], b[13])
	c0, c1, c2, c3 := line4(b[3]<<fracBits+rowRound, b[8], b[12], b[17])
	d0, d1, d2, d3 := line4(b[9]<<fracBits+rowRound, b[11], b[18], b[24])
	t := [4][4]int32{
		{a0 >> shift, b0 >> shift, c0 >> shift, d0 >> shift},
		{a1 >> shift, b1 >> shift, c1 >> shift, d1 >> shift},
		{a2 >> shift, b2 >> shift, c2 >> shift, d2 >> shift},
		{a3 >> shift, b3 >> shift, c3 >> shift, d3 >> shift},
	}
	r0, r1 := pix[:4:4], pix[stride:stride+4:stride+4]
	r2, r3 := pix[2*stride:2*stride+4:2*stride+4], pix[3*stride:3*stride+4:3*stride+4]
	for x := range 4 {
		f := &t[x]
		y0, y1, y2, y3 := line4(f[0]<<fracBits+colRound, f[1], f[2], f[3])
		r0[x], r1[x] = clamp(y0>>colShift), clamp(y1>>colShift)
		r2[x], r3[x] = clamp(y2>>colShift), clamp(y3>>colShift)
	}
}

// line4 is one direction on 4 points.
func line4(f0, f1, f2, f3 int32) (y0, y1, y2, y3 int32) {
	// sqrt(2) * cos(i*pi/8)
	const c1, c3 = 10703, 4433
	f2 <<= fracBits
	o0, o1 := f1*c1+f3*c3, f1*c3-f3*c1
	return f0 + f2 + o0, f0 - f2 + o1, f0 - f2 - o1, f0 + f2 - o0
}

// idct8 is the transform at full size.
func idct8(b *[64]int32, pix []byte, stride int) {
	var f, t [64]int32
	for k, vu := range zigzag {
		f[vu] = b[k]
	}
	for v := 0; v < 64; v += 8 {
		x0, x1, x2, x3, x4, x5, x6, x7 := line8(f[v]<<fracBits+rowRound, f[v+1], f[v+2], f[v+3], f[v+4], f[v+5], f[v+6], f[v+7])
		t[v], t[v+1], t[v+2], t[v+3] = x0>>rowShift, x1>>rowShift, x2>>rowShift, x3>>rowShift
		t[v+4], t[v+5], t[v+6], t[v+7] = x4>>rowShift, x5>>rowShift, x6>>rowShift, x7>>rowShift
	}
	for x := range 8 {
		y0, y1, y2, y3, y4, y5, y6, y7 := line8(t[x]<<fracBits+colRound, t[x+8], t[x+16], t[x+24], t[x+32], t[x+40], t[x+48], t[x+56])
		pix[x], pix[x+stride] = clamp(y0>>colShift), clamp(y1>>colShift)
		pix[x+2*stride], pix[x+3*stride] = clamp(y2>>colShift), clamp(y3>>colShift)
		pix[x+4*stride], pix[x+5*stride] = clamp(y4>>colShift), clamp(y5>>colShift)
		pix[x+6*stride], pix[x+7*stride] = clamp(y6>>colShift), clamp(y7>>colShift)
	}
}

// line8 is one direction on 8 points. The even half is a transform of 4 points; the odd
// half is written out.
func line8(f0, f1, f2, f3, f4, f5, f6, f7 int32) (y0, y1, y2, y3, y4, y5, y6, y7 int32) {
	// sqrt(2) * cos(i*pi/16)
	const c1, c2, c3, c5, c6, c7 = 11363, 10703, 9633, 6436, 4433, 2260
	f4 <<= fracBits
	e0, e1 := f0+f4, f0-f4
	e2, e3 := f2*c2+f6*c6, f2*c6-f6*c2
	o0 := f1*c1 + f3*c3 + f5*c5 + f7*c7
	o1 := f1*c3 - f3*c7 - f5*c1 - f7*c5
	o2 := f1*c5 - f3*c1 + f5*c7 + f7*c3
	o3 := f1*c7 - f3*c5 + f5*c3 - f7*c1
	return e0 + e2 + o0, e1 + e3 + o1, e1 - e3 + o2, e0 - e2 + o3,
		e0 - e2 - o3, e1 - e3 - o2, e1 + e3 - o1, e0 + e2 - o0
}

// basis[n][x][u] is sqrt(2) * cos((2x+1)*u*pi/2n), 1 for u = 0, for idctAny.
var basis = func() (b [9][4][8]int32) {
	for n := 1; n <= 8; n++ {
		for x := range (n + 1) / 2 {
			b[n][x][0] = 1 << fracBits
			for u := 1; u < n; u++ {
				b[n][x][u] = int32(math.Round(math.Sqrt2 * math.Cos(float64((2*x+1)*u)*math.Pi/float64(2*n)) * (1 << fracBits)))
			}
		}
	}
	return b
}()

// idctAny is for any numbers of points. What is even in x makes both f(x) and f(nx-1-x), so does
// what is odd.
func idctAny(b *[64]int32, pix []byte, stride int, s *shape) {
	var f, t [64]int32
	for _, k := range s.corner {
		f[zigzag[k&63]&63] = b[k&63]
	}
	nx, ny := s.nx, s.ny
	for v := 0; v < 8*ny; v += 8 {
		for x := range (nx + 1) / 2 {
			w := &basis[nx][x]
			even := f[v]<<fracBits + f[v+2]*w[2] + f[v+4]*w[4] + f[v+6]*w[6] + rowRound
			odd := f[v+1]*w[1] + f[v+3]*w[3] + f[v+5]*w[5] + f[v+7]*w[7]
			t[v+x], t[v+nx-1-x] = (even+odd)>>rowShift, (even-odd)>>rowShift
		}
	}
	for x := range nx {
		for y := range (ny + 1) / 2 {
			w := &basis[ny][y]
			even := t[x]<<fracBits + t[x+16]*w[2] + t[x+32]*w[4] + t[x+48]*w[6] + colRound
			odd := t[x+8]*w[1] + t[x+24]*w[3] + t[x+40]*w[5] + t[x+56]*w[7]
			pix[y*stride+x] = clamp((even + odd) >> colShift)
			pix[(ny-1-y)*stride+x] = clamp((even - odd) >> colShift)
		}
	}
}
