package agency_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

func ExampleRepeats() {
	var photos agency.Repeats
	words := strings.Fields("fox snow winter wildlife forest animal")
	photos.Add("a.jpg", "a.jpg", tagroll.Metadata{Title: "Red fox in snow", Keywords: words})
	for _, f := range photos.Add("b.jpg", "b.jpg", tagroll.Metadata{Title: "Red foxes in the snow", Keywords: words}) {
		fmt.Println(f.Rule)
	}
	// Output:
	// keywords-repeated
}

func TestRepeats(t *testing.T) {
	list := func(from, to int) []string {
		var words []string
		for i := from; i < to; i++ {
			words = append(words, fmt.Sprintf("word%c%c", 'a'+i/26, 'a'+i%26))
		}
		return words
	}
	var b agency.Repeats
	for _, test := range []struct {
		name string
		m    tagroll.Metadata
		want []string
	}{
		{"IMG_1.jpg", tagroll.Metadata{Title: "Red fox", Keywords: list(0, 40)}, nil},
		{"img_1.JPG", tagroll.Metadata{Title: "Grey wolf", Keywords: list(40, 80)}, []string{"error filename-repeated"}},
		{"IMG_3.jpg", tagroll.Metadata{Title: "RED FOX", Keywords: list(80, 120)}, []string{"warning title-repeated"}},
		// 38 of 40 and 40 are 38 of 42 that either has: 90.5%.
		{"IMG_4.jpg", tagroll.Metadata{Title: "A", Keywords: append(list(2, 40), "x", "y")}, []string{"warning keywords-repeated"}},
		// 37 of 43: 86%.
		{"IMG_5.jpg", tagroll.Metadata{Title: "B", Keywords: append(list(3, 40), "p", "q", "r")}, nil},
		{"IMG_6.jpg", tagroll.Metadata{Title: "C", Keywords: []string{"fox", "snow"}}, nil},
		// Too few to tell.
		{"IMG_7.jpg", tagroll.Metadata{Title: "D", Keywords: []string{"fox", "snow"}}, nil},
		{"IMG_8.jpg", tagroll.Metadata{}, nil},
		{"IMG_9.jpg", tagroll.Metadata{}, nil},
	} {
		if got := rulesOf(b.Add(test.name, test.name, test.m)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// What shares no keyword at the front of the order is not compared, and nothing is missed by it.
func TestRepeatsFindsEveryOverlap(t *testing.T) {
	for drop := range 40 {
		var words []string
		for i := range 40 {
			words = append(words, fmt.Sprintf("keyword %c%c", 'a'+i%26, 'a'+i/26))
		}
		var b agency.Repeats
		b.Add("a", "a", tagroll.Metadata{Title: "a", Keywords: words})
		other := slices.Delete(slices.Clone(words), drop, min(drop+3, 40))
		if got := rulesOf(b.Add("b", "b", tagroll.Metadata{Title: "b", Keywords: other})); !slices.Equal(got, []string{"warning keywords-repeated"}) {
			t.Errorf("without keywords %d to %d: %q", drop, drop+2, got)
		}
	}
}

func TestCheckFile(t *testing.T) {
	good := tagroll.Facts{Format: tagroll.FormatJPEG, Bytes: 10e6, Width: 6000, Height: 4000, ColorSpace: "sRGB"}
	with := func(change func(*tagroll.Facts)) tagroll.Facts {
		f := good
		change(&f)
		return f
	}
	for name, test := range map[string]struct {
		agency string
		facts  tagroll.Facts
		want   []string
	}{
		"good":           {"adobe-stock", good, nil},
		"nothing known":  {"adobe-stock", tagroll.Facts{}, nil},
		"PNG":            {"adobe-stock", with(func(f *tagroll.Facts) { f.Format = tagroll.FormatPNG }), []string{"error file-format"}},
		"3.9 megapixels": {"adobe-stock", with(func(f *tagroll.Facts) { f.Width, f.Height = 2419, 1613 }), []string{"error file-too-few-pixels"}},
		"150 megapixels": {"adobe-stock", with(func(f *tagroll.Facts) { f.Width, f.Height = 15000, 10000 }), []string{"error file-too-many-pixels"}},
		"60 MB":          {"adobe-stock", with(func(f *tagroll.Facts) { f.Bytes = 60e6 }), []string{"error file-too-large"}},
		"inks":           {"adobe-stock", with(func(f *tagroll.Facts) { f.ColorSpace = "CMYK" }), []string{"error file-colors"}},
		"Adobe RGB":      {"adobe-stock", with(func(f *tagroll.Facts) { f.ColorSpace = "Adobe RGB" }), []string{"warning file-colors"}},
		"any RGB":        {"dreamstime", with(func(f *tagroll.Facts) { f.ColorSpace = "Display P3" }), nil},
		"grey":           {"dreamstime", with(func(f *tagroll.Facts) { f.ColorSpace = "grey" }), []string{"warning file-colors"}},
		"narrow":         {"pond5", with(func(f *tagroll.Facts) { f.Height = 1100 }), []string{"error file-side-too-short"}},
		"RAW":            {"adobe-stock", tagroll.Facts{Format: tagroll.FormatRAW, Width: 160, Height: 120, Bytes: 60e6, ColorSpace: "CMYK"}, []string{"error file-format"}},
		"several":        {"123rf", with(func(f *tagroll.Facts) { f.Bytes, f.Format = 40e6, tagroll.FormatTIFF }), []string{"error file-format", "error file-too-large"}},
	} {
		if got := rulesOf(lookup(t, test.agency).CheckFile(test.facts)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// A photo's own words count where no row has them, and always for an agency that reads the file.
func TestCheckPhoto(t *testing.T) {
	described := tagroll.Facts{Title: "A mill", Keywords: []string{"mill"}}
	for name, test := range map[string]struct {
		agency, file string
		facts        tagroll.Facts
		hasRow       bool
		want         []string
	}{
		"silent":                       {"adobe-stock", "a.jpg", tagroll.Facts{}, false, nil},
		"silent, a bad name":           {"adobe-stock", strings.Repeat("a", 40) + ".jpg", tagroll.Facts{}, true, []string{"warning filename-too-long"}},
		"silent, the file is read":     {"alamy", "a.jpg", tagroll.Facts{}, true, []string{"error words-missing"}},
		"few keywords":                 {"adobe-stock", "a.jpg", described, false, []string{"error keywords-too-few"}},
		"few keywords, a row has more": {"adobe-stock", "a.jpg", described, true, nil},
		"the file counts, not its row": {"alamy", "a.jpg", described, true, []string{"error keywords-too-few"}},
	} {
		if got := rulesOf(lookup(t, test.agency).CheckPhoto(test.file, test.facts, test.hasRow)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestBan(t *testing.T) {
	set, err := agency.Set{adobe(t)}.Ban([]string{"old mill", "Gänseblümchen"})
	if err != nil {
		t.Fatal(err)
	}
	m := good()
	m.Title, m.Keywords[3] = "Old mills by a river", "ganseblumchen"
	if got := rulesOf(set.Check("a.jpg", m)); !slices.Contains(got, "error title-banned") || !slices.Contains(got, "error keyword-banned") {
		t.Errorf("got %q", got)
	}
	if got := rulesOf(adobe(t).Check("a.jpg", m)); slices.Contains(got, "error title-banned") {
		t.Error("the built-in agency was changed")
	}
	if _, err := (agency.Set{adobe(t)}).Ban([]string{"--"}); tagroll.CodeOf(err) != tagroll.CodeConfiguration {
		t.Errorf("a word without letters: %v", err)
	}
}
