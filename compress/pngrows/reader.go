// Package pngrows reads a PNG row by row, in little memory whatever its size.
//
// The bytes of a PNG go in ([NewReader]); its rows come out in order, unfiltered but
// otherwise as they are stored ([Reader.Next]): samples of 1 to 16 bits, palette
// indices, alpha and all. What they mean is for the caller to say, with the help of the
// header. Interlaced pictures have no rows in order and are refused with [ErrInterlaced].
//
// The checksums of the image data's chunks are verified; that of the stream inside is not, since it
// could only find again what those have found. Decompression is the package's own: it takes
// half the time of compress/flate, which takes most of the time of image/png.
//
// References are to the PNG specification, third edition (W3C 2025), and to RFC 1951.
package pngrows

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// The kinds of failure, to be asked for with errors.Is.
var (
	// ErrInterlaced is a picture that is stored in seven passes (Adam7).
	ErrInterlaced = errors.New("an interlaced PNG")
	// ErrCorrupt is a file that breaks the rules of the format.
	ErrCorrupt = errors.New("a corrupt PNG")
	// ErrTruncated is a file that ends before its picture does.
	ErrTruncated = errors.New("a truncated PNG")
)

// ColorType says what the samples of a pixel are (11.2.1).
type ColorType uint8

// The colour types.
const (
	Gray      ColorType = 0
	RGB       ColorType = 2
	Palette   ColorType = 3
	GrayAlpha ColorType = 4
	RGBA      ColorType = 6
)

var channels = [...]int{Gray: 1, RGB: 3, Palette: 1, GrayAlpha: 2, RGBA: 4}

// Header is what a PNG says before its picture.
type Header struct {
	Width, Height int
	// Depth is the bits of a sample: 1, 2, 4, 8 or 16.
	Depth int
	Color ColorType
	// Interlaced is set if the picture is stored in seven passes.
	Interlaced bool
	// Palette holds the colours of a picture of type Palette, three bytes each; at most 256.
	Palette []byte
	// Transparency is the content of the tRNS chunk, if there is one (11.3.1.1).
	Transparency []byte
}

// RowBytes is the length of a row.
func (h Header) RowBytes() int {
	return (h.Width*channels[h.Color]*h.Depth + 7) / 8
}

// Reader reads the rows of one PNG. Not for concurrent use.
type Reader struct {
	Header
	z        inflater
	row      int
	cur, old []byte // the filter's number and a row; the row before
	pixel    int    // bytes of a pixel, at least one: the filters' distance
}

const (
	signature     = "\x89PNG\r\n\x1a\n"
	chunkOverhead = 12 // length, type, checksum
)

// NewReader reads everything before the picture. It keeps data, and allocates nothing
// for the picture until the first call of Next. The error is ErrCorrupt or ErrTruncated.
func NewReader(data []byte) (*Reader, error) {
	r := new(Reader)
	if len(data) < len(signature) || string(data[:len(signature)]) != signature {
		return nil, fmt.Errorf("%w: it has no PNG signature", ErrCorrupt)
	}
	rest := data[len(signature):]
	for first := true; ; first = false {
		kind, content, next, err := chunk(rest)
		if err != nil {
			return nil, err
		}
		if first != (kind == "IHDR") {
			return nil, fmt.Errorf("%w: its header is not the first chunk", ErrCorrupt)
		}
		switch kind {
		case "IHDR":
			err = r.header(content)
		case "PLTE":
			if len(content) == 0 || len(content)%3 != 0 || len(content) > 256*3 {
				err = fmt.Errorf("%w: a palette of %d bytes", ErrCorrupt, len(content))
			}
			r.Palette = content
		case "tRNS":
			r.Transparency = content
		case "IEND":
			err = fmt.Errorf("%w: it holds no picture", ErrCorrupt)
		case "IDAT":
			r.z.src.chunks = rest
			return r, r.complete()
		}
		if err != nil {
			return nil, err
		}
		rest = next
	}
}

// chunk splits off the next chunk (5.3). Only checksums of image data and of what decoding needs
// are worth refusing a photo for; they are verified by their readers.
func chunk(data []byte) (kind string, content, rest []byte, err error) {
	if len(data) < chunkOverhead {
		return "", nil, nil, ErrTruncated
	}
	n := uint64(binary.BigEndian.Uint32(data))
	if n > uint64(len(data)-chunkOverhead) {
		return string(data[4:8]), data[8:], nil, ErrTruncated
	}
	end := 8 + int(n)
	switch kind := string(data[4:8]); kind {
	case "IHDR", "PLTE", "IDAT", "tRNS":
		if crc32.ChecksumIEEE(data[4:end]) != binary.BigEndian.Uint32(data[end:]) {
			return "", nil, nil, fmt.Errorf("%w: the checksum of an %s chunk does not fit", ErrCorrupt, kind)
		}
	}
	return string(data[4:8]), data[8:end], data[end+4:], nil
}

// header reads the IHDR chunk (11.2.1).
func (r *Reader) header(c []byte) error {
	if len(c) != 13 {
		return fmt.Errorf("%w: a header of %d bytes", ErrCorrupt, len(c))
	}
	w, h := binary.BigEndian.Uint32(c), binary.BigEndian.Uint32(c[4:])
	if w == 0 || h == 0 || w > 1<<31-1 || h > 1<<31-1 {
		return fmt.Errorf("%w: a size of %d x %d", ErrCorrupt, w, h)
	}
	r.Width, r.Height = int(w), int(h)
	r.Depth, r.Color, r.Interlaced = int(c[8]), ColorType(c[9]), c[12] == 1
	depths := map[ColorType]int{ // as bits
		Gray: 1 | 2 | 4 | 8 | 16, RGB: 8 | 16, Palette: 1 | 2 | 4 | 8, GrayAlpha: 8 | 16, RGBA: 8 | 16,
	}[r.Color]
	if r.Depth&(r.Depth-1) != 0 || r.Depth&depths == 0 {
		return fmt.Errorf("%w: %d bits in colour type %d", ErrCorrupt, r.Depth, r.Color)
	}
	if c[10] != 0 || c[11] != 0 || c[12] > 1 {
		return fmt.Errorf("%w: compression %d, filter %d, interlace %d", ErrCorrupt, c[10], c[11], c[12])
	}
	return nil
}

// complete checks what can only be checked once all chunks before the picture are read.
func (r *Reader) complete() error {
	if r.Color == Palette && len(r.Palette) == 0 {
		return fmt.Errorf("%w: it has no palette", ErrCorrupt)
	}
	r.pixel = max(channels[r.Color]*r.Depth/8, 1)
	return nil
}

// Row is the number of rows read so far.
func (r *Reader) Row() int { return r.row }

// Next returns the next row, valid until the next call. It may be called Height times. The
// error is ErrInterlaced, ErrCorrupt or ErrTruncated.
func (r *Reader) Next() ([]byte, error) {
	if r.Interlaced {
		return nil, ErrInterlaced
	}
	if r.row >= r.Height {
		return nil, fmt.Errorf("%w: a row after the last", ErrCorrupt)
	}
	if r.cur == nil {
		n := 1 + r.RowBytes()
		both := make([]byte, 2*n)
		r.cur, r.old = both[:n:n], both[n:]
		if err := r.z.start(); err != nil {
			return nil, err
		}
	}
	r.cur, r.old = r.old, r.cur
	if err := r.z.read(r.cur); err != nil {
		return nil, err
	}
	if r.cur[0] > 4 {
		return nil, fmt.Errorf("%w: a filter of type %d", ErrCorrupt, r.cur[0])
	}
	unfilter(r.cur[0], r.cur[1:], r.old[1:], r.pixel)
	r.row++
	return r.cur[1:], nil
}
