package agency

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
)

// editorialRules say how an agency wants photos for news and reports.
type editorialRules struct {
	// Dateline is what such a photo's words begin with; empty if the agency asks for none.
	// Names in braces stand for place and date, see datelineParts. A comma before a name that
	// is not known goes with that name.
	Dateline string `json:"dateline,omitempty"`
	// Field is where the dateline stands: "title" or "description".
	Field string `json:"field,omitempty"`
	// Allows are the rules of forbidden words that do not count for such photos.
	Allows []string `json:"allows,omitempty"`
}

// A dateline has datelineRoom characters at most places and leastDateline at those with short
// names. So much less is asked for, and so much less is accepted.
const (
	datelineRoom  = 45
	leastDateline = 25
)

// datelineParts are the names that a dateline can hold. In capitals, a name stands for its text in
// capitals.
var datelineParts = map[string]func(tagroll.Place, time.Time) string{
	"city":    func(p tagroll.Place, _ time.Time) string { return p.City },
	"region":  func(p tagroll.Place, _ time.Time) string { return otherThan(p.Region, p.City) },
	"country": func(p tagroll.Place, _ time.Time) string { return p.Country },
	// state is that of a country whose states are known better than the country is in their
	// cities' names; elsewhere the country.
	"state": func(p tagroll.Place, _ time.Time) string {
		if p.Region != "" && slices.Contains([]string{"United States", "United States of America", "USA"}, p.Country) {
			return p.Region
		}
		return p.Country
	},
	"month": func(_ tagroll.Place, t time.Time) string { return t.Month().String() },
	"day":   func(_ tagroll.Place, t time.Time) string { return strconv.Itoa(t.Day()) },
	"year":  func(_ tagroll.Place, t time.Time) string { return strconv.Itoa(t.Year()) },
	"mm":    func(_ tagroll.Place, t time.Time) string { return t.Format("01") },
	"dd":    func(_ tagroll.Place, t time.Time) string { return t.Format("02") },
}

func otherThan(text, other string) string {
	if strings.EqualFold(text, other) {
		return ""
	}
	return text
}

// Dateline returns what the words of an editorial photo of a place and day begin with, and the
// field that it stands in. It is empty if the agency asks for none, or if city, country or day are
// not known: none is made up.
func (a *Agency) Dateline(p tagroll.Place, taken time.Time) (text, field string) {
	e := a.rules.Editorial
	if e == nil || e.Dateline == "" || p.City == "" || p.Country == "" || taken.IsZero() {
		return "", ""
	}
	var b strings.Builder
	for rest := e.Dateline; rest != ""; {
		before, name, after, found := cutName(rest)
		value := ""
		if found {
			if value = datelineParts[strings.ToLower(name)](p, taken); name == strings.ToUpper(name) {
				value = strings.ToUpper(value)
			}
			if value == "" {
				before = strings.TrimRight(before, ", ")
			}
		}
		b.WriteString(before + value)
		rest = after
	}
	if text = b.String(); a.rules.Text.Accents != "" {
		text = plainLetters(text)
	}
	return text, e.Field
}

// HasDateline reports whether words begin with a dateline in the agency's form, whatever its place
// and day: they are those of an editorial photo, though no column says so.
func (a *Agency) HasDateline(m tagroll.Metadata) bool {
	e := a.rules.Editorial
	if e == nil || e.Dateline == "" {
		return false
	}
	text := m.Description
	if e.Field == fieldTitle {
		text = m.Title
	}
	return datelinePattern(e.Dateline).MatchString(text)
}

// datelinePattern makes an expression of a dateline's form.
func datelinePattern(form string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("^")
	for rest := form; rest != ""; {
		before, name, after, found := cutName(rest)
		part := regexp.QuoteMeta(before)
		if found {
			switch strings.ToLower(name) {
			case "mm", "dd", "day":
				part += `\d{1,2}`
			case "year":
				part += `\d{4}`
			case "region": // is left out where none is known
				part = "(?:" + part + `[^:]{1,60}?)?`
			default:
				part += `[^:]{1,60}?`
			}
		}
		b.WriteString(part)
		rest = after
	}
	return regexp.MustCompile(b.String())
}

// LacksDateline reports whether an agency wants a dateline for an editorial photo and none can be
// made, since city, country or day are not known. It is false for other photos.
func (s Set) LacksDateline(r tagroll.Result) bool {
	if r.Metadata == nil || r.Details == nil || !r.Details.Editorial {
		return false
	}
	return slices.ContainsFunc(s, func(a *Agency) bool {
		line, _ := a.Dateline(r.Place(), r.Facts.Taken)
		return line == "" && a.rules.Editorial != nil && a.rules.Editorial.Dateline != ""
	})
}

// cutName finds the first name in braces.
func cutName(text string) (before, name, after string, found bool) {
	before, rest, found := strings.Cut(text, "{")
	if !found {
		return text, "", "", false
	}
	name, after, found = strings.Cut(rest, "}")
	return before, name, after, found
}

// withDateline returns an editorial photo's metadata with the agency's dateline at the beginning of
// its field, once.
func (a *Agency) withDateline(m tagroll.Metadata, p tagroll.Place, taken time.Time) tagroll.Metadata {
	line, field := a.Dateline(p, taken)
	text := &m.Description
	if field == fieldTitle {
		text = &m.Title
	}
	if line != "" && *text != "" && !strings.HasPrefix(*text, line) {
		*text = line + *text
	}
	return m
}

// CaptionedFile returns a result whose metadata goes into the photo's file: an editorial photo's
// description, or the title in its place, begins with FileDateline.
func (s Set) CaptionedFile(r tagroll.Result) tagroll.Result {
	line := s.FileDateline(r)
	if line == "" {
		return r
	}
	m := *r.Metadata
	if m.Description == "" {
		m.Description = m.Title
	}
	if m.Description != "" && !strings.HasPrefix(m.Description, line) {
		m.Description = line + m.Description
	}
	r.Metadata = &m
	return r
}

// FileDateline returns the dateline in the file of an editorial photo: that of the first agency
// that reads it there, or else of the first that has one in its description. An empty set stands
// for all built-in agencies. It is empty for other photos, and if place or day are not known.
func (s Set) FileDateline(r tagroll.Result) string {
	if r.Metadata == nil || r.Details == nil || !r.Details.Editorial {
		return ""
	}
	if len(s) == 0 {
		for _, name := range Names() {
			s = append(s, builtIn()[name])
		}
	}
	var best *Agency
	for _, a := range s {
		e := a.rules.Editorial
		if e != nil && e.Field == fieldDescription && (best == nil || a.Embedded() && !best.Embedded()) {
			best = a
		}
	}
	if best == nil {
		return ""
	}
	line, _ := best.Dateline(r.Place(), r.Facts.Taken)
	return line
}

// Editorial returns the agencies with the rules for photos for news and reports, which allow names
// and leave room for the dateline. It fails with CodeConfiguration if one of the agencies takes no
// such photos.
func (s Set) Editorial() (Set, error) {
	var none []string
	set := make(Set, len(s))
	for i, a := range s {
		if a.rules.Editorial == nil {
			none = append(none, a.rules.Label)
			continue
		}
		set[i] = a.editorial(datelineRoom, leastDateline)
	}
	if none != nil {
		var others []string
		for _, name := range Names() {
			if builtIn()[name].rules.Editorial != nil {
				others = append(others, name)
			}
		}
		return nil, configurationError(nil, "%s takes no editorial photos: choose among those that do (%s), or leave editorial out",
			strings.Join(none, ", "), strings.Join(others, ", "))
	}
	return set, nil
}

// For returns the agency with the rules for a photo of these details, which may be nil.
func (a *Agency) For(d *tagroll.Details) *Agency {
	if d == nil || !d.Editorial || a.rules.Editorial == nil {
		return a
	}
	return a.editorial(0, 0)
}

// ForResult is For with the details of a result. A photo whose words begin with a dateline is
// editorial, whatever its details say: Pond5, for one, has no column for that.
func (a *Agency) ForResult(r tagroll.Result) *Agency {
	if r.Metadata != nil && a.HasDateline(*r.Metadata) {
		return a.For(&tagroll.Details{Editorial: true})
	}
	return a.For(r.Details)
}

// editorial returns the agency with the rules for editorial photos, where so much less is asked for
// and accepted.
func (a *Agency) editorial(room, least int) *Agency {
	with, e := *a, a.rules.Editorial
	with.forEditorial = true
	with.forbidden = slices.DeleteFunc(slices.Clone(a.forbidden), func(f forbiddenWords) bool { return slices.Contains(e.Allows, f.rule.Rule) })
	r := &with.rules
	r.Text.Date, r.Text.PersonName = "", ""
	shorter := func(most, recommended *int) {
		if *recommended = narrower(*recommended, *most); *recommended > 0 {
			*recommended = max(*recommended-room, 1)
		}
		if *most > 0 {
			*most = max(*most-least, 1)
		}
	}
	if e.Dateline != "" && e.Field == fieldTitle {
		shorter(&r.Title.Max, &r.Title.WarnAbove)
		r.Title.Min = max(r.Title.Min-room, 0)
	} else if e.Dateline != "" {
		shorter(&r.Description.Max, &r.Description.WarnAbove)
		r.Description.Min = max(r.Description.Min-room, 0)
	}
	return &with
}

func (r *rules) validateEditorial() error {
	e := r.Editorial
	if e == nil {
		return nil
	}
	if (e.Dateline == "") != (e.Field == "") || e.Field != "" && e.Field != fieldTitle && e.Field != fieldDescription {
		return configurationError(nil, "editorial.field %q: say whether the dateline stands in the title or the description", e.Field)
	}
	for rest := e.Dateline; rest != ""; {
		_, name, after, found := cutName(rest)
		if found && datelineParts[strings.ToLower(name)] == nil || !found && strings.Contains(rest, "{") {
			return configurationError(nil, "editorial.dateline: there is nothing called {%s}", name)
		}
		rest = after
	}
	return nil
}

// editorialText says in words what the agency wants of editorial photos.
func (a *Agency) editorialText() string {
	e := a.rules.Editorial
	switch {
	case e == nil:
		return "not taken"
	case e.Dateline == "":
		return "taken, without a dateline"
	}
	example, _ := a.Dateline(tagroll.Place{City: "Lisbon", Region: "Lisbon", Country: "Portugal"}, time.Date(2026, 5, 14, 0, 0, 0, 0, time.UTC))
	return fmt.Sprintf("the %s begins with place and date, such as %q", e.Field, strings.TrimSpace(example))
}
