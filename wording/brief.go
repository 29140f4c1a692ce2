package wording

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// Bounds of a brief.
const (
	// MaxKeywords is how many keywords can be asked for, or given to a photo.
	MaxKeywords = 200
	// MaxTerm is the length of a word of a list, MaxTerms the length of a list.
	MaxTerm  = 500
	MaxTerms = 100_000
	// MaxTitle is the greatest length of a title, and of what stands around it.
	MaxTitle = 1000
)

// Fault is one thing that is wrong with a brief, in words for the photographer.
type Fault struct {
	// Wishes are the parts of the brief that do not fit, by the names of the command's
	// settings: "title-max".
	Wishes []string
	// Term is the word of a list that does not fit; empty if the fault is about none.
	Term string
	text string
}

func (f *Fault) Error() string { return f.text }

//go:noinline
func fault(wishes []string, term, format string, args ...any) *Fault {
	return &Fault{wishes, term, fmt.Sprintf(format, args...)}
}

// Check tidies a brief and returns what is wrong with it, in words for the photographer; nil if
// nothing is. Each error that it joins is a [*Fault]. A brief that asks for what is done anyway
// becomes one that does not ask for it, so that its version is the same.
func Check(b *tagroll.Brief) error {
	var errs []error
	fail := func(wishes, term, format string, args ...any) {
		errs = append(errs, fault(strings.Fields(wishes), term, format, args...))
	}
	k := &b.Keywords
	if k.Min < 0 || k.Max < 0 || k.Min > MaxKeywords || k.Max > MaxKeywords || k.Max > 0 && k.Max < k.Min {
		fail("keywords", "", "the numbers of keywords are 1 to %d, and the second is not the smaller one", MaxKeywords)
	}
	errs = append(errs, checkLists(k)...)
	if name, ok := Language(b.Language); !ok {
		fail("language", "", "the language %.20q is not known: give a code such as de, fr or pt, or an English name such as German", b.Language)
	} else {
		b.Language = name
	}
	l := language(b.Language)
	if n := len(l.withoutRepeats(k.Require)); k.Max > 0 && n > k.Max {
		fail("require keywords", "", "%d keywords are required and at most %d are allowed: require fewer, or allow more", n, k.Max)
	}
	ban := newTermList(l, k.Ban)
	for _, term := range k.Require {
		if len(words(term)) == 0 {
			fail("require", term, "the required keyword %q has neither letters nor digits: agencies take words", term)
		}
		if _, banned := ban.in(term); banned {
			fail("require ban", term, "%q is both required and banned: take it out of one of the lists", term)
		}
	}
	if err := checkTitle(&b.Title); err != nil {
		errs = append(errs, err)
	}
	for _, field := range b.Only {
		if !slices.Contains(Fields(), field) {
			fail("only", "", "there is no field %.20q: choose from %s", field, strings.Join(Fields(), ", "))
		}
	}
	if len(b.Only) == 0 {
		b.Only = nil
	}
	if err := checkExisting(b); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// checkLists tidies the lists of words.
func checkLists(k *tagroll.KeywordBrief) (errs []error) {
	for _, list := range []struct {
		wish  string
		terms *[]string
	}{{"require", &k.Require}, {"ban", &k.Ban}, {"vocabulary", &k.Vocabulary}} {
		*list.terms = tidyTerms(*list.terms)
		wishes := []string{list.wish}
		if n := len(*list.terms); n > MaxTerms {
			errs = append(errs, fault(wishes, "", "a list has %d words, more than %d: shorten it", n, MaxTerms))
		}
		for _, term := range *list.terms {
			if utf8.RuneCountInString(term) > MaxTerm {
				errs = append(errs, fault(wishes, term, "%.20q is longer than %d characters: one line is one word or phrase", term, MaxTerm))
				break
			}
		}
	}
	return errs
}

// CheckFor returns which of a brief's wishes the agencies can never meet, in words for the
// photographer; nil if there is none. Each photo would be paid for and then be refused. The brief
// is one that Check has tidied.
func CheckFor(b tagroll.Brief, agencies agency.Set) error {
	var errs []error
	k := b.Keywords
	required := len(language(b.Language).withoutRepeats(k.Require))
	for _, a := range agencies {
		most, label := a.Guide().Keywords.Max, a.Info().Label
		switch {
		case most == 0:
		case required > most:
			errs = append(errs, fault([]string{"require"}, "", "%d keywords are required and tagroll writes at most %d for %s: require fewer", required, most, label))
		case k.Min > most && len(k.Vocabulary) == 0:
			errs = append(errs, fault([]string{"keywords"}, "", "at least %d keywords are wanted and tagroll writes at most %d for %s: ask for fewer", k.Min, most, label))
		}
	}
	return errors.Join(errs...)
}

func checkTitle(t *tagroll.TitleBrief) error {
	size, form := []string{"title-max", "title-prefix", "title-suffix"}, []string{"title-case"}
	t.Prefix, t.Suffix = oneLine(t.Prefix), oneLine(t.Suffix)
	around := utf8.RuneCountInString(t.Prefix) + utf8.RuneCountInString(t.Suffix)
	switch {
	case t.Max < 0 || t.Max > MaxTitle:
		return fault(size[:1], "", "the longest title is 1 to %d characters long", MaxTitle)
	case around > MaxTitle:
		return fault(size[1:], "", "what stands around the title has %d characters: the longest title is %d characters long", around, MaxTitle)
	case t.Max > 0 && around >= t.Max:
		return fault(size, "", "what stands around the title has %d characters and the title at most %d: nothing is left for its words", around, t.Max)
	case t.Case == "sentence":
		t.Case = "" // what is asked for anyway
	case t.Case != "" && t.Case != "title":
		return fault(form, "", "the case of titles is sentence or title, not %.20q", t.Case)
	}
	return nil
}

// Policies are what can become of words that a file has.
func Policies() []tagroll.Existing {
	return []tagroll.Existing{tagroll.ExistingUse, tagroll.ExistingKeep, tagroll.ExistingMerge, tagroll.ExistingReplace, tagroll.ExistingSkip}
}

func checkExisting(b *tagroll.Brief) error {
	kept := make(map[string]tagroll.Existing)
	for _, field := range slices.Sorted(maps.Keys(b.Existing)) {
		policy := b.Existing[field]
		if !slices.Contains(Policies(), policy) || !slices.Contains(Fields()[:3], field) {
			return fault([]string{"existing"}, "", "the file's %.20s cannot be treated as %.20q: write use, keep, merge, replace or skip, for title, description or keywords", field, policy)
		}
		if policy != tagroll.ExistingUse {
			kept[field] = policy
		}
	}
	if b.Existing = kept; len(kept) == 0 {
		b.Existing = nil
	}
	return nil
}

// tidyTerms trims the words of a list, and leaves out those that are empty.
func tidyTerms(list []string) []string {
	var terms []string
	for _, term := range list {
		if term = strings.TrimSpace(oneLine(term)); term != "" {
			terms = append(terms, term)
		}
	}
	return terms
}

// oneLine makes one line of a text and keeps its space, which a prefix may end with.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

// languages are the English names of languages by their ISO 639-1 codes.
var languages = map[string]string{
	"ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
	"en": "English", "es": "Spanish", "et": "Estonian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
	"hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
	"lt": "Lithuanian", "lv": "Latvian", "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
	"pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian",
	"sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}

// Language returns the English name of the language that a text names by its code (de, de-AT) or by
// that name. It is empty for English, which is what is asked for anyway.
func Language(text string) (name string, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", true
	}
	code, _, _ := strings.Cut(strings.ToLower(text), "-")
	name = languages[code]
	for _, known := range languages {
		if strings.EqualFold(known, text) {
			name = known
		}
	}
	if name == "English" {
		return "", true
	}
	return name, name != ""
}
