package vp8l

import "math/bits"

const (
	maxCodeLength = 15
	rootBits      = 8
)

// entry is what bits are looked up for: a symbol, above 8 bits that hold the length of its code.
type entry uint32

func newEntry(symbol, length int) entry { return entry(symbol<<8 | length) }

func (e entry) bits() uint  { return uint(e & 63) }
func (e entry) symbol() int { return int(e >> 8) }

// prefixCode is a code by tables: the next 8 bits find a symbol in root or, where its code is
// longer, a table behind it. There the entry's symbol is the place of that table in longer, its
// length the bits that are looked up there, plus rootBits.
type prefixCode struct {
	root   *[1 << rootBits]entry
	longer []entry
	// single is set if there is only one symbol, which takes no bits: then its entry is
	// everywhere.
	single bool
}

// find looks up the code that value begins with. The entry's length is that of the whole code.
func (c *prefixCode) find(value uint64) entry {
	e := c.root[uint8(value)]
	if e.bits() > rootBits {
		e = c.find2(value, e)
	}
	return e
}

func (c *prefixCode) find2(value uint64, link entry) entry {
	return c.longer[link.symbol()+int(value>>rootBits)&(1<<(link.bits()-rootBits)-1)]
}

// newPrefixCode makes the canonical code of the given lengths, by symbol (section 3.7.2.1.2). It
// must use all codes that there are, or have a single symbol.
func newPrefixCode(lengths []uint8) (prefixCode, error) {
	var count [maxCodeLength + 1]int
	last := 0
	for symbol, n := range lengths {
		count[n]++
		if n > 0 {
			last = symbol
		}
	}
	used := len(lengths) - count[0]
	switch used {
	case 0:
		return prefixCode{}, corrupt("a prefix code without symbols")
	case 1:
		return singleCode(last), nil
	}
	var next [maxCodeLength + 2]int // the next code of each length
	for n := 1; n <= maxCodeLength; n++ {
		next[n+1] = (next[n] + count[n]) << 1
	}
	if next[maxCodeLength+1] != 1<<(maxCodeLength+1) {
		return prefixCode{}, corrupt("a prefix code that is no complete tree")
	}
	c := prefixCode{root: new([1 << rootBits]entry)}
	c.reserve(lengths, next)
	for symbol, n := range lengths {
		if n > 0 {
			c.put(symbol, int(n), reversed(next[n], int(n)))
			next[n]++
		}
	}
	return c, nil
}

func singleCode(symbol int) prefixCode {
	c := prefixCode{root: new([1 << rootBits]entry), single: true}
	c.put(symbol, 0, 0)
	return c
}

// reversed is a code as it is read: its first bit is the lowest.
func reversed(code, length int) int {
	return int(bits.Reverse16(uint16(code)) >> uint(16-length))
}

// reserve makes the tables for codes that are longer than rootBits.
func (c *prefixCode) reserve(lengths []uint8, next [maxCodeLength + 2]int) {
	var longest [1 << rootBits]uint8
	for _, n := range lengths {
		if n > rootBits {
			prefix := uint8(reversed(next[n], int(n)))
			longest[prefix] = max(longest[prefix], n)
		}
		next[n]++
	}
	size := 0
	for prefix, n := range longest {
		if n > 0 {
			c.root[prefix] = newEntry(size, int(n))
			size += 1 << (n - rootBits)
		}
	}
	c.longer = make([]entry, size)
}

// put enters a symbol wherever the bits begin with its code.
func (c *prefixCode) put(symbol, length, code int) {
	e := newEntry(symbol, length)
	if length <= rootBits {
		for i := code; i < len(c.root); i += 1 << length {
			c.root[i] = e
		}
		return
	}
	link := c.root[uint8(code)]
	size := 1 << (link.bits() - rootBits)
	table := c.longer[link.symbol():][:size]
	for i := code >> rootBits; i < size; i += 1 << (length - rootBits) {
		table[i] = e
	}
}

// codeLengthOrder is the order in which the lengths of the codes for code lengths come (section
// 3.7.2.1.2).
var codeLengthOrder = [...]uint8{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// readPrefixCode reads a code for so many symbols (section 3.7.2.1). If it is not wanted, it is
// read all the same and nothing is made of it.
func (r *bitReader) readPrefixCode(symbols int, wanted bool) (prefixCode, error) {
	if r.flag() {
		return r.readSimpleCode(symbols, wanted)
	}
	var lengths [len(codeLengthOrder)]uint8
	n := 4 + r.read(4)
	if n > len(lengths) {
		return prefixCode{}, corrupt("too many lengths of a prefix code")
	}
	for _, symbol := range codeLengthOrder[:n] {
		lengths[symbol] = uint8(r.read(3))
	}
	code, err := newPrefixCode(lengths[:])
	if err != nil {
		return prefixCode{}, err
	}
	full := make([]uint8, symbols)
	if err := r.readCodeLengths(&code, full); err != nil || !wanted {
		return prefixCode{}, err
	}
	return newPrefixCode(full)
}

// readSimpleCode reads a code of one symbol or two (section 3.7.2.1.1).
func (r *bitReader) readSimpleCode(symbols int, wanted bool) (prefixCode, error) {
	two := r.flag()
	first := 0
	if r.flag() {
		first = r.read(8)
	} else {
		first = r.read(1)
	}
	second := first
	if two {
		second = r.read(8)
	}
	if !wanted {
		return prefixCode{}, nil
	}
	if max(first, second) >= symbols {
		return prefixCode{}, corrupt("a symbol that there is not")
	}
	if !two {
		return singleCode(first), nil
	}
	c := prefixCode{root: new([1 << rootBits]entry)}
	c.put(first, 1, 0)
	c.put(second, 1, 1)
	return c, nil
}

// readCodeLengths fills lengths (section 3.7.2.1.2).
func (r *bitReader) readCodeLengths(code *prefixCode, lengths []uint8) error {
	limit := len(lengths) // of symbols that are read, repetitions counting as one
	if r.flag() {
		n := 2 + 2*r.read(3)
		limit = 2 + r.read(n)
		if limit > len(lengths) {
			return corrupt("more code lengths than symbols")
		}
	}
	last := uint8(8) // the last one that is not zero
	for i := 0; i < len(lengths) && limit > 0; limit-- {
		v, repeat := uint8(0), 1
		switch symbol := r.symbol(code); symbol {
		case 16:
			v, repeat = last, 3+r.read(2)
		case 17:
			repeat = 3 + r.read(3)
		case 18:
			repeat = 11 + r.read(7)
		default:
			v = uint8(symbol)
			if v != 0 {
				last = v
			}
		}
		if repeat > len(lengths)-i {
			return corrupt("more code lengths than symbols")
		}
		for range repeat {
			lengths[i] = v
			i++
		}
	}
	return nil
}
