package agency_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

func lookup(t testing.TB, name string) *agency.Agency {
	t.Helper()
	a, err := agency.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestNamesBeginWithTheDefault(t *testing.T) {
	names := agency.Names()
	if names[0] != "adobe-stock" || !slices.IsSorted(names[1:]) {
		t.Errorf("the names are %q", names)
	}
	for _, want := range []string{"shutterstock", "pond5", "freepik", "vecteezy", "dreamstime", "123rf", "depositphotos", "alamy", "getty-istock", "storyblocks"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

// Every section with rules says where they were read, when, and how far they are to be trusted.
func TestEverySectionHasEvidence(t *testing.T) {
	for _, name := range agency.Names() {
		a := lookup(t, name)
		info, limits := a.Info(), a.Limits()
		if info.AsOf == "" || info.Confidence == "" || len(info.Sources) == 0 {
			t.Errorf("%s: %+v", name, info)
		}
		want := []string{"keywords", "text"}
		if limits.TitleMax+limits.TitleWarnAbove > 0 {
			want = append(want, "title")
		}
		if limits.DescriptionMax > 0 {
			want = append(want, "description")
		}
		if !a.Embedded() {
			want = append(want, "csv")
		}
		for _, section := range want {
			// A rule about the form of a field belongs to the field's own section.
			got, e := a.EvidenceOf(tagroll.Finding{Field: section, Rule: "x-empty"})
			if got != section || e.Source == "" || e.AsOf == "" || e.Confidence == "" {
				t.Errorf("%s says nothing of its source for %s", name, section)
			}
		}
		_, e := a.EvidenceOf(tagroll.Finding{Field: "category"})
		if hasCategories := len(a.Guide().Categories) > 0; hasCategories != (e.Source != "") {
			t.Errorf("%s: categories %t, their evidence %+v", name, hasCategories, e)
		}
	}
	if got := lookup(t, "depositphotos").Unconfirmed(); !slices.Contains(got, "csv") {
		t.Errorf("the columns of Depositphotos are %q", got)
	}
	if got := lookup(t, "adobe-stock").Unconfirmed(); got != nil {
		t.Errorf("Adobe's %q are unconfirmed", got)
	}
}

// One answer serves an agency with a title and another with a description.
func TestFit(t *testing.T) {
	m := tagroll.Metadata{Title: "Woman in a café", Keywords: []string{"café", "cafe", "woman"}, Category: "Lifestyle"}
	shutterstock := lookup(t, "shutterstock").Fit(m)
	if shutterstock.Description != "Woman in a cafe" || !slices.Equal(shutterstock.Keywords, []string{"cafe", "woman"}) {
		t.Errorf("Shutterstock gets %+v", shutterstock)
	}
	if got := adobe(t).Fit(m); got.Title != m.Title || got.Description != "" || !slices.Equal(got.Keywords, m.Keywords) {
		t.Errorf("Adobe gets %+v", got)
	}
	if m.Keywords[0] != "café" {
		t.Error("the caller's keywords were changed")
	}
	described := tagroll.Metadata{Description: "Woman in a café."}
	if got := adobe(t).Fit(described); got.Title != "Woman in a café" {
		t.Errorf("a description became the title %q", got.Title)
	}
	for in, want := range map[string]string{
		"Größe, naïve façade — “Æsir” in Łódź": `Grosse, naive facade - "AEsir" in Lodz`,
		"東京 tower":       "東京 tower",
		"И́ва":           "И́ва", // a Cyrillic letter keeps its mark
		"Vietnamese phở": "Vietnamese pho",
	} {
		if got := lookup(t, "shutterstock").Fit(tagroll.Metadata{Title: in}).Description; got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestRulesOfOtherAgencies(t *testing.T) {
	words := strings.Fields("one two three four five six seven eight nine ten eleven twelve")
	for _, test := range []struct {
		agency string
		file   string
		m      tagroll.Metadata
		want   string // "" for nothing on the field
		field  string
	}{
		{agency: "pond5", file: "IMG_0001.jpg", want: "warning filename-changed", field: "filename"},
		{agency: "pond5", file: "IMG0001.jpg", field: "filename"},
		{agency: "pond5", m: tagroll.Metadata{Title: "Dog"}, want: "warning title-short", field: "title"},
		{agency: "pond5", m: tagroll.Metadata{Title: strings.Repeat("dog ", 21)}, want: "error title-too-long", field: "title"},
		{agency: "vecteezy", m: tagroll.Metadata{Title: "A very long row of nine words in this title"}, want: "warning title-many-words", field: "title"},
		{agency: "vecteezy", m: tagroll.Metadata{Title: "Two dogs"}, want: "warning title-few-words", field: "title"},
		{agency: "vecteezy", m: tagroll.Metadata{Title: "Dog & cat on grass"}, want: "warning title-punctuation", field: "title"},
		{agency: "vecteezy", m: tagroll.Metadata{Title: "Dog, cat and a child's toy"}, field: "title"},
		{agency: "shutterstock", m: tagroll.Metadata{Title: "Crème brûlée on a plate"}, want: "warning description-accents", field: "description"},
		{agency: "shutterstock", m: tagroll.Metadata{Description: strings.Repeat("word ", 50)}, want: "warning description-long", field: "description"},
		{agency: "shutterstock", m: tagroll.Metadata{Description: strings.Repeat("word ", 500)}, want: "error description-too-long", field: "description"},
		{agency: "shutterstock", m: tagroll.Metadata{Keywords: words}, want: "error description-empty", field: "description"},
		{agency: "dreamstime", m: tagroll.Metadata{Title: "Dog on a lawn", Description: "A dog."}, want: "warning description-short", field: "description"},
		{agency: "dreamstime", m: tagroll.Metadata{Title: "Dog on a lawn"}, field: "description"},
		{agency: "shutterstock", m: tagroll.Metadata{Description: "A boy dressed as Harry Potter"}, want: "error description-fiction", field: "description"},
		{agency: "adobe-stock", m: tagroll.Metadata{Title: "Statue of Winston Churchill in a park"}, want: "error title-person", field: "title"},
		{agency: "adobe-stock", m: tagroll.Metadata{Title: "Castle of Hogwarts on a hill"}, want: "error title-fiction", field: "title"},
		{agency: "adobe-stock", m: tagroll.Metadata{Title: "Market hall on November 27 2026"}, want: "warning title-date", field: "title"},
		{agency: "adobe-stock", m: tagroll.Metadata{Title: "Fox shot with telephoto lens"}, want: "warning title-camera-term", field: "title"},
		{agency: "adobe-stock", m: tagroll.Metadata{Title: "Beautiful fox in snow"}, want: "warning title-filler", field: "title"},
		{agency: "adobe-stock", m: tagroll.Metadata{Title: "Photo album on a table"}, field: "title"},
		{agency: "adobe-stock", m: tagroll.Metadata{Title: "Film from 1994 on a reel"}, field: "title"},
		{agency: "alamy", m: tagroll.Metadata{Title: "Portrait of Maria Garcia with a Nikon camera"}, field: "title"},
	} {
		file := test.file
		if file == "" {
			file = "a.jpg"
		}
		findings := slices.DeleteFunc(lookup(t, test.agency).Check(file, test.m), func(f tagroll.Finding) bool { return f.Field != test.field })
		rules := rulesOf(findings)
		if test.want == "" && len(rules) > 0 || test.want != "" && !slices.Contains(rules, test.want) {
			t.Errorf("%s, %s %q %q: %q, want %q", test.agency, file, test.m.Title, test.m.Description, rules, test.want)
		}
	}
}

func TestKeywordForms(t *testing.T) {
	check := func(keywords ...string) []string {
		return rulesOf(slices.DeleteFunc(adobe(t).Check("a.jpg", tagroll.Metadata{Title: "x", Keywords: keywords}), func(f tagroll.Finding) bool {
			return f.Rule != "keyword-same-stem" && f.Rule != "keyword-spam"
		}))
	}
	for _, pair := range [][2]string{{"dog", "dogs"}, {"running", "run"}, {"woman", "women"}, {"city", "cities"}, {"leaf", "leaves"}, {"hiking trail", "hiking trails"},
		{"box", "boxes"}, {"bake", "baking"}, {"tomato", "tomatoes"}, {"jump", "jumped"}} {
		if got := check(pair[0], pair[1]); !slices.Equal(got, []string{"warning keyword-same-stem"}) {
			t.Errorf("%q: %q", pair, got)
		}
	}
	for _, pair := range [][2]string{{"university", "universe"}, {"new", "news"}, {"organ", "organic"}, {"build", "building"}, {"glass", "glasses"}, {"paint", "painting"},
		{"good", "goods"}, {"spice", "species"}, {"be", "bed"}, {"wed", "wedding"}, {"mean", "means"}, {"marine", "marinated"}, {"car", "care"}, {"plan", "plane"}, {"sea", "seed"}} {
		if got := check(pair[0], pair[1]); got != nil {
			t.Errorf("%q: %q", pair, got)
		}
	}
	spam := []string{"dog", "dog bed", "dog food", "dog toy", "small dog", "dog park", "happy dogs", "dog walk", "old dog"}
	if got := check(spam...); !slices.Equal(got, []string{"warning keyword-spam"}) {
		t.Errorf("nine keywords with one word: %q", got)
	}
	if got := check(spam[:8]...); got != nil {
		t.Errorf("eight keywords with one word: %q", got)
	}
}

// A keyword may be as long as a request of the API: checking one of many words takes work in
// proportion to their number, which the memory that is asked for shows.
func TestCheckOfAnEndlessKeyword(t *testing.T) {
	a, m := adobe(t), tagroll.Metadata{Title: "x", Keywords: []string{strings.Repeat("12 ", 4000)}}
	a.Check("a.jpg", m) // what is made once
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	a.Check("a.jpg", m)
	runtime.ReadMemStats(&after)
	if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 50 {
		t.Errorf("%d MB were asked for to check 12 KB", took)
	}
}
