package intake

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tagroll/tagroll/internal/codepage"
)

// decodeText decodes a text whose character set is not known: UTF-8 if it is valid, else what
// decoder makes out.
func decodeText(text []byte) string {
	if utf8.Valid(text) {
		return string(text)
	}
	return decoder(text)(text)
}

// decoder makes out whether texts that are not UTF-8 are of a Macintosh or of Windows, and returns
// how they are decoded: the one in which fewer characters stand where they cannot. Between equals
// bytes from 0x80 to 0x9f inside a word tell: on a Macintosh they are letters, in Windows-1252
// hardly ever, and never in Latin-1.
func decoder(text []byte) func([]byte) string {
	mac, windows := misplaced([]rune(codepage.MacRoman.Decode(text))), misplaced([]rune(codepage.Windows1252.Decode(text)))
	if mac < windows || mac == windows && macLetterInside(text) {
		return codepage.MacRoman.Decode
	}
	return codepage.Windows1252.Decode
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
	before, after := codepage.Windows1252.Decode(text[max(i-12, 0):i]), codepage.Windows1252.Decode(text[i+1:min(i+12, len(text))])
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

// toUTF8 turns a packet of UTF-16 or UTF-32 (XMP part 1, 7.1) into UTF-8, told by its byte order
// mark or by its first character, which is of ASCII; and one that says that it is Latin-1.
func toUTF8(packet []byte) []byte {
	if len(packet) < 4 {
		return packet
	}
	begins := func(c uint32) bool { return c == 0xfeff || c == '<' || c == ' ' || c == '\n' || c == '\r' || c == '\t' }
	for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		switch {
		case begins(order.Uint32(packet)):
			return fromUTF32(packet, order)
		case begins(uint32(order.Uint16(packet))):
			return fromUTF16(packet, order)
		}
	}
	head := bytes.ToLower(packet[:min(len(packet), 100)])
	if bytes.HasPrefix(head, []byte("<?xml")) && (bytes.Contains(head, []byte("iso-8859-1")) || bytes.Contains(head, []byte("windows-1252"))) && !utf8.Valid(packet) {
		return []byte(codepage.Windows1252.Decode(packet))
	}
	return packet
}

func fromUTF16(packet []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(packet)/2)
	for i := range units {
		units[i] = order.Uint16(packet[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

func fromUTF32(packet []byte, order binary.ByteOrder) []byte {
	text := make([]byte, 0, len(packet)/4)
	for ; len(packet) >= 4; packet = packet[4:] {
		text = utf8.AppendRune(text, rune(min(order.Uint32(packet), unicode.MaxRune+1)))
	}
	return text
}
