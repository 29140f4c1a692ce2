package describe

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tagroll/tagroll"
)

// Version names the template of the instructions and the form of the question. Answers to another
// version differ, so Version changes with either. Describers that use this package give it as
// [tagroll.DescriberInfo].Prompt. What the agencies ask for has a version of its own,
// [tagroll.Guide.Version].
const Version = "v2"

//go:embed prompt/v2.md
var promptText string

var prompt = sync.OnceValue(func() template { return mustParse(promptText) })

// Instructions returns the system message for what the guide asks for. It is the same
// for every photo of a batch and longer than 1,024 tokens, so that providers that cache
// the beginning of a prompt charge less for it from the second photo on
// (https://platform.openai.com/docs/guides/prompt-caching). For the same reason
// it must come first, and the image last.
func Instructions(g tagroll.Guide) string {
	var b strings.Builder
	d := promptData{orGeneral(g)}
	prompt().write(&b, d, d)
	return b.String()
}

// Tokens is about how many tokens a text of this package has. One token was 4.367 bytes in 2026
// with the encoding o200k_base, that of OpenAI's models since gpt-4o. Other tokenizers
// differ by some ten percent.
func Tokens(text string) int { return (len(text)*1000 + 4366) / 4367 }

// orGeneral gives the zero guide the categories to choose from.
func orGeneral(g tagroll.Guide) tagroll.Guide {
	if g.IsZero() {
		for _, c := range tagroll.Categories() {
			g.Categories = append(g.Categories, tagroll.CategoryGuide{Name: c})
		}
	}
	if g.Language == "" {
		g.Language = "English"
	}
	return g
}

// recognizable is the field of what may need a release.
const recognizable = "recognizable"

// recognizableHint says what stands in the field.
const recognizableHint = `"recognizable" holds "people" if somebody who knows a person in the picture could recognize them, ` +
	`"property" if a private building, a work of art or another thing with an owner's rights is the subject, both, or nothing`

// promptData is a guide with the phrases that the template needs.
type promptData struct{ tagroll.Guide }

// fieldNames are the answer's fields in their order.
func fieldNames(g tagroll.Guide) []string {
	names := []string{"title"}
	if g.Description.Wanted {
		names = append(names, "description")
	}
	names = append(names, "keywords")
	if len(g.Categories) > 0 {
		names = append(names, "category")
	}
	if g.Recognizable {
		names = append(names, recognizable)
	}
	if len(g.Only) == 0 {
		return names
	}
	chosen := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !slices.Contains(g.Only, name) })
	if len(chosen) == 0 {
		return names // nothing that is chosen is wanted by an agency
	}
	return chosen
}

// Writes reports whether the answer has a field.
func (d promptData) Writes(field string) bool { return slices.Contains(fieldNames(d.Guide), field) }

// list joins words as a sentence does.
func list(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// Fields names the answer's fields: "title", "keywords" and "category".
func (d promptData) Fields() string {
	var quoted []string
	for _, name := range fieldNames(d.Guide) {
		quoted = append(quoted, `"`+name+`"`)
	}
	return list(quoted)
}

// Parts names what is written: a title, keywords and a category.
func (d promptData) Parts() string {
	var parts []string
	for _, name := range fieldNames(d.Guide) {
		if name == recognizable {
			continue // a fact, and not written
		}
		if name != "keywords" {
			name = "a " + name
		}
		parts = append(parts, name)
	}
	return list(parts)
}

// Form shows an answer.
func (d promptData) Form() string {
	var members []string
	for _, name := range fieldNames(d.Guide) {
		value := `"..."`
		switch name {
		case "keywords":
			value = `["...", "..."]`
		case recognizable:
			value = "[]"
		}
		members = append(members, fmt.Sprintf("%q: %s", name, value))
	}
	form := "{" + strings.Join(members, ", ") + "}"
	if d.Writes(recognizable) {
		form += "\n\nHere " + recognizableHint + "."
	}
	return form
}

// Count begins the sentence on the number of keywords; empty if any number will do.
func (d promptData) Count() string {
	switch k := d.Keywords; {
	case k.AskMin > 0 && k.AskMax > 0:
		return fmt.Sprintf("Between %d and %d", k.AskMin, k.AskMax)
	case k.AskMax > 0:
		return fmt.Sprintf("At most %d", k.AskMax)
	case k.AskMin > 0:
		return fmt.Sprintf("At least %d", k.AskMin)
	}
	return ""
}

// Range is the number of keywords to ask for; empty if any number will do.
func (d promptData) Range() string { return keywordRange(d.Guide) }

func keywordRange(g tagroll.Guide) string {
	switch k := g.Keywords; {
	case k.AskMin > 0 && k.AskMax > 0:
		return fmt.Sprintf("%d to %d", k.AskMin, k.AskMax)
	case k.AskMax > 0:
		return fmt.Sprintf("at most %d", k.AskMax)
	case k.AskMin > 0:
		return fmt.Sprintf("at least %d", k.AskMin)
	}
	return ""
}

// Leading is how many keywords weigh most, in words where prose has them; empty if not known.
func (d promptData) Leading() string {
	n := d.Keywords.Leading
	words := []string{"", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
	if n < len(words) {
		return words[n]
	}
	return fmt.Sprint(n)
}

// TitleCheck is what the model is to check of the title, followed by a comma; empty if nothing.
func (d promptData) TitleCheck() string {
	var parts []string
	if d.Title.Ask > 0 && d.Writes("title") {
		parts = append(parts, fmt.Sprintf("at most %d characters", d.Title.Ask))
	}
	if d.Title.NoCommas && d.Writes("title") {
		parts = append(parts, "no comma")
	}
	if len(parts) == 0 {
		return ""
	}
	return "the title has " + strings.Join(parts, " and ") + ", "
}
