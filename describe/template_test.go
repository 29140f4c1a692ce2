package describe

import (
	"strings"
	"testing"
	texttemplate "text/template"

	"github.com/tagroll/tagroll"
)

// The prompt is written as text/template writes it, for guides that take every branch.
func TestTemplateIsThatOfTheStandardLibrary(t *testing.T) {
	standard := texttemplate.Must(texttemplate.New("prompt").Parse(promptText))
	var guides []tagroll.Guide
	for n := range 1 << 9 {
		bit := func(i int) int { return n >> i & 1 }
		g := tagroll.Guide{Title: tagroll.TitleGuide{Ask: 70 * bit(0), NoCommas: bit(0) == 0, MinWords: 3 * bit(1), MaxWords: 8 * bit(2)}}
		g.Description = tagroll.DescriptionGuide{Wanted: bit(3) == 1, Ask: 200 * bit(1), Min: 50 * bit(2)}
		g.Keywords = tagroll.KeywordGuide{AskMin: 25 * bit(4), AskMax: 40 * bit(5), Leading: 10 * bit(6), TitleWords: bit(6) == 1}
		if bit(7) == 1 {
			g.Categories = []tagroll.CategoryGuide{{Name: "Food", Meaning: "what people eat"}, {Name: "Travel"}}
		}
		g.PlainLetters = bit(8) == 1
		if bit(4) == bit(8) {
			g.Only = []string{"keywords"}
		}
		guides = append(guides, g)
	}
	for _, g := range append(guides, tagroll.Guide{}) {
		var want strings.Builder
		if err := standard.Execute(&want, promptData{orGeneral(g)}); err != nil {
			t.Fatal(err)
		}
		if got := Instructions(g); got != want.String() {
			t.Fatalf("for %+v it is\n%s\ninstead of\n%s", g, got, want.String())
		}
	}
}
