package wording

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/place"
)

// Judge returns what agencies and the brief have against settled metadata. Of the agencies'
// findings those stay that concern a field that is written. Findings of the brief name the source
// "brief".
func (r Rules) Judge(photo tagroll.Photo, prepared tagroll.Prepared, m tagroll.Metadata, findings []tagroll.Finding) []tagroll.Finding {
	b, f := r.Brief, prepared.Facts
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
		if i := slices.IndexFunc(b.Keywords.Ban, func(term string) bool { return holds(text[1], term) }); i >= 0 {
			add(text[0], tagroll.SeverityError, "banned-word", "the %s holds %q, which you have banned: use other words", text[0], b.Keywords.Ban[i])
		}
	}
	if n := utf8.RuneCountInString(m.Title); b.Title.Max > 0 && n > b.Title.Max {
		add(Title, tagroll.SeverityError, "title-too-long-for-you", "the title has %d characters and you want at most %d: shorten it", n, b.Title.Max)
	}
	if n := len(m.Keywords); b.Keywords.Min > 0 && n < b.Keywords.Min && len(b.Keywords.Vocabulary) == 0 {
		add(Keywords, tagroll.SeverityError, "keywords-too-few-for-you", "there are %d keywords and you want at least %d: add some", n, b.Keywords.Min)
	}
	if len(b.Keywords.Vocabulary) > 0 && len(m.Keywords) == len(withoutRepeats(b.Keywords.Require)) {
		add(Keywords, tagroll.SeverityError, "keywords-outside-vocabulary", "none of the keywords is in your vocabulary: choose from it")
	}
	if missing := undated(f); b.Editorial && missing != "" {
		add(Description, tagroll.SeverityWarning, "dateline-incomplete",
			"an editorial photo needs place and date, and its file has no %s: write its dateline by hand", missing)
	}
	if !b.Editorial {
		for _, name := range r.unsupported(photo, f, m) {
			add(Title, tagroll.SeverityWarning, "unsupported-name",
				"the title names %q, which neither you nor the file has named: check it, or leave it out", name)
		}
	}
	if what := r.unreleased(m); what != "" {
		findings = append(findings, tagroll.Finding{Agency: Source, Field: "release", Severity: tagroll.SeverityWarning, Rule: "release-needed",
			Message: fmt.Sprintf("%s may be recognised: name a release, or send the photo as editorial", what)})
	}
	if r.Batch != nil {
		for _, found := range r.Batch.judge(photo, prepared, m) {
			add(found.Field, found.Severity, found.Rule, "%s", found.Message)
		}
	}
	return findings
}

// unreleased returns what in the picture may need a release that nobody has named, in words.
func (r Rules) unreleased(m tagroll.Metadata) string {
	if r.Brief.Editorial {
		return ""
	}
	var what []string
	for _, of := range m.Recognizable {
		if !slices.Contains(r.Released, of) {
			what = append(what, of)
		}
	}
	return strings.Join(what, " and ")
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

// unsupported returns the names in a title that nothing supports: neither the brief nor the file
// names them, and the answer's own words do not make them general ones.
func (r Rules) unsupported(photo tagroll.Photo, f tagroll.Facts, m tagroll.Metadata) []string {
	if language := r.Brief.Language; language != "" && language != "English" {
		return nil // other languages begin common words with capitals
	}
	known := keyOf(strings.Join(slices.Concat([]string{
		r.Brief.Context, photo.Context, r.Brief.Title.Prefix, r.Brief.Title.Suffix, photo.Name,
		f.Title, f.Caption, f.Place.Location, f.Place.City, f.Place.Region, f.Place.Country,
	}, f.Keywords, r.Brief.Keywords.Require), " "))
	var names []string
	for _, name := range properNames(m.Title) {
		if !strings.Contains(" "+known+" ", " "+keyOf(name)+" ") {
			names = append(names, name)
		}
	}
	return names
}

// properNames returns the names in an English title in sentence case: runs of words with a capital
// that are not the first word, and a first word that is a country or large city. In a title whose
// words all have capitals these say nothing.
func properNames(title string) []string {
	parts := strings.Fields(title)
	long := slices.DeleteFunc(slices.Clone(parts), func(w string) bool { return lowerInTitles[w] })
	if len(long) > 2 && !slices.ContainsFunc(long, func(w string) bool { return !isCapital(w) }) {
		return nil
	}
	var names []string
	var run []string
	flush := func() {
		if len(run) > 0 {
			names = append(names, strings.Join(run, " "))
		}
		run = nil
	}
	for i, w := range parts {
		bare := strings.TrimSuffix(strings.TrimSuffix(strings.TrimFunc(w, isPunctuation), "'s"), "’s")
		switch {
		case i == 0 && isCapital(bare) && place.IsName(bare):
			run = append(run, bare)
		case i > 0 && isCapital(bare) && !commonCapital[strings.ToLower(bare)]:
			run = append(run, bare)
		default:
			flush()
			continue
		}
		if bare != w && strings.TrimFunc(w, isPunctuation) != w {
			flush() // a comma ends a name
		}
	}
	flush()
	return names
}

func isPunctuation(r rune) bool { return unicode.IsPunct(r) }

// isCapital reports whether a word is written like a name. All capitals are an abbreviation, such
// as "LED".
func isCapital(w string) bool {
	first, size := utf8.DecodeRuneInString(w)
	return unicode.IsUpper(first) && size < len(w) && strings.ToUpper(w[size:]) != w[size:]
}

// commonCapital are words that English writes with a capital and that are no name which a picture
// would have to prove: days, months, feasts, languages, peoples and styles.
var commonCapital = func() map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(`monday tuesday wednesday thursday friday saturday sunday january february march april may june
		july august september october november december christmas easter halloween thanksgiving advent valentine valentines eve
		ramadan diwali hanukkah carnival new year years day african american arabic asian australian baltic belgian brazilian british buddhist
		canadian caribbean catholic celtic chinese christian danish dutch english european finnish french german greek hindu indian
		irish islamic italian japanese jewish korean latin mediterranean mexican moroccan muslim nordic norwegian oriental polish
		portuguese russian scandinavian scottish spanish swedish swiss thai turkish vietnamese victorian gothic baroque art deco
		nouveau renaissance romanesque bauhaus earth moon sun internet wi-fi t-shirt`) {
		set[w] = true
	}
	return set
}()
