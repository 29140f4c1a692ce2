package wording

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// language is the language of a photo's words by its English name; empty for English.
type language string

// stems returns the stems of a text's words.
func (l language) stems(text string) []string {
	if l == "Turkish" {
		text = strings.ToLowerSpecial(unicode.TurkishCase, text)
	}
	parts := words(text)
	for i, w := range parts {
		parts[i] = l.stem(w)
	}
	return parts
}

// keyOf is what English texts have in common that count as one: the stems of their words.
func keyOf(text string) string { return strings.Join(language("").stems(text), " ") }

// stem reduces a word in lower case to what its singular and plural have in common, which need not
// be a word. Words of languages without rules here stay as they are: the languages of grammar have
// other rules, and for the rest two forms too many are better than one of two different words lost.
func (l language) stem(w string) string {
	switch l {
	case "", "English":
		return agency.Stem(plain(w))
	case "German":
		return stemGerman(w)
	case "French":
		return stemFrench(w)
	case "Spanish":
		return stemSpanish(w)
	case "Portuguese":
		return stemPortuguese(w)
	case "Italian":
		return stemItalian(w)
	case "Russian":
		return strings.ReplaceAll(w, "ё", "е") // few write its dots
	case "Greek":
		return strings.ReplaceAll(w, "ς", "σ") // capitals do not tell them apart
	}
	return w
}

// cutEnding replaces the first of the endings, given in pairs with what takes their place, that
// leaves at least three letters.
func cutEnding(w string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if stem, ok := strings.CutSuffix(w, pairs[i]); ok && utf8.RuneCountInString(stem+pairs[i+1]) >= 3 {
			return stem + pairs[i+1]
		}
	}
	return w
}

// germanPlurals are plurals in -er without an umlaut. Elsewhere -er mostly belongs to the word:
// "Fenster", "Winter".
var germanPlurals = map[string]string{
	"kinder": "kind", "bilder": "bild", "lichter": "licht", "felder": "feld", "kleider": "kleid", "eier": "ei", "rinder": "rind",
	"bretter": "brett", "nester": "nest", "lieder": "lied", "gesichter": "gesicht", "schilder": "schild", "blüte": "blüte", "blüten": "blüte",
	"männer": "mann", "räder": "rad", "bäder": "bad", "züge": "zug", "füße": "fuß", "kühe": "kuh", "hände": "hand", "nächte": "nacht",
}

func stemGerman(w string) string {
	if base := germanPlurals[w]; base != "" {
		return base
	}
	n := utf8.RuneCountInString(w)
	stem := w
	switch {
	case n < 4:
		return w
	case strings.HasSuffix(w, "os"), strings.HasSuffix(w, "és"), strings.HasSuffix(w, "ys"):
		return cutEnding(w, "s", "") // "Autos", "Cafés", "Handys"
	case strings.HasSuffix(w, "innen"):
		return strings.TrimSuffix(w, "nen")
	case strings.HasSuffix(w, "er") && strings.ContainsAny(w, "äöü"):
		stem = cutEnding(w, "er", "")
	default:
		stem = cutEnding(w, "en", "", "e", "")
		if stem == w && (strings.HasSuffix(w, "eln") || strings.HasSuffix(w, "ern")) {
			stem = strings.TrimSuffix(w, "n")
		}
	}
	// A plural changes the vowel of "Baum", not that of short words such as "Bär".
	if utf8.RuneCountInString(stem) >= 4 && (stem != w || strings.HasSuffix(w, "el")) {
		stem = strings.NewReplacer("ä", "a", "ö", "o", "ü", "u").Replace(stem)
	}
	return stem
}

// frenchSingulars end like a plural and mean something else without the ending.
var frenchSingulars = wordSet("fils cours mars bras bois dos os pays temps corps mois vers fois souris ours jus")

func stemFrench(w string) string {
	switch {
	case frenchSingulars[w] || strings.HasSuffix(w, "ss"):
		return w
	case strings.HasSuffix(w, "eaux"), strings.HasSuffix(w, "eux"), strings.HasSuffix(w, "oux"):
		return strings.TrimSuffix(w, "x")
	}
	return cutEnding(w, "aux", "al", "s", "")
}

func stemSpanish(w string) string {
	return cutEnding(w, "ces", "z", "iones", "ión", "ones", "ón", "anes", "án", "des", "d", "les", "l", "nes", "n", "res", "r", "ses", "s", "yes", "y", "s", "")
}

func stemPortuguese(w string) string {
	return cutEnding(w, "ões", "ão", "ães", "ão", "ãos", "ão", "ais", "al", "éis", "el", "óis", "ol", "ns", "m", "res", "r", "zes", "z", "ses", "s", "s", "")
}

// italianO are words in -e whose plural ends in -i, as that of words in -o does.
var italianO = []string{"ore", "one", "ale", "are", "ente", "ante", "onte", "iere", "iume", "ile", "ane", "esce", "otte", "uce", "ice", "ese"}

// stemItalian makes the last vowel one of two: o for -o and -i, a for -a and -e. So "porta" and
// "porto" stay two words.
func stemItalian(w string) string {
	w = cutEnding(w, "chi", "co", "ghi", "go", "che", "ca", "ghe", "ga")
	for _, ending := range italianO {
		if strings.HasSuffix(w, ending) {
			return strings.TrimSuffix(w, "e") + "o"
		}
	}
	return cutEnding(w, "i", "o", "e", "a")
}

// unspaced reports whether a text is in a script without spaces between words, where a word is
// found anywhere within others.
func unspaced(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
	})
}

// termList finds terms in texts as whole words, in singular or plural. Lists may have a hundred
// thousand entries, so that each text is asked for its words and not each term for the text.
type termList struct {
	terms   *index[string] // the terms as written
	longest int            // words of a term
	inside  []string       // terms of scripts without spaces
}

func newTermList(l language, terms []string) *termList {
	list := &termList{terms: newIndex[string](l, len(terms))}
	for _, term := range terms {
		list.longest = max(list.longest, list.terms.put(term, term))
		if unspaced(term) {
			list.inside = append(list.inside, strings.ToLower(term))
		}
	}
	return list
}

// in returns the first term that a text holds.
func (t *termList) in(text string) (term string, found bool) {
	if t.longest == 0 || text == "" {
		return "", false
	}
	parts := t.terms.language.stems(text)
	for i := range parts {
		for n := 1; n <= min(t.longest, len(parts)-i); n++ {
			if term, found = t.terms.findWords(parts[i : i+n]); found {
				return term, true
			}
		}
	}
	if len(t.inside) > 0 && unspaced(text) {
		lower := strings.ToLower(text)
		for _, term := range t.inside {
			if strings.Contains(lower, term) {
				return term, true
			}
		}
	}
	return "", false
}

// lists are a brief's lists, ready to be asked.
type lists struct {
	brief      tagroll.KeywordBrief // what they were made of
	language   language
	ban        *termList
	vocabulary vocabulary
}

// lists returns the brief's lists. A batch keeps them, since they are the same for all photos.
func (r Rules) lists() *lists {
	k, l := r.Brief.Keywords, language(r.Brief.Language)
	if r.Batch == nil {
		return newLists(k, l)
	}
	r.Batch.mu.Lock()
	defer r.Batch.mu.Unlock()
	kept := r.Batch.lists
	if kept == nil || kept.language != l || !sameSlice(kept.brief.Ban, k.Ban) || !sameSlice(kept.brief.Vocabulary, k.Vocabulary) {
		kept = newLists(k, l)
		r.Batch.lists = kept
	}
	return kept
}

func newLists(k tagroll.KeywordBrief, l language) *lists {
	return &lists{brief: k, language: l, ban: newTermList(l, k.Ban), vocabulary: newVocabulary(l, k.Vocabulary)}
}

// sameSlice reports whether two lists are one and the same in memory: briefs are not changed in
// place.
func sameSlice(a, b []string) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}
