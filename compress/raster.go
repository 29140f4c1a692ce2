package compress

import (
	"image"
	"image/color"

	"github.com/tagroll/tagroll/compress/icc"
	"github.com/tagroll/tagroll/compress/resample"
)

// rows is a photo that is read row by row, first row first: opaque, 8 bits a sample.
type rows struct {
	channels int // 1 for grey, 3 for red, green and blue
	// next fills dst with the next row's interleaved samples.
	next func(dst []byte) error
	// profile is what is still to be applied to them.
	profile *icc.Profile
}

// scaleRows makes the picture of a photo that is read row by row.
func (j *job) scaleRows(src rows) (*picture, error) {
	f := j.frame
	storedW, storedH := f.stored()
	factor := resample.BoxFactor(max(f.srcW, f.srcH), max(storedW, storedH))
	reduced := plane{
		w: (f.srcW + factor - 1) / factor, spanW: float64(f.srcW) / float64(factor),
		h: (f.srcH + factor - 1) / factor, spanH: float64(f.srcH) / float64(factor),
	}
	x, y := f.axes(reduced, false)
	p := &picture{model: rgb, profile: src.profile}
	if src.channels == 1 {
		p.model = gray
	}
	streams := make([]*resample.Stream, src.channels)
	for c := range streams {
		out := j.newPlane(storedW, storedH)
		streams[c] = resample.NewStream(out.pix, out.stride, x, y)
		p.planes = append(p.planes, out)
	}
	box := resample.NewBox(f.srcW, src.channels, factor)
	feed := func(components [][]byte) {
		for c, row := range components {
			streams[c].Row(row)
		}
	}
	row := make([]byte, f.srcW*src.channels)
	for i := range f.srcH {
		if i&63 == 0 {
			if err := j.alive(); err != nil {
				return nil, err
			}
		}
		if err := src.next(row); err != nil {
			return nil, err
		}
		feed(box.Add(row))
	}
	feed(box.Flush())
	for c, out := range p.planes {
		p.planes[c] = j.upright(out)
	}
	return p, nil
}

// imageRows reads a decoded image. Transparent pixels are laid on white: filtering what
// was laid on white gives the same as laying what was filtered with premultiplied
// alpha, since both are sums, and it needs no alpha plane.
//
// A profile is applied here, before the pixels are mixed with white or cut to 8
// bits, if the image has alpha or more than 8 bits; else it is left to be applied to the result.
func imageRows(img image.Image, profile *icc.Profile) rows {
	b := img.Bounds()
	y := b.Min.Y - 1
	each := func(r rows, read func(y int, dst []byte)) rows {
		r.next = func(dst []byte) error {
			y++
			read(y, dst)
			return nil
		}
		return r
	}
	var now *icc.Transform
	if profile != nil && !opaque8(img) {
		now, profile = icc.NewTransform(profile, true), nil
	}
	switch m := img.(type) {
	case *image.Gray:
		return each(rows{channels: 1, profile: profile}, func(y int, dst []byte) {
			copy(dst, m.Pix[m.PixOffset(b.Min.X, y):])
		})
	case *image.Gray16:
		return each(rows{channels: 1}, func(y int, dst []byte) {
			src := m.Pix[m.PixOffset(b.Min.X, y):]
			for x := range dst {
				v := uint16(src[2*x])<<8 | uint16(src[2*x+1])
				dst[x] = grayTo8(v, now)
			}
		})
	case *image.RGBA:
		if m.Opaque() {
			return each(rows{channels: 3, profile: profile}, func(y int, dst []byte) {
				dropAlpha(dst, m.Pix[m.PixOffset(b.Min.X, y):])
			})
		}
		if now == nil {
			return each(rows{channels: 3}, func(y int, dst []byte) {
				premultipliedRow(dst, m.Pix[m.PixOffset(b.Min.X, y):])
			})
		}
	case *image.NRGBA:
		if m.Opaque() {
			return each(rows{channels: 3, profile: profile}, func(y int, dst []byte) {
				dropAlpha(dst, m.Pix[m.PixOffset(b.Min.X, y):])
			})
		}
	case *image.NYCbCrA:
		if now == nil {
			return each(rows{channels: 3}, func(y int, dst []byte) { nyccaRow(dst, m, y) })
		}
	case *image.Paletted:
		palette := flatPalette(m.Palette, now)
		return each(rows{channels: 3}, func(y int, dst []byte) {
			src := m.Pix[m.PixOffset(b.Min.X, y):]
			for x := range len(dst) / 3 {
				copy(dst[3*x:3*x+3], palette[src[x]][:])
			}
		})
	}
	return each(rows{channels: 3, profile: profile}, func(y int, dst []byte) {
		for x := range len(dst) / 3 {
			c := flatten(img.At(b.Min.X+x, y), now)
			copy(dst[3*x:3*x+3], c[:])
		}
	})
}

// opaque8 reports whether an image is opaque with 8 bits a sample and no palette.
func opaque8(img image.Image) bool {
	switch m := img.(type) {
	case *image.Gray:
		return true
	case *image.RGBA:
		return m.Opaque()
	case *image.NRGBA:
		return m.Opaque()
	}
	return false
}

func dropAlpha(dst, src []byte) {
	for x := range len(dst) / 3 {
		d, s := dst[3*x:3*x+3], src[4*x:4*x+4]
		d[0], d[1], d[2] = s[0], s[1], s[2]
	}
}

// premultipliedRow lays on white what is multiplied with its alpha already.
func premultipliedRow(dst, src []byte) {
	for x := range len(dst) / 3 {
		d, s := dst[3*x:3*x+3], src[4*x:4*x+4]
		white := 255 - int32(s[3])
		d[0], d[1], d[2] = clamp8(int32(s[0])+white), clamp8(int32(s[1])+white), clamp8(int32(s[2])+white)
	}
}

// nyccaRow lays luma and chroma with alpha on white.
func nyccaRow(dst []byte, m *image.NYCbCrA, y int) {
	for x := range len(dst) / 3 {
		i, c := m.YOffset(m.Rect.Min.X+x, y), m.COffset(m.Rect.Min.X+x, y)
		r, g, b := yccToRGB(m.Y[i], m.Cb[c], m.Cr[c])
		a := uint32(m.A[m.AOffset(m.Rect.Min.X+x, y)])
		white := 255 * (255 - a)
		d := dst[3*x : 3*x+3]
		d[0], d[1], d[2] = div255(uint32(r)*a+white), div255(uint32(g)*a+white), div255(uint32(b)*a+white)
	}
}

func div255(v uint32) uint8 { return uint8((v + 127) / 255) }

func to8(v uint16) uint8 { return uint8((uint32(v)*255 + 32767) / 65535) }

// flatten lays a colour on white, after converting it if there is a transform.
func flatten(c color.Color, t *icc.Transform) [3]uint8 {
	n := color.NRGBA64Model.Convert(c).(color.NRGBA64)
	r, g, b := rgbTo8(n.R, n.G, n.B, t)
	return [3]uint8{onWhite(r, n.A), onWhite(g, n.A), onWhite(b, n.A)}
}

func flatPalette(p color.Palette, t *icc.Transform) [256][3]uint8 {
	var out [256][3]uint8
	for i, c := range p[:min(len(p), len(out))] {
		out[i] = flatten(c, t)
	}
	return out
}
