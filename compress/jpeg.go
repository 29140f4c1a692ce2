package compress

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"

	"github.com/tagroll/tagroll/compress/icc"
)

// jpeg decodes a JPEG.
func (j *job) jpeg() (*picture, error) {
	config, err := jpeg.DecodeConfig(bytes.NewReader(j.data))
	if err != nil {
		return nil, j.jpegError(err)
	}
	if err := j.setSize(config.Width, config.Height); err != nil {
		return nil, err
	}
	profile := j.profile(jpegProfile(j.data))
	return j.jpegWhole(profile)
}

// jpegWhole decodes at full size with the standard library.
func (j *job) jpegWhole(profile *icc.Profile) (*picture, error) {
	img, err := jpeg.Decode(bytes.NewReader(j.data))
	if err != nil {
		return nil, j.jpegError(err)
	}
	if err := j.alive(); err != nil {
		return nil, err
	}
	profile = j.fitting(profile, img)
	if m, ok := img.(*image.YCbCr); ok {
		return j.scaleYCC(yccPlanes(m), profile), nil
	}
	return j.scaleRows(imageRows(img, profile))
}

// scaleYCC makes the picture of luma and chroma planes.
func (j *job) scaleYCC(planes [3]plane, profile *icc.Profile) *picture {
	p := &picture{model: ycc, profile: profile}
	for c, src := range planes {
		halved := c > 0 && profile == nil
		p.planes = append(p.planes, j.frame.scale(src, halved))
	}
	return p
}

// yccPlanes takes the planes out of an image.
func yccPlanes(m *image.YCbCr) [3]plane {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	// How many pixels a chroma sample covers.
	var sx, sy int
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio444:
		sx, sy = 1, 1
	case image.YCbCrSubsampleRatio422:
		sx, sy = 2, 1
	case image.YCbCrSubsampleRatio420:
		sx, sy = 2, 2
	case image.YCbCrSubsampleRatio440:
		sx, sy = 1, 2
	case image.YCbCrSubsampleRatio411:
		sx, sy = 4, 1
	case image.YCbCrSubsampleRatio410:
		sx, sy = 4, 2
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

func (j *job) jpegError(err error) error {
	if unsupported, ok := errors.AsType[jpeg.UnsupportedError](err); ok {
		return unreadable(j.format, err, string(unsupported), exportJPEG+" with 8 bits, baseline or progressive")
	}
	return corrupt(j.format, err)
}
