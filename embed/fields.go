package embed

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
)

// Fields are what is written into a photo or its sidecar. An empty field leaves what the file says.
type Fields struct {
	// Title is dc:title, and ObjectName of IPTC.
	Title string
	// Description is dc:description, and Caption of IPTC. Line breaks stay.
	Description string
	// Keywords are dc:subject in this order, the most relevant first, and Keywords of IPTC.
	// They replace the file's.
	Keywords []string
	// Headline is photoshop:Headline, and Headline of IPTC. A headline that a person wrote
	// stays: it is replaced only if it repeats the title that the file had.
	Headline string
	// Category is a name for photoshop:SupplementalCategories. Categories that are not of
	// [tagroll.Categories] were written by a person and stay.
	Category tagroll.Category
	// Creator is dc:creator, and By-line of IPTC.
	Creator string
	// Copyright is dc:rights, and CopyrightNotice of IPTC.
	Copyright string
	// Place is photoshop:City, State and Country, Iptc4xmpCore:Location,
	// Iptc4xmpExt:LocationCreated and the same four fields of IPTC, each for itself.
	Place tagroll.Place
}

// Of returns the fields of a described photo: its metadata, the title as headline, its details, and
// the caption and place that its own file says, where nothing else says them. They are empty where
// the result has no metadata.
func Of(r tagroll.Result) Fields {
	if r.Metadata == nil {
		return Fields{}
	}
	f := Fields{
		Title:       r.Metadata.Title,
		Description: cmp.Or(r.Metadata.Description, r.Facts.Caption),
		Keywords:    r.Metadata.Keywords,
		Headline:    r.Metadata.Title,
		Category:    r.Metadata.Category,
		Place:       r.Place(),
	}
	if r.Details != nil {
		f.Copyright = r.Details.Copyright
	}
	return f
}

// clean returns the fields as XML and IPTC can carry them.
func (f Fields) clean() Fields {
	f.Title, f.Headline = plain(f.Title), plain(f.Headline)
	f.Creator, f.Copyright = plain(f.Creator), plain(f.Copyright)
	f.Category = tagroll.Category(plain(string(f.Category)))
	f.Description = plainLines(f.Description)
	f.Place = tagroll.Place{
		Location: plain(f.Place.Location), City: plain(f.Place.City),
		Region: plain(f.Place.Region), Country: plain(f.Place.Country),
	}
	keywords := f.Keywords
	f.Keywords = nil
	for _, k := range keywords {
		f.Keywords = append(f.Keywords, plain(k))
	}
	return f
}

// plain makes a text one that XML 1.0 can carry, on one line. Control characters become
// spaces; what is no character becomes U+FFFD.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case r == 0xfffe || r == 0xffff:
			return utf8.RuneError
		}
		return r
	}, text)
}

// plainLines is plain, but leaves tabs and line breaks, which become line feeds.
func plainLines(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return []rune(plain(string(r)))[0]
	}, text)
}

// cutWords shortens a text to a number of bytes: at a space if there is one in its second half,
// else between characters.
func cutWords(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	if text[end] != ' ' {
		if space := strings.LastIndexByte(text[:end], ' '); space >= most/2 {
			end = space
		}
	}
	return strings.TrimRight(text[:end], " \t\n,;:-")
}
