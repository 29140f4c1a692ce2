package compress

import (
	"errors"
	"fmt"

	"github.com/tagroll/tagroll/compress/icc"
	"github.com/tagroll/tagroll/compress/jpegscale"
)

// tiffJPEG decodes a picture whose strips or tiles are JPEGs (TIFF Technical Note 2, compression
// 7). One that is a single JPEG is decoded at reduced scale, others row by row.
func (j *job) tiffJPEG(d *directory, profile *icc.Profile) (*picture, error) {
	model, known := map[int]jpegscale.ColorModel{
		whiteIsZero: jpegscale.Gray, blackIsZero: jpegscale.Gray, rgbTIFF: jpegscale.RGB, separated: jpegscale.CMYK, yccTIFF: jpegscale.YCbCr,
	}[d.value(tagPhotometric, -1)]
	samples := d.value(tagSamplesPerPixel, 1)
	if !known || samples != jpegSamples[model] || d.value(tagPlanarConfiguration, 1) != 1 && samples > 1 || d.value(tagBitsPerSample, 8) != 8 {
		return nil, unreadable(j.format, nil, "JPEG compression of this kind", tiffWayOut)
	}
	parts, err := newJPEGParts(j, d, samples)
	if err != nil {
		return nil, corrupt(j.format, err)
	}
	profile = j.fitting(profile, jpegColours[model])
	if parts.across == 1 && parts.partH >= j.frame.srcH && model != jpegscale.CMYK && d.value(tagPhotometric, -1) != whiteIsZero {
		part, err := parts.jpeg(0)
		if err != nil {
			return nil, corrupt(j.format, err)
		}
		if config, err := jpegscale.DecodeConfig(part); err == nil && config.Width == j.frame.srcW && config.Height == j.frame.srcH && jpegSamples[config.Model] == samples {
			return j.jpegPicture(part, model, profile)
		}
	}
	if min(parts.partH, j.frame.srcH) > maxTIFFBuffer/(j.frame.srcW*samples) {
		// The rows of one JPEG would take gigabytes.
		return nil, unreadable(j.format, nil, "JPEGs of this size", tiffWayOut)
	}
	photometric := d.value(tagPhotometric, -1)
	if photometric == yccTIFF {
		photometric = rgbTIFF
	}
	t := &tiffRows{
		d: d, w: j.frame.srcW, h: j.frame.srcH, colours: samples, samples: samples,
		photometric: photometric, planes: []tiffLines{parts},
	}
	return j.scaleRows(t.rows(j, profile))
}

var jpegSamples = map[jpegscale.ColorModel]int{
	jpegscale.Gray: 1, jpegscale.YCbCr: 3, jpegscale.RGB: 3, jpegscale.CMYK: 4, jpegscale.YCCK: 4,
}

// jpegParts reads the rows of a picture that is cut into JPEGs, a row of them at a time.
type jpegParts struct {
	j            *job
	tiffParts    // with the strips as tiles of the picture's width
	across       int
	partW, partH int
	samples      int
	tables       []byte // what all parts have in common, without an end marker
	ycc          bool
	row          int
	band         []byte
}

func newJPEGParts(j *job, d *directory, samples int) (*jpegParts, error) {
	p := &jpegParts{
		j: j, samples: samples, ycc: d.value(tagPhotometric, -1) == yccTIFF,
		partW: d.value(tagTileWidth, 0), partH: d.value(tagTileLength, 0),
	}
	p.tiffParts = tiffParts{d: d, offsets: d.values(tagTileOffsets), counts: d.values(tagTileByteCounts)}
	if p.partW == 0 {
		p.partW, p.partH = j.frame.srcW, min(d.value(tagRowsPerStrip, j.frame.srcH), j.frame.srcH)
		p.offsets, p.counts = d.values(tagStripOffsets), d.values(tagStripByteCounts)
	}
	if p.partW < 1 || p.partH < 1 || p.partW > j.o.MaxPixels/p.partH {
		return nil, fmt.Errorf("parts of %d x %d", p.partW, p.partH)
	}
	p.across = (j.frame.srcW + p.partW - 1) / p.partW
	if tables := d.bytes(tagJPEGTables); len(tables) > 4 {
		p.tables = tables[:len(tables)-2]
	}
	return p, p.check(p.across * ((j.frame.srcH + p.partH - 1) / p.partH))
}

// jpeg returns the JPEG of a part, put together with its tables.
func (p *jpegParts) jpeg(i int) ([]byte, error) {
	data, err := p.bytes(i)
	if err != nil || len(data) < 2 || p.tables == nil {
		return data, err
	}
	return append(append(make([]byte, 0, len(p.tables)+len(data)), p.tables...), data[2:]...), nil
}

// next returns the next row, valid until the next call.
func (p *jpegParts) next() ([]byte, error) {
	w := p.j.frame.srcW * p.samples
	if p.row%p.partH == 0 {
		if p.band == nil {
			p.band = make([]byte, w*min(p.partH, p.j.frame.srcH))
		}
		for x := range p.across {
			if err := p.decode(p.row/p.partH*p.across+x, x*p.partW, min(p.partH, p.j.frame.srcH-p.row)); err != nil {
				return nil, err
			}
		}
	}
	line := p.band[p.row%p.partH*w:][:w]
	p.row++
	return line, nil
}

// decode puts a part into the band, with its left edge at x.
func (p *jpegParts) decode(i, x, rows int) error {
	data, err := p.jpeg(i)
	if err != nil {
		return err
	}
	part, err := jpegscale.Decode(p.j.ctx, data, jpegscale.Options{MaxPixels: p.j.o.MaxPixels})
	if err != nil {
		return err
	}
	defer part.Release()
	columns := min(p.partW, p.j.frame.srcW-x)
	if len(part.Planes) != p.samples || part.Width < columns || part.Height < rows || part.Share < 1 {
		return errors.New("a part of another size or of other colours than the picture")
	}
	stride := p.j.frame.srcW * p.samples
	for y := range rows {
		dst := p.band[y*stride+x*p.samples:][:columns*p.samples]
		for c, plane := range part.Planes {
			spread(dst[c:], p.samples, columns, plane, part.Width, y*plane.Height/part.Height)
		}
		if p.ycc {
			for ; len(dst) >= 3; dst = dst[3:] {
				dst[0], dst[1], dst[2] = yccToRGB(dst[0], dst[1], dst[2])
			}
		}
	}
	return nil
}

// spread writes a row of a plane as one sample in step, repeating those of a plane that is
// narrower than the picture.
func spread(dst []byte, step, columns int, plane jpegscale.Plane, width, y int) {
	src := plane.Pix[y*plane.Stride:][:plane.Width]
	if plane.Width == width {
		for x := range columns {
			dst[x*step] = src[x]
		}
		return
	}
	for x := range columns {
		dst[x*step] = src[x*plane.Width/width]
	}
}
