package agency_test

import (
	"fmt"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

func ExampleSet_Guide() {
	a, err := agency.Lookup("adobe-stock")
	if err != nil {
		fmt.Println(err)
		return
	}
	guide := agency.Set{a}.Guide()
	fmt.Println(guide.Title.Ask, guide.Title.Max, guide.Title.NoCommas)
	fmt.Println(guide.Keywords.AskMin, guide.Keywords.AskMax)
	fmt.Println(len(guide.Categories), guide.Categories[0].Meaning)
	// Output:
	// 70 200 true
	// 25 40
	// 21 wild animals, pets, livestock, birds, insects and fish as the main subject
}

// The guide of several agencies suits them all.
func TestGuideOfSeveral(t *testing.T) {
	other := parseFile(t, "testdata/several-categories.json")
	both, reversed := agency.Set{adobe(t), other}.Guide(), agency.Set{other, adobe(t)}.Guide()
	if both.Version() != reversed.Version() {
		t.Errorf("the order of agencies makes a difference:\n%+v\n%+v", both, reversed)
	}
	if both.Version() == adobe(t).Guide().Version() && both.Title != adobe(t).Guide().Title {
		t.Error("different guides have one version")
	}
	if !both.Title.NoCommas || both.Title.Ask > 70 || both.Keywords.AskMin > both.Keywords.AskMax || both.Keywords.AskMax > both.Keywords.Max {
		t.Errorf("the guide %+v does not suit both", both)
	}
	if !(agency.Set{}).Guide().IsZero() {
		t.Error("no agencies ask for something")
	}
}

func TestMeaningsOfCategories(t *testing.T) {
	guides := adobe(t).Guide().Categories
	for i, c := range tagroll.Categories() {
		if guides[i].Name != c || len(guides[i].Meaning) < 20 {
			t.Errorf("category %d is %+v, want %s with its meaning", i, guides[i], c)
		}
	}
}

func TestDefault(t *testing.T) {
	set := agency.Default()
	if len(set) != 1 || set[0].Info().Name != "adobe-stock" || !set[0].Info().Default {
		t.Errorf("the default agencies are %v", set)
	}
}

// What a model saw of people and property stays whatever becomes of the words.
func TestRecognizableStays(t *testing.T) {
	pond5 := agency.Set{lookup(t, "pond5")}
	m := tagroll.Metadata{Title: "Old tram, climbing", Keywords: []string{"tram"}, Recognizable: []string{"people"}}
	for name, got := range map[string]tagroll.Metadata{"Normalize": pond5.Normalize(m), "Tidy": pond5.Tidy(m), "Fit": pond5[0].Fit(m)} {
		if len(got.Recognizable) != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if !pond5.Guide().Recognizable || agency.Default().Guide().Recognizable {
		t.Error("Pond5 has columns for releases of people and property, Adobe Stock has none for either")
	}
}
