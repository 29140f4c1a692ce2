package wording

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// Settle makes metadata what the brief asks for, as far as that needs no judgement. The argument is
// not changed. The guide is that of the agencies. Settle is idempotent.
func (r Rules) Settle(g tagroll.Guide, f tagroll.Facts, m tagroll.Metadata) tagroll.Metadata {
	m.Title = r.settleTitle(f, m.Title)
	m.Description = r.settleDescription(g, f, m.Description)
	m.Keywords = r.settleKeywords(g, f, m)
	return m
}

func (r Rules) settleTitle(f tagroll.Facts, title string) string {
	if e := r.existing(Title); f.Title != "" && (e == tagroll.ExistingKeep || e == tagroll.ExistingMerge) {
		return f.Title
	}
	b := r.Brief.Title
	if title == "" {
		return ""
	}
	body := strings.TrimSuffix(strings.TrimPrefix(title, b.Prefix), b.Suffix)
	if b.Case == "title" {
		body = titleCase(body)
	}
	return b.Prefix + body + b.Suffix
}

// lowerInTitles are the words that title case leaves small (Chicago Manual of Style, 8.159).
var lowerInTitles = map[string]bool{
	"a": true, "an": true, "and": true, "as": true, "at": true, "but": true, "by": true, "for": true, "from": true, "in": true,
	"into": true, "nor": true, "of": true, "on": true, "or": true, "over": true, "the": true, "to": true, "up": true, "with": true,
}

func titleCase(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		if i > 0 && i < len(words)-1 && lowerInTitles[w] {
			continue
		}
		first, size := utf8.DecodeRuneInString(w)
		words[i] = string(unicode.ToUpper(first)) + w[size:]
		if size == 0 {
			words[i] = w
		}
	}
	return strings.Join(words, " ")
}

func (r Rules) settleDescription(g tagroll.Guide, f tagroll.Facts, text string) string {
	if e := r.existing(Description); f.Caption != "" && (e == tagroll.ExistingKeep || e == tagroll.ExistingMerge) {
		text = f.Caption
	}
	return text
}

func (r Rules) settleKeywords(g tagroll.Guide, f tagroll.Facts, m tagroll.Metadata) []string {
	if r.existing(Keywords) == tagroll.ExistingKeep && len(f.Keywords) > 0 {
		return slices.Clone(f.Keywords)
	}
	b := r.Brief.Keywords
	keywords := m.Keywords
	if r.existing(Keywords) == tagroll.ExistingMerge {
		keywords = slices.Concat(lower(f.Keywords), keywords)
	}
	if b.SingleWords {
		keywords = apart(keywords)
	}
	if len(b.Vocabulary) > 0 {
		keywords = newVocabulary(b.Vocabulary).choose(keywords)
	}
	keywords = slices.DeleteFunc(slices.Clone(keywords), func(k string) bool { return holdsAny(k, b.Ban) })
	if r.existing(Keywords) != tagroll.ExistingMerge && len(b.Vocabulary) == 0 {
		keywords = lead(keywords, m.Title, g.Keywords.Leading)
	}
	keywords = withoutRepeats(keywords)
	return arrange(keywords, b, g)
}

// arrange puts required keywords where they belong, and cuts the others to the number that is left.
func arrange(keywords []string, b tagroll.KeywordBrief, g tagroll.Guide) []string {
	require := withoutRepeats(b.Require)
	keywords = slices.DeleteFunc(keywords, func(k string) bool {
		return slices.ContainsFunc(require, func(own string) bool { return sameKeyword(own, k) })
	})
	if most := least(b.Max, g.Keywords.Max); most > 0 {
		keywords = keywords[:min(len(keywords), max(most-len(require), 0))]
	}
	if b.RequireLast {
		return slices.Concat(keywords, require)
	}
	return slices.Concat(require, keywords)
}

func lower(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ToLower(w)
	}
	return out
}

// apart takes phrases apart into their words.
func apart(keywords []string) []string {
	var words []string
	for _, k := range keywords {
		for _, w := range strings.Fields(k) {
			if !lowerInTitles[w] {
				words = append(words, w)
			}
		}
	}
	return words
}

// lead moves keywords that hold words of the title among the leading ones, in the order in which
// they stand: the first keywords weigh most, and the title says what the photo is of.
func lead(keywords []string, title string, leading int) []string {
	ofTitle := make(map[string]bool)
	for _, w := range words(title) {
		ofTitle[agency.Stem(w)] = true
	}
	var first, rest []string
	for i, k := range keywords {
		holds := slices.ContainsFunc(words(k), func(w string) bool { return ofTitle[agency.Stem(w)] && !lowerInTitles[w] })
		if i >= leading && holds && len(first) < leading {
			first = append(first, k)
		} else {
			rest = append(rest, k)
		}
	}
	// Those that lead already keep their places; the others come behind the last of them that is of
	// the title.
	at := min(max(leading-len(first), 0), len(rest))
	return slices.Concat(rest[:at], first, rest[at:])
}

// withoutRepeats keeps the first of keywords that differ only by number, verb form or case.
func withoutRepeats(keywords []string) []string {
	var kept []string
	seen := make(map[string]bool)
	for _, k := range keywords {
		key := keyOf(k)
		if key == "" || seen[key] {
			continue
		}
		seen[key] = true
		kept = append(kept, k)
	}
	return kept
}

// keyOf is what keywords have in common that count as one.
func keyOf(keyword string) string {
	parts := words(keyword)
	for i, w := range parts {
		parts[i] = agency.Stem(plain(w))
	}
	return strings.Join(parts, " ")
}

func sameKeyword(a, b string) bool { return keyOf(a) == keyOf(b) }

// words returns the words of a text in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
	})
}

// holdsAny reports whether a text holds one of the terms as whole words, in singular or plural.
func holdsAny(text string, terms []string) bool {
	return slices.ContainsFunc(terms, func(term string) bool { return holds(text, term) })
}

func holds(text, term string) bool {
	t := keyOf(term)
	return t != "" && strings.Contains(" "+keyOf(text)+" ", " "+t+" ")
}

// vocabulary finds the keywords that are allowed.
type vocabulary map[string][]string // the key of an entry -> the entry, and the entries above it

func newVocabulary(lines []string) vocabulary {
	v := make(vocabulary)
	for _, line := range lines {
		var path []string
		for part := range strings.SplitSeq(line, ">") {
			if part = strings.Join(strings.Fields(part), " "); part != "" {
				path = append([]string{part}, path...)
			}
		}
		// Each part of a path is an entry by itself, with those above it.
		for i, part := range path {
			if key := keyOf(part); v[key] == nil {
				v[key] = path[i:]
			}
		}
	}
	return v
}

// choose returns the entries that the keywords name, each with those above it behind all that were
// named.
func (v vocabulary) choose(keywords []string) []string {
	var named, above []string
	for _, k := range keywords {
		if path := v[keyOf(k)]; path != nil {
			named = append(named, path[0])
			above = append(above, path[1:]...)
		}
	}
	return slices.Concat(named, above)
}
