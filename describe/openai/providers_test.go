package openai_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe"
	"github.com/tagroll/tagroll/describe/describetest"
	"github.com/tagroll/tagroll/describe/openai"
)

// capture keeps the request that a configuration sends for a photo, and answers it.
func capture(t *testing.T, c openai.Config) (request *http.Request, body []byte) {
	t.Helper()
	c.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		request = r
		body, _ = io.ReadAll(r.Body)
		return response(200, completion(content)), nil
	})
	d, err := openai.New(c)
	if err != nil {
		t.Fatal(err)
	}
	r := describetest.Request(1)
	r.Guide = adobe
	if _, err := d.Describe(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return request, body
}

// What is sent to each provider and for each model of the table. The texts and schemas, which are
// the same for all, are left out of the golden file.
func TestRequestOfEveryProviderAndModel(t *testing.T) {
	t.Parallel()
	short := strings.NewReplacer(
		quoted(describe.Instructions(adobe)), `"(instructions)"`,
		quoted(describe.Question(describetest.Request(1))), `"(question)"`,
		string(describe.Schema(adobe)), `"(schema)"`,
		string(describe.PlainSchema(adobe)), `"(schema without bounds)"`,
	)
	sent := make(map[string]json.RawMessage)
	note := func(name string, c openai.Config) {
		request, body := capture(t, c)
		text, _ := json.Marshal(map[string]any{
			"url": request.URL.String(), "authorization": request.Header.Get("Authorization"),
			"body": json.RawMessage(short.Replace(string(body))),
		})
		sent[name] = text
	}
	for _, p := range openai.Providers() {
		c := openai.Config{Provider: p.Name, APIKey: "key-of-" + p.Name}
		if p.BaseURL == "" {
			c.BaseURL, c.Model = "https://mine.openai.azure.com/openai/v1",
				"my-deployment"
			c.Models = map[string]openai.Model{"my-deployment": {Like: "gpt-6-luna"}}
		}
		if p.Local {
			c.APIKey, c.Model = "", "llava:13b"
		}
		note("provider "+p.Name, c)
	}
	for name := range openai.Models().Models {
		note("model "+name, openai.Config{APIKey: "key", Model: name})
	}
	note("model gpt-6.2-luna, of a later name", openai.Config{APIKey: "key", Model: "gpt-6.2-luna"})
	note("model gpt-7, of a later generation", openai.Config{APIKey: "key", Model: "gpt-7"})
	note("model o9-mini, of a later generation", openai.Config{APIKey: "key", Model: "o9-mini"})
	note("model gpt-4-turbo, of an earlier generation", openai.Config{APIKey: "key", Model: "gpt-4-turbo"})
	note("model ft:gpt-4o-mini-2024-07-18:org::id, fine-tuned", openai.Config{APIKey: "key", Model: "ft:gpt-4o-mini-2024-07-18:org::id"})
	note("model gpt-6-luna-2026-09-22, a snapshot", openai.Config{APIKey: "key", Model: "gpt-6-luna-2026-09-22"})
	note("model unknown, at flex", openai.Config{APIKey: "key", Model: "unknown", Tier: openai.TierFlex})
	text, err := json.MarshalIndent(sent, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "requests.json", append(text, '\n'))
}

// quoted is a text as it stands in a request.
func quoted(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	return strings.TrimSpace(b.String())
}

func TestProviderAt(t *testing.T) {
	for url, want := range map[string]string{
		"https://api.openai.com/v1":             "openai",
		"https://eu.api.openai.com/v1":          "openai",
		"https://me.openai.azure.com/openai/v1": "azure",
		"https://API.GROQ.com/openai/v1":        "groq",
		"http://localhost:11434/v1":             "ollama",
		"http://192.168.1.20:1234/v1":           "lmstudio",
		"http://[::1]:8080/v1":                  "llamacpp",
		"http://studio.local:8000/v1":           "vllm",
		"https://example.com:11434/v1":          "",
		"http://localhost:9999/v1":              "",
		"https://api.openai.com.example/v1":     "",
		"nonsense":                              "",
	} {
		p, ok := openai.ProviderAt(url)
		if p.Name != want || ok != (want != "") {
			t.Errorf("%s is %q, want %q", url, p.Name, want)
		}
	}
}

// What a provider would refuse for its size is not sent.
func TestRequestTooLarge(t *testing.T) {
	d := newDescriber(t, "http://localhost:1/v1", func(c *openai.Config) {
		c.Provider = "groq"
	})
	r := describetest.Request(1)
	r.URL = "data:image/jpeg;base64," + strings.Repeat("A", 4_000_000)
	if _, err := d.Describe(t.Context(), r); tagroll.CodeOf(err) != tagroll.CodeBadRequest || !strings.Contains(err.Error(), "at most 4 MB") {
		t.Errorf("got %v", err)
	}
}

func TestFindModel(t *testing.T) {
	for name, test := range map[string]struct {
		list, want string
		code       tagroll.Code
	}{
		"by name":         {`{"data":[{"id":"llama3.2"},{"id":"qwen2.5vl:7b"}]}`, "qwen2.5vl:7b", ""},
		"by type":         {`{"data":[{"id":"text","type":"llm"},{"id":"eyes","type":"vlm"}]}`, "eyes", ""},
		"by capabilities": {`{"data":[{"id":"a","capabilities":["text"]},{"id":"b","capabilities":["text","vision"]}]}`, "b", ""},
		"the only one":    {`{"data":[{"id":"whatever.gguf"}]}`, "whatever.gguf", ""},
		"none":            {`{"data":[]}`, "", tagroll.CodeModelNotFound},
		"none can see":    {`{"data":[{"id":"llama3.2"},{"id":"mistral"}]}`, "", tagroll.CodeModelNotFound},
		"no list":         {`<html>`, "", tagroll.CodeModelNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, reply(200, test.list))
			got, err := openai.FindModel(t.Context(), openai.Config{Provider: "ollama", BaseURL: s.URL + "/v1"})
			if got != test.want || tagroll.CodeOf(err) != test.code {
				t.Errorf("got %q, %v", got, err)
			}
			if s.requests[0].URL.Path != "/v1/models" {
				t.Errorf("asked for %s", s.requests[0].URL)
			}
		})
	}
	if _, err := openai.FindModel(t.Context(), openai.Config{Provider: "ollama", BaseURL: nobody}); tagroll.CodeOf(err) != tagroll.CodeNetwork {
		t.Errorf("nobody there: %v", err)
	}
}

// The model's page is looked at once a run, beside the first call, and a shutdown that is near is
// told in one line.
func TestRetirement(t *testing.T) {
	for name, test := range map[string]struct {
		provider, model, page string
		status                int
		want                  string // part of the line; empty for none
	}{
		"near":                 {"", "gpt-5-nano", `{"shutdown_date":"2026-12-11"}`, 200, "gpt-5-nano will be shut down on 11 December 2026: its successor is --model gpt-6-luna"},
		"passed":               {"", "gpt-4.1-nano", `{"shutdown_date":"2026-10-23"}`, 200, "was shut down on 23 October 2026"},
		"far":                  {"", "gpt-5.1", `{"shutdown_date":"2027-04-01"}`, 200, ""},
		"60 days":              {"", "x", `{"shutdown_date":"2027-01-26"}`, 200, "choose another model, for example --model gpt-6-luna"},
		"none":                 {"", "gpt-5-nano", `{"shutdown_date":null}`, 200, ""},
		"no such call":         {"", "gpt-5-nano", `{}`, 404, ""},
		"no such field":        {"", "gpt-5-nano", `{"id":"gpt-5-nano"}`, 200, ""},
		"by the table":         {"openai", "gpt-5-nano", `{}`, 404, "gpt-5-nano will be shut down on 11 December 2026"},
		"the page counts more": {"openai", "gpt-5-nano", `{"shutdown_date":null}`, 200, ""},
		"by OpenRouter":        {"openrouter", "openai/gpt-5-nano", `{}`, 404, "its successor is --model openai/gpt-6-luna"},
		"of another vendor":    {"openrouter", "acme/gpt-5-nano", `{}`, 404, ""},
		"a web page":           {"", "gpt-5-nano", `<html>`, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var asked []string
				var lines []string
				d, err := openai.New(openai.Config{
					Provider: test.provider, BaseURL: "http://openai.test/v1",
					APIKey: "key", Model: test.model, Now: november,
					Notice: func(line string) { mu.Lock(); lines = append(lines, line); mu.Unlock() },
					Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
						mu.Lock()
						asked = append(asked, r.Method+" "+r.URL.Path)
						mu.Unlock()
						if r.Method == http.MethodGet {
							return response(test.status, test.page), nil
						}
						<-time.After(time.Second)
						return response(200, completion(content)), nil
					}),
				})
				if err != nil {
					t.Fatal(err)
				}
				defer d.CloseIdleConnections()
				for n := range 3 {
					if _, err := d.Describe(t.Context(), describetest.Request(n)); err != nil {
						t.Fatal(err)
					}
				}
				synctest.Wait()
				got := strings.Join(lines, "\n")
				if (got == "") != (test.want == "") || !strings.Contains(got, test.want) || len(lines) > 1 {
					t.Errorf("told %q, want %q", lines, test.want)
				}
				looks := 0
				for _, a := range asked {
					if a == "GET /v1/models/"+test.model {
						looks++
					}
				}
				if looks != 1 || len(asked) != 4 {
					t.Errorf("asked for %q", asked)
				}
			})
		})
	}
}

// A look that hangs holds nobody up, and ends with the describer.
func TestRetirementLookEnds(t *testing.T) {
	looking, left := make(chan struct{}), make(chan struct{})
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			close(looking)
			<-r.Context().Done()
			close(left)
			return
		}
		reply(200, completion(content))(w, r)
	})
	d := newDescriber(t, s.URL, func(c *openai.Config) { c.Notice = func(string) {} })
	if _, err := d.Describe(context.Background(), describetest.Request(1)); err != nil {
		t.Fatal(err)
	}
	<-looking
	d.CloseIdleConnections()
	<-left
}

// A model that is gone is fatal with the same advice.
func TestGoneModel(t *testing.T) {
	s := newServer(t, reply(404, problem("", "model_not_found", "The model does not exist")))
	d := newDescriber(t, s.URL, model("gpt-4.1-nano"), func(c *openai.Config) { c.Now = november })
	_, err := d.Describe(t.Context(), describetest.Request(1))
	if !tagroll.CodeOf(err).Fatal() || !strings.Contains(err.Error(), "shut down on 23 October 2026: its successor is --model gpt-6-luna") {
		t.Errorf("got %v", err)
	}
}

// The table itself is in order: every model has habits, a shutdown is a day, a successor is known.
func TestTableOfModels(t *testing.T) {
	table := openai.Models()
	for name, m := range table.Models {
		if m.Like == "" && m.Effort == nil {
			t.Errorf("%s: nothing says how it reasons", name)
		}
		if m.Successor != "" && table.Models[m.Successor].Price == nil {
			t.Errorf("%s: its successor %q has no price", name, m.Successor)
		}
		if m.Shutdown != "" {
			if _, err := time.Parse(time.DateOnly, m.Shutdown); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for text, hint := range map[string]string{
		`{`:                                                       "JSON",
		`{"models":{}}`:                                           "no model",
		`{"models":{"m":{"imput":1}}}`:                            "imput",
		`{"models":{"m":{"input":-1}}}`:                           `price of "m"`,
		`{"models":{"m":{"shutdown":"soon"}}}`:                    "write a day",
		`{"models":{"m":{"input":1}}}`:                            `has "input" and no "output"`,
		`{"models":{"m":{"cached_input":1}}}`:                     `has "cached_input" and no "input"`,
		`{"models":{"m":{"input":1,"output":1e9}}}`:               "from 0 to 1,000,000",
		`{"models":{"m":{"input":1,"output":1,"flex":5}}}`:        "share for flex",
		`{"models":{"m":{"like":"nobody","input":1,"output":1}}}`: `like "nobody", which is in no table`,
		`{"models":{"":{"input":1,"output":1}}}`:                  "no name",
		`{"models":{"M":{"effort":"low"},"m":{"effort":"none"}}}`: "twice",
		`{"models":{"m":null}}`:                                   "write an object",
		`{"models":{"m":{"image":{"per_patch":-1}}}}`:             "image rule",
	} {
		if _, err := openai.ParseModels([]byte(text)); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%s: got %v, want %q", text, err, hint)
		}
	}
}

// Images count as OpenAI's own examples say.
func TestImageTokens(t *testing.T) {
	luna := *openai.Models().Models["gpt-6-luna"].Image
	for _, test := range []struct {
		width, height int
		detail        string
		want          int
	}{
		{1024, 1024, "high", 1229}, {512, 512, "high", 308}, {4032, 3024, "high", 2942}, {1024, 683, "high", 845},
		{4032, 3024, "low", 231}, {4032, 3024, "original", 14364},
	} {
		if got := luna.Tokens(test.width, test.height, test.detail); got != test.want {
			t.Errorf("%d x %d in %s takes %d tokens, want %d", test.width, test.height, test.detail, got, test.want)
		}
	}
	mini := openai.ImageRule{PerPatch: 1, High: 1536}
	if got := mini.Tokens(1800, 2400, "high"); got != 1452 {
		t.Errorf("1800 x 2400 takes %d patches, want 1452 as in OpenAI's example", got)
	}
}
