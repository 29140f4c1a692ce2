package describe

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
)

// blind matches what models write that were given no picture, or could not look at it.
var blind = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:can ?not|can't|could not|couldn't|unable to|not able to|did not|didn't|do not|don't)\s+(?:\w+\s+)?(?:see|view|access|open|process|display|load|receive|analy[sz]e|have|find)\b.{0,24}\b(?:image|photo|picture|file)|` +
		`\b(?:no|without an?|missing)\s+(?:image|photo|picture)\s+(?:was\s+|is\s+)?(?:provided|attached|available|visible|given|found|supplied|uploaded)|` +
		`\b(?:image|photo|picture)\s+(?:was\s+|is\s+)?(?:not|un)\s*(?:provided|attached|available|visible|found|loaded|readable)|` +
		`\b(?:image|photo|picture)s?(?: content| file)?\s+(?:could|can|cannot|can't|couldn't)\s*(?:not\s+)?be\s+(?:seen|viewed|accessed|opened|processed|displayed|loaded|received|analy[sz]ed|found|read|determined|identified|described)\b|` +
		`\b(?:unable|not able) to (?:determine|identify|describe|recogni[sz]e)\b.{0,24}\b(?:image|photo|picture)\b|` +
		`\bplaceholder (?:image|title|photo)\b`)
})

// apology matches how models begin that decline to look at a picture that they were given.
var apology = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\bas an ai\b|\bi(?:'m| am) sorry\b|^(?:sorry|i apologi[sz]e)\b.{0,8}\bi |` +
		`\bi(?:'m| am)? (?:can ?not|can't|won't|will not|must decline|have to decline|unable to|not able to)\b.{0,20}\b(?:to|assist|help|comply|fulfill?|provide|create|generate|continue|engage|describe|identify|do)\b`)
})

// saysBlind reports whether a text says that there was no picture.
func saysBlind(text string) bool { return blind().MatchString(beginning(text)) }

// declines reports whether a text apologises instead of describing.
func declines(text string) bool { return apology().MatchString(beginning(text)) }

// beginning is as much of a text as is looked at for excuses, with plain apostrophes.
func beginning(text string) string {
	const most = 1000
	return strings.ReplaceAll(text[:min(len(text), most)], "’", "'")
}

// markup matches marks of HTML and Markdown that belong into no title or keyword.
var markup = regexp.MustCompile("</?[a-zA-Z][^>]*>|\\*\\*|__|```|^#{1,6} |\\]\\(http|&(?:amp|lt|gt|quot|#\\d+);")

// longestKeyword is far above what a phrase of three words has, in characters.
const longestKeyword = 100

// doubts says why metadata that could be read is not believed, each in a sentence for the model.
func doubts(m tagroll.Metadata, g tagroll.Guide) (problems []string) {
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if saysBlind(m.Title) || len(m.Keywords) > 0 && saysBlind(m.Keywords[0]) {
		add("the title %s says that there was no picture to look at", quote(m.Title))
		return problems
	}
	if declines(m.Title) {
		add("the title %s declines to describe the photo", quote(m.Title))
		return problems
	}
	if example(m.Title) || len(m.Keywords) > 0 && example(m.Keywords[0]) {
		add("the answer repeats the form of the instructions instead of describing the photo")
		return problems
	}
	if leaks(m.Title) || leaks(m.Description) || slices.ContainsFunc(m.Keywords, leaks) {
		add("the answer repeats the instructions instead of describing the photo")
		return problems
	}
	if strings.ContainsRune(m.Title+m.Description+strings.Join(m.Keywords, ""), utf8.RuneError) {
		add("letters were lost: the answer has the mark %q in their place", utf8.RuneError)
	}
	if markup.MatchString(m.Title) {
		add("the title %s holds markup instead of plain text", quote(m.Title))
	}
	empty, marked := 0, 0
	for _, k := range m.Keywords {
		if n := utf8.RuneCountInString(k); n > longestKeyword {
			add("the keyword %s has %d characters, and a keyword is a word or a short phrase", quote(k), n)
		}
		if meaningless(k) {
			empty++
		}
		if markup.MatchString(k) {
			marked++
		}
	}
	if marked > 0 {
		add("%d keywords hold markup instead of plain text", marked)
	}
	if len(m.Keywords) > 1 && 2*empty >= len(m.Keywords) {
		add("%d of %d keywords are mere numbers, letters or marks", empty, len(m.Keywords))
	}
	script := isLatin(g.Language) && (foreign(m.Title) || foreign(strings.Join(m.Keywords, "")))
	if m.Title != "" && len(problems) == 0 && (script || wantsEnglish(g.Language) && isNotEnglish(m.Title)) {
		language := g.Language
		if language == "" {
			language = "English"
		}
		add("the title and keywords are not written in %s", language)
	}
	return problems
}

// leakedWords is how many words in a row no answer has in common with the instructions by chance.
const leakedWords = 6

// instructed are all sequences of leakedWords words of the instructions. The example of a title is
// left out, since it may be a photo's title.
var instructed = sync.OnceValue(func() map[string]bool {
	sequences := make(map[string]bool)
	for line := range strings.Lines(promptText) {
		if strings.Contains(line, "Example of the form") {
			continue
		}
		words := plainWords(action.ReplaceAllString(line, " "))
		for i := 0; i+leakedWords <= len(words); i++ {
			sequences[strings.Join(words[i:i+leakedWords], " ")] = true
		}
	}
	return sequences
})

// leaks reports whether a text repeats the instructions, as models do that a text in the picture
// has asked for them.
func leaks(text string) bool {
	words := plainWords(text)
	for i := 0; i+leakedWords <= len(words); i++ {
		if instructed()[strings.Join(words[i:i+leakedWords], " ")] {
			return true
		}
	}
	return false
}

func plainWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

// example reports whether a text is a gap of the form that the instructions show.
func example(text string) bool {
	return text != "" && strings.Trim(text, ".… ") == ""
}

// meaningless reports whether a keyword is a number, a single letter of an alphabet or a mark.
func meaningless(keyword string) bool {
	letters := 0
	for _, r := range keyword {
		if unicode.Is(unicode.Han, r) {
			return false // a word of its own
		}
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters < 2 && utf8.RuneCountInString(keyword) < 6
}

// isLatin reports whether a language is written in Latin letters. Others are not judged by their
// script.
func isLatin(language string) bool {
	switch strings.ToLower(language) {
	case "", "english", "german", "french", "spanish", "italian", "portuguese", "dutch", "polish", "swedish", "norwegian",
		"danish", "finnish", "czech", "hungarian", "romanian", "turkish", "indonesian", "vietnamese":
		return true
	}
	return false
}

// foreign reports whether most of a text's letters are not Latin.
func foreign(text string) bool {
	letters, latin := 0, 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
			if unicode.Is(unicode.Latin, r) {
				latin++
			}
		}
	}
	return letters > 0 && 2*latin < letters
}
