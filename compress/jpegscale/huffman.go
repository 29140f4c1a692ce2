package jpegscale

const (
	// lookupBits is the length of the codes, or of codes with the bits behind
	// them, that one look at a table decodes. Longer ones are rare.
	lookupBits = 11
	// skipBits is the same for stepping over several codes at once.
	skipBits = 13
)

// huffman is a table of annex C, made ready for decoding.
//
// The lookups are indexed by the next bits. An entry of 0 means: decode the slow way.
type huffman struct {
	defined bool
	// As the file has them: the number of codes of each length, 1 to 16, and the symbols in the
	// order of their codes.
	counts [16]byte
	order  [256]byte
	// built is set if the following fits the above.
	built bool

	// symbols: length of the code << 8 | symbol.
	symbols [1 << lookupBits]uint16
	// values: value << 16 | run << 10 | length of the code << 6 | length with the value's
	// bits. For an AC table, run is how many coefficients to pass over, endOfBlock for
	// EOB. For a DC table it is 0. A shift of 64 bits looks at no more than the six lowest of
	// its operand, so that the lengths that come last cost nothing to take out.
	values [1 << lookupBits]uint32
	// skips: number of coefficients << 6 | length of all codes. If EOB is the last of them the
	// number has blockEnds added; if there is no code to step over it is noCode. AC only.
	skips [1 << skipBits]uint16
	// For codes of each length: the smallest, the largest, and where their symbols
	// begin in order. A length without codes has largest -1 (F.2.2.3).
	smallest, largest, first [17]int32
}

// endOfBlock is a run that leads out of every block.
const endOfBlock = 63

// Numbers of coefficients in skips that lead out of every block as well. Those before EOB,
// with it, are fewer than 256, the former; the latter is more than both together.
const (
	blockEnds = 256
	noCode    = 768
)

// define takes a table from a file. It is false if there are more codes than bits allow. The
// lookups are left to build, since a file may define tables by the thousand, and are kept if
// the table is the one that was there before, as in most files of a camera.
func (h *huffman) define(counts *[16]byte, order []byte) bool {
	code := 0
	for i, n := range counts {
		code += int(n)
		if code > 2<<i {
			return false
		}
		code <<= 1
	}
	h.defined = true
	h.built = h.built && *counts == h.counts && string(order) == string(h.order[:len(order)])
	h.counts = *counts
	copy(h.order[:], order)
	return true
}

// build makes the lookups (annex C.2).
func (h *huffman) build(dc bool) {
	clear(h.symbols[:])
	code, index := int32(0), int32(0)
	for length := 1; length <= 16; length++ {
		count := int32(h.counts[length-1])
		h.smallest[length], h.first[length] = code, index
		h.largest[length] = code + count - 1
		if count == 0 {
			h.largest[length] = -1
		}
		for range count {
			if length <= lookupBits {
				same := 1 << (lookupBits - length)
				from := int(code) * same
				for i := from; i < from+same; i++ {
					h.symbols[i] = uint16(length)<<8 | uint16(h.order[index])
				}
			}
			code++
			index++
		}
		code <<= 1
	}
	if dc {
		h.addDCValues()
	} else {
		h.addACValues()
		h.addSkips()
	}
	h.built = true
}

func (h *huffman) addDCValues() {
	for i, s := range h.symbols {
		length, size := uint32(s>>8), uint32(s&255)
		h.values[i] = 0
		if s != 0 && length+size <= lookupBits {
			value := extend(uint32(i)>>(lookupBits-length-size), size)
			h.values[i] = uint32(value)<<16 | length<<6 | (length + size)
		}
	}
}

func (h *huffman) addACValues() {
	for i, s := range h.symbols {
		length, run, size := uint32(s>>8), uint32(s>>4&15), uint32(s&15)
		h.values[i] = 0
		switch {
		case s == 0 || length+size > lookupBits:
		case s&255 == 0:
			h.values[i] = endOfBlock<<10 | length<<6 | length
		case size > 0 || run == 15:
			value := extend(uint32(i)>>(lookupBits-length-size), size)
			h.values[i] = uint32(value)<<16 | run<<10 | length<<6 | (length + size)
		}
	}
}

// addSkips finds out how many codes, each with its value, lie within the next bits.
func (h *huffman) addSkips() {
	for i := range h.skips {
		var used, passed uint32
		for {
			s := h.symbols[uint32(i)<<(32-skipBits)<<used>>(32-lookupBits)]
			length := uint32(s>>8) + uint32(s&15)
			if s == 0 || used+length > skipBits || (s&15 == 0 && s&0xf0 != 0 && s&0xf0 != 0xf0) {
				break
			}
			used += length
			passed += uint32(s>>4&15) + 1
			if s&255 == 0 {
				passed += blockEnds
				break
			}
		}
		if used == 0 {
			passed = noCode
		}
		h.skips[i] = uint16(passed<<6 | used)
	}
}

// extend turns size bits, the lowest of v, into the value that they stand for (F.2.2.1).
func extend(v, size uint32) int32 {
	if size == 0 {
		return 0
	}
	v &= 1<<size - 1
	if v < 1<<(size-1) {
		return int32(v) - (1<<size - 1)
	}
	return int32(v)
}

// symbol decodes the code at the top of acc. The length is 0 if there is no such code.
func (h *huffman) symbol(acc uint64) (symbol, length uint) {
	if s := h.symbols[acc>>(64-lookupBits)]; s != 0 {
		return uint(s & 255), uint(s >> 8)
	}
	for length := uint(1); length <= 16; length++ {
		code := int32(acc >> (64 - length))
		if code <= h.largest[length] {
			return uint(h.order[h.first[length]+code-h.smallest[length]]), length
		}
	}
	return 0, 0
}
