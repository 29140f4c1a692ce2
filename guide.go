package tagroll

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Guide is what the chosen agencies ask of a photo's words, in numbers and words.
// Describers make their instructions from it. Package agency renders it.
//
// Lengths are characters (Unicode code points). Zero is no limit. The zero Guide
// asks for title, keywords and category without any limit.
type Guide struct {
	Title       TitleGuide       `json:"title"`
	Description DescriptionGuide `json:"description,omitzero"`
	Keywords    KeywordGuide     `json:"keywords"`
	// Categories are the categories to choose from; empty if no agency wants one.
	Categories []CategoryGuide `json:"categories,omitempty"`
	// Only names the fields that are written, such as "keywords". Default: all that agencies
	// want.
	Only []string `json:"only,omitempty"`
	// Language is what the words are written in, by its English name. Default: English.
	Language string `json:"language,omitempty"`
	// PlainLetters is whether letters with accents are refused.
	PlainLetters bool `json:"plain_letters,omitempty"`
	// Recognizable is whether an agency wants to know of people and property; see
	// Metadata.Recognizable.
	Recognizable bool `json:"recognizable,omitempty"`
}

// TitleGuide is what is asked of a title.
type TitleGuide struct {
	// Ask is the length to ask for, Max the length above which a title is refused.
	Ask int `json:"ask,omitempty"`
	Max int `json:"max,omitempty"`
	// MinWords and MaxWords are how many words a title should have.
	MinWords int  `json:"min_words,omitempty"`
	MaxWords int  `json:"max_words,omitempty"`
	NoCommas bool `json:"no_commas,omitempty"`
}

// DescriptionGuide is what is asked of a description.
type DescriptionGuide struct {
	// Wanted is whether any agency takes one; nothing else counts where none does.
	Wanted bool `json:"wanted,omitempty"`
	// Ask is the greatest length to ask for, Min and Max are what agencies accept.
	Ask int `json:"ask,omitempty"`
	Min int `json:"min,omitempty"`
	Max int `json:"max,omitempty"`
}

// KeywordGuide is how many keywords are asked for and accepted.
type KeywordGuide struct {
	AskMin int `json:"ask_min,omitempty"`
	AskMax int `json:"ask_max,omitempty"`
	Min    int `json:"min,omitempty"`
	Max    int `json:"max,omitempty"`
	// Leading is how many keywords at the front weigh most.
	Leading int `json:"leading,omitempty"`
	// TitleWords is whether the words of the title should be keywords too.
	TitleWords bool `json:"title_words,omitempty"`
}

// CategoryGuide is a category and what belongs to it, in one line.
type CategoryGuide struct {
	Name    Category `json:"name"`
	Meaning string   `json:"meaning,omitempty"`
}

// IsZero reports whether the guide asks for nothing in particular.
func (g Guide) IsZero() bool {
	return g.Title == (TitleGuide{}) && g.Description == (DescriptionGuide{}) && g.Keywords == (KeywordGuide{}) &&
		len(g.Categories) == 0 && len(g.Only) == 0 && g.Language == "" && !g.PlainLetters && !g.Recognizable
}

// Version is a short hash of all that the guide says. Answers to guides of another
// version differ, so it is part of what identifies a result.
func (g Guide) Version() string {
	text, err := json.Marshal(g)
	if err != nil {
		// A guide holds texts, numbers and truth values: this cannot happen.
		panic("tagroll: a guide is not JSON: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
