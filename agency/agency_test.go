package agency_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

func adobe(t testing.TB) *agency.Agency {
	t.Helper()
	a, err := agency.Lookup("adobe-stock")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func parseFile(t testing.TB, path string) *agency.Agency {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a, err := agency.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// good is metadata that no rule has anything against.
func good() tagroll.Metadata {
	return tagroll.Metadata{
		Title: "Wooden bench in a foggy park",
		Keywords: []string{"wooden bench", "foggy park", "autumn", "morning", "tree", "nature", "outdoors", "nobody",
			"tranquil", "empty", "seat", "leaves", "mist", "season", "path"},
		Category: "Landscapes",
	}
}

// rulesOf lists findings as "severity rule".
func rulesOf(findings []tagroll.Finding) []string {
	var rules []string
	for _, f := range findings {
		rules = append(rules, string(f.Severity)+" "+f.Rule)
	}
	return rules
}

func TestCheckField(t *testing.T) {
	words := func(n int) []string {
		k := slices.Clone(good().Keywords)
		for i := len(k); i < n; i++ {
			k = append(k, "word"+strings.Repeat("x", i))
		}
		return k[:n]
	}
	tests := map[string]struct {
		file string
		edit func(*tagroll.Metadata)
		want []string
	}{
		"good":                  {},
		"file name at limit":    {file: strings.Repeat("é", 26) + ".jpg"},
		"file name long":        {file: strings.Repeat("é", 27) + ".jpg", want: []string{"warning filename-too-long"}},
		"file name formula":     {file: "=1.jpg", want: []string{"warning filename-formula"}},
		"title of digits":       {edit: func(m *tagroll.Metadata) { m.Title = "42" }, want: []string{"error title-without-words"}},
		"title empty":           {edit: func(m *tagroll.Metadata) { m.Title = " \t" }, want: []string{"error title-empty"}},
		"title of 70":           {edit: func(m *tagroll.Metadata) { m.Title = "bench " + strings.Repeat("4", 64) }},
		"title of 71":           {edit: func(m *tagroll.Metadata) { m.Title = "bench " + strings.Repeat("4", 65) }, want: []string{"warning title-long"}},
		"title of 200":          {edit: func(m *tagroll.Metadata) { m.Title = "bench " + strings.Repeat("4", 194) }, want: []string{"warning title-long"}},
		"title of 201":          {edit: func(m *tagroll.Metadata) { m.Title = "bench " + strings.Repeat("4", 195) }, want: []string{"error title-too-long"}},
		"title comma":           {edit: func(m *tagroll.Metadata) { m.Title = "Bench, park" }, want: []string{"error title-comma"}},
		"title capitals":        {edit: func(m *tagroll.Metadata) { m.Title = "WOODEN BENCH" }, want: []string{"warning title-all-capitals"}},
		"title emoji":           {edit: func(m *tagroll.Metadata) { m.Title = "Bench 🌲 park" }, want: []string{"warning title-emoji"}},
		"title control":         {edit: func(m *tagroll.Metadata) { m.Title = "Bench\x00 park" }, want: []string{"error title-control-characters"}},
		"title not UTF-8":       {edit: func(m *tagroll.Metadata) { m.Title = "Bench \xff park" }, want: []string{"error title-control-characters"}},
		"title words missing":   {edit: func(m *tagroll.Metadata) { m.Title = "Wooden benches with a swan" }, want: []string{"warning keywords-lack-title-words"}},
		"4 keywords":            {edit: func(m *tagroll.Metadata) { m.Keywords = words(4) }, want: []string{"error keywords-too-few"}},
		"5 keywords":            {edit: func(m *tagroll.Metadata) { m.Keywords = words(5) }, want: []string{"warning keywords-few"}},
		"49 keywords":           {edit: func(m *tagroll.Metadata) { m.Keywords = words(49) }},
		"50 keywords":           {edit: func(m *tagroll.Metadata) { m.Keywords = words(50) }, want: []string{"warning keywords-many"}},
		"51 keywords":           {edit: func(m *tagroll.Metadata) { m.Keywords = words(51) }, want: []string{"error keywords-too-many"}},
		"duplicate":             {edit: func(m *tagroll.Metadata) { m.Keywords = append(m.Keywords, "AUTUMN", "autumn") }, want: []string{"warning keyword-duplicate"}},
		"keyword list":          {edit: func(m *tagroll.Metadata) { m.Keywords[3] = "a, b" }, want: []string{"error keyword-comma"}},
		"keyword brand":         {edit: func(m *tagroll.Metadata) { m.Keywords[3] = "nikon camera" }, want: []string{"error keyword-brand"}},
		"keyword made by AI":    {edit: func(m *tagroll.Metadata) { m.Keywords[3] = "AI-generated" }, want: []string{"error keyword-ai-label"}},
		"keyword web address":   {edit: func(m *tagroll.Metadata) { m.Keywords[3] = "www.example.org" }, want: []string{"error keyword-web-address"}},
		"keyword e-mail":        {edit: func(m *tagroll.Metadata) { m.Keywords[3] = "me@example.org" }, want: []string{"error keyword-email-address"}},
		"keyword phone":         {edit: func(m *tagroll.Metadata) { m.Keywords[3] = "+49 30 1234567" }, want: []string{"warning keyword-phone-number"}},
		"no category":           {edit: func(m *tagroll.Metadata) { m.Category = "" }, want: []string{"error category-missing"}},
		"category of its own":   {edit: func(m *tagroll.Metadata) { m.Category = "Benches" }, want: []string{"error category-unknown"}},
		"order of several":      {file: strings.Repeat("x", 31), edit: func(m *tagroll.Metadata) { *m = tagroll.Metadata{} }, want: []string{"warning filename-too-long", "error title-empty", "error keywords-too-few", "error category-missing"}},
		"date is no phone":      {edit: func(m *tagroll.Metadata) { m.Keywords[3] = "2026-11-23 10:15" }},
		"artificial, not label": {edit: func(m *tagroll.Metadata) { m.Keywords[3] = "artificial intelligence" }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := good()
			if test.edit != nil {
				test.edit(&m)
			}
			if test.file == "" {
				test.file = "bench.jpg"
			}
			if got := rulesOf(adobe(t).Check(test.file, m)); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestCheckWordsOfTitle(t *testing.T) {
	tests := []struct{ title, want, quoted string }{
		{"Photographer holding a Nikon camera", "error title-brand", `"Nikon"`},
		{"Old NIKONs on a shelf", "error title-brand", `"NIKONs"`},
		{"Glass of coca cola with ice", "error title-brand", `"coca cola"`},
		{"Parked Citroën near the church", "error title-brand", `"Citroën"`},
		{"Burger at McDonald’s in the evening", "error title-brand", `"McDonald’s"`},
		{"Farm of old McDonald with cows", "", ""},
		{"Legolas costume on a stage", "", ""},
		{"Woman typing on an Apple laptop", "error title-brand", `"Apple"`},
		{"Sticker of Apple on a grey notebook", "warning title-possible-brand", `"Apple"`},
		{"Apple on a wooden table", "", ""},
		{"Red Apple On Wooden Table", "", ""},
		{"Ripe apples and an apple tree", "", ""},
		{"Shell on a sandy beach", "", ""},
		{"Cars at a shell station by night", "error title-brand", `"shell"`},
		{"Jaguar resting on a branch", "", ""},
		{"Vintage jaguar car in front of a house", "error title-brand", `"jaguar"`},
		{"Travellers ford a river on horseback", "", ""},
		{"Aerial view of the Amazon rainforest", "", ""},
		{"Courier with an Amazon parcel", "error title-brand", `"Amazon"`},
		{"Fresh orange juice in a glass", "", ""},
		{"Asian giant hornet Vespa mandarinia on bark", "", ""},
		{"Night sky in the style of Van Gogh", "error title-style-of", `"in the style of"`},
		{"Lake at dawn generated by AI", "error title-ai-label", `"generated by AI"`},
		{"Generative AI landscape with lake", "error title-ai-label", `"Generative AI"`},
		{"Portrait of Maria Garcia in a garden", "warning title-possible-person", `"Maria Garcia"`},
		{"Portrait of German shepherd in a garden", "", ""},
		{"Portrait of Golden Retriever in a garden", "", ""},
		{"Portrait Of Young Woman In Garden", "", ""},
		{"More at www.example.com today", "error title-web-address", `"www.example.com"`},
	}
	for _, test := range tests {
		m := tagroll.Metadata{Title: test.title}
		findings := adobe(t).Check("a.jpg", m)
		i := slices.IndexFunc(findings, func(f tagroll.Finding) bool { return f.Field == "title" })
		switch {
		case test.want == "" && i >= 0:
			t.Errorf("%q: %s", test.title, findings[i].Message)
		case test.want != "" && i < 0:
			t.Errorf("%q: nothing found, want %s", test.title, test.want)
		case test.want != "" && (rulesOf(findings[i : i+1])[0] != test.want || !strings.Contains(findings[i].Message, test.quoted)):
			t.Errorf("%q: %s %q, want %s with %s", test.title, findings[i].Rule, findings[i].Message, test.want, test.quoted)
		}
	}
}

func TestNormalizeTitle(t *testing.T) {
	for in, want := range map[string]string{
		"Red, ripe apple":                "Red ripe apple",
		"Red,ripe apple":                 "Red ripe apple",
		"1,000 lanterns of 2,5 m":        "1000 lanterns of 2.5 m",
		`"A dog runs."`:                  "A dog runs",
		"“Sunset over the sea”.":         "Sunset over the sea",
		`"Open" and "closed"`:            `"Open" and "closed"`,
		"Street in the U.S.":             "Street in the U.S.",
		"  Two\n\t spaces\u00a0 here ":   "Two spaces here",
		"Zero\u200bwidth \ufeffmarks":    "Zerowidth marks",
		"Cafe\u0301 at night":            "Café at night",
		"Sunny ☀️ day 👨‍👩‍👧":             "Sunny day",
		"می\u200cخواهم":                  "می\u200cخواهم", // Persian needs the non-joiner
		"a\u200cb":                       "ab",
		strings.Repeat("long word ", 30): strings.TrimSpace(strings.Repeat("long word ", 30)),
	} {
		if got := adobe(t).Normalize(tagroll.Metadata{Title: in}).Title; got != want {
			t.Errorf("Normalize(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNormalizeKeywords(t *testing.T) {
	for _, test := range []struct {
		title    string
		in, want []string
	}{
		{"", nil, []string{}},
		{"", []string{" Dog ", "dog", "DOG.", "#puppy", `"cat"`, "", "  "}, []string{"dog", "puppy", "cat"}},
		{"", []string{"tree, leaf; bark", "#sun #sea"}, []string{"tree", "leaf", "bark", "sun", "sea"}},
		{"", []string{"mother's day", "t-shirt", "c++", "=sum", "ai generated", "Nikon", "apple"},
			[]string{"mother's day", "t-shirt", "c++", "sum", "apple"}},
		{"A swan's nest near reeds", []string{"bird", "reed", "lake", "spring", "water"}, []string{"bird", "reed", "lake", "spring", "water", "swan", "nest"}},
		{"Coca Cola can on Nikon bag", []string{"drink", "tin", "red", "soda", "metal"}, []string{"drink", "tin", "red", "soda", "metal", "can", "bag"}},
		// Words of the title do not make up for keywords that are too few.
		{"Swan on a nest near reeds", []string{"bird", "reed"}, []string{"bird", "reed"}},
		{"夜の東京", []string{"tokyo"}, []string{"tokyo"}},
	} {
		if got := adobe(t).Normalize(tagroll.Metadata{Title: test.title, Keywords: test.in}).Keywords; !slices.Equal(got, test.want) {
			t.Errorf("%q %q: got %q, want %q", test.title, test.in, got, test.want)
		}
	}
}

func TestNormalizeAddsTitleWordsWithinTheLimit(t *testing.T) {
	var in []string
	for i := range 60 {
		in = append(in, "k"+strings.Repeat("z", i))
	}
	in[59] = "swan"
	got := adobe(t).Normalize(tagroll.Metadata{Title: "Swan beside reeds", Keywords: in}).Keywords
	if len(got) != 49 || !slices.Equal(got[:10], in[:10]) || got[10] != "reeds" || got[48] != "swan" || got[47] != in[46] {
		t.Errorf("%d keywords: %q", len(got), got)
	}
	if in[10] == "reeds" {
		t.Error("the caller's slice was changed")
	}
}

func TestTidyLeavesWordsAlone(t *testing.T) {
	many := make([]string, 60)
	for i := range many {
		many[i] = fmt.Sprintf("word%d", i)
	}
	m := tagroll.Metadata{Title: "Red fox, in snow.", Keywords: append([]string{"#Snow", "snow", "Nikon", "winter; cold"}, many...), Category: "animals"}
	got := adobe(t).Tidy(m)
	if got.Title != "Red fox in snow" || got.Category != "Animals" {
		t.Errorf("got the title %q and the category %q", got.Title, got.Category)
	}
	// No "fox" and no "red", although the title has them; "nikon" and all sixty for Check to
	// judge.
	if want := append([]string{"snow", "nikon", "winter", "cold"}, many...); !slices.Equal(got.Keywords, want) {
		t.Errorf("got  %q\nwant %q", got.Keywords, want)
	}
	if limits := adobe(t).Limits(); limits.KeywordsMax != 50 || limits.TitleMax != 200 || limits.LeadingKeywords != 10 {
		t.Errorf("the limits are %+v", limits)
	}
}

func TestEveryCategoryHasANumber(t *testing.T) {
	a := adobe(t)
	column := slices.Index(a.Layout().Header, "Category")
	for i, c := range tagroll.Categories() {
		cell := a.Row(resultOf("a.jpg", tagroll.Metadata{Category: c}, tagroll.Place{}))[column]
		if back, ok := a.Category(cell); !ok || back != c {
			t.Errorf("%s is %q, which is %q again", c, cell, back)
		}
		if i == 6 && cell != "7" || i == 20 && cell != "21" {
			t.Errorf("%s has the number %s", c, cell)
		}
		if got := a.Normalize(tagroll.Metadata{Category: tagroll.Category(" " + strings.ToUpper(string(c)))}).Category; got != c {
			t.Errorf("Normalize left %q of %q", got, c)
		}
	}
}

// The data model carries agencies of other kinds without code of their own.
func TestOtherLayouts(t *testing.T) {
	a := parseFile(t, "testdata/several-categories.json")
	m := tagroll.Metadata{Title: "Tea, hot", Keywords: []string{"tea", "cup"}, Category: "Drinks"}
	place := tagroll.Place{City: "Kyoto", Country: "Japan"}
	if got := a.Layout(); got.Delimiter != ';' || got.FileName != 0 || got.MaxRows != 0 {
		t.Errorf("layout %+v", got)
	}
	want := []string{"tea.jpg", "Tea, hot", "tea,cup", "Food and drink/Objects", "Food and drink", "Objects", "", "No", "Kyoto", "Japan"}
	if got := a.Row(resultOf("tea.jpg", m, place)); !slices.Equal(got, want) {
		t.Errorf("row %q, want %q", got, want)
	}
	if got := a.Normalize(m).Title; got != m.Title {
		t.Errorf("the title became %q though commas are allowed", got)
	}
	set := agency.Set{adobe(t), a}
	if got := set.Normalize(m).Title; got != "Tea hot" {
		t.Errorf("the set made the title %q", got)
	}
	var agencies []string
	for _, f := range set.Check("tea.jpg", m) {
		if !slices.Contains(agencies, f.Agency) {
			agencies = append(agencies, f.Agency)
		}
	}
	if !slices.Equal(agencies, []string{"adobe-stock", "several-categories"}) {
		t.Errorf("findings of %q", agencies)
	}
}

func TestParseRefuses(t *testing.T) {
	valid, err := os.ReadFile("data/rules/adobe-stock.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ old, new, field string }{
		{`"max": 200`, `"maximum": 200`, "maximum"},
		{`"max": 200`, `"max": -1`, "title.max"},
		{`"adobe-stock"`, `"Adobe Stock"`, "name"},
		{`"2026-11-23"`, `"yesterday"`, "as_of"},
		{`"delimiter": ","`, `"delimiter": "x"`, "csv.delimiter"},
		{`"source": "title"`, `"source": "weather"`, "weather"},
		{`"Animals": ["1"]`, `"Animals": []`, "Animals"},
		{`"Animals": ["1"],`, `"Animals": ["1"], "Dragons": ["22"],`, "Dragons"},
		{`"list": "artists"`, `"list": "../rules/adobe-stock"`, "word list"},
		{`"emoji": "warning"`, `"emoji": "maybe"`, "maybe"},
		{`"keep": 49`, `"keep": 99`, "keep"},
	} {
		text := strings.Replace(string(valid), test.old, test.new, 1)
		if text == string(valid) {
			t.Fatalf("%s is not in the rules any more", test.old)
		}
		_, err := agency.Parse([]byte(text))
		if tagroll.CodeOf(err) != tagroll.CodeConfiguration || !strings.Contains(err.Error(), test.field) {
			t.Errorf("%s: %v", test.new, err)
		}
	}
	if _, err := agency.Parse(append(valid, '{')); err == nil {
		t.Error("text behind the end was taken")
	}
}

func TestLookupUnknown(t *testing.T) {
	_, err := agency.Lookup("adobe")
	if tagroll.CodeOf(err) != tagroll.CodeConfiguration || !strings.Contains(err.Error(), "adobe-stock") {
		t.Errorf("got %v", err)
	}
}

func resultOf(name string, m tagroll.Metadata, place tagroll.Place) tagroll.Result {
	return tagroll.Result{Photo: tagroll.Photo{ID: name, Name: name}, Metadata: &m, Facts: tagroll.Facts{Place: place}}
}
