package agency

import (
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
)

// Sections are the parts of an agency's rules that evidence is given for, in the order in which
// they are shown.
var Sections = []string{"filename", "title", "description", "keywords", "categories", "text", "file", "editorial", "csv"}

// Confidence is how far a rule is to be trusted.
type Confidence string

const (
	// Official rules stand on a page of the agency.
	Official Confidence = "official"
	// ThirdParty rules are what others report, at least two of them alike or one with a test.
	ThirdParty Confidence = "third party"
	// Unconfirmed rules are the best guess: try them with one photo first.
	Unconfirmed Confidence = "unconfirmed"
)

var confidences = []Confidence{Official, ThirdParty, Unconfirmed}

// Evidence says where a section of the rules was read.
type Evidence struct {
	Source     string     `json:"source"`
	AsOf       string     `json:"as_of"` // the day on which it was read, as 2006-01-02
	Confidence Confidence `json:"confidence"`
}

// EvidenceOf returns the section of the rules that a finding is about, and where it was read. A
// rule on words that are not allowed is one of the text, whatever the field that they stand in.
func (a *Agency) EvidenceOf(f tagroll.Finding) (section string, e Evidence) {
	section = "text"
	switch {
	case f.Field == fieldCategory:
		section = "categories"
	case f.Field == fieldFile, f.Field == fieldFileName, isAboutForm(f.Rule) && a.rules.Evidence[f.Field].Source != "":
		section = f.Field
	}
	e = a.rules.Evidence[section]
	for _, words := range a.forbidden {
		if words.source != "" && (strings.HasSuffix(f.Rule, "-"+words.rule.Rule)) {
			e.Source = words.source
		}
	}
	return section, e
}

// isAboutForm reports whether a rule is about lengths, numbers and commas rather than words.
func isAboutForm(rule string) bool {
	for _, suffix := range []string{"-empty", "-too-long", "-long", "-short", "-comma", "-words", "-punctuation", "-too-few", "-too-many", "-few", "-many"} {
		if strings.HasSuffix(rule, suffix) {
			return true
		}
	}
	return strings.HasPrefix(rule, "csv-")
}

// Unconfirmed returns the sections whose rules are a guess, in the order of Sections, for callers
// to say so. The rules for editorial photos are not among them, since few photos are editorial.
func (a *Agency) Unconfirmed() []string {
	var sections []string
	for _, section := range Sections {
		if a.rules.Evidence[section].Confidence == Unconfirmed && section != "editorial" {
			sections = append(sections, section)
		}
	}
	return sections
}

// Embedded reports whether the agency has no CSV and reads the words in the photo itself.
func (a *Agency) Embedded() bool { return a.rules.CSV == nil }

// takesTitle reports whether the agency has a place for a title of its own.
func (a *Agency) takesTitle() bool {
	return a.rules.CSV == nil || slices.ContainsFunc(a.rules.CSV.Columns, func(c column) bool { return c.Source == sourceTitle })
}
