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
	// MaxKeywords is the greatest number of keywords that can be asked for.
	MaxKeywords = 200
	// MaxTerm is the length of a word of a list, MaxTerms the length of a list.
	MaxTerm  = 500
	MaxTerms = 100_000
	// MaxTitle is the greatest length of a title, and of what stands around it.
	MaxTitle = 1000
)

// Check tidies a brief and returns what is wrong with it, in words for the photographer; nil if
// nothing is. A brief that asks for what is done anyway becomes one that does not ask for it, so
// that its version is the same.
func Check(b *tagroll.Brief) error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	k := &b.Keywords
	if k.Min < 0 || k.Max < 0 || k.Min > MaxKeywords || k.Max > MaxKeywords || k.Max > 0 && k.Max < k.Min {
		fail("the numbers of keywords are 1 to %d, and the second is not the smaller one", MaxKeywords)
	}
	for _, list := range []*[]string{&k.Require, &k.Ban, &k.Vocabulary} {
		*list = tidyTerms(*list)
		if len(*list) > MaxTerms {
			fail("a list has more than %d words", MaxTerms)
		}
		for _, term := range *list {
			if utf8.RuneCountInString(term) > MaxTerm {
				fail("%.20q is longer than %d characters", term, MaxTerm)
				break
			}
		}
	}
	if name, ok := Language(b.Language); !ok {
		fail("the language %.20q is not known: give a code such as de, fr or pt, or an English name such as German", b.Language)
	} else {
		b.Language = name
	}
	l := language(b.Language)
	if n := len(l.withoutRepeats(k.Require)); k.Max > 0 && n > k.Max {
		fail("%d keywords are required and at most %d are allowed: require fewer, or allow more", n, k.Max)
	}
	ban := newTermList(l, k.Ban)
	for _, term := range k.Require {
		if len(words(term)) == 0 {
			fail("the required keyword %q has neither letters nor digits: agencies take words", term)
		}
		if _, banned := ban.in(term); banned {
			fail("%q is both required and banned: take it out of one of the lists", term)
		}
	}
	errs = append(errs, checkTitle(&b.Title))
	for _, field := range b.Only {
		if !slices.Contains(Fields(), field) {
			fail("there is no field %.20q: choose from %s", field, strings.Join(Fields(), ", "))
		}
	}
	if len(b.Only) == 0 {
		b.Only = nil
	}
	errs = append(errs, checkExisting(b))
	return errors.Join(errs...)
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
			errs = append(errs, fmt.Errorf("%d keywords are required and %s takes at most %d: require fewer", required, label, most))
		case k.Min > most && len(k.Vocabulary) == 0:
			errs = append(errs, fmt.Errorf("at least %d keywords are wanted and %s takes at most %d: ask for fewer", k.Min, label, most))
		}
	}
	return errors.Join(errs...)
}

func checkTitle(t *tagroll.TitleBrief) error {
	t.Prefix, t.Suffix = oneLine(t.Prefix), oneLine(t.Suffix)
	around := utf8.RuneCountInString(t.Prefix) + utf8.RuneCountInString(t.Suffix)
	switch {
	case t.Max < 0 || t.Max > MaxTitle || around > MaxTitle:
		return fmt.Errorf("the longest title is 1 to %d characters long", MaxTitle)
	case t.Max > 0 && around >= t.Max:
		return fmt.Errorf("what stands around the title has %d characters and the title at most %d: nothing is left for its words", around, t.Max)
	case t.Case == "sentence":
		t.Case = "" // what is asked for anyway
	case t.Case != "" && t.Case != "title":
		return fmt.Errorf("the case of titles is sentence or title, not %.20q", t.Case)
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
			return fmt.Errorf("the file's %.20s cannot be treated as %.20q: write use, keep, merge, replace or skip, for title, description or keywords", field, policy)
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
