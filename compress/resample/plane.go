package resample

import (
	"fmt"
	"sync"
)

// Plane scales a whole plane. The source begins at src[0] and its rows are srcStride bytes apart;
// likewise the destination. The sizes are the axes'. Plane panics if a slice is too short for them,
// as indexing would.
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
	s.flush()
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
	rows   [][]byte // the source rows under the vertical kernel
	// line is, with vectors, one source-wide row, scaled vertically, and slack for wide loads.
	line []byte
	// Without vectors: source-wide rows, scaled vertically, column by column, and where their
	// scaled samples are to go.
	columns []byte
	targets [batch][]byte
	waiting int
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// slack is how far wide loads may read past the end of a row.
const slack = 64

func (s *scratch) setUp(x, y Axis) {
	s.x, s.y = x, y
	s.kx, s.ky = kernels.get(x), kernels.get(y)
	s.waiting = 0
	if vectors && cap(s.line) < x.Src+slack {
		s.line = make([]byte, x.Src+slack)
	}
	if !vectors && cap(s.columns) < x.Src*batch {
		s.columns = make([]byte, x.Src*batch)
	}
}

// release drops what would keep a caller's memory alive in the pool.
func (s *scratch) release() {
	clear(s.rows[:cap(s.rows)])
	clear(s.targets[:])
	s.rows = s.rows[:0]
	s.kx, s.ky = nil, nil
}

// row makes row i of the destination from s.rows, at the latest when flush is called.
func (s *scratch) row(dst []byte, i int) {
	w := s.ky.w[i*s.ky.taps : (i+1)*s.ky.taps]
	var same []byte // the source row that needs no vertical scaling
	if s.y.identity() {
		same = s.rows[i-int(s.ky.start[i])]
	}
	switch {
	case s.x.identity() && same != nil:
		copy(dst, same)
	case s.x.identity():
		vertical(dst, s.rows, w)
	case vectors:
		line := s.line[:s.x.Src+slack]
		if same != nil {
			copy(line, same)
		} else {
			vertical(line[:s.x.Src], s.rows, w)
		}
		horizontal(dst, line, s.kx)
	default:
		columns := s.columns[s.waiting : s.x.Src*batch]
		if same != nil {
			for x, v := range same[:s.x.Src] {
				columns[x*batch] = v
			}
		} else {
			verticalWords(columns, batch, s.x.Src, s.rows, w)
		}
		s.targets[s.waiting] = dst
		s.waiting++
		if s.waiting == batch {
			s.flush()
		}
	}
}

// flush makes the rows that wait for others to be scaled along with them.
func (s *scratch) flush() {
	if s.waiting > 0 {
		horizontalWords(s.targets[:s.waiting], s.columns[:s.x.Src*batch], s.kx)
		s.waiting = 0
	}
}

func clamp(v int32) byte {
	if uint32(v) <= 255 {
		return byte(v)
	}
	return byte(^(v >> 31))
}
