package offline

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/describe/describetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestConformance(t *testing.T) {
	describetest.TestDescriber(t, func(*testing.T) describetest.Subject {
		return describetest.Subject{Describer: New()}
	})
}

func answer(tb testing.TB, r tagroll.Request) tagroll.Metadata {
	tb.Helper()
	a, err := New().Describe(tb.Context(), r)
	if err != nil {
		tb.Fatal(err)
	}
	checkRules(tb, a.Metadata)
	for _, f := range adobe(tb).Check("", a.Metadata) {
		// Of a photo of which nothing is known there is little to say.
		if f.Rule != "keywords-few" {
			tb.Errorf("%s: %s: %+v", f.Rule, f.Message, a.Metadata)
		}
	}
	return a.Metadata
}

func adobe(tb testing.TB) *agency.Agency {
	tb.Helper()
	a, err := agency.Lookup("adobe-stock")
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// checkRules checks the rules of Adobe Stock that every answer keeps, whatever was put in.
func checkRules(tb testing.TB, m tagroll.Metadata) {
	tb.Helper()
	if n := utf8.RuneCountInString(m.Title); n < 1 || n > 70 || strings.ContainsAny(m.Title, ",\n") || !utf8.ValidString(m.Title) {
		tb.Errorf("the title %q has %d characters or a forbidden one", m.Title, n)
	}
	if n := len(m.Keywords); n < 5 || n > 49 {
		tb.Errorf("%d keywords: %q", n, m.Keywords)
	}
	seen := map[string]bool{}
	words := map[string]bool{}
	for _, k := range m.Keywords {
		lower := strings.ToLower(k)
		if seen[lower] || k == "" || k != strings.TrimSpace(k) || strings.ContainsAny(k, ",;\n") || !utf8.ValidString(k) {
			tb.Errorf("the keyword %q is there twice, empty or untidy", k)
		}
		seen[lower] = true
		for _, w := range split(lower) {
			words[w] = true
		}
	}
	for _, w := range split(strings.ToLower(m.Title)) {
		w = strings.Trim(w, "'’-")
		if searchable(w) && !words[w] {
			tb.Errorf("%q stands in the title %q but in no keyword: %q", w, m.Title, m.Keywords)
		}
	}
	if !slices.Contains(tagroll.Categories(), m.Category) {
		tb.Errorf("%q is no category", m.Category)
	}
}

// TestPictures compares what is said of generated pictures with what was agreed.
func TestPictures(t *testing.T) {
	var got strings.Builder
	all := pictures(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m := answer(t, tagroll.Request{Photo: tagroll.Photo{Name: "IMG_0412.jpg"}, Image: tagroll.Image{JPEG: all[name]}})
		fmt.Fprintf(&got, "%s\n  %s [%s]\n  %s\n\n", name, m.Title, m.Category, strings.Join(m.Keywords, ", "))
	}
	golden := filepath.Join("testdata", "pictures.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n")); got.String() != string(want) {
		t.Errorf("the answers have changed; if that is meant, raise the version and run the test with -update. Got:\n%s", got.String())
	}
}

// TestClaims checks claims on pictures made to deserve them, and on pictures that come close.
func TestClaims(t *testing.T) {
	all := pictures(t)
	for _, test := range []struct {
		picture  string
		claims   string
		never    string
		category tagroll.Category
	}{
		{"meadow under blue sky", "blue sky, greenery, blue, green, horizontal", "monochrome, pattern", "Landscapes"},
		{"blue wall above meadow", "blue", "blue sky, sky", "Graphic Resources"},
		{"plain blue", "blue, cool tones", "blue sky, copy space", "Graphic Resources"},
		{"leaves", "greenery, green, vertical", "pattern, copy space", "Plants and Flowers"},
		{"plain green", "green", "greenery", "Graphic Resources"},
		{"black and white", "black and white, monochrome", "color photography, gray", "Graphic Resources"},
		{"sepia", "sepia, monochrome", "black and white, brown", "Graphic Resources"},
		{"brown room", "brown, warm tones", "sepia, monochrome", "Graphic Resources"},
		{"red disc on white", "white background, copy space, copy space left, red, bright", "copy space right, dark background", "Graphic Resources"},
		{"orange disc on black", "dark background, copy space right, dark, orange", "copy space left, white background", "Graphic Resources"},
		{"sharp on soft", "blurred background, selective focus", "copy space", "Graphic Resources"},
		{"sharp on sharp", "", "blurred background, selective focus", "Graphic Resources"},
		{"gravel", "texture, frame filling, black and white, square", "pattern, copy space", "Graphic Resources"},
		{"tiles", "pattern, repetition", "copy space", "Graphic Resources"},
		{"panorama of many colors", "panoramic, colorful", "warm tones, cool tones, muted colors", "Graphic Resources"},
	} {
		t.Run(test.picture, func(t *testing.T) {
			m := answer(t, tagroll.Request{Image: tagroll.Image{JPEG: all[test.picture]}})
			for _, k := range keywordsFrom([]string{test.claims}) {
				if !slices.Contains(m.Keywords, k) {
					t.Errorf("%q is missing: %q", k, m.Keywords)
				}
			}
			for _, k := range keywordsFrom([]string{test.never}) {
				if slices.Contains(m.Keywords, k) {
					t.Errorf("%q is claimed: %q", k, m.Keywords)
				}
			}
			if m.Category != test.category {
				t.Errorf("the category is %q, want %q", m.Category, test.category)
			}
		})
	}
}

// TestTexts checks where title, first keywords and category come from.
func TestTexts(t *testing.T) {
	picture := paint(t, 90, 60, disc(rgb(20, 60, 200), rgb(30, 30, 30), 45, 30))
	for _, test := range []struct {
		name     string
		file     string
		facts    tagroll.Facts
		title    string
		first    []string
		category tagroll.Category
	}{
		{"nothing", "IMG_0412.JPG", tagroll.Facts{}, "Horizontal composition in blue tones", []string{"blue"}, "Graphic Resources"},
		{"title in the file", "tram.jpg", tagroll.Facts{Title: "Red fox, in the  snow.", Keywords: []string{"Fox", "fox", " winter coat "}},
			"Red fox in the snow", []string{"fox", "winter coat", "red", "snow", "tram"}, "Animals"},
		{"camera default", "DSC_0001.jpg", tagroll.Facts{Title: "OLYMPUS DIGITAL CAMERA", Caption: "SONY DSC", Place: tagroll.Place{City: "Lisbon", Country: "Portugal"}},
			"Lisbon Portugal in blue tones", []string{"lisbon", "portugal"}, "Graphic Resources"},
		{"caption", "DSC_0001.jpg", tagroll.Facts{Caption: "A tram climbs the hill. It was late, and raining."},
			"A tram climbs the hill", []string{"tram", "climbs", "hill"}, "Transport"},
		{"file name", "KestrelHovering_over-fields-final-1024x768.jpg", tagroll.Facts{Place: tagroll.Place{City: "Bath"}},
			"Kestrel hovering over fields", []string{"kestrel", "hovering", "fields", "bath"}, "Animals"},
		{"file name as title", "x.jpg", tagroll.Facts{Title: "kestrel_hovering.jpg"}, "Kestrel hovering", []string{"kestrel", "hovering"}, "Animals"},
		{"one known word", "sunset2.jpg", tagroll.Facts{}, "Sunset in blue tones", []string{"sunset"}, "Landscapes"},
		{"author", "Dragonfly_by_Anna_Smith.jpg", tagroll.Facts{}, "Dragonfly in blue tones", []string{"dragonfly", "blue"}, "Animals"},
		{"no author", "Cottage by Lake Como.jpg", tagroll.Facts{}, "Cottage by Lake Como", []string{"cottage", "lake", "como"}, "Buildings and Architecture"},
		{"pie and telephone", "apple-pie.jpg", tagroll.Facts{Camera: "Apple iPhone 12"}, "Apple pie in blue tones", []string{"apple", "pie"}, "Food"},
		{"beach house", "beach-house-at-dawn.jpg", tagroll.Facts{}, "Beach house at dawn", []string{"beach", "house", "dawn"}, "Buildings and Architecture"},
		{"one unknown word", "meier.jpg", tagroll.Facts{}, "Horizontal composition in blue tones", []string{"blue"}, "Graphic Resources"},
		{"caption beside a title", "1.jpg", tagroll.Facts{Title: "Early in May", Caption: "Two dogs on the way home"},
			"Early in May", []string{"early", "may", "blue"}, "Animals"},
		{"hierarchy", "1.jpg", tagroll.Facts{Keywords: []string{"Food|Bread; rye", "#bakery"}},
			"Horizontal composition in blue tones", []string{"food", "bread", "rye", "bakery"}, "Food"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := answer(t, tagroll.Request{Photo: tagroll.Photo{Name: test.file}, Facts: test.facts, Image: tagroll.Image{JPEG: picture}})
			if m.Title != test.title {
				t.Errorf("the title is %q, want %q", m.Title, test.title)
			}
			if !slices.Equal(m.Keywords[:min(len(m.Keywords), len(test.first))], test.first) {
				t.Errorf("the keywords begin %q, want %q", m.Keywords, test.first)
			}
			if m.Category != test.category {
				t.Errorf("the category is %q, want %q", m.Category, test.category)
			}
		})
	}
}

// TestFullFile checks that the title keeps its keywords when the file's alone fill the list.
func TestFullFile(t *testing.T) {
	var keywords []string
	for i := range 80 {
		keywords = append(keywords, fmt.Sprintf("word%d", i))
	}
	m := answer(t, tagroll.Request{
		Facts: tagroll.Facts{Title: strings.Repeat("harbour wall ", 4) + "with boats at anchor in the evening", Keywords: keywords},
		Image: tagroll.Image{JPEG: paint(t, 9, 6, leaves)},
	})
	if len(m.Keywords) != 49 || m.Keywords[0] != "word0" || !slices.Contains(m.Keywords, "harbour") {
		t.Errorf("got %d keywords: %q", len(m.Keywords), m.Keywords)
	}
}

func TestCamera(t *testing.T) {
	june := time.Date(2024, time.June, 10, 9, 0, 0, 0, time.UTC)
	at := func(latitude float64) *tagroll.Position { return &tagroll.Position{Latitude: latitude} }
	for _, test := range []struct {
		name  string
		facts tagroll.Facts
		look  look
		want  string
	}{
		{"north", tagroll.Facts{Taken: june, Position: at(52)}, look{}, "summer, morning"},
		{"south", tagroll.Facts{Taken: june, Position: at(-34)}, look{}, "winter, morning"},
		{"autumn", tagroll.Facts{Taken: june.AddDate(0, 4, 0), Position: at(52)}, look{}, "autumn, fall, morning"},
		{"tropics", tagroll.Facts{Taken: june, Position: at(10)}, look{}, "morning"},
		{"no position", tagroll.Facts{Taken: june}, look{}, "morning"},
		{"impossible position", tagroll.Facts{Taken: june, Position: at(math.NaN())}, look{}, "morning"},
		{"clock never set", tagroll.Facts{Taken: time.Date(2000, time.January, 1, 0, 5, 0, 0, time.UTC), Position: at(52)}, look{dark: true}, ""},
		{"night", tagroll.Facts{Taken: june.Add(14 * time.Hour)}, look{dark: true}, "night"},
		{"bright night", tagroll.Facts{Taken: june.Add(14 * time.Hour)}, look{bright: true}, ""},
		{"wide", tagroll.Facts{FocalLength35: 20}, look{}, "wide angle"},
		{"tele", tagroll.Facts{FocalLength35: 400}, look{}, "telephoto"},
		{"normal", tagroll.Facts{FocalLength35: 50}, look{}, ""},
		{"macro", tagroll.Facts{FocalLength35: 100, SubjectDistance: 0.25}, look{}, "macro, close-up"},
		{"macro lens far away", tagroll.Facts{FocalLength35: 100, Lens: "100mm Macro", SubjectDistance: 3}, look{}, ""},
		{"close", tagroll.Facts{FocalLength35: 50, SubjectDistance: 0.3}, look{}, "close-up"},
		{"telephone at arm's length", tagroll.Facts{FocalLength35: 26, SubjectDistance: 0.3}, look{}, ""},
		{"long exposure", tagroll.Facts{ExposureSeconds: 30}, look{}, "long exposure"},
		{"low light", tagroll.Facts{ExposureSeconds: 0.1, ISO: 6400}, look{dark: true}, "low light"},
		{"flash", tagroll.Facts{FlashFired: true}, look{}, "flash photography"},
		{"fill flash", tagroll.Facts{FlashFired: true}, look{sky: 300}, ""},
		{"nonsense", tagroll.Facts{FocalLength35: math.Inf(1), SubjectDistance: math.NaN(), ExposureSeconds: math.Inf(1), ISO: -1}, look{}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.Join(cameraKeywords(test.facts, test.look), ", "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestNoBrand checks that camera and lens are never named, even if the camera wrote
// its name where the title goes.
func TestNoBrand(t *testing.T) {
	m := answer(t, tagroll.Request{
		Photo: tagroll.Photo{Name: "ZRK_0001.jpg"},
		Facts: tagroll.Facts{Title: "ZORKI FOUR DIGITAL CAMERA", Camera: "Zorki Four", Lens: "Industar Macro"},
		Image: tagroll.Image{JPEG: paint(t, 60, 90, leaves)},
	})
	all := strings.ToLower(m.Title + " " + strings.Join(m.Keywords, " "))
	for _, brand := range []string{"zorki", "industar"} {
		if strings.Contains(all, brand) {
			t.Errorf("%q is named in %+v", brand, m)
		}
	}
}

func TestBadImages(t *testing.T) {
	whole := paint(t, 200, 200, leaves)
	huge := bytes.Clone(whole)
	frame := bytes.Index(huge, []byte{0xff, 0xc0})
	copy(huge[frame+5:], []byte{0xff, 0xff, 0xff, 0xff})
	for _, test := range []struct {
		name string
		data []byte
		code tagroll.Code
	}{
		{"empty", nil, tagroll.CodeCorruptImage},
		{"no image", []byte("<html>"), tagroll.CodeCorruptImage},
		{"cut off", whole[:len(whole)/2], tagroll.CodeCorruptImage},
		{"huge", huge, tagroll.CodeTooManyPixels},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := New().Describe(t.Context(), tagroll.Request{Image: tagroll.Image{JPEG: test.data}})
			if e := tagroll.AsError(err); tagroll.CodeOf(err) != test.code || e.Stage != tagroll.StageDescribe {
				t.Errorf("got %v with code %q, want %q", err, tagroll.CodeOf(err), test.code)
			}
		})
	}
}

// endsAfter is a context that ends after it was asked a number of times.
type endsAfter struct {
	context.Context
	asked int
}

func (c *endsAfter) Err() error {
	if c.asked--; c.asked < 0 {
		return context.Canceled
	}
	return nil
}

func TestCancelledDuring(t *testing.T) {
	ctx := &endsAfter{t.Context(), 1}
	_, err := New().Describe(ctx, tagroll.Request{Image: tagroll.Image{JPEG: paint(t, 9, 9, leaves)}})
	if tagroll.CodeOf(err) != tagroll.CodeCancelled {
		t.Errorf("a photo that was cancelled while it was measured gave %v", err)
	}
}

func BenchmarkDescribe(b *testing.B) {
	data := paint(b, 1024, 683, leaves)
	r := tagroll.Request{Photo: tagroll.Photo{Name: "kestrel-hovering.jpg"}, Image: tagroll.Image{JPEG: data}}
	for b.Loop() {
		if _, err := New().Describe(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}

// checkForm checks what the agency's rules have against the form of an answer whose
// words, which come from outside, may well name a brand.
func checkForm(tb testing.TB, m tagroll.Metadata) {
	tb.Helper()
	checkRules(tb, m)
	stock := adobe(tb)
	for _, f := range stock.Check("", stock.Normalize(m)) {
		switch f.Rule {
		case "title-empty", "title-without-words", "title-too-long", "title-long", "title-comma", "keywords-too-few", "keywords-too-many", "keywords-many",
			"category-missing", "category-unknown":
			tb.Errorf("%s: %s: %+v", f.Rule, f.Message, m)
		}
	}
}

// A title is no longer than the guide asks for, wherever its words come from.
func TestTitleFitsTheGuide(t *testing.T) {
	l := look{format: horizontal, colours: []hue{blue, gray}}
	for name, r := range map[string]tagroll.Request{
		"of the file":      {Facts: tagroll.Facts{Title: "Fishing boats in the old harbour of Camogli at dawn"}},
		"of the caption":   {Facts: tagroll.Facts{Caption: "Fishing boats in the old harbour of Camogli at dawn. More."}},
		"of the file name": {Photo: tagroll.Photo{Name: "fishing-boats-old-harbour-camogli-dawn.jpg"}},
		"of the place":     {Facts: tagroll.Facts{Place: tagroll.Place{City: "Camogli", Region: "Liguria", Country: "Italy"}}},
		"of the looks":     {},
	} {
		for _, guide := range []tagroll.TitleGuide{{}, {Ask: 40}, {Ask: 30, Max: 200}, {Max: 25}, {Ask: 500}} {
			r.Guide.Title = guide
			title := compose(readTexts(r), l, r.Facts).Title
			want := min(maxTitle, cmp.Or(guide.Ask, maxTitle), cmp.Or(guide.Max, maxTitle))
			if n := utf8.RuneCountInString(title); n > want || n < 10 {
				t.Errorf("%s, %+v: %q has %d characters", name, guide, title, n)
			}
		}
	}
}

// FuzzTexts feeds words from outside, whatever the picture.
func FuzzTexts(f *testing.F) {
	f.Add("KestrelHovering_over.jpg", "Title, with a comma", "A caption. And more.", "cat;dog|wolf", "Rio de Janeiro", "Zorki 4", true)
	f.Add("\xff😀.jpg", strings.Repeat("long-and ", 40), "", strings.Repeat("a b c d,", 80), ",", "", false)
	f.Add("夕焼け.jpg", "…", "", "#", "\u202e", "by", true)
	f.Fuzz(func(t *testing.T, name, title, caption, keywords, place, camera string, mono bool) {
		r := tagroll.Request{
			Photo: tagroll.Photo{Name: name},
			Facts: tagroll.Facts{Title: title, Caption: caption, Keywords: []string{keywords, title}, Camera: camera,
				Place: tagroll.Place{Location: keywords, City: place}},
		}
		checkForm(t, compose(readTexts(r), look{format: horizontal, colours: []hue{blue, gray}, mono: mono}, r.Facts))
	})
}

// FuzzDescribe feeds whole files.
func FuzzDescribe(f *testing.F) {
	f.Add(paint(f, 16, 9, leaves))
	f.Add(paint(f, 40, 40, tiles))
	f.Add([]byte{0xff, 0xd8})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		r := tagroll.Request{Photo: tagroll.Photo{Name: "a_b.jpg"}, Image: tagroll.Image{JPEG: data}}
		answer, err := New().Describe(t.Context(), r)
		if err != nil {
			if c := tagroll.CodeOf(err); c != tagroll.CodeCorruptImage && c != tagroll.CodeTooManyPixels {
				t.Fatalf("got %v with code %q", err, c)
			}
			return
		}
		checkForm(t, answer.Metadata)
		again, err := New().Describe(t.Context(), r)
		if err != nil || !reflect.DeepEqual(again, answer) {
			t.Fatalf("a second time the answer is %+v, %v instead of %+v", again, err, answer)
		}
	})
}
