package pngrows

import (
	"fmt"
	"math/bits"
)

const (
	maxCode  = 15 // bits of the longest code (RFC 1951, 3.2.7)
	fastBits = 11 // codes up to this length, and pairs of literals, take one look into a table
)

// entry is what a table says of the next bits:
//
//	bits 0-5   how many of them are used up; 0 for codes that are longer than fastBits
//	bits 6-7   how many literals they are; 0 for a length, a distance or the end of the block
//	bits 8-12  how many extra bits follow
//	bit 13     the end of the block
//	bits 16-31 the literals, the first lowest; or the base of the length or distance
type entry uint32

const (
	literals   = 6 // shift
	extra      = 8
	endOfBlock = 1 << 13
	value      = 16
)

// huffman is a code, with the tables to read it.
type huffman struct {
	fast    [1 << fastBits]entry
	count   [maxCode + 1]uint16 // codes by length
	symbols [288]uint16         // in the order of their codes
	entries *[288]entry         // what each symbol means
}

// build makes the tables of a code from its lengths (RFC 1951, 3.2.2).
func (h *huffman) build(lengths []uint8, entries *[288]entry) error {
	h.entries = entries
	h.count = [maxCode + 1]uint16{}
	for _, n := range lengths {
		h.count[n]++
	}
	h.count[0] = 0
	left := 1 // codes still free at this length
	var next [maxCode + 2]uint16
	var code [maxCode + 1]uint32
	for n := 1; n <= maxCode; n++ {
		left = left*2 - int(h.count[n])
		if left < 0 {
			return fmt.Errorf("%w: more codes than there is room for", ErrCorrupt)
		}
		next[n+1] = next[n] + h.count[n]
		if n < maxCode {
			code[n+1] = (code[n] + uint32(h.count[n])) << 1
		}
	}
	clear(h.fast[:])
	for s, n := range lengths {
		if n == 0 {
			continue
		}
		h.symbols[next[n]] = uint16(s)
		next[n]++
		if n <= fastBits {
			// Codes come highest bit first, all else lowest bit first.
			first := bits.Reverse16(uint16(code[n])) >> (16 - n)
			for i := int(first); i < len(h.fast); i += 1 << n {
				h.fast[i] = entries[s] | entry(n)
			}
		}
		code[n]++
	}
	return nil
}

// pair makes one entry of two literals wherever both fit into fastBits.
func (h *huffman) pair() {
	// From above: the entry of what follows has fewer bits to go by, so a lower index, and is
	// still single.
	for i := len(h.fast) - 1; i >= 0; i-- {
		a := h.fast[i]
		if a>>literals&3 != 1 {
			continue
		}
		n := a & 63
		b := h.fast[i>>n]
		if b>>literals&3 == 1 && n+b&63 <= fastBits {
			h.fast[i] = 2<<literals | (n + b&63) | a>>value<<value | b>>value<<(value+8)
		}
	}
}

// slow reads a code of any length bit by bit. The entry is 0 if there is no such code.
func (h *huffman) slow(word uint64) entry {
	code, first, index := 0, 0, 0
	for n := 1; n <= maxCode; n++ {
		code |= int(word & 1)
		word >>= 1
		count := int(h.count[n])
		if code-first < count {
			return h.entries[h.symbols[index+code-first]] | entry(n)
		}
		index += count
		first = (first + count) << 1
		code <<= 1
	}
	return 0
}

// The meanings of the symbols (RFC 1951, 3.2.5).
var literalEntries, distanceEntries, plainEntries = func() (lit, dist, plain [288]entry) {
	for i := range plain {
		plain[i] = entry(i) << value
	}
	for i := range 256 {
		lit[i] = 1<<literals | entry(i)<<value
	}
	lit[256] = endOfBlock
	base := 3
	for i := range 28 {
		more := max(i/4-1, 0)
		lit[257+i] = entry(more)<<extra | entry(base)<<value
		base += 1 << more
	}
	lit[285] = 258 << value
	base = 1
	for i := range 30 {
		more := max(i/2-1, 0)
		dist[i] = entry(more)<<extra | entry(base)<<value
		base += 1 << more
	}
	return lit, dist, plain
}()
