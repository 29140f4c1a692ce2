//go:build !(goexperiment.simd && amd64)

package resample

// simdWeights is empty where there is no SIMD code.
type simdWeights struct{}

func newSIMDWeights(*kernel) simdWeights { return simdWeights{} }

func vertical(dst []byte, rows [][]byte, w []int16, acc []int32) {
	verticalScalar(dst, rows, w, acc)
}

func horizontal(dst, row []byte, k *kernel) { horizontalScalar(dst, row, k) }
