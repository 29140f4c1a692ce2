package agency

import (
	"fmt"
	"strings"

	"github.com/tagroll/tagroll"
)

// RuleInfo is one section of an agency's rules in words, and where they were read.
type RuleInfo struct {
	Section string // one of Sections
	Text    string // one sentence or several, without a full stop at the end
	Evidence
}

// Rules returns the agency's rules in words, in the order of Sections; sections without any rule
// are left out.
func (a *Agency) Rules() []RuleInfo {
	texts := map[string]string{
		"filename":    a.fileNameText(),
		"title":       a.titleText(),
		"description": a.descriptionText(),
		"keywords":    a.keywordsText(),
		"categories":  a.categoriesText(),
		"text":        a.textText(),
		"file":        a.fileText(),
		"editorial":   a.editorialText(),
		"csv":         a.csvText(),
	}
	var rules []RuleInfo
	for _, section := range Sections {
		if texts[section] != "" {
			rules = append(rules, RuleInfo{section, texts[section], a.rules.Evidence[section]})
		}
	}
	return rules
}

func (a *Agency) fileNameText() string {
	var parts []string
	if n := a.rules.FileName.WarnAbove; n > 0 {
		parts = append(parts, fmt.Sprintf("at most %d characters, extension included", n))
	}
	if a.rules.FileName.Plain {
		parts = append(parts, "letters and digits of English only")
	}
	return strings.Join(parts, "; ")
}

// atMost says a limit and the lower one that is recommended.
func atMost(most, recommended int, unit string) []string {
	var parts []string
	if most > 0 {
		parts = append(parts, fmt.Sprintf("at most %d %s", most, unit))
	}
	if recommended > 0 {
		parts = append(parts, orFewer(recommended))
	}
	return parts
}

func (a *Agency) titleText() string {
	if !a.takesTitle() {
		return ""
	}
	t := a.rules.Title
	parts := atMost(t.Max, t.WarnAbove, "characters")
	if t.Min > 0 {
		parts = append(parts, fmt.Sprintf("at least %d", t.Min))
	}
	if t.MinWords+t.MaxWords > 0 {
		parts = append(parts, fmt.Sprintf("%d to %d words", t.MinWords, t.MaxWords))
	}
	if t.NoCommas {
		parts = append(parts, "no commas")
	}
	if t.Punctuation != "" {
		parts = append(parts, "no marks but "+strings.Join(strings.Split(t.Punctuation, ""), " "))
	}
	return strings.Join(parts, "; ")
}

func (a *Agency) descriptionText() string {
	d := a.rules.Description
	if !d.Wanted {
		return ""
	}
	parts := atMost(d.Max, d.WarnAbove, "characters")
	if d.Min > 0 {
		parts = append(parts, fmt.Sprintf("at least %d", d.Min))
	}
	if !a.takesTitle() {
		parts = append(parts, "takes the place of a title")
	}
	return strings.Join(parts, "; ")
}

func (a *Agency) keywordsText() string {
	k := a.rules.Keywords
	parts := []string{fmt.Sprintf("%d to %d", k.Min, k.Max)}
	if k.Max == 0 {
		parts = []string{fmt.Sprintf("at least %d", k.Min)}
	}
	switch {
	case k.WarnBelow > 0 && k.WarnAbove > 0:
		parts = append(parts, fmt.Sprintf("%d to %d are recommended", k.WarnBelow, k.WarnAbove))
	case k.WarnBelow > 0:
		parts = append(parts, fmt.Sprintf("%d or more are recommended", k.WarnBelow))
	case k.WarnAbove > 0:
		parts = append(parts, orFewer(k.WarnAbove))
	}
	if k.Keep > 0 && k.Keep < k.Max {
		parts = append(parts, fmt.Sprintf("tagroll writes at most %d", k.Keep))
	}
	if k.Leading > 0 {
		parts = append(parts, fmt.Sprintf("the first %d weigh most", k.Leading))
	}
	if k.IncludeTitleWords {
		parts = append(parts, "the words of the title among them")
	}
	return strings.Join(parts, "; ")
}

func (a *Agency) categoriesText() string {
	c := a.rules.Category
	if c == nil {
		return ""
	}
	var mapped []string
	for _, name := range tagroll.Categories() {
		names := c.Names[name]
		mapped = append(mapped, fmt.Sprintf("%s: %s", name, strings.Join(names[:min(len(names), c.Max)], ", ")))
	}
	count := fmt.Sprintf("%d to %d", c.Min, c.Max)
	if c.Min == c.Max {
		count = fmt.Sprint(c.Min)
	}
	return count + "; " + strings.Join(mapped, "; ")
}

func (a *Agency) textText() string {
	var parts []string
	if a.rules.Language != "" {
		parts = append(parts, a.rules.Language+" only")
	}
	if a.rules.Text.Accents != "" {
		parts = append(parts, "no accents or special letters")
	}
	var names []string
	for _, f := range a.rules.Forbidden {
		names = append(names, f.Names)
	}
	if len(names) > 0 {
		parts = append(parts, "nothing that names "+strings.Join(names, ", "))
	}
	for _, t := range []struct {
		severity tagroll.Severity
		what     string
	}{
		{a.rules.Text.WebAddress, "web addresses"}, {a.rules.Text.EmailAddress, "e-mail addresses"}, {a.rules.Text.PhoneNumber, "telephone numbers"},
		{a.rules.Text.Date, "dates"}, {a.rules.Text.Emoji, "emoji"}, {a.rules.Text.AllCapitals, "titles in capitals"},
	} {
		if t.severity != "" {
			parts = append(parts, "no "+t.what)
		}
	}
	return strings.Join(parts, "; ")
}

func (a *Agency) fileText() string {
	f := a.rules.File
	var parts []string
	if len(f.Formats) > 0 {
		names := make([]string, len(f.Formats))
		for i, format := range f.Formats {
			names[i] = formatName(format)
		}
		parts = append(parts, strings.Join(names, " or "))
	}
	if f.MinPixels > 0 {
		parts = append(parts, "at least "+millions(f.MinPixels)+" megapixels")
	}
	if f.MaxPixels > 0 {
		parts = append(parts, "at most "+millions(f.MaxPixels)+" megapixels")
	}
	if f.MinSide > 0 {
		parts = append(parts, fmt.Sprintf("both sides of at least %d pixels", f.MinSide))
	}
	if f.MaxBytes > 0 {
		parts = append(parts, "at most "+millions(int(f.MaxBytes))+" MB")
	}
	if len(f.ColorSpaces) > 0 {
		parts = append(parts, "colours in "+strings.Join(f.ColorSpaces, " or "))
	}
	return strings.Join(parts, "; ")
}

func (a *Agency) csvText() string {
	c := a.rules.CSV
	if c == nil {
		return ""
	}
	names := make([]string, len(c.Columns))
	for i, col := range c.Columns {
		names[i] = col.Name
	}
	parts := []string{"columns " + strings.Join(names, ", "), "separated by " + map[string]string{",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}[c.Delimiter]}
	if c.Required > 0 {
		parts = append(parts, fmt.Sprintf("found by their names; the first %d are required", c.Required))
	}
	if c.QuoteAll {
		parts = append(parts, "every cell quoted")
	}
	if c.ByteOrderMark {
		parts = append(parts, "with a byte order mark")
	}
	if c.SolidName {
		parts = append(parts, "no space in the file's name")
	}
	if c.MaxRows > 0 {
		parts = append(parts, fmt.Sprintf("at most %d rows", c.MaxRows))
	}
	if c.MaxBytes > 0 {
		parts = append(parts, fmt.Sprintf("at most %d bytes", c.MaxBytes))
	}
	return strings.Join(parts, "; ")
}

func orFewer(n int) string { return fmt.Sprintf("%d or fewer are recommended", n) }
