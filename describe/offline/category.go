package offline

import (
	_ "embed"
	"strings"

	"github.com/tagroll/tagroll"
)

//go:embed vocabulary.txt
var vocabularyText string

// vocabulary gives words, in singular and plural, their category.
var vocabulary = func() map[string]tagroll.Category {
	m := map[string]tagroll.Category{}
	for line := range strings.Lines(vocabularyText) {
		name, words, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		category, ok := tagroll.ParseCategory(name)
		if !ok {
			panic("offline: the vocabulary names no category: " + name)
		}
		for w := range strings.FieldsSeq(words) {
			m[w], m[plural(w)] = category, category
		}
	}
	return m
}()

// irregular are plurals that no rule makes.
var irregular = map[string]string{
	"man": "men", "woman": "women", "businessman": "businessmen", "businesswoman": "businesswomen", "child": "children",
	"person": "persons", "mouse": "mice", "goose": "geese", "wolf": "wolves", "calf": "calves", "leaf": "leaves",
	"potato": "potatoes", "tomato": "tomatoes", "cactus": "cacti", "fish": "fish", "sheep": "sheep", "deer": "deer",
}

func plural(w string) string {
	if p, ok := irregular[w]; ok {
		return p
	}
	stem, last := w[:len(w)-1], w[len(w)-1]
	switch {
	case last == 'y' && !strings.ContainsRune("aeiou", rune(stem[len(stem)-1])):
		return stem + "ies"
	case last == 's', last == 'x', strings.HasSuffix(w, "ch"), strings.HasSuffix(w, "sh"):
		return w + "es"
	}
	return w + "s"
}

// Thresholds in thousandths of the picture from which looks alone decide the
// category. Below them a green wall or a house between trees could be meant.
const (
	mostlyGreenery = 550
	openSky        = 200
	openLand       = 300
	openBoth       = 850
)

// categoryOf decides the category by words, then by looks. A word of the title
// or the file name counts more than a keyword, and an early keyword more than a
// late one; between equals the word that came first decides.
func categoryOf(t texts, l look) tagroll.Category {
	votes := map[tagroll.Category]int{}
	var order []tagroll.Category
	vote := func(text string, weight int) {
		for _, w := range split(strings.ToLower(text)) {
			c, ok := vocabulary[w]
			if !ok {
				continue
			}
			if votes[c] == 0 {
				order = append(order, c)
			}
			votes[c] += weight
		}
	}
	vote(t.title, 4)
	vote(strings.Join(t.words, " "), 4)
	for i, k := range t.keywords {
		vote(k, max(1, 3-i/5))
	}
	if len(order) > 0 {
		best := order[0]
		for _, c := range order {
			if votes[c] > votes[best] {
				best = c
			}
		}
		return best
	}
	switch {
	case l.greenery >= mostlyGreenery:
		return "Plants and Flowers"
	case l.sky >= openSky && l.greenery >= openLand && l.sky+l.greenery >= openBoth:
		return "Landscapes"
	}
	return "Graphic Resources"
}
