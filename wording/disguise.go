package wording

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A command may be written so that a model reads it and a filter does not: with look-alike letters
// of other scripts, invisible characters between letters, digits for letters, spaces between
// letters, backwards, or in base64.

// lookAlikes are letters that look like Latin ones, each behind the Latin one (Unicode's UTS #39,
// confusables.txt; small capitals).
const lookAlikes = "aаαᴀ cсᴄ dԁᴅ eеεᴇ gɡɢ hһʜ iіιıɪ jјᴊ kκᴋ lʟ mᴍ nηɴ oоοᴏ pрρᴘ qԛ rʀ sѕꜱ tτᴛ uυᴜ vνѵᴠ wԝᴡ xхχ yуγʏ zᴢ bʙ fꜰ " +
	"AАΑ BВΒ CС EЕΕ HНΗ IІΙ JЈ KКΚ MМΜ NΝ OОΟ PРΡ SЅ TТΤ XХΧ YУΥ ZΖ"

var latinOf = sync.OnceValue(func() map[rune]rune {
	m := make(map[rune]rune)
	for group := range strings.FieldsSeq(lookAlikes) {
		letters := []rune(group)
		for _, other := range letters[1:] {
			m[other] = letters[0]
		}
	}
	return m
})

// digitLetters are digits and marks that stand for letters within a word.
var digitLetters = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s")

// spacedLetters matches words that are written letter by letter.
var spacedLetters = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:\b\pL ){3,}\pL\b|(?:\b\pL\.){3,}\pL\b|(?:\b\pL-){3,}\pL\b|(?:\b\pL\*){3,}\pL\b`)
})

// encoded matches what may be a text in base64.
var encoded = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[A-Za-z0-9+/_-]{16,}={0,2}`) })

// undisguised returns what a text may mean to a model, the text itself first.
func undisguised(text string) []string {
	forms := []string{text}
	add := func(form string) {
		if form != "" && !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	plain := plainLetters(text)
	add(plain)
	add(spelledOut(plain))
	words := strings.Fields(plain)
	for i, w := range words {
		if strings.ContainsFunc(w, unicode.IsLetter) {
			words[i] = digitLetters.Replace(w)
		}
	}
	add(strings.Join(words, " "))
	if strings.ContainsAny(text, "\u202e\u202d\u2067") {
		letters := []rune(plain)
		slices.Reverse(letters)
		add(string(letters))
	}
	for _, token := range encoded().FindAllString(text, 4) {
		token = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(token, "="))
		if data, err := base64.RawStdEncoding.DecodeString(token); err == nil && utf8.Valid(data) {
			add(string(data))
		}
	}
	return forms
}

// plainLetters takes invisible characters and accents away, and writes letters that only look like
// Latin ones, or are Latin ones in another dress, as these.
func plainLetters(text string) string {
	latin := latinOf()
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.Cf, unicode.Mn, unicode.Variation_Selector), r == '\u3164', r == '\u115f', r == '\u00ad':
			return -1
		case latin[r] != 0:
			return latin[r]
		}
		return r
	}, norm.NFKD.String(text))
}

// spelledOut joins the letters of words that are written letter by letter.
func spelledOut(text string) string {
	return spacedLetters().ReplaceAllStringFunc(text, func(word string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return r
			}
			return -1
		}, word)
	})
}
