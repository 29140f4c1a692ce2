package openaitest

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"regexp"
	"testing"
)

// FuzzSchema checks that whatever passes as a strict schema gets an answer that fits it.
func FuzzSchema(f *testing.F) {
	const head, tail = `{"type":"object","additionalProperties":false,"required":["a"],"properties":{"a":`, `}}`
	for _, a := range []string{
		`{"type":"string"}`, `{"type":["string","null"]}`, `{"enum":[1,"x",null]}`, `{"const":7}`,
		`{"type":"string","pattern":"^[A-Z]{3}-\\d+$"}`, `{"type":"string","format":"uuid"}`,
		`{"type":"integer","minimum":3,"maximum":9,"multipleOf":4}`, `{"type":"number","exclusiveMinimum":5}`,
		`{"type":"array","items":{"type":"string"},"minItems":80}`, `{"type":"array","items":{"type":"boolean"},"maxItems":0}`,
		`{"anyOf":[{"type":"null"},{"$ref":"#"}]}`, `{"type":"array","items":{"$ref":"#"}}`,
		`{"type":"object","properties":{},"required":[],"additionalProperties":false}`,
	} {
		f.Add([]byte(head + a + tail))
	}
	f.Add([]byte(`{"type":"object","additionalProperties":false,"required":["n"],"properties":{"n":{"$ref":"#/$defs/node"}},"$defs":{"node":{"anyOf":[{"type":"object","additionalProperties":false,"required":["next"],"properties":{"next":{"$ref":"#/$defs/node"}}},{"type":"null"}]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseSchema(data)
		if err != nil {
			return
		}
		chance := rand.New(rand.NewPCG(1, 2))
		g := generator{root: s, chance: chance, is: look{colour: "red", light: "soft"}.describe(chance)}
		content := g.content()
		var v any
		if err := json.Unmarshal([]byte(content), &v); err != nil {
			t.Fatalf("%s gets %s: %v", data, content, err)
		}
		if problem := misfit(s, s, v, 0); problem != "" {
			t.Fatalf("%s gets %s: %s", data, content, problem)
		}
	})
}

// misfit says why a value does not fit; empty if it does. Patterns are left to
// TestPatterns, and so is what lies deeper than any honest schema.
func misfit(root, s *schema, v any, depth int) string {
	if depth > deepest {
		return ""
	}
	if s.Ref != "" {
		return misfit(root, root.resolve(s.Ref), v, depth+1)
	}
	if s.Const != nil || len(s.Enum) > 0 {
		for _, e := range append([]any{s.Const}, s.Enum...) {
			if string(asJSON(e)) == string(asJSON(v)) {
				return ""
			}
		}
		return "not one of the enum"
	}
	if len(s.AnyOf) > 0 {
		why := ""
		for _, o := range s.AnyOf {
			if why = misfit(root, o, v, depth+1); why == "" {
				return ""
			}
		}
		return why
	}
	for _, kind := range s.Type {
		if hasType(kind, v) {
			return misfitInside(root, s, v, depth)
		}
	}
	return "wrong type"
}

func hasType(kind string, v any) bool {
	switch v := v.(type) {
	case string:
		return kind == "string"
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number" || kind == "integer" && v == math.Trunc(v)
	case []any:
		return kind == "array"
	case map[string]any:
		return kind == "object"
	}
	return kind == "null"
}

func misfitInside(root, s *schema, v any, depth int) string {
	switch v := v.(type) {
	case float64:
		if low, high := s.bounds(); v < low || v > high {
			return "out of bounds"
		}
	case []any:
		if s.MinItems != nil && len(v) < *s.MinItems || s.MaxItems != nil && len(v) > *s.MaxItems {
			return "wrong number of items"
		}
		for _, e := range v {
			if why := misfit(root, s.Items, e, depth+1); why != "" {
				return why
			}
		}
	case map[string]any:
		if len(v) != len(s.Properties.of) {
			return "wrong properties"
		}
		for name, p := range s.Properties.of {
			if why := misfit(root, p, v[name], depth+1); why != "" {
				return name + ": " + why
			}
		}
	}
	return ""
}

func TestPatterns(t *testing.T) {
	g := generator{root: defaultSchema(), chance: rand.New(rand.NewPCG(1, 2))}
	g.is = look{colour: "red", light: "soft"}.describe(g.chance)
	for _, pattern := range []string{`^[A-Z]{3}-\d+$`, `^(cat|dog)s?$`, `^\S{2,5}$`, `^.+@.+\.(com|org)$`, `^#[0-9a-f]{6}$`, `.`, `^$`, `^[^a-z]x*$`} {
		got := g.text(&schema{Type: typeNames{"string"}, Pattern: pattern}, "title")
		if !regexp.MustCompile(pattern).MatchString(got) {
			t.Errorf("%s: %q does not match", pattern, got)
		}
	}
}

func TestImageTokens(t *testing.T) {
	for _, c := range []struct {
		model, detail string
		w, h, want    int
	}{
		{"gpt-4o", "low", 4000, 3000, 85},
		{"gpt-4o", "high", 1024, 1024, 765},  // the vendor's example
		{"gpt-4o", "high", 2048, 4096, 1105}, // the vendor's example
		{"gpt-5", "high", 1024, 1024, 630},
		// The vendor's example is 1,024 patches, times 1.62.
		{"gpt-4.1-mini", "high", 1024, 1024, 1659},
		{"gpt-5-nano", "high", 1024, 683, 1732},  // 32 x 22 patches times 2.46
		{"gpt-5-nano", "high", 6000, 4000, 3779}, // capped at 1,536
	} {
		if got := imageTokens(c.model, c.detail, c.w, c.h); got != c.want {
			t.Errorf("%s %s %dx%d: %d, want %d", c.model, c.detail, c.w, c.h, got, c.want)
		}
	}
}

// FuzzLeaks feeds damaged files to the search for metadata.
func FuzzLeaks(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x1aExif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x25\x88\x00\x00"), "jpeg")
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x00eXIf\x00\x00\x00\x00"), "png")
	f.Add([]byte("RIFF\x0c\x00\x00\x00WEBPXMP \x00\x00\x00\x00"), "webp")
	f.Add([]byte("GIF89a!\xff\x0bXMP DataXMP"), "gif")
	f.Fuzz(func(t *testing.T, data []byte, format string) {
		if l := findLeaks(data, format); l.GPS && !l.EXIF {
			t.Error("GPS without EXIF")
		}
	})
}

// FuzzChat sends damaged requests to the parser.
func FuzzChat(f *testing.F) {
	f.Add([]byte(`{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}`))
	f.Add([]byte(`{"model":"gpt-4o","n":null,"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:,"}}]}],"response_format":{"type":"text"}}`))
	s, err := New(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, failed := s.parseChat(data)
		if failed != nil && (failed.status < 400 || failed.message == "") {
			t.Errorf("%+v", failed)
		}
		if failed == nil && (c.messages == 0 || c.model == "") {
			t.Errorf("%s passed as %+v", data, c)
		}
	})
}

// FuzzDataURL sends damaged data URLs, whose images are decoded.
func FuzzDataURL(f *testing.F) {
	f.Add("image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
	f.Add("image/jpeg;base64,/9j/4AAQ")
	f.Fuzz(func(t *testing.T, rest string) {
		data, declared, failed := readDataURL(rest, "p")
		if failed == nil && (len(data) == 0 || declared == "") {
			t.Errorf("%q passed as %d bytes of %q", rest, len(data), declared)
		}
	})
}

// As many keywords are written as the request's words ask for.
func TestKeywordsAsked(t *testing.T) {
	for text, want := range map[string]int{
		"- Between 25 and 40 keywords, each one a word":          33,
		"Between 10 and 20 keywords":                             15,
		"Check that there are 10 to 20 different keywords":       15,
		"Give 5-7 relevant keywords.":                            6,
		"At most 12 keywords, each":                              12,
		"At least 45 keywords, each":                             45,
		"At most 60 characters; at least 7 keywords, each":       usualKeywords,
		"Each keyword has at most three words; no 5 words more.": 0,
	} {
		if got := keywordsAsked(text); got != want {
			t.Errorf("%q asks for %d, want %d", text, got, want)
		}
	}
}
