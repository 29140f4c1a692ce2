package agency_test

import (
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// A release that is needed stays a finding after an edit, until one is named or the photo is for
// news and reports.
func TestJudgeReleases(t *testing.T) {
	pond5, err := agency.Lookup("pond5")
	if err != nil {
		t.Fatal(err)
	}
	set := agency.Set{pond5}
	editorial, err := set.Editorial()
	if err != nil {
		t.Fatal(err)
	}
	people, property := tagroll.RecognizablePeople, tagroll.RecognizableProperty
	for _, test := range []struct {
		what    string
		set     agency.Set
		seen    []string
		details *tagroll.Details
		want    string
	}{
		{"nothing seen", set, nil, nil, ""},
		{"none named", set, []string{people, property}, nil, "people and property may be recognised: name a release, or send the photo as editorial"},
		{"one named", set, []string{people, property}, &tagroll.Details{ModelReleases: []string{"MR Ana"}}, "property may be recognised: name a release, or send the photo as editorial"},
		{"both named", set, []string{people, property}, &tagroll.Details{ModelReleases: []string{"MR"}, PropertyReleases: []string{"PR"}}, ""},
		{"editorial photo", set, []string{people}, &tagroll.Details{Editorial: true}, ""},
		{"editorial batch", editorial, []string{people}, nil, ""},
	} {
		r := tagroll.Result{Photo: tagroll.Photo{Name: "a.jpg"}, Details: test.details,
			Metadata: &tagroll.Metadata{Title: "Woman reading beside an old house", Keywords: []string{"woman"}, Recognizable: test.seen}}
		test.set.Judge(&r)
		got := ""
		for _, f := range r.Findings {
			if f.Rule == "release-needed" {
				got += f.Message
			}
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.what, got, test.want)
		}
	}
}
