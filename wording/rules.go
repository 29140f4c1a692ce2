// Package wording holds a photo's words against the photographer's own wishes: the brief. Agencies'
// rules are package agency's; these come on top of them.
//
// [Rules] works at three moments of a photo's way. [Rules.Ask] completes the request before the
// call: the describer is told what is wanted. [Rules.Settle] makes the answer what was asked for
// where that needs no judgement: required and banned keywords, the vocabulary, prefix and suffix,
// words that the file already has. [Rules.Judge] finds what only another answer or a person can
// mend: a name that nothing supports, a title that another photo of the batch has.
//
// Nothing is ever filled in: a keyword is the model's, the file's or the photographer's.
package wording

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
)

// Fields of metadata, as briefs and findings name them.
const (
	Title       = "title"
	Description = "description"
	Keywords    = "keywords"
	Category    = "category"
)

// Fields are all fields in their order.
func Fields() []string { return []string{Title, Description, Keywords, Category} }

// Source is the agency's name in findings of this package, which are no agency's.
const Source = "brief"

// Rules are the wishes of one batch. The zero value has none.
type Rules struct {
	Brief tagroll.Brief
	// Batch knows the other photos. Default: each photo stands alone.
	Batch *Batch
	// Details returns what is said of a photo beside the words, such as its releases and its
	// place. Details must be safe for concurrent use. Default: no details.
	Details func(tagroll.Photo) tagroll.Details
	// Draft is whether answers are drafts that no model made: what only another answer could
	// mend is a warning.
	Draft bool
}

// Version names all that the answers depend on; see [tagroll.Brief.Version].
func (r Rules) Version() string { return r.Brief.Version() }

// Ask completes a request: it narrows the guide, adds the brief and what is known of similar
// photos, and takes away the words of the file that are to be replaced. If the file's own words are
// enough, it returns them, and no call is needed.
func (r Rules) Ask(request *tagroll.Request) (finished *tagroll.Metadata) {
	f := request.Facts
	if words, ok := r.complete(request.Guide, f); ok {
		return &words
	}
	request.Guide = r.narrow(request.Guide)
	request.Brief = r.Brief
	request.Brief.Context = joinContext(r.Brief.Context, request.Photo.Context)
	if r.Batch != nil {
		request.Brief.Others = r.Batch.meet(request.Photo, f, request.Image)
	}
	if r.existing(Title) == tagroll.ExistingReplace {
		f.Title = ""
	}
	if r.existing(Description) == tagroll.ExistingReplace {
		f.Caption = ""
	}
	if r.existing(Keywords) == tagroll.ExistingReplace {
		f.Keywords = nil
	}
	request.Facts = f
	return nil
}

// joinContext puts what is said of the whole shoot before what is said of one folder.
func joinContext(shoot, folder string) string {
	shoot, folder = strings.TrimSpace(shoot), strings.TrimSpace(folder)
	if shoot == "" || folder == "" || shoot == folder {
		return shoot + strings.TrimPrefix(folder, shoot)
	}
	return shoot + "\n" + folder
}

func (r Rules) existing(field string) tagroll.Existing {
	if e := r.Brief.Existing[field]; e != "" {
		return e
	}
	return tagroll.ExistingUse
}

// complete returns the file's words if they make a description unnecessary: photos that have title
// and keywords are to be skipped, or every field that is written is to be kept and is there.
func (r Rules) complete(g tagroll.Guide, f tagroll.Facts) (tagroll.Metadata, bool) {
	words := tagroll.Metadata{Title: f.Title, Description: f.Caption, Keywords: slices.Clone(f.Keywords)}
	enough := f.Title != "" && len(f.Keywords) >= max(g.Keywords.Min, 1)
	if !enough {
		return words, false
	}
	for _, field := range []string{Title, Keywords} {
		if e := r.existing(field); e != tagroll.ExistingSkip && (e != tagroll.ExistingKeep || len(g.Categories) > 0 && r.writes(Category)) {
			return words, false
		}
	}
	return words, true
}

func (r Rules) details(photo tagroll.Photo) tagroll.Details {
	if r.Details == nil {
		return tagroll.Details{}
	}
	return r.Details(photo)
}

// writes reports whether the brief asks for a field.
func (r Rules) writes(field string) bool {
	return len(r.Brief.Only) == 0 || slices.Contains(r.Brief.Only, field)
}

// narrow makes of what the agencies ask for what the photographer asks for.
func (r Rules) narrow(g tagroll.Guide) tagroll.Guide {
	b := r.Brief
	if b.Language != "" {
		g.Language = b.Language
	}
	g.Title.NoCommas = g.Title.NoCommas || b.Title.NoCommas
	around := utf8.RuneCountInString(b.Title.Prefix) + utf8.RuneCountInString(b.Title.Suffix)
	if b.Title.Max > 0 {
		g.Title.Ask = least(g.Title.Ask, b.Title.Max)
	}
	if g.Title.Ask > 0 {
		g.Title.Ask = max(g.Title.Ask-around, 1)
	}
	own := len(b.Keywords.Require)
	if b.Keywords.Max > 0 {
		g.Keywords.AskMax = max(b.Keywords.Max-own, 1)
		g.Keywords.AskMin = min(g.Keywords.AskMin, g.Keywords.AskMax)
		g.Keywords.Min = min(g.Keywords.Min, g.Keywords.AskMax)
	}
	if b.Keywords.Min > 0 {
		g.Keywords.AskMin = max(b.Keywords.Min-own, 1)
		g.Keywords.AskMax = max(g.Keywords.AskMax, g.Keywords.AskMin)
	}
	if len(b.Keywords.Vocabulary) > 0 {
		g.Keywords.AskMin, g.Keywords.Min = 1, 1 // a small vocabulary may hold few that fit
	}
	g.Only = b.Only
	return g
}

// least is the smaller of two limits, of which zero is none.
func least(a, b int) int {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}
