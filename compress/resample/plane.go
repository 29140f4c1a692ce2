package resample

import (
	"fmt"
	"sync"
)

// Plane scales a whole plane. The source begins at src[0] and its rows are
// srcStride bytes apart; likewise the destination. The sizes are those of the
// axes. It panics if a slice is too short for them, as indexing would.
func Plane(dst []byte, dstStride int, src []byte, srcStride int, x, y Axis) {
	x, y = x.normal(), y.normal()
	check("source", src, srcStride, x.Src, y.Src)
	check("destination", dst, dstStride, x.Dst, y.Dst)
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.setUp(x, y)
	for i := range y.Dst {
		first := int(s.ky.start[i])
		s.rows = s.rows[:0]
		for t := range s.ky.taps {
			o := (first + t) * srcStride
			s.rows = append(s.rows, src[o:o+x.Src])
		}
		s.row(dst[i*dstStride:i*dstStride+x.Dst], i)
	}
	s.release()
}

func check(which string, pix []byte, stride, w, h int) {
	if w < 1 || h < 1 || stride < w || len(pix) < (h-1)*stride+w {
		panic(fmt.Sprintf("resample: a %s of %d bytes with stride %d is no plane of %d x %d", which, len(pix), stride, w, h))
	}
}

// scratch is what scaling one plane needs beside the plane.
type scratch struct {
	x, y   Axis
	kx, ky *kernel
	column []byte   // one source-wide row, scaled vertically, with slack for wide loads
	acc    []int32  // one source-wide row of sums, for the scalar code
	rows   [][]byte // the source rows under the vertical kernel
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// slack is how far wide loads may read past the end of a row.
const slack = 64

func (s *scratch) setUp(x, y Axis) {
	s.x, s.y = x, y
	s.kx, s.ky = kernels.get(x), kernels.get(y)
	if cap(s.column) < x.Src+slack {
		s.column = make([]byte, x.Src+slack)
		s.acc = make([]int32, x.Src)
	}
}

// release drops what would keep a caller's memory alive in the pool.
func (s *scratch) release() {
	clear(s.rows[:cap(s.rows)])
	s.rows = s.rows[:0]
	s.kx, s.ky = nil, nil
}

// row makes row i of the destination from s.rows.
func (s *scratch) row(dst []byte, i int) {
	if s.y.identity() {
		s.horizontal(dst, s.rows[i-int(s.ky.start[i])])
		return
	}
	w := s.ky.w[i*s.ky.taps : (i+1)*s.ky.taps]
	if s.x.identity() {
		vertical(dst, s.rows, w, s.acc)
		return
	}
	vertical(s.column[:s.x.Src], s.rows, w, s.acc)
	horizontal(dst, s.column[:s.x.Src+slack], s.kx)
}

// horizontal is for rows that need no vertical scaling and may lack the slack.
func (s *scratch) horizontal(dst, row []byte) {
	if s.x.identity() {
		copy(dst, row)
		return
	}
	copy(s.column, row)
	horizontal(dst, s.column[:s.x.Src+slack], s.kx)
}

func clamp(v int32) byte {
	if uint32(v) <= 255 {
		return byte(v)
	}
	return byte(^(v >> 31))
}

// verticalScalar makes dst the weighted sum of rows. acc is scratch as long as dst.
func verticalScalar(dst []byte, rows [][]byte, w []int16, acc []int32) {
	n := len(dst)
	acc = acc[:n]
	for i := range acc {
		acc[i] = half
	}
	t := 0
	for ; t+4 <= len(w); t += 4 {
		r0, r1, r2, r3 := rows[t][:n], rows[t+1][:n], rows[t+2][:n], rows[t+3][:n]
		w0, w1, w2, w3 := int32(w[t]), int32(w[t+1]), int32(w[t+2]), int32(w[t+3])
		for i := range acc {
			acc[i] += w0*int32(r0[i]) + w1*int32(r1[i]) + w2*int32(r2[i]) + w3*int32(r3[i])
		}
	}
	for ; t < len(w); t++ {
		r, wt := rows[t][:n], int32(w[t])
		for i := range acc {
			acc[i] += wt * int32(r[i])
		}
	}
	for i := range acc {
		dst[i] = clamp(acc[i] >> weightBits)
	}
}

// horizontalScalar scales row to dst; row has slack bytes of any value after its samples.
func horizontalScalar(dst, row []byte, k *kernel) {
	taps := k.taps
	w := k.w
	for x := range dst {
		start := int(k.start[x])
		r, wx := row[start:start+taps], w[:taps]
		w = w[taps:]
		v := int32(half)
		for len(r) >= 4 && len(wx) >= 4 {
			v += int32(wx[0])*int32(r[0]) + int32(wx[1])*int32(r[1]) + int32(wx[2])*int32(r[2]) + int32(wx[3])*int32(r[3])
			r, wx = r[4:], wx[4:]
		}
		for i := range r {
			v += int32(wx[i]) * int32(r[i])
		}
		dst[x] = clamp(v >> weightBits)
	}
}
