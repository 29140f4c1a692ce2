//go:build goexperiment.simd && amd64

package jpegenc

import "simd/archsimd"

// hasAVX2 is asked once: the question costs more than a row.
var hasAVX2 = archsimd.X86.AVX2()

// transform is transformScalar for processors with AVX2, to the bit.
func transform(coeff *[64]int32, src []byte, stride int, reciprocal *[64]float32) (nonzero uint64) {
	if !hasAVX2 || len(src) < 7*stride+16 {
		return transformScalar(coeff, src, stride, reciprocal)
	}
	level := archsimd.BroadcastFloat32x8(128)
	load := func(y int) archsimd.Float32x8 {
		// Sixteen bytes are read and eight of them used; the caller's slice is long enough.
		row := (*[16]uint8)(src[y*stride:])
		return archsimd.LoadUint8x16(row).ExtendLo8ToUint32().AsInt32x8().ConvertToFloat32().Sub(level)
	}
	r0, r1, r2, r3, r4, r5, r6, r7 := dctRows(load(0), load(1), load(2), load(3), load(4), load(5), load(6), load(7))
	r0, r1, r2, r3, r4, r5, r6, r7 = transpose(r0, r1, r2, r3, r4, r5, r6, r7)
	r0, r1, r2, r3, r4, r5, r6, r7 = dctRows(r0, r1, r2, r3, r4, r5, r6, r7)

	bias, unbias := archsimd.BroadcastFloat32x8(round+0.5), archsimd.BroadcastInt32x8(round)
	var zero archsimd.Int32x8
	quantize := func(r archsimd.Float32x8, i int) uint64 {
		q := r.Mul(archsimd.LoadFloat32x8((*[8]float32)(reciprocal[i:]))).Add(bias).ConvertToInt32().Sub(unbias)
		q.Store((*[8]int32)(coeff[i:]))
		return uint64(^q.Equal(zero).ToBits()) << i
	}
	nonzero = quantize(r0, 0) | quantize(r1, 8) | quantize(r2, 16) | quantize(r3, 24) |
		quantize(r4, 32) | quantize(r5, 40) | quantize(r6, 48) | quantize(r7, 56)
	archsimd.ClearAVXUpperBits()
	return nonzero
}

// dctRows is dct8 for eight columns at once.
func dctRows(s0, s1, s2, s3, s4, s5, s6, s7 archsimd.Float32x8) (d0, d1, d2, d3, d4, d5, d6, d7 archsimd.Float32x8) {
	t0, t7 := s0.Add(s7), s0.Sub(s7)
	t1, t6 := s1.Add(s6), s1.Sub(s6)
	t2, t5 := s2.Add(s5), s2.Sub(s5)
	t3, t4 := s3.Add(s4), s3.Sub(s4)

	c4 := archsimd.BroadcastFloat32x8(cos4)
	even0, even3 := t0.Add(t3), t0.Sub(t3)
	even1, even2 := t1.Add(t2), t1.Sub(t2)
	z1 := even2.Add(even3).Mul(c4)

	odd0, odd1, odd2 := t4.Add(t5), t5.Add(t6), t6.Add(t7)
	z5 := odd0.Sub(odd2).Mul(archsimd.BroadcastFloat32x8(cos6))
	z2 := odd0.Mul(archsimd.BroadcastFloat32x8(cos2Sub)).Add(z5)
	z4 := odd2.Mul(archsimd.BroadcastFloat32x8(cos2Add)).Add(z5)
	z3 := odd1.Mul(c4)
	z11, z13 := t7.Add(z3), t7.Sub(z3)

	return even0.Add(even1), z11.Add(z4), even3.Add(z1), z13.Sub(z2), even0.Sub(even1), z13.Add(z2), even3.Sub(z1), z11.Sub(z4)
}

// transpose exchanges rows and columns: pairs, then pairs of pairs, then halves.
func transpose(r0, r1, r2, r3, r4, r5, r6, r7 archsimd.Float32x8) (c0, c1, c2, c3, c4, c5, c6, c7 archsimd.Float32x8) {
	a0, a1 := interleave(r0, r1)
	a2, a3 := interleave(r2, r3)
	a4, a5 := interleave(r4, r5)
	a6, a7 := interleave(r6, r7)
	b0, b1 := a0.SelectFromPairGrouped(0, 1, 4, 5, a2), a0.SelectFromPairGrouped(2, 3, 6, 7, a2)
	b2, b3 := a1.SelectFromPairGrouped(0, 1, 4, 5, a3), a1.SelectFromPairGrouped(2, 3, 6, 7, a3)
	b4, b5 := a4.SelectFromPairGrouped(0, 1, 4, 5, a6), a4.SelectFromPairGrouped(2, 3, 6, 7, a6)
	b6, b7 := a5.SelectFromPairGrouped(0, 1, 4, 5, a7), a5.SelectFromPairGrouped(2, 3, 6, 7, a7)
	return b0.Select128FromPair(0, 2, b4), b1.Select128FromPair(0, 2, b5), b2.Select128FromPair(0, 2, b6), b3.Select128FromPair(0, 2, b7),
		b0.Select128FromPair(1, 3, b4), b1.Select128FromPair(1, 3, b5), b2.Select128FromPair(1, 3, b6), b3.Select128FromPair(1, 3, b7)
}

func interleave(a, b archsimd.Float32x8) (lo, hi archsimd.Float32x8) {
	x, y := a.AsInt32x8(), b.AsInt32x8()
	return x.InterleaveLoGrouped(y).AsFloat32x8(), x.InterleaveHiGrouped(y).AsFloat32x8()
}
