package export

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// Check returns what an agency has against the words of result i, as they stand in the file, by the
// rules for editorial photos if the result is one ([agency.Agency.ForResult]). Where the file has
// no title, or no description, the other one is judged in its place, as [agency.Agency.Fit] has it.
// A category that the agency knows, but no single one of ours stands for, is none that is missing.
func (s *Sheet) Check(i int, a *agency.Agency) []tagroll.Finding {
	r := s.Results[i]
	if r.Metadata == nil {
		return nil
	}
	a = a.ForResult(r)
	m, fit := *r.Metadata, a.Fit(*r.Metadata)
	if m.Title == "" {
		m.Title = fit.Title
	}
	if m.Description == "" {
		m.Description = fit.Description
	}
	findings := a.Check(r.Photo.Name, m)
	if s.Table == nil {
		return findings
	}
	isOfCategory := func(f tagroll.Finding) bool { return f.Field == "category" }
	if s.Agency != nil && s.Agency.Info().Name != a.Info().Name {
		// Another agency's table says nothing of this one's categories.
		if m.Category == "" {
			findings = slices.DeleteFunc(findings, isOfCategory)
		}
		return findings
	}
	if names := s.columns.categoryNames(s.Table.Rows[i].Cells); len(names) > 0 {
		findings = append(slices.DeleteFunc(findings, isOfCategory), a.CheckCategories(names)...)
	}
	return findings
}

// CheckLayout returns what an agency has against the table itself: its columns, delimiter, encoding
// and size. name is the file's, bytes its size. It is nil unless the table is one of that agency.
func (s *Sheet) CheckLayout(name string, bytes int, a *agency.Agency) []tagroll.Finding {
	if s.Table == nil || s.Agency == nil || s.Agency.Info().Name != a.Info().Name {
		return nil
	}
	var findings []tagroll.Finding
	add := func(severity tagroll.Severity, rule, format string, args ...any) {
		findings = append(findings, tagroll.Finding{Agency: a.Info().Name, Field: "csv", Severity: severity, Rule: rule, Message: fmt.Sprintf(format, args...)})
	}
	layout, label, t := a.Layout(), a.Info().Label, s.Table
	if t.Delimiter != layout.Delimiter {
		add(tagroll.SeverityError, "csv-delimiter", "the cells are separated by %q and %s wants %q: --fix writes them so", string(t.Delimiter), label, string(layout.Delimiter))
	}
	if t.Encoding != encodingUTF8 {
		add(tagroll.SeverityError, "csv-encoding", "the text is stored as %s and %s wants UTF-8: --fix stores it so", t.Encoding, label)
	}
	if t.above > 0 {
		add(tagroll.SeverityError, "csv-header", "text stands above the header, and %s wants the header first: --fix leaves it out", label)
	}
	if missing := missingColumns(t.Header, layout); layout.Required > 0 && len(missing) > 0 {
		add(tagroll.SeverityError, "csv-columns", "the columns %s are missing, which %s needs: add them", strings.Join(missing, ", "), label)
	} else if layout.Required == 0 && !slices.Equal(t.Header, layout.Header) {
		add(tagroll.SeverityWarning, "csv-columns", "the columns are %s and %s's own are %s: use these names in this order", strings.Join(t.Header, ", "), label, strings.Join(layout.Header, ", "))
	}
	if layout.MaxRows > 0 && len(t.Rows) > layout.MaxRows {
		add(tagroll.SeverityError, "csv-rows", "the table has %d rows and %s takes %d a file: tagroll export splits it", len(t.Rows), label, layout.MaxRows)
	}
	if layout.MaxBytes > 0 && bytes > layout.MaxBytes {
		add(tagroll.SeverityError, "csv-bytes", "the file has %d bytes and %s takes %d: tagroll export splits it", bytes, label, layout.MaxBytes)
	}
	if layout.SolidName && strings.Contains(filepath.Base(name), " ") {
		add(tagroll.SeverityError, "csv-name", "the name of the CSV has a space, which %s does not take: rename the file", label)
	}
	return findings
}

// missingColumns are the columns that a layout requires and a header does not have.
func missingColumns(header []string, layout agency.Layout) (missing []string) {
	for _, name := range layout.Header[:layout.Required] {
		if !slices.ContainsFunc(header, func(have string) bool { return foldName(have) == foldName(name) }) {
			missing = append(missing, name)
		}
	}
	return missing
}

// CheckRow returns what is wrong with row i of a table whatever the agency: no file name, more
// cells than columns, or what a spreadsheet has made of a name or a text.
func (s *Sheet) CheckRow(i int) []tagroll.Finding {
	if s.Table == nil {
		return nil
	}
	var findings []tagroll.Finding
	row := s.Table.Rows[i]
	if s.Results[i].Photo.Name == "" {
		findings = append(findings, tagroll.Finding{Field: "filename", Severity: tagroll.SeverityError, Rule: ruleNoFileName,
			Message: "the row names no file: fill in the name, or remove the row"})
	}
	findings = append(findings, s.spoilt(row.Cells)...)
	if i := slices.IndexFunc(row.Cells, s.Table.lostQuote); i >= 0 {
		findings = append(findings, tagroll.Finding{Field: "csv", Severity: tagroll.SeverityError, Rule: "csv-quotes",
			Message: fmt.Sprintf("cell %d goes over several lines and holds %q: look for a quotation mark that is missing there", i+1, string(s.Table.Delimiter))})
	}
	if n := len(s.Table.Header); len(row.Cells) > n && !isBlank(row.Cells[n:]) {
		findings = append(findings, tagroll.Finding{Field: "csv", Severity: tagroll.SeverityError, Rule: "csv-cells",
			Message: fmt.Sprintf("the row has %d cells and the header %d: a cell that holds %q must stand in quotation marks", len(row.Cells), n, string(s.Table.Delimiter))})
	}
	return findings
}

// Broken returns why the rows of a table cannot be taken for what a person meant: cells that
// slipped into other columns, several rows in one, what a spreadsheet has made of a name or a text.
// The error, a *tagroll.Error with CodeUnreadable, names the first of these rows. It is nil for a
// sound table and for other forms of results.
func (s *Sheet) Broken() error {
	if s.Table == nil {
		return nil
	}
	for i, row := range s.Table.Rows {
		for _, f := range s.CheckRow(i) {
			if f.Rule != ruleNoFileName { // the row is for nobody, and harms nobody
				return readError(fmt.Sprintf("line %d (%s): %s", row.Line, s.Results[i].Photo.Name, f.Message), nil)
			}
		}
	}
	return nil
}

// Doubts say what of a table may not be read as it was meant: an encoding that had to be guessed,
// and columns without a known name where titles are missing. They are sentences without a full
// stop.
func (s *Sheet) Doubts() (doubts []string) {
	if s.Table == nil {
		return nil
	}
	if e := s.Table.Encoding; e != encodingUTF8 && e != encodingUTF16 {
		doubts = append(doubts, fmt.Sprintf("the text does not say how it is stored and was read as %s: if accents are wrong, save it as CSV UTF-8", e))
	}
	if !s.columns.has(roleTitle) && !s.columns.has(roleDescription) {
		var unknown []string
		for i, have := range s.columns.roles {
			if have == "" && s.Table.Header[i] != "" {
				unknown = append(unknown, s.Table.Header[i])
			}
		}
		if len(unknown) > 0 {
			doubts = append(doubts, fmt.Sprintf("no column holds titles, and nobody knows what these hold: %s; call one Title", strings.Join(unknown, ", ")))
		}
	}
	return doubts
}

const ruleNoFileName = "filename-missing"

// What spreadsheets make of cells: the values of formulas that failed, dates, and large numbers.
var (
	failedFormula = regexp.MustCompile(`^(#(NAME|REF|VALUE|N/A|NUM|NULL|DIV/0|WERT|BEZUG|NV|NOM)[?!]?|Err:\d+|#+)$`)
	spreadDate    = regexp.MustCompile(`^(\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./](\d\d|\d{4}))( \d{1,2}:\d\d(:\d\d)?)?$`)
	largeNumber   = regexp.MustCompile(`^\d([.,]\d+)?E\+\d+$`)
)

// spoilt finds cells that a spreadsheet took for something else than text.
func (s *Sheet) spoilt(cells []string) (findings []tagroll.Finding) {
	for i, have := range s.columns.roles {
		if i >= len(cells) || !slices.Contains([]role{roleFileName, roleTitle, roleDescription, roleKeywords, roleCategory}, have) {
			continue
		}
		cell, became := strings.TrimSpace(cells[i]), ""
		switch {
		case failedFormula.MatchString(cell):
			became = "a formula"
		case have != roleCategory && spreadDate.MatchString(cell):
			became = "a date"
		case have == roleFileName && largeNumber.MatchString(cell):
			became = "a number"
		default:
			continue
		}
		findings = append(findings, tagroll.Finding{Field: string(have), Severity: tagroll.SeverityError, Rule: "csv-cell-changed",
			Message: fmt.Sprintf("the column %s has %q, since a spreadsheet took the text for %s: make the column one of text, and write the cell again", s.Table.Header[i], cell, became)})
	}
	return findings
}

// lostQuote reports whether a cell looks like several rows, because a quotation mark is missing.
func (t *Table) lostQuote(cell string) bool {
	_, after, broken := strings.Cut(cell, "\n")
	return broken && strings.Count(after, string(t.Delimiter)) >= max(1, len(t.Header)-2)
}

// Fix mends in all results what changes no meaning: spaces, invisible characters, quotes and full
// stops around a title, commas where an agency takes none, the form of keywords and those that are
// there twice, and accents if none of the agencies takes them. In a table only the cells that need
// it change; rows and columns stay where they are. It returns how many results changed.
func (s *Sheet) Fix(agencies agency.Set) int {
	changed := 0
	for i := range s.Results {
		r := &s.Results[i]
		if r.Metadata == nil || s.Table != nil && slices.ContainsFunc(s.Table.Rows[i].Cells, s.Table.lostQuote) {
			continue // several rows in one are for a person to take apart
		}
		m := agencies.Tidy(*r.Metadata)
		if agencies.Guide().PlainLetters {
			fit := agencies[0].Fit(m)
			if m.Title != "" {
				m.Title = fit.Title
			}
			if m.Description != "" {
				m.Description = fit.Description
			}
			m.Keywords = fit.Keywords
		}
		m.Category = r.Metadata.Category
		if m.Title == r.Metadata.Title && m.Description == r.Metadata.Description && slices.Equal(m.Keywords, r.Metadata.Keywords) {
			continue
		}
		changed++
		if s.Table != nil {
			cells := s.Table.Rows[i].Cells
			s.columns.replace(cells, roleTitle, r.Metadata.Title, m.Title)
			s.columns.replace(cells, roleDescription, r.Metadata.Description, m.Description)
			if !slices.Equal(m.Keywords, r.Metadata.Keywords) {
				s.columns.set(cells, roleKeywords, joinLike(m.Keywords, s.columns.text(cells, roleKeywords)))
			}
		}
		*r.Metadata = m
	}
	return changed
}

// FixLayout gives a table the delimiter and the encoding that its agency wants, and reports whether
// they were others.
func (s *Sheet) FixLayout() bool {
	if s.Table == nil {
		return false
	}
	t := s.Table
	delimiter := t.Delimiter
	if s.Agency != nil {
		delimiter = s.Agency.Layout().Delimiter
	}
	if t.Delimiter == delimiter && t.Encoding == encodingUTF8 && t.above == 0 {
		return false
	}
	t.Delimiter, t.Encoding, t.above = delimiter, encodingUTF8, 0
	return true
}

// replace sets the first cell of a role that has any text, if the text is another now.
func (c columns) replace(cells []string, r role, before, now string) {
	if before != now {
		c.set(cells, r, now)
	}
}

func (c columns) set(cells []string, r role, text string) {
	for i, have := range c.roles {
		if have == r && i < len(cells) && strings.TrimSpace(cells[i]) != "" {
			cells[i] = text
			return
		}
	}
}

// joinLike joins a list as it was joined before.
func joinLike(list []string, before string) string {
	for _, separator := range []string{", ", ",", "; ", ";", "|"} {
		if strings.Contains(before, separator) {
			return strings.Join(list, separator)
		}
	}
	return strings.Join(list, ", ")
}
