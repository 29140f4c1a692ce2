package vp8l

import "encoding/binary"

// bitReader reads bits, the least significant one of a byte first (section 3.3).
type bitReader struct {
	// value holds the next count bits. The bits above them are zero, or what the next fill
	// brings there.
	value uint64
	count int
	rest  []byte
	// padding is how many of the bits are zeros from beyond the end.
	padding int
}

// endless is how many zero bits follow the data: more than is read before overrun is asked.
const endless = 1 << 30

// fill makes count at least 56.
func (r *bitReader) fill() {
	if len(r.rest) >= 8 {
		r.value |= binary.LittleEndian.Uint64(r.rest) << uint(r.count)
		n := (63 - r.count) >> 3
		r.rest = r.rest[n:]
		r.count += n * 8
		return
	}
	r.fillSlowly()
}

func (r *bitReader) fillSlowly() {
	for r.count <= 56 {
		if len(r.rest) == 0 {
			r.count += endless
			r.padding += endless
			return
		}
		r.value |= uint64(r.rest[0]) << uint(r.count)
		r.rest = r.rest[1:]
		r.count += 8
	}
}

// overrun reports whether more was read than is there.
func (r *bitReader) overrun() bool { return r.count < r.padding }

// read reads an unsigned number of n bits, at most 32.
func (r *bitReader) read(n int) int {
	if r.count < n {
		r.fill()
	}
	v := r.value & (1<<uint(n) - 1)
	r.value >>= uint(n)
	r.count -= n
	return int(v)
}

// flag reads a bit.
func (r *bitReader) flag() bool { return r.read(1) == 1 }

// symbol reads a symbol of a prefix code.
func (r *bitReader) symbol(c *prefixCode) int {
	if r.count < maxCodeLength {
		r.fill()
	}
	e := c.find(r.value)
	r.value >>= e.bits()
	r.count -= int(e.bits())
	return e.symbol()
}

// number reads the rest of a length or a distance, of which symbol is the prefix (section 3.6.2.2).
func (r *bitReader) number(symbol int) int {
	if symbol < 4 {
		return symbol + 1
	}
	extra := (symbol - 2) >> 1
	return (2+symbol&1)<<extra + r.read(extra) + 1
}
