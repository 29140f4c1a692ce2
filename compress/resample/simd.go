//go:build goexperiment.simd && amd64

package resample

import "simd/archsimd"

// vectors says whether rows are scaled by vector instructions: on processors with AVX2.
var vectors = archsimd.X86.AVX2()

// lanes is how many samples the vector code takes at once.
const lanes = 16

// simdWeights are a kernel's weights as the vector code wants them: the taps of
// each destination sample padded with zeros to whole vectors.
type simdWeights struct {
	taps int
	w    []int16
}

func newSIMDWeights(k *kernel) simdWeights {
	if !vectors {
		return simdWeights{}
	}
	s := simdWeights{taps: (k.taps + lanes - 1) / lanes * lanes}
	s.w = make([]int16, len(k.start)*s.taps)
	for i := range k.start {
		copy(s.w[i*s.taps:], k.w[i*k.taps:(i+1)*k.taps])
	}
	return s
}

// toBytes saturates sums of two vectors, whose halves lie crosswise as
// SaturateToInt16ConcatGrouped and InterleaveGrouped leave them, to sixteen bytes.
func toBytes(lo, hi archsimd.Int32x8) archsimd.Uint8x16 {
	zero, most := archsimd.BroadcastInt16x16(0), archsimd.BroadcastInt16x16(255)
	v := lo.ShiftAllRight(weightBits).SaturateToInt16ConcatGrouped(hi.ShiftAllRight(weightBits)).Max(zero).Min(most)
	even := archsimd.LoadInt8x16(&evenBytes)
	// Each half holds eight samples in the even bytes of its words.
	a, b := v.GetLo().AsUint8x16().PermuteOrZero(even), v.GetHi().AsUint8x16().PermuteOrZero(even)
	return a.AsUint64x2().InterleaveLo(b.AsUint64x2()).AsUint8x16()
}

var evenBytes = [16]int8{0, 2, 4, 6, 8, 10, 12, 14, -1, -1, -1, -1, -1, -1, -1, -1}

// vertical is verticalWords for processors with AVX2, to the bit: both add up the same
// products in 32 bits.
func vertical(dst []byte, rows [][]byte, w []int16) {
	n := len(dst)
	if !vectors || n < lanes {
		verticalWords(dst, 1, n, rows, w)
		return
	}
	for _, r := range rows {
		_ = r[n-1]
	}
	for x := 0; ; x += lanes {
		if x+lanes > n {
			if x >= n {
				break
			}
			x = n - lanes // the last vector overlaps
		}
		lo, hi := archsimd.BroadcastInt32x8(half), archsimd.BroadcastInt32x8(half)
		t := 0
		for ; t+2 <= len(w); t += 2 {
			a := archsimd.LoadUint8x16((*[lanes]uint8)(rows[t][x:])).ExtendToUint16().AsInt16x16()
			b := archsimd.LoadUint8x16((*[lanes]uint8)(rows[t+1][x:])).ExtendToUint16().AsInt16x16()
			pair := archsimd.BroadcastInt32x8(int32(w[t+1])<<16 | int32(uint16(w[t]))).AsInt16x16()
			lo = lo.Add(a.InterleaveLoGrouped(b).DotProductPairs(pair))
			hi = hi.Add(a.InterleaveHiGrouped(b).DotProductPairs(pair))
		}
		if t < len(w) {
			a := archsimd.LoadUint8x16((*[lanes]uint8)(rows[t][x:])).ExtendToUint16().AsInt16x16()
			var b archsimd.Int16x16
			single := archsimd.BroadcastInt32x8(int32(uint16(w[t]))).AsInt16x16()
			lo = lo.Add(a.InterleaveLoGrouped(b).DotProductPairs(single))
			hi = hi.Add(a.InterleaveHiGrouped(b).DotProductPairs(single))
		}
		toBytes(lo, hi).Store((*[lanes]uint8)(dst[x:]))
	}
	archsimd.ClearAVXUpperBits()
}

// horizontal does what horizontalWords does, for one row, to the bit. It reads up to lanes-1
// bytes of the row's slack, which meet weights of zero. It is only called where vectors is true.
func horizontal(dst, row []byte, k *kernel) {
	s := k.simd
	bias := archsimd.BroadcastInt32x4(half)
	var out [lanes]uint8
	for x := 0; x < len(dst); x += 4 {
		var sums [4]archsimd.Int32x8
		for j := range 4 {
			i := min(x+j, len(dst)-1)
			from := int(k.start[i])
			samples, weights := row[from:from+s.taps], s.w[i*s.taps:(i+1)*s.taps]
			sums[j] = products(samples, weights)
			for t := lanes; t < len(weights); t += lanes {
				sums[j] = sums[j].Add(products(samples[t:], weights[t:]))
			}
		}
		r := sums[0].AddPairsGrouped(sums[1]).AddPairsGrouped(sums[2].AddPairsGrouped(sums[3]))
		q := r.GetLo().Add(r.GetHi()).Add(bias).ShiftAllRight(weightBits)
		v := q.SaturateToInt16Concat(q).Max(archsimd.BroadcastInt16x8(0)).Min(archsimd.BroadcastInt16x8(255))
		v.AsUint8x16().PermuteOrZero(archsimd.LoadInt8x16(&evenBytes)).Store(&out)
		copy(dst[x:], out[:4])
	}
	archsimd.ClearAVXUpperBits()
}

func products(samples []byte, weights []int16) archsimd.Int32x8 {
	a := archsimd.LoadUint8x16((*[lanes]uint8)(samples)).ExtendToUint16().AsInt16x16()
	return a.DotProductPairs(archsimd.LoadInt16x16((*[lanes]int16)(weights)))
}
