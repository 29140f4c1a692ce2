package agency

import (
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
)

// Layout is the form of the CSV file that an agency imports.
type Layout struct {
	// Delimiter stands between cells.
	Delimiter rune
	// Header holds the columns' names exactly as the agency wants them.
	Header []string
	// FileName is the index of the column that must equal the photo's file name; -1 if none.
	FileName int
	// MaxRows and MaxBytes limit one file; zero is no limit. The header counts as
	// bytes, not as a row.
	MaxRows  int
	MaxBytes int
}

// Layout returns the form of the agency's CSV file.
func (a *Agency) Layout() Layout {
	c := a.rules.CSV
	l := Layout{
		Delimiter: []rune(c.Delimiter)[0],
		FileName:  slices.IndexFunc(c.Columns, func(c column) bool { return c.Source == sourceFileName }),
		MaxRows:   c.MaxRows,
		MaxBytes:  c.MaxBytes,
	}
	for _, col := range c.Columns {
		l.Header = append(l.Header, col.Name)
	}
	return l
}

// Row returns the cells of one photo in the order of Layout.Header, as plain text:
// quoting, and care for spreadsheets, is up to who writes the file. The cell of a
// category that is unknown is empty.
func (a *Agency) Row(fileName string, m tagroll.Metadata, place tagroll.Place) []string {
	cells := make([]string, len(a.rules.CSV.Columns))
	for i, col := range a.rules.CSV.Columns {
		switch col.Source {
		case sourceFileName:
			cells[i] = fileName
		case sourceTitle:
			cells[i] = m.Title
		case sourceKeywords:
			cells[i] = strings.Join(m.Keywords, a.rules.CSV.KeywordSeparator)
		case sourceCategory:
			cells[i] = a.categoryCell(m.Category, col.Number)
		case sourceConstant:
			cells[i] = col.Value
		case sourceLocation:
			cells[i] = place.Location
		case sourceCity:
			cells[i] = place.City
		case sourceRegion:
			cells[i] = place.Region
		case sourceCountry:
			cells[i] = place.Country
		}
	}
	return cells
}

// categoryCell is the agency's name for its category of that number, or all of them if number is zero.
func (a *Agency) categoryCell(c tagroll.Category, number int) string {
	names := a.rules.Category.Names[c]
	names = names[:min(len(names), a.rules.Category.Max)]
	switch {
	case number == 0:
		return strings.Join(names, a.rules.CSV.CategorySeparator)
	case number <= len(names):
		return names[number-1]
	}
	return ""
}
