package agency_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

var may14 = time.Date(2026, 5, 14, 9, 0, 0, 0, time.UTC)

// Each agency has its own form of place and date, and none is made up.
func TestDateline(t *testing.T) {
	lisbon := tagroll.Place{Location: "Alfama", City: "Lisbon", Region: "Lisboa", Country: "Portugal"}
	for _, test := range []struct {
		agency      string
		place       tagroll.Place
		taken       time.Time
		text, field string
	}{
		{"shutterstock", lisbon, may14, "Lisbon, Portugal - May 14 2026: ", "description"},
		{"shutterstock", tagroll.Place{City: "Miami", Region: "Florida", Country: "United States"}, may14, "Miami, Florida - May 14 2026: ", "description"},
		{"shutterstock", tagroll.Place{City: "São Paulo", Country: "Brazil"}, may14, "Sao Paulo, Brazil - May 14 2026: ", "description"},
		{"pond5", lisbon, may14, "LISBON, PORTUGAL – 05/14/2026: ", "title"},
		{"getty-istock", lisbon, may14, "Lisbon, Lisboa, Portugal - May 14, 2026: ", "description"},
		{"getty-istock", tagroll.Place{City: "Luxembourg", Region: "Luxembourg", Country: "Luxembourg"}, may14, "Luxembourg, Luxembourg - May 14, 2026: ", "description"},
		{"getty-istock", tagroll.Place{City: "Monaco", Country: "Monaco"}, may14, "Monaco, Monaco - May 14, 2026: ", "description"},
		{"dreamstime", lisbon, may14, "Lisbon, Portugal - May 14, 2026: ", "description"},
		{"alamy", lisbon, may14, "", ""},
		{"adobe-stock", lisbon, may14, "", ""},
		{"shutterstock", lisbon, time.Time{}, "", ""},
		{"shutterstock", tagroll.Place{Country: "Portugal"}, may14, "", ""},
		{"shutterstock", tagroll.Place{City: "Lisbon"}, may14, "", ""},
	} {
		text, field := lookup(t, test.agency).Dateline(test.place, test.taken)
		if text != test.text || field != test.field {
			t.Errorf("%s, %+v: %q in the %q, want %q in the %q", test.agency, test.place, text, field, test.text, test.field)
		}
	}
}

// The row of an editorial photo begins with the agency's dateline, once; another photo's does not.
func TestEditorialRow(t *testing.T) {
	r := tagroll.Result{
		Photo:    tagroll.Photo{Name: "a.jpg"},
		Facts:    tagroll.Facts{Taken: may14, Place: tagroll.Place{City: "Lisbon", Country: "Portugal"}},
		Metadata: &tagroll.Metadata{Title: "Old tram climbing a steep street", Description: "An old tram climbs.", Keywords: []string{"tram"}},
	}
	cell := func(name string, column int) string { return lookup(t, name).Row(r)[column] }
	if got := cell("shutterstock", 1); got != "An old tram climbs." {
		t.Errorf("of another photo: %q", got)
	}
	r.Details = &tagroll.Details{Editorial: true}
	for range 2 {
		if got := cell("shutterstock", 1); got != "Lisbon, Portugal - May 14 2026: An old tram climbs." {
			t.Errorf("Shutterstock: %q", got)
		}
		r.Metadata.Description = cell("shutterstock", 1)
	}
	if got := cell("pond5", 1); got != "LISBON, PORTUGAL – 05/14/2026: Old tram climbing a steep street" {
		t.Errorf("Pond5: %q", got)
	}
	if got := cell("adobe-stock", 1); got != "Old tram climbing a steep street" {
		t.Errorf("Adobe Stock: %q", got)
	}
	r.Metadata.Description, r.Details.Place = "", tagroll.Place{City: "Porto", Country: "Portugal"}
	if got := cell("shutterstock", 1); got != "Porto, Portugal - May 14 2026: Old tram climbing a steep street" {
		t.Errorf("with the title in place of a description, and a place by hand: %q", got)
	}
	if r.Metadata.Description != "" {
		t.Error("the result was changed")
	}
}

// What goes into the file has the dateline of the agency that reads it there.
func TestCaptionedFile(t *testing.T) {
	r := tagroll.Result{
		Facts:    tagroll.Facts{Taken: may14, Place: tagroll.Place{City: "Lisbon", Country: "Portugal"}},
		Metadata: &tagroll.Metadata{Title: "Old tram"}, Details: &tagroll.Details{Editorial: true},
	}
	for names, want := range map[string]string{
		"shutterstock,getty-istock": "Lisbon, Portugal - May 14, 2026: Old tram",
		"pond5,shutterstock":        "Lisbon, Portugal - May 14 2026: Old tram",
		"pond5":                     "",
		"alamy":                     "",
		// The empty name stands for all agencies.
		"": "Lisbon, Portugal - May 14, 2026: Old tram",
	} {
		var set agency.Set
		for name := range strings.FieldsFuncSeq(names, func(r rune) bool { return r == ',' }) {
			set = append(set, lookup(t, name))
		}
		if got := set.CaptionedFile(r); got.Metadata.Description != want || got.Metadata.Title != "Old tram" {
			t.Errorf("%s: %+v, want %q", names, got.Metadata, want)
		}
	}
}

// Names and dates are allowed on editorial photos, room is left for the dateline, and an agency
// that takes none refuses.
func TestEditorialRules(t *testing.T) {
	m := tagroll.Metadata{Title: "Coca-Cola stand on 14 May 2026", Description: "A stand with a name on it at the carnival.",
		Keywords: strings.Fields("stand carnival street people summer drink crowd city event party dance music night lights food"), Category: "Culture and Religion"}
	pond5 := agency.Set{lookup(t, "pond5")}
	if found := pond5.Check("a.jpg", m); !tagroll.HasErrors(found) {
		t.Fatalf("a brand is no error on other photos: %+v", found)
	}
	editorial, err := pond5.Editorial()
	if err != nil {
		t.Fatal(err)
	}
	if found := editorial.Check("a.jpg", m); tagroll.HasErrors(found) {
		t.Errorf("the findings are %+v", found)
	}
	if was, is := pond5.Guide().Title.Ask, editorial.Guide().Title.Ask; is > was-30 {
		t.Errorf("a title of %d is asked for, of %d without a dateline", is, was)
	}
	if a := pond5[0].For(&tagroll.Details{Editorial: true}); tagroll.HasErrors(agency.Set{a}.Check("a.jpg", m)) || a.Guide().Title.Ask != pond5.Guide().Title.Ask {
		t.Error("the rules of a row that holds its dateline have other limits")
	}
	_, err = agency.Set{lookup(t, "pond5"), lookup(t, "adobe-stock")}.Editorial()
	if tagroll.CodeOf(err) != tagroll.CodeConfiguration || !strings.Contains(err.Error(), "Adobe Stock takes no editorial photos") || !strings.Contains(err.Error(), "shutterstock") {
		t.Errorf("the refusal is %v", err)
	}
}

func TestParseEditorial(t *testing.T) {
	const form = `{"name":"own","label":"Own","as_of":"2026-11-27","confidence":"","sources":[],"filename":{"warn_above":0},"title":{"max":0,"warn_above":0,"no_commas":false},
		"keywords":{"min":0,"max":0,"warn_below":0,"warn_above":0,"keep":0,"ask_min":0,"ask_max":0,"leading":0,"include_title_words":false},
		"forbidden":[],"text":{},"categories":null,"csv":null,"editorial":`
	for rules, want := range map[string]string{
		`{}`: "",
		`{"dateline":"{City} ({YEAR}): ","field":"title"}`: "",
		`{"dateline":"{city}: "}`:                          "editorial.field",
		`{"dateline":"{city}: ","field":"keywords"}`:       "editorial.field",
		`{"dateline":"{town}: ","field":"title"}`:          "nothing called {town}",
		`{"dateline":"{city","field":"title"}`:             "nothing called",
	} {
		_, err := agency.Parse([]byte(form + rules + "}"))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", rules, err, want)
		}
	}
}

// A row whose words begin with an agency's own dateline is an editorial one, and its date is no
// finding.
func TestHasDateline(t *testing.T) {
	taken := time.Date(2026, 5, 14, 0, 0, 0, 0, time.UTC)
	for _, name := range agency.Names() {
		a, err := agency.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		plain := tagroll.Metadata{Title: "Tram: a yellow one on a steep street", Description: "A tram on May 14 2026: it climbs a hill."}
		if a.HasDateline(plain) {
			t.Errorf("%s takes %+v for editorial", name, plain)
		}
		for _, p := range []tagroll.Place{{City: "Lisbon", Country: "Portugal"}, {City: "Austin", Region: "Texas", Country: "United States"}} {
			m := plain
			line, field := a.Dateline(p, taken)
			if field == "title" {
				m.Title = line + m.Title
			} else {
				m.Description = line + m.Description
			}
			if a.HasDateline(m) != (line != "") {
				t.Errorf("%s: HasDateline(%+v) = %v", name, m, line == "")
			}
			for _, f := range a.ForResult(tagroll.Result{Metadata: &m}).Check("a.jpg", m) {
				if line != "" && strings.HasSuffix(f.Rule, "-date") {
					t.Errorf("%s: %+v", name, f)
				}
			}
		}
	}
}

// A dateline is lacking where an agency wants one of an editorial photo and something is not known.
func TestLacksDateline(t *testing.T) {
	lisbon := tagroll.Place{City: "Lisbon", Country: "Portugal"}
	editorial := &tagroll.Details{Editorial: true}
	with, without := agency.Set{lookup(t, "shutterstock")}, agency.Set{lookup(t, "vecteezy")}
	for name, test := range map[string]struct {
		set  agency.Set
		r    tagroll.Result
		want bool
	}{
		"all is known":         {with, tagroll.Result{Facts: tagroll.Facts{Place: lisbon, Taken: may14}, Details: editorial}, false},
		"the details' place":   {with, tagroll.Result{Facts: tagroll.Facts{Taken: may14}, Details: &tagroll.Details{Editorial: true, Place: lisbon}}, false},
		"no day":               {with, tagroll.Result{Facts: tagroll.Facts{Place: lisbon}, Details: editorial}, true},
		"no place":             {with, tagroll.Result{Facts: tagroll.Facts{Taken: may14}, Details: editorial}, true},
		"none is wanted":       {without, tagroll.Result{Details: editorial}, false},
		"not editorial":        {with, tagroll.Result{}, false},
		"one of several lacks": {append(without, with...), tagroll.Result{Details: editorial}, true},
	} {
		test.r.Metadata = &tagroll.Metadata{Title: "A tram"}
		if got := test.set.LacksDateline(test.r); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
