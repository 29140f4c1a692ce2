// Package jpegenc encodes planes of luma and chroma as a baseline JPEG.
//
// It is for pictures that exist as planes already: 4:2:0 colour, or grey. They go in as they are,
// an optimised baseline JPEG with a JFIF header and nothing else comes out: no EXIF, no profile.
// The quantisation tables are those of Annex K of ITU-T T.81, scaled as libjpeg does; the Huffman
// tables fit the picture, which saves some 5% for a few percent of the time.
//
// The result does not depend on the machine: the arithmetic is the same with and without
// GOEXPERIMENT=simd, and on every processor.
package jpegenc

import (
	"fmt"
	"sync"
)

// Plane is one component. Its size follows from the picture's.
type Plane struct {
	Pix    []byte
	Stride int
}

// Picture is what is encoded: grey if Cb has no pixels, else 4:2:0. Luma is
// Width x Height, chroma half of each, rounded up.
type Picture struct {
	Width, Height int // 1 to 65,535
	Y, Cb, Cr     Plane
}

// Encode returns the JPEG of a picture. Quality is on libjpeg's scale, 1 to 100; what
// is outside counts as the nearest. It panics if the picture's planes are too small for its size.
func Encode(p Picture, quality int) []byte {
	cw, ch := (p.Width+1)/2, (p.Height+1)/2
	p.Y.check(p.Width, p.Height)
	colour := p.Cb.Pix != nil
	if colour {
		p.Cb.check(cw, ch)
		p.Cr.check(cw, ch)
	}
	e := encoders.Get().(*encoder)
	defer encoders.Put(e)
	e.reset(quality)
	if colour {
		e.colour(p, cw, ch)
	} else {
		e.gray(p)
	}
	return e.write(p, colour)
}

func (p Plane) check(w, h int) {
	if w < 1 || h < 1 || w > 0xffff || h > 0xffff || p.Stride < w || len(p.Pix) < (h-1)*p.Stride+w {
		panic(fmt.Sprintf("jpegenc: a plane of %d bytes with stride %d is not %d x %d", len(p.Pix), p.Stride, w, h))
	}
}

var encoders = sync.Pool{New: func() any { return new(encoder) }}

// encoder turns blocks into symbols and, once their numbers are known, symbols into bits. Encoders
// are reused for their memory.
type encoder struct {
	quant   [2]quantizer // luma, chroma
	symbols []symbol
	counts  [4]counts // by table: DC and AC of luma, DC and AC of chroma
	dc      [3]int32  // the last DC value of each component
	coeff   [64]int32
	edge    [8*8 + 8]byte // a block at an edge; the last row may be read by sixteen
	out     []byte
}

// Tables by the order of encoder.counts.
const (
	lumaDC = iota
	lumaAC
	chromaDC
	chromaAC
)

func (e *encoder) reset(quality int) {
	quality = min(max(quality, 1), 100)
	for i := range e.quant {
		e.quant[i].set(annexK[i], quality)
	}
	e.symbols = e.symbols[:0]
	e.counts = [4]counts{}
	e.dc = [3]int32{}
	e.out = e.out[:0]
}

func (e *encoder) gray(p Picture) {
	for y := 0; y < p.Height; y += 8 {
		for x := 0; x < p.Width; x += 8 {
			e.block(p.Y, x, y, p.Width, p.Height, 0)
		}
	}
}

func (e *encoder) colour(p Picture, cw, ch int) {
	for y := 0; y < p.Height; y += 16 {
		for x := 0; x < p.Width; x += 16 {
			e.block(p.Y, x, y, p.Width, p.Height, 0)
			e.block(p.Y, x+8, y, p.Width, p.Height, 0)
			e.block(p.Y, x, y+8, p.Width, p.Height, 0)
			e.block(p.Y, x+8, y+8, p.Width, p.Height, 0)
			e.block(p.Cb, x/2, y/2, cw, ch, 1)
			e.block(p.Cr, x/2, y/2, cw, ch, 2)
		}
	}
}

// block turns the block at (x, y) of a plane of w x h into symbols. Past the edges
// the last sample repeats.
func (e *encoder) block(p Plane, x, y, w, h, component int) {
	src, stride := p.Pix, p.Stride
	if x+8 <= w && y+8 <= h {
		src = src[y*stride+x:]
	} else {
		for i := range 64 {
			e.edge[i] = src[min(y+i>>3, h-1)*stride+min(x+i&7, w-1)]
		}
		src, stride = e.edge[:], 8
	}
	kind := min(component, 1)
	nonzero := transform(&e.coeff, src, stride, &e.quant[kind].reciprocal)
	e.symbolize(nonzero, component, lumaDC+2*kind, lumaAC+2*kind)
}

// write puts the file together.
func (e *encoder) write(p Picture, colour bool) []byte {
	components := 1
	if colour {
		components = 3
	}
	tables := 1 + components/3
	e.out = append(e.out, 0xff, 0xd8)
	e.segment(0xe0, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0)
	for i := range tables {
		e.segment(0xdb, append([]byte{byte(i)}, e.quant[i].zigzag[:]...)...)
	}
	frame := []byte{8, byte(p.Height >> 8), byte(p.Height), byte(p.Width >> 8), byte(p.Width), byte(components)}
	scan := []byte{byte(components)}
	for c := range components {
		sampling := byte(0x11)
		if colour && c == 0 {
			sampling = 0x22
		}
		kind := byte(min(c, 1))
		frame = append(frame, byte(c+1), sampling, kind)
		scan = append(scan, byte(c+1), kind<<4|kind)
	}
	e.segment(0xc0, frame...)
	var codes [4]codeTable
	for t := range 2 * tables {
		spec := e.counts[t].optimal()
		codes[t] = spec.codes()
		const ac = 0x10
		class := byte(t >> 1)
		if t&1 != 0 {
			class |= ac
		}
		e.segment(0xc4, append(append([]byte{class}, spec.lengths[:]...), spec.values...)...)
	}
	e.segment(0xda, append(scan, 0, 63, 0)...)
	e.out = appendBits(e.out, e.symbols, &codes)
	e.out = append(e.out, 0xff, 0xd9)
	return append([]byte(nil), e.out...)
}

func (e *encoder) segment(marker byte, content ...byte) {
	n := len(content) + 2
	e.out = append(e.out, 0xff, marker, byte(n>>8), byte(n))
	e.out = append(e.out, content...)
}
