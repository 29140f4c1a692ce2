package export

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// Check returns what an agency has against the words of result i, as they stand in the file. Where
// the file has no title, or no description, the other one is judged in its place, as
// [agency.Agency.Fit] has it. A category that the agency knows, but no single one of ours stands
// for, is none that is missing.
func (s *Sheet) Check(i int, a *agency.Agency) []tagroll.Finding {
	r := s.Results[i]
	if r.Metadata == nil {
		return nil
	}
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
		if m.Category == "" { // another agency's table says nothing of this one's categories
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

// CheckRow returns what is wrong with row i of a table whatever the agency: no file name, or more
// cells than columns.
func (s *Sheet) CheckRow(i int) []tagroll.Finding {
	if s.Table == nil {
		return nil
	}
	var findings []tagroll.Finding
	row := s.Table.Rows[i]
	if s.Results[i].Photo.Name == "" {
		findings = append(findings, tagroll.Finding{Field: "filename", Severity: tagroll.SeverityError, Rule: "filename-missing",
			Message: "the row names no file: fill in the name, or remove the row"})
	}
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
	if t.Delimiter == delimiter && t.Encoding == encodingUTF8 {
		return false
	}
	t.Delimiter, t.Encoding = delimiter, encodingUTF8
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
