package compress

import (
	"github.com/tagroll/tagroll/compress/icc"
	"github.com/tagroll/tagroll/compress/vp8l"
)

// lossless makes the picture of a lossless WebP, row by row.
func (j *job) lossless(w *webpFile, profile *icc.Profile) (*picture, error) {
	d, err := vp8l.NewDecoder(w.frame)
	if err != nil {
		return nil, j.webpError(err)
	}
	src := rows{channels: 3, profile: profile}
	var now *icc.Transform // as with other formats, before pixels are mixed with white
	if d.Alpha && profile != nil {
		now, src.profile = icc.NewTransform(profile, true), nil
	}
	y := 0
	src.next = func(dst []byte) error {
		inside := y >= w.y && y < w.y+w.height
		y++
		if !inside || w.width < w.canvasWidth {
			for i := range dst {
				dst[i] = 255
			}
		}
		if !inside {
			return nil
		}
		row, err := d.Next()
		if err != nil {
			return j.webpError(err)
		}
		argbRow(dst[3*w.x:3*(w.x+w.width)], row, now)
		return nil
	}
	return j.scaleRows(src)
}

// argbRow lays pixels on white.
func argbRow(dst []byte, row []uint32, t *icc.Transform) {
	for x, argb := range row {
		d := dst[3*x : 3*x+3 : 3*x+3]
		r, g, b := uint8(argb>>16), uint8(argb>>8), uint8(argb)
		if t != nil {
			const widen = 0x101
			r, g, b = t.Wide(uint16(r)*widen, uint16(g)*widen, uint16(b)*widen)
		}
		if a := argb >> 24; a != 255 {
			white := 255 * (255 - a)
			r, g, b = div255(uint32(r)*a+white), div255(uint32(g)*a+white), div255(uint32(b)*a+white)
		}
		d[0], d[1], d[2] = r, g, b
	}
}
