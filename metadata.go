package tagroll

import (
	"slices"
	"strings"
)

// Metadata is what a stock agency wants to know of a photo.
type Metadata struct {
	Title string `json:"title"`
	// Description is a sentence or two, for agencies that want one; empty if none was asked
	// for.
	Description string `json:"description,omitempty"`
	// Keywords are ordered, the most relevant first.
	Keywords []string `json:"keywords"`
	// Category is one of Categories; empty if unknown.
	Category Category `json:"category"`
	// Recognizable is what of the picture may need a release: "people", "property". It is asked
	// for only if an agency has a column for releases, and it is the model's word, not a
	// lawyer's.
	Recognizable []string `json:"recognizable,omitempty"`
}

// What Metadata.Recognizable can hold.
const (
	RecognizablePeople   = "people"
	RecognizableProperty = "property"
)

// Category is a subject category by its English name.
type Category string

// categories is the list of Adobe Stock in its order, which is why a position
// plus one is Adobe's number (three independent sources agree, 2026; the official
// list was not seen). Other agencies map these names to their own.
var categories = [...]Category{
	"Animals", "Buildings and Architecture", "Business", "Drinks", "The Environment",
	"States of Mind", "Food", "Graphic Resources", "Hobbies and Leisure", "Industry",
	"Landscapes", "Lifestyle", "People", "Plants and Flowers", "Culture and Religion",
	"Science", "Social Issues", "Sports", "Technology", "Transport", "Travel",
}

// Categories returns the subject categories in their fixed order. The slice is the caller's.
func Categories() []Category {
	return slices.Clone(categories[:])
}

// ParseCategory finds the category of a name, ignoring case, surrounding space and
// "&" for "and". It reports false if there is none.
func ParseCategory(name string) (Category, bool) {
	fold := func(s string) string {
		return strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(s, "&", " and ")), " "))
	}
	want := fold(name)
	for _, c := range categories {
		if fold(string(c)) == want {
			return c, true
		}
	}
	return "", false
}

// Severity is how much a finding matters.
type Severity string

const (
	// SeverityError means that an agency would refuse the metadata.
	SeverityError Severity = "error"
	// SeverityWarning means that an agency would take it, to the photo's disadvantage.
	SeverityWarning Severity = "warning"
)

// Finding is one thing that a rule has against a photo's metadata.
type Finding struct {
	Agency string `json:"agency"` // for example "adobe-stock"
	// "filename", "title", "description", "keywords", "category" or "release"
	Field    string   `json:"field"`
	Severity Severity `json:"severity"`
	// Rule is the stable name of the rule, for example "title-too-long".
	Rule string `json:"rule"`
	// Message says what is wrong and what to do, in one sentence without a full stop.
	Message string `json:"message"`
}

// ReviewError is the error of a photo whose metadata needs a person's eye: it joins the messages of
// the findings that are errors. It is nil if none is. Photo and Stage are the caller's to fill in.
func ReviewError(findings []Finding) *Error {
	var wrong []string
	for _, f := range findings {
		if f.Severity == SeverityError {
			wrong = append(wrong, f.Message)
		}
	}
	if wrong == nil {
		return nil
	}
	return &Error{Code: CodeInvalidAnswer, Message: strings.Join(wrong, "; ")}
}

// HasErrors reports whether any of the findings is an error.
func HasErrors(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity == SeverityError {
			return true
		}
	}
	return false
}
