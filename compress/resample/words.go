package resample

// Without vector instructions two samples share one multiplication of 64 bits: each
// has a lane of 32, of which its product with a weight takes 23. A negative sum would borrow from
// the lane above, so each lane begins with a bias; after that, arithmetic modulo 2^64 is exact.
const (
	laneMask = 0x000000ff_000000ff // every fourth byte of a word
	bias     = 1 << 16             // in result units; sums stay far below
	laneInit = (bias<<weightBits + half) * 0x1_00000001
)

// batch is how many samples a word holds, and so how many rows are scaled along at once.
const batch = 8

// lane takes a result out of a lane.
func lane(sum uint32) byte { return clamp(int32(sum>>weightBits) - bias) }

// verticalWords makes n samples, each the weighted sum of a column of rows, at every stride-th
// byte of dst.
func verticalWords(dst []byte, stride, n int, rows [][]byte, w []int16) {
	if n < batch {
		verticalSamples(dst, stride, n, rows, w)
		return
	}
	for x := 0; x < n; x += batch {
		x = min(x, n-batch) // the last word overlaps
		a, b, c, d := sumRows(rows, x, w)
		out := dst[x*stride : (x+batch-1)*stride+1]
		out[0], out[4*stride] = lane(uint32(a)), lane(uint32(a>>32))
		out[stride], out[5*stride] = lane(uint32(b)), lane(uint32(b>>32))
		out[2*stride], out[6*stride] = lane(uint32(c)), lane(uint32(c>>32))
		out[3*stride], out[7*stride] = lane(uint32(d)), lane(uint32(d>>32))
	}
}

// verticalSamples is verticalWords for rows shorter than a word.
func verticalSamples(dst []byte, stride, n int, rows [][]byte, w []int16) {
	for x := range n {
		sum := int32(half)
		for t, row := range rows[:len(w)] {
			sum += int32(w[t]) * int32(row[x])
		}
		dst[x*stride] = clamp(sum >> weightBits)
	}
}

// horizontalWords scales up to batch rows along. They lie side by side: column x of all of them is
// the word at columns[x*batch:].
func horizontalWords(dst [][]byte, columns []byte, k *kernel) {
	var out [batch]byte
	for x, start := range k.start {
		a, b, c, d := sumWords(columns, int(start)*batch, k.w[x*k.taps:(x+1)*k.taps])
		out[0], out[4] = lane(uint32(a)), lane(uint32(a>>32))
		out[1], out[5] = lane(uint32(b)), lane(uint32(b>>32))
		out[2], out[6] = lane(uint32(c)), lane(uint32(c>>32))
		out[3], out[7] = lane(uint32(d)), lane(uint32(d>>32))
		for i, row := range dst {
			row[x] = out[i]
		}
	}
}

// sumRows adds up words at the same place in rows, times their weights: two at a time, which
// leaves the processor more to do at once.
func sumRows(rows [][]byte, x int, w []int16) (a, b, c, d uint64) {
	a, b, c, d = laneInit, laneInit, laneInit, laneInit
	rows = rows[:len(w)]
	t := 0
	for ; t+1 < len(w); t += 2 {
		u, f := word(rows[t], x), uint64(w[t])
		v, g := word(rows[t+1], x), uint64(w[t+1])
		a += (u&laneMask)*f + (v&laneMask)*g
		b += (u>>8&laneMask)*f + (v>>8&laneMask)*g
		c += (u>>16&laneMask)*f + (v>>16&laneMask)*g
		d += (u>>24&laneMask)*f + (v>>24&laneMask)*g
	}
	if t < len(w) {
		u, f := word(rows[t], x), uint64(w[t])
		a += (u & laneMask) * f
		b += (u >> 8 & laneMask) * f
		c += (u >> 16 & laneMask) * f
		d += (u >> 24 & laneMask) * f
	}
	return a, b, c, d
}

// sumWords adds up words that follow each other from at on, times their weights.
func sumWords(words []byte, at int, w []int16) (a, b, c, d uint64) {
	a, b, c, d = laneInit, laneInit, laneInit, laneInit
	t := 0
	for ; t+1 < len(w); t += 2 {
		u, f := word(words, at), uint64(w[t])
		v, g := word(words, at+batch), uint64(w[t+1])
		at += 2 * batch
		a += (u&laneMask)*f + (v&laneMask)*g
		b += (u>>8&laneMask)*f + (v>>8&laneMask)*g
		c += (u>>16&laneMask)*f + (v>>16&laneMask)*g
		d += (u>>24&laneMask)*f + (v>>24&laneMask)*g
	}
	if t < len(w) {
		u, f := word(words, at), uint64(w[t])
		a += (u & laneMask) * f
		b += (u >> 8 & laneMask) * f
		c += (u >> 16 & laneMask) * f
		d += (u >> 24 & laneMask) * f
	}
	return a, b, c, d
}

// word is binary.LittleEndian.Uint64(b[i:]), with fewer instructions for the slicing.
func word(b []byte, i int) uint64 {
	b = b[i : i+batch : i+batch]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}
