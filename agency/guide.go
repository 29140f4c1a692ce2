package agency

import (
	"slices"
	"sync"

	"github.com/tagroll/tagroll"
)

// categoryMeanings are the categories with what belongs to each, in the order of
// tagroll.Categories. A defect in embedded data is found by this package's tests, hence the panics.
var categoryMeanings = sync.OnceValue(func() []tagroll.CategoryGuide {
	text, err := data.ReadFile("data/categories.json")
	if err != nil {
		panic(err)
	}
	var file struct {
		Name       string   `json:"name"`
		AsOf       string   `json:"as_of"`
		Note       string   `json:"note"`
		Sources    []string `json:"sources"`
		Categories []struct {
			Name    tagroll.Category `json:"name"`
			Meaning string           `json:"meaning"`
		} `json:"categories"`
	}
	if err := decodeStrict(text, &file); err != nil {
		panic(err)
	}
	var guides []tagroll.CategoryGuide
	for _, c := range file.Categories {
		guides = append(guides, tagroll.CategoryGuide(c))
	}
	return guides
})

// Guide is what the agencies ask of a photo's words, in numbers. One answer serves all agencies, so
// where they differ in a limit the guide has the narrowest, and where they differ in how many
// keywords to ask for the guide has the most: agencies that take fewer cut the least relevant.
// Accents are left out of the words only if no agency takes them; [Agency.Fit] leaves them out for
// one of several. Without agencies the guide is the zero Guide.
func (s Set) Guide() tagroll.Guide {
	var g tagroll.Guide
	refuseAccents := len(s) > 0
	for _, a := range s {
		r := a.rules
		g.Title.Ask = narrower(g.Title.Ask, narrower(r.Title.WarnAbove, r.Title.Max))
		g.Title.Max = narrower(g.Title.Max, r.Title.Max)
		g.Title.MinWords = max(g.Title.MinWords, r.Title.MinWords)
		g.Title.MaxWords = narrower(g.Title.MaxWords, r.Title.MaxWords)
		g.Title.NoCommas = g.Title.NoCommas || r.Title.NoCommas

		if d := r.Description; d.Wanted {
			g.Description.Wanted = true
			g.Description.Ask = narrower(g.Description.Ask, narrower(d.WarnAbove, d.Max))
			g.Description.Max = narrower(g.Description.Max, d.Max)
			g.Description.Min = max(g.Description.Min, d.Min)
		}

		k := r.Keywords
		g.Keywords.Min = max(g.Keywords.Min, k.Min)
		g.Keywords.Max = narrower(g.Keywords.Max, narrower(k.Keep, k.Max))
		g.Keywords.AskMin = max(g.Keywords.AskMin, k.AskMin)
		g.Keywords.AskMax = max(g.Keywords.AskMax, k.AskMax)
		g.Keywords.Leading = max(g.Keywords.Leading, k.Leading)
		g.Keywords.TitleWords = g.Keywords.TitleWords || k.IncludeTitleWords

		if r.Category != nil {
			g.Categories = categoryMeanings()
		}
		if r.CSV != nil && slices.ContainsFunc(r.CSV.Columns, column.ofRelease) {
			g.Recognizable = true
		}
		if g.Language == "" {
			g.Language = r.Language
		}
		refuseAccents = refuseAccents && r.Text.Accents != ""
	}
	g.PlainLetters = refuseAccents
	if g.Description.Ask > 0 {
		g.Description.Min = min(g.Description.Min, g.Description.Ask)
	}
	g.Title.MinWords = min(g.Title.MinWords, narrower(g.Title.MinWords, g.Title.MaxWords))
	g.Keywords.AskMax = narrower(g.Keywords.AskMax, g.Keywords.Max)
	if g.Keywords.AskMax > 0 {
		g.Keywords.AskMin = min(g.Keywords.AskMin, g.Keywords.AskMax)
	}
	return g
}

// narrower is the smaller of two limits, of which zero is none.
func narrower(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// Guide is what the agency asks of a photo's words.
func (a *Agency) Guide() tagroll.Guide { return Set{a}.Guide() }
