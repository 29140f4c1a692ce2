package pngrows

import (
	"encoding/binary"
	"fmt"
)

// source hands out the content of consecutive IDAT chunks.
type source struct {
	chunks []byte // from the next chunk on
	rest   []byte // of the current chunk's content
	err    error  // why there is no more
}

// read fills buf as far as it can.
func (s *source) read(buf []byte) int {
	n := 0
	for n < len(buf) {
		if len(s.rest) == 0 {
			if s.err != nil {
				return n
			}
			kind, content, next, err := chunk(s.chunks)
			switch {
			case err == nil && kind != "IDAT":
				s.err = ErrTruncated // the picture's data is over
				return n
			case err == ErrTruncated && kind == "IDAT":
				s.err = err
			case err != nil:
				s.err = err
				return n
			}
			s.rest, s.chunks = content, next
		}
		k := copy(buf[n:], s.rest)
		s.rest = s.rest[k:]
		n += k
	}
	return n
}

const (
	window = 32 << 10  // how far back a match may reach
	room   = 128 << 10 // what is decompressed at once
	// The fast loop writes up to a match and some literals beyond its last check.
	outSlack = 258 + 16
	inSize   = 64 << 10
	// The input is filled up below inLow bytes; a block's header needs less than 400 bytes.
	inLow   = 1 << 10
	padding = 16 // zeros after the end, so that words can be loaded
)

// inflater decompresses a zlib stream (RFC 1950, RFC 1951).
type inflater struct {
	src source

	in   []byte
	pos  int // next byte of in
	have int // bytes of in that are real
	acc  uint64
	n    uint // bits of acc that are valid; those above may be set already
	out  []byte
	r, w int // out[r:w] is to be read

	final, inBlock bool
	stored         int // bytes left of a stored block
	literal, dist  huffman
}

func (z *inflater) start() error {
	z.in = make([]byte, inSize+padding)
	z.out = make([]byte, window+room+outSlack)
	z.fill()
	z.refill()
	head := z.take(16)
	method, flags := head&255, head>>8
	if method&15 != 8 || method>>4 > 7 || (method<<8|flags)%31 != 0 || flags&0x20 != 0 {
		if z.overrun() {
			return z.src.err
		}
		return fmt.Errorf("%w: its data is no zlib stream", ErrCorrupt)
	}
	return nil
}

// fill moves the rest of the input to the front and gets more.
func (z *inflater) fill() {
	rest := copy(z.in, z.in[z.pos:max(z.have, z.pos)])
	z.pos = 0
	z.have = rest + z.src.read(z.in[rest:inSize])
	clear(z.in[z.have : z.have+padding])
}

// low reports whether more input should be had first.
func (z *inflater) low() bool { return z.have-z.pos < inLow && z.src.err == nil }

// overrun reports whether more bits were used than there are.
func (z *inflater) overrun() bool { return z.pos-int(z.n/8) > z.have }

// lastWord is the last place in the input from which a word may be loaded. At the end
// of the input that reaches into the padding: a word is loaded before all of the last is
// used up. Further in, the data has ended too early.
func (z *inflater) lastWord() int {
	if z.src.err != nil {
		return z.have + padding - 8
	}
	return z.have - 8
}

// refill makes at least 56 bits valid. Behind the end of the input they are zero.
func (z *inflater) refill() {
	if z.pos <= z.lastWord() {
		z.acc |= binary.LittleEndian.Uint64(z.in[z.pos:]) << (z.n & 63)
	}
	z.pos += int((63 - z.n) >> 3)
	z.n |= 56
}

func (z *inflater) take(n uint) int {
	v := int(z.acc & (1<<n - 1))
	z.acc >>= n
	z.n -= n
	return v
}

// read fills dst.
func (z *inflater) read(dst []byte) error {
	for {
		n := copy(dst, z.out[z.r:z.w])
		z.r += n
		dst = dst[n:]
		if len(dst) == 0 {
			return nil
		}
		if err := z.more(); err != nil {
			return err
		}
	}
}

// more decompresses some more, after all of it was read.
func (z *inflater) more() error {
	if z.w > window {
		copy(z.out, z.out[z.w-window:z.w])
		z.r, z.w = window, window
	}
	for z.r == z.w {
		if z.low() {
			z.fill()
		}
		var err error
		switch {
		case z.stored > 0:
			err = z.copyStored()
		case z.inBlock:
			err = z.codes()
		case z.final:
			return fmt.Errorf("%w: its data is too short", ErrCorrupt)
		default:
			err = z.header()
		}
		if z.overrun() {
			return z.src.err // whatever the zeros behind the end were taken for
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// header reads a block's header (RFC 1951, 3.2.3).
func (z *inflater) header() error {
	z.refill()
	z.final = z.take(1) == 1
	switch z.take(2) {
	case 0:
		return z.storedHeader()
	case 1:
		var lengths [288]uint8
		for i := range lengths {
			lengths[i] = 8
		}
		for i := 144; i < 256; i++ {
			lengths[i] = 9
		}
		for i := 256; i < 280; i++ {
			lengths[i] = 7
		}
		return z.tables(lengths[:], []uint8{5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5})
	case 2:
		return z.dynamicHeader()
	}
	return fmt.Errorf("%w: a block of an unknown type", ErrCorrupt)
}

func (z *inflater) tables(literal, dist []uint8) error {
	if err := z.literal.build(literal, &literalEntries); err != nil {
		return err
	}
	z.literal.pair()
	z.inBlock = true
	return z.dist.build(dist, &distanceEntries)
}

// storedHeader reads the length of a stored block (RFC 1951, 3.2.4), and gives bytes that are in
// acc back.
func (z *inflater) storedHeader() error {
	z.take(z.n & 7)
	z.refill()
	length, inverse := z.take(16), z.take(16)
	if length^inverse != 0xffff {
		return fmt.Errorf("%w: the length of a stored block", ErrCorrupt)
	}
	z.pos -= int(z.n / 8)
	z.acc, z.n = 0, 0
	z.stored = length
	return nil
}

func (z *inflater) copyStored() error {
	n := copy(z.out[z.w:len(z.out)-outSlack], z.in[min(z.pos, z.have):min(z.pos+z.stored, z.have)])
	if n == 0 {
		return z.src.err
	}
	z.pos += n
	z.w += n
	z.stored -= n
	return nil
}

// dynamicHeader reads the codes of a block (RFC 1951, 3.2.7).
func (z *inflater) dynamicHeader() error {
	order := [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
	literals, dists, codes := z.take(5)+257, z.take(5)+1, z.take(4)+4
	if literals > 286 {
		return fmt.Errorf("%w: %d literal codes", ErrCorrupt, literals)
	}
	var lengths [19]uint8
	for i := range codes {
		if i%16 == 0 {
			z.refill()
		}
		lengths[order[i]] = uint8(z.take(3))
	}
	// The distances' table is free until the lengths are known.
	h := &z.dist
	if err := h.build(lengths[:], &plainEntries); err != nil {
		return err
	}
	var all [286 + 32]uint8
	for i := 0; i < literals+dists; {
		z.refill()
		e := h.fast[z.acc&(1<<fastBits-1)]
		if e == 0 {
			return fmt.Errorf("%w: a code that does not exist", ErrCorrupt)
		}
		z.take(uint(e & 63))
		symbol, repeat := uint8(e>>value), 1
		switch symbol {
		case 16:
			if i == 0 {
				return fmt.Errorf("%w: nothing to repeat", ErrCorrupt)
			}
			symbol, repeat = all[i-1], 3+z.take(2)
		case 17:
			symbol, repeat = 0, 3+z.take(3)
		case 18:
			symbol, repeat = 0, 11+z.take(7)
		}
		if i+repeat > literals+dists {
			return fmt.Errorf("%w: too many code lengths", ErrCorrupt)
		}
		for ; repeat > 0; repeat-- {
			all[i] = symbol
			i++
		}
	}
	return z.tables(all[:literals], all[literals:literals+dists])
}
