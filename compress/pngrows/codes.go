package pngrows

import (
	"encoding/binary"
	"fmt"
)

// codes decompresses codes of the current block until it ends, the output is full or
// the input is low. All that it needs is in local variables, for the registers' sake.
func (z *inflater) codes() error {
	in, pos, acc, n := z.in, z.pos, z.acc, z.n
	out, w := z.out, z.w
	lits, dists := &z.literal, &z.dist
	outEnd, inEnd := len(out)-outSlack, z.lastWord()
	const mask = 1<<fastBits - 1
	for w < outEnd && pos <= inEnd {
		acc |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
		pos += int((63 - n) >> 3)
		n |= 56

		// Up to four literals or pairs of them, of at most 11 bits, before the next refill.
		e := lits.fast[acc&mask]
		for i := 0; i < 3 && e>>literals&3 != 0; i++ {
			o := out[w : w+2 : w+2]
			o[0], o[1] = byte(e>>value), byte(e>>(value+8))
			w += int(e >> literals & 3)
			acc >>= e & 63
			n -= uint(e & 63)
			e = lits.fast[acc&mask]
		}
		if e>>literals&3 != 0 {
			o := out[w : w+2 : w+2]
			o[0], o[1] = byte(e>>value), byte(e>>(value+8))
			w += int(e >> literals & 3)
			acc >>= e & 63
			n -= uint(e & 63)
			continue
		}
		// 15 bits and 5 more for a length, 15 and 13 more for its distance.
		if n < 48 {
			if pos > inEnd {
				break // more input first; nothing of this code has been used up
			}
			acc |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
			pos += int((63 - n) >> 3)
			n |= 56
		}
		if e == 0 {
			if e = lits.slow(acc); e == 0 {
				return fmt.Errorf("%w: a code that does not exist", ErrCorrupt)
			}
		}
		acc >>= e & 63
		n -= uint(e & 63)
		if e>>literals&3 != 0 {
			out[w] = byte(e >> value)
			w++
			continue
		}
		if e&endOfBlock != 0 {
			z.inBlock = false
			break
		}
		more := e >> extra & 31
		length := int(e>>value) + int(acc&(1<<more-1))
		acc >>= more
		n -= uint(more)

		e = dists.fast[acc&mask]
		if e == 0 {
			if e = dists.slow(acc); e == 0 {
				return fmt.Errorf("%w: a code that does not exist", ErrCorrupt)
			}
		}
		acc >>= e & 63
		n -= uint(e & 63)
		more = e >> extra & 31
		distance := int(e>>value) + int(acc&(1<<more-1))
		acc >>= more
		n -= uint(more)
		if distance > w || length == 0 || e>>value == 0 {
			return fmt.Errorf("%w: a match before the beginning", ErrCorrupt)
		}
		w = repeat(out, w, distance, length)
	}
	z.pos, z.acc, z.n, z.w = pos, acc, n, w
	if z.src.err != nil && pos > inEnd {
		return z.src.err
	}
	return nil
}

// repeat copies length bytes from distance back to w on, which may overlap, and returns
// where they end. It may write up to seven bytes more.
func repeat(out []byte, w, distance, length int) int {
	end := w + length
	if distance >= 8 {
		for from := w - distance; w < end; from, w = from+8, w+8 {
			binary.LittleEndian.PutUint64(out[w:], binary.LittleEndian.Uint64(out[from:]))
		}
		return end
	}
	for ; w < end; w++ {
		out[w] = out[w-distance]
	}
	return end
}
