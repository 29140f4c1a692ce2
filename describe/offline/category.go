package offline

import (
	_ "embed"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/tagroll/tagroll"
)

//go:embed vocabulary.txt
var vocabularyText string

// vocabulary maps words, in singular and plural, to their category. Most commands need none, so the
// text is read on first use.
var vocabulary = sync.OnceValue(func() map[string]tagroll.Category {
	m, err := readVocabulary(vocabularyText)
	if err != nil {
		panic(err) // the text is part of the program
	}
	return m
})

// readVocabulary reads lines that either name a category, with a colon behind it, or
// hold words of the category named last. A word belongs to one category only.
func readVocabulary(text string) (map[string]tagroll.Category, error) {
	words := map[string]tagroll.Category{}
	var category tagroll.Category
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutSuffix(line, ":"); ok {
			if category, ok = tagroll.ParseCategory(name); !ok {
				return nil, fmt.Errorf("offline: the vocabulary has words for %q, which is no category", name)
			}
			continue
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		for w := range strings.FieldsSeq(line) {
			if words[w] != "" || category == "" {
				return nil, fmt.Errorf("offline: the vocabulary has the word %q twice or without a category", w)
			}
			words[w] = category
		}
	}
	plurals := map[string]tagroll.Category{}
	for w, c := range words {
		p := plural(w)
		if words[p] != "" {
			continue
		}
		if other := plurals[p]; other != "" && other != c {
			return nil, fmt.Errorf("offline: the vocabulary has two categories for %q", p)
		}
		plurals[p] = c
	}
	maps.Copy(words, plurals)
	return words, nil
}

// irregular are plurals that no rule makes.
var irregular = map[string]string{
	"man": "men", "woman": "women", "businessman": "businessmen", "businesswoman": "businesswomen", "child": "children",
	"person": "persons", "mouse": "mice", "goose": "geese", "wolf": "wolves", "calf": "calves", "leaf": "leaves",
	"potato": "potatoes", "tomato": "tomatoes", "mango": "mangoes", "volcano": "volcanoes", "mosquito": "mosquitoes",
	"loaf": "loaves", "cactus": "cacti", "fungus": "fungi", "fish": "fish", "sheep": "sheep", "deer": "deer",
	"gentleman": "gentlemen", "salesman": "salesmen", "grandchild": "grandchildren",
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

// categoryOf decides the category by words, then by looks. A word of the title or the file name
// counts more than a keyword, an early keyword more than a late one, and all more than the caption;
// between equals the word that came first decides. Of known words in a row only the last counts,
// which says what the whole is: a beach house is a house.
func categoryOf(t texts, l look) tagroll.Category {
	votes := map[tagroll.Category]int{}
	var order []tagroll.Category
	vote := func(text string, weight int) {
		words := split(strings.ToLower(text))
		for i, w := range words {
			c := vocabulary()[w]
			if c == "" || i+1 < len(words) && vocabulary()[words[i+1]] != "" {
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
	vote(t.caption, 1)
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
