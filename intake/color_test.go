package intake

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// profile is the beginning of a colour profile with one tag, its description.
func profile(description string) string {
	b := make([]byte, 128)
	b = binary.BigEndian.AppendUint32(b, 1)
	b = append(b, "desc"...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(b)+8))
	b = binary.BigEndian.AppendUint32(b, uint32(len(description)))
	return string(b) + description
}

func version2(name string) string {
	return "desc\x00\x00\x00\x00" + string(binary.BigEndian.AppendUint32(nil, uint32(len(name)+1))) + name + "\x00"
}

func version4(name string) string {
	var text []byte
	for _, u := range utf16.Encode([]rune(name)) {
		text = binary.BigEndian.AppendUint16(text, u)
	}
	head := []byte("mluc\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0cenUS")
	head = binary.BigEndian.AppendUint32(head, uint32(len(text)))
	return string(binary.BigEndian.AppendUint32(head, 28)) + string(text)
}

func TestColorSpace(t *testing.T) {
	frame := func(components byte) string {
		return "\x08\x00\x10\x00\x10" + string(components) + strings.Repeat("\x01\x11\x00", int(components))
	}
	for name, test := range map[string]struct {
		profile    string
		components byte
		want       string
	}{
		"sRGB, version 2":      {profile(version2("sRGB IEC61966-2.1")), 3, "sRGB"},
		"sRGB, version 4":      {profile(version4("sRGB v4 ICC preference")), 3, "sRGB"},
		"Adobe RGB":            {profile(version2("Adobe RGB (1998)")), 3, "Adobe RGB"},
		"another":              {profile(version4("Display P3")), 3, "Display P3"},
		"none":                 {"", 3, ""},
		"inks":                 {profile(version2("Coated FOGRA39")), 4, "CMYK"},
		"grey":                 {"", 1, "grey"},
		"cut off":              {profile(version2("sRGB"))[:150], 3, ""},
		"description too long": {profile("desc\x00\x00\x00\x00\xff\xff\xff\xffsRGB"), 3, ""},
		"text behind the end":  {profile("mluc\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0cenUS\xff\xff\xff\xff\xff\xff\xff\xff"), 3, ""},
	} {
		data := []byte("\xff\xd8")
		if test.profile != "" {
			data = append(data, segment(0xe2, "ICC_PROFILE\x00\x01\x01"+test.profile)...)
		}
		data = append(data, segment(0xc0, frame(test.components))...)
		data = append(data, "\xff\xd9"...)
		facts, err := Inspect(data, Limits{})
		if err != nil || facts.ColorSpace != test.want {
			t.Errorf("%s: %q, %v; want %q", name, facts.ColorSpace, err, test.want)
		}
	}
}
