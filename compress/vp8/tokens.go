package vp8

import "math/bits"

// Blocks of coefficients come in four kinds, with probabilities of their own (section 13.3).
const (
	lumaWithoutDC = iota // the first coefficient is in a block of the next kind
	lumaDC               // the first coefficients of the 16 luma blocks
	chroma
	luma
	blockKinds
)

const (
	bandCount  = 8
	contexts   = 3
	tokenNodes = 11
)

type tokenProbs [blockKinds][bandCount][contexts][tokenNodes]uint8

// positionProbs are the probabilities of a kind of block by the coefficient's position instead of
// its band. Behind the last position comes one that is looked up but not used. 16 where 11 are used
// make the address a shift.
type positionProbs [17][contexts][16]uint8

// bandOf is the band of a position (section 13.3).
var bandOf = [17]uint8{0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0}

// zigzag is the place of a position in its block of 4 x 4 (section 13).
var zigzag = [16]uint8{0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15}

// readTokenProbs reads section 9.9.
func (d *Decoder) readTokenProbs(r *boolReader) {
	probs := defaultTokenProbs
	for kind := range probs {
		for band := range probs[kind] {
			for context := range probs[kind][band] {
				for node := range probs[kind][band][context] {
					if r.bool(tokenUpdateProbs[kind][band][context][node]) {
						probs[kind][band][context][node] = uint8(r.literal(8))
					}
				}
			}
		}
		for position, band := range bandOf {
			for context, nodes := range probs[kind][band] {
				copy(d.probs[kind][position][context][:], nodes[:])
			}
		}
	}
}

// readBlock reads the coefficients of a block (section 13.2) from position first on, multiplies
// them and puts them in their places in out, which is zero before. It returns the position after
// the last one, 0 if there is none.
//
// This is where most of the time goes, and so the reader's state is in variables and its method
// bool is written out, for each node of the tree that decides something often. A turn of the loop
// takes 23 bits at most, and minBits have to be left.
func (r *boolReader) readBlock(probs *positionProbs, context, first int, q factors, out *[16]int16) int {
	const enough = 32
	p := &probs[first&15][context]
	if !r.bool(p[0]) { // nothing but an end
		return 0
	}
	if r.bits < enough {
		r.fill()
	}
	value, rng, count := r.value, r.rng, r.bits
	factor := q.dc
	if first > 0 {
		factor = q.ac
	}
	i := first
	for {
		// Node 1: is it a zero? After a zero there is no end.
		split, big := splitAt(rng, p[1])
		if value < big {
			value, rng, count = normalize(value, split, count)
			i++
			if i >= 16 {
				break
			}
			p = &probs[i][0]
			factor = q.ac
			if count < enough {
				value, count = r.more(value, count)
			}
			continue
		}
		value, rng, count = normalize(value-big, rng-split, count)

		// Node 2: is it a one?
		v := int32(1)
		next := &probs[i+1][1]
		split, big = splitAt(rng, p[2])
		if value < big {
			value, rng, count = normalize(value, split, count)
		} else {
			r.value, r.rng, r.bits = normalize(value-big, rng-split, count)
			v = r.readLarge(p)
			value, rng, count = r.value, r.rng, r.bits
			next = &probs[i+1][2]
		}
		p = next

		// The sign has even odds, no processor can foresee it: without a branch. The masks
		// are all ones for minus.
		split = (rng + 1) >> 1
		big = uint64(split) << 56
		_, below := bits.Sub64(value, big, 0)
		minus := below - 1
		value, rng, count = normalize(value-big&minus, split+(rng-2*split)&uint32(minus), count)
		out[zigzag[i]] = int16((v*factor ^ int32(minus)) - int32(minus))

		i++
		if i >= 16 {
			break
		}
		factor = q.ac
		if count < enough {
			value, count = r.more(value, count)
		}
		// Node 0: is it the end?
		split, big = splitAt(rng, p[0])
		if value < big {
			value, rng, count = normalize(value, split, count)
			break
		}
		value, rng, count = normalize(value-big, rng-split, count)
	}
	r.value, r.rng, r.bits = value, rng, count
	return i
}

// splitAt divides a range by a probability; big is the split where the value can be compared with
// it.
func splitAt(rng uint32, prob uint8) (split uint32, big uint64) {
	split = 1 + ((rng-1)*uint32(prob))>>8
	return split, uint64(split) << 56
}

// normalize shifts value and range until the range is at least 128 again.
func normalize(value uint64, rng uint32, count int) (uint64, uint32, int) {
	shift := normShift[uint8(rng)]
	return value << (shift & 63), uint32(normRange[uint8(rng)]), count - int(shift)
}

// more is fill for a state in variables.
func (r *boolReader) more(value uint64, count int) (uint64, int) {
	r.value, r.bits = value, count
	r.fill()
	return r.value, r.bits
}

// readLarge reads the size of a coefficient that is neither 0 nor 1, from node 3 of the tree on,
// and leaves bits for what follows.
func (r *boolReader) readLarge(p *[16]uint8) int32 {
	v := r.largeValue(p)
	r.fill()
	return int32(v)
}

// extraBits are the probabilities of the extra bits of categories 3 to 6, from the highest on.
var extraBits = [4][]uint8{
	{173, 148, 140},
	{176, 155, 140, 135},
	{180, 157, 141, 134, 130},
	{254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129},
}

func (r *boolReader) largeValue(p *[16]uint8) int {
	if !r.bool(p[3]) {
		if !r.bool(p[4]) {
			return 2
		}
		return 3 + r.bit(p[5])
	}
	if !r.bool(p[6]) {
		if !r.bool(p[7]) {
			return 5 + r.bit(159)
		}
		v := 7 + 2*r.bit(165)
		return v + r.bit(145)
	}
	category := 2 * r.bit(p[8])
	category += r.bit(p[9+category/2])
	v := 0
	for _, prob := range extraBits[category] {
		v = v<<1 | r.bit(prob)
	}
	return v + 3 + 8<<category
}

// nonzero says which blocks of a macroblock have coefficients, along its lower or right edge: four
// of luma, two and two of chroma, and the one of kind lumaDC. They are the contexts of the blocks
// below or to the right.
type nonzero [9]uint8

// readCoefficients reads the coefficients of a macroblock (section 13.1) into d.coeffs and sets
// d.ends. It reports whether there are any.
func (d *Decoder) readCoefficients(r *boolReader, m *macroblock, above, left *nonzero) bool {
	q := &d.quantizers[m.segment]
	kind, first := luma, 0
	any := 0
	if !m.inSubblock {
		var dc [16]int16
		end := r.readBlock(&d.probs[lumaDC], int(above[8]+left[8]), 0, q.y2, &dc)
		mark(&above[8], &left[8], end)
		if end > 0 {
			inverseWHT(&dc, &d.coeffs)
		}
		kind, first = lumaWithoutDC, 1
	}
	probs := &d.probs[kind]
	for i := range 16 {
		a, l := &above[i&3], &left[i>>2]
		end := r.readBlock(probs, int(*a+*l), first, q.y1, &d.coeffs[i])
		mark(a, l, end)
		if end == 0 && d.coeffs[i][0] != 0 {
			end = 1 // from the block of kind lumaDC
		}
		d.ends[i] = uint8(end)
		any |= end
	}
	probs = &d.probs[chroma]
	for i := range 8 {
		edge := 4 + i>>2*2
		a, l := &above[edge+i&1], &left[edge+i>>1&1]
		end := r.readBlock(probs, int(*a+*l), 0, q.uv, &d.coeffs[16+i])
		mark(a, l, end)
		d.ends[16+i] = uint8(end)
		any |= end
	}
	return any != 0
}

func mark(above, left *uint8, end int) {
	n := uint8(0)
	if end > 0 {
		n = 1
	}
	*above, *left = n, n
}
