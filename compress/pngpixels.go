package compress

import (
	"image/color"

	"github.com/tagroll/tagroll/compress/icc"
	"github.com/tagroll/tagroll/compress/pngrows"
)

// pixels turns rows as a file stores them into rows as scaling wants them.
type pixels struct {
	channels int // of the result
	// profile is what is left to be applied to the result.
	profile *icc.Profile
	// convert fills dst, which is as wide as the picture.
	convert func(dst, row []byte)
}

// pngSource returns the conversion of a PNG's rows. As with imageRows, a profile is applied
// at once to pixels with alpha or more than 8 bits.
func pngSource(h pngrows.Header, profile *icc.Profile) pixels {
	simple := h.Depth <= 8 && (h.Color == pngrows.Gray || h.Color == pngrows.RGB) && h.Transparency == nil
	if simple {
		return pngOpaque(h, profile)
	}
	var now *icc.Transform
	if profile != nil {
		now = icc.NewTransform(profile, true)
	}
	if h.Color == pngrows.Palette {
		return pngPalette(h, now)
	}
	read := pngSample(h.Depth)
	gray := h.Color == pngrows.Gray || h.Color == pngrows.GrayAlpha
	alpha := h.Color == pngrows.GrayAlpha || h.Color == pngrows.RGBA
	colours := 3
	if gray {
		colours = 1
	}
	stride := colours
	if alpha {
		stride++
	}
	key, keyed := pngKey(h, colours)
	if h.Color == pngrows.RGBA && h.Depth == 8 && now == nil {
		return pixels{channels: 3, convert: rgbaRow}
	}
	return pixels{channels: colours, convert: func(dst, row []byte) {
		for x := range len(dst) / colours {
			var v [4]uint16
			for c := range stride {
				v[c] = read(row, x*stride+c)
			}
			a := uint16(0xffff)
			switch {
			case alpha:
				a = v[stride-1]
			case keyed && [3]uint16(v[:3]) == key:
				a = 0
			}
			out := dst[x*colours : (x+1)*colours]
			if gray {
				out[0] = onWhite(grayTo8(v[0], now), a)
				continue
			}
			r, g, b := rgbTo8(v[0], v[1], v[2], now)
			out[0], out[1], out[2] = onWhite(r, a), onWhite(g, a), onWhite(b, a)
		}
	}}
}

// pngOpaque is for grey and RGB of at most 8 bits.
func pngOpaque(h pngrows.Header, profile *icc.Profile) pixels {
	if h.Color == pngrows.RGB {
		return pixels{channels: 3, profile: profile, convert: func(dst, row []byte) { copy(dst, row) }}
	}
	if h.Depth == 8 {
		return pixels{channels: 1, profile: profile, convert: func(dst, row []byte) { copy(dst, row) }}
	}
	read := pngSample(h.Depth)
	return pixels{channels: 1, profile: profile, convert: func(dst, row []byte) {
		for x := range dst {
			dst[x] = uint8(read(row, x) >> 8)
		}
	}}
}

func pngPalette(h pngrows.Header, now *icc.Transform) pixels {
	var palette color.Palette
	for i := 0; i+3 <= len(h.Palette); i += 3 {
		c := color.NRGBA{h.Palette[i], h.Palette[i+1], h.Palette[i+2], 255}
		if i/3 < len(h.Transparency) {
			c.A = h.Transparency[i/3]
		}
		palette = append(palette, c)
	}
	flat := flatPalette(palette, now) // an index behind the end is black
	put := func(dst []byte, x int, index uint8) {
		c := &flat[index]
		d := dst[3*x : 3*x+3 : 3*x+3]
		d[0], d[1], d[2] = c[0], c[1], c[2]
	}
	if h.Depth == 8 {
		return pixels{channels: 3, convert: func(dst, row []byte) {
			for x, index := range row[:len(dst)/3] {
				put(dst, x, index)
			}
		}}
	}
	perByte, mask := 8/h.Depth, uint8(1<<h.Depth-1)
	return pixels{channels: 3, convert: func(dst, row []byte) {
		for x := range len(dst) / 3 {
			put(dst, x, row[x/perByte]>>(8-h.Depth-x%perByte*h.Depth)&mask)
		}
	}}
}

// pngSample reads sample i of a row, widened to 16 bits.
func pngSample(depth int) func(row []byte, i int) uint16 {
	switch depth {
	case 16:
		return func(row []byte, i int) uint16 { return uint16(row[2*i])<<8 | uint16(row[2*i+1]) }
	case 8:
		return func(row []byte, i int) uint16 { return uint16(row[i]) * 0x101 }
	}
	perByte, mask := 8/depth, uint8(1<<depth-1)
	widen := 0xffff / uint16(mask)
	return func(row []byte, i int) uint16 {
		return uint16(row[i/perByte]>>(8-depth-i%perByte*depth)&mask) * widen
	}
}

// pngKey is the colour that a tRNS chunk declares transparent (11.3.1.1), as pngSample reads it.
func pngKey(h pngrows.Header, colours int) (key [3]uint16, keyed bool) {
	if (h.Color != pngrows.Gray && h.Color != pngrows.RGB) || len(h.Transparency) < 2*colours {
		return key, false
	}
	for c := range colours {
		v := uint16(h.Transparency[2*c])<<8 | uint16(h.Transparency[2*c+1])
		if h.Depth < 16 {
			v = v & (1<<h.Depth - 1) * (0xffff / (1<<h.Depth - 1))
		}
		key[c] = v
	}
	return key, true
}

// rgbaRow lays 8-bit pixels on white.
func rgbaRow(dst, row []byte) {
	for x := range len(dst) / 3 {
		d, s := dst[3*x:3*x+3], row[4*x:4*x+4]
		d[0], d[1], d[2] = s[0], s[1], s[2]
		if a := uint32(s[3]); a != 255 {
			white := 255 * (255 - a)
			d[0], d[1], d[2] = div255(uint32(s[0])*a+white), div255(uint32(s[1])*a+white), div255(uint32(s[2])*a+white)
		}
	}
}

func grayTo8(v uint16, t *icc.Transform) uint8 {
	if t != nil {
		return t.WideGray(v)
	}
	return to8(v)
}

func rgbTo8(r, g, b uint16, t *icc.Transform) (uint8, uint8, uint8) {
	if t != nil {
		return t.Wide(r, g, b)
	}
	return to8(r), to8(g), to8(b)
}

// onWhite lays a sample on white.
func onWhite(v uint8, alpha uint16) uint8 {
	a := uint32(alpha)
	return uint8((uint32(v)*a + 255*(0xffff-a) + 0x7fff) / 0xffff)
}
