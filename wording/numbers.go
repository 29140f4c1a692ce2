package wording

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// numbers says how the nouns of a language form their plural, as far as keywords need: the
// indefinite plural of the first case, and forms of adjectives where these end like nouns.
//
// An ending alone does not tell which word a plural belongs to: Polish "listy" may be letters
// ("list") or lists ("lista"). Hence two words count as one only if the rules make one of the
// other. What they have in common without their endings does not count, so that "list" and "lista"
// stay two. Stemmers of search engines make one of these (wording/stems_test.go has more such
// pairs).
type numbers struct {
	// endings are pairs: an ending of the plural, and what stands in its place in the singular.
	endings []string
	// irregular holds singulars by their plurals.
	irregular map[string]string
	// never holds words that look like the plural of another word and mean something else.
	never map[string]bool
	// vary returns what a singular that an ending has led to may really be, such as one with
	// another vowel. Default: that singular.
	vary func(singular, ending string) []string
	// plurals returns what may be the plurals of a word, for a language in which the singular
	// tells more than the plural. It counts in place of the endings.
	plurals func(w string) []string
}

// otherNumbers returns the words that a word in lower case may be in its other number.
func (l language) otherNumbers(w string) []string {
	n := grammar[l]
	if n == nil || n.never[w] {
		return nil
	}
	if singular := n.irregular[w]; singular != "" {
		return []string{singular}
	}
	var found []string
	add := func(forms ...string) {
		for _, f := range forms {
			if f != w && !slices.Contains(found, f) {
				found = append(found, f)
			}
		}
	}
	if n.plurals != nil {
		add(n.plurals(w)...)
	}
	for i := 0; i+1 < len(n.endings); i += 2 {
		stem, ok := strings.CutSuffix(w, n.endings[i])
		singular := stem + n.endings[i+1]
		switch {
		case !ok || stem == "" || utf8.RuneCountInString(singular) < 2:
		case n.vary != nil:
			add(n.vary(singular, n.endings[i])...)
		default:
			add(singular)
		}
	}
	return found
}

// mostForms bounds the forms of a phrase: a longer one counts as it is written.
const mostForms = 32

// forms returns the key of a text's words, and the keys with some of the words in another number.
func (l language) forms(parts []string) (key string, others []string) {
	key = strings.Join(parts, " ")
	if grammar[l] == nil {
		return key, nil
	}
	all := []string{""}
	for i, w := range parts {
		var longer []string
		for _, begin := range all {
			if i > 0 {
				begin += " "
			}
			longer = append(longer, begin+w)
			for _, other := range l.otherNumbers(w) {
				longer = append(longer, begin+other)
			}
		}
		if all = longer; len(all) > mostForms {
			return key, nil
		}
	}
	return key, all[1:] // the first one is the key
}

// index finds values by texts, in whatever number their words are.
type index[V any] struct {
	language language
	own      map[string]V // by the key of the text
	others   map[string]V // by keys with words in another number
}

func newIndex[V any](l language, size int) *index[V] {
	return &index[V]{language: l, own: make(map[string]V, size), others: make(map[string]V)}
}

// put adds a value, unless there is one of the same text. It returns the number of words.
func (x *index[V]) put(text string, v V) (words int) {
	parts := x.language.stems(text)
	key, others := x.language.forms(parts)
	if key == "" {
		return 0
	}
	putNew(x.own, key, v)
	for _, o := range others {
		putNew(x.others, o, v)
	}
	return len(parts)
}

func putNew[V any](m map[string]V, key string, v V) {
	if _, there := m[key]; !there {
		m[key] = v
	}
}

// find returns the value of a text that counts as the same as this one.
func (x *index[V]) find(text string) (V, bool) { return x.findWords(x.language.stems(text)) }

func (x *index[V]) has(text string) bool {
	_, found := x.find(text)
	return found
}

// findWords is find for words that are stems already.
func (x *index[V]) findWords(parts []string) (v V, found bool) {
	key, others := x.language.forms(parts)
	if v, found = x.own[key]; found {
		return v, true
	}
	for _, o := range others {
		if v, found = x.own[o]; found {
			return v, true
		}
	}
	v, found = x.others[key]
	return v, found
}
