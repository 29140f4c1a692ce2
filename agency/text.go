package agency

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var (
	webAddress = regexp.MustCompile(`(?i)\bhttps?://\S+|\bwww\.\S+|` +
		`\b[a-z0-9-]+\.(?:com|net|org|info|biz|io|co\.uk|de|fr|eu)\b`)
	emailAddress = regexp.MustCompile(`(?i)[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+`)
	// Only forms that are hardly anything else: international, or 3-3-4 digits.
	phoneNumber = regexp.MustCompile(`\+[0-9][0-9 ().-]{6,}[0-9]|\(?\b[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}\b`)
	// Dates with a day: 2026-11-27, 27/11/2026, November 27 2026, 27 November 2026.
	dateText = regexp.MustCompile(`(?i)\b(?:(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d|` +
		`(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d|` +
		`\d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* (?:19|20)\d\d)\b`)
	// A name that no agency changes: letters and digits of ASCII, and the dot before the
	// ending.
	plainName = regexp.MustCompile(`^[A-Za-z0-9]+\.[A-Za-z0-9]+$`)
	// A given and a family name behind words that announce a known person.
	personName = regexp.MustCompile(`\b(?:[Pp]ortrait of|[Aa]ctor|[Aa]ctress|[Ss]inger|[Pp]resident|[Pp]olitician|[Cc]elebrity|[Ff]ootballer) ` +
		`(\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+)`)
)

// notPersonal are first words of capitalised pairs that name a people, a breed or a place.
var notPersonal = []string{"african", "american", "asian", "australian", "beautiful", "border", "british", "canadian", "caucasian",
	"central", "chinese", "east", "eastern", "english", "french", "german", "golden", "great", "indian", "irish", "italian",
	"jack", "japanese", "korean", "labrador", "latin", "little", "maine", "mexican", "middle", "mount", "native", "new", "north",
	"old", "persian", "red", "royal", "russian", "saint", "san", "scottish", "siberian", "south", "spanish", "tibetan",
	"turkish", "united", "welsh", "west", "white", "yorkshire", "young"}

// joinerScripts need U+200C and U+200D within words (Unicode Standard, section 23.2).
var joinerScripts = []*unicode.RangeTable{unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari, unicode.Bengali,
	unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam,
	unicode.Sinhala, unicode.Khmer}

// unspacedScripts do not put spaces between words, so that a run of letters is no keyword.
var unspacedScripts = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao,
	unicode.Khmer, unicode.Myanmar}

// clean returns text in Normalization Form C, without control and invisible
// characters and emoji, and with single spaces.
func clean(text string) string {
	for {
		cleaned := norm.NFC.String(strings.Join(strings.Fields(strip(text)), " "))
		if cleaned == text {
			return text
		}
		text = cleaned // what was removed may have kept characters apart that combine
	}
}

// strip removes the characters that do not belong in metadata.
func strip(text string) string {
	runes := slices.DeleteFunc([]rune(strings.ToValidUTF8(text, "")), func(r rune) bool {
		return isControl(r) && !unicode.IsSpace(r) || isEmoji(r) || r == unicode.ReplacementChar
	})
	kept := runes[:0]
	for i, r := range runes {
		if isJoiner(r) {
			before := len(kept) > 0 && unicode.In(kept[len(kept)-1], joinerScripts...)
			after := i+1 < len(runes) && unicode.In(runes[i+1], joinerScripts...)
			if !before || !after {
				continue
			}
		}
		kept = append(kept, r)
	}
	return string(kept)
}

// isControl reports control, format (invisible), private and line-breaking
// characters. Joiners are judged by their neighbours instead.
func isControl(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) && !isJoiner(r) && !isTag(r)
}

func isJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

func isTag(r rune) bool { return r >= 0xe0020 && r <= 0xe007f }

// isEmoji reports pictographs and what modifies them.
func isEmoji(r rune) bool {
	return r >= 0x1f000 && r <= 0x1faff || r >= 0x2600 && r <= 0x27bf || r >= 0x2b50 && r <= 0x2b55 ||
		r == 0xfe0f || r == 0x20e3 || isTag(r)
}

// isComma reports the characters that work as a comma in some script.
func isComma(r rune) bool { return strings.ContainsRune(",，、،", r) }

// isAllCaps reports a text of two words or more in capital letters only.
func isAllCaps(text string) bool {
	letters := 0
	for _, r := range text {
		if unicode.IsLower(r) {
			return false
		}
		if unicode.IsUpper(r) {
			letters++
		}
	}
	return letters >= 5 && strings.Contains(text, " ")
}

// possiblePerson returns the byte range of what looks like a person's name in a title.
func (a *Agency) possiblePerson(text string, tokens []token) (start, end int, ok bool) {
	at := personName.FindStringSubmatchIndex(text)
	if at == nil || !a.capitalsMean(text, tokens) {
		return 0, 0, false
	}
	first, _, _ := strings.Cut(text[at[2]:at[3]], " ")
	return at[2], at[3], !slices.Contains(notPersonal, fold(first))
}
