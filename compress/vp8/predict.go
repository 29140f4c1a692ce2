package vp8

import "encoding/binary"

// workspace is where a macroblock is put together, with the edges that it is predicted from. Rows
// are stride bytes apart:
//
//	      7  8           23 24      28
//	 0    c  a a a ... a a  a a a a       c corner, a above, for luma
//	 1    l  Y Y Y ... Y Y  .             l left
//	...
//	16    l  Y Y Y ... Y Y  .
//	17    c  a ... a     c  a ... a       the same for Cb and Cr
//	18    l  B ... B     l  R ... R
//	...
//	25    l  B ... B     l  R ... R
type workspace [26 * stride]uint8

const (
	stride = 32
	lumaAt = 1*stride + 8
	cbAt   = 18*stride + 8
	crAt   = 18*stride + 24
)

func (w *workspace) four(at int) *[4]uint8 { return (*[4]uint8)(w[at:]) }

func (w *workspace) eight(at int) []byte { return w[at : at+8] }

// Samples outside the picture (section 12.2): above it, the corner included, and left of it.
const (
	outsideAbove = 127
	outsideLeft  = 129
)

// edgesLeft makes the right edge of the last macroblock the left edge of this one, with the
// corners.
func (w *workspace) edgesLeft(first bool) {
	if first {
		for y := range 17 {
			w[7+y*stride] = outsideLeft
		}
		for y := 17; y < 26; y++ {
			w[7+y*stride], w[23+y*stride] = outsideLeft, outsideLeft
		}
		return
	}
	for y := range 17 {
		w[7+y*stride] = w[23+y*stride]
	}
	for y := 17; y < 26; y++ {
		w[7+y*stride], w[23+y*stride] = w[15+y*stride], w[31+y*stride]
	}
}

// edgesAbove fetches the lower edge of the macroblocks above.
func (d *Decoder) edgesAbove(x int, first bool) {
	w := &d.work
	if first {
		for i := 7; i < 28; i++ {
			w[i] = outsideAbove
		}
		for i := 7; i < 16; i++ {
			w[17*stride+i], w[17*stride+i+16] = outsideAbove, outsideAbove
		}
	} else {
		// Beyond the last macroblock its last sample goes on.
		copy(w[8:28], d.above[0][16*x:])
		copy(w[17*stride+8:17*stride+16], d.above[1][8*x:])
		copy(w[17*stride+24:17*stride+32], d.above[2][8*x:])
	}
	// The subblocks at the right have no neighbours above and to the right but for the first
	// row of them: all take those (section 12.3).
	corner := *w.four(24)
	for y := 4; y < 16; y += 4 {
		*w.four(24 + y*stride) = corner
	}
}

// reconstruct predicts a macroblock and adds its residue.
func (d *Decoder) reconstruct(m *macroblock, x, y int) {
	w := &d.work
	w.edgesLeft(x == 0)
	d.edgesAbove(x, y == 0)
	if m.inSubblock {
		for i := range 16 {
			at := lumaAt + i>>2*4*stride + i&3*4
			w.predictSubblock(at, m.sub[i])
			w.addResidue(at, &d.coeffs[i], d.ends[i])
		}
	} else {
		w.predict(lumaAt, 16, m.luma, x > 0, y > 0)
		for i := range 16 {
			w.addResidue(lumaAt+i>>2*4*stride+i&3*4, &d.coeffs[i], d.ends[i])
		}
	}
	w.predict(cbAt, 8, m.chroma, x > 0, y > 0)
	w.predict(crAt, 8, m.chroma, x > 0, y > 0)
	for i := range 8 {
		at := cbAt + i>>2*16 + i>>1&1*4*stride + i&1*4
		w.addResidue(at, &d.coeffs[16+i], d.ends[16+i])
	}
}

// predict predicts a square of 8 or 16 samples (section 12.2). For modeDC, edges outside the
// picture do not count.
func (w *workspace) predict(at, size int, mode uint8, left, above bool) {
	switch mode {
	case modeDC:
		w.predictDC(at, size, left, above)
	case modeTM:
		w.predictTM(at, size)
	case modeVE:
		edge := w[at-stride : at-stride+size]
		for y := range size {
			copy(w[at+y*stride:][:size], edge)
		}
	case modeHE:
		for y := range size {
			w.level(at+y*stride, size, w[at+y*stride-1])
		}
	}
}

// level sets size samples to v.
func (w *workspace) level(at, size int, v uint8) {
	word := uint64(v) * 0x01010101_01010101
	for i := 0; i < size; i += 8 {
		binary.LittleEndian.PutUint64(w.eight(at+i), word)
	}
}

func (w *workspace) predictDC(at, size int, left, above bool) {
	sum, n := 0, 0
	if above {
		for _, v := range w[at-stride : at-stride+size] {
			sum += int(v)
		}
		n += size
	}
	if left {
		for y := range size {
			sum += int(w[at+y*stride-1])
		}
		n += size
	}
	mean := 128
	if n > 0 {
		mean = (sum + n/2) / n
	}
	for y := range size {
		w.level(at+y*stride, size, uint8(mean))
	}
}

func (w *workspace) predictTM(at, size int) {
	edge := w[at-stride : at-stride+size]
	corner := int32(w[at-stride-1])
	for y := range size {
		row := w[at+y*stride-1:][:size+1]
		slope := int32(row[0]) - corner
		row = row[1:][:len(edge)]
		for x, a := range edge {
			row[x] = clamp(slope + int32(a))
		}
	}
}
