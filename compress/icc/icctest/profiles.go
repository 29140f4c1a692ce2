// Package icctest makes small ICC profiles for tests. The profiles that one meets in
// photos are copyrighted files of some kilobytes; these have the same numbers.
package icctest

import (
	"encoding/binary"
	"math"
)

// Primaries adapted to D50, as the published profiles have them in their rXYZ, gXYZ and
// bXYZ tags: columns red, green, blue.
var (
	srgb = [9]float64{0.43607, 0.38515, 0.14307, 0.22249, 0.71687, 0.06061, 0.01392, 0.09708, 0.71410}
	p3   = [9]float64{0.51512, 0.29198, 0.15710, 0.24120, 0.69225, 0.06657, -0.00105, 0.04189, 0.78407}
	// Adobe RGB (1998) Color Image Encoding, annex B.
	adobe = [9]float64{0.60974, 0.20528, 0.14919, 0.31111, 0.62567, 0.06322, 0.01947, 0.06087, 0.74457}
	// ROMM RGB, ISO 22028-2: its white is D50 already.
	proPhoto = [9]float64{0.79767, 0.13519, 0.03135, 0.28804, 0.71188, 0.00009, 0, 0, 0.82491}
)

// SRGBCurve is a para tag of type 3 with the numbers of IEC 61966-2-1.
func SRGBCurve() []byte {
	return Parametric(3, 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)
}

// SRGB is sRGB under no name at all.
func SRGB() []byte { return RGB(srgb, SRGBCurve()) }

// DisplayP3 is the profile of phones: the curve of sRGB, other primaries.
func DisplayP3() []byte { return RGB(p3, SRGBCurve()) }

// AdobeRGB has a gamma of 563/256.
func AdobeRGB() []byte { return RGB(adobe, Gamma(563.0/256)) }

// ProPhoto has a gamma of 1.8, here as a table.
func ProPhoto() []byte {
	values := make([]uint16, 1024)
	for i := range values {
		values[i] = uint16(math.Round(65535 * math.Pow(float64(i)/1023, 1.8)))
	}
	return RGB(proPhoto, Table(values))
}

// Gray is a grey profile of the given gamma.
func Gray(gamma float64) []byte {
	return profile("GRAY", []tag{{"kTRC", Gamma(gamma)}})
}

// GrayLightness is a grey profile whose samples are proportional to CIE L*.
func GrayLightness() []byte {
	p := Gray(1)
	copy(p[20:], "Lab ")
	return p
}

// RGB is a profile of three primaries, row by row as X, Y and Z, and one curve.
func RGB(xyz [9]float64, curve []byte) []byte {
	var tags []tag
	for i, c := range []string{"r", "g", "b"} {
		content := []byte("XYZ \x00\x00\x00\x00")
		for row := range 3 {
			content = appendFixed(content, xyz[3*row+i])
		}
		tags = append(tags, tag{c + "XYZ", content}, tag{c + "TRC", curve})
	}
	return profile("RGB ", tags)
}

// Inks is a CMYK profile with a grid of two points, of lut16Type or, if narrow, lut8Type. The paper
// is white; L* is that of the mean amount of ink, from 100 down to that of black. With magenta a*
// rises to 64, with yellow b*.
func Inks(black float64, narrow bool) []byte {
	kind, scale := "mft2", 65280.0 // L* of 100
	header := make([]byte, 48, 52)
	if narrow {
		kind, scale = "mft1", 255
	} else {
		header = append(header, 0, 2, 0, 2) // entries of the curves
	}
	copy(header, kind)
	header[8], header[9], header[10] = 4, 3, 2
	content := header
	value := func(v float64) {
		if narrow {
			content = append(content, byte(math.Round(v)))
		} else {
			content = binary.BigEndian.AppendUint16(content, uint16(math.Round(v)))
		}
	}
	curves := func(n int) {
		for range n {
			if narrow {
				for v := range 256 {
					value(float64(v))
				}
				continue
			}
			value(0)
			value(65535)
		}
	}
	curves(4)
	for i := range 16 {
		c, m, y, k := float64(i>>3), float64(i>>2&1), float64(i>>1&1), float64(i&1)
		value(scale * (1 - (c+m+y+k)/4*(1-black/100)))
		for _, ab := range []float64{128 + 64*m*(1-k), 128 + 64*y*(1-k)} {
			if narrow {
				value(ab)
			} else {
				value(ab * 256)
			}
		}
	}
	curves(3)
	p := profile("CMYK", []tag{{"A2B0", content}})
	copy(p[20:], "Lab ")
	return p
}

// WithSpace is a copy of a profile that claims another colour space.
func WithSpace(p []byte, space string) []byte {
	out := append([]byte(nil), p...)
	copy(out[16:20], space)
	return out
}

// Gamma is a curv tag of one entry.
func Gamma(g float64) []byte {
	return append([]byte("curv\x00\x00\x00\x00\x00\x00\x00\x01"), byte(int(math.Round(g*256))>>8), byte(int(math.Round(g*256))))
}

// Table is a curv tag.
func Table(values []uint16) []byte {
	out := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), uint32(len(values)))
	for _, v := range values {
		out = binary.BigEndian.AppendUint16(out, v)
	}
	return out
}

// Parametric is a para tag.
func Parametric(kind uint16, values ...float64) []byte {
	out := binary.BigEndian.AppendUint16([]byte("para\x00\x00\x00\x00"), kind)
	out = append(out, 0, 0)
	for _, v := range values {
		out = appendFixed(out, v)
	}
	return out
}

func appendFixed(b []byte, v float64) []byte {
	return binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
}

type tag struct {
	name    string
	content []byte
}

func profile(space string, tags []tag) []byte {
	out := make([]byte, 128, 1024)
	out[8] = 4 // version
	copy(out[12:], "mntr"+space+"XYZ ")
	copy(out[36:], "acsp")
	out = binary.BigEndian.AppendUint32(out, uint32(len(tags)))
	at := len(out) + 12*len(tags)
	var contents []byte
	for _, t := range tags {
		out = append(out, t.name...)
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(contents)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t.content)))
		contents = append(contents, t.content...)
		for len(contents)%4 != 0 {
			contents = append(contents, 0)
		}
	}
	out = append(out, contents...)
	binary.BigEndian.PutUint32(out, uint32(len(out)))
	return out
}
