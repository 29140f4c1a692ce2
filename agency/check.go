package agency

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
)

// The fields of a finding.
const (
	fieldFileName = "filename"
	fieldTitle    = "title"
	fieldKeywords = "keywords"
	fieldCategory = "category"
)

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
// metadata, as they are: field by field (filename, title, keywords, category),
// always in the same order. It is nil if there is nothing.
func (a *Agency) Check(fileName string, m tagroll.Metadata) []tagroll.Finding {
	r := &report{agency: a.rules.Name}
	a.checkFileName(r, fileName)
	a.checkTitle(r, m.Title)
	a.checkKeywords(r, m)
	a.checkCategory(r, m.Category)
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
	rules, n := a.rules.Title, utf8.RuneCountInString(title)
	switch {
	case rules.Max > 0 && n > rules.Max:
		r.add(fieldTitle, tagroll.SeverityError, "title-too-long",
			"the title has %d characters and at most %d are allowed: shorten it", n, rules.Max)
	case rules.WarnAbove > 0 && n > rules.WarnAbove:
		r.add(fieldTitle, tagroll.SeverityWarning, "title-long",
			"the title has %d characters and at most %d are recommended: shorten it", n, rules.WarnAbove)
	}
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

func (a *Agency) checkKeywords(r *report, m tagroll.Metadata) {
	a.checkKeywordCount(r, len(m.Keywords))
	seen, reported := make(map[string]bool), make(map[string]bool)
	for i, k := range m.Keywords {
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
	if missing := a.missingTitleWords(m.Title, m.Keywords); len(missing) > 0 && a.rules.Keywords.IncludeTitleWords {
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
		r.add(fieldKeywords, tagroll.SeverityError, "keywords-too-few", "there are %d keywords and at least %d are needed: add some", n, k.Min)
	case k.Max > 0 && n > k.Max:
		r.add(fieldKeywords, tagroll.SeverityError, "keywords-too-many",
			"there are %d keywords and at most %d are allowed: remove the least relevant", n, k.Max)
	case n < k.WarnBelow:
		r.add(fieldKeywords, tagroll.SeverityWarning, "keywords-few",
			"there are %d keywords and at least %d are recommended: add some", n, k.WarnBelow)
	case k.WarnAbove > 0 && n > k.WarnAbove:
		r.add(fieldKeywords, tagroll.SeverityWarning, "keywords-many",
			"there are %d keywords and at most %d are recommended: remove the least relevant", n, k.WarnAbove)
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
		r.add(fieldCategory, tagroll.SeverityError, "category-unknown", "there is no category %q: choose one of %s's categories", string(c), a.rules.Label)
	}
}

// checkText reports what neither a title nor a keyword should contain.
func (a *Agency) checkText(r *report, field, prefix, what, text string) {
	rules := a.rules.Text
	email := emailAddress.FindString(text)
	if email != "" {
		r.add(field, rules.EmailAddress, prefix+"-email-address", "%s contains an e-mail address (%q): leave it out", what, email)
	} else if web := webAddress.FindString(text); web != "" {
		r.add(field, rules.WebAddress, prefix+"-web-address", "%s contains a web address (%q): leave it out", what, web)
	}
	if phone := phoneNumber.FindString(text); phone != "" {
		r.add(field, rules.PhoneNumber, prefix+"-phone-number", "%s may contain a telephone number (%q): leave it out", what, phone)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, isControl) {
		r.add(field, rules.ControlCharacters, prefix+"-control-characters", "%s contains control or invisible characters: type it again without them", what)
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
