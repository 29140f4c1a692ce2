package describe_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/describe"
)

// Every number of the instructions comes from the guide, and what it leaves open is not spoken of.
func TestInstructionsFollowTheGuide(t *testing.T) {
	wide := tagroll.Guide{
		Title:       tagroll.TitleGuide{Ask: 81, Max: 99, MinWords: 3, MaxWords: 8},
		Description: tagroll.DescriptionGuide{Wanted: true, Ask: 201, Min: 51, Max: 2001},
		Keywords:    tagroll.KeywordGuide{AskMin: 11, AskMax: 22, Min: 6, Max: 44, Leading: 5},
		Categories:  []tagroll.CategoryGuide{{Name: "Food", Meaning: "what people eat"}},
		Language:    "German", PlainLetters: true,
	}
	open := tagroll.Guide{Language: "English"}
	for name, test := range map[string]struct {
		guide          tagroll.Guide
		with, without  []string
		fields         []string
		schema, absent []string
	}{
		"everything": {
			guide: wide,
			with: []string{"At most 81 characters", "Between 3 and 8 words", "# Description", "At least 51 characters", "At most 201 characters", "Between 11 and 22 keywords",
				"The first five weigh", "- Food: what people eat\n", "one of the 1 names", "only, in German", `"cafe" instead of "café"`, "a title, a description, keywords and a category for",
				`{"title": "...", "description": "...", "keywords": ["...", "..."], "category": "..."}`},
			without: []string{"No comma", "no comma and", "70", "{{"},
			fields:  []string{"title", "description", "keywords", "category"},
			schema:  []string{`"minItems":6`, `"maxItems":44`, "at most 81", "at most 201", `"enum":["Food"]`},
		},
		"nothing": {
			guide:   open,
			with:    []string{"Each one a word", "that there are different keywords", "no person is named. Then", "first few weigh", `"title" and "keywords", and`},
			without: []string{"characters", "# Category", "# Description", "accents", "{{", "<no value>", "\n\n\n"},
			fields:  []string{"title", "keywords"},
			absent:  []string{"minItems", "category", "description\":{"},
		},
		"the zero guide": {
			with:    []string{"- Travel\n", "one of the 21 names"},
			without: []string{"characters", "\n\n\n"},
			fields:  []string{"title", "keywords", "category"},
		},
		"at most": {
			guide: tagroll.Guide{Keywords: tagroll.KeywordGuide{AskMax: 20, Leading: 15}, Title: tagroll.TitleGuide{MaxWords: 9}},
			with:  []string{"At most 20 keywords", "there are at most 20 different", "first 15 weigh", "At most 9 words"},
		},
		"at least": {
			guide: tagroll.Guide{Keywords: tagroll.KeywordGuide{AskMin: 7}},
			with:  []string{"At least 7 keywords", "there are at least 7 different"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			text, schema := describe.Instructions(test.guide), string(describe.Schema(test.guide))
			for _, want := range test.with {
				if !strings.Contains(text, want) {
					t.Errorf("the instructions lack %q", want)
				}
			}
			for _, not := range test.without {
				if strings.Contains(text, not) {
					t.Errorf("the instructions have %q", not)
				}
			}
			for _, want := range test.schema {
				if !strings.Contains(schema, want) {
					t.Errorf("the schema lacks %s: %s", want, schema)
				}
			}
			for _, not := range test.absent {
				if strings.Contains(schema, not) {
					t.Errorf("the schema has %s: %s", not, schema)
				}
			}
			var decoded struct{ Required []string }
			if err := json.Unmarshal([]byte(schema), &decoded); err != nil || test.fields != nil && !slices.Equal(decoded.Required, test.fields) {
				t.Errorf("the schema requires %q: %v", decoded.Required, err)
			}
		})
	}
}

// One answer serves several agencies, and answers of an earlier prompt are still read.
func TestParseFollowsTheGuide(t *testing.T) {
	guide := tagroll.Guide{Description: tagroll.DescriptionGuide{Wanted: true}, Categories: []tagroll.CategoryGuide{{Name: "Animals"}}}
	const whole = `{"title":"Fox","description":"A fox\nin snow.","keywords":["fox","snow"],"category":"Animals"}`
	if m, err := describe.Parse(whole, guide); err != nil || m.Description != "A fox in snow." {
		t.Errorf("got %+v, %v", m, err)
	}
	if m, err := describe.Parse(whole, adobe); err != nil || m.Description != "" {
		t.Errorf("a description that nobody wants became %q, %v", m.Description, err)
	}
	for _, earlier := range []string{plain, strings.Replace(plain, `{`, `{"description":null,`, 1)} {
		if m, err := describe.Parse(earlier, guide); err != nil || m.Title != "Red fox in snow" || m.Description != "" {
			t.Errorf("%s became %+v, %v", earlier, m, err)
		}
	}
	if _, err := describe.Parse(strings.Replace(whole, `"A fox\nin snow."`, `7`, 1), guide); err == nil || !strings.Contains(err.Error(), `"description" is a number`) {
		t.Errorf("a number was taken as a description: %v", err)
	}
	noCategory := tagroll.Guide{Language: "English"}
	if m, err := describe.Parse(`{"title":"Fox","keywords":["fox","snow"],"category":"Nature"}`, noCategory); err != nil || m.Category != "" {
		t.Errorf("a category that nobody wants became %q, %v", m.Category, err)
	}
}

// Whether people and property can be recognised is asked for where an agency wants to know, and
// nowhere else; a fact that is missing or not understood is not known.
func TestRecognizable(t *testing.T) {
	var asks, silent tagroll.Guide
	for name, into := range map[string]*tagroll.Guide{"pond5": &asks, "adobe-stock": &silent} {
		a, err := agency.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		*into = a.Guide()
	}
	for _, text := range []string{describe.Instructions(silent), string(describe.Schema(silent))} {
		if strings.Contains(text, "recognizable") {
			t.Errorf("it is asked for Adobe Stock:\n%s", text)
		}
	}
	if p := describe.Instructions(asks); !strings.Contains(p, `"recognizable": []}`) || !strings.Contains(p, `holds "people" if`) || strings.Contains(p, "a recognizable") {
		t.Errorf("the prompt is\n%s", p)
	}
	if s := string(describe.Schema(asks)); !strings.Contains(s, `"enum":["people","property"]`) || !strings.Contains(s, `"recognizable"]`) {
		t.Errorf("the schema is %s", s)
	}
	const answer = `{"title":"Woman on an old tram","description":"A woman rides an old tram.","keywords":["woman","tram","street","city","travel"],"category":"Transport"`
	for rest, want := range map[string]string{
		`}`: "", `,"recognizable":[]}`: "", `,"recognizable":null}`: "", `,"recognizable":["cars"]}`: "", `,"recognizable":["people"]}`: "people",
		`,"recognizable":["Property","people"]}`: "people property", `,"recognizable":"property"}`: "property",
	} {
		m, err := describe.Parse(answer+rest, asks)
		if err != nil || strings.Join(m.Recognizable, " ") != want {
			t.Errorf("%s: %q, %v", rest, m.Recognizable, err)
		}
	}
	if m, err := describe.Parse(answer+`,"recognizable":["people"]}`, silent); err != nil || m.Recognizable != nil {
		t.Errorf("for Adobe Stock: %q, %v", m.Recognizable, err)
	}
}
