package agency

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
)

// Normalize returns the metadata as the agency wants it written, without changing
// what it says. The argument is not changed.
//
// Title, description and keywords are put into Normalization Form C, with single spaces and without
// control characters, invisible characters and emoji. The title loses surrounding quotes, a final
// full stop and, if the agency wants none, its commas; it is never cut, nor is the description.
// Keywords become lower case, lists within a keyword become several, and hash signs, quotes,
// duplicates and forbidden keywords go; missing words of the title are added behind the leading
// ones, unless there are fewer keywords than the agency demands, and what is too much is cut from
// the end, but no keyword that holds a word of the title. A category is written as in
// tagroll.Categories if it can be recognised, also by the agency's own name or number.
//
// Normalize is idempotent. Afterwards Check has nothing to say of commas, control
// characters, emoji, duplicate, empty or forbidden keywords, and never too many
// keywords. It may still find the title too long, empty or naming a brand, too
// few keywords, or no category: those need a person or another answer.
func (a *Agency) Normalize(m tagroll.Metadata) tagroll.Metadata {
	title := a.normalizeTitle(m.Title)
	return tagroll.Metadata{
		Title:       title,
		Description: clean(m.Description),
		Keywords:    a.normalizeKeywords(title, m.Keywords),
		Category:    a.normalizeCategory(m.Category),

		Recognizable: m.Recognizable,
	}
}

// Tidy is Normalize for metadata that a person wrote: the form is mended, but no word of the title
// becomes a keyword, and no keyword goes because it is forbidden or one too many. Check reports
// such keywords.
func (a *Agency) Tidy(m tagroll.Metadata) tagroll.Metadata {
	return tagroll.Metadata{
		Title:       a.normalizeTitle(m.Title),
		Description: clean(m.Description),
		Keywords:    tidyKeywords(m.Keywords),
		Category:    a.normalizeCategory(m.Category),

		Recognizable: m.Recognizable,
	}
}

func (a *Agency) normalizeTitle(title string) string {
	for {
		t := clean(title)
		if a.rules.Title.NoCommas {
			t = WithoutCommas(t)
		}
		t = withoutFinalStop(withoutQuotes(t))
		if t == title {
			return t
		}
		// One step may open the way for another, such as quotes around a full stop.
		title = t
	}
}

// WithoutCommas takes out commas so that the text still reads well: "1,000" is
// "1000", the decimal comma of "2,5" a point, and any other comma a space.
func WithoutCommas(text string) string {
	runes := []rune(text)
	var b strings.Builder
	for i, r := range runes {
		switch {
		case !isComma(r):
			b.WriteRune(r)
		case r != ',' || digitsBefore(runes, i) == 0 || digitsAfter(runes, i) == 0:
			b.WriteRune(' ')
		case digitsAfter(runes, i) == 3 && digitsBefore(runes, i) <= 3:
			// A thousands separator.
		default:
			b.WriteRune('.')
		}
	}
	return clean(b.String())
}

func digitsBefore(runes []rune, i int) int {
	n := 0
	for i-n-1 >= 0 && unicode.IsDigit(runes[i-n-1]) {
		n++
	}
	return n
}

func digitsAfter(runes []rune, i int) int {
	n := 0
	for i+n+1 < len(runes) && unicode.IsDigit(runes[i+n+1]) {
		n++
	}
	return n
}

// quotePairs are opening and closing quotation marks.
var quotePairs = [][2]string{{`"`, `"`}, {`'`, `'`}, {"`", "`"}, {"“", "”"}, {"„", "“"}, {"„", "”"}, {"‘", "’"}, {"‚", "‘"}, {"«", "»"}, {"»", "«"}}

// withoutQuotes takes off quotation marks around the whole text. Marks around two different parts
// stay.
func withoutQuotes(text string) string {
	for _, pair := range quotePairs {
		inner, opens := strings.CutPrefix(text, pair[0])
		inner, closes := strings.CutSuffix(inner, pair[1])
		if opens && closes && !strings.Contains(inner, pair[0]) && !strings.Contains(inner, pair[1]) {
			return strings.TrimSpace(inner)
		}
	}
	return text
}

// withoutFinalStop takes off final full stops, except the one of an abbreviation such as "U.S.".
func withoutFinalStop(text string) string {
	t := strings.TrimRight(text, ".。… ")
	if t == text {
		return text
	}
	last := t[strings.LastIndex(t, " ")+1:]
	if strings.Contains(last, ".") && strings.HasPrefix(text[len(t):], ".") {
		return t + "."
	}
	return t
}

func (a *Agency) normalizeKeywords(title string, keywords []string) []string {
	result := slices.DeleteFunc(tidyKeywords(keywords), a.refuses)
	// Words of the title complete a list; they do not make one of too few keywords.
	if a.rules.Keywords.IncludeTitleWords && len(result) >= a.rules.Keywords.Min {
		result = a.addTitleWords(title, result)
	} else if keep := a.keep(); len(result) > keep {
		result = result[:keep]
	}
	return slices.Clip(result)
}

// tidyKeywords takes lists apart and returns each keyword once, in its normal form.
func tidyKeywords(keywords []string) []string {
	result := []string{}
	seen := make(map[string]bool)
	for _, entry := range keywords {
		for _, k := range splitKeyword(entry) {
			if k = normalizeKeyword(k); k != "" && !seen[k] {
				seen[k] = true
				result = append(result, k)
			}
		}
	}
	return result
}

// keep is how many keywords remain.
func (a *Agency) keep() int {
	for _, limit := range []int{a.rules.Keywords.Keep, a.rules.Keywords.Max} {
		if limit > 0 {
			return limit
		}
	}
	return int(^uint(0) >> 1)
}

// splitKeyword takes a list within one keyword apart: "dog, cat" and "#dog #cat".
func splitKeyword(entry string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(entry, " #", ","), func(r rune) bool {
		return isComma(r) || strings.ContainsRune(";；|\n\r", r)
	})
}

// normalizeKeyword returns the keyword in lower case without marks around it; empty if nothing is
// left.
func normalizeKeyword(k string) string {
	const quotes = "\"'`“”„‘’‚«»"
	for {
		t := strings.ToLower(clean(k))
		t = strings.Trim(t, quotes+" ")
		t = strings.TrimLeft(t, "#*•·=+-–—@＝＋－＠_ ")
		t = clean(withoutFinalStop(t))
		if t == k {
			break
		}
		k = t
	}
	if !strings.ContainsFunc(k, isWordRune) {
		return ""
	}
	return k
}

// refuses reports whether Check would have an error against the keyword itself.
func (a *Agency) refuses(k string) bool {
	r := &report{}
	a.reportMatches(r, fieldKeywords, "keyword", k, a.matches(k, tokenize(k), false))
	a.checkText(r, fieldKeywords, "keyword", "", k)
	return tagroll.HasErrors(r.findings)
}

// addTitleWords adds the words of the title that are missing and cuts the list to
// its length. Added words go behind the leading keywords, which keep their weight.
// To make room, what holds no word of the title goes first, from the end.
func (a *Agency) addTitleWords(title string, keywords []string) []string {
	words, keep := a.titleWords(title), a.keep()
	ofTitle := wordKeys(words)
	holds := func(keyword string) bool {
		return slices.ContainsFunc(tokenize(keyword), func(t token) bool { return ofTitle[singular(t.stem)] })
	}
	holding := 0
	for _, k := range keywords {
		if holds(k) {
			holding++
		}
	}
	added := missing(words, keywords)
	added = added[:min(len(added), max(0, keep-holding))]
	keywords = slices.Insert(keywords, min(a.rules.Keywords.Leading, len(keywords)), added...)
	for i := len(keywords) - 1; i >= 0 && len(keywords) > keep; i-- {
		if !holds(keywords[i]) {
			keywords = slices.Delete(keywords, i, i+1)
		}
	}
	return keywords[:min(len(keywords), keep)]
}

// wordKeys are the words within the texts, for comparison.
func wordKeys(texts []string) map[string]bool {
	keys := make(map[string]bool)
	for _, text := range texts {
		for _, t := range tokenize(text) {
			keys[singular(t.stem)] = true
		}
	}
	return keys
}

// missingTitleWords are the words of the title that no keyword contains.
func (a *Agency) missingTitleWords(title string, keywords []string) []string {
	return missing(a.titleWords(title), keywords)
}

// titleWords are the words of the title that should be keywords, in lower case:
// not stop words, numbers, single letters, or parts of what is forbidden.
func (a *Agency) titleWords(title string) []string {
	tokens := tokenize(title)
	found := a.matches(title, tokens, a.capitalsMean(title, tokens))
	if start, end, ok := a.possiblePerson(title, tokens); ok {
		found = append(found, match{start: start, end: end})
	}
	var words []string
	for _, t := range tokens {
		forbidden := slices.ContainsFunc(found, func(m match) bool { return t.start >= m.start && t.end <= m.end })
		w := strings.ToLower(title[t.start:t.end])
		w = normalizeKeyword(strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s"))
		if forbidden || utf8.RuneCountInString(w) < 2 || a.stopWords[t.key] || !isSearchable(w) || a.refuses(w) {
			continue
		}
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

// isSearchable reports whether a word has letters and comes from a script with
// spaces between its words: elsewhere a run of letters may be a whole sentence.
func isSearchable(w string) bool {
	return strings.ContainsFunc(w, unicode.IsLetter) &&
		!strings.ContainsFunc(w, func(r rune) bool { return unicode.In(r, unspacedScripts...) })
}

// missing returns the words that none of the keywords contains, in singular or plural.
func missing(words, keywords []string) []string {
	if len(words) == 0 {
		return nil
	}
	present := wordKeys(keywords)
	var result []string
	for _, w := range words {
		for _, t := range tokenize(w) {
			if key := singular(t.stem); !present[key] {
				present[key] = true
				result = append(result, w)
				break
			}
		}
	}
	return result
}

// singular drops an English plural s, alike on both sides of a comparison; it
// need not be a word ("glasses" and "glass" both give "glas").
func singular(key string) string {
	if len(key) > 3 {
		key = strings.TrimSuffix(strings.TrimSuffix(key, "s"), "e")
		key = strings.TrimSuffix(key, "s")
	}
	return key
}

func (a *Agency) normalizeCategory(c tagroll.Category) tagroll.Category {
	text := clean(string(c))
	if known, ok := tagroll.ParseCategory(text); ok {
		return known
	}
	if known, ok := a.Category(text); ok {
		return known
	}
	return tagroll.Category(text)
}

// Category finds the category that the agency calls by these names or numbers, as they stand in the
// agency's CSV. A category with exactly these names counts first, else the one whose first name is
// the first of them. Category reports false if there is none, or if several have the same names.
func (a *Agency) Category(names ...string) (tagroll.Category, bool) {
	if a.rules.Category == nil || len(names) == 0 {
		return "", false
	}
	var whole, first []tagroll.Category
	for c, of := range a.rules.Category.Names {
		if of = of[:min(len(of), a.rules.Category.Max)]; slices.EqualFunc(of, names, strings.EqualFold) {
			whole = append(whole, c)
		}
		if strings.EqualFold(of[0], names[0]) {
			first = append(first, c)
		}
	}
	switch {
	case len(whole) == 1:
		return whole[0], true
	case len(whole) == 0 && len(first) == 1:
		return first[0], true
	}
	return "", false
}

// HasCategory reports whether the agency has a category of this name or number, as it stands in its
// CSV.
func (a *Agency) HasCategory(name string) bool {
	if a.rules.Category == nil {
		return false
	}
	is := func(n string) bool { return strings.EqualFold(n, name) }
	for _, names := range a.rules.Category.Names {
		if slices.ContainsFunc(names, is) {
			return true
		}
	}
	return slices.ContainsFunc(a.rules.Category.Others, is)
}

// CheckCategories returns what the agency has against categories as they stand in its CSV: one that
// it does not have, or too many.
func (a *Agency) CheckCategories(names []string) []tagroll.Finding {
	rules := a.rules.Category
	if rules == nil {
		return nil
	}
	r := &report{agency: a.rules.Name}
	for _, name := range names {
		if _, ours := tagroll.ParseCategory(name); !ours && !a.HasCategory(name) {
			r.unknownCategory(a, name)
		}
	}
	if len(names) > rules.Max {
		r.add(fieldCategory, tagroll.SeverityError, "categories-too-many", "there are %d categories and %s takes %d: keep the best", len(names), a.rules.Label, rules.Max)
	}
	return r.findings
}
