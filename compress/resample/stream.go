package resample

// Stream scales a plane that arrives row by row, first row first. It keeps only the
// rows that are still needed. Not for concurrent use.
type Stream struct {
	dst    []byte
	stride int
	s      scratch
	ring   []byte // the last rows received, at row number modulo depth
	depth  int
	got    int // rows received
	made   int // rows made
}

// NewStream returns a Stream that writes into dst, whose rows are stride bytes
// apart. The destination is complete after y.Src calls of [Stream.Row]. It panics
// if dst is too short.
func NewStream(dst []byte, stride int, x, y Axis) *Stream {
	x, y = x.normal(), y.normal()
	check("destination", dst, stride, x.Dst, y.Dst)
	r := &Stream{dst: dst, stride: stride}
	r.s.setUp(x, y)
	r.depth = r.s.ky.taps
	r.ring = make([]byte, r.depth*x.Src)
	return r
}

// Row takes the next row. It is copied. It panics if the row is shorter than
// x.Src; rows after the last are ignored.
func (r *Stream) Row(row []byte) {
	s := &r.s
	if r.got >= s.y.Src {
		return
	}
	w := s.x.Src
	copy(r.ring[r.got%r.depth*w:][:w], row[:w])
	r.got++
	for r.made < s.y.Dst {
		i := r.made
		if s.y.Flip {
			i = s.y.Dst - 1 - i
		}
		first := int(s.ky.start[i])
		if first+s.ky.taps > r.got {
			return
		}
		s.rows = s.rows[:0]
		for t := range s.ky.taps {
			s.rows = append(s.rows, r.ring[(first+t)%r.depth*w:][:w])
		}
		s.row(r.dst[i*r.stride:i*r.stride+s.x.Dst], i)
		r.made++
	}
	s.flush()
}
