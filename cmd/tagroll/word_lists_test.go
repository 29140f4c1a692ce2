package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// A list of words is read as whatever program has written it.
func TestWordLists(t *testing.T) {
	utf16Of := func(text string, order binary.AppendByteOrder) string {
		b := order.AppendUint16(nil, 0xfeff)
		for _, u := range utf16.Encode([]rune(text)) {
			b = order.AppendUint16(b, u)
		}
		return string(b)
	}
	plain := []string{"café", "red fox", "Animals > Birds", "山"}
	for what, test := range map[string]struct {
		text string
		want []string
	}{
		"plain":                    {"café\nred fox\nAnimals > Birds\n山\n", plain},
		"byte order mark and CRLF": {"\ufeffcafé\r\nred fox\r\n\r\nAnimals > Birds\r\n山", plain},
		"UTF-16 of Windows":        {utf16Of("café\r\nred fox\r\nAnimals > Birds\r\n山\r\n", binary.LittleEndian), plain},
		"UTF-16, the other order":  {utf16Of("café\nred fox\nAnimals > Birds\n山", binary.BigEndian), plain},
		"Windows-1252":             {"caf\xe9\r\nred fox\r\nAnimals > Birds\r\n", plain[:3]},
		"an old Macintosh":         {"caf\x8e\rred fox\rAnimals > Birds\r", plain[:3]},
		"commas":                   {"café, red fox;Animals > Birds,,\n山", plain},
		"comments":                 {"# mine\ncafé # with milk\n  red fox  \nAnimals > Birds\n山", plain},
		"Lightroom's own": {"[WHAT]\n\tAnimals\n\t\tBirds\n\t\t\t{feathered}\n\t\tred fox\nPlaces\n\tLisbon\n",
			[]string{"Animals", "Animals > Birds", "Animals > Birds > feathered", "Animals > red fox", "Places", "Places > Lisbon"}},
	} {
		path := filepath.Join(t.TempDir(), "list.txt")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := readWords([]string{path}); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q (%v), want %q", what, got, err, test.want)
		}
	}
}

// What is no list of words is refused by its name.
func TestNoWordLists(t *testing.T) {
	for text, want := range map[string]string{
		"\x00\x01\x02\x03\xff":                                     "is no text that can be read",
		"\xff\xfe\x00\x00a\x00\x00\x00":                            "is no text that can be read",
		"fox\n\n" + strings.Repeat("a sentence that goes on ", 30): "list.txt, line 3: ",
	} {
		path := filepath.Join(t.TempDir(), "list.txt")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if words, err := readWords([]string{path}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%.20q gives %q (%v), want %q", text, words, err, want)
		}
	}
}
