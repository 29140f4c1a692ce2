package compress

import (
	"errors"
	"io"
	"math"

	"github.com/tagroll/tagroll/compress/resample"
	"github.com/tagroll/tagroll/compress/vp8"
)

// lossy makes the picture of a lossy WebP. Its planes are scaled as they come out of the decoder, a few rows at a time.
func (j *job) lossy(w *webpFile) (*picture, error) {
	d, err := vp8.NewDecoder(w.frame, vp8.Options{SkipFilter: j.frame.reduces(skipFilterFrom)})
	if err != nil {
		return nil, j.webpError(err)
	}
	scalers := [3]*planeScaler{}
	for c := range scalers {
		scalers[c] = j.newPlaneScaler(w.width, w.height, c > 0)
	}
	for {
		if err := j.alive(); err != nil {
			return nil, err
		}
		band, err := d.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, j.webpError(err)
		}
		for c, s := range scalers {
			rows := band.Rows
			if c > 0 {
				rows = (rows + 1) / 2
			}
			for y := range rows {
				s.row(band.Planes[c][y*band.Strides[c]:])
			}
		}
	}
	p := &picture{model: ycc, profile: j.fitting(j.profile(w.profile), rgbColours)}
	for c, s := range scalers {
		out := s.finish()
		for i, v := range out.pix {
			out.pix[i] = studio[c][v]
		}
		p.planes = append(p.planes, out)
	}
	return p, nil
}

func (j *job) webpError(err error) error {
	if errors.Is(err, vp8.ErrTruncated) {
		return corrupt(j.format, io.ErrUnexpectedEOF)
	}
	return corrupt(j.format, err)
}

// skipFilterFrom is how much smaller a picture is made for its loop filter to be left out.
const skipFilterFrom = 2

// reduces reports whether the photo is made smaller by at least factor.
func (f frame) reduces(factor int) bool {
	w, h := f.stored()
	return max(f.srcW, f.srcH) >= factor*max(w, h)
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

// Lossy WebP is in the studio range of BT.601: luma 16 to 235, chroma 16 to 240 (RFC 6386, 9.2; libwebp,
// src/dsp/yuv.h). These tables stretch it to the full range of JFIF.
var studio = [3][256]uint8{stretch(16, 0, 219), stretch(128, 128, 224), stretch(128, 128, 224)}

// stretch maps from to to, and width steps to 255.
func stretch(from, to, width int) (t [256]uint8) {
	for i := range t {
		t[i] = clamp8(int32(to + int(math.Round(float64(i-from)*255/float64(width)))))
	}
	return t
}
