//go:build goexperiment.simd && amd64

package resample

import (
	"encoding/binary"
	"simd/archsimd"
)

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
//
// Its loop calls nothing and keeps no vector of 128 bits for long: the compiler would spill one
// with an instruction without VEX prefix, which costs many Intel processors some 70 cycles each way
// as long as the upper halves of vector registers are in use.
func horizontal(dst, row []byte, k *kernel) {
	taps, w, start := k.simd.taps, k.simd.w, k.start[:len(dst)]
	for x := 0; x < len(dst); x += 4 {
		last := len(dst) - 1
		i1, i2, i3 := min(x+1, last), min(x+2, last), min(x+3, last)
		r0, w0 := row[start[x]:], w[x*taps:]
		r1, w1 := row[start[i1]:], w[i1*taps:]
		r2, w2 := row[start[i2]:], w[i2*taps:]
		r3, w3 := row[start[i3]:], w[i3*taps:]
		a, b, c, d := products(r0, w0), products(r1, w1), products(r2, w2), products(r3, w3)
		for t := lanes; t < taps; t += lanes {
			a, b = a.Add(products(r0[t:], w0[t:])), b.Add(products(r1[t:], w1[t:]))
			c, d = c.Add(products(r2[t:], w2[t:])), d.Add(products(r3[t:], w3[t:]))
		}
		r := a.AddPairsGrouped(b).AddPairsGrouped(c.AddPairsGrouped(d))
		q := r.GetLo().Add(r.GetHi()).Add(archsimd.BroadcastInt32x4(half)).ShiftAllRight(weightBits)
		v := q.SaturateToInt16Concat(q).Max(archsimd.BroadcastInt16x8(0)).Min(archsimd.BroadcastInt16x8(255))
		out := v.AsUint8x16().PermuteOrZero(archsimd.LoadInt8x16(&evenBytes)).AsUint32x4().GetElem(0)
		if x+4 <= len(dst) {
			binary.LittleEndian.PutUint32(dst[x:], out)
			continue
		}
		for ; x < len(dst); x++ {
			dst[x] = byte(out)
			out >>= 8
		}
	}
	archsimd.ClearAVXUpperBits()
}

func products(samples []byte, weights []int16) archsimd.Int32x8 {
	a := archsimd.LoadUint8x16((*[lanes]uint8)(samples)).ExtendToUint16().AsInt16x16()
	return a.DotProductPairs(archsimd.LoadInt16x16((*[lanes]int16)(weights)))
}
