package heif

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The kinds of failure, to be asked for with errors.Is.
var (
	// ErrCorrupt is a file that breaks the rules of the format, or that the decoder gives up
	// on.
	ErrCorrupt = errors.New("a corrupt file")
	// ErrTruncated is a file that is shorter than its boxes say; it is a [*TruncatedError].
	ErrTruncated = errors.New("a truncated file")
	// ErrTooManyPixels is a picture above the caller's limit of pixels.
	ErrTooManyPixels = errors.New("too many pixels")
	// ErrMemory is a picture whose pieces are too large to be decoded within the memory that
	// there is for decoders.
	ErrMemory = errors.New("too large a piece")
	// ErrUnsupported is a file whose primary picture is of a kind that is not read.
	ErrUnsupported = errors.New("an unsupported kind of picture")
)

// TruncatedError says how much of a truncated file is there.
type TruncatedError struct {
	Share float64 // 0 to 1
}

func (e *TruncatedError) Error() string { return "heif: " + ErrTruncated.Error() }

// Unwrap returns ErrTruncated.
func (e *TruncatedError) Unwrap() error { return ErrTruncated }

// Info is what a file's boxes say of its primary picture.
type Info struct {
	// Width and Height are the size of the picture that is shown, before Orientation: of the
	// clean aperture, if there is one. They are 0 if the file does not say.
	Width, Height int
	// Orientation is how the picture is to be turned, as an EXIF orientation, 1 to 8. The boxes
	// decide; EXIF data in the file must be ignored.
	Orientation int
	// Profile is the ICC profile, if there is one.
	Profile []byte
	// Coding are the code points of H.273 for the colours, if there are any.
	Coding *Coding

	clip clip
}

// Coding are code points of ITU-T H.273.
type Coding struct {
	Primaries, Transfer, Matrix int
	// FullRange is set if luma runs from 0 to 255, not from 16 to 235.
	FullRange bool
}

// clip is the part of the coded picture that is shown.
type clip struct{ x, y, w, h int }

// ReadInfo reads the boxes of a HEIC or AVIF file. The error is ErrCorrupt or ErrTruncated.
func ReadInfo(data []byte) (Info, error) {
	f, err := parse(data)
	if err != nil {
		return Info{Orientation: 1}, err
	}
	return f.info()
}

// info reads the properties of the primary picture in their order, which is the order in which
// they are applied.
func (f *file) info() (Info, error) {
	info := Info{Orientation: 1}
	_, properties, err := f.resolve(f.primary)
	if err != nil {
		return info, err
	}
	if w, h := sizeOf(properties); w > 0 && h > 0 {
		info.Width, info.Height, info.clip = w, h, clip{0, 0, w, h}
	}
	turned := upright
	for _, p := range properties {
		switch c := p.content; {
		case p.kind == "irot" && len(c) >= 1:
			for range c[0] & 3 {
				turned = turned.quarter()
			}
		case p.kind == "imir" && len(c) >= 1:
			turned = turned.mirror(int(c[0] & 1))
		case p.kind == "clap":
			info.aperture(c, turned.orientation())
		case p.kind == "colr":
			info.colour(c)
		}
	}
	info.Orientation = turned.orientation()
	return info, nil
}

// sizeOf reads the ispe property, 0 if there is none (ISO/IEC 23008-12, 6.5.3).
func sizeOf(properties []box) (w, h int) {
	c := find(properties, "ispe")
	if len(c) < 12 {
		return 0, 0
	}
	return int(binary.BigEndian.Uint32(c[4:])), int(binary.BigEndian.Uint32(c[8:]))
}

// aperture reads a clap property: width, height and the distance of its centre from the picture's,
// each as a fraction (ISO/IEC 14496-12, 12.1.4). The property is about the picture as turned so
// far. An aperture that makes no sense is passed over.
func (i *Info) aperture(c []byte, orientation int) {
	if len(c) < 32 || i.clip.w == 0 {
		return
	}
	var v [4]float64
	for n := range v {
		v[n] = float64(int32(binary.BigEndian.Uint32(c[8*n:]))) / float64(int32(binary.BigEndian.Uint32(c[8*n+4:])))
	}
	transposed := orientation >= 5
	flipX, flipY := flips(orientation)
	seenW, seenH := i.clip.w, i.clip.h
	if transposed {
		seenW, seenH = seenH, seenW
	}
	x, w := side(v[0], v[2], seenW)
	y, h := side(v[1], v[3], seenH)
	if w < 1 || h < 1 {
		return
	}
	if transposed {
		x, y, w, h = y, x, h, w
	}
	if flipX {
		x = i.clip.w - x - w
	}
	if flipY {
		y = i.clip.h - y - h
	}
	i.clip = clip{i.clip.x + x, i.clip.y + y, w, h}
	i.Width, i.Height = w, h
}

// side is one axis of a clean aperture, cut to the picture: its first pixel and how many there are.
func side(length, offset float64, whole int) (first, n int) {
	begin := offset + (float64(whole)-length)/2
	if math.IsNaN(begin) || math.IsInf(begin, 0) || length < 1 {
		return 0, 0
	}
	from := max(math.Floor(begin+0.5), 0)
	to := min(math.Floor(begin+length+0.5), float64(whole))
	if from >= to {
		return 0, 0
	}
	return int(from), int(to - from)
}

// colour reads a colr box (ISO/IEC 14496-12, 12.1.5).
func (i *Info) colour(c []byte) {
	if len(c) < 4 {
		return
	}
	switch kind, c := string(c[:4]), c[4:]; {
	case kind == "prof" || kind == "rICC":
		i.Profile = c
	case kind == "nclx" && len(c) >= 7:
		i.Coding = &Coding{
			Primaries: int(binary.BigEndian.Uint16(c)),
			Transfer:  int(binary.BigEndian.Uint16(c[2:])),
			Matrix:    int(binary.BigEndian.Uint16(c[4:])),
			FullRange: c[6]&0x80 != 0,
		}
	}
}

// corners is where the corners of the stored picture are shown: "abcd" are ab above cd.
type corners [4]byte

var upright = corners{'a', 'b', 'c', 'd'}

// quarter turns by a quarter against the clock (ISO/IEC 23008-12, 6.5.10).
func (p corners) quarter() corners { return corners{p[1], p[3], p[0], p[2]} }

// mirror exchanges top and bottom (0) or left and right (1) (ISO/IEC 23008-12, 6.5.12).
func (p corners) mirror(axis int) corners {
	if axis == 0 {
		return corners{p[2], p[3], p[0], p[1]}
	}
	return corners{p[1], p[0], p[3], p[2]}
}

// orientation is the EXIF orientation that shows the same.
func (p corners) orientation() int {
	for n, shown := range [...]string{"abcd", "badc", "dcba", "cdab", "acbd", "cadb", "dbca", "bdac"} {
		if string(p[:]) == shown {
			return n + 1
		}
	}
	panic(fmt.Sprintf("heif: no turning shows %s", p[:]))
}

// flips says which of the stored axes an EXIF orientation mirrors, before it exchanges the two from
// 5 on.
func flips(orientation int) (x, y bool) {
	switch orientation {
	case 2, 8:
		return true, false
	case 3, 7:
		return true, true
	case 4, 6:
		return false, true
	}
	return false, false
}
