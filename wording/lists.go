package wording

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Entry is a keyword of a list, and the line that it stands on, counting from 1.
type Entry struct {
	Term string
	Line int
}

// ParseList takes a list of keywords apart: a keyword a line, or several with commas or semicolons
// between; what follows # is a comment. Tabs put a line below an earlier one with fewer, as in
// lists that Lightroom exports: a keyword below another is a hierarchy, "Animals > Birds". Lines
// end with "\n".
//
// It fails for what is longer than [MaxTerm], and names the line.
func ParseList(text string) ([]Entry, error) {
	var entries []Entry
	// above are the keywords that a line with tabs stands below; empty ones are for order.
	var above []string
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		depth := len(line) - len(strings.TrimLeft(line, "\t"))
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		above = above[:min(depth, len(above))]
		last := ""
		for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ';' }) {
			word, order := lightroom(strings.TrimSpace(word))
			if n := utf8.RuneCountInString(word); n > MaxTerm {
				return nil, fmt.Errorf("line %d: %.20q... has %d characters, more than %d: write one keyword a line", i+1, word, n, MaxTerm)
			}
			if word == "" || order {
				continue
			}
			last = word
			chain := slices.DeleteFunc(append(slices.Clone(above), word), func(s string) bool { return s == "" })
			entries = append(entries, Entry{strings.Join(chain, " > "), i + 1})
		}
		above = append(above, last)
	}
	return entries, nil
}

// lightroom reads what Lightroom writes around a keyword of an exported list: braces around a
// synonym of the keyword above, brackets around one that is for order alone and is never exported.
func lightroom(word string) (plain string, order bool) {
	switch {
	case strings.HasPrefix(word, "{") && strings.HasSuffix(word, "}"):
		return strings.TrimSpace(word[1 : len(word)-1]), false
	case strings.HasPrefix(word, "[") && strings.HasSuffix(word, "]"):
		return strings.TrimSpace(word[1 : len(word)-1]), true
	}
	return word, false
}
