package offline

import (
	"strings"
	"unicode"

	"github.com/tagroll/tagroll/describe"
)

// set makes a set of words.
func set(words []string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range words {
		m[strings.ToLower(w)] = true
	}
	return m
}

// inWord reports whether words consist of such runes.
func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) }

// split returns the words of a text, without the marks around them.
func split(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool {
		return !inWord(r) && r != '\'' && r != '’' && r != '-'
	})
}

// dedupe leaves out what was there before, ignoring case.
func dedupe(words []string) []string {
	seen := map[string]bool{}
	var kept []string
	for _, w := range words {
		if key := strings.ToLower(w); !seen[key] {
			seen[key] = true
			kept = append(kept, w)
		}
	}
	return kept
}

// shorten cuts a text after a whole word so that it has at most limit characters.
func shorten(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	s = string(runes[:limit])
	if i := strings.LastIndexByte(s, ' '); runes[limit] != ' ' && i > 0 {
		s = s[:i]
	}
	words := strings.Fields(s)
	for len(words) > 1 && describe.IsConnective(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	return strings.TrimRight(strings.Join(words, " "), " -–—:;")
}
