package wording_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
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
