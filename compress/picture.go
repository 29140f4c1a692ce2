package compress

import (
	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress/icc"
	"github.com/tagroll/tagroll/compress/jpegenc"
)

// model says what the planes of a picture are.
type model int

const (
	gray model = iota
	rgb
	ycc // as in JFIF: BT.601, full range
)

// picture is a photo of the final size: upright, opaque, 8 bits a sample.
type picture struct {
	model model
	// planes are one for gray, else three (a fourth, for black ink, is gone before anyone else
	// looks). The chroma planes of ycc have half the resolution, but for those of inks.
	planes []plane
	// profile is the colour space of the planes, where it is not sRGB.
	profile *icc.Profile
}

// encode makes the JPEG of a picture.
func (j *job) encode(p *picture) tagroll.Image {
	j.toSRGB(p)
	if p.model == rgb {
		j.toYCC(p)
	}
	out := jpegenc.Picture{Width: j.frame.w, Height: j.frame.h}
	components := [...]*jpegenc.Plane{&out.Y, &out.Cb, &out.Cr}
	for c, src := range p.planes {
		*components[c] = jpegenc.Plane{Pix: src.pix, Stride: src.stride}
	}
	small := tagroll.Image{JPEG: jpegenc.Encode(out, j.o.Quality), Width: out.Width, Height: out.Height}
	sketch(&small, p.planes[0])
	return small
}

// toSRGB applies the picture's profile.
func (j *job) toSRGB(p *picture) {
	if p.profile == nil {
		return
	}
	t := icc.NewTransform(p.profile, false)
	switch p.model {
	case gray:
		for y := range p.planes[0].h {
			t.Gray(p.planes[0].row(y))
		}
	case rgb:
		for y := range p.planes[0].h {
			t.RGB(p.planes[0].row(y), p.planes[1].row(y), p.planes[2].row(y))
		}
	case ycc:
		j.convertYCC(p, t)
	}
}

// convertYCC applies a profile to luma and halved chroma, in place, two rows at a time: the pixels
// of a square share their chroma on the way in and out, so that it is as sharp as without a
// profile.
func (j *job) convertYCC(p *picture, t *icc.Transform) {
	y, cb, cr := p.planes[0], p.planes[1], p.planes[2]
	r, g, b := j.newPlane(y.w, 2), j.newPlane(y.w, 2), j.newPlane(y.w, 2)
	top, bottom := [3][]byte{r.row(0), g.row(0), b.row(0)}, [3][]byte{r.row(1), g.row(1), b.row(1)}
	for cy := range cb.h {
		y0, y1 := 2*cy, min(2*cy+1, y.h-1)
		yccRow(top, y.row(y0), cb.row(cy), cr.row(cy))
		yccRow(bottom, y.row(y1), cb.row(cy), cr.row(cy))
		t.RGB(r.pix, g.pix, b.pix)
		halve(cb.row(cy), cr.row(cy), top, bottom)
		luma(y.row(y0), top)
		luma(y.row(y1), bottom)
	}
}

// yccRow makes red, green and blue of a row of luma and one of halved chroma.
func yccRow(out [3][]byte, y, cb, cr []byte) {
	r, g, b := out[0][:len(y)], out[1][:len(y)], out[2][:len(y)]
	for x, v := range y {
		r[x], g[x], b[x] = yccToRGB(v, cb[x>>1], cr[x>>1])
	}
}

// toRGB turns luma and chroma of full resolution into red, green and blue, in place.
func (p *picture) toRGB() {
	for y := range p.planes[0].h {
		r, g, b := p.planes[0].row(y), p.planes[1].row(y), p.planes[2].row(y)
		for i := range r {
			r[i], g[i], b[i] = yccToRGB(r[i], g[i], b[i])
		}
	}
	p.model = rgb
}

// toYCC turns red, green and blue into luma, in place, and chroma of half the resolution.
func (j *job) toYCC(p *picture) {
	r, g, b := p.planes[0], p.planes[1], p.planes[2]
	cw, ch := (r.w+1)/2, (r.h+1)/2
	cb, cr := j.newPlane(cw, ch), j.newPlane(cw, ch)
	for cy := range ch {
		y0, y1 := 2*cy, min(2*cy+1, r.h-1)
		top, bottom := [3][]byte{r.row(y0), g.row(y0), b.row(y0)}, [3][]byte{r.row(y1), g.row(y1), b.row(y1)}
		halve(cb.row(cy), cr.row(cy), top, bottom)
		luma(top[0], top)
		if y1 != y0 {
			luma(bottom[0], bottom)
		}
	}
	p.planes = append(p.planes[:0], r, cb, cr)
	p.model = ycc
}

// halve makes a row of halved chroma from two rows of red, green and blue. The chroma of a
// square of four pixels is that of their mean.
func halve(cb, cr []byte, top, bottom [3][]byte) {
	last := len(top[0]) - 1
	for cx := range cb {
		x0, x1 := 2*cx, min(2*cx+1, last)
		var mean [3]int32 // four times as much
		for c := range mean {
			mean[c] = int32(top[c][x0]) + int32(top[c][x1]) + int32(bottom[c][x0]) + int32(bottom[c][x1])
		}
		cb[cx], cr[cx] = chroma(mean[0], mean[1], mean[2])
	}
}

// The coefficients of JFIF in 16 bits; those of each line add up to what white or grey must keep.

// luma makes the luma of a row of red, green and blue, which may replace red.
func luma(dst []byte, row [3][]byte) {
	r, g, b := row[0][:len(dst)], row[1][:len(dst)], row[2][:len(dst)]
	for i := range dst {
		dst[i] = uint8((19595*int32(r[i]) + 38470*int32(g[i]) + 7471*int32(b[i]) + 1<<15) >> 16)
	}
}

// chroma takes four times the mean of red, green and blue.
func chroma(r, g, b int32) (cb, cr uint8) {
	const round = 1<<17 - 1 // just under a half, so that the largest value stays 255
	return uint8((-11059*r - 21709*g + 32768*b + 128<<18 + round) >> 18),
		uint8((32768*r - 27439*g - 5329*b + 128<<18 + round) >> 18)
}

func yccToRGB(y, cb, cr uint8) (r, g, b uint8) {
	yy := int32(y)<<16 + 1<<15
	u, v := int32(cb)-128, int32(cr)-128
	return clamp8((yy + 91881*v) >> 16), clamp8((yy - 22554*u - 46802*v) >> 16), clamp8((yy + 116130*u) >> 16)
}

func clamp8(v int32) uint8 {
	if uint32(v) <= 255 {
		return uint8(v)
	}
	return uint8(^(v >> 31))
}
