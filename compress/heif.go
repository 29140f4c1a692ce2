package compress

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress/heif"
	"github.com/tagroll/tagroll/compress/icc"
	"github.com/tagroll/tagroll/compress/resample"
)

// heif decodes HEIC and AVIF, row by row. The file's boxes say how to turn the picture.
func (j *job) heif() (p *picture, err error) {
	info, err := heif.ReadInfo(j.data)
	if err != nil {
		return nil, j.heifError(err)
	}
	j.o.Orientation = info.Orientation
	o := heif.Options{MaxPixels: j.o.MaxPixels, Wait: func(wait func() error) error { return tagroll.Wait(j.ctx, wait) }}
	// What the boxes say of the size is checked first since it costs nothing.
	if info.Width > 0 && info.Height > 0 {
		if err := j.setSize(info.Width, info.Height); err != nil {
			return nil, err
		}
		o.Plain = max(info.Width, info.Height) >= 3*j.o.MaxSide
	}
	err = heif.Decode(j.ctx, j.data, o, func(rows *heif.Rows) error {
		if err := j.setSize(rows.Width, rows.Height); err != nil {
			return err
		}
		p, err = j.heifRows(rows, info)
		return err
	})
	if err != nil {
		return nil, j.heifError(err)
	}
	return p, nil
}

// heifRows makes the picture of rows.
func (j *job) heifRows(src *heif.Rows, info heif.Info) (*picture, error) {
	kind := rgbColours
	if src.ChromaX == 0 {
		kind = grayColours
	}
	profile := j.fitting(j.heifProfile(info.Profile, src.Coding), kind)
	toRGB, jfif := j.heifMatrix(src)
	switch {
	case src.Alpha:
		return j.scaleRows(j.heifOnWhite(src, toRGB, profile))
	case src.ChromaX == 0:
		p := &picture{model: gray, profile: profile}
		err := j.heifPlanes(p, src, false)
		if err == nil && !jfif { // luma of another range
			toRGB(p.planes[0].pix, nil, nil)
		}
		return p, err
	case jfif:
		p := &picture{model: ycc, profile: profile}
		return p, j.heifPlanes(p, src, true)
	}
	p := &picture{model: rgb, profile: profile}
	err := j.heifPlanes(p, src, false)
	for y := range j.frame.h {
		if err == nil {
			toRGB(p.planes[0].row(y), p.planes[1].row(y), p.planes[2].row(y))
		}
	}
	return p, err
}

// heifPlanes scales luma and chroma as they come, each by itself.
func (j *job) heifPlanes(p *picture, src *heif.Rows, halved bool) error {
	f := j.frame
	var streams []*planeStream
	for c := range 3 {
		part := plane{w: f.srcW, h: f.srcH}
		if c > 0 {
			if src.ChromaX == 0 {
				break
			}
			part = plane{
				w: (f.srcW + src.ChromaX - 1) / src.ChromaX, spanW: float64(f.srcW) / float64(src.ChromaX),
				h: (f.srcH + src.ChromaY - 1) / src.ChromaY, spanH: float64(f.srcH) / float64(src.ChromaY),
			}
		}
		s, out := j.newPlaneStream(part, halved && c > 0)
		streams = append(streams, s)
		p.planes = append(p.planes, out)
	}
	for y := range f.srcH {
		row, err := src.Next(j.ctx)
		if err != nil {
			return err
		}
		streams[0].row(row.Y)
		if src.ChromaX > 0 && y%src.ChromaY == 0 {
			streams[1].row(row.Cb)
			streams[2].row(row.Cr)
		}
	}
	for c, s := range streams {
		s.flush()
		p.planes[c] = j.upright(p.planes[c])
	}
	return nil
}

// planeStream scales one component that comes row by row: by averaging squares as far as that
// goes, then with the filter.
type planeStream struct {
	box    *resample.Box
	stream *resample.Stream
}

func (j *job) newPlaneStream(src plane, halved bool) (*planeStream, plane) {
	x, y := j.frame.axes(src, halved)
	factor := resample.BoxFactor(max(src.w, src.h), max(x.Dst, y.Dst))
	span := func(whole float64, n int) float64 {
		if whole == 0 {
			whole = float64(n)
		}
		return whole / float64(factor)
	}
	reduced := plane{
		w: (src.w + factor - 1) / factor, spanW: span(src.spanW, src.w),
		h: (src.h + factor - 1) / factor, spanH: span(src.spanH, src.h),
	}
	x, y = j.frame.axes(reduced, halved)
	out := j.newPlane(x.Dst, y.Dst)
	return &planeStream{box: resample.NewBox(src.w, 1, factor), stream: resample.NewStream(out.pix, out.stride, x, y)}, out
}

func (s *planeStream) row(row []byte) { s.add(s.box.Add(row)) }

func (s *planeStream) flush() { s.add(s.box.Flush()) }

func (s *planeStream) add(components [][]byte) {
	if components != nil {
		s.stream.Row(components[0])
	}
}

// heifOnWhite lays a picture with transparency on white, at full size: what is transparent must not
// colour its surroundings.
func (j *job) heifOnWhite(src *heif.Rows, toRGB func(y, cb, cr []byte), profile *icc.Profile) rows {
	w := j.frame.srcW
	r, g, b := make([]byte, w), make([]byte, w), make([]byte, w)
	out := rows{channels: 3, profile: profile}
	out.next = func(dst []byte) error {
		row, err := src.Next(j.ctx)
		if err != nil {
			return err
		}
		copy(r, row.Y)
		if src.ChromaX == 0 {
			toRGB(r, nil, nil)
			copy(g, r)
			copy(b, r)
		} else {
			for x := range w {
				g[x], b[x] = row.Cb[x/src.ChromaX], row.Cr[x/src.ChromaX]
			}
			toRGB(r, g, b)
		}
		for x := range w {
			a := uint32(row.Alpha[x])
			d, white := dst[3*x:3*x+3], 255*(255-a)
			for c, v := range [3]byte{r[x], g[x], b[x]} {
				if src.Multiplied {
					d[c] = uint8(min(uint32(v)+255-a, 255))
				} else {
					d[c] = div255(uint32(v)*a + white)
				}
			}
		}
		return nil
	}
	return out
}

// heifProfile is the colour space that the file tells, by a profile or by code points.
func (j *job) heifProfile(profile []byte, c *heif.Coding) *icc.Profile {
	const unspecified = 2
	switch {
	case profile != nil:
		return j.profile(profile)
	case c != nil && c.Primaries != unspecified && c.Transfer != unspecified:
		return j.usable(icc.FromCICP(c.Primaries, c.Transfer))
	}
	return nil
}

// heifMatrix returns how rows of luma and chroma of the same resolution become red, green and blue,
// in place, and whether they are as in JFIF, which needs no such step. Without code points they are
// as in JFIF: that is what phones write. Pictures without chroma have rows of luma alone.
func (j *job) heifMatrix(src *heif.Rows) (toRGB func(y, cb, cr []byte), jfif bool) {
	matrix, known, full := matrices[6], true, true
	if c := src.Coding; c != nil {
		full = c.FullRange
		if c.Matrix == identityMatrix && src.ChromaX == 1 && src.ChromaY == 1 {
			return identityRow(full), false
		}
		if matrix, known = matrices[c.Matrix]; !known {
			j.o.Log.Info("luma and chroma are taken as in JFIF", "matrix", c.Matrix)
			matrix = matrices[6]
		}
	}
	return matrix.toRGB(full), full && (matrix == matrices[6] || src.ChromaX == 0)
}

// lumaMatrix holds the shares of red and blue in luma.
type lumaMatrix struct{ red, blue float64 }

// identityMatrix is the code point of green, blue and red themselves in the place of luma and
// chroma.
const identityMatrix = 0

// matrices are those of H.273, table 4, by their code points. 2 stands for what is not known; 0
// without chroma in full has no meaning and is taken as that.
var matrices = map[int]lumaMatrix{
	0: {0.299, 0.114}, 2: {0.299, 0.114}, 5: {0.299, 0.114}, 6: {0.299, 0.114},
	1: {0.2126, 0.0722},
	4: {0.30, 0.11},
	7: {0.212, 0.087},
	9: {0.2627, 0.0593},
}

// toRGB returns the matrix as a function on rows (H.273, 8.3).
func (m lumaMatrix) toRGB(fullRange bool) func(y, cb, cr []byte) {
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
	return func(r, g, b []byte) {
		if g == nil {
			for x, v := range r {
				r[x] = clamp8((int32(v)*luma + offset) >> 16)
			}
			return
		}
		for x := range r {
			l := int32(r[x])*luma + offset
			cb, cr := int32(g[x])-128, int32(b[x])-128
			r[x], g[x], b[x] = clamp8((l+redCr*cr)>>16), clamp8((l-greenCb*cb-greenCr*cr)>>16), clamp8((l+blueCb*cb)>>16)
		}
	}
}

// identityRow puts green, blue and red in their places.
func identityRow(fullRange bool) func(y, cb, cr []byte) {
	var level [256]byte
	for v := range level {
		level[v] = byte(v)
		if !fullRange {
			level[v] = byte(min(max((v-16)*255+109, 0)/219, 255))
		}
	}
	return func(r, g, b []byte) {
		for x := range r {
			r[x], g[x], b[x] = level[b[x]], level[r[x]], level[g[x]]
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
	case errors.Is(err, heif.ErrUnsupported):
		return unreadable(j.format, err, "a picture of a kind of its own", exportJPEG)
	case errors.Is(err, heif.ErrTooManyPixels):
		return fail(tagroll.CodeTooManyPixels, err, "the picture has more pixels than the limit of %s million: export it smaller, or raise the limit", mega(float64(j.o.MaxPixels)))
	case errors.Is(err, heif.ErrMemory):
		return fail(tagroll.CodeTooManyPixels, err, "the %s takes more memory than there is for it (%s): %s, or smaller",
			name(j.format), strings.TrimPrefix(err.Error(), heif.ErrMemory.Error()+": "), exportJPEG)
	case j.ctx.Err() != nil:
		return stopped(j.ctx.Err())
	}
	if e, ok := errors.AsType[*tagroll.Error](err); ok {
		return e
	}
	return fail(tagroll.CodeInternal, fmt.Errorf("heif: %w", err), "the decoder for %s does not start (%v): %s", name(j.format), err, exportJPEG)
}
