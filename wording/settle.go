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
	return r.withoutUnasked(f, m)
}

// withoutUnasked leaves out fields that are not written, and that a model has sent all the same.
// What the file itself has may stay.
func (r Rules) withoutUnasked(f tagroll.Facts, m tagroll.Metadata) tagroll.Metadata {
	if !r.writes(Title) && m.Title != f.Title {
		m.Title = ""
	}
	if !r.writes(Description) && m.Description != f.Caption {
		m.Description = ""
	}
	if !r.writes(Keywords) && !slices.Equal(m.Keywords, f.Keywords) {
		m.Keywords = nil
	}
	if !r.writes(Category) {
		m.Category = ""
	}
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
	if b.NoCommas {
		body = agency.WithoutCommas(body)
	}
	if b.Case == "title" {
		body = titleCase(body, r.Brief.Language)
	}
	return b.Prefix + body + b.Suffix
}

// lowerInTitles are the words that title case leaves small (Chicago Manual of Style, 8.159).
var lowerInTitles = map[string]bool{
	"a": true, "an": true, "and": true, "as": true, "at": true, "but": true, "by": true, "for": true, "from": true, "in": true,
	"into": true, "nor": true, "of": true, "on": true, "or": true, "over": true, "the": true, "to": true, "up": true, "with": true,
}

func titleCase(s, language string) string {
	upper := unicode.ToUpper
	if language == "Turkish" {
		upper = unicode.TurkishCase.ToUpper
	}
	words := strings.Split(s, " ")
	for i, w := range words {
		if i > 0 && i < len(words)-1 && lowerInTitles[w] {
			continue
		}
		at := strings.IndexFunc(w, unicode.IsLetter) // behind a quotation mark
		if at < 0 || strings.ContainsFunc(w[:at], unicode.IsDigit) {
			continue
		}
		first, size := utf8.DecodeRuneInString(w[at:])
		words[i] = w[:at] + string(upper(first)) + w[at+size:]
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
	lists, l := r.lists(), language(r.Brief.Language)
	if len(b.Vocabulary) > 0 {
		keywords = lists.vocabulary.choose(keywords)
	}
	keywords = slices.DeleteFunc(slices.Clone(keywords), func(k string) bool {
		_, banned := lists.ban.in(k)
		return banned
	})
	if r.existing(Keywords) != tagroll.ExistingMerge && len(b.Vocabulary) == 0 {
		keywords = l.lead(keywords, m.Title, g.Keywords.Leading)
	}
	return l.arrange(l.withoutRepeats(keywords), b, g)
}

// arrange puts required keywords where they belong, and cuts the others to the number that is left.
func (l language) arrange(keywords []string, b tagroll.KeywordBrief, g tagroll.Guide) []string {
	require, own := l.withoutRepeats(b.Require), newIndex[bool](l, len(b.Require))
	for _, k := range require {
		own.put(k, true)
	}
	keywords = slices.DeleteFunc(keywords, func(k string) bool { return own.has(k) })
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
func (l language) lead(keywords []string, title string, leading int) []string {
	ofTitle := newIndex[bool](l, 0)
	for _, w := range words(title) {
		ofTitle.put(w, true)
	}
	var first, rest []string
	for i, k := range keywords {
		holds := slices.ContainsFunc(words(k), func(w string) bool { return ofTitle.has(w) && !lowerInTitles[w] })
		if i >= leading && holds && len(first) < leading {
			first = append(first, k)
		} else {
			rest = append(rest, k)
		}
	}
	// Those that lead already keep their places; the others come behind the last of them that
	// is of the title.
	at := min(max(leading-len(first), 0), len(rest))
	return slices.Concat(rest[:at], first, rest[at:])
}

// withoutRepeats keeps the first of keywords that differ only by number, verb form or case.
func (l language) withoutRepeats(keywords []string) []string {
	var kept []string
	seen := newIndex[bool](l, len(keywords))
	for _, k := range keywords {
		if !seen.has(k) && seen.put(k, true) > 0 {
			kept = append(kept, k)
		}
	}
	return kept
}

// words returns the words of a text in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
	})
}

// holds reports whether an English text holds a term as whole words, in singular or plural.
func holds(text, term string) bool {
	t := keyOf(term)
	return t != "" && strings.Contains(" "+keyOf(text)+" ", " "+t+" ")
}

// vocabulary finds the keywords that are allowed: an entry, and the entries above it.
type vocabulary struct{ *index[[]string] }

func newVocabulary(l language, lines []string) vocabulary {
	v := vocabulary{newIndex[[]string](l, len(lines))}
	for _, line := range lines {
		var path []string
		for part := range strings.SplitSeq(line, ">") {
			if part = strings.Join(strings.Fields(part), " "); part != "" {
				path = append([]string{part}, path...)
			}
		}
		// Each part of a path is an entry by itself, with those above it.
		for i, part := range path {
			v.put(part, path[i:])
		}
	}
	return v
}

// choose returns the entries that the keywords name, each with those above it behind all that were
// named.
func (v vocabulary) choose(keywords []string) []string {
	var named, above []string
	for _, k := range keywords {
		if path, ok := v.find(k); ok {
			named = append(named, path[0])
			above = append(above, path[1:]...)
		}
	}
	return slices.Concat(named, above)
}
