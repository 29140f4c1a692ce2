package agency_test

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// promised are the rules that have nothing to say after Normalize.
var promised = []string{"title-comma", "title-control-characters", "title-emoji", "keywords-too-many", "keywords-many",
	"keyword-duplicate", "keyword-empty", "keyword-comma", "keyword-brand", "keyword-artist", "keyword-style-of", "keyword-ai-label",
	"keyword-web-address", "keyword-email-address", "keyword-control-characters", "keyword-emoji"}

func FuzzNormalize(f *testing.F) {
	f.Add("Red, ripe apple", "apple|red", "Food")
	f.Add(`"'A.'."`, "#a #b|.\"x\".|'", "7")
	f.Add("a\u200b\u0301 \u200c👨‍👩‍👧 …U.S..", "İstanbul|ﬁ|K|ß|a\u0301", "landscapes")
	f.Add("Coca Cola's swan-like Nikon", "coca|www.a.com|1,000", "&")
	f.Add(strings.Repeat("one two2 three's ", 30)+"ab cd ef gh ij kl mn op qr st uv wx yz", strings.Repeat("ab cd|", 60), "")
	var many strings.Builder
	for i := range 80 {
		many.WriteString(" w" + strings.Repeat("q", i))
	}
	f.Add(many.String(), strings.ReplaceAll(many.String(), " ", "|z"), "")
	a, other := adobe(f), parseFile(f, "testdata/several-categories.json")
	f.Fuzz(func(t *testing.T, title, keywords, category string) {
		m := tagroll.Metadata{Title: title, Keywords: strings.Split(keywords, "|"), Category: tagroll.Category(category)}
		once := a.Normalize(m)
		if twice := a.Normalize(once); !reflect.DeepEqual(once, twice) {
			t.Errorf("not idempotent:\n%q\n%q", once, twice)
		}
		for _, finding := range a.Check("a.jpg", once) {
			if slices.Contains(promised, finding.Rule) {
				t.Errorf("%q after Normalize: %s", once, finding.Message)
			}
		}
		set := agency.Set{a, other}
		if got := set.Normalize(m); len(got.Keywords) > 20 || strings.Contains(got.Title, ",") {
			t.Errorf("the set's limits are not kept: %q", got)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, path := range []string{"data/rules/adobe-stock.json", "testdata/several-categories.json"} {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"name":"x","label":"x","as_of":"2026-01-01","csv":{"delimiter":",","columns":[{"name":"a","source":"category","number":1}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := agency.Parse(text)
		if err != nil {
			if tagroll.CodeOf(err) != tagroll.CodeConfiguration {
				t.Errorf("%v has the code %s", err, tagroll.CodeOf(err))
			}
			return
		}
		m := a.Normalize(good())
		a.Check("a.jpg", m)
		if len(a.Row(resultOf("a.jpg", m, tagroll.Place{}))) != len(a.Layout().Header) {
			t.Error("row and header differ in length")
		}
	})
}
