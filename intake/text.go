package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of texts, in characters. They are far above what agencies take, and keep a
// hostile file from filling a prompt.
const (
	maxName     = 200
	maxTitle    = 500
	maxCaption  = 4000
	maxKeyword  = 100
	maxKeywords = 200
)

// cleanText returns a text on one line, without characters that are not meant to be seen,
// of at most limit characters.
func cleanText(text string, limit int) string {
	var b strings.Builder
	space, n := false, 0
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			space = true
			continue
		case r == utf8.RuneError || unicode.IsControl(r) || isInvisible(r):
			continue
		}
		if space && n > 0 {
			b.WriteByte(' ')
			n++
		}
		space = false
		if n >= limit {
			break
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimRight(b.String(), " ")
}

// isInvisible reports whether a character changes the direction of a text, or is a mark
// of an encoding. Joiners stay: scripts and emoji need them.
func isInvisible(r rune) bool {
	switch {
	// Bidirectional embeddings, overrides, isolates.
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069,
		// Annotations, byte order mark, noncharacters.
		r >= 0xfff9 && r <= 0xfffb, r == 0xfeff, r&0xfffe == 0xfffe:
		return true
	}
	return false
}

// cleanCaption cleans a caption and drops what the camera wrote instead of a person.
func cleanCaption(caption string) string { return words(caption, maxCaption) }

// cleanTitle does the same with the first of some titles that a person wrote.
func cleanTitle(titles ...string) string {
	for _, title := range titles {
		if title = words(title, maxTitle); title != "" {
			return title
		}
	}
	return ""
}

// words are what a person wrote, empty for what a camera or program did.
func words(text string, limit int) string {
	text = cleanText(text, limit)
	if isBoilerplate(text) {
		return ""
	}
	return text
}

// cleanKeywords cleans keywords and drops empty and repeated ones. A program that knows
// no lists writes them as one; that is taken apart.
func cleanKeywords(keywords []string) []string {
	if len(keywords) == 1 {
		keywords = splitList(keywords[0])
	}
	var clean []string
	seen := make(map[string]bool)
	for _, keyword := range keywords {
		keyword = cleanText(keyword, maxKeyword)
		if folded := strings.ToLower(keyword); keyword != "" && !seen[folded] {
			seen[folded] = true
			clean = append(clean, keyword)
		}
		if len(clean) == maxKeywords {
			break
		}
	}
	return clean
}

// splitList takes a list with semicolons, or else commas, apart.
func splitList(list string) []string {
	if strings.Contains(list, ";") {
		return strings.Split(list, ";")
	}
	return strings.Split(list, ",")
}
