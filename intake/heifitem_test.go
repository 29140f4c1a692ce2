package intake

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// TestHeifContent reads items by every form of the iloc box: its versions, its sizes of
// numbers, offsets into the file and into idat, and content in several pieces.
func TestHeifContent(t *testing.T) {
	data := []byte("....metadata")
	meta := mp4Box("idat", []byte("..meta"), []byte("data"))
	for name, test := range map[string]struct {
		iloc []byte
		want string
	}{
		"version 0":           {[]byte{0, 0, 0, 0, 0x44, 0, 0, 1, 0, 5, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 8}, "metadata"},
		"behind another item": {[]byte{0, 0, 0, 0, 0x11, 0, 0, 2, 0, 1, 0, 0, 0, 1, 0, 1, 0, 5, 0, 0, 0, 1, 4, 8}, "metadata"},
		"base and pieces":     {[]byte{0, 0, 0, 0, 0x44, 0x40, 0, 1, 0, 5, 0, 0, 0, 0, 0, 4, 0, 2, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4}, "metadata"},
		"version 1, in idat":  {[]byte{1, 0, 0, 0, 0x44, 0, 0, 1, 0, 5, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 8}, "metadata"},
		"version 2":           {[]byte{2, 0, 0, 0, 0x44, 0, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 8}, "metadata"},
		"of another item":     {[]byte{1, 0, 0, 0, 0x44, 0, 0, 1, 0, 5, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 8}, ""},
		"beyond the end":      {[]byte{0, 0, 0, 0, 0x44, 0, 0, 1, 0, 5, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 9}, ""},
		"cut":                 {[]byte{0, 0, 0, 0, 0x44, 0, 0, 1, 0, 5, 0, 0, 0, 1, 0, 0, 0}, ""},
		"none":                {nil, ""},
	} {
		if got := heifContent(data, meta, test.iloc, 5); string(got) != test.want {
			t.Errorf("%s: %q instead of %q", name, got, test.want)
		}
	}
}

// A box that claims tens of thousands of empty pieces for every item is done with at once.
func TestHeifContentWithoutBytes(t *testing.T) {
	iloc := []byte{2, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}
	item := binary.BigEndian.AppendUint16([]byte{0, 0, 0, 1, 0, 0, 0, 0}, 0xffff)
	iloc = append(iloc, bytes.Repeat(item, 1_000_000)...)
	if got := heifContent(nil, nil, iloc, 5); got != nil {
		t.Errorf("%q", got)
	}
}
