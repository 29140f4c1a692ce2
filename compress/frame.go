package compress

import (
	"encoding/binary"
	"sync"

	"github.com/tagroll/tagroll/compress/resample"
)

// frame is the geometry of one photo: from its pixels as stored to the upright
// picture of the final size.
//
// An orientation is a mirroring of the stored axes and, from 5 on, an exchange of the two
// (EXIF 2.32, tag 274). The mirroring costs nothing inside the scaling; the exchange
// is done last, on the small picture.
type frame struct {
	srcW, srcH   int // as stored
	w, h         int // the result, upright
	flipX, flipY bool
	transpose    bool
}

func newFrame(srcW, srcH, orientation, maxSide int) frame {
	f := frame{srcW: srcW, srcH: srcH}
	switch orientation {
	case 2, 8:
		f.flipX = true
	case 3, 7:
		f.flipX, f.flipY = true, true
	case 4, 6:
		f.flipY = true
	}
	f.transpose = orientation >= 5
	f.w, f.h = fit(srcW, srcH, maxSide)
	if f.transpose {
		f.w, f.h = f.h, f.w
	}
	return f
}

// fit returns the size of a picture of w x h inside a square of side pixels. It rounds
// as libvips does: each side is divided by the same factor, then rounded half up.
func fit(w, h, side int) (int, int) {
	longer := max(w, h)
	if longer <= side {
		return w, h
	}
	scale := func(n int) int { return max((2*n*side+longer)/(2*longer), 1) }
	return scale(w), scale(h)
}

// stored is the size of the result before the axes are exchanged.
func (f frame) stored() (w, h int) {
	if f.transpose {
		return f.h, f.w
	}
	return f.w, f.h
}

// plane is one component of a picture.
type plane struct {
	pix    []byte
	stride int
	w, h   int
	// spanW and spanH are how many samples the picture covers, where its edge falls
	// inside the last one; 0 where it does not.
	spanW, spanH float64
}

func (p plane) row(y int) []byte { return p.pix[y*p.stride:][:p.w] }

// axes maps a component of the photo, w x h samples, onto the result: at full resolution, or at
// half for 4:2:0 chroma.
func (f frame) axes(p plane, halved bool) (x, y resample.Axis) {
	dstW, dstH := f.stored()
	x = resample.Axis{Src: p.w, SrcSpan: p.spanW, Dst: dstW, Flip: f.flipX}
	y = resample.Axis{Src: p.h, SrcSpan: p.spanH, Dst: dstH, Flip: f.flipY}
	if halved {
		x.DstSpan, x.Dst = float64(dstW)/2, (dstW+1)/2
		y.DstSpan, y.Dst = float64(dstH)/2, (dstH+1)/2
	}
	return x, y
}

// newPlane returns a plane for as long as the job lasts. The memory is reused and is not cleared.
func (j *job) newPlane(w, h int) plane {
	pix, _ := buffers.Get().(*[]byte)
	if pix == nil || cap(*pix) < w*h {
		fresh := make([]byte, w*h)
		pix = &fresh
	}
	j.lent = append(j.lent, pix)
	return plane{pix: (*pix)[:w*h], stride: w, w: w, h: h}
}

// buffers holds *[]byte for planes of the size of results.
var buffers sync.Pool

// release gives the job's planes back.
func (j *job) release() {
	for _, pix := range j.lent {
		buffers.Put(pix)
	}
	j.lent = nil
}

// scale makes a component of the result from one of the photo.
func (j *job) scale(p plane, halved bool) plane {
	x, y := j.frame.axes(p, halved)
	out := j.newPlane(x.Dst, y.Dst)
	resample.Plane(out.pix, out.stride, p.pix, p.stride, x, y)
	return j.upright(out)
}

// upright exchanges the axes of a scaled component if the orientation asks for it.
func (j *job) upright(p plane) plane {
	if !j.frame.transpose {
		return p
	}
	out := j.newPlane(p.h, p.w)
	wholeX, wholeY := p.w&^7, p.h&^7
	for x := 0; x < wholeX; x += 8 {
		for y := 0; y < wholeY; y += 8 {
			transpose8(out.pix[x*out.stride+y:], out.stride, p.pix[y*p.stride+x:], p.stride)
		}
	}
	for y := range p.h { // what is left over at the right and at the bottom
		first := wholeX
		if y >= wholeY {
			first = 0
		}
		for x := first; x < p.w; x++ {
			out.pix[x*out.stride+y] = p.pix[y*p.stride+x]
		}
	}
	return out
}

// transpose8 exchanges rows and columns of a square of eight samples: it swaps those of every two
// rows that are on the wrong side of the diagonal of a square of two, then pairs of them, then
// fours.
func transpose8(dst []byte, dstStride int, src []byte, srcStride int) {
	var r [8]uint64
	for i := range r {
		r[i] = binary.LittleEndian.Uint64(src[i*srcStride:])
	}
	swap := func(a, b *uint64, shift uint, mask uint64) {
		t := (*a>>shift ^ *b) & mask
		*a, *b = *a^t<<shift, *b^t
	}
	for i := 0; i < 8; i += 2 {
		swap(&r[i], &r[i+1], 8, 0x00ff00ff_00ff00ff)
	}
	for i := 0; i < 8; i += 4 {
		swap(&r[i], &r[i+2], 16, 0x0000ffff_0000ffff)
		swap(&r[i+1], &r[i+3], 16, 0x0000ffff_0000ffff)
	}
	for i := range 4 {
		swap(&r[i], &r[i+4], 32, 0x00000000_ffffffff)
	}
	for i, v := range r {
		binary.LittleEndian.PutUint64(dst[i*dstStride:], v)
	}
}
