package intake

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/codepage"
)

// Tags of EXIF 2.32 (CIPA DC-008-2019, 4.6) and of Windows Explorer (the XP tags, UTF-16
// in little-endian order whatever the file's order is).
const (
	tagImageDescription = 0x010e
	tagMake             = 0x010f
	tagModel            = 0x0110
	tagOrientation      = 0x0112
	tagXPTitle          = 0x9c9b
	tagXPComment        = 0x9c9c
	tagXPKeywords       = 0x9c9e
	tagXPSubject        = 0x9c9f
	tagExifIFD          = 0x8769
	tagGPSIFD           = 0x8825

	tagExposureTime    = 0x829a
	tagFNumber         = 0x829d
	tagISO             = 0x8827
	tagExposureIndex   = 0x8832 // the recommended one, where ISO does not fit its 16 bits
	tagTaken           = 0x9003 // DateTimeOriginal
	tagTakenOffset     = 0x9011
	tagTakenSubSecond  = 0x9291
	tagSubjectDistance = 0x9206
	tagFlash           = 0x9209
	tagFocalLength     = 0x920a
	tagFocalLength35   = 0xa405
	tagLensModel       = 0xa434
	tagColorSpace      = 0xa001

	tagLatitudeRef  = 1
	tagLatitude     = 2
	tagLongitudeRef = 3
	tagLongitude    = 4
)

var (
	imageTags = set(tagImageDescription, tagMake, tagModel, tagOrientation, tagXPTitle, tagXPComment,
		tagXPKeywords, tagXPSubject, tagExifIFD, tagGPSIFD)
	exifTags = set(tagExposureTime, tagFNumber, tagISO, tagExposureIndex, tagTaken, tagTakenOffset,
		tagTakenSubSecond, tagSubjectDistance, tagFlash, tagFocalLength, tagFocalLength35, tagLensModel, tagColorSpace)
	gpsTags = set(tagLatitudeRef, tagLatitude, tagLongitudeRef, tagLongitude)
)

// exifFacts are the facts of an EXIF block.
func exifFacts(block []byte) (tagroll.Facts, error) {
	t, ok := newTIFF(memory(block))
	if !ok {
		return tagroll.Facts{}, errors.New("EXIF does not begin with a TIFF header")
	}
	image := t.first(imageTags)
	return factsOf(image, t.below(image, tagExifIFD, exifTags), t.below(image, tagGPSIFD, gpsTags)), nil
}

// factsOf are the facts of the three directories that EXIF is made of.
func factsOf(image, exif, gps directory) tagroll.Facts {
	f := tagroll.Facts{
		Orientation:     orientation(image.integer(tagOrientation)),
		Taken:           exifTime(exif),
		Camera:          camera(image.text(tagMake), image.text(tagModel)),
		Lens:            lens(exif.text(tagLensModel)),
		FocalLength:     exif.positive(tagFocalLength),
		FocalLength35:   exif.positive(tagFocalLength35),
		FNumber:         exif.positive(tagFNumber),
		ExposureSeconds: exif.positive(tagExposureTime),
		ISO:             iso(exif),
		SubjectDistance: exif.positive(tagSubjectDistance),
		FlashFired:      exif.integer(tagFlash)&1 == 1,
		ColorSpace:      exifColorSpace(exif.integer(tagColorSpace)),
		Position: position(
			degrees(gps.numbers(tagLatitude, 3), gps.text(tagLatitudeRef), "N", "S"),
			degrees(gps.numbers(tagLongitude, 3), gps.text(tagLongitudeRef), "E", "W")),
		Title:    cleanTitle(windowsText(image[tagXPTitle])),
		Keywords: cleanKeywords([]string{windowsText(image[tagXPKeywords])}),
	}
	for _, caption := range []string{
		codepage.Unknown(image.raw(tagImageDescription)),
		windowsText(image[tagXPSubject]), windowsText(image[tagXPComment]),
	} {
		if f.Caption == "" {
			f.Caption = cleanCaption(caption)
		}
	}
	return f
}

// iso is the sensitivity, 0 if it is not known. From 65535 on it is in a field of its own.
func iso(exif directory) int {
	n := exif.integer(tagISO)
	if n == math.MaxUint16 {
		n = exif.integer(tagExposureIndex)
	}
	if n >= maxMeasure {
		return 0
	}
	return int(n)
}

// orientation is 1 for all that is no orientation.
func orientation(n uint32) int {
	if n < 1 || n > 8 {
		return 1
	}
	return int(n)
}

// exifTime is the moment at which the photo was taken. The zone has a tag of its own, which some
// programs do not know and write the zone behind the time.
func exifTime(exif directory) time.Time {
	clock, ok := moment(exif.text(tagTaken))
	if !ok {
		return time.Time{}
	}
	// Digits of a decimal fraction, so that "05" is 50 ms.
	if digits := exif.text(tagTakenSubSecond); clock.Nanosecond() == 0 && isDigits(digits) && len(digits) <= 9 {
		if fraction, err := time.ParseDuration("0." + digits + "s"); err == nil {
			clock = clock.Add(fraction)
		}
	}
	return inZone(clock, exif.text(tagTakenOffset))
}

// isDigits reports whether a text is a number of digits, at least one.
func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// company are the words of a maker's name that say nothing of a camera.
var company = []string{"corporation", "corp", "co", "company", "ltd", "inc", "gmbh", "ag", "imaging",
	"electronics", "camera", "optical", "computer", "elec"}

// camera is maker and model in one name: "NIKON CORPORATION" and "NIKON D90" are "NIKON D90".
func camera(maker, model string) string {
	words := strings.FieldsFunc(maker, func(r rune) bool { return r == ' ' || r == ',' })
	for len(words) > 1 && slices.Contains(company, strings.ToLower(strings.Trim(words[len(words)-1], ".,"))) {
		words = words[:len(words)-1]
	}
	if first, _, _ := strings.Cut(model, " "); slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, first) }) {
		return model
	}
	return strings.TrimSpace(strings.Join(words, " ") + " " + model)
}

// lens is a lens's name, without what cameras write when they do not know it.
func lens(name string) string {
	if strings.Trim(name, "-. 0") == "" || strings.EqualFold(name, "unknown") {
		return ""
	}
	return name
}

// degrees is a GPS coordinate, NaN if it is not one. Seconds may be missing (0/0), since
// many receivers give minutes with a fraction, and may be 60, since some round 59.999 up.
// Without a reference nobody knows the hemisphere.
func degrees(dms []float64, reference, positive, negative string) float64 {
	if dms == nil {
		return math.NaN()
	}
	if math.IsNaN(dms[2]) {
		dms[2] = 0
	}
	if dms[0] < 0 || dms[1] < 0 || dms[1] >= 60 || dms[2] < 0 || dms[2] > 60 {
		return math.NaN()
	}
	d := dms[0] + dms[1]/60 + dms[2]/3600
	switch strings.ToUpper(reference) {
	case positive:
		return d
	case negative:
		return -d
	}
	return math.NaN()
}

// position is a place on earth, or nil. 0, 0 is what a receiver without a fix writes.
func position(latitude, longitude float64) *tagroll.Position {
	if !(math.Abs(latitude) <= 90 && math.Abs(longitude) <= 180) || latitude == 0 && longitude == 0 {
		return nil
	}
	// 7 decimals are a centimetre; the rest is what adding up degrees, minutes and
	// seconds left over.
	round := func(degrees float64) float64 { return math.Round(degrees*1e7) / 1e7 }
	return &tagroll.Position{Latitude: round(latitude), Longitude: round(longitude)}
}

// windowsText decodes an XP tag.
func windowsText(v value) string {
	units := make([]uint16, 0, min(len(v.bytes)/2, maxCaption))
	for b := v.bytes; len(b) >= 2 && len(units) < maxCaption; b = b[2:] {
		unit := binary.LittleEndian.Uint16(b)
		if unit == 0 {
			break
		}
		units = append(units, unit)
	}
	return string(utf16.Decode(units))
}
