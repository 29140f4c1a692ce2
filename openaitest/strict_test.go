package openaitest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tagroll/tagroll/openaitest"
)

func TestRefusesWhatOpenAIRefuses(t *testing.T) {
	_, client := inProcess(t, openaitest.Config{})
	good := body(dataURL(photo(t, 1)))
	if r := post(t, client, base, good); r.status != 200 {
		t.Fatalf("the request that all others derive from: %d %s", r.status, r.body)
	}
	image := `"url":` + quote(dataURL(photo(t, 1)))
	set := func(field string) func(string) string {
		return func(s string) string { return `{` + field + `,` + s[1:] }
	}
	swap := func(old, new string) func(string) string {
		return func(s string) string {
			if !strings.Contains(s, old) {
				t.Fatalf("the request has no %s", old)
			}
			return strings.Replace(s, old, new, 1)
		}
	}
	gpt41 := func(next func(string) string) func(string) string {
		return func(s string) string {
			return next(strings.Replace(s, `"model":"gpt-5-nano","reasoning_effort":"minimal"`, `"model":"gpt-4.1-nano"`, 1))
		}
	}
	for _, c := range []struct {
		name   string
		change func(string) string
		status int
		code   string
		param  string
	}{
		{"not JSON", func(string) string { return "{" }, 400, "", ""},
		{"null", func(string) string { return "null" }, 400, "", ""},
		{"two values", func(s string) string { return s + "{}" }, 400, "", ""},
		{"no model", swap(`"model":"gpt-5-nano",`, ``), 400, "", ""},
		{"unknown model", swap(`gpt-5-nano`, `gpt-9`), 404, "model_not_found", ""},
		{"unknown parameter", set(`"colour":1`), 400, "unknown_parameter", "colour"},
		{"max_tokens", set(`"max_tokens":100`), 400, "unsupported_parameter", "max_tokens"},
		{"max_tokens, older model", gpt41(set(`"max_tokens":500`)), 200, "", ""},
		{"both bounds", gpt41(set(`"max_tokens":500,"max_completion_tokens":500`)), 400, "invalid_parameter_combination", "max_tokens"},
		{"temperature", set(`"temperature":0.2`), 400, "unsupported_value", "temperature"},
		{"temperature 1", set(`"temperature":1`), 200, "", ""},
		{"temperature null", set(`"temperature":null`), 200, "", ""},
		{"temperature, older model", gpt41(set(`"temperature":0.2`)), 200, "", ""},
		{"temperature range", gpt41(set(`"temperature":2.1`)), 400, "invalid_value", "temperature"},
		{"temperature type", gpt41(set(`"temperature":"1"`)), 400, "invalid_value", "temperature"},
		{"top_p", set(`"top_p":0.5`), 400, "unsupported_parameter", "top_p"},
		{"effort", swap(`"minimal"`, `"tiny"`), 400, "invalid_value", "reasoning_effort"},
		{"effort, older model", swap(`gpt-5-nano`, `gpt-4o`), 400, "unsupported_parameter", "reasoning_effort"},
		{"fraction", set(`"max_completion_tokens":1.5`), 400, "invalid_value", "max_completion_tokens"},
		{"stream", set(`"stream":true`), 400, "unsupported_value", "stream"},
		{"no stream", set(`"stream":false`), 200, "", ""},
		{"tools", set(`"tools":[]`), 400, "unsupported_parameter", "tools"},
		{"n", set(`"n":2`), 400, "unsupported_value", "n"},
		{"no messages", swap(`"messages"`, `"user":"x","metadata"`), 400, "missing_required_parameter", "messages"},
		{"role", swap(`"role":"system"`, `"role":"root"`), 400, "invalid_value", "messages[0].role"},
		{"developer", swap(`"role":"system"`, `"role":"developer"`), 200, "", ""},
		{"image for system", swap(`"role":"user"`, `"role":"system"`), 400, "invalid_value", "messages[1].content[1]"},
		{"content null", swap(`"Describe."`, `null`), 400, "invalid_type", "messages[0].content"},
		{"content empty", swap(`"Describe."`, `[]`), 400, "invalid_type", "messages[0].content"},
		{"message field", swap(`"role":"system"`, `"role":"system","x":1`), 400, "invalid_type", "messages[0]"},
		{"part type", swap(`"type":"text"`, `"type":"input_text"`), 400, "invalid_value", "messages[1].content[0].type"},
		{"text part without text", swap(`"text":"Go."`, `"text":null`), 400, "missing_required_parameter", "messages[1].content[0].text"},
		{"image as string", swap(`"image_url":{`, `"image_url":"x","y":{`), 400, "invalid_type", "messages[1].content[1]"},
		{"image without url", swap(image+`,`, ``), 400, "missing_required_parameter", "messages[1].content[1].image_url.url"},
		{"detail", swap(`"detail":"high"`, `"detail":"best"`), 400, "invalid_value", "messages[1].content[1].image_url.detail"},
		{"format type", swap(`"type":"json_schema"`, `"type":"xml"`), 400, "invalid_value", "response_format.type"},
		{"json_object without the word", swap(`{"type":"json_schema"`, `{"type":"json_object"},"user":"x","metadata":{"a":"b"`), 400, "", "messages"},
		{"schema name", swap(`"name":"metadata"`, `"name":"my metadata"`), 400, "invalid_value", "response_format.json_schema.name"},
		{"not strict", swap(`"strict":true`, `"strict":false`), 400, "unsupported_value", "response_format.json_schema.strict"},
		{"root array", swap(`"schema":{"type":"object"`, `"schema":{"type":"array"`), 400, "", "response_format"},
		{"not required", swap(`["title","keywords","category"]`, `["title","keywords"]`), 400, "", "response_format"},
		{"required unknown", swap(`["title",`, `["x","title",`), 400, "", "response_format"},
		{"additional", swap(`"additionalProperties":false`, `"additionalProperties":true`), 400, "", "response_format"},
		{"additional missing", swap(`,"additionalProperties":false`, ``), 400, "", "response_format"},
		{"keyword", swap(`"minItems":7`, `"uniqueItems":true`), 400, "", "response_format"},
		{"maxLength", swap(`"title":{"type":"string"`, `"title":{"type":"string","maxLength":70`), 400, "", "response_format"},
		{"no items", swap(`"items":{"type":"string"},`, ``), 400, "", "response_format"},
		{"limits crossed", swap(`"minItems":7`, `"minItems":16`), 400, "", "response_format"},
		{"dangling reference", swap(`"title":{"type":"string"}`, `"title":{"$ref":"#/$defs/t"}`), 400, "", "response_format"},
		{"too deep", swap(`"title":{"type":"string"}`, `"title":`+strings.Repeat(`{"type":"array","items":`, 11)+`{"type":"string"}`+strings.Repeat("}", 11)), 400, "", "response_format"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := post(t, client, base, c.change(good))
			if r.status != c.status {
				t.Fatalf("status %d, want %d: %s", r.status, c.status, r.body)
			}
			if r.header.Get("x-request-id") == "" {
				t.Error("no x-request-id")
			}
			if r.status == 200 {
				r.metadata(t)
				return
			}
			if f := r.failure(t); deref(f.Code) != c.code || deref(f.Param) != c.param || f.Type != "invalid_request_error" {
				t.Errorf("got %s", r.body)
			}
		})
	}
}

func TestRefusesWrongHTTP(t *testing.T) {
	_, client := inProcess(t, openaitest.Config{Key: "sk-right"})
	for _, c := range []struct {
		method, path, key, media string
		status                   int
	}{
		{"POST", "/v1/chat/completions", "Bearer sk-right", "application/json; charset=utf-8", 200},
		{"POST", "/some/base/chat/completions", "bearer sk-right", "application/json", 200},
		{"POST", "/v1/chat/completions", "Bearer sk-wrong", "application/json", 401},
		{"POST", "/v1/chat/completions", "sk-right", "application/json", 401},
		{"POST", "/v1/chat/completions", "", "application/json", 401},
		{"POST", "/v1/chat/completions", "Bearer sk-right", "text/plain", 415},
		{"POST", "/v1/chat/completions", "Bearer sk-right", "", 415},
		{"GET", "/v1/chat/completions", "Bearer sk-right", "", 405},
		{"GET", "/v1/models", "Bearer sk-right", "", 200},
		{"GET", "/v1/models", "Bearer sk-wrong", "", 401},
		{"POST", "/v1/responses", "Bearer sk-right", "application/json", 404},
		{"POST", "/stats", "", "", 405},
		{"GET", "/stats", "", "", 200},
		{"POST", "/stats/reset", "", "", 204},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method,
			"http://openai.test"+c.path, strings.NewReader(body(dataURL(photo(t, 1)))))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", c.key)
		r.Header.Set("Content-Type", c.media)
		got := do(client, r)
		if got.err != nil || got.status != c.status {
			t.Errorf("%s %s with key %q and type %q: %d (%v), want %d", c.method, c.path, c.key, c.media, got.status, got.err, c.status)
		}
		if got.status >= 400 {
			if f := got.failure(t); got.status == 401 && deref(f.Code) != "invalid_api_key" {
				t.Errorf("401 with the body %s", got.body)
			}
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, c := range map[string]openaitest.Config{
		"latency": {Latency: openaitest.Latency{Median: -1}},
		"sigma":   {Latency: openaitest.Latency{Sigma: 6}},
		"window":  {Limits: openaitest.Limits{RequestsPerMinute: 9, Burst: 2, FixedWindow: true}},
		"burst":   {Limits: openaitest.Limits{RequestsPerMinute: 9, Burst: 10}},
		"model":   {Models: []string{""}},
		"fault":   {Faults: []openaitest.Fault{{Kind: "501"}}},
	} {
		if _, err := openaitest.New(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
