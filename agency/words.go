package agency

import (
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tagroll/tagroll"
)

// word is a word or phrase of a word list.
type word struct {
	Word string `json:"word"`
	// Ambiguous words are ordinary words as well: certain only in front of one of
	// FollowedBy, otherwise doubtful if capitalised where it means something.
	Ambiguous  bool     `json:"ambiguous,omitempty"`
	FollowedBy []string `json:"followed_by,omitempty"`
	// Proper ambiguous words also name people or places, so that a capital proves nothing.
	Proper bool `json:"proper,omitempty"`
	// NotFollowedBy are words that make it harmless.
	NotFollowedBy []string `json:"not_followed_by,omitempty"`

	keys []string // of Word; nil for a word that is in no embedded list
}

// list is the JSON form of a word list.
type list struct {
	Name    string   `json:"name"`
	AsOf    string   `json:"as_of"`
	Note    string   `json:"note"`
	Sources []string `json:"sources"`
	Words   []word   `json:"words"`
}

// wordList reads the words of an embedded list.
func wordList(name string) ([]word, error) {
	l, err := readList(name)
	return l.Words, err
}

// lists are the embedded lists that were read, by name. Most agencies take the same ones, which are
// taken apart once.
var lists sync.Map

// readList returns an embedded list, which the caller must not change.
func readList(name string) (l list, err error) {
	if known, ok := lists.Load(name); ok {
		return known.(list), nil
	}
	if !namePattern.MatchString(name) {
		return l, configurationError(nil, "forbidden: there is no word list %q", name)
	}
	text, err := data.ReadFile(path.Join("data/words", name+".json"))
	if err != nil {
		return l, configurationError(err, "forbidden: there is no word list %q", name)
	}
	if err := decodeStrict(text, &l); err != nil {
		return l, configurationError(err, "the word list %q is not valid: %v", name, err)
	}
	for i, w := range l.Words {
		l.Words[i].keys = keys(w.Word)
	}
	lists.Store(name, l)
	return l, nil
}

// token is one word of a text: letters and digits, with apostrophes inside.
type token struct {
	start, end int    // bytes of the text
	key        string // lower case, without accents and apostrophes
	stem       string // key without a possessive s
}

// tokenize splits a text into words. Hyphens separate.
func tokenize(text string) []token {
	var tokens []token
	start := -1
	for pos, r := range text {
		inside := isWordRune(r)
		if start >= 0 && isApostrophe(r) {
			next, _ := utf8.DecodeRuneInString(text[pos+utf8.RuneLen(r):])
			inside = isWordRune(next)
		}
		if inside && start < 0 {
			start = pos
		}
		if !inside && start >= 0 {
			tokens = append(tokens, newToken(text, start, pos))
			start = -1
		}
	}
	if start >= 0 {
		tokens = append(tokens, newToken(text, start, len(text)))
	}
	return tokens
}

func newToken(text string, start, end int) token {
	key := fold(text[start:end])
	if !strings.ContainsAny(key, "'’") {
		return token{start: start, end: end, key: key, stem: key}
	}
	stem := key
	for _, possessive := range []string{"'s", "’s"} {
		stem = strings.TrimSuffix(stem, possessive)
	}
	return token{start: start, end: end, key: withoutApostrophes.Replace(key), stem: withoutApostrophes.Replace(stem)}
}

var withoutApostrophes = strings.NewReplacer("'", "", "’", "")

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

func isApostrophe(r rune) bool { return r == '\'' || r == '’' }

// fold returns s in lower case without accents, for comparison only.
func fold(s string) string {
	if isPlain(s) {
		return strings.ToLower(s)
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

// forbiddenWords is a forbidRule made ready for matching.
type forbiddenWords struct {
	rule    forbidRule
	source  string              // of the embedded list; empty without one
	byFirst map[string][]phrase // by the key of the first word
}

type phrase struct {
	keys []string
	word word
}

// compile reads the rule's words.
func (f forbidRule) compile() (forbiddenWords, error) {
	if !namePattern.MatchString(f.Rule) || f.Names == "" {
		return forbiddenWords{}, configurationError(nil, "forbidden %q: give the rule a name in lower case, and what it names", f.Rule)
	}
	if f.Severity == "" || !slices.Contains(severities, f.Severity) || !slices.Contains(severities, f.Doubtful) {
		return forbiddenWords{}, configurationError(nil, "forbidden %q: use error or warning as severity", f.Rule)
	}
	words, source := f.Words, ""
	if f.List != "" {
		l, err := readList(f.List)
		if err != nil {
			return forbiddenWords{}, err
		}
		words = slices.Concat(l.Words, words)
		source = fmt.Sprintf("word list %s of %s: %s", l.Name, l.AsOf, strings.Join(l.Sources, "; "))
	}
	allowed := make(map[string]bool, len(f.Allow))
	for _, w := range f.Allow {
		allowed[strings.Join(keys(w), " ")] = true
	}
	c := forbiddenWords{rule: f, source: source, byFirst: make(map[string][]phrase)}
	for _, w := range words {
		k := w.keys
		if k == nil {
			k = keys(w.Word)
		}
		if len(k) == 0 {
			return forbiddenWords{}, configurationError(nil, "forbidden %q: the word %q has no letters", f.Rule, w.Word)
		}
		if !allowed[strings.Join(k, " ")] {
			c.byFirst[k[0]] = append(c.byFirst[k[0]], phrase{keys: k, word: w})
		}
	}
	for _, phrases := range c.byFirst {
		sort.SliceStable(phrases, func(i, j int) bool { return len(phrases[i].keys) > len(phrases[j].keys) })
	}
	return c, nil
}

func keys(text string) []string {
	var k []string
	for _, t := range tokenize(text) {
		k = append(k, t.key)
	}
	return k
}

// match is a forbidden word in a text.
type match struct {
	rule     string
	severity tagroll.Severity
	names    string
	doubtful bool
	// start and end are bytes of the text.
	start, end int
	whole      bool // a keyword counts only if it is nothing else
}

// matches finds the forbidden words of a text in their order. capitals is whether
// capital letters within the text mean something, see capitalsMean.
func (a *Agency) matches(text string, tokens []token, capitals bool) []match {
	var found []match
	for _, f := range a.forbidden {
		for i := 0; i < len(tokens); i++ {
			m, n := f.at(text, tokens, i, capitals)
			if n == 0 {
				continue
			}
			found = append(found, m)
			i += n - 1
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].start < found[j].start })
	return found
}

// at returns the longest forbidden phrase that begins at token i and its number of words.
func (f forbiddenWords) at(text string, tokens []token, i int, capitals bool) (match, int) {
	for _, first := range firstKeys(tokens[i]) {
		for _, p := range f.byFirst[first] {
			n := len(p.keys)
			if i+n > len(tokens) || !p.equals(tokens[i:i+n]) {
				continue
			}
			next := ""
			if i+n < len(tokens) {
				next = tokens[i+n].key
			}
			severity := f.rule.severityOf(p.word, next, capitals && i > 0 && startsUpper(text[tokens[i].start:]))
			if severity == "" {
				continue
			}
			certain := !p.word.Ambiguous || slices.Contains(p.word.FollowedBy, next)
			return match{
				rule: f.rule.Rule, severity: severity, names: f.rule.Names, doubtful: !certain,
				start: tokens[i].start, end: tokens[i+n-1].end, whole: f.rule.WholeKeyword,
			}, n
		}
	}
	return match{}, 0
}

// firstKeys are the list keys that a token may stand for: itself, its owner, or its singular.
func firstKeys(t token) []string {
	k := []string{t.key}
	if t.stem != t.key {
		return append(k, t.stem)
	}
	if singular, ok := strings.CutSuffix(t.key, "s"); ok {
		k = append(k, singular)
	}
	return k
}

// equals reports whether the words are the phrase. The last one may be possessive,
// or plural unless the plural is an ordinary word ("apples").
func (p phrase) equals(tokens []token) bool {
	last := len(tokens) - 1
	for i, t := range tokens {
		if t.key == p.keys[i] {
			continue
		}
		if i != last || t.stem != p.keys[i] && (p.word.Ambiguous || t.key != p.keys[i]+"s") {
			return false
		}
	}
	return true
}

func (f forbidRule) severityOf(w word, next string, capital bool) tagroll.Severity {
	switch {
	case slices.Contains(w.NotFollowedBy, next):
		return ""
	case !w.Ambiguous || slices.Contains(w.FollowedBy, next):
		return f.Severity
	case capital && !w.Proper:
		return f.Doubtful
	}
	return ""
}

func startsUpper(s string) bool {
	for _, r := range s {
		return unicode.IsUpper(r)
	}
	return false
}

// capitalsMean reports whether a title is written like a sentence, so that a
// capital within it marks a name. In Title Case, or in a title too short to tell, it
// does not. Stop words and short words do not count: Title Case leaves them small.
func (a *Agency) capitalsMean(text string, tokens []token) bool {
	lower, upper := 0, 0
	for i, t := range tokens {
		if i == 0 || len(t.key) < 4 || a.stopWords[t.key] {
			continue
		}
		if startsUpper(text[t.start:]) {
			upper++
		} else {
			lower++
		}
	}
	return 2*lower >= upper && lower > 0
}
