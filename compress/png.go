package compress

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"image/png"
	"io"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress/icc"
	"github.com/tagroll/tagroll/compress/pngrows"
)

// png reads a PNG row by row, and as a whole if it is interlaced.
func (j *job) png() (*picture, error) {
	r, err := pngrows.NewReader(j.data)
	if err != nil {
		return nil, j.pngError(nil, err)
	}
	if err := j.setSize(r.Width, r.Height); err != nil {
		return nil, err
	}
	profile := j.pngProfile()
	if r.Interlaced {
		return j.pngInterlaced(r.Header, profile)
	}
	kind := rgbColours
	if r.Color == pngrows.Gray || r.Color == pngrows.GrayAlpha {
		kind = grayColours
	}
	src := pngSource(r.Header, j.fitting(profile, kind))
	return j.scaleRows(rows{channels: src.channels, profile: src.profile, next: func(dst []byte) error {
		row, err := r.Next()
		if err != nil {
			return j.pngError(r, err)
		}
		src.convert(dst, row)
		return nil
	}})
}

// pngInterlaced decodes with the standard library, which holds the whole picture, and
// up to half of it again as the last of the seven passes. So that a small file cannot ask for
// gigabytes, its pixels may not take more memory than four bytes for each that is allowed.
func (j *job) pngInterlaced(h pngrows.Header, profile *icc.Profile) (*picture, error) {
	const bytesPerPixel = 4
	if need := h.RowBytes() * h.Height; need/bytesPerPixel > j.o.MaxPixels {
		return nil, fail(tagroll.CodeTooManyPixels, nil,
			"it is interlaced and would take %d MB of memory: save it without interlacing", need>>20)
	}
	img, err := png.Decode(bytes.NewReader(j.data))
	if err != nil {
		return nil, corrupt(j.format, err)
	}
	if err := j.alive(); err != nil {
		return nil, err
	}
	return j.scaleRows(imageRows(img, j.fitting(profile, coloursOf(img))))
}

func (j *job) pngError(r *pngrows.Reader, err error) error {
	if !errors.Is(err, pngrows.ErrTruncated) {
		return corrupt(j.format, err)
	}
	if r == nil {
		return corrupt(j.format, io.ErrUnexpectedEOF)
	}
	return truncated(j.format, float64(r.Row())/float64(r.Height), err)
}

// maxProfile is far more than any profile without tables of many dimensions has.
const maxProfile = 4 << 20

// pngProfile finds the colour space of a PNG. Of several chunks the one that the specification
// ranks highest counts (PNG third edition, 4.3): cICP, iCCP, sRGB, then gAMA and cHRM.
func (j *job) pngProfile() *icc.Profile {
	chunks := make(map[string][]byte)
	for kind, content := range pngChunks(j.data) {
		if kind == "IDAT" {
			break
		}
		if _, again := chunks[kind]; !again {
			chunks[kind] = content
		}
	}
	if c := chunks["cICP"]; len(c) == 4 && c[2] == 0 && c[3] == 1 {
		return j.usable(icc.FromCICP(int(c[0]), int(c[1])))
	}
	if c, ok := chunks["iCCP"]; ok {
		return j.profile(inflateProfile(c))
	}
	if _, ok := chunks["sRGB"]; ok {
		return nil
	}
	return j.pngChromaticities(chunks["gAMA"], chunks["cHRM"])
}

func (j *job) pngChromaticities(gama, chrm []byte) *icc.Profile {
	if len(gama) != 4 {
		return nil // primaries without a tone curve are not enough to go by
	}
	unit := func(b []byte) float64 { return float64(binary.BigEndian.Uint32(b)) / 100000 }
	c := icc.SRGBChromaticities()
	if len(chrm) == 32 {
		c = icc.Chromaticities{
			WhiteX: unit(chrm), WhiteY: unit(chrm[4:]), RedX: unit(chrm[8:]), RedY: unit(chrm[12:]),
			GreenX: unit(chrm[16:]), GreenY: unit(chrm[20:]), BlueX: unit(chrm[24:]), BlueY: unit(chrm[28:]),
		}
	}
	encoded := unit(gama)
	// 0.45455 is how sRGB is written in this chunk (PNG third edition, 11.3.2.5), although a
	// power of 2.2 is not quite its curve; programs write it to say "nothing special".
	if encoded > 0.45 && encoded < 0.46 {
		return j.usable(icc.FromSRGBCurve(c))
	}
	return j.usable(icc.FromChromaticities(c, 1/encoded))
}

// inflateProfile unpacks an iCCP chunk: a name, a zero, the method, a zlib stream.
func inflateProfile(chunk []byte) []byte {
	end := bytes.IndexByte(chunk, 0)
	if end < 0 || len(chunk) < end+2 || chunk[end+1] != 0 {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(chunk[end+2:]))
	if err != nil {
		return nil
	}
	defer z.Close()
	// A checksum that does not fit is no reason to give the colours up: Parse looks at
	// the content.
	profile, _ := io.ReadAll(io.LimitReader(z, maxProfile))
	return profile
}

// pngChunks yields type and content of a PNG's chunks.
func pngChunks(data []byte) func(yield func(string, []byte) bool) {
	const signature, overhead = 8, 12 // length, type and checksum
	return func(yield func(string, []byte) bool) {
		for p := signature; p+overhead <= len(data); {
			n := uint64(binary.BigEndian.Uint32(data[p:]))
			if n > uint64(len(data)-p-overhead) {
				return
			}
			if !yield(string(data[p+4:p+8]), data[p+8:p+8+int(n)]) {
				return
			}
			p += overhead + int(n)
		}
	}
}
