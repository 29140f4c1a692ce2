package wording_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/wording"
)

// namesIn returns the names that are found unsupported.
func namesIn(r wording.Rules, photo tagroll.Photo, f tagroll.Facts, m tagroll.Metadata) (names []string) {
	for _, found := range r.Judge(photo, tagroll.Prepared{Facts: f}, m, nil) {
		if found.Rule == "unsupported-name" {
			names = append(names, found.Field+" "+strings.Split(found.Message, `"`)[1])
		}
	}
	return names
}

// Of two hundred titles those with names are found, and no other.
func TestUnsupportedNames(t *testing.T) {
	text, err := os.ReadFile("testdata/titles.txt")
	if err != nil {
		t.Fatal(err)
	}
	titles, alarms, misses := 0, 0, 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		titles++
		title, names, _ := strings.Cut(line, " | ")
		var want []string
		for name := range strings.SplitSeq(names, "; ") {
			if name != "" {
				want = append(want, "title "+name)
			}
		}
		got := namesIn(wording.Rules{}, tagroll.Photo{ID: "1"}, tagroll.Facts{}, tagroll.Metadata{Title: title})
		if slices.Equal(got, want) {
			continue
		}
		t.Errorf("%q: found %q, want %q", title, got, want)
		if len(got) > len(want) {
			alarms++
		} else {
			misses++
		}
	}
	if titles < 150 || alarms+misses > 0 {
		t.Errorf("%d titles: %d false alarms, %d misses", titles, alarms, misses)
	}
}

// What the photographer, the file or the folder's name says supports a name, in whatever order and
// with or without accents. Descriptions are held to it like titles.
func TestSupportedNames(t *testing.T) {
	lisbon := tagroll.Facts{Place: tagroll.Place{City: "Lisbon", Country: "Portugal"}}
	for _, test := range []struct {
		what  string
		rules wording.Rules
		photo tagroll.Photo
		facts tagroll.Facts
		m     tagroll.Metadata
		want  []string
	}{
		{"another order", wording.Rules{}, tagroll.Photo{}, lisbon, tagroll.Metadata{Title: "Tram in Lisbon Portugal at dusk"}, nil},
		{"a folder", wording.Rules{}, tagroll.Photo{Path: "/photos/2026-05-14 Lisbon tram/DSC_1.jpg"}, tagroll.Facts{}, tagroll.Metadata{Title: "Yellow tram in Lisbon at dusk"}, nil},
		{"a folder of another system", wording.Rules{}, tagroll.Photo{Path: `C:\photos\2026 Lisbon\DSC_1.jpg`}, tagroll.Facts{}, tagroll.Metadata{Title: "Yellow tram in Lisbon at dusk"}, nil},
		{"accents are left out", wording.Rules{}, tagroll.Photo{}, tagroll.Facts{Place: tagroll.Place{City: "São Paulo"}}, tagroll.Metadata{Title: "Blue house in Sao Paulo with a garden"}, nil},
		{"a description", wording.Rules{}, tagroll.Photo{}, tagroll.Facts{}, tagroll.Metadata{Title: "Yellow tram at dusk", Description: "A tram climbs a hill. Lisbon lies below it in warm light."}, []string{"description Lisbon"}},
		{"said once", wording.Rules{}, tagroll.Photo{}, tagroll.Facts{}, tagroll.Metadata{Title: "Yellow tram in Lisbon at dusk", Description: "The tram climbs a hill in Lisbon."}, []string{"title Lisbon"}},
		{"another language", wording.Rules{Brief: tagroll.Brief{Language: "German"}}, tagroll.Photo{}, tagroll.Facts{}, tagroll.Metadata{Title: "Gelbe Straßenbahn auf einem Hügel"}, nil},
	} {
		test.photo.ID = "1"
		if got := namesIn(test.rules, test.photo, test.facts, test.m); !slices.Equal(got, test.want) {
			t.Errorf("%s: found %q, want %q", test.what, got, test.want)
		}
	}
}
