package intake

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
)

// entry is one entry of a directory as it is written: a value, or where it is.
type entry struct {
	tag, kind    uint16
	count, value uint32
}

// tiffFile is a big-endian TIFF with one directory. What is appended to it begins at
// 8 + 2 + 12 * entries + 4.
func tiffFile(entries ...entry) []byte {
	b := []byte("MM\x00*\x00\x00\x00\x08")
	b = binary.BigEndian.AppendUint16(b, uint16(len(entries)))
	for _, e := range entries {
		b = binary.BigEndian.AppendUint16(b, e.tag)
		b = binary.BigEndian.AppendUint16(b, e.kind)
		b = binary.BigEndian.AppendUint32(b, e.count)
		b = binary.BigEndian.AppendUint32(b, e.value)
	}
	return append(b, 0, 0, 0, 0)
}

func TestOddEXIF(t *testing.T) {
	six := entry{tagOrientation, typeShort, 1, 6 << 16}
	for name, test := range map[string]struct {
		block []byte
		want  int
	}{
		"a long":                     {tiffFile(entry{tagOrientation, typeLong, 1, 6}), 6},
		"a byte":                     {tiffFile(entry{tagOrientation, typeByte, 1, 6 << 24}), 6},
		"a text":                     {tiffFile(entry{tagOrientation, typeASCII, 2, '6' << 24}), 1},
		"zero":                       {tiffFile(entry{tagOrientation, typeShort, 1, 0}), 1},
		"nine":                       {tiffFile(entry{tagOrientation, typeShort, 1, 9 << 16}), 1},
		"no value":                   {tiffFile(entry{tagOrientation, typeShort, 0, 6 << 16}), 1},
		"twice":                      {tiffFile(six, entry{tagOrientation, typeShort, 1, 3 << 16}), 6},
		"behind one of nine":         {tiffFile(entry{tagOrientation, typeShort, 1, 9 << 16}, six), 6},
		"behind one of zero":         {tiffFile(entry{tagOrientation, typeShort, 1, 0}, six, entry{tagOrientation, typeShort, 1, 3 << 16}), 6},
		"behind one that is a text":  {tiffFile(entry{tagOrientation, typeASCII, 2, '3' << 24}, six), 6},
		"behind an unknown type":     {tiffFile(entry{tagMake, 77, 9, 0}, six), 6},
		"behind UTF-8 of EXIF 3.0":   {tiffFile(entry{tagMake, typeUTF8, 3, 'A'<<24 | 'B'<<16}, six), 6},
		"behind an offset to beyond": {tiffFile(entry{tagMake, typeASCII, 100, 1 << 30}, six), 6},
		"behind a giant":             {tiffFile(entry{tagMake, typeRational, 1<<32 - 1, 8}, six), 6},
		"behind a loop":              {tiffFile(entry{tagExifIFD, typeLong, 1, 8}, entry{tagGPSIFD, typeLong, 1, 8}, six), 6},
		"at the cut end":             {tiffFile(six)[:22], 6},
		"beyond the cut end":         {tiffFile(six)[:21], 1},
	} {
		t.Run(name, func(t *testing.T) {
			facts, err := Inspect(jpegFile(640, 480, test.block), Limits{})
			if err != nil || facts.Orientation != test.want {
				t.Errorf("orientation %d instead of %d, %v", facts.Orientation, test.want, err)
			}
		})
	}
}

func TestDegrees(t *testing.T) {
	rationals := func(parts ...uint32) []byte {
		var b []byte
		for _, p := range parts {
			b = binary.BigEndian.AppendUint32(b, p)
		}
		return b
	}
	place := func(latitude, longitude []byte, north, east byte) []byte {
		gps := uint32(8 + 2 + 12 + 4)
		values := gps + 2 + 4*12 + 4
		b := tiffFile(entry{tagGPSIFD, typeLong, 1, gps})
		b = append(b, tiffFile(
			entry{tagLatitudeRef, typeASCII, 2, uint32(north) << 24},
			entry{tagLatitude, typeRational, uint32(len(latitude) / 8), values},
			entry{tagLongitudeRef, typeASCII, 2, uint32(east) << 24},
			entry{tagLongitude, typeRational, uint32(len(longitude) / 8), values + uint32(len(latitude))},
		)[8:]...)
		return append(append(b, latitude...), longitude...)
	}
	ten := rationals(10, 1, 30, 1, 0, 1)
	for name, test := range map[string]struct {
		block []byte
		want  *tagroll.Position
	}{
		"plain":                 {place(ten, ten, 'N', 'W'), &tagroll.Position{Latitude: 10.5, Longitude: -10.5}},
		"lower case":            {place(ten, ten, 's', 'e'), &tagroll.Position{Latitude: -10.5, Longitude: 10.5}},
		"minutes with fraction": {place(rationals(10, 1, 3075, 100, 0, 0), ten, 'N', 'E'), &tagroll.Position{Latitude: 10.5125, Longitude: 10.5}},
		"the pole":              {place(rationals(90, 1, 0, 1, 0, 1), rationals(180, 1, 0, 1, 0, 1), 'S', 'W'), &tagroll.Position{Latitude: -90, Longitude: -180}},
		"on the equator":        {place(rationals(0, 1, 0, 1, 0, 1), ten, 'N', 'E'), &tagroll.Position{Longitude: 10.5}},
		"unknown":               {place(rationals(0, 0, 0, 0, 0, 0), ten, 'N', 'E'), nil},
		"unknown minutes":       {place(rationals(10, 1, 0, 0, 0, 1), ten, 'N', 'E'), nil},
		"beyond the pole":       {place(rationals(90, 1, 1, 1, 0, 1), ten, 'N', 'E'), nil},
		"beyond the date line":  {place(ten, rationals(180, 1, 0, 1, 1, 1), 'N', 'E'), nil},
		"sixty minutes":         {place(rationals(10, 1, 60, 1, 0, 1), ten, 'N', 'E'), nil},
		"two numbers":           {place(rationals(10, 1, 30, 1), ten, 'N', 'E'), nil},
		"exchanged references":  {place(ten, ten, 'E', 'N'), nil},
	} {
		t.Run(name, func(t *testing.T) {
			wantFacts(t, jpegFile(640, 480, test.block), tagroll.Facts{Position: test.want})
		})
	}
}

func TestTaken(t *testing.T) {
	utc := func(nanoseconds int) time.Time { return time.Date(2024, 5, 6, 7, 8, 9, nanoseconds, time.UTC) }
	for _, test := range []struct {
		clock, subSecond, offset string
		want                     time.Time
	}{
		{"2024:05:06 07:08:09", "", "", utc(0)},
		{"2024:05:06 07:08:09", "5", "", utc(500e6)},
		{"2024:05:06 07:08:09", "05 ", "", utc(50e6)},
		{"2024:05:06 07:08:09", "123456789", "", utc(123456789)},
		{"2024:05:06 07:08:09", "-1", "", utc(0)},
		{"2024:05:06 07:08:09", "12345678901234567890", "", utc(0)},
		{"2024:05:06 07:08:09", "", "+05:30", utc(0).In(time.FixedZone("", 19800)).Add(-19800 * time.Second)},
		{"2024:05:06 07:08:09", "", "Z", utc(0)},
		{"2024:05:06 07:08:09", "", "   :  ", utc(0)},
		{"2024:05:06 07:08:09", "", "+99:99", utc(0)},
		{"2024-05-06T07:08:09", "", "", utc(0)},
		{"2024/05/06 07:08:09.25", "", "", utc(250e6)},
		{"0000:00:00 00:00:00", "", "", time.Time{}},
		{"    :  :     :  :  ", "", "", time.Time{}},
		{"2024:02:30 07:08:09", "", "", time.Time{}},
		{"2024:05:06", "", "", time.Time{}},
		{"", "5", "+01:00", time.Time{}},
	} {
		exif := make(directory)
		for tag, text := range map[uint16]string{tagTaken: test.clock, tagTakenSubSecond: test.subSecond, tagTakenOffset: test.offset} {
			exif[tag] = value{kind: typeASCII, bytes: []byte(text + "\x00"), order: binary.BigEndian}
		}
		got := exifTime(exif)
		if !got.Equal(test.want) || zone(got) != zone(test.want) {
			t.Errorf("%q, %q, %q are %v instead of %v", test.clock, test.subSecond, test.offset, got, test.want)
		}
	}
}

func TestCamera(t *testing.T) {
	for _, test := range [][3]string{
		{"NIKON CORPORATION", "NIKON D90", "NIKON D90"},
		{"Canon", "Canon EOS 5D", "Canon EOS 5D"},
		{"SONY", "ILCE-7M3", "SONY ILCE-7M3"},
		{"OLYMPUS IMAGING CORP.", "E-M10", "OLYMPUS E-M10"},
		{"LEICA CAMERA AG", "LEICA Q2", "LEICA Q2"},
		{"EASTMAN KODAK COMPANY", "KODAK DX4530 ZOOM", "KODAK DX4530 ZOOM"},
		{"RICOH IMAGING COMPANY, LTD.", "PENTAX K-1", "RICOH PENTAX K-1"},
		{"CASIO COMPUTER CO.,LTD.", "EX-Z750", "CASIO EX-Z750"},
		{"FUJIFILM", "X-T5", "FUJIFILM X-T5"},
		{"samsung", "samsung SM-G998B", "samsung SM-G998B"},
		{"Google", "", "Google"},
		{"", "Pixel 8", "Pixel 8"},
		{"AG", "X1", "AG X1"},
		{"", "", ""},
	} {
		if got := camera(test[0], test[1]); got != test[2] {
			t.Errorf("%q and %q are %q instead of %q", test[0], test[1], got, test[2])
		}
	}
}

func TestRAWThatLooksLikeTIFF(t *testing.T) {
	for name, data := range map[string][]byte{
		"DNG": tiffFile(entry{tagDNGVersion, typeByte, 4, 0x01040000}),
		"CFA": tiffFile(entry{tagPhotometric, typeShort, 1, photometricCFA << 16}),
		"NEF": tiffFile(entry{tagSubfileType, typeLong, 1, 1}, entry{tagMake, typeASCII, 4, 'N' << 24}, entry{tagSubIFDs, typeLong, 1, 8}),
		"PEF": tiffFile(entry{tagCompression, typeShort, 1, compressionPentax << 16}),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Inspect(data, Limits{})
			wantError(t, err, tagroll.CodeUnsupportedFormat)
		})
	}
	scan := tiffFile(entry{tagSubfileType, typeLong, 1, 0}, entry{tagMake, typeASCII, 4, 'E' << 24}, entry{tagSubIFDs, typeLong, 1, 8})
	if _, err := Inspect(scan, Limits{}); err != nil {
		t.Errorf("a pyramid TIFF: %v", err)
	}
}

// IPTC in a TIFF stands as bytes, or as numbers of four bytes in one order or the other.
func TestIPTCInTIFF(t *testing.T) {
	records := []byte("\x1c\x02\x05\x00\x03Dog")
	swapped := []byte{0x00, 0x05, 0x02, 0x1c, 'g', 'o', 'D', 0x03}
	for name, test := range map[string]struct {
		kind    uint16
		content []byte
	}{
		"bytes":            {typeByte, records},
		"undefined":        {typeUndefined, records},
		"numbers":          {typeLong, records},
		"numbers, swapped": {typeLong, swapped},
	} {
		count := uint32(len(test.content))
		if test.kind == typeLong {
			count /= 4
		}
		file := append(tiffFile(entry{tagIPTC, test.kind, count, 8 + 2 + 12 + 4}), test.content...)
		if facts, err := Inspect(file, Limits{}); err != nil || facts.Title != "Dog" {
			t.Errorf("%s: the title is %q, %v", name, facts.Title, err)
		}
	}
}
