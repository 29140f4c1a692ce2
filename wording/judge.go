package wording

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// Judge returns what agencies and the brief have against settled metadata. Of the agencies'
// findings those stay that concern a field that is written. Findings of the brief name the source
// "brief".
func (r Rules) Judge(photo tagroll.Photo, prepared tagroll.Prepared, m tagroll.Metadata, findings []tagroll.Finding) []tagroll.Finding {
	b, f, details := r.Brief, prepared.Facts, r.details(photo)
	if details.Place != (tagroll.Place{}) {
		f.Place = details.Place
	}
	if len(b.Only) > 0 {
		findings = slices.DeleteFunc(slices.Clone(findings), func(found tagroll.Finding) bool {
			return slices.Contains(Fields(), found.Field) && !r.writes(found.Field)
		})
	}
	add := func(field string, severity tagroll.Severity, rule, format string, args ...any) {
		if r.Draft {
			severity = tagroll.SeverityWarning
		}
		if r.writes(field) {
			findings = append(findings, tagroll.Finding{Agency: Source, Field: field, Severity: severity, Rule: rule, Message: fmt.Sprintf(format, args...)})
		}
	}
	for _, text := range [][2]string{{Title, m.Title}, {Description, m.Description}} {
		if term, banned := r.lists().ban.in(text[1]); banned {
			add(text[0], tagroll.SeverityError, "banned-word", "the %s holds %q, which you have banned: use other words", text[0], term)
		}
	}
	if n := utf8.RuneCountInString(m.Title); b.Title.Max > 0 && n > b.Title.Max {
		add(Title, tagroll.SeverityError, "title-too-long-for-you", "the title has %d characters and you want at most %d: shorten it", n, b.Title.Max)
	}
	if n := len(m.Keywords); b.Keywords.Min > 0 && n < b.Keywords.Min && len(b.Keywords.Vocabulary) == 0 {
		add(Keywords, tagroll.SeverityError, "keywords-too-few-for-you", "there are %d keywords and you want at least %d: add some", n, b.Keywords.Min)
	}
	if len(b.Keywords.Vocabulary) > 0 && len(m.Keywords) == len(language(b.Language).withoutRepeats(b.Keywords.Require)) {
		add(Keywords, tagroll.SeverityError, "keywords-outside-vocabulary", "none of the keywords is in your vocabulary: choose from it")
	}
	for _, found := range obeyed(photo, f, m) {
		add(found.Field, found.Severity, found.Rule, "%s", found.Message)
	}
	if missing := undated(f); b.Editorial && missing != "" {
		add(Description, tagroll.SeverityWarning, "dateline-incomplete",
			"an editorial photo needs place and date, and its file has no %s: write its dateline by hand", missing)
	}
	if !b.Editorial {
		for _, found := range r.judgeNames(photo, f, m) {
			add(found.Field, found.Severity, found.Rule, "%s", found.Message)
		}
	}
	if found, needed := agency.Unreleased(tagroll.Result{Metadata: &m, Details: &details}); needed && !b.Editorial {
		findings = append(findings, found)
	}
	if r.Batch != nil {
		for _, found := range r.Batch.judge(photo, prepared, m) {
			add(found.Field, found.Severity, found.Rule, "%s", found.Message)
		}
	}
	return findings
}

// judgeNames finds names in the words that nothing known of the photo supports. One that stands in
// both texts is found in the title.
func (r Rules) judgeNames(photo tagroll.Photo, f tagroll.Facts, m tagroll.Metadata) (findings []tagroll.Finding) {
	note := func(field, name string) {
		findings = append(findings, tagroll.Finding{Field: field, Severity: tagroll.SeverityWarning, Rule: "unsupported-name",
			Message: fmt.Sprintf("the %s names %q, which neither you nor the file has named: check it, or leave it out", field, name)})
	}
	inTitle := r.unsupported(photo, f, m.Title)
	for _, name := range inTitle {
		note(Title, name)
	}
	for _, name := range r.unsupported(photo, f, m.Description) {
		if !slices.Contains(inTitle, name) {
			note(Description, name)
		}
	}
	return findings
}

// undated returns what is missing for a dateline, in words.
func undated(f tagroll.Facts) string {
	var missing []string
	if f.Place.City == "" || f.Place.Country == "" {
		missing = append(missing, "place")
	}
	if f.Taken.IsZero() {
		missing = append(missing, "date")
	}
	return strings.Join(missing, " and ")
}
