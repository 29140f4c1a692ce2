package codepage

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// IsMac reports whether texts that are not UTF-8 are Mac Roman rather than Windows-1252. The texts
// of one file should be judged together, since a single word says little. The right one has fewer
// characters where none can stand. Between equals bytes from 0x80 to 0x9f inside a word tell: on a
// Macintosh they are letters, in Windows-1252 hardly ever, and never in Latin-1.
func IsMac(texts ...[]byte) bool {
	text := bytes.Join(texts, []byte("\n"))
	mac, windows := misplaced([]rune(MacRoman.Decode(text))), misplaced([]rune(Windows1252.Decode(text)))
	return mac < windows || mac == windows && macLetterInside(text)
}

// Guess returns the table of texts that are not UTF-8, as IsMac says.
func Guess(texts ...[]byte) *Table {
	if IsMac(texts...) {
		return MacRoman
	}
	return Windows1252
}

// Unknown decodes a text: UTF-8 if it is valid, else what Guess says.
func Unknown(text []byte) string {
	if utf8.Valid(text) {
		return string(text)
	}
	return Guess(text).Decode(text)
}

// UTF16 decodes UTF-16 without a byte order mark. A single byte at the end is left out.
func UTF16(text []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return string(utf16.Decode(units))
}

// MarksLatin1 reports whether the mark of an IPTC record (1:90) names ISO 8859-1, by one of the
// escape sequences of ISO 2022.
func MarksLatin1(mark []byte) bool {
	for _, escape := range []string{"\x1b.A", "\x1b-A", "\x1b,A", "\x1b/A"} {
		if bytes.Contains(mark, []byte(escape)) {
			return true
		}
	}
	return false
}

const (
	neverInTexts   = "≠∞≤≥∂∑∏π∫Ω¬√≈∆◊⁄ﬁﬂıˆ˜¯˘˙˚¸˝˛ˇƒ‡†‰¨´¥\uf8ff"
	betweenLetters = "’–—·…"      // what is no letter but may stand between two
	wordsOfOne     = "àÀáÁåÅöÖæø" // letters that are words in some languages
)

// misplaced counts the characters beyond ASCII that stand where none in a language does: a symbol
// between letters, a capital behind or between small letters, a letter on its own.
func misplaced(text []rune) int {
	n := 0
	at := func(i int) rune {
		if i < 0 || i >= len(text) {
			return ' '
		}
		return text[i]
	}
	for i, r := range text {
		if r < utf8.RuneSelf {
			continue
		}
		before, after := at(i-1), at(i+1)
		left, right := unicode.IsLetter(before), unicode.IsLetter(after)
		switch {
		case unicode.IsControl(r), strings.ContainsRune(neverInTexts, r):
			n++
		case !unicode.IsLetter(r) || r == 'ª' || r == 'º':
			if left && right && !strings.ContainsRune(betweenLetters, r) ||
				!left && right && (r == '…' || r == '€' || r == '™') || left && !right && strings.ContainsRune("„‚§•¿¡", r) {
				n++
			}
		case r == 'œ' && left && !right:
			n++
		case unicode.IsUpper(r):
			if unicode.IsLower(before) || unicode.IsUpper(before) && unicode.IsLower(after) {
				n++
			}
		case unicode.IsUpper(before) && unicode.IsUpper(after):
			n++
		case !left && !right && !strings.ContainsRune(wordsOfOne, r):
			n++
		}
	}
	return n
}

// macLetterInside reports whether a byte from 0x80 to 0x9f stands between two letters, or behind
// one where only a letter would, and neither as the apostrophe of Windows-1252 (don’t, l’automne)
// nor as its œ.
func macLetterInside(text []byte) bool {
	letter := func(i int) bool {
		return i >= 0 && i < len(text) && (text[i] >= 0x80 || text[i]|0x20 >= 'a' && text[i]|0x20 <= 'z')
	}
	has := func(c byte) bool { return bytes.IndexByte(text, c) >= 0 }
	for i, c := range text {
		before, after := letter(i-1), letter(i+1)
		switch {
		case c < 0x80 || c >= 0xa0:
		case before && after:
			// As in sœur and œil.
			isLigature := c == 0x9c && (text[i+1] == 'u' || text[i+1] == 'i')
			if !isLigature && (c != 0x92 || !isApostrophe(text, i)) {
				return true
			}
		// The letters are é or Ž; ó, or a dash at a word; ö or š.
		case before && (c == 0x8e || c == 0x97 || c == 0x9a):
			return true
		// The letter is í, or the word is one as in the dogs’ and fishin’.
		case before && c == 0x92 && !has(0x91) && !strings.ContainsRune("sSnN", rune(text[i-1])):
			return true
		case before && c == 0x91 && !has(0x82): // ë, or the end of a German quotation
			return true
		// The letter is Ç, or a quotation has no end.
		case after && !before && c == 0x82 && !has(0x91) && !has(0x92):
			return true
		}
	}
	return false
}

// isApostrophe reports whether what stands around the byte at i would do with an apostrophe.
func isApostrophe(text []byte, i int) bool {
	notLetter := func(c rune) bool { return c < utf8.RuneSelf && !unicode.IsLetter(c) }
	before, after := Windows1252.Decode(text[max(i-12, 0):i]), Windows1252.Decode(text[i+1:min(i+12, len(text))])
	before = strings.ToLower(before[strings.LastIndexFunc(before, notLetter)+1:])
	if end := strings.IndexFunc(after, notLetter); end >= 0 {
		after = after[:end]
	}
	switch strings.ToLower(after) {
	case "s", "t", "d", "m", "ll", "re", "ve":
		return true
	}
	if utf8.RuneCountInString(after) < 3 {
		return false
	}
	switch before {
	case "o": // O’Brien
		return true
	case "l", "d", "j", "n", "s", "c", "m", "t", "qu", "jusqu", "aujourd", "un", "all", "dell", "nell", "dall", "sull":
		return after[0] >= utf8.RuneSelf || strings.ContainsRune("aeiouyhAEIOUYH", rune(after[0]))
	}
	return false
}
