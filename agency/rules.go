package agency

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"

	"github.com/tagroll/tagroll"
)

// rules is the JSON form of an agency's rules. A limit of zero is no limit.
type rules struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	// Default is whether the rules count where nobody chose an agency.
	Default    bool     `json:"default,omitempty"`
	AsOf       string   `json:"as_of"`
	Confidence string   `json:"confidence"`
	Sources    []string `json:"sources"`
	// Note is what a user of the agency must know; empty if nothing.
	Note string `json:"note,omitempty"`
	// Evidence says of each section below where it was read, see [Sections].
	Evidence map[string]Evidence `json:"evidence,omitempty"`
	// Common takes over the forbidden words and the text rules that most agencies share
	// (data/common.json).
	Common bool `json:"common,omitempty"`

	FileName fileNameRules `json:"filename"`
	// Language is the only one that the agency takes, by its English name; empty if it takes
	// any.
	Language    string           `json:"language,omitempty"`
	Title       titleRules       `json:"title"`
	Description descriptionRules `json:"description,omitzero"`
	Keywords    keywordRules     `json:"keywords"`
	Forbidden   []forbidRule     `json:"forbidden"`
	Text        textRules        `json:"text"`
	Category    *categoryRules   `json:"categories"` // nil if the agency has none
	File        fileRules        `json:"file,omitzero"`
	// Editorial is nil if the agency takes no such photos.
	Editorial *editorialRules `json:"editorial,omitempty"`
	// CSV is nil if the agency reads the words in the photo itself.
	CSV *csvRules `json:"csv"`
}

type fileNameRules struct {
	WarnAbove int `json:"warn_above"` // characters, extension included
	// Plain is whether the agency changes names with anything but ASCII letters and digits.
	Plain bool `json:"plain,omitempty"`
}

type titleRules struct {
	Min       int  `json:"min,omitempty"` // characters; fewer are a warning
	Max       int  `json:"max"`
	WarnAbove int  `json:"warn_above"`
	MinWords  int  `json:"min_words,omitempty"`
	MaxWords  int  `json:"max_words,omitempty"`
	NoCommas  bool `json:"no_commas"`
	// Punctuation holds the only marks that the agency takes; empty if it takes any.
	Punctuation string `json:"punctuation,omitempty"`
}

type descriptionRules struct {
	// Wanted is whether the agency takes a description. The title takes the place of one that
	// is missing.
	Wanted    bool `json:"wanted,omitempty"`
	Min       int  `json:"min,omitempty"` // characters; fewer are a warning
	Max       int  `json:"max,omitempty"`
	WarnAbove int  `json:"warn_above,omitempty"`
}

type keywordRules struct {
	Min       int `json:"min"`
	Max       int `json:"max"`
	WarnBelow int `json:"warn_below"`
	WarnAbove int `json:"warn_above"`
	// Keep is how many keywords Normalize leaves.
	Keep int `json:"keep"`
	// AskMin and AskMax are how many a describer is asked for.
	AskMin int `json:"ask_min"`
	AskMax int `json:"ask_max"`
	// Leading is how many keywords at the front weigh most; Normalize adds behind them.
	Leading int `json:"leading"`
	// IncludeTitleWords is whether the words of the title should be keywords too.
	IncludeTitleWords bool `json:"include_title_words"`
}

// forbidRule forbids words in titles, descriptions and keywords.
type forbidRule struct {
	Rule string `json:"rule"` // the finding's rule is "title-" or "keyword-" and this
	// List is the name of an embedded word list; Words are further words, Allow
	// takes words out again.
	List  string   `json:"list,omitempty"`
	Words []word   `json:"words,omitempty"`
	Allow []string `json:"allow,omitempty"`
	// Severity is for what is certain, Doubtful for ambiguous words (empty: none).
	Severity tagroll.Severity `json:"severity"`
	Doubtful tagroll.Severity `json:"doubtful,omitempty"`
	// WholeKeyword is whether a keyword counts only if it consists of the word: "photo", but
	// not "photo album".
	WholeKeyword bool `json:"whole_keyword,omitempty"`
	// Names completes "the title names …".
	Names string `json:"names"`
}

// textRules are severities of what text should not contain; empty is allowed.
type textRules struct {
	WebAddress        tagroll.Severity `json:"web_address"`
	EmailAddress      tagroll.Severity `json:"email_address"`
	PhoneNumber       tagroll.Severity `json:"phone_number"`
	PersonName        tagroll.Severity `json:"person_name"`
	AllCapitals       tagroll.Severity `json:"all_capitals"`
	Emoji             tagroll.Severity `json:"emoji"`
	ControlCharacters tagroll.Severity `json:"control_characters"`
	// Accents are letters beside A to Z and typographic marks; Row writes them plainly.
	Accents tagroll.Severity `json:"accents,omitempty"`
	// Date is a date in a title or description.
	Date tagroll.Severity `json:"date,omitempty"`
	// SameStem is a keyword beside another form of it; Repeated is a word that many keywords
	// hold.
	SameStem tagroll.Severity `json:"same_stem,omitempty"`
	Repeated tagroll.Severity `json:"repeated,omitempty"`
}

// categoryRules maps tagroll's categories to the agency's own names or numbers,
// the best first. Max is how many of them a photo may have.
type categoryRules struct {
	Min   int                           `json:"min"`
	Max   int                           `json:"max"`
	Names map[tagroll.Category][]string `json:"names"`
	// Others are the agency's further categories, which a person may choose and no photo of
	// ours gets.
	Others []string `json:"others,omitempty"`
}

// fileRules are what a photo's file shows by itself.
type fileRules struct {
	Formats   []tagroll.Format `json:"formats,omitempty"`
	MinPixels int              `json:"min_pixels,omitempty"` // width times height
	MaxPixels int              `json:"max_pixels,omitempty"`
	MinSide   int              `json:"min_side,omitempty"` // pixels of the shorter side
	MaxBytes  int64            `json:"max_bytes,omitempty"`
	// ColorSpaces are the colour spaces that the agency takes: "sRGB", "Adobe RGB", "RGB" for
	// any that is no CMYK and no grey.
	ColorSpaces []string `json:"color_spaces,omitempty"`
}

type csvRules struct {
	Delimiter         string `json:"delimiter"`
	KeywordSeparator  string `json:"keyword_separator"`
	CategorySeparator string `json:"category_separator,omitempty"`
	// QuoteAll quotes every cell, not only where it must be.
	QuoteAll      bool `json:"quote_all,omitempty"`
	ByteOrderMark bool `json:"byte_order_mark,omitempty"`
	// SolidName is whether the CSV's own name must have no space.
	SolidName bool `json:"solid_name,omitempty"`
	MaxRows   int  `json:"max_rows"`
	MaxBytes  int  `json:"max_bytes"`
	// Required is how many of the columns must be there, the first ones, where the agency finds
	// columns by their names. Zero: all of them, in this order.
	Required int      `json:"required,omitempty"`
	Columns  []column `json:"columns"`
}

// column is one column of the CSV. Number picks one of several categories,
// counting from 1; zero is all of them in one cell. Value is the text of a constant. Yes and No are
// the words of a column that is either.
type column struct {
	Name   string `json:"name"`
	Source source `json:"source"`
	Number int    `json:"number,omitempty"`
	Value  string `json:"value,omitempty"`
	Yes    string `json:"yes,omitempty"`
	No     string `json:"no,omitempty"`
}

// source is where a column's text comes from.
type source string

const (
	sourceFileName         source = "filename"
	sourceTitle            source = "title"
	sourceDescription      source = "description"
	sourceKeywords         source = "keywords"
	sourceCategory         source = "category"
	sourceConstant         source = "constant"
	sourceLocation         source = "location"
	sourceCity             source = "city"
	sourceRegion           source = "region"
	sourceCountry          source = "country"
	sourceReleases         source = "releases" // of models and property
	sourceModelReleases    source = "model_releases"
	sourcePropertyReleases source = "property_releases"
	sourceModelReleased    source = "model_released" // yes or no
	sourcePropertyReleased source = "property_released"
	sourceEditorial        source = "editorial"
	sourceMature           source = "mature"
	sourceVector           source = "vector" // whether the file is a vector graphic; yes or no
	sourceCopyright        source = "copyright"
)

var sources = []source{sourceFileName, sourceTitle, sourceDescription, sourceKeywords, sourceCategory, sourceConstant,
	sourceLocation, sourceCity, sourceRegion, sourceCountry, sourceReleases, sourceModelReleases, sourcePropertyReleases,
	sourceModelReleased, sourcePropertyReleased, sourceEditorial, sourceMature, sourceVector, sourceCopyright}

var (
	namePattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	severities  = []tagroll.Severity{"", tagroll.SeverityError, tagroll.SeverityWarning}
)

// Parse reads an agency's rules from JSON, in the form of the built-in files
// (data/rules in this package's source). Unknown fields are refused, so that a
// misspelt limit is not silently without effect. An error has
// tagroll.CodeConfiguration and names the field.
func Parse(text []byte) (*Agency, error) {
	var r rules
	if err := decodeStrict(text, &r); err != nil {
		return nil, configurationError(err, "the agency's rules are not valid: %v", err)
	}
	if r.Common {
		if err := r.takeCommon(); err != nil {
			return nil, err
		}
	}
	if err := r.validate(); err != nil {
		return nil, err
	}
	a := &Agency{rules: r}
	for _, f := range r.Forbidden {
		words, err := f.compile()
		if err != nil {
			return nil, err
		}
		a.forbidden = append(a.forbidden, words)
	}
	stop, err := wordList("stop-words")
	if err != nil {
		return nil, err
	}
	a.stopWords = make(map[string]bool, len(stop))
	for _, w := range stop {
		a.stopWords[w.Word] = true
	}
	return a, nil
}

// takeCommon puts the rules that most agencies share before the agency's own.
func (r *rules) takeCommon() error {
	text, err := data.ReadFile("data/common.json")
	if err != nil {
		return configurationError(err, "the common rules are missing")
	}
	var common struct {
		AsOf      string       `json:"as_of"`
		Note      string       `json:"note"`
		Sources   []string     `json:"sources"`
		Forbidden []forbidRule `json:"forbidden"`
		Text      textRules    `json:"text"`
	}
	if err := decodeStrict(text, &common); err != nil {
		return configurationError(err, "the common rules are not valid: %v", err)
	}
	r.Forbidden = append(common.Forbidden, r.Forbidden...)
	own := r.Text
	r.Text = common.Text
	for _, pair := range [][2]*tagroll.Severity{
		{&r.Text.WebAddress, &own.WebAddress}, {&r.Text.EmailAddress, &own.EmailAddress}, {&r.Text.PhoneNumber, &own.PhoneNumber},
		{&r.Text.PersonName, &own.PersonName}, {&r.Text.AllCapitals, &own.AllCapitals}, {&r.Text.Emoji, &own.Emoji},
		{&r.Text.ControlCharacters, &own.ControlCharacters}, {&r.Text.Accents, &own.Accents}, {&r.Text.Date, &own.Date},
		{&r.Text.SameStem, &own.SameStem}, {&r.Text.Repeated, &own.Repeated},
	} {
		if *pair[1] != "" {
			*pair[0] = *pair[1]
		}
	}
	return nil
}

// decodeStrict decodes one JSON value without unknown fields and with nothing behind it.
func decodeStrict(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more behind the end of the JSON object")
	}
	return nil
}
