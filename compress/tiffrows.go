package compress

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"

	"golang.org/x/image/tiff/lzw"

	"github.com/tagroll/tagroll/compress/icc"
	"github.com/tagroll/tagroll/compress/jpegscale"
)

// tiffRows reads the kinds of TIFF that photo editors write, row by row: grey, RGB and CMYK of
// 8 or 16 bits, in strips or tiles, interleaved or plane by plane, uncompressed or with
// LZW, Deflate or PackBits. golang.org/x/image/tiff decodes a picture as a whole and
// knows neither CMYK nor planes nor extra channels.
//
// References are to TIFF 6.0 (Adobe 1992).
type tiffRows struct {
	d           *directory
	w, h        int
	colours     int // samples of a pixel that are colours: 1, 3 or 4
	samples     int // all samples of a pixel
	wide        bool
	photometric int
	alpha       int // 0 none, 1 premultiplied, 2 not
	planes      []tiffLines
	row         int
	now         *icc.Transform
	mix         func(c, m, y, k uint8) (r, g, b uint8) // of inks
	// line is for planes that are apart: a row with all samples together.
	line []byte
}

// Values of tagPhotometric.
const (
	whiteIsZero = 0
	blackIsZero = 1
	rgbTIFF     = 2
	separated   = 5
	yccTIFF     = 6
)

// tiffLines hands out rows of samples, each valid until the next.
type tiffLines interface{ next() ([]byte, error) }

// newTIFFRows returns a reader of a picture whose size was checked. It is nil if the
// picture is of another kind.
func newTIFFRows(d *directory, w, h int) *tiffRows {
	t := &tiffRows{d: d, w: w, h: h, samples: d.value(tagSamplesPerPixel, 1), photometric: d.value(tagPhotometric, -1)}
	colours, known := map[int]int{whiteIsZero: 1, blackIsZero: 1, rgbTIFF: 3, separated: 4}[t.photometric]
	depth := d.value(tagBitsPerSample, 1)
	compression := d.value(tagCompression, 1)
	switch {
	case !known, t.samples < colours, t.samples > 16, depth != 8 && depth != 16,
		d.value(tagSampleFormat, 1) != 1, d.value(tagPredictor, 1) > 2, d.value(tagFillOrder, 1) != 1,
		t.photometric == separated && d.value(tagInkSet, 1) != 1:
		return nil
	case compression != 1 && compression != 5 && compression != 8 && compression != 32773 && compression != 32946:
		return nil
	}
	for _, bits := range d.values(tagBitsPerSample) {
		if bits != depth {
			return nil
		}
	}
	t.colours, t.wide = colours, depth == 16
	if extra := d.value(tagExtraSamples, 0); t.samples > colours && colours != 4 {
		t.alpha = extra
		if extra > 2 {
			t.alpha = 0
		}
	}
	return t
}

// open finds the picture's data.
func (t *tiffRows) open() error {
	bytesPerSample, together, apart := 1, t.samples, 1
	if t.wide {
		bytesPerSample = 2
	}
	if t.d.value(tagPlanarConfiguration, 1) == 2 {
		together, apart = 1, t.samples
	}
	for i := range apart {
		p, err := newTIFFPlane(t.d, t.w, t.h, together, bytesPerSample, i)
		if err != nil {
			return err
		}
		t.planes = append(t.planes, p)
	}
	if apart > 1 {
		t.line = make([]byte, t.w*t.samples*bytesPerSample)
	}
	return nil
}

// rows is what scaling reads. A profile is applied at once to inks and to pixels with alpha or 16
// bits.
func (t *tiffRows) rows(j *job, profile *icc.Profile) rows {
	if t.colours == 4 {
		t.mix, profile = mixer(profile), nil
	}
	if profile != nil && (t.wide || t.alpha != 0) {
		t.now, profile = icc.NewTransform(profile, true), nil
	}
	out := rows{channels: min(t.colours, 3), profile: profile}
	out.next = func(dst []byte) error {
		line, err := t.read()
		if err != nil {
			if stop := j.alive(); stop != nil {
				return stop
			}
			if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, jpegscale.ErrTruncated) {
				return truncated(j.format, float64(t.row)/float64(t.h), err)
			}
			if _, ok := errors.AsType[*jpegscale.Error](err); ok {
				return j.jpegError(err)
			}
			return corrupt(j.format, err)
		}
		t.row++
		t.convert(dst, line)
		return nil
	}
	return out
}

// read returns a row with all samples of a pixel together.
func (t *tiffRows) read() ([]byte, error) {
	if t.line == nil {
		return t.planes[0].next()
	}
	size := len(t.line) / t.w / t.samples
	for s, p := range t.planes {
		row, err := p.next()
		if err != nil {
			return nil, err
		}
		for x := range t.w {
			copy(t.line[(x*t.samples+s)*size:][:size], row[x*size:])
		}
	}
	return t.line, nil
}

// convert makes a row of the result.
func (t *tiffRows) convert(dst, line []byte) {
	if t.photometric == rgbTIFF && t.samples == 3 && !t.wide {
		copy(dst, line)
		return
	}
	var v [4]uint16
	for x := range t.w {
		for c := range t.colours {
			v[c] = t.sample(line, x*t.samples+c)
		}
		a := uint16(0xffff)
		if t.alpha != 0 {
			a = t.sample(line, x*t.samples+t.colours)
		}
		if t.alpha == 1 && a > 0 {
			for c := range t.colours {
				v[c] = uint16(min(uint32(v[c])*0xffff/uint32(a), 0xffff))
			}
		}
		switch t.colours {
		case 1:
			if t.photometric == whiteIsZero {
				v[0] = 0xffff - v[0]
			}
			dst[x] = onWhite(grayTo8(v[0], t.now), a)
		case 3:
			r, g, b := rgbTo8(v[0], v[1], v[2], t.now)
			dst[3*x], dst[3*x+1], dst[3*x+2] = onWhite(r, a), onWhite(g, a), onWhite(b, a)
		case 4:
			dst[3*x], dst[3*x+1], dst[3*x+2] = t.mix(to8(v[0]), to8(v[1]), to8(v[2]), to8(v[3]))
		}
	}
}

// sample reads sample i of a row, widened to 16 bits.
func (t *tiffRows) sample(line []byte, i int) uint16 {
	if t.wide {
		return t.d.order.Uint16(line[2*i:])
	}
	return uint16(line[i]) * 0x101
}

// tiffPlane reads the rows of a plane, or of all of them together.
type tiffPlane struct {
	w, h          int
	pixel, sample int // bytes
	predict       bool
	tiffParts
	first int // index of the plane's first strip or tile

	// Strips are read row by row, whatever their size; tiles a row of them at a time.
	tileW, tileH int // 0 for strips
	stripRows    int
	row          int
	strip        io.Reader
	line         []byte
	band         []byte
}

// tiffParts are the strips or tiles of a picture, as they are stored.
type tiffParts struct {
	d       *directory
	offsets []int
	counts  []int // in bytes; old programs leave them out
}

// check reports whether there are as many parts as the picture needs.
func (p *tiffParts) check(n int) error {
	if p.counts == nil && n == 1 {
		p.counts = []int{0}
	}
	if len(p.offsets) < n || len(p.counts) < n {
		return fmt.Errorf("%w: parts of the picture are missing", io.ErrUnexpectedEOF)
	}
	return nil
}

// bytes returns a part, as far as the file has it. One without a size reaches to the file's end.
func (p *tiffParts) bytes(i int) ([]byte, error) {
	at, n := p.offsets[i], p.counts[i]
	if at > len(p.d.data) {
		return nil, io.ErrUnexpectedEOF
	}
	if n == 0 {
		n = len(p.d.data)
	}
	return p.d.data[at:min(at+n, len(p.d.data))], nil
}

// maxTIFFBuffer is the most memory for a row, or a row of tiles.
const maxTIFFBuffer = 256 << 20

func newTIFFPlane(d *directory, w, h, together, sample, plane int) (*tiffPlane, error) {
	p := &tiffPlane{tiffParts: tiffParts{d: d}, w: w, h: h, sample: sample, pixel: together * sample, predict: d.value(tagPredictor, 1) == 2}
	lineBytes := w * p.pixel
	var perPlane int
	if p.tileW = d.value(tagTileWidth, 0); p.tileW > 0 {
		p.tileH = d.value(tagTileLength, 0)
		p.offsets, p.counts = d.values(tagTileOffsets), d.values(tagTileByteCounts)
		if p.tileH < 1 || p.tileW > maxTIFFBuffer || p.tileH > maxTIFFBuffer/max(lineBytes, p.tileW*p.pixel) {
			return nil, fmt.Errorf("tiles of %d x %d", p.tileW, p.tileH)
		}
		perPlane = ((w + p.tileW - 1) / p.tileW) * ((h + p.tileH - 1) / p.tileH)
		p.band = make([]byte, lineBytes*p.tileH)
	} else {
		p.stripRows = min(d.value(tagRowsPerStrip, h), h)
		p.offsets, p.counts = d.values(tagStripOffsets), d.values(tagStripByteCounts)
		if p.stripRows < 1 || lineBytes > maxTIFFBuffer {
			return nil, errors.New("strips of no rows, or of too long ones")
		}
		perPlane = (h + p.stripRows - 1) / p.stripRows
		p.line = make([]byte, lineBytes)
	}
	p.first = plane * perPlane
	return p, p.check(p.first + perPlane)
}

// next returns the next row, valid until the next call.
func (p *tiffPlane) next() ([]byte, error) {
	defer func() { p.row++ }()
	if p.tileW > 0 {
		if p.row%p.tileH == 0 {
			if err := p.readTiles(p.row / p.tileH); err != nil {
				return nil, err
			}
		}
		return p.band[p.row%p.tileH*p.w*p.pixel:][:p.w*p.pixel], nil
	}
	if p.row%p.stripRows == 0 {
		var err error
		if p.strip, err = p.part(p.first + p.row/p.stripRows); err != nil {
			return nil, err
		}
	}
	if _, err := io.ReadFull(p.strip, p.line); err != nil {
		return nil, err
	}
	p.undoPredictor(p.line)
	return p.line, nil
}

// readTiles fills the band with a row of tiles.
func (p *tiffPlane) readTiles(down int) error {
	across := (p.w + p.tileW - 1) / p.tileW
	line := make([]byte, p.tileW*p.pixel)
	for i := range across {
		tile, err := p.part(p.first + down*across + i)
		if err != nil {
			return err
		}
		for y := range min(p.tileH, p.h-down*p.tileH) {
			if _, err := io.ReadFull(tile, line); err != nil {
				return err
			}
			p.undoPredictor(line)
			copy(p.band[(y*p.w+i*p.tileW)*p.pixel:(y+1)*p.w*p.pixel], line)
		}
	}
	return nil
}

// part returns a decompressor for a strip or tile.
func (p *tiffPlane) part(i int) (io.Reader, error) {
	data, err := p.bytes(i)
	if err != nil {
		return nil, err
	}
	r := bytes.NewReader(data)
	switch p.d.value(tagCompression, 1) {
	case 5:
		return lzw.NewReader(r, lzw.MSB, 8), nil
	case 8, 32946:
		return zlib.NewReader(r)
	case 32773:
		return &packBits{data: data}, nil
	}
	return r, nil
}

// undoPredictor turns differences between neighbours back into samples (section 14).
func (p *tiffPlane) undoPredictor(line []byte) {
	if !p.predict {
		return
	}
	if p.sample == 1 {
		for i := p.pixel; i < len(line); i++ {
			line[i] += line[i-p.pixel]
		}
		return
	}
	order := p.d.order
	for i := p.pixel; i+1 < len(line); i += 2 {
		order.PutUint16(line[i:], order.Uint16(line[i:])+order.Uint16(line[i-p.pixel:]))
	}
}

// packBits is a reader of PackBits (section 9).
type packBits struct {
	data   []byte
	copied int // bytes still to be copied
	again  int // times that value is still to be repeated
	value  byte
}

func (p *packBits) Read(dst []byte) (int, error) {
	n := 0
	for n < len(dst) {
		switch {
		case p.copied > 0 && len(p.data) > 0:
			k := copy(dst[n:], p.data[:min(p.copied, len(p.data))])
			p.data, p.copied, n = p.data[k:], p.copied-k, n+k
		case p.again > 0:
			dst[n] = p.value
			p.again, n = p.again-1, n+1
		case len(p.data) < 2:
			if n > 0 {
				return n, nil
			}
			return 0, io.EOF
		case p.data[0] == 128: // nothing
			p.data = p.data[1:]
		case p.data[0] < 128:
			p.copied, p.data = int(p.data[0])+1, p.data[1:]
		default:
			p.again, p.value, p.data = 257-int(p.data[0]), p.data[1], p.data[2:]
		}
	}
	return n, nil
}
