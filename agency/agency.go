package agency

import (
	"embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/tagroll/tagroll"
)

//go:embed data/categories.json data/common.json data/rules/*.json data/words/*.json
var data embed.FS

// Agency is one agency's rules. It does not change and is safe for concurrent use.
type Agency struct {
	rules     rules
	forbidden []forbiddenWords
	stopWords map[string]bool
	// forEditorial is whether these are the rules for photos for news and reports.
	forEditorial bool
}

// Info says where an agency's rules come from.
type Info struct {
	// Name identifies the agency, for example "adobe-stock"; Label is how it calls itself.
	Name  string
	Label string
	// Default is whether the agency counts where nobody chose one.
	Default bool
	// Embedded is whether the agency has no CSV and reads the words in the photo itself.
	Embedded bool
	// Note is what a user of the agency must know; empty if nothing.
	Note string
	// AsOf is the day on which the rules were last compared with Sources, as 2006-01-02.
	AsOf string
	// Sources are where the rules were read; Confidence says how far they are to be trusted.
	Sources    []string
	Confidence string
}

// builtIn holds the embedded agencies by name. A defect in embedded data is
// found by this package's tests, hence the panics.
var builtIn = sync.OnceValue(func() map[string]*Agency {
	files, err := data.ReadDir("data/rules")
	if err != nil {
		panic(err)
	}
	agencies := make(map[string]*Agency, len(files))
	for _, f := range files {
		text, err := data.ReadFile(path.Join("data/rules", f.Name()))
		if err != nil {
			panic(err)
		}
		a, err := Parse(text)
		if err != nil {
			panic(fmt.Sprintf("agency: %s: %v", f.Name(), err))
		}
		agencies[a.rules.Name] = a
	}
	return agencies
})

// Names returns the names of the built-in agencies: the default ones, then the others, each in
// alphabetical order.
func Names() []string {
	return slices.SortedFunc(maps.Keys(builtIn()), func(a, b string) int {
		first, second := builtIn()[a].rules.Default, builtIn()[b].rules.Default
		switch {
		case first && !second:
			return -1
		case second && !first:
			return 1
		}
		return strings.Compare(a, b)
	})
}

// Lookup returns the built-in agency of that name. For an unknown name the error
// has tagroll.CodeConfiguration and lists the names there are.
func Lookup(name string) (*Agency, error) {
	a, ok := builtIn()[name]
	if !ok {
		return nil, configurationError(nil, "there are no rules for the agency %q; choose one of %s",
			name, strings.Join(Names(), ", "))
	}
	return a, nil
}

// Default returns the agencies that count where nobody chose one.
func Default() Set {
	var set Set
	for _, name := range Names() {
		if a := builtIn()[name]; a.rules.Default {
			set = append(set, a)
		}
	}
	return set
}

// Info says where the rules come from.
//
//go:noinline
func (a *Agency) Info() Info {
	r := a.rules
	return Info{Name: r.Name, Label: r.Label, Default: r.Default, Embedded: r.CSV == nil, Note: r.Note, AsOf: r.AsOf, Sources: slices.Clone(r.Sources), Confidence: r.Confidence}
}

// Limits are an agency's numbers, to be shown beside a field. Lengths are in characters;
// zero is no limit.
type Limits struct {
	TitleMax, TitleWarnAbove int
	// DescriptionMax and DescriptionWarnAbove are zero also where the agency takes no
	// description.
	DescriptionMax, DescriptionWarnAbove                           int
	KeywordsMin, KeywordsMax, KeywordsWarnBelow, KeywordsWarnAbove int
	// LeadingKeywords is how many keywords at the front weigh most.
	LeadingKeywords int
}

// Limits returns the agency's numbers.
func (a *Agency) Limits() Limits {
	t, k := a.rules.Title, a.rules.Keywords
	return Limits{
		TitleMax: t.Max, TitleWarnAbove: t.WarnAbove,
		KeywordsMin: k.Min, KeywordsMax: k.Max, KeywordsWarnBelow: k.WarnBelow, KeywordsWarnAbove: k.WarnAbove,
		DescriptionMax: a.rules.Description.Max, DescriptionWarnAbove: a.rules.Description.WarnAbove,
		LeadingKeywords: k.Leading,
	}
}

// Set is several agencies, in the order in which they are asked. A nil Set has no rules.
type Set []*Agency

// Version names the agencies, for the identity of what was made by their rules. What they
// ask for in numbers has a version of its own: that of the guide.
func (s Set) Version() string {
	names := make([]string, len(s))
	for i, a := range s {
		names[i] = a.rules.Name
	}
	return strings.Join(names, ",")
}

// Normalize is the Normalize of every agency in turn: metadata that suits them all
// keeps within the narrowest limits.
func (s Set) Normalize(m tagroll.Metadata) tagroll.Metadata {
	for _, a := range s {
		m = a.Normalize(m)
	}
	return m
}

// Tidy is the Tidy of every agency in turn.
func (s Set) Tidy(m tagroll.Metadata) tagroll.Metadata {
	for _, a := range s {
		m = a.Tidy(m)
	}
	return m
}

// Check returns the findings of every agency in turn, each on the words as it would get them
// ([Agency.Fit]).
func (s Set) Check(fileName string, m tagroll.Metadata) []tagroll.Finding {
	var findings []tagroll.Finding
	for _, a := range s {
		findings = append(findings, a.Check(fileName, a.Fit(m))...)
	}
	return findings
}

//go:noinline
func configurationError(cause error, format string, args ...any) error {
	return &tagroll.Error{
		Code:    tagroll.CodeConfiguration,
		Stage:   tagroll.StageValidate,
		Message: fmt.Sprintf(format, args...),
		Err:     cause,
	}
}

// Ban returns the same agencies with further words that they refuse, as an error of the rule
// "banned". The error has tagroll.CodeConfiguration.
func (s Set) Ban(words []string) (Set, error) {
	rule := forbidRule{Rule: "banned", Severity: tagroll.SeverityError, Names: "a word of your list"}
	for _, w := range words {
		rule.Words = append(rule.Words, word{Word: w})
	}
	compiled, err := rule.compile()
	if err != nil {
		return nil, err
	}
	set := make(Set, len(s))
	for i, a := range s {
		with := *a
		with.forbidden = append(slices.Clip(a.forbidden), compiled)
		set[i] = &with
	}
	return set, nil
}
