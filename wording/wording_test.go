package wording_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/pipeline"
	"github.com/tagroll/tagroll/wording"
)

var _ pipeline.Words = wording.Rules{}

func guide(t *testing.T) tagroll.Guide {
	t.Helper()
	a, err := agency.Lookup("adobe-stock")
	if err != nil {
		t.Fatal(err)
	}
	return a.Guide()
}

func keywords(n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("word%c%c", 'a'+i/26, 'a'+i%26))
	}
	return list
}

func TestSettleKeywords(t *testing.T) {
	g := guide(t)
	for _, test := range []struct {
		name     string
		brief    tagroll.KeywordBrief
		existing tagroll.Existing
		file     []string
		title    string
		in, want string // separated by commas
	}{
		{name: "nothing asked", in: "dog, beach", want: "dog, beach"},
		{name: "required first", brief: tagroll.KeywordBrief{Require: []string{"Lisbon", "tram"}}, in: "street, trams, hill", want: "Lisbon, tram, street, hill"},
		{name: "required last", brief: tagroll.KeywordBrief{Require: []string{"lisbon"}, RequireLast: true}, in: "lisbon, street", want: "street, lisbon"},
		{name: "banned, alone, in a phrase and in the plural", brief: tagroll.KeywordBrief{Ban: []string{"dog"}}, in: "dogs, dog walking, hotdog, cat", want: "hotdog, cat"},
		{name: "banned phrase", brief: tagroll.KeywordBrief{Ban: []string{"copy space"}}, in: "copy space, space, copy", want: "space, copy"},
		{name: "at most", brief: tagroll.KeywordBrief{Max: 3, Require: []string{"x1"}}, in: "a1, b1, c1, d1", want: "x1, a1, b1"},
		{name: "single words", brief: tagroll.KeywordBrief{SingleWords: true}, in: "man with dog, dog, sunset", want: "man, dog, sunset"},
		{name: "vocabulary", brief: tagroll.KeywordBrief{Vocabulary: []string{"Animals > Birds > Kestrel", "sky", "Hovering"}},
			in: "kestrels, bird of prey, hovering, blue sky, sky", want: "Kestrel, Hovering, sky, Birds, Animals"},
		{name: "plurals and synonyms of form are one", in: "dog, dogs, running, run, news, new", want: "dog, running, news, new"},
		{name: "file's kept", existing: tagroll.ExistingKeep, file: []string{"Mine", "Own"}, in: "a1, b1", want: "Mine, Own"},
		{name: "file's kept, none there", existing: tagroll.ExistingKeep, in: "a1, b1", want: "a1, b1"},
		{name: "merged", existing: tagroll.ExistingMerge, file: []string{"Mine", "Dog"}, in: "dogs, cat", want: "mine, dog, cat"},
		{name: "title words lead", title: "Old lighthouse above the sea", in: "a1, b1, c1, d1, e1, f1, g1, h1, i1, j1, k1, lighthouse, sea view",
			want: "a1, b1, c1, d1, e1, f1, g1, h1, lighthouse, sea view, i1, j1, k1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := wording.Rules{Brief: tagroll.Brief{Keywords: test.brief, Existing: map[string]tagroll.Existing{wording.Keywords: test.existing}}}
			f := tagroll.Facts{Keywords: test.file}
			m := tagroll.Metadata{Title: test.title, Keywords: strings.Split(test.in, ", ")}
			got := r.Settle(g, f, m)
			if text := strings.Join(got.Keywords, ", "); text != test.want {
				t.Errorf("got %q, want %q", text, test.want)
			}
			if again := r.Settle(g, f, got); !slices.Equal(again.Keywords, got.Keywords) {
				t.Errorf("settled twice: %q", again.Keywords)
			}
		})
	}
}

func TestSettleTitle(t *testing.T) {
	r := wording.Rules{Brief: tagroll.Brief{Title: tagroll.TitleBrief{Prefix: "Lisbon: ", Suffix: " (2026)", Case: "title"}}}
	m := r.Settle(tagroll.Guide{}, tagroll.Facts{}, tagroll.Metadata{Title: "tram on the hill of a city"})
	if want := "Lisbon: Tram on the Hill of a City (2026)"; m.Title != want {
		t.Errorf("got %q, want %q", m.Title, want)
	}
	if again := r.Settle(tagroll.Guide{}, tagroll.Facts{}, m); again.Title != m.Title {
		t.Errorf("settled twice: %q", again.Title)
	}
}

// Whether an editorial photo can have a dateline is said before an agency finds out.
func TestEditorial(t *testing.T) {
	dated := tagroll.Facts{Taken: time.Date(2026, 5, 14, 9, 0, 0, 0, time.UTC)}
	placed := dated
	placed.Place = tagroll.Place{City: "Lisbon", Country: "Portugal"}
	placedByUser := wording.Rules{Brief: tagroll.Brief{Editorial: true}, Details: func(tagroll.Photo) tagroll.Details {
		return tagroll.Details{Place: tagroll.Place{City: "Lisbon", Country: "Portugal"}}
	}}
	if found := placedByUser.Judge(tagroll.Photo{ID: "1"}, tagroll.Prepared{Facts: dated}, tagroll.Metadata{Title: "A tram"}, nil); len(found) > 0 {
		t.Errorf("the user has named the place: %+v", found)
	}
	r := wording.Rules{Brief: tagroll.Brief{Editorial: true}}
	for _, test := range []struct {
		facts tagroll.Facts
		want  string
	}{{placed, ""}, {dated, "its file has no place:"}, {tagroll.Facts{}, "its file has no place and date:"}} {
		found := r.Judge(tagroll.Photo{ID: "1"}, tagroll.Prepared{Facts: test.facts}, tagroll.Metadata{Title: "A tram"}, nil)
		switch {
		case test.want == "" && len(found) > 0:
			t.Errorf("%+v: %+v", test.facts, found)
		case test.want != "" && (len(found) != 1 || found[0].Severity != tagroll.SeverityWarning || !strings.Contains(found[0].Message, test.want)):
			t.Errorf("%+v: %+v, want %q", test.facts, found, test.want)
		}
	}
}

func TestAsk(t *testing.T) {
	r := wording.Rules{Brief: tagroll.Brief{
		Context: "A week in Lisbon", Language: "German", Only: []string{wording.Title, wording.Keywords},
		Title:    tagroll.TitleBrief{Max: 50, Suffix: " 1234"},
		Keywords: tagroll.KeywordBrief{Min: 10, Max: 12, Require: []string{"a", "b"}},
		Existing: map[string]tagroll.Existing{wording.Keywords: tagroll.ExistingReplace},
	}}
	request := tagroll.Request{
		Guide: guide(t), Photo: tagroll.Photo{ID: "1", Context: "day 2: trams"},
		Facts: tagroll.Facts{Title: "old", Keywords: []string{"old"}},
	}
	if words := r.Ask(&request); words != nil {
		t.Fatalf("no call: %+v", words)
	}
	g := request.Guide
	if g.Language != "German" || g.Title.Ask != 45 || g.Keywords.AskMin != 8 || g.Keywords.AskMax != 10 || !slices.Equal(g.Only, []string{wording.Title, wording.Keywords}) {
		t.Errorf("guide %+v", g)
	}
	if request.Brief.Context != "A week in Lisbon\nday 2: trams" || request.Facts.Title != "old" || request.Facts.Keywords != nil {
		t.Errorf("request %+v", request)
	}
}

// Photos whose file has enough words cost no call if they are to be skipped.
func TestAskSkips(t *testing.T) {
	skip := wording.Rules{Brief: tagroll.Brief{Existing: map[string]tagroll.Existing{wording.Title: tagroll.ExistingSkip, wording.Keywords: tagroll.ExistingSkip}}}
	full := tagroll.Facts{Title: "Tram", Caption: "A tram", Keywords: keywords(5)}
	words := skip.Ask(&tagroll.Request{Guide: guide(t), Facts: full})
	if words == nil || words.Title != "Tram" || len(words.Keywords) != 5 {
		t.Errorf("got %+v, want the file's words", words)
	}
	full.Keywords = keywords(2)
	if words := skip.Ask(&tagroll.Request{Guide: guide(t), Facts: full}); words != nil {
		t.Error("two keywords are enough for no agency")
	}
}

func rules(findings []tagroll.Finding) string {
	var names []string
	for _, f := range findings {
		names = append(names, f.Rule)
	}
	return strings.Join(names, " ")
}

func TestJudge(t *testing.T) {
	place := tagroll.Facts{Place: tagroll.Place{City: "Lisbon", Country: "Portugal"}}
	for _, test := range []struct {
		name  string
		brief tagroll.Brief
		facts tagroll.Facts
		title string
		want  string
	}{
		{"plain", tagroll.Brief{}, tagroll.Facts{}, "Yellow tram climbing a steep street", ""},
		{"a place that nobody named", tagroll.Brief{}, tagroll.Facts{}, "Yellow tram in Lisbon at dusk", "unsupported-name"},
		{"at the beginning", tagroll.Brief{}, tagroll.Facts{}, "Lisbon tram at dusk", "unsupported-name"},
		{"a common word at the beginning", tagroll.Brief{}, tagroll.Facts{}, "Turkey roasting in an oven", ""},
		{"named by the file", tagroll.Brief{}, place, "Lisbon tram at dusk", ""},
		{"named by the photographer", tagroll.Brief{Context: "trams of lisbon, 2026"}, tagroll.Facts{}, "Yellow tram in Lisbon at dusk", ""},
		{"a name of two words", tagroll.Brief{Context: "Lisbon"}, tagroll.Facts{}, "Yellow tram below Castelo Branco in Lisbon", "unsupported-name"},
		{"feasts, languages and styles are no names", tagroll.Brief{}, tagroll.Facts{}, "Italian coffee on a Christmas market near a Gothic church", ""},
		{"abbreviations", tagroll.Brief{}, tagroll.Facts{}, "Blue LED lamp on a DIY shelf", ""},
		{"every word has a capital", tagroll.Brief{}, tagroll.Facts{}, "Yellow Tram Climbing Steep Street", ""},
		{"editorial", tagroll.Brief{Editorial: true}, tagroll.Facts{}, "Yellow tram in Lisbon at dusk", "dateline-incomplete"},
		{"another language", tagroll.Brief{Language: "German"}, tagroll.Facts{}, "Gelbe Straßenbahn auf steiler Straße", ""},
		{"banned", tagroll.Brief{Keywords: tagroll.KeywordBrief{Ban: []string{"tram"}}}, tagroll.Facts{}, "Two trams on a hill", "banned-word"},
		{"too long", tagroll.Brief{Title: tagroll.TitleBrief{Max: 10}}, tagroll.Facts{}, "Two trams on a hill", "title-too-long-for-you"},
		{"too few", tagroll.Brief{Keywords: tagroll.KeywordBrief{Min: 4}}, tagroll.Facts{}, "Two trams", "keywords-too-few-for-you"},
		{"vocabulary", tagroll.Brief{Keywords: tagroll.KeywordBrief{Vocabulary: []string{"x"}, Require: []string{"a", "b", "c"}}}, tagroll.Facts{}, "Two trams", "keywords-outside-vocabulary"},
		{"only what is written counts", tagroll.Brief{Only: []string{wording.Keywords}, Title: tagroll.TitleBrief{Max: 1}}, tagroll.Facts{}, "Two trams", ""},
	} {
		m := tagroll.Metadata{Title: test.title, Keywords: keywords(3)}
		got := rules(wording.Rules{Brief: test.brief}.Judge(tagroll.Photo{ID: "1"}, tagroll.Prepared{Facts: test.facts}, m, nil))
		if got != test.want {
			t.Errorf("%s: %q has the findings %q, want %q", test.name, test.title, got, test.want)
		}
	}
}

// Two photos of a batch have different titles, unless they are copies of one file.
func TestBatch(t *testing.T) {
	r := wording.Rules{Batch: new(wording.Batch)}
	judge := func(id, content, title string, words []string) string {
		return rules(r.Judge(tagroll.Photo{ID: id, Name: id}, tagroll.Prepared{Facts: tagroll.Facts{SHA256: content}}, tagroll.Metadata{Title: title, Keywords: words}, nil))
	}
	for _, step := range []struct {
		id, content, title string
		words              []string
		want               string
	}{
		{"1", "a", "Tram on a hill", keywords(20), ""},
		{"2", "b", "Trams on a hill", keywords(30)[20:], "same-title"},
		// Its second answer takes the place of the first.
		{"2", "b", "Tram below a hill", keywords(30)[20:], ""},
		{"3", "c", "Trams on a hill", keywords(40)[30:], "same-title"},
		{"3", "c", "Hill without a tram", keywords(40)[30:], ""},
		{"4", "a", "Tram on a hill", keywords(20), ""}, // a copy of 1
		{"5", "d", "Street", keywords(20), "same-keywords"},
		{"6", "e", "Alley", keywords(30)[10:], ""},
		{"1", "a", "Street with a tram", keywords(19), "same-keywords"},
	} {
		if got := judge(step.id, step.content, step.title, step.words); got != step.want {
			t.Errorf("photo %s, %q: findings %q, want %q", step.id, step.title, got, step.want)
		}
	}
}

// What looks like an earlier photo is told its title, and shares its group.
func TestSimilarPhotos(t *testing.T) {
	sketch := func(seed int) []byte {
		s := make([]byte, tagroll.SketchSide*tagroll.SketchSide)
		for i := range s {
			s[i] = byte((i*i*(seed+3) + i/32*97*seed) >> 3)
		}
		return s
	}
	r := wording.Rules{Batch: new(wording.Batch)}
	others := func(id string, looks int) []string {
		request := tagroll.Request{Photo: tagroll.Photo{ID: id}, Image: tagroll.Image{Width: 3, Height: 2, Sketch: sketch(looks)}}
		r.Ask(&request)
		r.Judge(request.Photo, tagroll.Prepared{Facts: request.Facts, Image: request.Image}, tagroll.Metadata{Title: "Title of " + id}, nil)
		return request.Brief.Others
	}
	others("1", 1)
	if got := others("2", 2); got != nil {
		t.Errorf("another photo is told %q", got)
	}
	if got := others("3", 1); !slices.Equal(got, []string{"Title of 1"}) {
		t.Errorf("a similar photo is told %q", got)
	}
	// A copy whose file says something else is the same picture: its title may be the same.
	copied := tagroll.Prepared{Facts: tagroll.Facts{SHA256: "other"}, Image: tagroll.Image{Width: 3, Height: 2, Sketch: sketch(1)}}
	if got := rules(r.Judge(tagroll.Photo{ID: "4"}, copied, tagroll.Metadata{Title: "Title of 3"}, nil)); got != "" {
		t.Errorf("a copy has the findings %q", got)
	}
	groups := r.Batch.Groups()
	if len(groups) != 1 || len(groups[0]) != 3 || groups[0][1].ID != "3" {
		t.Errorf("groups %v", groups)
	}
}

func ExampleRules() {
	r := wording.Rules{Brief: tagroll.Brief{Keywords: tagroll.KeywordBrief{Require: []string{"lisbon"}, Ban: []string{"photo"}}}}
	m := r.Settle(tagroll.Guide{}, tagroll.Facts{}, tagroll.Metadata{Title: "Tram in Porto", Keywords: []string{"tram", "photo"}})
	fmt.Println(m.Keywords)
	for _, f := range r.Judge(tagroll.Photo{ID: "1"}, tagroll.Prepared{}, m, nil) {
		fmt.Println(f.Rule, "in the", f.Field)
	}
	// Output:
	// [lisbon tram]
	// unsupported-name in the title
}

// What the photographer, the folder and the agencies ask is part of the identity under which the
// journal and the cache keep a result.
func TestIdentity(t *testing.T) {
	identity := func(brief tagroll.Brief, agencyName, folder string) string {
		a, err := agency.Lookup(agencyName)
		if err != nil {
			t.Fatal(err)
		}
		p, err := pipeline.New(pipeline.Config{
			Read:      func(context.Context, tagroll.Photo) ([]byte, error) { return nil, nil },
			Inspect:   func([]byte) (tagroll.Facts, error) { return tagroll.Facts{}, nil },
			Compress:  func(context.Context, []byte, tagroll.Facts) (tagroll.Image, error) { return tagroll.Image{}, nil },
			Describer: nobody{}, Rules: agency.Set{a}, Words: wording.Rules{Brief: brief},
		})
		if err != nil {
			t.Fatal(err)
		}
		return p.Identity(tagroll.Photo{ID: "1", Context: folder})
	}
	seen := make(map[string]string)
	for name, id := range map[string]string{
		"plain":    identity(tagroll.Brief{}, "adobe-stock", ""),
		"agency":   identity(tagroll.Brief{}, "pond5", ""),
		"context":  identity(tagroll.Brief{Context: "Lisbon"}, "adobe-stock", ""),
		"folder":   identity(tagroll.Brief{}, "adobe-stock", "Lisbon"),
		"language": identity(tagroll.Brief{Language: "German"}, "adobe-stock", ""),
		"banned":   identity(tagroll.Brief{Keywords: tagroll.KeywordBrief{Ban: []string{"Lisbon"}}}, "adobe-stock", ""),
		"required": identity(tagroll.Brief{Keywords: tagroll.KeywordBrief{Require: []string{"Lisbon"}}}, "adobe-stock", ""),
	} {
		if other, there := seen[id]; there {
			t.Errorf("%s and %s share their results", name, other)
		}
		seen[id] = name
	}
	if identity(tagroll.Brief{}, "adobe-stock", "") != identity(tagroll.Brief{Others: []string{"Old tram"}}, "adobe-stock", "") {
		t.Error("the titles of other photos are part of the identity")
	}
}

type nobody struct{}

func (nobody) Info() tagroll.DescriberInfo { return tagroll.DescriberInfo{Name: "nobody"} }

func (nobody) Describe(context.Context, tagroll.Request) (tagroll.Answer, error) {
	return tagroll.Answer{}, nil
}

// What may be recognised needs a release, unless there is one or the photo is editorial.
func TestReleases(t *testing.T) {
	m := tagroll.Metadata{Title: "A tram", Recognizable: []string{"people", "property"}}
	of := func(d tagroll.Details) func(tagroll.Photo) tagroll.Details {
		return func(tagroll.Photo) tagroll.Details { return d }
	}
	for name, test := range map[string]struct {
		rules wording.Rules
		want  string
	}{
		"none":        {wording.Rules{}, "people and property may be recognised"},
		"of a person": {wording.Rules{Details: of(tagroll.Details{ModelReleases: []string{"MR-1"}})}, "property may be recognised"},
		"both":        {wording.Rules{Details: of(tagroll.Details{ModelReleases: []string{"MR-1"}, PropertyReleases: []string{"PR-1"}})}, ""},
		"another's":   {wording.Rules{Details: func(p tagroll.Photo) tagroll.Details { return tagroll.Details{Editorial: p.ID != "1"} }}, "people and property may be recognised"},
		"editorial":   {wording.Rules{Details: of(tagroll.Details{Editorial: true})}, ""},
	} {
		found := test.rules.Judge(tagroll.Photo{ID: "1"}, tagroll.Prepared{}, m, nil)
		if test.want == "" && len(found) > 0 || test.want != "" && (len(found) != 1 || found[0].Rule != "release-needed" || !strings.HasPrefix(found[0].Message, test.want)) {
			t.Errorf("%s: %+v, want %q", name, found, test.want)
		}
	}
	r := wording.Rules{Brief: tagroll.Brief{Editorial: true}}
	for _, f := range r.Judge(tagroll.Photo{ID: "1"}, tagroll.Prepared{}, m, nil) {
		if f.Rule == "release-needed" {
			t.Error("an editorial photo needs a release")
		}
	}
}
