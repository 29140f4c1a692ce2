package terminal

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Printable takes away what a terminal would obey: names and messages come from outside.
// A terminal obeys more than control characters: a right-to-left override, for one, shows a
// name as what it is not. The joiner that holds an emoji together stays.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\u200d' || unicode.IsPrint(r) {
			return r
		}
		if unicode.IsSpace(r) && r >= 0xa0 {
			return ' '
		}
		return '?'
	}, s)
}

// Width is how many columns of a terminal a text takes: two for the wide characters of
// East Asian scripts and emoji (Unicode Standard Annex #11), none for a combining mark.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += widthOf(r)
	}
	return n
}

func widthOf(r rune) int {
	if r < utf8.RuneSelf {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// shorten cuts a text that takes more than so many cells, and shows that by an ellipsis.
func shorten(s string, room int) string {
	if Width(s) <= room {
		return s
	}
	used := 0
	for i, r := range s {
		if used += widthOf(r); used > room-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// shortenPath shortens a path from its beginning: its end tells files apart.
func shortenPath(s string, room int) string {
	rest := s
	for Width(rest) > room-1 {
		if rest == s && Width(s) <= room {
			return s
		}
		_, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
	}
	if rest == s {
		return s
	}
	return "…" + rest
}

// pad fills a text with spaces up to so many cells.
func pad(s string, room int) string {
	return s + strings.Repeat(" ", max(room-Width(s), 0))
}
