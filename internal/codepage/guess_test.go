package codepage

import (
	"encoding/binary"
	"testing"
)

func TestUnknown(t *testing.T) {
	for text, want := range map[string]string{
		"na\xc3\xafve":             "naïve", // UTF-8
		"for\x90t":                 "forêt", // Mac Roman
		"for\xeat":                 "forêt", // Windows-1252
		"l\x92automne":             "l’automne",
		"l\xd5automne en for\x90t": "l’automne en forêt",
		"\x80 5":                   "€ 5",
		"":                         "",
	} {
		if got := Unknown([]byte(text)); got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}

// A word that could be either is read as the words beside it.
func TestGuessJudgesTogether(t *testing.T) {
	if table := Guess([]byte("Z\x9frich"), []byte("for\x90t")); table.Decode([]byte("Z\x9frich")) != "Zürich" {
		t.Error("two texts of a Macintosh are not read so")
	}
	if IsMac([]byte("caf\xe9"), []byte("gr\xfcn")) {
		t.Error("two texts of Windows are taken for a Macintosh's")
	}
}

func TestUTF16(t *testing.T) {
	if got := UTF16([]byte("\x00a\xd8\x3d\xdc\xf7\x00"), binary.BigEndian); got != "a📷" {
		t.Errorf("%q", got)
	}
}

func TestMarksLatin1(t *testing.T) {
	if !MarksLatin1([]byte("\x1b.A")) || MarksLatin1([]byte("\x1b%G")) || MarksLatin1(nil) {
		t.Error("the mark of UTF-8 or none counts as that of Latin-1, or Latin-1's does not")
	}
}
