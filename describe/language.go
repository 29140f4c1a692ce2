package describe

import "strings"

// otherLanguages are words that sentences of another language are full of, by language. None is
// an English word, and few stand in the names of places, dishes or companies: "de", "la", "der" and
// "am" are left out for these.
var otherLanguages = []map[string]bool{
	wordSet("und mit im ein eine einem einen einer auf vor bei beim zum ist über nicht neben zwischen"),
	wordSet("avec dans une sur aux devant sous"),
	wordSet("con una uno sobre junto desde hacia"),
	wordSet("com uma num numa ao pela sobre"),
	wordSet("con una nel nella sul sulla gli"),
	wordSet("een het met naast bij voor tussen"),
}

// englishWords are words that English sentences are full of. Some are words of the languages above
// as well ("a", "on", "over"), which lets titles pass and suspects none.
var englishWords = wordSet("a an the of with and at by from on to over near is are under between behind")

// isNotEnglish reports whether a title is surely written in another language in Latin letters: two
// different words of that language connect its words, and none of English does. Many titles that
// are not English pass; an English one with foreign names is not to be refused.
func isNotEnglish(title string) bool {
	words := plainWords(title)
	for _, language := range otherLanguages {
		found := make(map[string]bool)
		for _, w := range words {
			if englishWords[w] {
				return false
			}
			if language[w] {
				found[w] = true
			}
		}
		if len(found) >= 2 {
			return true
		}
	}
	return false
}

// wantsEnglish reports whether the words are to be English: nothing else was asked for.
func wantsEnglish(language string) bool {
	return language == "" || strings.EqualFold(language, "English")
}
