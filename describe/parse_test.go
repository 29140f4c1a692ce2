package describe_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe"
)

func ExampleParse() {
	answer := "Here you are:\n```json\n" +
		`{"title": "Red fox in deep snow", "keywords": ["red fox", "snow", "winter"], "category": "animals"}` +
		"\n```"
	metadata, err := describe.Parse(answer, adobe)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(metadata.Title)
	fmt.Println(metadata.Keywords, len(metadata.Keywords))
	fmt.Println(metadata.Category)

	_, err = describe.Parse(`{"title": "Red fox in deep snow", "category": "animals"}`, adobe)
	fmt.Println(tagroll.CodeOf(err), "-", err)
	// Output:
	// Red fox in deep snow
	// [red fox snow winter] 3
	// Animals
	// malformed_answer - the field "keywords" is missing
}

const plain = `{"title":"Red fox in snow","keywords":["fox","snow"],"category":"Animals"}`

func TestParseAcceptsWhatModelsSend(t *testing.T) {
	want := tagroll.Metadata{Title: "Red fox in snow", Keywords: []string{"fox", "snow"}, Category: "Animals"}
	with := func(category string) string {
		return `{"title":"Red fox in snow","keywords":["fox","snow"],"category":` + category + `}`
	}
	keywords := func(value string) string {
		return `{"title":"Red fox in snow","keywords":` + value + `,"category":"Animals"}`
	}
	tests := map[string]string{
		"plain":                      plain,
		"byte order mark":            "\uFEFF" + plain,
		"code fence":                 "```json\n" + plain + "\n```",
		"code fence on one line":     "```" + plain + "```",
		"sentences around":           "Sure! Here is the {metadata} you asked for:\n" + plain + "\nAnything else?",
		"example object before":      `For instance {"a": 1}. Now: ` + plain,
		"thinking with a draft":      "<think>maybe " + strings.Replace(plain, "Red", "Grey", 1) + "</think>\n" + plain,
		"thinking without a start":   "draft " + strings.Replace(plain, "Red", "Grey", 1) + "</think>" + plain,
		"array around":               "[" + plain + "]",
		"object around":              `{"metadata": ` + plain + `}`,
		"object and array around":    `{"photos": [` + plain + `]}`,
		"two objects around":         `{"response": {"result": ` + plain + `}}`,
		"other case of keys":         `{"Title":"Red fox in snow","KEYWORDS":["fox","snow"],"Category":"Animals"}`,
		"tags for keywords":          `{"title":"Red fox in snow","tags":["fox","snow"],"category":"Animals"}`,
		"other fields":               `{"title":"Red fox in snow","description":"x","keywords":["fox","snow"],"category":"Animals"}`,
		"same field twice":           `{"title":"Red fox in snow","title":"Red fox in snow","keywords":["fox","snow"],"category":"Animals"}`,
		"space in the title":         `{"title":" Red fox\n in snow ","keywords":["fox","snow"],"category":"Animals"}`,
		"keywords with commas":       keywords(`"fox, snow"`),
		"keywords with semicolons":   keywords(`"fox; snow;"`),
		"keywords on lines":          keywords(`"- fox\n- snow"`),
		"keywords numbered":          keywords(`"1. fox\n2. snow"`),
		"keywords with hashes":       keywords(`"#fox, #snow"`),
		"keywords in one element":    keywords(`["fox, snow"]`),
		"empty keywords among them":  keywords(`["fox", " ", "snow", ""]`),
		"category in lower case":     with(`"animals"`),
		"category as number":         with(`1`),
		"category as numeric string": with(`"1"`),
		"category with number":       with(`"1. Animals"`),
		"category, then number":      with(`"Animals (1)"`),
		"category in an array":       with(`["Animals"]`),
		"category in singular":       with(`"Animal"`),
		"category with a decimal":    with(`1.0`),
		"null among the keywords":    keywords(`["fox", null, "snow"]`),
		"keywords as objects":        keywords(`[{"keyword":"fox","score":0.9},{"name":"snow"}]`),
		"trailing commas":            `{"title":"Red fox in snow","keywords":["fox","snow",],"category":"Animals",}`,
		"a line break in a string":   "{\"title\":\"Red fox\nin snow\",\"keywords\":[\"fox\",\"snow\"],\"category\":\"Animals\"}",
		"numbered keywords":          `{"title":"Red fox in snow","keywords":["1. fox","2) snow"],"category":"Animals"}`,
		"categories":                 `{"title":"Red fox in snow","keywords":["fox","snow"],"categories":["Animals"]}`,
		"encoded twice":              strconv.Quote(plain),
		"encoded twice in a wrap":    `{"metadata":` + strconv.Quote(plain) + `}`,
		"encoded twice, no quotes":   strings.ReplaceAll(plain, `"`, `\"`),
		"channels":                   "<|channel|>analysis<|message|>maybe " + strings.Replace(plain, "Red", "Grey", 1) + "<|end|><|start|>assistant<|channel|>final<|message|>" + plain + "<|return|>",
		"a box":                      "<|begin_of_box|>" + plain + "<|end_of_box|>",
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := describe.Parse(answer, adobe)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("Parse(%s) = %+v, %v, want %+v", answer, got, err, want)
			}
		})
	}
}

func TestParseRefusesWhatIsAmbiguousOrMissing(t *testing.T) {
	field := func(title, keywords, category string) string {
		return `{"title":` + title + `,"keywords":` + keywords + `,"category":` + category + `}`
	}
	tests := map[string]struct{ answer, problem string }{
		"nothing":              {" \n", "it is empty"},
		"only words":           {"I see a fox.", "no JSON object"},
		"cut off":              {plain[:40], "ends before it is complete"},
		"cut off in a wrap":    {`{"metadata":` + plain, "ends before it is complete"},
		"broken":               {`{"title": "x" "keywords": []}`, "the JSON is broken"},
		"two objects":          {plain + plain, "2 JSON objects instead of one"},
		"another object":       {`{"answer": 42}`, "no JSON object with the fields"},
		"title twice":          {`{"title":"a","Title":"b","keywords":["c"],"category":"Animals"}`, `"title" occurs twice`},
		"title null":           {field(`null`, `["a"]`, `"Animals"`), `"title" is null`},
		"title empty":          {field(`" "`, `["a"]`, `"Animals"`), `"title" is empty`},
		"title an array":       {field(`["a"]`, `["a"]`, `"Animals"`), `"title" is an array`},
		"no picture":           {field(`"I cannot see the image"`, `["a"]`, `"Animals"`), "no picture to look at"},
		"no picture, in words": {"I'm sorry, but I can't see any image in your message.", "no picture to look at"},
		"no picture, unloaded": {field(`"Image could not be loaded for analysis"`, `["unknown"]`, `"Animals"`), "no picture to look at"},
		"no picture, unclear":  {field(`"Unable to determine image content"`, `["unknown"]`, `"Animals"`), "no picture to look at"},
		"the title's language": {field(`"Ein Hund und eine Katze auf dem Sofa"`, `["dog","cat","sofa","home","pets"]`, `"Animals"`), "not written in English"},
		"the title's script":   {field(`"Старая гавань на рассвете"`, `["harbour","dawn","calm","morning","fishing boat"]`, `"Animals"`), "not written in English"},
		"lost letters":         {field(`"Caf`+"\uFFFD"+` in snow"`, `["harbour"]`, `"Animals"`), "letters were lost"},
		"no picture, passive":  {field(`"No image was provided"`, `["unknown"]`, `"Animals"`), "no picture to look at"},
		"no picture, printed":  {"I’m sorry, but I don’t see any photo.", "no picture to look at"},
		"a title that excuses": {field(`"I'm sorry, I can’t help with that"`, `["a"]`, `"Animals"`), "declines to describe"},
		"the form itself":      {field(`"..."`, `["...","..."]`, `"Animals"`), "repeats the form"},
		"keywords are digits":  {field(`"Fox"`, `["1","2","3"]`, `"Animals"`), "3 of 3 keywords are mere numbers"},
		"keywords, letters":    {field(`"Fox"`, `["a","b","c"]`, `"Animals"`), "mere numbers, letters"},
		"a keyword endless":    {field(`"Fox"`, `["`+strings.Repeat("fox ", 40)+`"]`, `"Animals"`), "has 159 characters"},
		"markup in the title":  {field(`"**Red fox**"`, `["fox"]`, `"Animals"`), "holds markup"},
		"markup in keywords":   {field(`"Red fox"`, `["<b>fox</b>","snow"]`, `"Animals"`), "1 keywords hold markup"},
		"another script":       {field(`"Рыжая лиса"`, `["лиса","снег"]`, `"Animals"`), "not written in English"},
		"keywords missing":     {`{"title":"a","category":"Animals"}`, `"keywords" is missing`},
		"keywords empty":       {field(`"a"`, `[]`, `"Animals"`), `"keywords" is empty`},
		"keywords an object":   {field(`"a"`, `{"1":"b"}`, `"Animals"`), `"keywords" is an object`},
		"a keyword of nothing": {field(`"a"`, `["b",{"score":1}]`, `"Animals"`), "keyword 2 is an object"},
		"keywords nested":      {field(`"a"`, `[["b"]]`, `"Animals"`), "keyword 1 is an array"},
		"keywords endless":     {field(`"a"`, `["b"`+strings.Repeat(`,"b"`, 300)+`]`, `"Animals"`), "301 elements"},
		"category unknown":     {field(`"a"`, `["b"]`, `"Nature"`), `"Nature" is none of the 21: Animals, Buildings`},
		"category zero":        {field(`"a"`, `["b"]`, `0`), `"0" is none`},
		"category 22":          {field(`"a"`, `["b"]`, `"22"`), `"22" is none`},
		"category negative":    {field(`"a"`, `["b"]`, `-1`), `"-1" is none`},
		"category true":        {field(`"a"`, `["b"]`, `true`), "a truth value"},
		"category two":         {field(`"a"`, `["b"]`, `["Food","Drinks"]`), "an array"},
		"number against name":  {field(`"a"`, `["b"]`, `"1. People"`), "is none"},
		"too long":             {strings.Repeat(" ", 70000) + plain, "longer than 64 KB"},
		"wrapped too deep":     {strings.Repeat(`{"a":`, 9) + plain + strings.Repeat("}", 9), "too many others"},
		"deeply nested":        {`{"title":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, "the JSON is broken"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := describe.Parse(test.answer, adobe)
			e, ok := errors.AsType[*tagroll.Error](err)
			if !ok || e.Code != tagroll.CodeMalformedAnswer || e.Stage != tagroll.StageDescribe {
				t.Fatalf("got %v, want an error with CodeMalformedAnswer", err)
			}
			if !strings.Contains(e.Message, test.problem) {
				t.Errorf("the message %q does not say %q", e.Message, test.problem)
			}
		})
	}
}

// A model that declines in words was not misunderstood, and asking it again is of no use.
func TestParseTellsRefusals(t *testing.T) {
	for _, answer := range []string{
		"I'm sorry, but I can't assist with that request.", "I’m sorry, I can’t help with that.", "I cannot provide metadata for this image.",
		"Sorry, but I cannot help identify people.", "As an AI, I won't describe this.", "I am unable to fulfill this request.", "I'm not able to help with that.",
	} {
		_, err := describe.Parse(answer, adobe)
		if e, ok := errors.AsType[*tagroll.Error](err); !ok || e.Code != tagroll.CodeRefused || !strings.Contains(e.Message, "the model declined") {
			t.Errorf("%q: %v, want CodeRefused", answer, err)
		}
	}
	for _, answer := range []string{"A harbor beside a forest.", "I see two people who can't stop laughing.", "The dog will not move.", ""} {
		if _, err := describe.Parse(answer, adobe); tagroll.CodeOf(err) != tagroll.CodeMalformedAnswer {
			t.Errorf("%q: %v, want CodeMalformedAnswer", answer, err)
		}
	}
	if _, err := describe.Parse(strings.Replace(plain, "Red fox in snow", "Dog that can't help smiling", 1), adobe); err != nil {
		t.Errorf("a title about somebody else's excuse: %v", err)
	}
}

// What stands in the wrong kind of JSON is read where it can mean one thing only.
func TestParseReadsScalars(t *testing.T) {
	got, err := describe.Parse(`{"title":1984,"keywords":["fox",2024,true],"category":"Animals"}`, adobe)
	if want := []string{"fox", "2024", "true"}; err != nil || got.Title != "1984" || !slices.Equal(got.Keywords, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	// Numbers, short words and other scripts are fine where they belong.
	japanese := adobe
	japanese.Language = "Japanese"
	for answer, guide := range map[string]tagroll.Guide{
		`{"title":"New Year 2026","keywords":["2026","new year","fireworks"],"category":"Animals"}`:                       adobe,
		`{"title":"雪の中の狐","keywords":["狐","雪","冬"],"category":"Animals"}`:                                                 japanese,
		`{"title":"Photographer with a camera who cannot see","keywords":["person","no photo sign"],"category":"People"}`: adobe,
	} {
		if _, err := describe.Parse(answer, guide); err != nil {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestParseNamesEveryProblemAndKeepsTheRest(t *testing.T) {
	got, err := describe.Parse(`{"title":"Red fox in snow","keywords":null,"category":"Nature"}`, adobe)
	if err == nil || !strings.Contains(err.Error(), `"keywords" is null`) || !strings.Contains(err.Error(), `"Nature"`) {
		t.Errorf("the error %v does not name both problems", err)
	}
	if want := (tagroll.Metadata{Title: "Red fox in snow"}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestParseKnowsEveryCategory(t *testing.T) {
	for i, category := range tagroll.Categories() {
		sloppy := strings.NewReplacer(" and ", " / ", "The ", "", "s", "S").Replace(string(category))
		for _, value := range []string{string(category), fmt.Sprint(i + 1), sloppy, fmt.Sprintf("%d - %s", i+1, category)} {
			got, err := describe.Parse(fmt.Sprintf(`{"title":"a","keywords":["b"],"category":%q}`, value), adobe)
			if err != nil || got.Category != category {
				t.Errorf("category %q is read as %q, %v, want %q", value, got.Category, err, category)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		plain, "", "{", "[]", "null", "```json\n" + plain + "\n```", "<think>{}</think>" + plain,
		`{"metadata":[` + plain + `]}`, `{"title":"a","tags":"- b\n- c","category":"13. People"}`,
		`{"title":"\ud800","keywords":[1,"` + "\xff" + `"],"category":["x"]}`,
		strings.Repeat("{", 100), strings.Repeat(`{"a":`, 100),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		got, err := describe.Parse(answer, adobe)
		if err != nil {
			if tagroll.CodeOf(err) != tagroll.CodeMalformedAnswer || !utf8.ValidString(err.Error()) || len(err.Error()) > 4000 {
				t.Errorf("bad error %q", err)
			}
			return
		}
		if got.Title == "" || got.Title != strings.TrimSpace(got.Title) || strings.ContainsAny(got.Title, "\n\r\t") {
			t.Errorf("bad title %q", got.Title)
		}
		if len(got.Keywords) == 0 || len(got.Keywords) > 200 || slices.Contains(got.Keywords, "") {
			t.Errorf("bad keywords %q", got.Keywords)
		}
		if !slices.Contains(tagroll.Categories(), got.Category) {
			t.Errorf("bad category %q", got.Category)
		}
	})
}

// An answer that gives the instructions away is not believed; the example of a title may be a
// photo's.
func TestLeaks(t *testing.T) {
	answer := func(title, description string) string {
		return `{"title": "` + title + `", "description": "` + description + `", "keywords": ["bicycle", "workshop", "woman"], "category": "People"}`
	}
	for text, want := range map[string]bool{
		answer("You write metadata for stock photography: a title", ""):                                              false,
		answer("Two instructions", "They say: Describe what is visible. Do not guess names, places, species, ages."): false,
		answer("Young woman repairing a bicycle in a sunlit workshop", ""):                                           true,
		answer("Woman repairing a bicycle", "She writes metadata for stock photography."):                            true,
	} {
		m, err := describe.Parse(text, tagroll.Guide{Description: tagroll.DescriptionGuide{Wanted: true}, Categories: []tagroll.CategoryGuide{{Name: "People"}}})
		if (err == nil) != want {
			t.Errorf("%s: %+v, %v", text, m, err)
		}
	}
}
