package openai_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/describetest"
	"github.com/tagroll/tagroll/describe/openai"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	key     = "sk-test-4f3c2b1a0987654321"
	content = `{"title":"Red fox in deep snow","keywords":["red fox","snow","winter","wildlife","animal"],"category":"Animals"}`
)

// completion is a chat completion with this content.
func completion(content string) string {
	quoted, _ := json.Marshal(content)
	return `{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-5-nano-2025-08-07","choices":[{"index":0,` +
		`"message":{"role":"assistant","content":` + string(quoted) + `,"refusal":null},"finish_reason":"stop"}],` +
		`"usage":{"prompt_tokens":2000,"completion_tokens":150,"total_tokens":2150,"prompt_tokens_details":{"cached_tokens":1664}}}`
}

// server is a provider for tests. It counts and keeps the requests.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   [][]byte
}

func newServer(t *testing.T, handler http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading a request: %v", err)
		}
		s.mu.Lock()
		s.requests = append(s.requests, r)
		s.bodies = append(s.bodies, body)
		s.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// body returns the nth request's body, decoded.
func (s *server) body(t *testing.T, n int) map[string]any {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var body map[string]any
	if err := json.Unmarshal(s.bodies[n], &body); err != nil {
		t.Fatalf("request %d: %v", n, err)
	}
	return body
}

// reply is a handler that always answers so.
func reply(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func newDescriber(t *testing.T, baseURL string, change ...func(*openai.Config)) *openai.Describer {
	t.Helper()
	config := openai.Config{APIKey: key, BaseURL: baseURL}
	for _, c := range change {
		c(&config)
	}
	d, err := openai.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.CloseIdleConnections)
	return d
}

func model(name string) func(*openai.Config) { return func(c *openai.Config) { c.Model = name } }

func TestDescriber(t *testing.T) {
	describetest.TestDescriber(t, func(t *testing.T) describetest.Subject {
		var stalled atomic.Bool
		arrived := make(chan struct{}, 100)
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if stalled.Load() {
				arrived <- struct{}{}
				// The end of the call must close its connection.
				<-r.Context().Done()
				return
			}
			reply(200, completion(content))(w, r)
		})
		return describetest.Subject{
			Describer: newDescriber(t, s.URL+"/v1"),
			Calls:     s.calls,
			Stall: func() <-chan struct{} {
				stalled.Store(true)
				return arrived
			},
		}
	})
}

func TestAnswer(t *testing.T) {
	s := newServer(t, reply(200, completion(content),
		"x-ratelimit-limit-requests", "500", "x-ratelimit-remaining-requests", "499", "x-ratelimit-reset-requests", "120ms",
		"x-ratelimit-limit-tokens", "200000", "x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "6m0s"))
	d := newDescriber(t, s.URL+"/v1/")
	answer, err := d.Describe(t.Context(), describetest.Request(1))
	if err != nil {
		t.Fatal(err)
	}
	if answer.Raw != content || answer.Metadata.Title != "Red fox in deep snow" || answer.Metadata.Category != "Animals" {
		t.Errorf("got %+v", answer)
	}
	wantUsage := tagroll.Usage{InputTokens: 2000, CachedTokens: 1664, OutputTokens: 150,
		CostUSD: (336*0.10 + 1664*0.01 + 150*0.50) / 1e6}
	if math.Abs(answer.Usage.CostUSD-wantUsage.CostUSD) < 1e-12 {
		wantUsage.CostUSD = answer.Usage.CostUSD
	}
	if answer.Usage != wantUsage {
		t.Errorf("usage is %+v, want %+v", answer.Usage, wantUsage)
	}
	wantLimit := tagroll.RateLimit{
		Allowances: []tagroll.Allowance{
			{Unit: tagroll.UnitRequests, Limit: 500, Remaining: 499, Reset: 120 * time.Millisecond},
			{Unit: tagroll.UnitTokens, Limit: 200000, Remaining: 0, Reset: 6 * time.Minute},
		},
		Spent: wantUsage,
	}
	if !reflect.DeepEqual(answer.RateLimit, wantLimit) {
		t.Errorf("rate limit is %+v, want %+v", answer.RateLimit, wantLimit)
	}
	request := s.requests[0]
	if request.Method != "POST" || request.URL.Path != "/v1/chat/completions" || request.Header.Get("Authorization") != "Bearer "+key {
		t.Errorf("got %s %s with authorization %q", request.Method, request.URL, request.Header.Get("Authorization"))
	}
}

// Golden files hold the whole body, so that no change of what is sent goes unnoticed.
func TestRequestBody(t *testing.T) {
	repair := adobeRequest(1)
	repair.Repair = &tagroll.Repair{Answer: `{"title":"Fox, snow"}`, Problems: []string{"the title has a comma"}}
	withFacts := adobeRequest(1)
	withFacts.Facts.Place = tagroll.Place{City: "Lisbon"}
	for _, test := range []struct {
		name    string
		model   string
		request tagroll.Request
	}{
		{"gpt-5-nano", "gpt-5-nano", withFacts},
		{"gpt-4o", "gpt-4o-2024-08-06", adobeRequest(1)},
		{"unknown", "llava:13b", repair},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, reply(200, completion(content)))
			if _, err := newDescriber(t, s.URL, model(test.model)).Describe(t.Context(), test.request); err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, s.bodies[0], "", "  "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			golden(t, "request-"+test.name+".json", got.Bytes())
		})
	}
}

func TestRequestBeginsAlikeAndEndsWithTheImage(t *testing.T) {
	s := newServer(t, reply(200, completion(content)))
	d := newDescriber(t, s.URL)
	for n := range 2 {
		if _, err := d.Describe(t.Context(), adobeRequest(n)); err != nil {
			t.Fatal(err)
		}
	}
	messages := func(n int) []any { return s.body(t, n)["messages"].([]any) }
	first, second := messages(0), messages(1)
	system := first[0].(map[string]any)["content"]
	if system != second[0].(map[string]any)["content"] || len(system.(string)) < 6*1024 {
		t.Error("the first message differs between photos, or is too short for the provider's cache")
	}
	parts := first[len(first)-1].(map[string]any)["content"].([]any)
	last := parts[len(parts)-1].(map[string]any)
	if last["type"] != "image_url" || last["image_url"].(map[string]any)["detail"] != "high" {
		t.Errorf("the last part is %v, want the image with its detail", last)
	}
}

func TestEnvironmentIsNotRead(t *testing.T) {
	s := newServer(t, reply(200, completion(content)))
	for name, value := range map[string]string{
		"OPENAI_API_KEY": "sk-from-environment", "OPENAI_ADMIN_KEY": "sk-admin",
		"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_ORG_ID": "org-environment",
		"OPENAI_PROJECT_ID": "proj-environment", "OPENAI_CUSTOM_HEADERS": "X-Surprise: yes",
	} {
		t.Setenv(name, value)
	}
	d := newDescriber(t, s.URL, func(c *openai.Config) { c.APIKey = "" })
	if _, err := d.Describe(t.Context(), describetest.Request(1)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Authorization", "OpenAI-Organization", "OpenAI-Project", "X-Surprise"} {
		if value := s.requests[0].Header.Get(name); value != "" {
			t.Errorf("the header %s is %q, but nothing was configured", name, value)
		}
	}
	d = newDescriber(t, s.URL, func(c *openai.Config) { c.Organization, c.Project = "org-1", "proj-1" })
	if _, err := d.Describe(t.Context(), describetest.Request(1)); err != nil {
		t.Fatal(err)
	}
	if h := s.requests[1].Header; h.Get("OpenAI-Organization") != "org-1" || h.Get("OpenAI-Project") != "proj-1" {
		t.Errorf("the configured organization and project are not sent: %v", h)
	}
}

// The end of a call must reach the server, or it goes on and is paid for.
func TestEndOfContextClosesTheConnection(t *testing.T) {
	for _, phase := range []string{"before the headers", "in the body", "in the body of a failure"} {
		t.Run(phase, func(t *testing.T) {
			arrived, left := make(chan struct{}), make(chan struct{})
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				if phase == "in the body of a failure" {
					w.WriteHeader(500)
				}
				if phase != "before the headers" {
					io.WriteString(w, `{"choices":`)
					w.(http.Flusher).Flush()
				}
				close(arrived)
				<-r.Context().Done()
				close(left)
			})
			d := newDescriber(t, s.URL)
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				<-arrived
				cancel(context.DeadlineExceeded)
			}()
			_, err := d.Describe(ctx, describetest.Request(1))
			if tagroll.CodeOf(err) != tagroll.CodeTimeout || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v (%s), want the code of the cause", err, tagroll.CodeOf(err))
			}
			<-left
			if s.calls() != 1 {
				t.Errorf("%d requests were made, want 1", s.calls())
			}
		})
	}
}

func TestNew(t *testing.T) {
	for name, test := range map[string]struct {
		config openai.Config
		code   tagroll.Code
		hint   string
	}{
		"defaults with a key": {openai.Config{APIKey: key}, "", ""},
		"no key for OpenAI":   {openai.Config{}, tagroll.CodeInvalidAPIKey, "needs an API key"},
		"no key in Europe": {openai.Config{BaseURL: "https://eu.api.openai.com/v1"},
			tagroll.CodeInvalidAPIKey, "needs an API key"},
		"no model for Ollama": {openai.Config{BaseURL: "http://localhost:11434/v1"},
			tagroll.CodeConfiguration, "name the model"},
		"no key for another": {openai.Config{BaseURL: "http://localhost:11434/v1",
			Model: "llava"}, "", ""},
		"key with a line break":    {openai.Config{APIKey: "sk-1\n2"}, tagroll.CodeInvalidAPIKey, "copy it again"},
		"key with space around it": {openai.Config{APIKey: key + "\n"}, "", ""},
		"no scheme":                {openai.Config{BaseURL: "localhost:11434/v1"}, tagroll.CodeConfiguration, "/v1"},
		"no host": {openai.Config{BaseURL: "http:///v1"},
			tagroll.CodeConfiguration, "/v1"},
		"another scheme": {openai.Config{BaseURL: "ftp://host/v1"},
			tagroll.CodeConfiguration, "https://"},
		"broken": {openai.Config{BaseURL: "http://a b:x/"},
			tagroll.CodeConfiguration, "no valid address"},
		"password": {openai.Config{BaseURL: "http://me:secret@host/v1"},
			tagroll.CodeConfiguration, "user name"},
		"query": {openai.Config{BaseURL: "http://host/v1?a=b"},
			tagroll.CodeConfiguration, "?"},
		"detail":               {openai.Config{APIKey: key, Detail: "medium"}, tagroll.CodeConfiguration, "medium"},
		"tokens":               {openai.Config{APIKey: key, MaxOutputTokens: -1}, tagroll.CodeConfiguration, "negative"},
		"organization":         {openai.Config{APIKey: key, Organization: "a\r\nb"}, tagroll.CodeConfiguration, "organization"},
		"price":                {openai.Config{APIKey: key, Models: map[string]openai.Model{"m": {Price: &openai.Price{Input: -1}}}}, tagroll.CodeConfiguration, `"m"`},
		"tier":                 {openai.Config{APIKey: key, Tier: "cheap"}, tagroll.CodeConfiguration, "flex"},
		"unknown provider":     {openai.Config{APIKey: key, Provider: "acme"}, tagroll.CodeConfiguration, "openrouter"},
		"no address for Azure": {openai.Config{APIKey: key, Provider: "azure", Model: "m"}, tagroll.CodeConfiguration, "openai.azure.com/openai/v1"},
		"no deployment for Azure": {openai.Config{APIKey: key,
			BaseURL: "https://me.openai.azure.com/openai/v1"},
			tagroll.CodeConfiguration, "deployment"},
		"no key for Groq": {openai.Config{Provider: "groq"},
			tagroll.CodeInvalidAPIKey, "https://console.groq.com/keys"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := openai.New(test.config)
			if tagroll.CodeOf(err) != test.code || (d == nil) == (err == nil) {
				t.Fatalf("got %v, %v, want code %q", d, err, test.code)
			}
			if err != nil && (!strings.Contains(err.Error(), test.hint) || strings.Contains(err.Error(), "secret")) {
				t.Errorf("the message %q does not say %q, or tells a secret", err, test.hint)
			}
		})
	}
}

// Whatever changes an answer changes the identity; key and spelling of the address do not.
func TestIdentity(t *testing.T) {
	identity := func(change func(*openai.Config)) string {
		return newDescriber(t, "http://localhost:11434/v1", model("gpt-5-nano"),
			change).Info().Identity
	}
	plain := identity(func(*openai.Config) {})
	for name, change := range map[string]func(*openai.Config){
		"model":  func(c *openai.Config) { c.Model = "gpt-5-mini" },
		"effort": func(c *openai.Config) { c.Model = "gpt-5.4-nano" },
		"detail": func(c *openai.Config) { c.Detail = "low" },
		"host":   func(c *openai.Config) { c.BaseURL = "http://localhost:1234/v1" },
	} {
		if identity(change) == plain {
			t.Errorf("another %s has the same identity %q", name, plain)
		}
	}
	if got := identity(func(c *openai.Config) {
		c.APIKey, c.BaseURL = "sk-another-key", "http://LOCALHOST:11434/v1/"
	}); got != plain {
		t.Errorf("another key and spelling of the address make %q of %q", got, plain)
	}
	if strings.Contains(plain, key) {
		t.Errorf("the identity %q holds the key", plain)
	}
}

func TestBaseURLForms(t *testing.T) {
	s := newServer(t, reply(200, completion(content)))
	for _, path := range []string{"/v1", "/v1/", "/v1//", "/v1/chat/completions",
		"/v1/chat/completions/"} {
		if _, err := newDescriber(t, s.URL+path).Describe(t.Context(), describetest.Request(1)); err != nil {
			t.Errorf("base URL ending in %q: %v", path, err)
		}
	}
	for _, r := range s.requests {
		if r.URL.Path != "/v1/chat/completions" {
			t.Errorf("the call went to %s", r.URL.Path)
		}
	}
}

func TestRefusedParametersAreLeftOutFromThenOn(t *testing.T) {
	refusal := func(param, code, message string) string {
		body, _ := json.Marshal(map[string]any{"error": map[string]any{"message": message, "type": "invalid_request_error", "param": param, "code": code}})
		return string(body)
	}
	type body = map[string]any
	has := func(name string) func(body) bool { return func(b body) bool { return b[name] != nil } }
	format := func(kind string) func(body) bool {
		return func(b body) bool {
			f, _ := b["response_format"].(map[string]any)
			return f["type"] == kind
		}
	}
	detail := func(b body) bool {
		parts := b["messages"].([]any)[1].(map[string]any)["content"].([]any)
		return parts[1].(map[string]any)["image_url"].(map[string]any)["detail"] != nil
	}
	// Each rule refuses what its test finds in the body, as real servers word it.
	rules := []struct {
		refused func(body) bool
		status  int
		answer  string
	}{
		{has("reasoning_effort"), 400, refusal("reasoning_effort", "unsupported_value", "Unsupported value: 'minimal' is not supported with this model.")},
		{has("max_completion_tokens"), 400, refusal("", "", "Unsupported parameter: 'max_completion_tokens' is not supported with this model.")},
		{format("json_schema"), 400, refusal("response_format", "", "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.")},
		{format("json_object"), 422, `{"detail":[{"loc":["body","response_format"],"msg":"extra fields not permitted"}]}`},
		{detail, 400, refusal("messages.[1].content.[1].image_url.detail", "unknown_parameter", "Unknown parameter.")},
	}
	// serve starts a server with some of the rules.
	serve := func(t *testing.T, refusing ...int) *server {
		var s *server
		s = newServer(t, func(w http.ResponseWriter, r *http.Request) {
			var b body
			s.mu.Lock()
			_ = json.Unmarshal(s.bodies[len(s.bodies)-1], &b)
			s.mu.Unlock()
			for _, i := range refusing {
				if rules[i].refused(b) {
					reply(rules[i].status, rules[i].answer)(w, r)
					return
				}
			}
			reply(200, completion(content))(w, r)
		})
		return s
	}
	for name, test := range map[string]struct {
		refusing []int
		refusals int
	}{
		"effort":                      {[]int{0}, 1},
		"output tokens":               {[]int{1}, 1},
		"schema":                      {[]int{2}, 1},
		"any format":                  {[]int{2, 3}, 2},
		"detail":                      {[]int{4}, 1},
		"effort and schema":           {[]int{0, 2}, 2},
		"all, within a photo's calls": {[]int{0, 1, 2, 3, 4}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, test.refusing...)
			d := newDescriber(t, s.URL)
			for i := range test.refusals {
				_, err := d.Describe(t.Context(), describetest.Request(1))
				if tagroll.CodeOf(err) != tagroll.CodeUnsupportedParameter {
					t.Fatalf("call %d: got %v (%s), want CodeUnsupportedParameter", i+1, err, tagroll.CodeOf(err))
				}
			}
			for range 2 {
				if _, err := d.Describe(t.Context(), describetest.Request(1)); err != nil {
					t.Fatalf("with everything refused left out: %v", err)
				}
			}
			last := s.body(t, s.calls()-1)
			for i, name := range []string{"reasoning_effort", "max_completion_tokens", "response_format"} {
				if test.refusals < 3 && !slices.Contains(test.refusing, i) && last[name] == nil {
					t.Errorf("%s is not sent any more although it was not refused", name)
				}
			}
		})
	}
}

// Servers that repeat the request in their refusal name every parameter in it.
func TestRepeatedRequestIsNoRefusalOfItsParameters(t *testing.T) {
	s := newServer(t, reply(400, `{"error":{"message":"cannot serve this: `+strings.Repeat("instructions ", 50)+`reasoning_effort max_completion_tokens response_format"}}`))
	if _, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1)); tagroll.CodeOf(err) != tagroll.CodeBadRequest {
		t.Errorf("got %v, want CodeBadRequest", err)
	}
}

func TestRefusalOfWhatWasNotSentIsABadRequest(t *testing.T) {
	s := newServer(t, reply(400, `{"error":{"message":"Unsupported parameter: 'reasoning_effort'","param":"reasoning_effort","code":"unsupported_parameter"}}`))
	d := newDescriber(t, s.URL, model("llava"))
	if _, err := d.Describe(t.Context(), describetest.Request(1)); tagroll.CodeOf(err) != tagroll.CodeBadRequest {
		t.Errorf("got %v, want CodeBadRequest", err)
	}
}

// Photos in flight together all meet the first refusal. None of them may take it
// for final, and the format falls back by one step only.
func TestRefusalInParallel(t *testing.T) {
	const photos = 8
	var together sync.WaitGroup
	together.Add(photos)
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		together.Done()
		together.Wait()
		reply(400, `{"error":{"message":"no","param":"response_format"}}`)(w, r)
	})
	d := newDescriber(t, s.URL, model("llava"))
	var wg sync.WaitGroup
	for n := range photos {
		wg.Go(func() {
			if _, err := d.Describe(t.Context(), describetest.Request(n)); tagroll.CodeOf(err) != tagroll.CodeUnsupportedParameter {
				t.Errorf("photo %d: %v", n, err)
			}
		})
	}
	wg.Wait()
	together.Add(1)
	if _, err := d.Describe(t.Context(), describetest.Request(1)); err == nil {
		t.Fatal("the server refuses everything")
	}
	last := s.body(t, photos)
	if f, _ := last["response_format"].(map[string]any); f["type"] != "json_object" {
		t.Errorf("after one refused format the next is %v, want json_object", last["response_format"])
	}
}

// sized is a request for an image of this size, of whose file nothing is known.
func sized(width, height int) tagroll.Request {
	return tagroll.Request{Image: tagroll.Image{Width: width, Height: height}, Guide: adobe}
}

func TestEstimate(t *testing.T) {
	// An image of low detail costs gpt-4o 85 tokens whatever its size; the rest is text.
	low := newDescriber(t, "http://localhost:1/v1", model("gpt-4o"), func(c *openai.Config) {
		c.Detail = "low"
	})
	text := low.Estimate(sized(1, 1)).InputTokens - 85
	for _, test := range []struct {
		model, detail string
		width, height int
		image         int // tokens
	}{
		{"gpt-5-nano", "high", 1024, 683, 1732}, // 32 x 22 patches x 2.46
		{"gpt-5-mini-2025-08-07", "high", 1024, 672, 1089},
		{"gpt-5-nano", "low", 1024, 1024, 630},
		{"gpt-4.1-nano", "high", 6000, 4000, 3779}, // at the cap
		{"openai/gpt-4o", "high", 1024, 1024, 765}, // OpenAI's own example
		{"gpt-4o", "high", 2048, 4096, 1105},       // OpenAI's own example
		{"gpt-4o", "low", 4096, 8192, 85},          // OpenAI's own example
		{"gpt-5", "high", 1024, 683, 630},
		{"o4-mini", "high", 1024, 1024, 1762},
	} {
		d := newDescriber(t, "http://localhost:1/v1", model(test.model),
			func(c *openai.Config) { c.Detail = test.detail })
		if got := d.Estimate(sized(test.width, test.height)).InputTokens - text; got != test.image {
			t.Errorf("%s at %d x %d in %s: %d tokens, want %d", test.model, test.width, test.height, test.detail, got, test.image)
		}
	}
	d := newDescriber(t, "http://localhost:1/v1")
	if d.Estimate(sized(0, 5)) != (tagroll.Usage{}) || d.Estimate(sized(1024, 683)).CostUSD < 0.0001 || d.Estimate(sized(1024, 683)).CostUSD > 0.001 {
		t.Errorf("estimates %+v and %+v", d.Estimate(sized(0, 5)), d.Estimate(sized(1024, 683)))
	}
}

func TestCost(t *testing.T) {
	override := map[string]openai.Model{
		"house-model": {Price: &openai.Price{Input: 1, CachedInput: 1, Output: 1}}, "gpt-4o": {Price: &openai.Price{Input: 2, Output: 2}},
		"my-deployment": {Like: "gpt-5-nano"}, "router/gpt-5-nano": {Price: &openai.Price{Input: 3, Output: 3}},
	}
	const all = (2000 + 150) / 1e6
	nano := (336*0.05 + 1664*0.005 + 150*0.40) / 1e6
	for name, want := range map[string]float64{
		"house-model": all, "house-model-2026-01-31": all, "gpt-4o-2024-08-06": 2 * all, "house-model-large": 0, "llava": 0,
		"gpt-5-nano-2025-08-07": nano, "openai/gpt-5-nano": nano, "my-deployment": nano, "router/gpt-5-nano": 3 * all, "other/gpt-5-nano": 0,
		"ft:gpt-5-nano:org::id": 0, "gpt-6": 0, "gpt-6-luna": (336*0.10 + 1664*0.01 + 150*0.50) / 1e6,
		"gpt-6.2-luna": (336*0.10 + 1664*0.01 + 150*0.50) / 1e6, "gpt-7": 0, "gpt-7.1-luna-2028-01-31": (336*0.10 + 1664*0.01 + 150*0.50) / 1e6,
		"openai/gpt-6-luna": (336*0.10 + 1664*0.01 + 150*0.50) / 1e6, "o9-mini": 0, "gpt-5.9-nano": (336*0.20 + 1664*0.02 + 150*1.25) / 1e6,
	} {
		s := newServer(t, reply(200, completion(content)))
		d := newDescriber(t, s.URL, model(name), func(c *openai.Config) { c.Models = override })
		answer, err := d.Describe(t.Context(), describetest.Request(1))
		if diff := answer.Usage.CostUSD - want; err != nil || diff > 1e-12 || diff < -1e-12 {
			t.Errorf("%s costs %g, %v, want %g", name, answer.Usage.CostUSD, err, want)
		}
	}
	// Whoever overrides a price need not say again what share of it flex is.
	s := newServer(t, reply(200, strings.Replace(completion(content), `"usage"`, `"service_tier":"flex","usage"`, 1)))
	d := newDescriber(t, s.URL, func(c *openai.Config) {
		c.Models = map[string]openai.Model{openai.DefaultModel: {Price: &openai.Price{Input: 2, Output: 2}}}
	})
	if answer, err := d.Describe(t.Context(), describetest.Request(1)); err != nil || math.Abs(answer.Usage.CostUSD-all) > 1e-12 {
		t.Errorf("flex at an own price costs %g, %v, want %g", answer.Usage.CostUSD, err, all)
	}
	table := openai.Models()
	if table.AsOf == "" || len(table.Sources) == 0 || table.Models[openai.DefaultModel].Output == 0 {
		t.Errorf("the built-in table of %s has no date, no source or no price of the default model", table.AsOf)
	}
}

// What calls took is read in the forms that servers report it in. Reasoning is output that costs,
// wherever it is counted; sums that cannot be are not believed.
func TestUsageForms(t *testing.T) {
	for name, test := range map[string]struct {
		provider, usage string
		want            tagroll.Usage
	}{
		"OpenAI":        {"", `{"prompt_tokens":2900,"completion_tokens":160,"total_tokens":3060,"prompt_tokens_details":{"cached_tokens":1920,"cache_write_tokens":128},"completion_tokens_details":{"reasoning_tokens":20}}`, tagroll.Usage{InputTokens: 2900, CachedTokens: 1920, CacheWriteTokens: 128, OutputTokens: 160, ReasoningTokens: 20}},
		"xAI":           {"xai", `{"prompt_tokens":2900,"completion_tokens":160,"total_tokens":3400,"completion_tokens_details":{"reasoning_tokens":340}}`, tagroll.Usage{InputTokens: 2900, OutputTokens: 500, ReasoningTokens: 340}},
		"Gemini":        {"gemini", `{"prompt_tokens":2900,"completion_tokens":160,"total_tokens":3400}`, tagroll.Usage{InputTokens: 2900, OutputTokens: 500, ReasoningTokens: 340}},
		"DeepSeek":      {"", `{"prompt_tokens":2900,"completion_tokens":160,"prompt_cache_hit_tokens":1920}`, tagroll.Usage{InputTokens: 2900, CachedTokens: 1920, OutputTokens: 160}},
		"Anthropic":     {"", `{"input_tokens":980,"output_tokens":160,"cache_read_input_tokens":1792,"cache_creation_input_tokens":128}`, tagroll.Usage{InputTokens: 2900, CachedTokens: 1792, CacheWriteTokens: 128, OutputTokens: 160}},
		"LiteLLM":       {"", `{"prompt_tokens":2900,"completion_tokens":160,"prompt_tokens_details":{"cached_tokens":1792},"cache_read_input_tokens":1792}`, tagroll.Usage{InputTokens: 2900, CachedTokens: 1792, OutputTokens: 160}},
		"a wrong total": {"", `{"prompt_tokens":2900,"completion_tokens":160,"total_tokens":999999}`, tagroll.Usage{InputTokens: 2900, OutputTokens: 160}},
		"no reasoning":  {"gemini", `{"prompt_tokens":2900,"completion_tokens":160,"total_tokens":7}`, tagroll.Usage{InputTokens: 2900, OutputTokens: 160}},
		"nonsense":      {"", `{"prompt_tokens":-5,"completion_tokens":"many","total_tokens":null}`, tagroll.Usage{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, reply(200, `{"choices":[{"finish_reason":"stop","message":{"content":`+jsonString(content)+`}}],"usage":`+test.usage+`}`))
			d := newDescriber(t, s.URL, model("nobody-knows"), func(c *openai.Config) { c.Provider = test.provider })
			answer, err := d.Describe(t.Context(), describetest.Request(1))
			if err != nil || answer.Usage != test.want {
				t.Errorf("got %+v, %v, want %+v", answer.Usage, err, test.want)
			}
		})
	}
}

// A server that serves another tier than it was asked for says so in its answers, and the user is
// told once.
func TestOtherTierThanAskedFor(t *testing.T) {
	for served, want := range map[string]string{
		`"default"`: `has served "default": such photos cost the full price`, `null`: "does not say which service tier", `"flex"`: "",
	} {
		var lines []string
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				reply(200, `{"shutdown_date":null}`)(w, r)
				return
			}
			reply(200, `{"service_tier":`+served+`,"choices":[{"finish_reason":"stop","message":{"content":`+jsonString(content)+`}}],"usage":{"prompt_tokens":1000000}}`)(w, r)
		})
		d := newDescriber(t, s.URL, func(c *openai.Config) {
			c.Tier, c.Notice = openai.TierFlex, func(line string) { lines = append(lines, line) }
		})
		cost := 0.0
		for n := range 3 {
			answer, err := d.Describe(t.Context(), describetest.Request(n))
			if err != nil {
				t.Fatal(err)
			}
			cost += answer.Usage.CostUSD
		}
		if got := strings.Join(lines, "\n"); len(lines) > 1 || (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: told %q, want %q", served, lines, want)
		}
		if full := 0.3; (want != "") != (cost > full*0.99) {
			t.Errorf("%s: three times a million tokens cost $%.2f", served, cost)
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with -update if that is meant:\n%s", path, got)
	}
}
