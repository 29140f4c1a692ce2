//go:build !(goexperiment.simd && amd64)

package jpegenc

func transform(coeff *[64]int32, src []byte, stride int, reciprocal *[64]float32) uint64 {
	return transformScalar(coeff, src, stride, reciprocal)
}
