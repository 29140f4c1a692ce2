package compress

import (
	"errors"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress/icc"
	"github.com/tagroll/tagroll/compress/jpegscale"
)

// jpeg decodes a JPEG at the smallest scale that is not below the result's, and
// scales its planes the rest of the way.
func (j *job) jpeg() (*picture, error) {
	config, err := jpegscale.DecodeConfig(j.data)
	if err != nil {
		return nil, j.jpegError(err)
	}
	if err := j.setSize(config.Width, config.Height); err != nil {
		return nil, err
	}
	return j.jpegPicture(j.data, config.Model, j.fitting(j.profile(jpegProfile(j.data)), jpegColours[config.Model]))
}

// jpegPicture decodes a JPEG of the photo's size. What its components are is the caller's to know.
func (j *job) jpegPicture(data []byte, model jpegscale.ColorModel, profile *icc.Profile) (*picture, error) {
	chroma := func(component int) bool { return model == jpegscale.YCbCr && component > 0 }
	decoded, err := jpegscale.Decode(j.ctx, data, jpegscale.Options{
		Scale: func(component, w, h int) (nx, ny int) {
			return j.frame.blockSize(w, h, chroma(component))
		},
		MaxPixels: j.o.MaxPixels,
	})
	if err != nil {
		return nil, j.jpegError(err)
	}
	defer decoded.Release()
	if decoded.Share < 1 {
		return nil, fail(tagroll.CodeCorruptImage, nil,
			"the JPEG lacks some of its scans, so that only %d%% of its detail is there: export it again from the original", max(int(100*decoded.Share), 1))
	}
	p := &picture{model: jpegModels[model], profile: profile}
	for c, src := range decoded.Planes {
		p.planes = append(p.planes, j.scale(plane{
			pix: src.Pix, stride: src.Stride,
			w: src.Width, spanW: src.SpanWidth,
			h: src.Height, spanH: src.SpanHeight,
		}, chroma(c)))
	}
	inks(p, model)
	return p, nil
}

var jpegColours = map[jpegscale.ColorModel]colours{
	jpegscale.Gray: grayColours, jpegscale.YCbCr: rgbColours, jpegscale.RGB: rgbColours,
	jpegscale.CMYK: cmykColours, jpegscale.YCCK: cmykColours,
}

// jpegModels say what the planes are. Function inks converts planes of ink.
var jpegModels = map[jpegscale.ColorModel]model{
	jpegscale.Gray: gray, jpegscale.YCbCr: ycc, jpegscale.RGB: rgb, jpegscale.CMYK: rgb, jpegscale.YCCK: ycc,
}

// blockSize is the smallest block size for which a component of w x h samples at full size still
// has enough for the result: as many, or up to a 64th fewer. So little enlarging costs no sharpness
// that could be seen, and it spares the 4032 x 3024 pixels of most phones half of their decoding.
// Chroma may have up to a 16th fewer: nobody sees it, and it spares cameras of 10 megapixels as
// much.
func (f frame) blockSize(w, h int, halved bool) (nx, ny int) {
	dstW, dstH := f.stored()
	if !halved {
		n := max(blocksFor(w, dstW, 64), blocksFor(h, dstH, 64)) // squares are fastest
		return n, n
	}
	return blocksFor(w, (dstW+1)/2, 16), blocksFor(h, (dstH+1)/2, 16)
}

// blocksFor is the smallest n of 8 for which n/8 of have samples are not fewer than want by more
// than one in part.
func blocksFor(have, want, part int) int {
	for n := 1; n < 8; n++ {
		if have*n*part >= want*8*(part-1) {
			return n
		}
	}
	return 8
}

// inks turns the four planes of a CMYK or YCCK picture into red, green and blue, by the picture's
// profile, or as ideal inks if there is none.
func inks(p *picture, model jpegscale.ColorModel) {
	if len(p.planes) != 4 {
		return
	}
	if p.model == ycc {
		p.toRGB() // now complements of what CMYK would hold
	}
	// 255 stands for no ink, which is the light that passes: so Adobe's programs began it, and
	// libvips and ImageMagick read it with and without Adobe's marker. The luma and
	// chroma of YCCK are made of complements.
	complement := byte(255)
	if model == jpegscale.YCCK {
		complement = 0
	}
	mix := mixer(p.profile)
	c, m, y, k := p.planes[0], p.planes[1], p.planes[2], p.planes[3]
	for row := range k.h {
		cyan, magenta, yellow, black := c.row(row), m.row(row), y.row(row), k.row(row)
		for x := range black {
			cyan[x], magenta[x], yellow[x] = mix(cyan[x]^complement, magenta[x]^complement, yellow[x]^complement, ^black[x])
		}
	}
	p.planes, p.profile = p.planes[:3], nil
}

// mixer returns what the light of four inks is, of which 255 is full ink.
func mixer(profile *icc.Profile) func(c, m, y, k uint8) (r, g, b uint8) {
	if profile != nil {
		return icc.NewInkTransform(profile).RGB
	}
	return func(c, m, y, k uint8) (r, g, b uint8) {
		white := uint32(255 - k)
		return div255(uint32(255-c) * white), div255(uint32(255-m) * white), div255(uint32(255-y) * white)
	}
}

func (j *job) jpegError(err error) error {
	e, ok := errors.AsType[*jpegscale.Error](err)
	if !ok {
		return stopped(err)
	}
	switch {
	case errors.Is(err, jpegscale.ErrUnsupported):
		what := e.Detail
		if j.format != tagroll.FormatJPEG {
			what = "JPEG compression of this kind: " + what
		}
		return unreadable(j.format, err, what, exportJPEG+" with 8 bits, baseline or progressive")
	case errors.Is(err, jpegscale.ErrTruncated) && e.Fraction > 0:
		return truncated(j.format, e.Fraction, err)
	case errors.Is(err, jpegscale.ErrTruncated):
		return fail(tagroll.CodeCorruptImage, err, "the %s ends before the picture begins: export it again from the original", name(j.format))
	}
	return damaged(j.format, err, e.Detail)
}
