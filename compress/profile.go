package compress

import (
	"bytes"
	"image"

	"github.com/tagroll/tagroll/compress/icc"
)

// profile reads the colour profile of a photo. It returns nil if the photo has none, if its colours
// are sRGB as they are, or if the profile cannot be applied, which is logged.
func (j *job) profile(data []byte) *icc.Profile {
	if len(data) == 0 {
		return nil
	}
	return j.usable(icc.Parse(data))
}

// usable drops what needs no conversion and what cannot be converted.
func (j *job) usable(p *icc.Profile, err error) *icc.Profile {
	if err != nil {
		j.o.Log.Info("colours are taken as sRGB", "reason", err)
		return nil
	}
	if p.IsSRGB() {
		return nil
	}
	return p
}

// colours are the kinds of colours that a photo can have.
type colours int

const (
	rgbColours colours = iota
	grayColours
	cmykColours
)

func coloursOf(img image.Image) colours {
	switch img.(type) {
	case *image.Gray, *image.Gray16:
		return grayColours
	}
	return rgbColours
}

// fitting drops a profile that is not for the photo's kind of colours. Grey photos
// may have one for colour: then its curves count.
func (j *job) fitting(p *icc.Profile, c colours) *icc.Profile {
	if p == nil || p.Inks() == (c == cmykColours) && (c != rgbColours || !p.Gray()) {
		return p
	}
	j.o.Log.Info("colours are taken as sRGB", "reason", "the profile is for other kinds of colours than the photo has")
	return nil
}

// jpegProfile puts together the ICC profile of a JPEG, which comes in numbered chunks of at most
// 64 KB, one an APP2 segment (ICC.1:2022, annex B.4).
func jpegProfile(data []byte) []byte {
	const mark = "ICC_PROFILE\x00"
	var chunks [256][]byte
	count := 0
	for marker, segment := range jpegSegments(data) {
		if marker != 0xe2 || len(segment) < len(mark)+2 || string(segment[:len(mark)]) != mark {
			continue
		}
		number, total := segment[len(mark)], segment[len(mark)+1]
		if number == 0 || number > total {
			continue
		}
		chunks[number] = segment[len(mark)+2:]
		count = int(total)
	}
	for _, c := range chunks[1 : count+1] {
		if c == nil {
			return nil // a missing chunk; half a profile is none
		}
	}
	return bytes.Join(chunks[1:count+1], nil)
}

// jpegSegments yields marker and content of the segments before the first scan. Bytes between them
// that belong nowhere are passed over, as package jpegscale does.
func jpegSegments(data []byte) func(yield func(byte, []byte) bool) {
	return func(yield func(byte, []byte) bool) {
		const startOfScan, endOfImage = 0xda, 0xd9
		for p := 2; p+4 <= len(data); {
			marker := data[p+1]
			if data[p] != 0xff || marker == 0xff || marker == 0 { // garbage or padding
				p++
				continue
			}
			if marker == startOfScan || marker == endOfImage {
				return
			}
			end := p + 2 + int(data[p+2])<<8 + int(data[p+3])
			if end < p+4 || end > len(data) {
				return
			}
			if !yield(marker, data[p+4:end]) {
				return
			}
			p = end
		}
	}
}
