// Package icc converts colours to sRGB as the profile of a photo asks for.
//
// It reads the profiles that cameras, phones, scanners and editors put into photos: RGB profiles of
// three primaries and three tone curves (Display P3, Adobe RGB, ProPhoto RGB, monitors) or of
// tables (scanners, printers, sRGB of version 4), grey profiles of one tone curve, and CMYK
// profiles of presses, of version 2 and 4 of the ICC specification (ICC.1:2022). A profile's bytes
// go in ([Parse]), a [Transform] for rows of pixels or an [InkTransform] comes out.
// [FromChromaticities] and [FromCICP] make the same from the numbers that PNG, HEIC and AVIF files
// carry instead of a profile.
package icc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrUnsupported means a profile that is well formed as far as it was read, but of a
// kind that this package does not convert.
var ErrUnsupported = errors.New("icc: a kind of profile that is not converted")

// ErrInvalid means bytes that are no ICC profile.
var ErrInvalid = errors.New("icc: not a valid profile")

// Profile is a colour space of red, green and blue, of grey, or of four inks.
type Profile struct {
	inks *inks // and nothing else, if there are any
	cube *cube // of tables for red, green and blue, and nothing else
	gray bool
	// curves turn device values, 0 to 1, into linear light; a grey profile has only the first.
	curves [3]curve
	// toXYZ has the primaries as columns, adapted to D50.
	toXYZ matrix
}

// Gray reports whether the profile is for pictures of a single channel.
func (p *Profile) Gray() bool { return p.gray }

type matrix [3][3]float64

// fromXYZ turns XYZ relative to D50 into linear sRGB: the inverse of the sRGB primaries
// (IEC 61966-2-1) adapted to D50 by the Bradford method.
var fromXYZ = srgbPrimaries().inverse()

func srgbPrimaries() matrix {
	return Chromaticities{
		WhiteX: 0.3127, WhiteY: 0.3290,
		RedX: 0.64, RedY: 0.33, GreenX: 0.30, GreenY: 0.60, BlueX: 0.15, BlueY: 0.06,
	}.toXYZ()
}

const (
	headerSize  = 128
	maxTags     = 200
	maxCurve    = 1 << 16 // entries; the specification's own tables have 4096 at most
	sizeOfEntry = 12
)

// Parse reads an ICC profile. The error is [ErrInvalid] or [ErrUnsupported], wrapped
// with what is wrong.
func Parse(data []byte) (*Profile, error) {
	if len(data) < headerSize+4 || string(data[36:40]) != "acsp" {
		return nil, fmt.Errorf("%w: no ICC header", ErrInvalid)
	}
	tags, err := readTags(data)
	if err != nil {
		return nil, err
	}
	pcs := string(data[20:24])
	if pcs != "XYZ " && pcs != "Lab " {
		return nil, fmt.Errorf("%w: its connection space is %q", ErrUnsupported, pcs)
	}
	switch space := string(data[16:20]); space {
	case "RGB ":
		if _, simple := tags["rTRC"]; simple && pcs == "XYZ " {
			return parseRGB(tags)
		}
		l, err := parseTables(tags, 3, pcs)
		if err != nil {
			return nil, err
		}
		return &Profile{cube: newCube(l.sample(3, cubeGrid, []float64{0, 0, 0}))}, nil
	case "GRAY":
		c, err := parseCurve(tags["kTRC"])
		if err != nil {
			return nil, err
		}
		if pcs == "Lab " {
			c = lightness{c}
		}
		return &Profile{gray: true, curves: [3]curve{c, c, c}}, nil
	case "CMYK":
		return parseInks(tags, pcs)
	default:
		return nil, fmt.Errorf("%w: its colour space is %q", ErrUnsupported, space)
	}
}

// readTags returns the tags' contents by signature (ICC.1:2022, 7.3).
func readTags(data []byte) (map[string][]byte, error) {
	n := binary.BigEndian.Uint32(data[headerSize:])
	table := data[headerSize+4:]
	if n > maxTags || int(n)*sizeOfEntry > len(table) {
		return nil, fmt.Errorf("%w: the tag table is cut off", ErrInvalid)
	}
	tags := make(map[string][]byte, n)
	for i := range int(n) {
		e := table[i*sizeOfEntry:]
		offset, size := uint64(binary.BigEndian.Uint32(e[4:])), uint64(binary.BigEndian.Uint32(e[8:]))
		if offset+size > uint64(len(data)) {
			return nil, fmt.Errorf("%w: tag %q is cut off", ErrInvalid, e[:4])
		}
		tags[string(e[:4])] = data[offset : offset+size]
	}
	return tags, nil
}

func parseRGB(tags map[string][]byte) (*Profile, error) {
	p := new(Profile)
	for i, colour := range [3]string{"r", "g", "b"} {
		curveTag, ok := tags[colour+"TRC"]
		xyz, ok2 := tags[colour+"XYZ"]
		if !ok || !ok2 {
			return nil, fmt.Errorf("%w: it has no primaries and tone curves", ErrUnsupported)
		}
		var err error
		if p.curves[i], err = parseCurve(curveTag); err != nil {
			return nil, err
		}
		if len(xyz) < 20 || string(xyz[:4]) != "XYZ " {
			return nil, fmt.Errorf("%w: primary %s is no XYZ value", ErrInvalid, colour)
		}
		for row := range 3 {
			p.toXYZ[row][i] = fixed16(xyz[8+4*row:])
		}
	}
	if math.Abs(p.toXYZ.determinant()) < 1e-6 {
		return nil, fmt.Errorf("%w: its primaries span no colour space", ErrInvalid)
	}
	return p, nil
}

// fixed16 reads an s15Fixed16Number.
func fixed16(b []byte) float64 {
	return float64(int32(binary.BigEndian.Uint32(b))) / 65536
}

func (m matrix) mul(n matrix) matrix {
	var out matrix
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				out[i][j] += m[i][k] * n[k][j]
			}
		}
	}
	return out
}

func (m matrix) apply(v [3]float64) [3]float64 {
	var out [3]float64
	for i := range 3 {
		out[i] = m[i][0]*v[0] + m[i][1]*v[1] + m[i][2]*v[2]
	}
	return out
}

func (m matrix) determinant() float64 {
	return m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) -
		m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) +
		m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
}

// inverse must not be called on a singular matrix.
func (m matrix) inverse() matrix {
	d := m.determinant()
	var out matrix
	for i := range 3 {
		for j := range 3 {
			// The cofactor of (j, i): indices modulo 3 carry the sign.
			a, b, c, e := (j+1)%3, (j+2)%3, (i+1)%3, (i+2)%3
			out[i][j] = (m[a][c]*m[b][e] - m[a][e]*m[b][c]) / d
		}
	}
	return out
}
