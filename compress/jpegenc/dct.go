package jpegenc

// round is added before a conversion cuts the fraction off, and taken away after it,
// so that values of either sign round to the nearest.
const round = 16384

// transformScalar makes the quantised coefficients of a block of 8 x 8 samples: the forward
// transform of Arai, Agui and Nakajima, first down the columns, then along the rows, and a
// multiplication. The block is column by column on the way and in the result, as the code
// for vectors has it. It returns a bit for each coefficient that is not zero.
//
// Products are converted to float32 one by one: that forbids the compiler to fuse
// them with additions, which some processors would do and others not.
func transformScalar(coeff *[64]int32, src []byte, stride int, reciprocal *[64]float32) (nonzero uint64) {
	var b [64]float32
	for y := range 8 {
		row := src[y*stride:][:8]
		for x, v := range row {
			b[x*8+y] = float32(int32(v) - 128)
		}
	}
	for i := 0; i < 64; i += 8 {
		c := (*[8]float32)(b[i:])
		c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7] = dct8(c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7])
	}
	for i := range 8 {
		c := (*[57]float32)(b[i:])
		c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56] = dct8(c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56])
	}
	for i := range 64 {
		v := int32(float32(b[i]*reciprocal[i])+(round+0.5)) - round
		coeff[i] = v
		var bit uint64
		if v != 0 {
			bit = 1
		}
		nonzero |= bit << uint(i)
	}
	return nonzero
}

const (
	cos4    = 0.707106781 // cos(4π/16)
	cos6    = 0.382683433
	cos2Sub = 0.541196100 // cos(2π/16) - cos(6π/16)
	cos2Add = 1.306562965 // cos(2π/16) + cos(6π/16)
)

func dct8(s0, s1, s2, s3, s4, s5, s6, s7 float32) (d0, d1, d2, d3, d4, d5, d6, d7 float32) {
	t0, t7 := s0+s7, s0-s7
	t1, t6 := s1+s6, s1-s6
	t2, t5 := s2+s5, s2-s5
	t3, t4 := s3+s4, s3-s4

	even0, even3 := t0+t3, t0-t3
	even1, even2 := t1+t2, t1-t2
	z1 := float32((even2 + even3) * cos4)

	odd0, odd1, odd2 := t4+t5, t5+t6, t6+t7
	z5 := float32((odd0 - odd2) * cos6)
	z2 := float32(odd0*cos2Sub) + z5
	z4 := float32(odd2*cos2Add) + z5
	z3 := float32(odd1 * cos4)
	z11, z13 := t7+z3, t7-z3

	return even0 + even1, z11 + z4, even3 + z1, z13 - z2, even0 - even1, z13 + z2, even3 - z1, z11 - z4
}
