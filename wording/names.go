package wording

import (
	_ "embed"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/place"
)

// unsupported returns the names in a text that nothing supports: neither the brief nor the file nor
// the folder's name holds them.
func (r Rules) unsupported(photo tagroll.Photo, f tagroll.Facts, text string) []string {
	if language := r.Brief.Language; language != "" && language != "English" {
		return nil // other languages begin common words with capitals
	}
	var names []string
	var known string
	for _, name := range properNames(text) {
		if known == "" {
			known = " " + keyOf(r.knownNames(photo, f)) + " "
		}
		if !allIn(known, keyOf(name)) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// knownNames is all that may hold a name: what the photographer says, what the file says, and the
// names of the file and its folder.
func (r Rules) knownNames(photo tagroll.Photo, f tagroll.Facts) string {
	folder := path.Base(path.Dir(strings.ReplaceAll(photo.Path, `\`, "/")))
	return strings.Join(slices.Concat([]string{
		r.Brief.Context, photo.Context, r.Brief.Title.Prefix, r.Brief.Title.Suffix, photo.Name, folder,
		f.Title, f.Caption, f.Place.Location, f.Place.City, f.Place.Region, f.Place.Country,
	}, f.Keywords, r.Brief.Keywords.Require), " ")
}

// allIn reports whether each word of a key is among the known ones: "Sintra Portugal" is known
// where both words are.
func allIn(known, key string) bool {
	for word := range strings.SplitSeq(key, " ") {
		if !strings.Contains(known, " "+word+" ") {
			return false
		}
	}
	return true
}

// properNames returns the names in an English text: runs of words with a capital that are neither
// the first of a sentence nor ordinary words. The first word counts if it is a well-known place, a
// given name or the genus of a Latin name. Where every word has a capital, only well-known places
// and persons with a given name can be told.
func properNames(text string) (names []string) {
	for _, sentence := range sentences(text) {
		words := capitalWords(sentence)
		markOrdinary(words)
		if titleCased(words) {
			names = append(names, knownNamesIn(words)...)
		} else {
			names = append(names, namesIn(words)...)
		}
	}
	return names
}

// textWord is a word of a text as it is written.
type textWord struct {
	text     string // without the marks around it and a possessive s
	key      string // lower case without accents
	capital  bool   // written like a name
	ordinary bool   // a capital says nothing
	phrase   int    // words of the ordinary phrase that the word is part of
	last     bool   // a mark ends what is said: the next word belongs to another name
}

func capitalWords(sentence []string) []textWord {
	words := make([]textWord, 0, len(sentence))
	for _, w := range sentence {
		trimmed := strings.TrimFunc(w, isPunctuation)
		bare := strings.TrimSuffix(strings.TrimSuffix(trimmed, "'s"), "’s")
		if bare == "" {
			if len(words) > 0 {
				words[len(words)-1].last = true // a dash, for example
			}
			continue
		}
		ends := strings.TrimRightFunc(w, isPunctuation) != w || bare != trimmed
		words = append(words, textWord{text: bare, key: plain(bare), capital: isCapital(bare), last: ends})
	}
	return words
}

// markOrdinary marks words and phrases of the list of ordinary ones, the longest first.
func markOrdinary(words []textWord) {
	list := nameLists()
	for i := range words {
		for n := min(list.longest, len(words)-i); n > 0; n-- {
			if list.has(list.ordinary, words[i:i+n]) {
				for k := i; k < i+n; k++ {
					words[k].ordinary, words[k].phrase = true, max(words[k].phrase, n)
				}
				break
			}
		}
		if !words[i].ordinary {
			words[i].ordinary = ordinaryParts(words[i].text) || attribute(words[i:]) || served(words, i)
		}
	}
	markPlaces(words)
}

// markPlaces takes the mark from the words of well-known places of several words, which may be
// ordinary by themselves: "Scottish Highlands". A longer ordinary phrase stays: "Black Forest
// cake".
func markPlaces(words []textWord) {
	for i := range words {
		for n := min(4, len(words)-i); n > 1; n-- {
			longer := slices.ContainsFunc(words[i:i+n], func(w textWord) bool { return w.phrase > n })
			if !longer && words[i].capital && words[i+n-1].capital && nameLists().places[joinKeys(words[i:i+n])] {
				for k := i; k < i+n; k++ {
					words[k].ordinary = !words[k].capital
				}
				break
			}
		}
	}
}

// served reports whether a place stands for what comes from there: "a glass of Bordeaux".
func served(words []textWord, i int) bool {
	return i >= 2 && words[i-1].key == "of" && containers[agency.Stem(words[i-2].key)] && isPlace(words[i].text)
}

// containers are what food and drink come in.
var containers = wordSet("glass bottle cup bowl plate slice piece wheel pint mug jug carafe decanter barrel cask sip shot tin jar wedge block")

// attribute reports whether the first word says of what kind the second is: a dish, a plant or a
// breed with a name ("Hass avocado"), or anything with an adjective of a place ("Oaxacan rug").
func attribute(words []textWord) bool {
	if len(words) < 2 || words[1].capital || nameLists().given[words[0].key] {
		return false
	}
	adjective := slices.ContainsFunc([]string{"ian", "ican", "acan", "ese", "ish", "esque"}, func(ending string) bool {
		return len(words[0].key) > len(ending)+3 && strings.HasSuffix(words[0].key, ending)
	})
	noun := agency.Stem(words[1].key)
	return adjective || kinds[noun] || living[noun] && !isPlace(words[0].text)
}

// kinds are nouns whose kinds have names of their own.
var kinds = wordSet(`apple avocado bean beer bread bun cabbage cake cattle chart cheese chilli coffee collar curry diagram disease
	dressing fig fir grape ham hound knot lily maple massage melon mixture mustard noodle olive onion orange palm pear pepper pine
	plum porcelain potato pudding pumpkin retriever rice rose salad salt sauce sausage scale schnitzel screw setter soda soup
	biscuit brandy cookie cracker gin granola liqueur muesli pastry pie rum tart vodka
	spaniel stew sushi syndrome tea terrier test tomato tulip vinegar whisky whiskey wine wrench yogurt`)

// living are animals, plants and devices that are named after persons: "Joshua tree". A place
// before one says where the picture was taken ("Yellowstone wolf").
var living = wordSet(`antelope bat bear beetle butterfly cactus cattle cedar chameleon cow crane crow cypress deer dolphin dove duck eagle elk engine
	falcon fern finch fly fox frog gazelle gecko generator gibbon goat goose gorilla gull hare hawk hen heron horse hummingbird ibis iguana
	ivy jay kite lemur lizard lynx macaque monkey moss moth newt oak orchid oriole otter owl parrot penguin petrel pheasant pigeon pony
	porpoise salamander seal shark sheep shrew skink snake sparrow spruce squirrel starling stork swallow swan tern toad tortoise tree
	turtle viper vulture warbler wasp whale willow wolf woodpecker wren zebra`)

// ordinaryParts reports whether a word with hyphens holds no part that is a name: "U-shaped",
// "German-style".
func ordinaryParts(word string) bool {
	parts := strings.Split(word, "-")
	if len(parts) == 1 {
		return false
	}
	return !slices.ContainsFunc(parts, func(part string) bool { return isCapital(part) && !nameLists().ordinary[plain(part)] })
}

func joinKeys(words []textWord) string {
	keys := make([]string, len(words))
	for i, w := range words {
		keys[i] = w.key
	}
	return strings.Join(keys, " ")
}

// titleCased reports whether the words behind the first are written as in headlines. Two names in a
// short text look alike.
func titleCased(words []textWord) bool {
	capitals, small := 0, 0
	for _, w := range words[min(1, len(words)):] {
		switch {
		case lowerInTitles[w.text] || connecting[w.text] || particles[w.text]:
		case w.capital:
			capitals++
		case strings.ToLower(w.text) == w.text:
			small++
		}
	}
	return capitals > 0 && (small == 0 || capitals >= 5 && capitals >= 4*small)
}

// connecting are the words that some headlines leave small beside those of title case.
var connecting = wordSet(`is are its his her their via per off out than vs while during near between under after before above
	against without through within along behind below beside`)

// particles are small words within names: "Rio de Janeiro".
var particles = wordSet("al da das de del della den der des di do dos du el la las le les lo los van von und y zu")

// namesIn returns the names of a sentence.
func namesIn(words []textWord) (names []string) {
	var run []string
	flush := func() {
		if len(run) > 0 {
			names = append(names, strings.Join(run, " "))
		}
		run = nil
	}
	for i, w := range words {
		named := w.capital && !w.ordinary && (i > 0 || beginsName(words))
		if !named {
			flush()
			continue
		}
		run = append(run, w.text)
		if w.last {
			flush()
		}
	}
	flush()
	return names
}

// beginsName reports whether a sentence begins with a name.
func beginsName(words []textWord) bool {
	first := words[0]
	if nameLists().given[first.key] || isPlace(first.text) {
		return true
	}
	for n := 2; n <= min(3, len(words)); n++ {
		if nameLists().places[joinKeys(words[:n])] {
			return true
		}
	}
	return len(words) > 1 && latinName(first.key, words[1].text)
}

// knownNamesIn returns the well-known places, and persons with a given name, of a text in title
// case.
func knownNamesIn(words []textWord) (names []string) {
	for i := 0; i < len(words); i++ {
		if !words[i].capital || words[i].ordinary {
			continue
		}
		for n := min(4, len(words)-i); n > 0; n-- {
			text := textOf(words[i : i+n])
			person := n == 2 && !words[i].last && nameLists().given[words[i].key] && words[i+1].capital
			if isPlace(text) || n > 1 && nameLists().places[joinKeys(words[i:i+n])] || person {
				names = append(names, text)
				i += n - 1
				break
			}
		}
	}
	return names
}

func textOf(words []textWord) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}

func isPlace(name string) bool { return place.IsName(name) || nameLists().places[plain(name)] }

// latinName reports whether two words are a genus and a species, such as "Falco tinnunculus".
// Endings tell Latin; words that English has taken over are none.
func latinName(genus, species string) bool {
	ends := func(w string, endings ...string) bool {
		return slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(w, e) })
	}
	return len(genus) > 3 && len(species) > 4 && species == strings.ToLower(species) && !englishLatin[genus] && !englishLatin[species] &&
		ends(genus, "us", "a", "um", "is", "o", "as", "yx", "ys", "ops", "ix", "er") && !ends(genus, "ous") &&
		ends(species, "us", "um", "is", "ii", "ensis", "ica", "oides", "iana", "ata", "ella", "orum", "ea") && !ends(species, "ous")
}

// englishLatin are English words that end like Latin ones.
var englishLatin = wordSet(`album alumnus analysis aquarium arena asylum atrium auditorium axis basis bonus bus cactus campus
	caucus census chassis chorus chrysanthemum circus citrus clematis consensus corpus crisis crocus curriculum data debris
	delphinium diagnosis discus emphasis equilibrium eucalyptus exodus fabrica focus forum fungus gallus genius geranium gladiolus
	gymnasium hibiscus hippopotamus humus hypnosis iris kleenex logica lotus lupus maximum medium millennium minimum minus momentum
	museum narcissus nasturtium nautilus nexus nucleus oasis octopus opium opossum optimum opus papyrus pelvis penis petroleum
	piata planetarium platinum platypus plexus plus podium premium prospectus quantum radius replica ruckus sanatorium scrum
	solarium spectrum stadium status stimulus stratum surplus symposium synopsis syllabus tantrum tennis terminus thesis
	thymus titanium trellis uterus vacuum venus versus virus walrus yoga yogis thus plus focus us this sinus sodium aluminium
	calcium helium lithium uranium potassium magnesium metropolis acropolis necropolis apus sonata cantata regatta ricotta
	frittata piata strata errata area chelsea cornea guinea idea nausea panacea trachea`)

// nameList is names.txt, ready to be asked.
type nameList struct {
	ordinary, given, places map[string]bool
	longest                 int // words of an ordinary phrase
}

// has reports whether a set has the phrase, or its singular where the plural has another vowel
// ("geese").
func (l nameList) has(set map[string]bool, words []textWord) bool {
	if set[joinKeys(words)] {
		return true
	}
	last := len(words) - 1
	singular := textWord{key: agency.Stem(words[last].key)}
	return last > 0 && singular.key != words[last].key && set[joinKeys(append(slices.Clone(words[:last]), singular))]
}

//go:embed names.txt
var namesText string

var nameLists = sync.OnceValue(func() nameList {
	list := nameList{ordinary: make(map[string]bool), given: make(map[string]bool), places: make(map[string]bool)}
	sections := map[string]map[string]bool{"[ordinary]": list.ordinary, "[given]": list.given, "[places]": list.places}
	var section map[string]bool
	for line := range strings.Lines(namesText) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			continue
		}
		if sections[line] != nil {
			section = sections[line]
			continue
		}
		for entry := range strings.SplitSeq(line, ",") {
			key := joinKeys(capitalWords(strings.Fields(entry)))
			if key != "" {
				section[key] = true
			}
		}
	}
	for key := range list.ordinary {
		list.longest = max(list.longest, strings.Count(key, " ")+1)
	}
	addPlurals(list.ordinary)
	return list
})

// addPlurals adds the plural of each entry.
func addPlurals(entries map[string]bool) {
	var plurals []string
	for key := range entries {
		switch {
		case strings.HasSuffix(key, "y") && !strings.HasSuffix(key, "ey"):
			plurals = append(plurals, key[:len(key)-1]+"ies", key+"s")
		case strings.HasSuffix(key, "ch"), strings.HasSuffix(key, "s"), strings.HasSuffix(key, "x"), strings.HasSuffix(key, "sh"):
			plurals = append(plurals, key+"es")
		default:
			plurals = append(plurals, key+"s")
		}
	}
	for _, key := range plurals {
		entries[key] = true
	}
}

// sentences splits a text at the marks that a capital follows anyway, into words.
func sentences(text string) (list [][]string) {
	var sentence []string
	for _, w := range strings.Fields(text) {
		sentence = append(sentence, w)
		if end := strings.TrimRight(w, `"'”’)`); strings.HasSuffix(end, ":") || strings.HasSuffix(end, "!") || strings.HasSuffix(end, "?") ||
			strings.HasSuffix(end, ".") && utf8.RuneCountInString(end) > 3 {
			list, sentence = append(list, sentence), nil
		}
	}
	if len(sentence) > 0 {
		list = append(list, sentence)
	}
	return list
}

// plain returns a word in lower case without accents.
func plain(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return strings.ToLower(s)
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(strings.ReplaceAll(s, "’", "'")))
}

func isPunctuation(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

// isCapital reports whether a word is written like a name. Two capitals at its beginning, or within
// a few letters, are an abbreviation, such as "LED", "TVs" or "PhD".
func isCapital(w string) bool {
	first, size := utf8.DecodeRuneInString(w)
	second, _ := utf8.DecodeRuneInString(w[size:])
	if !unicode.IsUpper(first) || size == len(w) || unicode.IsUpper(second) || unicode.IsDigit(second) {
		return false
	}
	return utf8.RuneCountInString(w) > 4 || !strings.ContainsFunc(w[size:], unicode.IsUpper)
}

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}
