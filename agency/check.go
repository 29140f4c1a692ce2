package agency

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
)

// The fields of a finding.
const (
	fieldFileName    = "filename"
	fieldTitle       = "title"
	fieldDescription = "description"
	fieldKeywords    = "keywords"
	fieldCategory    = "category"
	fieldFile        = "file"
)

// judgedRunes is how many characters of a title, description or keyword are looked at for what
// they must not contain. No agency takes half as many, and a cell of a table may hold megabytes.
// Lengths are those of the whole text.
const judgedRunes = 5000

// judged returns the beginning of a text that is looked at.
func judged(text string) string {
	if len(text) <= judgedRunes {
		return text
	}
	n := 0
	for i := range text {
		if n++; n > judgedRunes {
			return text[:i]
		}
	}
	return text
}

// report collects the findings of one check.
type report struct {
	agency   string
	findings []tagroll.Finding
}

// add appends a finding, unless the severity is empty: the rule is off.
func (r *report) add(field string, severity tagroll.Severity, rule, format string, args ...any) {
	if severity != "" {
		r.findings = append(r.findings, tagroll.Finding{
			Agency: r.agency, Field: field, Severity: severity, Rule: rule, Message: fmt.Sprintf(format, args...),
		})
	}
}

// Check returns what the agency's rules have against a photo's file name and
// metadata, as they are: field by field (filename, title, description, keywords, category),
// always in the same order. It is nil if there is nothing. The title of an agency that takes
// descriptions only is not judged, unless it has to take the description's place.
func (a *Agency) Check(fileName string, m tagroll.Metadata) []tagroll.Finding {
	r := &report{agency: a.rules.Name}
	a.checkFileName(r, fileName)
	if a.takesTitle() {
		a.checkTitle(r, m.Title)
	}
	a.checkDescription(r, m)
	a.checkKeywords(r, m)
	a.checkCategory(r, m.Category)
	return r.findings
}

// CheckName returns what the agency's rules have against a photo's file name.
func (a *Agency) CheckName(fileName string) []tagroll.Finding {
	r := &report{agency: a.rules.Name}
	a.checkFileName(r, fileName)
	return r.findings
}

func (a *Agency) checkFileName(r *report, name string) {
	limit := a.rules.FileName.WarnAbove
	if n := utf8.RuneCountInString(name); limit > 0 && n > limit {
		r.add(fieldFileName, tagroll.SeverityWarning, "filename-too-long",
			"the file name has %d characters and %s wants at most %d, extension included: give the file a shorter name", n, a.rules.Label, limit)
	}
	if name != "" && strings.ContainsAny(name[:1], "=+-@") {
		r.add(fieldFileName, tagroll.SeverityWarning, "filename-formula",
			"the file name begins with %q, which a spreadsheet takes for a formula: rename the file", name[:1])
	}
	if a.rules.FileName.Plain && !plainName.MatchString(name) {
		r.add(fieldFileName, tagroll.SeverityWarning, "filename-changed",
			"the file name has characters that %s changes, so that the row may not find its photo: use letters and digits of English only", a.rules.Label)
	}
	if strings.ContainsFunc(name, isControl) {
		r.add(fieldFileName, tagroll.SeverityWarning, "filename-control-characters",
			"the file name contains control characters, which a CSV file cannot carry: rename the file")
	}
}

func (a *Agency) checkTitle(r *report, title string) {
	if strings.TrimSpace(title) == "" {
		r.add(fieldTitle, tagroll.SeverityError, "title-empty", "the title is empty: say in a few words what the photo shows")
		return
	}
	if !strings.ContainsFunc(title, unicode.IsLetter) {
		r.add(fieldTitle, tagroll.SeverityError, "title-without-words",
			"the title has no words, only digits or signs: say in a few words what the photo shows")
		return
	}
	rules, n := a.rules.Title, utf8.RuneCountInString(title)
	switch {
	case rules.Max > 0 && n > rules.Max:
		r.add(fieldTitle, tagroll.SeverityError, "title-too-long",
			"the title has %d characters and at most %d are allowed: shorten it", n, rules.Max)
	case rules.WarnAbove > 0 && n > rules.WarnAbove:
		r.add(fieldTitle, tagroll.SeverityWarning, "title-long",
			"the title has %d characters and at most %d are recommended: shorten it", n, rules.WarnAbove)
	}
	if n < rules.Min {
		r.add(fieldTitle, tagroll.SeverityWarning, "title-short", "the title has %d characters and at least %d are recommended: say more", n, rules.Min)
	}
	title = judged(title)
	a.checkTitleForm(r, title)
	if rules.NoCommas && strings.ContainsFunc(title, isComma) {
		r.add(fieldTitle, tagroll.SeverityError, "title-comma", "the title contains a comma: leave it out or rephrase")
	}
	if isAllCaps(title) {
		r.add(fieldTitle, a.rules.Text.AllCapitals, "title-all-capitals", "the title is all in capital letters: write it like a sentence")
	}
	tokens := tokenize(title)
	a.reportMatches(r, fieldTitle, "title", title, a.matches(title, tokens, a.capitalsMean(title, tokens)))
	if start, end, ok := a.possiblePerson(title, tokens); ok {
		r.add(fieldTitle, a.rules.Text.PersonName, "title-possible-person",
			"the title may name a person (%q): leave the name out", title[start:end])
	}
	a.checkText(r, fieldTitle, "title", "the title", title)
}

// checkTitleForm holds a title's words and marks against the rules.
func (a *Agency) checkTitleForm(r *report, title string) {
	rules, words := a.rules.Title, len(strings.Fields(title))
	switch {
	case words < rules.MinWords:
		r.add(fieldTitle, tagroll.SeverityWarning, "title-few-words", "the title has %s and at least %d are wanted: say more", wordCount(words), rules.MinWords)
	case rules.MaxWords > 0 && words > rules.MaxWords:
		r.add(fieldTitle, tagroll.SeverityWarning, "title-many-words", "the title has %s and at most %d are wanted: shorten it", wordCount(words), rules.MaxWords)
	}
	if rules.Punctuation == "" {
		return
	}
	for _, c := range title {
		if !isWordRune(c) && !unicode.IsSpace(c) && !strings.ContainsRune(rules.Punctuation, c) {
			r.add(fieldTitle, tagroll.SeverityWarning, "title-punctuation", "the title contains %q and %s takes only %s: leave it out", string(c), a.rules.Label, rules.Punctuation)
			return
		}
	}
}

func keywordCount(n int) string {
	if n == 1 {
		return "is 1 keyword"
	}
	return fmt.Sprintf("are %d keywords", n)
}

func wordCount(n int) string {
	if n == 1 {
		return "1 word"
	}
	return fmt.Sprintf("%d words", n)
}

// checkDescription judges a description, or the title where that has to take its place.
func (a *Agency) checkDescription(r *report, m tagroll.Metadata) {
	rules, text := a.rules.Description, m.Description
	if !rules.Wanted {
		return
	}
	if strings.TrimSpace(text) == "" {
		if a.takesTitle() {
			return // the title is used for both, and was judged
		}
		if text = m.Title; strings.TrimSpace(text) == "" {
			r.add(fieldDescription, tagroll.SeverityError, "description-empty", "the description is empty: say in a sentence what the photo shows")
			return
		}
	}
	switch n := utf8.RuneCountInString(text); {
	case rules.Max > 0 && n > rules.Max:
		r.add(fieldDescription, tagroll.SeverityError, "description-too-long",
			"the description has %d characters and at most %d are allowed: shorten it", n, rules.Max)
	case rules.WarnAbove > 0 && n > rules.WarnAbove:
		r.add(fieldDescription, tagroll.SeverityWarning, "description-long",
			"the description has %d characters and at most %d are safe: shorten it", n, rules.WarnAbove)
	case n < rules.Min && m.Description != "":
		r.add(fieldDescription, tagroll.SeverityWarning, "description-short",
			"the description has %d characters and at least %d are wanted: say more", n, rules.Min)
	}
	text = judged(text)
	tokens := tokenize(text)
	a.reportMatches(r, fieldDescription, "description", text, a.matches(text, tokens, a.capitalsMean(text, tokens)))
	if start, end, ok := a.possiblePerson(text, tokens); ok {
		r.add(fieldDescription, a.rules.Text.PersonName, "description-possible-person",
			"the description may name a person (%q): leave the name out", text[start:end])
	}
	a.checkText(r, fieldDescription, "description", "the description", text)
}

func (a *Agency) checkKeywords(r *report, m tagroll.Metadata) {
	a.checkKeywordCount(r, len(m.Keywords))
	keywords := make([]string, len(m.Keywords))
	for i, k := range m.Keywords {
		keywords[i] = judged(k)
	}
	seen, reported := make(map[string]bool), make(map[string]bool)
	for i, k := range keywords {
		key := strings.ToLower(strings.TrimSpace(k))
		switch {
		case key == "":
			r.add(fieldKeywords, tagroll.SeverityWarning, "keyword-empty", "keyword %d is empty: remove it", i+1)
			continue
		case reported[key]:
			continue
		case seen[key]:
			reported[key] = true
			r.add(fieldKeywords, tagroll.SeverityWarning, "keyword-duplicate",
				"the keyword %q is there more than once: keep the first", k)
			continue
		}
		seen[key] = true
		if strings.ContainsFunc(k, isComma) {
			r.add(fieldKeywords, tagroll.SeverityError, "keyword-comma", "the keyword %q contains a comma: make it two keywords", k)
		}
		a.reportMatches(r, fieldKeywords, "keyword", k, a.matches(k, tokenize(k), false))
		a.checkText(r, fieldKeywords, "keyword", "the keyword "+quote(k), k)
	}
	a.checkKeywordForms(r, keywords)
	if missing := a.missingTitleWords(judged(m.Title), keywords); len(missing) > 0 && a.rules.Keywords.IncludeTitleWords {
		quoted := make([]string, len(missing))
		for i, w := range missing {
			quoted[i] = quote(w)
		}
		r.add(fieldKeywords, tagroll.SeverityWarning, "keywords-lack-title-words",
			"words of the title are missing among the keywords (%s): add them", strings.Join(quoted, ", "))
	}
}

func (a *Agency) checkKeywordCount(r *report, n int) {
	k := a.rules.Keywords
	switch {
	case n < k.Min:
		r.add(fieldKeywords, tagroll.SeverityError, "keywords-too-few", "there %s and at least %d are needed: add some", keywordCount(n), k.Min)
	case k.Max > 0 && n > k.Max:
		r.add(fieldKeywords, tagroll.SeverityError, "keywords-too-many",
			"there %s and at most %d are allowed: remove the least relevant", keywordCount(n), k.Max)
	case n < k.WarnBelow:
		r.add(fieldKeywords, tagroll.SeverityWarning, "keywords-few",
			"there %s and at least %d are recommended: add some", keywordCount(n), k.WarnBelow)
	case k.WarnAbove > 0 && n > k.WarnAbove:
		r.add(fieldKeywords, tagroll.SeverityWarning, "keywords-many",
			"there %s and at most %d are recommended: remove the least relevant", keywordCount(n), k.WarnAbove)
	}
}

// checkKeywordForms reports keywords that are another form of one before, and words that too many
// keywords hold.
func (a *Agency) checkKeywordForms(r *report, keywords []string) {
	first := make(map[string]string)
	holding := make(map[string]int)
	for _, k := range keywords {
		key := stemKey(k)
		if before, ok := first[key]; ok && !strings.EqualFold(strings.TrimSpace(before), strings.TrimSpace(k)) {
			r.add(fieldKeywords, a.rules.Text.SameStem, "keyword-same-stem", "the keyword %q is another form of %q: keep the better one", k, before)
		} else if !ok {
			first[key] = k
		}
		for _, stem := range slices.Compact(slices.Sorted(strings.FieldsSeq(key))) {
			if !a.stopWords[stem] {
				holding[stem]++
			}
		}
	}
	const most = 8 // keywords with one word; a list of 25 to 50 on one subject has two or three
	for _, stem := range slices.Sorted(maps.Keys(holding)) {
		if n := holding[stem]; n > most {
			r.add(fieldKeywords, a.rules.Text.Repeated, "keyword-spam", "%d keywords hold the word %q in some form, which agencies take for spam: keep the best of them", n, stem)
		}
	}
}

func (a *Agency) checkCategory(r *report, c tagroll.Category) {
	if a.rules.Category == nil {
		return
	}
	if c == "" {
		if a.rules.Category.Min > 0 {
			r.add(fieldCategory, tagroll.SeverityError, "category-missing", "the category is missing: choose one of %s's categories", a.rules.Label)
		}
		return
	}
	if _, ok := a.rules.Category.Names[c]; !ok {
		r.unknownCategory(a, string(c))
	}
}

// unknownCategory reports a category that neither tagroll nor the agency has.
func (r *report) unknownCategory(a *Agency, name string) {
	r.add(fieldCategory, tagroll.SeverityError, "category-unknown", "there is no category %q: choose one of %s's categories", name, a.rules.Label)
}

// checkText reports what neither a title nor a keyword should contain.
func (a *Agency) checkText(r *report, field, prefix, what, text string) {
	rules := a.rules.Text
	// Characters that every match needs are searched for first, since most keywords have none
	// of them.
	hasDigit := strings.ContainsAny(text, "0123456789")
	if strings.Contains(text, ".") || strings.Contains(text, "://") {
		if email := emailAddress.FindString(text); email != "" {
			r.add(field, rules.EmailAddress, prefix+"-email-address", "%s contains an e-mail address (%q): leave it out", what, email)
		} else if web := webAddress.FindString(text); web != "" {
			r.add(field, rules.WebAddress, prefix+"-web-address", "%s contains a web address (%q): leave it out", what, web)
		}
	}
	if hasDigit {
		if phone := phoneNumber.FindString(text); phone != "" {
			r.add(field, rules.PhoneNumber, prefix+"-phone-number", "%s may contain a telephone number (%q): leave it out", what, phone)
		}
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, isControl) {
		r.add(field, rules.ControlCharacters, prefix+"-control-characters", "%s contains control or invisible characters: type it again without them", what)
	}
	if hasDigit && field != fieldKeywords {
		if date := dateText.FindString(text); date != "" {
			r.add(field, rules.Date, prefix+"-date", "%s contains a date (%q), which only editorial captions have: leave it out", what, date)
		}
	}
	if rules.Accents != "" && plainLetters(text) != text {
		r.add(field, rules.Accents, prefix+"-accents", "%s contains accents or special letters, which %s does not take: write %q", what, a.rules.Label, plainLetters(text))
	}
	if strings.ContainsFunc(text, isEmoji) {
		r.add(field, rules.Emoji, prefix+"-emoji", "%s contains an emoji or symbol: use words", what)
	}
}

// reportMatches adds one finding for every different forbidden word.
func (a *Agency) reportMatches(r *report, field, prefix, text string, found []match) {
	type finding struct{ rule, words string }
	var told []finding
	for _, m := range found {
		words := text[m.start:m.end]
		if m.whole && field == fieldKeywords && fold(words) != fold(strings.TrimSpace(text)) {
			continue
		}
		if f := (finding{m.rule, fold(words)}); slices.Contains(told, f) {
			continue
		} else {
			told = append(told, f)
		}
		if m.doubtful {
			r.add(field, m.severity, prefix+"-possible-"+m.rule, "the %s may name %s (%q): if so leave it out", prefix, m.names, words)
		} else {
			r.add(field, m.severity, prefix+"-"+m.rule, "the %s names %s (%q): leave it out", prefix, m.names, words)
		}
	}
}

func quote(s string) string { return fmt.Sprintf("%q", s) }
