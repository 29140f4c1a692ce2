package embed

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// macRoman are the characters of the bytes 0x80 to 0xff on a Macintosh (Apple's ROMAN.TXT).
var macRoman = []rune("ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u00a0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uf8ffÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ")

// windows1252 are the characters of the bytes 0x80 to 0xff on Windows, which are Latin-1 from 0xa0
// on (the WHATWG Encoding Standard).
var windows1252 = windowsTable()

func windowsTable() []rune {
	table := []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")
	for r := rune(0xa0); r <= 0xff; r++ {
		table = append(table, r)
	}
	return table
}

// decodeWith decodes a text of one byte a character, of which the upper half is a table.
func decodeWith(table []rune, text []byte) string {
	var b strings.Builder
	for _, c := range text {
		if c < utf8.RuneSelf {
			b.WriteByte(c)
		} else {
			b.WriteRune(table[c-utf8.RuneSelf])
		}
	}
	return b.String()
}

// guessTable tells by all texts of a file whether they were written on a Macintosh or on Windows:
// in the wrong table, letters turn into signs, and small letters into capitals within a word. A tie
// is Windows.
func guessTable(texts [][]byte) []rune {
	mac, windows := 0, 0
	for _, text := range texts {
		if utf8.Valid(text) {
			continue
		}
		mac += likeness(decodeWith(macRoman, text))
		windows += likeness(decodeWith(windows1252, text))
	}
	if mac > windows {
		return macRoman
	}
	return windows1252
}

// likeness is how much the characters outside ASCII look like a written language where they stand.
func likeness(text string) int {
	score := 0
	runes := []rune(" " + text + " ")
	for i := 1; i < len(runes)-1; i++ {
		before, r, after := runes[i-1], runes[i], runes[i+1]
		switch {
		case r < utf8.RuneSelf:
		case r < 0xa0 || r == 0xf8ff:
			score -= 3 // not a character of the table
		case strings.ContainsRune("’‘", r):
			score += apostrophe(runes[:i], before, after)
		case r == '“' || r == '„' || r == '«' || r == '¿' || r == '¡':
			score += sign(!unicode.IsLetter(before) && !unicode.IsSpace(after))
		case r == '”' || r == '»' || r == '…' || r == '™' || r == '®' || r == '°':
			score += sign(!unicode.IsSpace(before) && !unicode.IsLetter(after))
		case r == '–' || r == '—' || r == '•' || r == '©' || r == '€' || r == '£':
			score += sign(!unicode.IsLetter(before) && !unicode.IsLower(after) || unicode.IsSpace(before) && unicode.IsSpace(after))
		case unicode.IsLower(r) && r != 'ª' && r != 'º' && r != 'ƒ' && r != 'ı' && r != 'µ':
			score += sign(unicode.IsLetter(before) || unicode.IsLetter(after))
		case unicode.IsUpper(r):
			score += sign(!unicode.IsLower(before))
		default:
			score -= 2
		}
	}
	return score
}

func sign(fits bool) int {
	if fits {
		return 2
	}
	return -2
}

// apostrophe rates a single quotation mark: as in "don’t" and "l’été", or around words.
func apostrophe(head []rune, before, after rune) int {
	if !unicode.IsLetter(before) || !unicode.IsLetter(after) {
		return 2
	}
	start := len(head) - 1
	for start > 0 && unicode.IsLetter(head[start-1]) {
		start--
	}
	// As in l’, d’ and qu’.
	elided := len(head)-start <= 2 && strings.ContainsRune("ldjcnsmtuLDJCNSMTU", before)
	if elided || strings.ContainsRune("stdlrvm", after) {
		return 3
	}
	return -1
}
