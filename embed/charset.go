package embed

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tagroll/tagroll/internal/codepage"
)

// guessTable tells by all texts of a file whether they were written on a Macintosh or on Windows:
// in the wrong table, letters turn into signs, and small letters into capitals within a word. A tie
// is Windows.
func guessTable(texts [][]byte) *codepage.Table {
	mac, windows := 0, 0
	for _, text := range texts {
		if utf8.Valid(text) {
			continue
		}
		mac += likeness(codepage.MacRoman.Decode(text))
		windows += likeness(codepage.Windows1252.Decode(text))
	}
	if mac > windows {
		return codepage.MacRoman
	}
	return codepage.Windows1252
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
