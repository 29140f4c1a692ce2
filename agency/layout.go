package agency

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
)

// Layout is the form of the CSV file that an agency imports.
type Layout struct {
	// Delimiter stands between cells.
	Delimiter rune
	// Header holds the columns' names exactly as the agency wants them; nil if the agency has
	// no CSV.
	Header []string
	// Required is how many columns at the front must be there, if the agency finds columns by
	// their names, whatever their order. Zero: all of them, in the order of Header.
	Required int
	// FileName is the index of the column that must equal the photo's file name; -1 if none.
	FileName int
	// QuoteAll is whether every cell stands in quotation marks, ByteOrderMark whether the file
	// begins with one.
	QuoteAll      bool
	ByteOrderMark bool
	// SolidName is whether the file's own name must have no space.
	SolidName bool
	// MaxRows and MaxBytes limit one file; zero is no limit. The header counts as
	// bytes, not as a row.
	MaxRows  int
	MaxBytes int
}

// Layout returns the form of the agency's CSV file. It is the zero Layout, with FileName -1, for an
// agency that reads the words in the photo itself.
func (a *Agency) Layout() Layout {
	c := a.rules.CSV
	if c == nil {
		return Layout{FileName: -1}
	}
	l := Layout{
		Delimiter:     []rune(c.Delimiter)[0],
		FileName:      slices.IndexFunc(c.Columns, func(c column) bool { return c.Source == sourceFileName }),
		Required:      c.Required,
		QuoteAll:      c.QuoteAll,
		ByteOrderMark: c.ByteOrderMark,
		SolidName:     c.SolidName,
		MaxRows:       c.MaxRows,
		MaxBytes:      c.MaxBytes,
	}
	for _, col := range c.Columns {
		l.Header = append(l.Header, col.Name)
	}
	return l
}

// Row returns the cells of one photo in the order of Layout.Header, as plain text; the writer of
// the file quotes cells and guards against spreadsheets. The words are those of [Agency.Fit], with
// no more keywords than the agency takes. The words of an editorial photo begin with its dateline.
// Unknown cells are empty. The result must have Metadata.
func (a *Agency) Row(r tagroll.Result) []string {
	if a.rules.CSV == nil {
		return nil
	}
	m := a.Fit(*r.Metadata)
	if most := a.rules.Keywords.Max; most > 0 && len(m.Keywords) > most {
		// The agency would refuse the row; the least relevant are last.
		m.Keywords = m.Keywords[:most]
	}
	var d tagroll.Details
	if r.Details != nil {
		d = *r.Details
	}
	place := r.Place()
	if d.Editorial {
		m = a.withDateline(m, place, r.Facts.Taken)
	}
	cells := make([]string, len(a.rules.CSV.Columns))
	for i, col := range a.rules.CSV.Columns {
		if text, ok := d.Columns[strings.ToLower(col.Name)]; ok && a.takesCell(col, text) {
			cells[i] = text
			continue
		}
		cells[i] = a.cell(col, r.Photo.Name, m, d, place)
	}
	return cells
}

// takesCell reports whether a column may hold a text that was given for a column of its name. The
// column may be another agency's, whose categories are no categories here.
func (a *Agency) takesCell(col column, text string) bool {
	switch col.Source {
	case sourceFileName:
		return false
	case sourceCategory:
		for name := range strings.SplitSeq(text, ",") {
			if name = strings.TrimSpace(name); name != "" && !a.HasCategory(name) {
				return false
			}
		}
	}
	return true
}

func (a *Agency) cell(col column, name string, m tagroll.Metadata, d tagroll.Details, place tagroll.Place) string {
	switch col.Source {
	case sourceFileName:
		return name
	case sourceTitle:
		return m.Title
	case sourceDescription:
		return m.Description
	case sourceKeywords:
		return strings.Join(m.Keywords, a.rules.CSV.KeywordSeparator)
	case sourceCategory:
		return a.categoryCell(m.Category, col.Number)
	case sourceConstant:
		return col.Value
	case sourceLocation:
		return place.Location
	case sourceCity:
		return place.City
	case sourceRegion:
		return place.Region
	case sourceCountry:
		return place.Country
	case sourceReleases:
		return strings.Join(slices.Concat(d.ModelReleases, d.PropertyReleases), ", ")
	case sourceModelReleases:
		return strings.Join(d.ModelReleases, ", ")
	case sourcePropertyReleases:
		return strings.Join(d.PropertyReleases, ", ")
	case sourceModelReleased:
		return col.yesOrNo(len(d.ModelReleases) > 0)
	case sourcePropertyReleased:
		return col.yesOrNo(len(d.PropertyReleases) > 0)
	case sourceEditorial:
		return col.yesOrNo(d.Editorial)
	case sourceMature:
		return col.yesOrNo(d.Mature)
	case sourceVector:
		return col.yesOrNo(isVector(name))
	case sourceCopyright:
		return d.Copyright
	}
	return ""
}

// isVector reports whether a file is called like a vector graphic.
func isVector(name string) bool {
	return slices.Contains([]string{".eps", ".ai", ".svg"}, strings.ToLower(path.Ext(name)))
}

// ofRelease reports whether the column asks for releases of people or property apart.
func (c column) ofRelease() bool {
	switch c.Source {
	case sourceModelReleases, sourcePropertyReleases, sourceModelReleased, sourcePropertyReleased:
		return true
	}
	return false
}

func (c column) yesOrNo(yes bool) string {
	if yes {
		return cmp.Or(c.Yes, "Yes")
	}
	return c.No
}

// categoryCell is the agency's name for its category of that number, or all of them if number is
// zero.
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
