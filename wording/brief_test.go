package wording_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/wording"
)

func TestCheck(t *testing.T) {
	keep := map[string]tagroll.Existing{"title": tagroll.ExistingKeep}
	for _, test := range []struct {
		in, want tagroll.Brief
		err      string
	}{
		{},
		{in: tagroll.Brief{Title: tagroll.TitleBrief{Case: "sentence", Prefix: "News:\n"}, Language: "en-GB", Only: []string{}},
			want: tagroll.Brief{Title: tagroll.TitleBrief{Prefix: "News: "}}},
		{in: tagroll.Brief{Existing: map[string]tagroll.Existing{"title": "keep", "keywords": "use"}}, want: tagroll.Brief{Existing: keep}},
		{in: tagroll.Brief{Keywords: tagroll.KeywordBrief{Ban: []string{" dog\x00\tfood ", ""}}},
			want: tagroll.Brief{Keywords: tagroll.KeywordBrief{Ban: []string{"dog food"}}}},
		{in: tagroll.Brief{Language: " german "}, want: tagroll.Brief{Language: "German"}},
		{in: tagroll.Brief{Language: "xx"}, err: "such as de"},
		{in: tagroll.Brief{Title: tagroll.TitleBrief{Case: "upper"}}, err: "sentence or title"},
		{in: tagroll.Brief{Title: tagroll.TitleBrief{Max: -1}}, err: "longest title"},
		{in: tagroll.Brief{Title: tagroll.TitleBrief{Max: 10, Prefix: "123456", Suffix: "7890"}}, err: "nothing is left"},
		{in: tagroll.Brief{Keywords: tagroll.KeywordBrief{Min: 30, Max: 20}}, err: "numbers of keywords"},
		{in: tagroll.Brief{Keywords: tagroll.KeywordBrief{Max: 1, Require: []string{"a1", "b1"}}}, err: "at most 1"},
		{in: tagroll.Brief{Keywords: tagroll.KeywordBrief{Require: []string{"dog food"}, Ban: []string{"dogs"}}}, err: "both required and banned"},
		{in: tagroll.Brief{Keywords: tagroll.KeywordBrief{Require: []string{"dog", "🐶"}}}, err: "neither letters nor digits"},
		{in: tagroll.Brief{Keywords: tagroll.KeywordBrief{Vocabulary: []string{strings.Repeat("x", 501)}}}, err: "longer than 500"},
		{in: tagroll.Brief{Only: []string{"colour"}}, err: "no field"},
		{in: tagroll.Brief{Existing: map[string]tagroll.Existing{"category": "keep"}}, err: "cannot be treated"},
		{in: tagroll.Brief{Existing: map[string]tagroll.Existing{"title": "burn"}}, err: "cannot be treated"},
	} {
		got := test.in
		err := wording.Check(&got)
		switch {
		case test.err != "":
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%+v: %v, want %q", test.in, err, test.err)
			}
		case err != nil || !reflect.DeepEqual(got, test.want) || got.Version() != test.want.Version():
			t.Errorf("%+v becomes %+v (%v), want %+v", test.in, got, err, test.want)
		}
	}
}

// Wishes that an agency never meets are refused before a photo is paid for.
func TestCheckFor(t *testing.T) {
	adobe, err := agency.Lookup("adobe-stock")
	if err != nil {
		t.Fatal(err)
	}
	many := strings.Fields(strings.Repeat("word ", 60))
	for i := range many {
		many[i] += string(rune('a'+i/26)) + string(rune('a'+i%26))
	}
	for _, test := range []struct {
		keywords tagroll.KeywordBrief
		want     string
	}{
		{tagroll.KeywordBrief{}, ""},
		{tagroll.KeywordBrief{Min: 40, Max: 80, Require: many[:49]}, ""},
		{tagroll.KeywordBrief{Require: slices.Repeat(many[:10], 6)}, ""},
		{tagroll.KeywordBrief{Require: many}, "60 keywords are required and tagroll writes at most 49 for Adobe Stock: require fewer"},
		{tagroll.KeywordBrief{Min: 60, Max: 80}, "at least 60 keywords are wanted and tagroll writes at most 49 for Adobe Stock: ask for fewer"},
		// With a vocabulary fewer are no finding.
		{tagroll.KeywordBrief{Min: 60, Vocabulary: many}, ""},
	} {
		err := wording.CheckFor(tagroll.Brief{Keywords: test.keywords}, agency.Set{adobe})
		if (err == nil) != (test.want == "") || err != nil && err.Error() != test.want {
			t.Errorf("%+v: %v, want %q", test.keywords, err, test.want)
		}
	}
}
