package compress

import (
	"io"
	"math"

	"github.com/tagroll/tagroll/compress/icc"
	"github.com/tagroll/tagroll/compress/resample"
	"github.com/tagroll/tagroll/compress/vp8"
)

// lossy makes the picture of a lossy WebP. Its planes are scaled as they come out of the decoder, a
// few rows at a time. Where there is alpha they are laid on white before, as luma and chroma.
func (j *job) lossy(w *webpFile, profile *icc.Profile) (*picture, error) {
	d, err := vp8.NewDecoder(w.frame, vp8.Options{Reduction: j.frame.reduction()})
	if err != nil {
		return nil, j.webpError(err)
	}
	var alpha *alphaReader
	if w.alpha != nil {
		if alpha, err = newAlphaReader(w.alpha, w.width, w.height); err != nil {
			return nil, j.webpError(err)
		}
	}
	var planes [3]*canvasPlane
	for c := range planes {
		planes[c] = j.newCanvasPlane(w, c)
	}
	for {
		if err := j.alive(); err != nil {
			return nil, err
		}
		band, err := d.Next()
		if err == io.EOF {
			break
		}
		if err == nil && alpha != nil {
			err = alpha.layOnWhite(band)
		}
		if err != nil {
			return nil, j.webpError(err)
		}
		for c, p := range planes {
			rows := band.Rows
			if c > 0 {
				rows = (rows + 1) / 2
			}
			for y := range rows {
				p.row(band.Planes[c][y*band.Strides[c]:])
			}
		}
	}
	out := &picture{model: ycc, profile: profile}
	for c, p := range planes {
		scaled := p.finish()
		for i, v := range scaled.pix {
			scaled.pix[i] = studio[c][v]
		}
		out.planes = append(out.planes, scaled)
	}
	return out, nil
}

// canvasPlane is a component of a canvas that is scaled as the rows of the frame on it arrive.
// Around the frame it is white.
type canvasPlane struct {
	*planeScaler
	w, h        int // of the canvas
	x, y        int // where the frame begins
	frameWidth  int
	frameHeight int
	got         int
	line        []uint8 // a row of the canvas; nil if the frame covers it
	white       uint8
}

func (j *job) newCanvasPlane(w *webpFile, component int) *canvasPlane {
	p := &canvasPlane{
		planeScaler: j.newPlaneScaler(w.canvasWidth, w.canvasHeight, component > 0),
		w:           w.canvasWidth, h: w.canvasHeight, x: w.x, y: w.y,
		frameWidth: w.width, frameHeight: w.height, white: studioWhite,
	}
	if component > 0 {
		for _, n := range []*int{&p.w, &p.h, &p.frameWidth, &p.frameHeight} {
			*n = (*n + 1) / 2
		}
		p.x, p.y, p.white = p.x/2, p.y/2, studioNeutral
	}
	if p.frameWidth == p.w && p.frameHeight == p.h {
		return p
	}
	p.line = make([]uint8, p.w)
	p.blank(p.y)
	return p
}

// blank adds so many white rows.
func (p *canvasPlane) blank(rows int) {
	for i := range p.line {
		p.line[i] = p.white
	}
	for range rows {
		p.planeScaler.row(p.line)
	}
}

// row takes the next row of the frame.
func (p *canvasPlane) row(row []uint8) {
	if p.line == nil {
		p.planeScaler.row(row)
		return
	}
	copy(p.line[p.x:p.x+p.frameWidth], row)
	p.planeScaler.row(p.line)
	p.got++
	if p.got == p.frameHeight {
		p.blank(p.h - p.y - p.frameHeight)
	}
}

// reduction is how many times smaller the photo is made, rounded down.
func (f frame) reduction() int {
	w, h := f.stored()
	return max(f.srcW, f.srcH) / max(w, h)
}

// planeScaler scales a plane that arrives row by row.
type planeScaler struct {
	j      *job
	box    *resample.Box
	stream *resample.Stream
	out    plane
}

// newPlaneScaler is for a plane of a photo of w x h pixels, or a halved one of chroma.
func (j *job) newPlaneScaler(w, h int, halved bool) *planeScaler {
	f := j.frame
	longer, wanted := max(w, h), max(f.w, f.h)
	src := plane{w: w, h: h, spanW: float64(w), spanH: float64(h)}
	if halved {
		src = plane{w: (w + 1) / 2, h: (h + 1) / 2, spanW: float64(w) / 2, spanH: float64(h) / 2}
		longer, wanted = (longer+1)/2, (wanted+1)/2
	}
	factor := resample.BoxFactor(longer, wanted)
	reduced := plane{
		w: (src.w + factor - 1) / factor, spanW: src.spanW / float64(factor),
		h: (src.h + factor - 1) / factor, spanH: src.spanH / float64(factor),
	}
	x, y := f.axes(reduced, halved)
	out := j.newPlane(x.Dst, y.Dst)
	return &planeScaler{
		j:      j,
		box:    resample.NewBox(src.w, 1, factor),
		stream: resample.NewStream(out.pix, out.stride, x, y),
		out:    out,
	}
}

func (s *planeScaler) row(row []byte) {
	if rows := s.box.Add(row); rows != nil {
		s.stream.Row(rows[0])
	}
}

// finish returns the scaled plane, upright.
func (s *planeScaler) finish() plane {
	if rows := s.box.Flush(); rows != nil {
		s.stream.Row(rows[0])
	}
	return s.j.upright(s.out)
}

// Lossy WebP is in the studio range of BT.601: luma 16 to 235, chroma 16 to 240 (RFC 6386, 9.2;
// libwebp, src/dsp/yuv.h). These tables stretch it to the full range of JFIF.
var studio = [3][256]uint8{stretch(16, 0, 219), stretch(128, 128, 224), stretch(128, 128, 224)}

// stretch maps from to to, and width steps to 255.
func stretch(from, to, width int) (t [256]uint8) {
	for i := range t {
		t[i] = clamp8(int32(to + int(math.Round(float64(i-from)*255/float64(width)))))
	}
	return t
}
