package tagroll

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Brief is what the photographer asks of a photo's words, beyond what the agencies ask. The zero
// Brief asks for nothing. Package wording holds answers against it.
type Brief struct {
	// Context is what the photographer says of the shoot. Its names are trusted.
	Context  string       `json:"context,omitempty"`
	Title    TitleBrief   `json:"title,omitzero"`
	Keywords KeywordBrief `json:"keywords,omitzero"`
	// Language is what the words are written in, by its English name. Default: English.
	Language string `json:"language,omitempty"`
	// Only names the fields that are written: "title", "description", "keywords", "category".
	// Default: all.
	Only []string `json:"only,omitempty"`
	// Existing says what becomes of the words that a field of the file already has. Default:
	// ExistingUse.
	Existing map[string]Existing `json:"existing,omitempty"`
	// Editorial is whether the photo is for news and reports: names are allowed, and a
	// description begins with place and date.
	Editorial bool `json:"editorial,omitempty"`
	// Others are titles of photos of the batch that look like this one. Its title must differ.
	Others []string `json:"others,omitempty"`
}

// TitleBrief is what is asked of a title.
type TitleBrief struct {
	// Max is the longest title in characters, prefix and suffix included. Default: the
	// agencies' limit.
	Max int `json:"max,omitempty"`
	// Prefix and Suffix are put around every title.
	Prefix string `json:"prefix,omitempty"`
	Suffix string `json:"suffix,omitempty"`
	// Case is "sentence" (default) or "title".
	Case string `json:"case,omitempty"`
	// NoCommas is whether titles have no commas, also where the agencies take them.
	NoCommas bool `json:"no_commas,omitempty"`
}

// KeywordBrief is what is asked of the keywords.
type KeywordBrief struct {
	// Min and Max are how many. Default: what the agencies recommend.
	Min int `json:"min,omitempty"`
	Max int `json:"max,omitempty"`
	// Require are keywords that each photo gets, first in the list, or last if RequireLast is
	// set.
	Require     []string `json:"require,omitempty"`
	RequireLast bool     `json:"require_last,omitempty"`
	// Ban are words that stand nowhere.
	Ban []string `json:"ban,omitempty"`
	// Vocabulary are the only keywords that are allowed. "Animals > Birds > Kestrel" stands for
	// the last of its parts, and brings the others with it. Default: all are allowed.
	Vocabulary []string `json:"vocabulary,omitempty"`
	// SingleWords is whether phrases are taken apart.
	SingleWords bool `json:"single_words,omitempty"`
}

// Existing says what becomes of the words that a photo's file already has.
type Existing string

const (
	ExistingUse     Existing = "use"     // given to the model as a fact
	ExistingKeep    Existing = "keep"    // kept instead of the model's words
	ExistingMerge   Existing = "merge"   // kept, and the model's keywords added
	ExistingReplace Existing = "replace" // not even shown to the model
	// ExistingSkip does not describe a photo whose file has title and keywords.
	ExistingSkip Existing = "skip"
)

// Version is a short hash of all that the brief asks, but for Others. Answers to another brief
// differ, so it is part of what identifies a result. It is empty for the zero Brief.
func (b Brief) Version() string {
	b.Others = nil
	text, err := json.Marshal(b)
	if err != nil {
		// A brief holds texts, numbers and truth values: this cannot happen.
		panic("tagroll: a brief is not JSON: " + err.Error())
	}
	if string(text) == "{}" {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
