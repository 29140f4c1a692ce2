//go:build !(goexperiment.simd && amd64)

package resample

// vectors says whether rows are scaled by vector instructions.
const vectors = false

// simdWeights is empty where there is no vector code.
type simdWeights struct{}

func newSIMDWeights(*kernel) simdWeights { return simdWeights{} }

func vertical(dst []byte, rows [][]byte, w []int16) { verticalWords(dst, 1, len(dst), rows, w) }

// horizontal is only called where vectors is true.
func horizontal(_, _ []byte, _ *kernel) {}
