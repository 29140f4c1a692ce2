package agency

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"time"

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

	FileName struct {
		WarnAbove int `json:"warn_above"` // characters, extension included
	} `json:"filename"`
	// Language is the only one that the agency takes, by its English name; empty if it takes any.
	Language string `json:"language,omitempty"`
	Title    struct {
		Max       int  `json:"max"` // characters
		WarnAbove int  `json:"warn_above"`
		NoCommas  bool `json:"no_commas"`
	} `json:"title"`
	Keywords  keywordRules   `json:"keywords"`
	Forbidden []forbidRule   `json:"forbidden"`
	Text      textRules      `json:"text"`
	Category  *categoryRules `json:"categories"` // nil if the agency has none
	CSV       csvRules       `json:"csv"`
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

// forbidRule forbids words in titles and keywords.
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
}

// categoryRules maps tagroll's categories to the agency's own names or numbers,
// the best first. Max is how many of them a photo may have.
type categoryRules struct {
	Min   int                           `json:"min"`
	Max   int                           `json:"max"`
	Names map[tagroll.Category][]string `json:"names"`
}

type csvRules struct {
	Delimiter         string   `json:"delimiter"`
	KeywordSeparator  string   `json:"keyword_separator"`
	CategorySeparator string   `json:"category_separator,omitempty"`
	MaxRows           int      `json:"max_rows"`
	MaxBytes          int      `json:"max_bytes"`
	Columns           []column `json:"columns"`
}

// column is one column of the CSV. Number picks one of several categories,
// counting from 1; zero is all of them in one cell. Value is the text of a constant.
type column struct {
	Name   string `json:"name"`
	Source source `json:"source"`
	Number int    `json:"number,omitempty"`
	Value  string `json:"value,omitempty"`
}

// source is where a column's text comes from.
type source string

const (
	sourceFileName source = "filename"
	sourceTitle    source = "title" // for columns called description as well
	sourceKeywords source = "keywords"
	sourceCategory source = "category"
	sourceConstant source = "constant"
	sourceLocation source = "location"
	sourceCity     source = "city"
	sourceRegion   source = "region"
	sourceCountry  source = "country"
)

var sources = []source{sourceFileName, sourceTitle, sourceKeywords, sourceCategory, sourceConstant,
	sourceLocation, sourceCity, sourceRegion, sourceCountry}

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

// validate checks what the JSON decoder cannot.
func (r *rules) validate() error {
	if !namePattern.MatchString(r.Name) {
		return configurationError(nil, "name %q: use lower-case letters, digits and single hyphens", r.Name)
	}
	if r.Label == "" {
		return configurationError(nil, "label is missing: it is the agency's name in messages")
	}
	if _, err := time.Parse(time.DateOnly, r.AsOf); err != nil {
		return configurationError(err, "as_of %q: give the date of the rules as 2006-01-02", r.AsOf)
	}
	for _, limit := range []struct {
		field string
		value int
	}{
		{"filename.warn_above", r.FileName.WarnAbove}, {"title.max", r.Title.Max}, {"title.warn_above", r.Title.WarnAbove},
		{"keywords.min", r.Keywords.Min}, {"keywords.max", r.Keywords.Max}, {"keywords.warn_below", r.Keywords.WarnBelow},
		{"keywords.warn_above", r.Keywords.WarnAbove}, {"keywords.keep", r.Keywords.Keep}, {"keywords.leading", r.Keywords.Leading},
		{"keywords.ask_min", r.Keywords.AskMin}, {"keywords.ask_max", r.Keywords.AskMax},
		{"csv.max_rows", r.CSV.MaxRows}, {"csv.max_bytes", r.CSV.MaxBytes},
	} {
		if limit.value < 0 {
			return configurationError(nil, "%s is %d: give a positive number, or zero for no limit", limit.field, limit.value)
		}
	}
	if k := r.Keywords; k.Max > 0 && (k.Min > k.Max || k.Keep > k.Max) {
		return configurationError(nil, "keywords: min and keep must not be above max")
	}
	for _, s := range []tagroll.Severity{r.Text.WebAddress, r.Text.EmailAddress, r.Text.PhoneNumber, r.Text.PersonName,
		r.Text.AllCapitals, r.Text.Emoji, r.Text.ControlCharacters} {
		if !slices.Contains(severities, s) {
			return configurationError(nil, "text: severity %q: use error, warning or nothing", s)
		}
	}
	if err := r.Category.validate(); err != nil {
		return err
	}
	return r.CSV.validate(r.Category)
}

func (c *categoryRules) validate() error {
	if c == nil {
		return nil
	}
	if c.Min < 0 || c.Max < 1 || c.Min > c.Max {
		return configurationError(nil, "categories: min and max must be such that 0 <= min <= max and max >= 1")
	}
	known := tagroll.Categories()
	for _, category := range known {
		if len(c.Names[category]) == 0 {
			return configurationError(nil, "categories.names: %q has no name at the agency", category)
		}
	}
	for category := range c.Names {
		if !slices.Contains(known, category) {
			return configurationError(nil, "categories.names: %q is not one of tagroll's categories", category)
		}
	}
	return nil
}

func (c *csvRules) validate(categories *categoryRules) error {
	delimiter := []rune(c.Delimiter)
	if len(delimiter) != 1 || !slices.Contains([]rune{',', ';', '\t', '|'}, delimiter[0]) {
		return configurationError(nil, "csv.delimiter %q: use a comma, a semicolon, a tab or a bar", c.Delimiter)
	}
	if len(c.Columns) == 0 {
		return configurationError(nil, "csv.columns is empty: name the file's columns")
	}
	for i, col := range c.Columns {
		switch {
		case col.Name == "":
			return configurationError(nil, "csv.columns: column %d has no name", i+1)
		case !slices.Contains(sources, col.Source):
			return configurationError(nil, "csv.columns: %s: there is no source %q", col.Name, col.Source)
		case col.Number < 0 || col.Number > 0 && col.Source != sourceCategory:
			return configurationError(nil, "csv.columns: %s: number is for categories and counts from 1", col.Name)
		case col.Source == sourceCategory && categories == nil:
			return configurationError(nil, "csv.columns: %s: the rules have no categories", col.Name)
		case col.Value != "" && col.Source != sourceConstant:
			return configurationError(nil, "csv.columns: %s: value is for the source constant", col.Name)
		}
	}
	return nil
}
