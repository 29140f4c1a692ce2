package export

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// role is what a column holds.
type role string

const (
	roleFileName         role = "filename"
	roleTitle            role = "title"
	roleDescription      role = "description"
	roleKeywords         role = "keywords"
	roleCategory         role = "category"
	roleLocation         role = "location"
	roleCity             role = "city"
	roleRegion           role = "region"
	roleCountry          role = "country"
	roleEditorial        role = "editorial"
	roleMature           role = "mature"
	roleReleases         role = "releases"
	rolePropertyReleases role = "property_releases"
	roleCopyright        role = "copyright"
)

// roleNames are the names that agencies, spreadsheets and exiftool give to columns, in lower case
// and with single spaces.
var roleNames = map[role][]string{
	roleFileName:         {"filename", "file name", "originalfilename", "original filename", "oldfilename", "123rf filename", "file", "sourcefile", "photo", "image"},
	roleTitle:            {"title", "image name", "vector name", "video name", "headline", "objectname", "object name"},
	roleDescription:      {"description", "caption", "caption abstract", "imagedescription", "image description"},
	roleKeywords:         {"keywords", "keyword", "tags", "subject"},
	roleCategory:         {"category", "categories", "category 1", "category 2", "category 3"},
	roleLocation:         {"location", "sublocation", "sub location"},
	roleCity:             {"city"},
	roleRegion:           {"region", "state", "province", "province state", "state province"},
	roleCountry:          {"country"},
	roleEditorial:        {"editorial", "editorial use only"},
	roleMature:           {"mature content", "mature"},
	roleReleases:         {"releases", "release", "release names", "model release", "model releases", "mr doc ids"},
	rolePropertyReleases: {"property release", "property releases", "pr docs"},
	roleCopyright:        {"copyright", "rights"},
}

// roleOf returns what a column of that name holds; empty if the name says nothing.
func roleOf(name string) role {
	const longest = 200 // bytes; what is longer is no column's name
	if name = strings.TrimSpace(name); len(name) > longest {
		return ""
	}
	name = foldName(name)
	for r, names := range roleNames {
		if slices.Contains(names, name) {
			return r
		}
	}
	return ""
}

// foldName brings a column's name into the form of roleNames.
func foldName(name string) string {
	name = strings.ToLower(strings.Trim(strings.TrimSpace(name), "\ufeff\"'"))
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r == '_' || r == '-' || r == '/' }), " ")
}

// agenciesOf returns the agencies whose layout a header is, in whatever order: several if they have
// the same columns. A header that leaves out columns is an agency's if no other has them all, and
// so is one with further columns, of people's own: the agency of most columns counts then.
func agenciesOf(header []string, among agency.Set) agency.Set {
	have := make(map[string]bool)
	for _, name := range header {
		have[foldName(name)] = true
	}
	var whole, part, within agency.Set
	most := 4 // columns by which an agency is known
	for _, a := range among {
		want := a.Layout().Header
		known := 0
		for _, name := range want {
			if have[foldName(name)] {
				known++
			}
		}
		switch {
		case len(want) == 0 || known < most && known < len(have) || known < 4:
		case known < len(have):
			if known > most {
				most, within = known, nil
			}
			within = append(within, a)
		case known == len(want):
			whole = append(whole, a)
		default:
			part = append(part, a)
		}
	}
	switch {
	case len(whole) > 0:
		return whole
	case len(part) == 1:
		return part
	case len(part) == 0 && len(within) == 1:
		return within
	}
	return nil
}

// columns says which columns of a header hold what.
type columns struct {
	header []string
	roles  []role
	agency *agency.Agency // nil if several or none have these columns
}

func columnsOf(header []string, among agency.Set) columns {
	c := columns{header: header}
	if whose := agenciesOf(header, among); len(whose) == 1 {
		c.agency = whose[0]
	}
	for _, name := range header {
		c.roles = append(c.roles, roleOf(name))
	}
	return c
}

func (c columns) has(r role) bool { return slices.Contains(c.roles, r) }

// text is the first cell of a role that has any text.
func (c columns) text(cells []string, r role) string {
	for i, have := range c.roles {
		if have == r && i < len(cells) {
			if text := strings.TrimSpace(cells[i]); text != "" {
				return text
			}
		}
	}
	return ""
}

// result is what a row says of a photo.
func (c columns) result(cells []string) tagroll.Result {
	name := c.text(cells, roleFileName)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:] // exiftool writes the path
	}
	m := tagroll.Metadata{
		Title:       c.text(cells, roleTitle),
		Description: c.text(cells, roleDescription),
		Keywords:    splitCell(c.text(cells, roleKeywords)),
		Category:    c.category(cells),
	}
	r := tagroll.Result{Photo: tagroll.Photo{ID: name, Name: name}, Status: tagroll.StatusSuccessful, Metadata: &m}
	if path := c.text(cells, roleFileName); path != name {
		r.Photo.Path = path
	}
	r.Facts.Place = tagroll.Place{Location: c.text(cells, roleLocation), City: c.text(cells, roleCity),
		Region: c.text(cells, roleRegion), Country: c.text(cells, roleCountry)}
	if d := c.details(cells); !d.IsZero() {
		r.Details = &d
	}
	c.keepCells(cells, &r)
	return r
}

// reworded are the roles whose cells an agency's row makes anew from what they say.
var reworded = []role{"", roleFileName, roleTitle, roleDescription, roleKeywords, roleEditorial, roleMature, roleReleases, rolePropertyReleases}

// keepCells keeps what a row of an agency's own table says and its next row would not: a category
// that stands for several of ours, a country in an agency's own form.
func (c columns) keepCells(cells []string, r *tagroll.Result) {
	if c.agency == nil {
		return
	}
	row, header := c.agency.Row(*r), c.agency.Layout().Header
	for i, have := range c.roles {
		at := slices.IndexFunc(header, func(name string) bool { return foldName(name) == foldName(c.header[i]) })
		if at < 0 || i >= len(cells) || slices.Contains(reworded, have) {
			continue
		}
		text := strings.TrimSpace(cells[i])
		if have == roleCategory {
			text = plainNumber(text)
		}
		if text != "" && text != row[at] {
			if r.Details == nil {
				r.Details = &tagroll.Details{}
			}
			setColumn(r.Details, header[at], text)
		}
	}
}

// details are what a row says beside the words. The place is the caller's.
func (c columns) details(cells []string) tagroll.Details {
	d := tagroll.Details{
		ModelReleases:    splitCell(c.text(cells, roleReleases)),
		PropertyReleases: splitCell(c.text(cells, rolePropertyReleases)),
		Editorial:        isYes(c.text(cells, roleEditorial)),
		Mature:           isYes(c.text(cells, roleMature)),
		Copyright:        c.text(cells, roleCopyright),
	}
	for i, role := range c.roles {
		if role == "" && i < len(cells) && c.header[i] != "" && strings.TrimSpace(cells[i]) != "" {
			setColumn(&d, c.header[i], strings.TrimSpace(cells[i]))
		}
	}
	return d
}

func setColumn(d *tagroll.Details, name, text string) {
	if d.Columns == nil {
		d.Columns = make(map[string]string)
	}
	d.Columns[strings.ToLower(name)] = text
}

// categoryNames are the categories of a row by whatever name, those of several columns too. A zero
// is how some programs leave a column of numbers empty.
func (c columns) categoryNames(cells []string) []string {
	var names []string
	for i, have := range c.roles {
		if have == roleCategory && i < len(cells) {
			text := plainNumber(cells[i])
			// "Buildings and Architecture" in any form is one name.
			if _, ours := tagroll.ParseCategory(text); ours {
				names = append(names, text)
				continue
			}
			names = append(names, splitCell(text)...)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return strings.Trim(name, "0.") == "" })
}

// plainNumber is a cell whose number a spreadsheet has written as 7.0 or 7,00, or as the text '7.
func plainNumber(cell string) string {
	cell = strings.TrimSpace(cell)
	whole, rest, broken := strings.Cut(strings.ReplaceAll(strings.TrimPrefix(cell, "'"), ",", "."), ".")
	if _, err := strconv.Atoi(whole); err != nil || broken && strings.Trim(rest, "0") != "" {
		return cell
	}
	return whole
}

// category is the category that a row names, by our name or by the agency's.
func (c columns) category(cells []string) tagroll.Category {
	names := c.categoryNames(cells)
	for _, name := range names {
		if known, ok := tagroll.ParseCategory(name); ok && (c.agency == nil || !c.agency.HasCategory(name)) {
			return known
		}
	}
	if c.agency != nil {
		if known, ok := c.agency.Category(names...); ok {
			return known
		}
	}
	for _, name := range names {
		if known, ok := tagroll.ParseCategory(name); ok {
			return known
		}
	}
	return ""
}

// splitCell takes a list in one cell apart: at commas, or where there are none at semicolons, bars
// or line breaks.
func splitCell(text string) []string {
	separator := ","
	if !strings.Contains(text, ",") {
		for _, s := range []string{";", "|", "\n"} {
			if strings.Contains(text, s) {
				separator = s
				break
			}
		}
	}
	var parts []string
	for _, part := range strings.Split(text, separator) {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

func isYes(text string) bool {
	switch strings.ToLower(text) {
	case "yes", "y", "1", "true", "x":
		return true
	}
	return false
}
