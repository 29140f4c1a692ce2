package vp8

import "encoding/binary"

// boolReader decodes the bools of a partition (section 7).
//
// RFC 6386 shifts bytes into a value of two. Here the value has 64 bits, of which the top eight are
// those that a bool is decided by, so that it needs new bytes only now and then.
type boolReader struct {
	value uint64
	// bits of value count, from the top; those below are the same that the next fill brings, or
	// zero.
	bits int
	// rng is the range, 128 to 255.
	rng uint32
	// rest of the partition.
	rest []byte
	// padding is how many of bits are zeros from beyond the end of the partition.
	padding int
}

// endless is how many zero bits follow a partition: more than a macroblock can take, after which
// overrun is asked.
const endless = 1 << 20

// minBits are needed to decide a bool, which takes 7 of them at most.
const minBits = 8

func newBoolReader(data []byte) boolReader {
	return boolReader{rng: 255, rest: data}
}

// fill makes bits at least 56, which is enough for seven bools.
func (r *boolReader) fill() {
	if len(r.rest) >= 8 {
		r.value |= binary.BigEndian.Uint64(r.rest) >> uint(r.bits)
		n := (63 - r.bits) >> 3
		r.rest = r.rest[n:]
		r.bits += n * 8
		return
	}
	r.fillSlowly()
}

func (r *boolReader) fillSlowly() {
	for r.bits <= 56 {
		if len(r.rest) == 0 {
			r.bits += endless
			r.padding += endless
			return
		}
		r.value |= uint64(r.rest[0]) << uint(56-r.bits)
		r.rest = r.rest[1:]
		r.bits += 8
	}
}

// overrun reports whether more was read than is there.
func (r *boolReader) overrun() bool { return r.bits <= r.padding }

// normShift says how far a range is to be shifted until it is at least 128, and normRange what it
// is then (section 7.3). Nothing is ever below 1.
var normShift, normRange = normTables()

func normTables() (shift, norm [256]uint8) {
	for i := 1; i < 256; i++ {
		n := i
		for n < 128 {
			n <<= 1
			shift[i]++
		}
		norm[i] = uint8(n)
	}
	return shift, norm
}

// bool decodes a bool that is false with a probability of prob/256.
func (r *boolReader) bool(prob uint8) bool {
	if r.bits < minBits {
		r.fill()
	}
	split := 1 + ((r.rng-1)*uint32(prob))>>8
	big := uint64(split) << 56
	bit := r.value >= big
	if bit {
		r.value -= big
		split = r.rng - split
	}
	shift := normShift[uint8(split)]
	r.rng = uint32(normRange[uint8(split)])
	r.value <<= shift & 63
	r.bits -= int(shift)
	return bit
}

// bit is bool as a number.
func (r *boolReader) bit(prob uint8) int {
	if r.bool(prob) {
		return 1
	}
	return 0
}

// flag is L(1) of section 8.
func (r *boolReader) flag() bool { return r.bool(128) }

// literal is L(n) of section 8: an unsigned number of n bits.
func (r *boolReader) literal(n int) int {
	v := 0
	for range n {
		v = v<<1 | r.bit(128)
	}
	return v
}

// optional is a flag and, if it is set, a number of n bits and its sign.
func (r *boolReader) optional(n int) int {
	if !r.flag() {
		return 0
	}
	v := r.literal(n)
	if r.flag() {
		return -v
	}
	return v
}
