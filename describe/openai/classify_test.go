package openai_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/describetest"
	"github.com/tagroll/tagroll/describe/openai"
)

// problem is an error body in OpenAI's form.
func problem(kind, code, message string) string {
	body, _ := json.Marshal(map[string]any{"error": map[string]any{"message": message, "type": kind, "param": nil, "code": code}})
	return string(body)
}

// choice is a chat completion with this choice and nothing else.
func choice(message, finish string) string {
	return `{"choices":[{"message":` + message + `,"finish_reason":"` + finish + `"}],"usage":{"prompt_tokens":10,"completion_tokens":5}}`
}

func TestEveryFailureHasItsCode(t *testing.T) {
	t.Parallel()
	const invalid = "invalid_request_error"
	quota := "You exceeded your current quota, please check your plan and billing details."
	for name, test := range map[string]struct {
		status  int
		body    string
		want    tagroll.Code
		message string // part of it
	}{
		"wrong key":                 {401, problem(invalid, "invalid_api_key", "Incorrect API key provided: sk-test-****4321."), tagroll.CodeInvalidAPIKey, "check that it is whole"},
		"wrong key, Gemini":         {400, `[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]`, tagroll.CodeInvalidAPIKey, "API key"},
		"401 without a body":        {401, "", tagroll.CodeInvalidAPIKey, "API key"},
		"forbidden":                 {403, problem(invalid, "unsupported_country_region_territory", "Country not supported"), tagroll.CodeForbidden, "Country not supported"},
		"forbidden by a web page":   {403, "<html><body>Blocked</body></html>", tagroll.CodeForbidden, "does not allow"},
		"unknown model":             {404, problem(invalid, "model_not_found", "The model `gpt-5-nano` does not exist"), tagroll.CodeModelNotFound, "check the model's name"},
		"unknown model, Ollama":     {404, `{"error":"model \"gpt-5-nano\" not found, try pulling it first"}`, tagroll.CodeModelNotFound, "try pulling it first"},
		"unknown model, OpenRouter": {400, `{"error":{"message":"gpt-5-nano is not a valid model ID","code":400}}`, tagroll.CodeModelNotFound, "model's name"},
		"model not for this key":    {403, problem(invalid, "model_not_found", "Project does not have access to model"), tagroll.CodeModelNotFound, "to this key"},
		"wrong address":             {404, `{"detail":"Not Found"}`, tagroll.CodeModelNotFound, "/v1"},
		"wrong address, page":       {404, "404 page not found\n", tagroll.CodeModelNotFound, "check the base URL"},
		"wrong method":              {405, "", tagroll.CodeModelNotFound, "check the base URL"},
		"redirect": {307, "", tagroll.CodeConfiguration,
			"redirects to https://elsewhere.example, where"},
		"not modified":    {304, "", tagroll.CodeProviderError, "status 304 (Not Modified), which is no answer"},
		"several choices": {300, "", tagroll.CodeProviderError, "status 300"},

		"rate limit":                {429, problem("requests", "rate_limit_exceeded", "Rate limit reached"), tagroll.CodeRateLimited, "rate limit"},
		"rate limit without a body": {429, "", tagroll.CodeRateLimited, "rate limit"},
		"slow down":                 {503, problem("server_error", "slow_down", "Slow down"), tagroll.CodeRateLimited, "fewer requests"},
		"one request too large":     {429, problem("tokens", "rate_limit_exceeded", "Request too large for gpt-4o: Limit 1000, Requested 2000."), tagroll.CodeBadRequest, "in a minute"},
		"quota by type":             {429, problem("insufficient_quota", "", quota), tagroll.CodeQuotaExhausted, "add credit"},
		"quota by code":             {429, problem("", "insufficient_quota", "x"), tagroll.CodeQuotaExhausted, "add credit"},
		"quota in words":            {429, problem("", "", quota), tagroll.CodeQuotaExhausted, "add credit"},
		"hard limit":                {400, problem(invalid, "billing_hard_limit_reached", "Billing hard limit has been reached"), tagroll.CodeQuotaExhausted, "billing"},
		"payment required":          {402, `{"error":{"message":"Insufficient credits","code":402}}`, tagroll.CodeQuotaExhausted, "Insufficient credits"},

		"image cannot be parsed": {400, problem(invalid, "image_parse_error", "bad"), tagroll.CodeImageRejected, "could not read"},
		"image format":           {400, problem(invalid, "invalid_image_format", "bad"), tagroll.CodeImageRejected, "could not read"},
		"image too large":        {400, problem(invalid, "image_too_large", "bad"), tagroll.CodeImageRejected, "could not read"},
		"image named by param":   {400, `{"error":{"message":"Invalid value","param":"messages.[1].content.[1].image_url"}}`, tagroll.CodeImageRejected, "could not read"},
		"no vision":              {400, problem(invalid, "", "this model does not support image input"), tagroll.CodeModelCannotSee, "choose a model with vision"},
		"image address":          {400, problem(invalid, "invalid_image_url", "bad"), tagroll.CodeImageFetchFailed, "could not download"},
		"image download":         {400, problem(invalid, "failed_to_download_image", "bad"), tagroll.CodeImageFetchFailed, "could not download"},
		"image download timeout": {400,
			problem(invalid, "",
				"Timeout while downloading https://photos.example/t/1."),
			tagroll.CodeImageFetchFailed, "could not download"},
		"image download, vLLM":    {500, problem("InternalServerError", "500", "Cannot connect to host photos.example:443"), tagroll.CodeImageFetchFailed, "could not download"},
		"image address, Ollama":   {400, `{"error":{"message":"invalid image input","type":"invalid_request_error"}}`, tagroll.CodeImageFetchFailed, "inline"},
		"image policy":            {400, problem(invalid, "image_content_policy_violation", "no"), tagroll.CodeContentPolicy, "by hand"},
		"policy, Azure":           {400, problem("", "content_filter", "triggering Azure OpenAI's content management policy"), tagroll.CodeContentPolicy, "by hand"},
		"policy, OpenRouter":      {403, `{"error":{"code":403,"message":"Your input was flagged"}}`, tagroll.CodeContentPolicy, "flagged"},
		"context length":          {400, problem(invalid, "context_length_exceeded", "too long"), tagroll.CodeConfiguration, "context length"},
		"context length in words": {400, problem(invalid, "", "the request exceeds the available context size"), tagroll.CodeConfiguration, "context length"},
		"body too large":          {413, "<html>too large</html>", tagroll.CodeBadRequest, "smaller image"},
		"bad request, text":       {418, "I'm a teapot", tagroll.CodeBadRequest, "teapot"},

		"request timeout":      {408, "", tagroll.CodeProviderError, "408"},
		"locked":               {423, "", tagroll.CodeProviderError, "423"},
		"conflict":             {409, "", tagroll.CodeProviderError, "409"},
		"server error":         {500, problem("server_error", "", "The server had an error"), tagroll.CodeProviderError, "had an error"},
		"bad gateway, page":    {502, "<html><h1>502 Bad Gateway</h1></html>", tagroll.CodeProviderError, "web page"},
		"unavailable, empty":   {503, "", tagroll.CodeProviderError, "empty answer"},
		"overloaded":           {529, problem("overloaded_error", "", "Overloaded"), tagroll.CodeProviderError, "Overloaded"},
		"invalid JSON, Groq":   {400, problem(invalid, "json_validate_failed", "Failed to generate JSON"), tagroll.CodeProviderError, "Failed to generate"},
		"inner failure in 200": {200, `{"error":{"message":"Upstream failed","code":502}}`, tagroll.CodeProviderError, "Upstream failed"},
		"inner limit in 200":   {200, `{"error":{"message":"busy","code":429,"metadata":{"raw":"try later"}}}`, tagroll.CodeRateLimited, "try later"},

		"200, empty":           {200, "", tagroll.CodeProviderError, "empty body"},
		"200, web page":        {200, "<!doctype html><title>Chat</title>", tagroll.CodeProviderError, "/v1"},
		"200, text":            {200, "ok", tagroll.CodeProviderError, "no chat completion"},
		"200, cut off":         {200, completion(content)[:80], tagroll.CodeProviderError, "no chat completion"},
		"200, no choices":      {200, `{"choices":[],"error":null}`, tagroll.CodeProviderError, "no chat completion"},
		"200, other JSON":      {200, `[1]`, tagroll.CodeProviderError, "no chat completion"},
		"200, endless":         {200, strings.Repeat(" ", 5<<20), tagroll.CodeProviderError, "4 MB"},
		"refusal":              {200, choice(`{"content":null,"refusal":"I can't help with that."}`, "stop"), tagroll.CodeRefused, "I can't help"},
		"cut off by the limit": {200, choice(`{"content":"{\"title\":"}`, "length"), tagroll.CodeAnswerTruncated, "2048 output tokens"},
		"filtered":             {200, choice(`{"content":""}`, "content_filter"), tagroll.CodeContentFiltered, "filter"},
		"model failed":         {200, choice(`{"content":""}`, "error"), tagroll.CodeProviderError, "middle"},
		"empty answer":         {200, choice(`{"content":" \n"}`, "stop"), tagroll.CodeEmptyAnswer, "see images"},
		"no content":           {200, choice(`{"content":null}`, "tool_calls"), tagroll.CodeEmptyAnswer, "see images"},
		"malformed":            {200, choice(`{"content":"A fox."}`, "stop"), tagroll.CodeMalformedAnswer, "no JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, reply(test.status, test.body,
				"Location", "https://elsewhere.example/t/secret?x=1",
				"x-ratelimit-limit-requests", "9", "x-ratelimit-remaining-requests", "1"))
			answer, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1))
			e, ok := errors.AsType[*tagroll.Error](err)
			if !ok || e.Code != test.want || e.Stage != tagroll.StageDescribe {
				t.Fatalf("got %v (%s), want code %s", err, tagroll.CodeOf(err), test.want)
			}
			if !strings.Contains(e.Message, test.message) {
				t.Errorf("the message %q does not say %q", e.Message, test.message)
			}
			if a := answer.RateLimit.Allowances; len(a) != 1 || a[0].Unit != tagroll.UnitRequests || a[0].Remaining != 1 {
				t.Errorf("the rate limit %+v is lost", answer.RateLimit)
			}
			if s.calls() != 1 {
				t.Errorf("%d requests were made, want 1", s.calls())
			}
		})
	}
}

// A refusal that names nothing may be about the response format. When nothing is left to leave
// out, the request itself is what is wrong.
func TestBadRequest(t *testing.T) {
	for body, message := range map[string]string{problem("invalid_request_error", "", "Something else"): "Something else", "": "400"} {
		s := newServer(t, reply(400, body))
		d := newDescriber(t, s.URL)
		for range 3 {
			if _, err := d.Describe(t.Context(), describetest.Request(1)); tagroll.CodeOf(err) != tagroll.CodeUnsupportedParameter {
				t.Fatalf("got %v, want a step down", err)
			}
		}
		_, err := d.Describe(t.Context(), describetest.Request(1))
		if tagroll.CodeOf(err) != tagroll.CodeBadRequest || !strings.Contains(err.Error(), message) {
			t.Errorf("got %v, want CodeBadRequest and %q", err, message)
		}
	}
}

func TestFailedAnswersKeepWhatWasReceived(t *testing.T) {
	s := newServer(t, reply(200, choice(`{"content":"{\"title\":\"Fox\"}"}`, "stop")))
	answer, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1))
	if tagroll.CodeOf(err) != tagroll.CodeMalformedAnswer || answer.Raw != `{"title":"Fox"}` ||
		answer.Metadata.Title != "Fox" || answer.Usage.InputTokens != 10 || answer.Usage.CostUSD == 0 || answer.RateLimit.Spent != answer.Usage {
		t.Errorf("got %+v, %v", answer, err)
	}
}

func TestRawIsBounded(t *testing.T) {
	t.Parallel()
	s := newServer(t, reply(200, choice(`{"content":"`+strings.Repeat("ä", 1<<20)+`"}`, "stop")))
	answer, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1))
	if tagroll.CodeOf(err) != tagroll.CodeMalformedAnswer || len(answer.Raw) > 64<<10 || len(answer.Raw) < 60<<10 {
		t.Errorf("kept %d bytes, error %v", len(answer.Raw), err)
	}
}

func TestLibertiesOfCompatibleServers(t *testing.T) {
	quoted, _ := json.Marshal(content)
	for name, body := range map[string]string{
		"content in parts":   choice(`{"content":[{"type":"text","text":`+string(quoted)+`}]}`, "stop"),
		"usage null":         `{"choices":[{"message":{"content":` + string(quoted) + `}}],"usage":null}`,
		"usage of text":      `{"choices":[{"message":{"content":` + string(quoted) + `}}],"usage":"many"}`,
		"usage with decimal": `{"choices":[{"message":{"content":` + string(quoted) + `}}],"usage":{"prompt_tokens":12.0,"completion_tokens":-1}}`,
		"byte order mark":    "\uFEFF" + completion(content),
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, reply(200, body, "Content-Type", "text/plain"))
			if _, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFetchFailureOfADataURLIsTheImages(t *testing.T) {
	s := newServer(t, reply(400, problem("", "invalid_image_url", "bad")))
	r := describetest.Request(1)
	r.URL = "data:image/jpeg;base64,AAAA"
	if _, err := newDescriber(t, s.URL).Describe(t.Context(), r); tagroll.CodeOf(err) != tagroll.CodeImageRejected {
		t.Errorf("got %v, want CodeImageRejected", err)
	}
}

func TestKeyIsAskedFor(t *testing.T) {
	s := newServer(t, reply(401, ""))
	d := newDescriber(t, s.URL, func(c *openai.Config) { c.APIKey = "" })
	if _, err := d.Describe(t.Context(), describetest.Request(1)); !strings.Contains(err.Error(), "none is set") {
		t.Errorf("the message %q does not say that there is no key", err)
	}
}

func TestRetryAfter(t *testing.T) {
	s := newServer(t, reply(429, "", "Retry-After", "7", "Retry-After-Ms", "6500"))
	_, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1))
	if e := tagroll.AsError(err); e.RetryAfter != 6500*time.Millisecond {
		t.Errorf("RetryAfter is %v, want 6.5s", e.RetryAfter)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	other := newServer(t, reply(200, completion(content)))
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := newServer(t, reply(status, "", "Location", other.URL+"/v1/chat/completions"))
		_, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1))
		if tagroll.CodeOf(err) != tagroll.CodeConfiguration || !strings.Contains(err.Error(), other.URL) {
			t.Errorf("%d: got %v", status, err)
		}
	}
	for _, address := range []string{"file:///etc/passwd", "javascript:alert(1)",
		"ftp://elsewhere.example/"} {
		_, err := newDescriber(t, newServer(t, reply(307, "", "Location", address)).URL).Describe(t.Context(), describetest.Request(1))
		if tagroll.CodeOf(err) != tagroll.CodeConfiguration || !strings.Contains(err.Error(), "no web address") {
			t.Errorf("%s: got %v", address, err)
		}
	}
	if other.calls() != 0 {
		t.Errorf("the redirect was followed %d times", other.calls())
	}
}

// A redirect to another path of the same server keeps the key where it was meant for, and the
// request whole.
func TestRedirectToTheSameServerIsFollowed(t *testing.T) {
	for _, status := range []int{http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/") {
				http.Redirect(w, r, r.URL.Path+"/", status)
				return
			}
			reply(200, completion(content))(w, r)
		})
		if _, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1)); err != nil {
			t.Error(err)
		}
		if s.calls() != 2 || len(s.bodies[0]) == 0 || !bytes.Equal(s.bodies[0], s.bodies[1]) {
			t.Fatalf("%d: %d requests, and the second is not the first", status, s.calls())
		}
		for _, r := range s.requests {
			if r.Method != http.MethodPost || r.Header.Get("Authorization") == "" {
				t.Errorf("%d: a %s with the key %q arrived", status, r.Method, r.Header.Get("Authorization"))
			}
		}
	}
}

func TestRedirectThatLeadsNowhere(t *testing.T) {
	for name, redirect := range map[string]http.HandlerFunc{
		"to itself": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		},
		"without a place":  reply(http.StatusFound, ""),
		"the request goes": reply(http.StatusSeeOther, "", "Location", "/v1/chat/completions/"),
		"to another scheme": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://"+r.Host+r.URL.Path,
				http.StatusPermanentRedirect)
		},
	} {
		s := newServer(t, redirect)
		_, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1))
		if tagroll.CodeOf(err) != tagroll.CodeConfiguration || !strings.Contains(err.Error(), "redirects") || s.calls() > 3 {
			t.Errorf("%s: %d calls, got %v", name, s.calls(), err)
		}
		if name == "to itself" && strings.Contains(err.Error(), "not sent") {
			t.Errorf("%s: the way out is another base URL: %v", name, err)
		}
	}
}

// What has arrived whole is used, whatever becomes of the connection.
func TestWholeAnswerOnABrokenConnection(t *testing.T) {
	d := newDescriber(t, hangUp(t, "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"+completion(content)))
	if answer, err := d.Describe(t.Context(), describetest.Request(1)); err != nil || answer.Metadata.Title == "" {
		t.Errorf("got %+v, %v", answer.Metadata, err)
	}
}

func TestMessagesTellNoSecrets(t *testing.T) {
	image := bytes.Repeat([]byte("QUJD"), 100)
	data := "data:image/jpeg;base64," + string(image)
	const address = "https://photos.example:8443/t/Zm9vYmFyYmF6cXV4MTIz?sig=8a7b6c5d4e3f2a1b"
	for name, said := range map[string]string{
		"key": "Incorrect API key provided: " + key,
		"masked key": "Incorrect API key provided: sk-test-4f3c****7654321. See " +
			"https://platform.openai.com/account/api-keys.",
		"another key":     "key gsk_abcdefghijklmnop is used",
		"bearer":          "header Authorization: Bearer " + key,
		"data URL":        "cannot parse " + data,
		"cut data URL":    "cannot parse 'data:image/jpeg;base64,QUJDQUJDQUJDQUJD...'",
		"bare image":      "cannot decode " + string(image),
		"image URL":       "Timeout while downloading " + address + ".",
		"token only":      "GET /t/Zm9vYmFyYmF6cXV4MTIz failed",
		"signature only":  "sig=8a7b6c5d4e3f2a1b is bad",
		"encoded address": "https%3A%2F%2Fphotos.example%3A8443%2Ft%2FZm9vYmFyYmF6cXV4MTIz",
	} {
		t.Run(name, func(t *testing.T) {
			body := strings.ReplaceAll(problem("invalid_request_error", "", said), `\u0026`, "&")
			for _, answer := range []http.HandlerFunc{reply(400, body), reply(401, body), reply(500, body),
				reply(200, choice(`{"content":"","refusal":`+jsonString(said)+`}`, "stop"))} {
				s := newServer(t, answer)
				r := describetest.Request(1)
				if r.URL = address; strings.Contains(name, "data") {
					r.URL = data
				}
				_, err := newDescriber(t, s.URL).Describe(t.Context(), r)
				for _, secret := range []string{key, "4f3c", "7654321", "gsk_", "QUJD", "Zm9v", "8a7b"} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("the message tells %q: %s", secret, err)
					}
				}
			}
		})
	}
}

// What a model says is kept, in journals and for review. If it repeats what was sent to
// it, the repetition is taken out and nothing else.
func TestAnswersTellNoSecrets(t *testing.T) {
	r := describetest.Request(1)
	image := base64.StdEncoding.EncodeToString(r.Image.JPEG)
	const token = "Zm9vYmFyYmF6cXV4MTIzNDU2Nz"
	const address = "https://photos.example/photography/t/" + token
	for name, test := range map[string]struct {
		url, secret, said string
	}{
		"key":               {address, key, "Your key is " + key + "."},
		"piece of the key":  {address, key[5:20], "Bearer " + key[:20]},
		"key in JSON":       {address, key, `{"title":"Red fox","keywords":["fox"],"category":"` + key + `"}`},
		"address":           {address, token, "I looked at " + address},
		"escaped address":   {address, token, `{"title":"https:\/\/photos.example\/photography\/t\/` + token + `"}`},
		"token":             {address, token, "nothing at /t/" + token + "/thumbnail"},
		"image":             {"data:image/jpeg;base64," + image, image[:24], "you sent data:image/jpeg;base64," + image},
		"piece of an image": {"data:image/jpeg;base64," + image, image[30:70], "it begins with x" + image[30:80]},
		"downloaded image":  {address, image[:24], strings.ReplaceAll(image, "/", `\/`)},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, reply(200, choice(`{"content":`+jsonString(test.said)+`}`, "stop")))
			r := r
			r.URL = test.url
			answer, err := newDescriber(t, s.URL).Describe(t.Context(), r)
			if tagroll.CodeOf(err) != tagroll.CodeMalformedAnswer || answer.Metadata.Title != "" {
				t.Errorf("got %v and %v, want CodeMalformedAnswer and no metadata", answer.Metadata, err)
			}
			if all := answer.Raw + err.Error(); strings.Contains(strings.ReplaceAll(all, `\`, ""), test.secret) {
				t.Errorf("the answer tells %q: %s", test.secret, all)
			}
		})
	}
	t.Run("nothing", func(t *testing.T) {
		const said = `{"title":"Photography of a red fox in deep-snow-covered-mountain-scenery","keywords":["fox","and/or","antidisestablishmentarianism"],"category":"Animals"}`
		s := newServer(t, reply(200, choice(`{"content":`+jsonString(said)+`}`, "stop")))
		r := r
		r.URL = address
		if answer, err := newDescriber(t, s.URL).Describe(t.Context(), r); err != nil || answer.Raw != said {
			t.Errorf("got %q, %v", answer.Raw, err)
		}
	})
}

func jsonString(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func TestLongMessagesAreCut(t *testing.T) {
	s := newServer(t, reply(400, problem("", "", strings.Repeat("too long äöü\u0000\u202e ", 100000))))
	_, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1))
	if tagroll.CodeOf(err) != tagroll.CodeBadRequest || len(err.Error()) > 600 || strings.ContainsAny(err.Error(), "\x00\u202e") {
		t.Errorf("got %d bytes: %.700q", len(err.Error()), err.Error())
	}
}

// hangUp makes a server that reads a request, writes this and closes the connection.
func hangUp(t *testing.T, answer string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { listener.Close(); <-done })
	go func() {
		defer close(done)
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			// Closing with a part unread would reset the connection, at a moment that
			// nobody knows.
			if request, err := http.ReadRequest(bufio.NewReader(connection)); err == nil {
				_, _ = io.Copy(io.Discard, request.Body)
			}
			_, _ = io.WriteString(connection, answer)
			connection.Close()
		}
	}()
	return "http://" + listener.Addr().String()
}

// nobody is an address at which nothing listens. A port that a server has just left could be given
// to the next one.
const nobody = "http://127.0.0.1:1"

func TestNetworkFailures(t *testing.T) {
	overTLS := httptest.NewUnstartedServer(reply(200, completion(content)))
	overTLS.Config.ErrorLog = log.New(io.Discard, "", 0)
	overTLS.StartTLS()
	t.Cleanup(overTLS.Close)
	plainText := newServer(t, reply(200, completion(content)))
	for name, test := range map[string]struct {
		baseURL   string
		transport http.RoundTripper
		message   string
	}{
		"nothing listens": {nobody + "/v1", nil, "nothing answers at " + nobody + "/v1: is the server running?"},
		"no such host": {"http://tagroll.invalid/v1",
			failing{&net.OpError{Op: "dial", Err: &net.DNSError{
				Err: "no such host", Name: "tagroll.invalid", IsNotFound: true}}},
			"address of tagroll.invalid cannot be found"},
		"proxy": {"http://api.example/v1",
			failing{&net.OpError{Op: "proxyconnect", Err: errors.New("refused")}}, "proxy"},
		"certificate": {overTLS.URL, nil, "certificate"},
		"https to http": {strings.Replace(plainText.URL, "http:", "https:", 1), nil,
			"use http://"},
		"no TLS record": {"https://api.example/v1",
			failing{tls.RecordHeaderError{
				Msg: "first record does not look like a TLS handshake"}},
			"use http://"},
		"closed without answer": {hangUp(t, ""), nil, "closed the connection without an answer"},
		"closed in the headers": {hangUp(t, "HTTP/1.1 200 OK\r\nContent-Le"), nil, "before an answer"},
		"closed in the body":    {hangUp(t, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"choices\":"), nil, "in the middle of the answer"},
		"no HTTP":               {hangUp(t, "220 mail.example ESMTP\r\n"), nil, "does not speak HTTP"},
		"TLS": {hangUp(t, "\x15\x03\x01\x00\x02\x02\x46"), nil,
			"use https://"},
		"headers without end": {hangUp(t, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("a", 2<<20)), nil, "headers without end"},
		"no clear length":     {hangUp(t, "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}"), nil, "no clear length"},
		"reset": {"http://api.example/v1",
			failing{&net.OpError{Op: "read", Err: syscall.ECONNRESET}},
			"closed the connection without an answer"},
		"closed while writing": {"http://api.example/v1",
			failing{&net.OpError{Op: "write", Err: syscall.EPIPE}},
			"closed the connection without an answer"},
		"dial timeout": {"http://api.example/v1",
			failing{&net.OpError{Op: "dial", Err: timeout{}}}, "in time"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDescriber(t, test.baseURL, func(c *openai.Config) { c.Transport = test.transport })
			_, err := d.Describe(t.Context(), describetest.Request(1))
			if tagroll.CodeOf(err) != tagroll.CodeNetwork || !strings.Contains(err.Error(), test.message) {
				t.Errorf("got %v (%s), want CodeNetwork and %q", err, tagroll.CodeOf(err), test.message)
			}
		})
	}
}

func TestBrokenBodyOfAFailureKeepsItsStatus(t *testing.T) {
	d := newDescriber(t, hangUp(t, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 900\r\n\r\n{\"error\":"))
	if _, err := d.Describe(t.Context(), describetest.Request(1)); tagroll.CodeOf(err) != tagroll.CodeInvalidAPIKey {
		t.Errorf("got %v, want CodeInvalidAPIKey", err)
	}
}

// failing is a transport that always fails so.
type failing struct{ err error }

func (f failing) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Body.Close()
	return nil, f.err
}

type timeout struct{}

func (timeout) Error() string   { return "i/o timeout" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }
