package jpegenc

// huffmanSpec is a Huffman table as the file has it: how many codes there are of each length,
// and their symbols, shortest first.
type huffmanSpec struct {
	lengths [16]byte
	values  []byte
}

// optimal makes the table with the shortest output (ITU-T T.81, K.2), with codes of at
// most 16 bits of which none is all ones.
func (c *counts) optimal() huffmanSpec {
	// The extra symbol takes the code that is all ones.
	const extra = 256
	var freq [257]uint32
	copy(freq[:], c[:])
	freq[extra] = 1

	var size [257]int
	var next [257]int // chains the symbols of a subtree
	var live []int
	for i, f := range freq {
		next[i] = -1
		if f > 0 {
			live = append(live, i)
		}
	}
	for len(live) > 1 {
		a := takeLeast(&live, &freq)
		b := takeLeast(&live, &freq)
		freq[a] += freq[b]
		tail := a
		for size[a]++; next[tail] >= 0; size[tail]++ {
			tail = next[tail]
		}
		next[tail] = b
		for i := b; i >= 0; i = next[i] {
			size[i]++
		}
		live = append(live, a)
	}
	return limited(size)
}

// takeLeast removes the symbol with the lowest frequency; of equal ones the largest, so that
// the extra symbol gets the longest code.
func takeLeast(live *[]int, freq *[257]uint32) int {
	l := *live
	best := 0
	for i, s := range l {
		if f, least := freq[s], freq[l[best]]; f < least || f == least && s > l[best] {
			best = i
		}
	}
	s := l[best]
	l[best] = l[len(l)-1]
	*live = l[:len(l)-1]
	return s
}

// limited makes a table of code lengths, and shortens those above 16 bits (ITU-T T.81, figure K.3).
func limited(size [257]int) huffmanSpec {
	var number [258]int // of codes by length
	for _, n := range size {
		number[n]++
	}
	number[0] = 0
	for i := len(number) - 1; i > 16; i-- {
		for number[i] > 0 {
			// A pair goes: its prefix becomes one code, and a shorter code becomes the
			// prefix of two.
			j := i - 2
			for number[j] == 0 {
				j--
			}
			number[i] -= 2
			number[i-1]++
			number[j+1] += 2
			number[j]--
		}
	}
	for i := 16; i > 0; i-- {
		if number[i] > 0 {
			number[i]-- // the extra symbol's code
			break
		}
	}
	var spec huffmanSpec
	for i := range spec.lengths {
		spec.lengths[i] = byte(number[i+1])
	}
	for n := 1; n < len(number); n++ {
		for s, have := range size[:256] {
			if have == n {
				spec.values = append(spec.values, byte(s))
			}
		}
	}
	return spec
}

// codes assigns the codes (ITU-T T.81, C.2).
func (s huffmanSpec) codes() codeTable {
	var t codeTable
	code, k := uint32(0), 0
	for i, n := range s.lengths {
		for range n {
			t[s.values[k]] = code<<8 | uint32(i+1)
			code++
			k++
		}
		code <<= 1
	}
	return t
}
