package agency

import "strings"

// notPlural are words that end like a plural and are none, or whose plural means something else.
var notPlural = wordSet(`always arms atlas bias bus campus canvas chaos christmas corps cosmos
	customs gas genius glasses goods iris jeans kansas lens mars means minus mathematics news oasis olympus
	paris pants physics plus politics series shorts species spirits status tennis texas thanks virus woods works`)

// irregular are plurals that no ending tells.
var irregular = map[string]string{
	"children": "child", "feet": "foot", "geese": "goose", "knives": "knife", "leaves": "leaf", "lives": "life", "loaves": "loaf",
	"men": "man", "mice": "mouse", "people": "person", "shelves": "shelf", "teeth": "tooth", "wives": "wife", "wolves": "wolf",
	"women": "woman", "halves": "half", "calves": "calf", "scarves": "scarf", "thieves": "thief", "oxen": "ox",
}

// notVerb are nouns that end like a form of a verb and are not another form of the word that is
// left.
var notVerb = wordSet(`blessing building clothing coming crossing drawing dressing dwelling evening farming feeling finding
	fishing flying greeting helping hiking housing king landing lightning lighting living lodging meaning meeting morning nothing
	offering opening outing painting parking planning reading ring saving setting shaving shopping sing skiing spring
	string swing thing training trimming understanding wedding wing writing being during ceiling darling
	bed bored breed feed hundred indeed naked need red reed rugged sacred seed shed sled speed steed united weed wicked wounded`)

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// Stem reduces an English word in lower case to what its singular and plural, and the forms of a
// verb, have in common: "dog" for "dogs", "run" for "running". It need not be a word.
//
// Only such endings go. The stemmers of search engines (Porter's, for one) go further and make one
// of "university" and "universe", of "news" and "new", of "organ" and "organic": as keywords these
// are two.
func Stem(w string) string {
	if base, ok := irregular[w]; ok {
		return base
	}
	if len(w) > 3 && !notPlural[w] {
		w = withoutPlural(w)
	}
	if len(w) > 4 && !notVerb[w] {
		w = withoutVerbEnding(w)
	}
	return w
}

func withoutPlural(w string) string {
	switch {
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"), strings.HasSuffix(w, "zzes"):
		return w[:len(w)-2]
	case strings.HasSuffix(w, "oes") && len(w) > 4:
		return w[:len(w)-2]
	case strings.HasSuffix(w, "ss"), strings.HasSuffix(w, "us"), strings.HasSuffix(w, "is"):
		return w
	}
	return strings.TrimSuffix(w, "s")
}

func withoutVerbEnding(w string) string {
	for _, ending := range []string{"ing", "ed"} {
		stem, ok := strings.CutSuffix(w, ending)
		if !ok || !strings.ContainsAny(stem, "aeiouy") || len(stem) < 3 {
			continue
		}
		if n := len(stem); n > 3 && stem[n-1] == stem[n-2] && !strings.ContainsAny(stem[n-1:], "lsz") {
			return stem[:n-1] // "running" doubles the n of "run"
		}
		if lostE(stem) {
			return stem + "e"
		}
		return stem
	}
	return w
}

// lostE reports whether the stem of a verb has lost an e before its ending: "bak" of "baking", but
// not "eat" of "eating". A short stem with one vowel before one consonant would have doubled the
// consonant otherwise.
func lostE(stem string) bool {
	const vowels = "aeiouy"
	n := len(stem)
	if strings.HasSuffix(stem, "c") || strings.HasSuffix(stem, "v") {
		return true // "dancing", "carving"
	}
	return strings.IndexAny(stem, vowels) == n-2 && n >= 3 && !strings.ContainsAny(stem[n-1:], vowels+"wx")
}

// stemKey is what tells a keyword from others: the stems of its words.
func stemKey(keyword string) string {
	var stems []string
	for _, t := range tokenize(keyword) {
		stems = append(stems, Stem(t.stem))
	}
	return strings.Join(stems, " ")
}
