package jpegenc

import (
	"encoding/binary"
	"math/bits"
)

// symbol is a Huffman symbol with the bits that follow it: the table's number in
// bits 24 and up, the symbol in bits 16 to 23, the further bits below. How many there are is
// in the symbol's lower half, for DC and AC alike.
type symbol uint32

func newSymbol(table int, value, extra uint32) symbol {
	return symbol(uint32(table)<<24 | value<<16 | extra)
}

// counts is how often each symbol of a table occurs.
type counts [256]uint32

// symbolize appends the symbols of e.coeff, whose bits of nonzero say where there is anything
// (ITU-T T.81, F.1.2).
func (e *encoder) symbolize(nonzero uint64, component, dcTable, acTable int) {
	difference := e.coeff[0] - e.dc[component]
	e.dc[component] = e.coeff[0]
	size, extra := magnitude(difference)
	e.counts[dcTable][size]++
	s := append(e.symbols, newSymbol(dcTable, size, extra))

	var order uint64 // nonzero in zigzag order
	for rest := nonzero &^ 1; rest != 0; rest &= rest - 1 {
		order |= 1 << (zigzagOf[bits.TrailingZeros64(rest)] & 63)
	}
	ac := &e.counts[acTable]
	last := 0
	for order != 0 {
		k := bits.TrailingZeros64(order)
		order &= order - 1
		run := k - last - 1
		last = k
		for ; run > 15; run -= 16 {
			const sixteenZeros = 0xf0
			ac[sixteenZeros]++
			s = append(s, newSymbol(acTable, sixteenZeros, 0))
		}
		size, extra := magnitude(e.coeff[columnOf[k&63]&63])
		value := uint32(run)<<4 | size
		ac[value&255]++
		s = append(s, newSymbol(acTable, value, extra))
	}
	if last != 63 {
		const endOfBlock = 0
		ac[endOfBlock]++
		s = append(s, newSymbol(acTable, endOfBlock, 0))
	}
	e.symbols = s
}

// magnitude is the size category of a value and the bits that tell it apart within
// (ITU-T T.81, F.1.2.1): of a negative value, the one's complement.
func magnitude(v int32) (size, extra uint32) {
	sign := v >> 31
	size = uint32(bits.Len32(uint32((v ^ sign) - sign)))
	return size, uint32(v+sign) & (1<<size - 1)
}

// codeTable holds code and length of each symbol: code<<8 | length.
type codeTable [256]uint32

// appendBits writes symbols as codes, with a zero after each 0xff (ITU-T T.81, F.1.2.3),
// and fills the last byte with ones.
func appendBits(out []byte, symbols []symbol, tables *[4]codeTable) []byte {
	var acc uint64 // the lower n bits are still to be written
	var n uint
	for _, s := range symbols {
		code := tables[s>>24&3][s>>16&255]
		size := uint(s>>16) & 15
		length := uint(code & 255)
		acc = acc<<length | uint64(code>>8)
		acc = acc<<size | uint64(s&0xffff)
		n += length + size // at most 31 more
		if n >= 32 {
			n -= 32
			word := uint32(acc >> n)
			// Is there a byte of 0xff? Such a byte, and only such one, is zero when
			// inverted.
			if inv := ^word; (inv-0x01010101)&word&0x80808080 == 0 {
				out = binary.BigEndian.AppendUint32(out, word)
				continue
			}
			out = appendStuffed(out, word)
		}
	}
	fill := (8 - n%8) % 8
	acc = acc<<fill | (1<<fill - 1)
	n += fill
	for n > 0 {
		n -= 8
		out = append(out, byte(acc>>n))
		if byte(acc>>n) == 0xff {
			out = append(out, 0)
		}
	}
	return out
}

func appendStuffed(out []byte, word uint32) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		b := byte(word >> shift)
		out = append(out, b)
		if b == 0xff {
			out = append(out, 0)
		}
	}
	return out
}
