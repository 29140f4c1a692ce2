package compress

import (
	"errors"
	"image"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress/heif"
	"github.com/tagroll/tagroll/compress/icc"
)

// heif decodes HEIC and AVIF. The file's boxes say how to turn the picture; the decoder of HEIC
// has done so already.
func (j *job) heif() (p *picture, err error) {
	info, err := heif.ReadInfo(j.data)
	if err != nil {
		return nil, j.heifError(err)
	}
	// What the boxes say of the size is checked first since it costs nothing; the decoder is asked
	// as well.
	if info.Width > 0 && info.Height > 0 {
		if err := j.setSize(info.Width, info.Height); err != nil {
			return nil, err
		}
	}
	kind := heif.AVIF
	j.o.Orientation = info.Orientation
	if j.format == tagroll.FormatHEIC {
		kind, j.o.Orientation = heif.HEIC, 1
	}
	err = heif.Decode(j.ctx, j.data, kind, j.o.MaxPixels, func(img image.Image) error {
		b := img.Bounds()
		if err := j.setSize(b.Dx(), b.Dy()); err != nil {
			return err
		}
		profile := j.fitting(j.heifProfile(info), coloursOf(img))
		if m, ok := img.(*image.YCbCr); ok {
			p = j.heifPlanes(m, info.Coding, profile)
			return nil
		}
		p, err = j.scaleRows(imageRows(img, profile))
		return err
	})
	if err != nil {
		return nil, j.heifError(err)
	}
	return p, nil
}

// heifProfile is the colour space that the boxes tell, by a profile or by code points.
func (j *job) heifProfile(info heif.Info) *icc.Profile {
	const unspecified = 2
	switch c := info.Coding; {
	case info.Profile != nil:
		return j.profile(info.Profile)
	case c != nil && c.Primaries != unspecified && c.Transfer != unspecified:
		return j.usable(icc.FromCICP(c.Primaries, c.Transfer))
	}
	return nil
}

// heifPlanes makes the picture of luma and chroma. Without code points they are as in
// JFIF, which is what phones write; else they are brought there by way of red, green and blue.
func (j *job) heifPlanes(m *image.YCbCr, c *heif.Coding, profile *icc.Profile) *picture {
	planes := yccPlanes(m)
	matrix, known := matrices[0], true
	if c != nil {
		matrix, known = matrices[c.Matrix]
	}
	if !known {
		j.o.Log.Info("luma and chroma are taken as in JFIF", "matrix", c.Matrix)
	}
	fullRange := c == nil || c.FullRange
	if !known || fullRange && matrix == matrices[0] {
		return j.scaleYCC(planes, profile)
	}
	p := &picture{model: rgb, profile: profile}
	for _, src := range planes {
		p.planes = append(p.planes, j.scale(src, false))
	}
	matrix.toRGB(p.planes, fullRange)
	return p
}

// lumaMatrix holds the shares of red and blue in luma.
type lumaMatrix struct{ red, blue float64 }

// matrices are those of H.273, table 4, by their code points. 0 stands for what is missing.
var matrices = map[int]lumaMatrix{
	0: {0.299, 0.114}, 2: {0.299, 0.114}, 5: {0.299, 0.114}, 6: {0.299, 0.114},
	1: {0.2126, 0.0722},
	9: {0.2627, 0.0593},
}

// toRGB turns luma and chroma of the same resolution into red, green and blue, in place (H.273,
// 8.3).
func (m lumaMatrix) toRGB(planes []plane, fullRange bool) {
	const one = 1 << 16
	lumaScale, chromaScale, black := 1.0, 1.0, 0.0
	if !fullRange {
		lumaScale, chromaScale, black = 255.0/219, 255.0/224, 16
	}
	fixed := func(v float64) int32 { return int32(v*one + 0.5) }
	green := 1 - m.red - m.blue
	luma := fixed(lumaScale)
	offset := int32(one/2) - fixed(black*lumaScale)
	redCr, blueCb := fixed(2*(1-m.red)*chromaScale), fixed(2*(1-m.blue)*chromaScale)
	greenCb, greenCr := fixed(2*(1-m.blue)*m.blue/green*chromaScale), fixed(2*(1-m.red)*m.red/green*chromaScale)
	for y := range planes[0].h {
		r, g, b := planes[0].row(y), planes[1].row(y), planes[2].row(y)
		for x := range r {
			l := int32(r[x])*luma + offset
			cb, cr := int32(g[x])-128, int32(b[x])-128
			r[x], g[x], b[x] = clamp8((l+redCr*cr)>>16), clamp8((l-greenCb*cb-greenCr*cr)>>16), clamp8((l+blueCb*cb)>>16)
		}
	}
}

func (j *job) heifError(err error) error {
	if e, ok := errors.AsType[*heif.TruncatedError](err); ok {
		return truncated(j.format, e.Share, err)
	}
	switch {
	case errors.Is(err, heif.ErrCorrupt):
		return corrupt(j.format, err)
	case errors.Is(err, heif.ErrTooManyPixels):
		return fail(tagroll.CodeTooManyPixels, err, "the picture has more pixels than the limit of %s million: export it smaller, or raise the limit", mega(float64(j.o.MaxPixels)))
	case j.ctx.Err() != nil:
		return stopped(j.ctx.Err())
	}
	if e, ok := errors.AsType[*tagroll.Error](err); ok {
		return e
	}
	return fail(tagroll.CodeInternal, err, "the decoder for %s does not start (%v): %s", name(j.format), err, exportJPEG)
}

// yccPlanes takes the planes out of an image.
func yccPlanes(m *image.YCbCr) [3]plane {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	sx, sy := 1, 1 // how many pixels a chroma sample covers
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
		sx, sy = 2, 2
	case image.YCbCrSubsampleRatio422:
		sx = 2
	}
	chroma := plane{
		stride: m.CStride,
		w:      (w + sx - 1) / sx, spanW: float64(w) / float64(sx),
		h: (h + sy - 1) / sy, spanH: float64(h) / float64(sy),
	}
	cb, cr := chroma, chroma
	cb.pix, cr.pix = m.Cb, m.Cr
	return [3]plane{{pix: m.Y, stride: m.YStride, w: w, h: h}, cb, cr}
}
