package compress

import (
	"errors"

	"github.com/tagroll/tagroll/compress/vp8"
	"github.com/tagroll/tagroll/compress/vp8l"
)

// alphaReader reads the alpha of a lossy WebP, row by row (RFC 9649, 2.7.1.2).
type alphaReader struct {
	raw    []byte        // what is left of alpha that is not compressed,
	d      *vp8l.Decoder // or how it is decompressed
	filter alphaFilter
	row    []uint8 // the row before
	first  bool
	// For layOnWhite: the first row of two, and the alpha of chroma.
	top, half []uint8
}

// alphaFilter says what was subtracted from alpha.
type alphaFilter uint8

const (
	noFilter alphaFilter = iota
	horizontalFilter
	verticalFilter
	gradientFilter
)

var errAlpha = errors.New("its alpha is stored in a way that there is not")

// newAlphaReader reads the first byte of the content of ALPH.
func newAlphaReader(content []byte, w, h int) (*alphaReader, error) {
	if len(content) == 0 {
		return nil, errAlpha
	}
	head, content := content[0], content[1:]
	a := &alphaReader{filter: alphaFilter(head >> 2 & 3), row: make([]uint8, w), first: true}
	a.top, a.half = make([]uint8, w), make([]uint8, (w+1)/2)
	switch head & 3 {
	case 0:
		if len(content) < w*h {
			return nil, vp8l.ErrTruncated
		}
		a.raw = content
	case 1:
		var err error
		if a.d, err = vp8l.NewAlphaDecoder(content, w, h); err != nil {
			return nil, err
		}
	default:
		return nil, errAlpha
	}
	return a, nil
}

// next returns the next row, valid until the next call.
func (a *alphaReader) next() ([]uint8, error) {
	above := a.row[0]
	if a.d != nil {
		coded, err := a.d.Next()
		if err != nil {
			return nil, err
		}
		a.undo(func(x int) uint8 { return uint8(coded[x] >> 8) }, above)
		return a.row, nil
	}
	coded := a.raw[:len(a.row)]
	a.raw = a.raw[len(a.row):]
	a.undo(func(x int) uint8 { return coded[x] }, above)
	return a.row, nil
}

// undo adds to a row what was subtracted from it. The first row has nothing above it, the first
// column nothing to its left: they are filtered along what they have.
func (a *alphaReader) undo(coded func(x int) uint8, left uint8) {
	row := a.row
	filter := a.filter
	if a.first {
		a.first = false
		left = 0
		if filter != noFilter {
			filter = horizontalFilter
		}
	}
	switch filter {
	case noFilter:
		for x := range row {
			row[x] = coded(x)
		}
	case horizontalFilter:
		for x := range row {
			left += coded(x)
			row[x] = left
		}
	case verticalFilter:
		for x := range row {
			row[x] += coded(x)
		}
	case gradientFilter:
		corner := row[0]
		for x := range row {
			above := row[x]
			left = coded(x) + clamp8(int32(left)+int32(above)-int32(corner))
			row[x], corner = left, above
		}
	}
}

// layOnWhite lays a band, whose first row is even, on white. It takes as many rows of alpha.
func (a *alphaReader) layOnWhite(b vp8.Band) error {
	for y := 0; y < b.Rows; y += 2 {
		row, err := a.next()
		if err != nil {
			return err
		}
		layOn(b.Planes[0][y*b.Strides[0]:], row, studioWhite)
		copy(a.top, row)
		if y+1 < b.Rows {
			if row, err = a.next(); err != nil {
				return err
			}
			layOn(b.Planes[0][(y+1)*b.Strides[0]:], row, studioWhite)
		}
		halveAlpha(a.half, a.top, row)
		for c := 1; c < 3; c++ {
			layOn(b.Planes[c][y/2*b.Strides[c]:], a.half, studioNeutral)
		}
	}
	return nil
}

// White in the studio range of lossy WebP.
const (
	studioWhite   = 235
	studioNeutral = 128
)

// layOn lays samples on white, which is ground.
func layOn(samples, alpha []uint8, ground uint32) {
	samples = samples[:len(alpha)]
	for x, a := range alpha {
		if a != 255 {
			samples[x] = div255(uint32(samples[x])*uint32(a) + ground*(255-uint32(a)))
		}
	}
}

// halveAlpha makes the alpha of a row of chroma from that of two rows. Laying chroma on white by
// the mean of four pixels is the mean of laying it on white four times.
func halveAlpha(dst, top, bottom []uint8) {
	last := len(top) - 1
	for x := range dst {
		x0, x1 := 2*x, min(2*x+1, last)
		dst[x] = uint8((uint32(top[x0]) + uint32(top[x1]) + uint32(bottom[x0]) + uint32(bottom[x1]) + 2) >> 2)
	}
}
