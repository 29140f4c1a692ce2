package openai_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/describetest"
	"github.com/tagroll/tagroll/describe/openai"
)

// The failures of real servers, as they word them. Data URLs are what is sent unless an address is.
func TestServersWords(t *testing.T) {
	const address = "https://photos.example/t/1"
	text := func(s string) string { return jsonString(s) }
	wrapped := func(s string) string { return `{"error":{"message":` + text(s) + `}}` }
	for name, test := range map[string]struct {
		status  int
		body    string
		url     string // of the image, where it is not inline
		want    tagroll.Code
		message string
	}{
		"no vision, vLLM":              {400, `{"object":"error","message":"qwen3-8b is not a multimodal model","type":"BadRequestError","code":400}`, "", tagroll.CodeModelCannotSee, "choose a model with vision"},
		"no vision, vLLM 0":            {400, wrapped("At most 0 image(s) may be provided in one request."), "", tagroll.CodeModelCannotSee, ""},
		"no vision, DeepSeek":          {400, wrapped("Failed to deserialize the JSON body: messages[1]: unknown variant `image_url`, expected `text` at line 1"), "", tagroll.CodeModelCannotSee, ""},
		"no vision, Groq":              {400, wrapped("'messages.1' : for 'role:user' the following must be satisfied[('messages.1.content' : value must be a string)]"), "", tagroll.CodeModelCannotSee, ""},
		"no vision, content":           {400, wrapped("messages[1].content must be a string"), "", tagroll.CodeModelCannotSee, ""},
		"no vision, llama.cpp":         {500, wrapped("image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"), "", tagroll.CodeModelCannotSee, "--mmproj"},
		"no vision, Ollama":            {500, wrapped("this model is missing data required for image input"), "", tagroll.CodeModelCannotSee, ""},
		"no vision, OpenRouter":        {404, wrapped("No endpoints found that support image input"), "", tagroll.CodeModelCannotSee, ""},
		"no vision, Mistral":           {400, wrapped("Image input is not enabled for this model"), "", tagroll.CodeModelCannotSee, ""},
		"no vision, OpenAI":            {400, wrapped("Invalid content type. image_url is only supported by certain models."), "", tagroll.CodeModelCannotSee, ""},
		"no vision, plain":             {400, wrapped("This model does not support images."), "", tagroll.CodeModelCannotSee, ""},
		"no vision, LM Studio":         {400, `{"error":"Model does not support images. Please use a model that does."}`, "", tagroll.CodeModelCannotSee, ""},
		"not about vision":             {400, wrapped("You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp']."), "", tagroll.CodeImageRejected, ""},
		"not about vision, the format": {400, wrapped("image format is not supported: use png or jpeg"), "", tagroll.CodeUnsupportedParameter, ""},

		"no /v1, LM Studio":    {200, `{"error":"Unexpected endpoint or method. (POST /chat/completions). Returning 200 anyway"}`, "", tagroll.CodeModelNotFound, "lacks a /v1"},
		"no /v1":               {404, "404 page not found", "", tagroll.CodeModelNotFound, "/v1"},
		"no models, LM Studio": {404, wrapped("No models loaded. Please load a model in the developer page or use the 'lms load' command."), "", tagroll.CodeModelNotFound, "lms load"},
		"deployment, Azure":    {404, `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}`, "", tagroll.CodeModelNotFound, "model's name"},
		"loading, llama.cpp":   {503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, "", tagroll.CodeModelLoading, "still loading"},
		"loading, other":       {503, `{"error":"Model llava is currently loading","estimated_time":20}`, "", tagroll.CodeModelLoading, ""},

		"failed, flex":           {503, wrapped("flex processing is temporarily unavailable"), "", tagroll.CodeProviderError, ""},
		"busy, flex":             {429, `{"error":{"message":"Try later","code":"resource_unavailable"}}`, "", tagroll.CodeRateLimited, "capacity"},
		"busy, Groq":             {498, `{"error":{"message":"Flex tier capacity exceeded","code":"capacity_exceeded"}}`, "", tagroll.CodeRateLimited, "capacity"},
		"tokens, Groq 413":       {413, `{"error":{"message":"Request too large for model on tokens per minute (TPM): Limit 6000, Requested 7000","type":"tokens","code":"rate_limit_exceeded"}}`, "", tagroll.CodeBadRequest, "more tokens than the account may use in a minute"},
		"tokens, Groq 413 later": {413, `{"error":{"message":"Limit 6000, Used 5500, Requested 700. Please try again in 2s","type":"tokens","code":"rate_limit_exceeded"}}`, "", tagroll.CodeRateLimited, ""},
		"the day, OpenRouter":    {429, `{"error":{"message":"Rate limit exceeded: free-models-per-day","code":429,"metadata":{"headers":{"X-RateLimit-Limit":"50","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1795827600000"}}}}`, "", tagroll.CodeQuotaExhausted, "after 01:00 on 28 November UTC"},
		"the day, Gemini": {429, `[{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED","details":[
			{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier","quotaValue":"50"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"38s"}]}}]`, "", tagroll.CodeQuotaExhausted, "after 08:00 on 28 November UTC"},
		"the minute, Gemini": {429, `[{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED","details":[
			{"violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]},{"retryDelay":"38s"}]}}]`, "", tagroll.CodeRateLimited, ""},
		"not free, Gemini":     {429, `[{"error":{"code":429,"message":"You exceeded your current quota. Quota exceeded for metric, limit: 0","status":"RESOURCE_EXHAUSTED"}}]`, "", tagroll.CodeQuotaExhausted, "free tier"},
		"no credit, Anthropic": {400, wrapped("Your credit balance is too low to access the Anthropic API."), "", tagroll.CodeQuotaExhausted, "add credit"},
		"no credit, xAI": {403, `{"code":"permission",
			"error":"Your newly created teams doesn't have any credits yet. ` +
			`You can purchase credits on https://console.x.ai/team."}`, "",
			tagroll.CodeQuotaExhausted, "https://console.x.ai/team"},
		"country, Gemini":       {400, `[{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}]`, "", tagroll.CodeForbidden, "country"},
		"crashed, LM Studio":    {400, `{"error":"The model has crashed without additional information. (Exit code: 6)"}`, "", tagroll.CodeProviderError, "crashed"},
		"unknown, Anthropic":    {404, `{"type":"error","error":{"type":"not_found_error","message":"model: gpt-6-luna"}}`, "", tagroll.CodeModelNotFound, "model's name"},
		"no vision, FastAPI":    {422, `{"detail":[{"loc":["body","messages",1,"content"],"msg":"str type expected","type":"type_error.str"}]}`, "", tagroll.CodeModelCannotSee, ""},
		"no vision, FastAPI 2":  {422, `{"detail":[{"type":"string_type","loc":["body","messages",1,"content"],"msg":"Input should be a valid string"}]}`, "", tagroll.CodeModelCannotSee, ""},
		"another spelling":      {400, `{"error":"Model grok-4 does not support parameter reasoningEffort."}`, "", tagroll.CodeUnsupportedParameter, "reasoning_effort"},
		"a bound too large":     {400, wrapped("This model's maximum context length is 4096 tokens. However, you requested 4860 tokens (2812 in the messages, 2048 in the completion)."), "", tagroll.CodeUnsupportedParameter, "no bound"},
		"a bound, vLLM":         {400, wrapped("'max_tokens' or 'max_completion_tokens' is too large: 2048. This model's maximum context length is 4096 tokens and your request has 2812 input tokens."), "", tagroll.CodeUnsupportedParameter, "no bound"},
		"inside, FastAPI":       {200, `{"detail":"Upstream is down"}`, "", tagroll.CodeProviderError, "Upstream is down"},
		"inside, with a status": {200, `{"object":"error","message":"Invalid API key","code":401}`, "", tagroll.CodeInvalidAPIKey, ""},
		"inside, empty choice":  {200, `{"error":{"message":"Provider returned error","code":502},"choices":[{"message":{"content":""}}]}`, "", tagroll.CodeProviderError, "Provider returned error"},
		"no credit":             {402, wrapped("This request requires more credits"), "", tagroll.CodeQuotaExhausted, "credit"},
		"error in a choice":     {200, `{"choices":[{"message":{"content":""},"finish_reason":"error","error":{"code":429,"message":"slow down please"}}]}`, "", tagroll.CodeRateLimited, ""},
		"decommissioned":        {400, `{"error":{"message":"The model has been decommissioned","code":"model_decommissioned"}}`, "", tagroll.CodeModelNotFound, ""},
		"context, llama.cpp":    {400, `{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}`, "", tagroll.CodeConfiguration, "context length"},

		"context, vLLM":         {400, `{"object":"error","message":"The decoder prompt (length 4926) is longer than the maximum model length of 4096. Make sure that ` + "`max_model_len`" + ` is no smaller than the number of text tokens plus multimodal tokens. For image inputs, the number of image tokens depends on the number of images.","type":"BadRequestError","param":null,"code":400}`, "", tagroll.CodeConfiguration, "context length"},
		"context, llama.cpp 2":  {400, `{"error":{"code":400,"message":"request (4926 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":4926,"n_ctx":4096}}`, "", tagroll.CodeConfiguration, "context length"},
		"context, LM Studio":    {400, `{"error":"The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model with a larger context length, or provide a shorter input"}`, "", tagroll.CodeConfiguration, "context length"},
		"memory, Ollama":        {500, wrapped("model requires more system memory (19.3 GiB) than is available (14.8 GiB)"), "", tagroll.CodeConfiguration, "cannot load the model"},
		"memory, Ollama's own":  {500, `{"error":"model requires more system memory (4.1 GiB) than is available (3.1 GiB)"}`, "", tagroll.CodeConfiguration, "choose a smaller model"},
		"memory, LM Studio":     {404, `{"error":{"message":"Failed to load model \"qwen2.5-vl-72b\". Error: Model loading was stopped due to insufficient system resources.","type":"invalid_request_error","param":"model","code":"model_not_found"}}`, "", tagroll.CodeConfiguration, "cannot load the model"},
		"broken, Ollama":        {500, wrapped("unable to load model: /root/.ollama/models/blobs/sha256-0123"), "", tagroll.CodeConfiguration, "cannot load the model"},
		"ended, Ollama":         {500, wrapped("llama runner process has terminated: signal: killed"), "", tagroll.CodeProviderError, "terminated"},
		"unknown, Ollama":       {404, `{"error":{"message":"model 'llava:7b' not found","type":"not_found_error","param":null,"code":null}}`, "", tagroll.CodeModelNotFound, "model's name"},
		"unknown, Ollama's own": {404, `{"error":"model \"llava:7b\" not found, try pulling it first"}`, "", tagroll.CodeModelNotFound, "try pulling it first"},
		"unknown, vLLM":         {404, `{"error":{"message":"The model ` + "`llava`" + ` does not exist.","type":"NotFoundError","param":"model","code":404}}`, "", tagroll.CodeModelNotFound, "does not exist"},
		"full, Ollama":          {503, wrapped("server busy, please try again.  maximum pending requests exceeded"), "", tagroll.CodeProviderError, "maximum pending"},

		"only data, LM Studio":  {400, wrapped("'url' field must be a base64 encoded image."), address, tagroll.CodeImageFetchFailed, "inline"},
		"only data, words":      {400, wrapped("Only data URLs are supported"), address, tagroll.CodeImageFetchFailed, "inline"},
		"only data, remote":     {400, wrapped("remote image URLs are not supported"), address, tagroll.CodeImageFetchFailed, "inline"},
		"only data, scheme":     {422, `{"detail":[{"loc":["body","messages",1],"msg":"URL scheme should be 'data'"}]}`, address, tagroll.CodeImageFetchFailed, "inline"},
		"cannot fetch":          {400, wrapped("Cannot fetch content from the provided URL."), address, tagroll.CodeImageFetchFailed, "inline"},
		"cannot fetch, Gemini":  {400, wrapped("Unable to fetch image from URL"), address, tagroll.CodeImageFetchFailed, "inline"},
		"cannot fetch, scheme":  {400, wrapped("Image URLs must use the data: scheme"), address, tagroll.CodeImageFetchFailed, ""},
		"cannot fetch, reach":   {400, wrapped("The image URL is not reachable"), address, tagroll.CodeImageFetchFailed, ""},
		"cannot fetch, resolve": {400, wrapped("could not resolve host: photos.example"), address, tagroll.CodeImageFetchFailed, ""},
		"cannot fetch, refused": {400, wrapped("failed to get image: connection refused"), address, tagroll.CodeImageFetchFailed, ""},
		"cannot fetch, policy":  {400, wrapped("private or loopback addresses are not allowed"), address, tagroll.CodeImageFetchFailed, ""},
		"cannot fetch, access":  {400, wrapped("unable to access the provided image URL"), address, tagroll.CodeImageFetchFailed, ""},
		"only addresses":        {400, wrapped("image_url must start with 'http'"), "", tagroll.CodeConfiguration, "--deliver url"},

		"FastAPI, a parameter": {422, `{"detail":[{"type":"extra_forbidden","loc":["body","max_completion_tokens"],"msg":"Extra inputs are not permitted","input":2048}]}`, "", tagroll.CodeUnsupportedParameter, "max_completion_tokens"},
		"Mistral, a parameter": {422, `{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","max_completion_tokens"],"msg":"Extra inputs are not permitted","input":2048}]},"type":"invalid_request_message_error"}`, "", tagroll.CodeUnsupportedParameter, "max_completion_tokens"},
		"FastAPI, the key":     {401, `{"detail":"Unauthorized"}`, "", tagroll.CodeInvalidAPIKey, "Unauthorized"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, reply(test.status, test.body, "Date", november().Format(http.TimeFormat)))
			r := describetest.Request(1)
			if r.URL = "data:image/jpeg;base64,QUJD"; test.url != "" {
				r.URL = test.url
			}
			d := newDescriber(t, s.URL, func(c *openai.Config) { c.Now = november })
			_, err := d.Describe(t.Context(), r)
			if tagroll.CodeOf(err) != test.want || !strings.Contains(err.Error(), test.message) {
				t.Errorf("got %s: %v\nwant %s and %q", tagroll.CodeOf(err), err, test.want, test.message)
			}
		})
	}
}

// november is the clock of the tests.
func november() time.Time { return time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC) }

// Times to wait in every form.
func TestWaits(t *testing.T) {
	for name, test := range map[string]struct {
		body    string
		headers []string
		want    time.Duration
	}{
		"OpenAI's words":      {`{"error":{"message":"Limit 3. Please try again in 6.5s.","code":"rate_limit_exceeded"}}`, nil, 6500 * time.Millisecond},
		"in milliseconds":     {`{"error":{"message":"Please try again in 120ms."}}`, nil, 120 * time.Millisecond},
		"minutes and seconds": {`{"error":{"message":"please try again in 1m30s"}}`, nil, 90 * time.Second},
		"in full words":       {`{"error":{"message":"Please wait for 1 minute and 30 seconds"}}`, nil, 90 * time.Second},
		"Azure":               {`{"error":{"message":"Please retry after 3 seconds."}}`, nil, 3 * time.Second},
		"Gemini's field":      {`[{"error":{"status":"RESOURCE_EXHAUSTED","message":"quota","details":[{"retryDelay":"38s"}]}}]`, nil, 38 * time.Second},
		"Gemini's words":      {`{"error":{"message":"Please retry in 12.5s."}}`, nil, 12500 * time.Millisecond},
		"a date":              {``, []string{"Retry-After", "Fri, 27 Nov 2026 20:00:20 GMT", "Date", "Fri, 27 Nov 2026 20:00:00 GMT"}, 20 * time.Second},
		"epoch milliseconds":  {``, []string{"X-RateLimit-Reset", "1795809645000"}, 45 * time.Second},
		"epoch seconds":       {``, []string{"X-RateLimit-Reset", "1795809645"}, 45 * time.Second},
		"seconds to go":       {``, []string{"X-RateLimit-Reset", "45"}, 45 * time.Second},
		"the router's":        {`{"error":{"code":429,"message":"x","metadata":{"headers":{"X-RateLimit-Reset":"1795809645000"}}}}`, nil, 45 * time.Second},
		"a limit used up":     {``, []string{"x-ratelimit-limit-tokens", "9", "x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "7s"}, 7 * time.Second},
		"nothing":             {`{"error":{"message":"in 2024 we had 3 seconds"}}`, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			headers := test.headers
			if !strings.Contains(strings.Join(headers, " "), "Date") {
				headers = append(headers, "Date", "Fri, 27 Nov 2026 20:00:00 GMT")
			}
			s := newServer(t, reply(429, test.body, headers...))
			_, err := newDescriber(t, s.URL, func(c *openai.Config) { c.Now = november }).Describe(t.Context(), describetest.Request(1))
			if e := tagroll.AsError(err); e.Code != tagroll.CodeRateLimited || e.RetryAfter != test.want {
				t.Errorf("got %s after %v, want %v", e.Code, e.RetryAfter, test.want)
			}
		})
	}
}

// refusing is a server that refuses requests with what a rule finds in their body.
func refusing(t *testing.T, status int, answer string, refused func(map[string]any) bool) *server {
	var s *server
	s = newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/chat/completions") {
			http.NotFound(w, r)
			return
		}
		var body map[string]any
		s.mu.Lock()
		_ = json.Unmarshal(s.bodies[len(s.bodies)-1], &body)
		s.mu.Unlock()
		if refused(body) {
			reply(status, answer)(w, r)
			return
		}
		tier, _ := body["service_tier"].(string) // a server says which one has served
		reply(200, strings.Replace(completion(content), `"usage"`, `"service_tier":`+jsonString(tier)+`,"usage"`, 1))(w, r)
	})
	return s
}

// A refusal leads to the next best request, in the written order, and is told in one line.
func TestStepsDown(t *testing.T) {
	format := func(b map[string]any) map[string]any {
		f, _ := b["response_format"].(map[string]any)
		return f
	}
	bounded := func(b map[string]any) bool {
		text, _ := json.Marshal(format(b))
		return strings.Contains(string(text), "maxItems") || strings.Contains(string(text), "additionalProperties")
	}
	for name, test := range map[string]struct {
		status  int
		answer  string
		refused func(map[string]any) bool
		steps   int
		line    string // part of the one line
		sent    string // part of the last request
	}{
		"Gemini's bare words":   {400, `[{"error":{"code":400,"message":"Request contains an invalid argument.","status":"INVALID_ARGUMENT"}}]`, bounded, 1, "one without bounds", `"json_schema"`},
		"too many states":       {400, `{"error":{"message":"The specified schema produces a constraint that has too many states for serving."}}`, bounded, 1, "one without bounds", `"json_schema"`},
		"maxItems":              {400, `{"error":{"message":"output_format.schema: For 'array' type, property 'maxItems' is not supported"}}`, bounded, 1, "one without bounds", `"json_schema"`},
		"strict, OpenRouter":    {404, `{"error":{"message":"No endpoints found that can handle the requested parameters.","code":404}}`, bounded, 1, "one without bounds", `"json_schema"`},
		"a grammar, llama.cpp":  {500, `{"error":{"message":"failed to parse grammar","type":"server_error"}}`, bounded, 1, "one without bounds", `"json_schema"`},
		"no schemas":            {400, `{"error":{"message":"json_schema is not supported"}}`, func(b map[string]any) bool { return format(b)["type"] == "json_schema" }, 1, "JSON without a schema", `"json_object"`},
		"no formats, bare":      {400, ``, func(b map[string]any) bool { return format(b) != nil }, 3, "response_format", ``},
		"a value, with a list":  {400, `{"error":{"message":"Unsupported value: 'none' is not supported with this model. Supported values are: 'medium', 'low', and 'high'.","param":"reasoning_effort"}}`, func(b map[string]any) bool { return b["reasoning_effort"] == "none" }, 1, `so "low" is sent`, `"reasoning_effort":"low"`},
		"a value, Ollama":       {400, `{"error":{"message":"invalid reasoning value: 'none' (must be \"high\", \"medium\", \"low\", or \"minimal\")"}}`, func(b map[string]any) bool { return b["reasoning_effort"] == "none" }, 1, `so "minimal" is sent`, `"reasoning_effort":"minimal"`},
		"the older name":        {422, `{"message":{"detail":[{"type":"extra_forbidden","loc":["body","max_completion_tokens"]}]}}`, func(b map[string]any) bool { return b["max_completion_tokens"] != nil }, 1, "so max_tokens is sent", `"max_tokens":2048`},
		"no tiers, Azure":       {400, `{"error":{"message":"The service_tier 'flex' is not supported for this model."}}`, func(b map[string]any) bool { return b["service_tier"] != nil }, 1, "full price", `"gpt-6-luna"`},
		"a value, not named":    {400, `{"error":{"message":"unknown variant ` + "`none`, expected one of `low`, `high`" + `"}}`, func(b map[string]any) bool { return b["reasoning_effort"] == "none" }, 1, `so "low" is sent`, `"reasoning_effort":"low"`},
		"thinking, Gemini":      {400, `[{"error":{"code":400,"message":"Budget 0 is invalid. This model only works in thinking mode.","status":"INVALID_ARGUMENT"}}]`, func(b map[string]any) bool { return b["reasoning_effort"] != nil }, 1, "refused reasoning_effort;", `"json_schema"`},
		"named with 500":        {500, `{"error":{"message":"'json_schema' is not a valid ResponseFormatType"}}`, func(b map[string]any) bool { return format(b)["type"] == "json_schema" }, 1, "JSON without a schema", `"json_object"`},
		"no system role":        {400, `{"error":{"message":"System role not supported"}}`, func(b map[string]any) bool { return len(b["messages"].([]any)) > 1 }, 1, `the role "system"`, `"json_schema"`},
		"roles alternate":       {500, `{"error":{"message":"Conversation roles must alternate user/assistant/user/assistant/..."}}`, func(b map[string]any) bool { return len(b["messages"].([]any)) > 1 }, 1, `the role "system"`, `"json_schema"`},
		"two that differ":       {400, `{"error":{"message":"reasoning_effort and json_schema are not supported"}}`, func(b map[string]any) bool { return b["reasoning_effort"] != nil || format(b)["type"] == "json_schema" }, 2, "and a JSON schema", `"json_object"`},
		"the schema, not named": {400, `{"error":{"message":"Invalid schema for response_format 'stock_metadata'","param":"response_format"}}`, bounded, 1, "one without bounds", `"json_schema"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := refusing(t, test.status, test.answer, test.refused)
			var mu sync.Mutex
			var lines []string
			d := newDescriber(t, s.URL, func(c *openai.Config) {
				c.Tier = openai.TierFlex
				c.Notice = func(line string) { mu.Lock(); lines = append(lines, line); mu.Unlock() }
				c.Now = november
			})
			for i := range test.steps {
				if _, err := d.Describe(t.Context(), describetest.Request(i)); tagroll.CodeOf(err) != tagroll.CodeUnsupportedParameter {
					t.Fatalf("call %d: %v", i+1, err)
				}
			}
			for i := range 3 {
				if _, err := d.Describe(t.Context(), describetest.Request(i)); err != nil {
					t.Fatal(err)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if len(lines) != 1 || !strings.Contains(lines[0], test.line) {
				t.Errorf("the user is told %q, want one line with %q", lines, test.line)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if last := string(s.bodies[len(s.bodies)-1]); !strings.Contains(last, test.sent) {
				t.Errorf("what is sent at last lacks %s: %.300s", test.sent, last[strings.Index(last, `"model"`):])
			}
		})
	}
}

// A photo that is refused without a reason, whatever is sent, was not refused for what was sent:
// all other photos are asked for in full again, and are not asked for twice.
func TestARefusedPhotoTeachesNothing(t *testing.T) {
	refuse := true
	s := refusing(t, 400, `{"error":{"message":"no"}}`, func(map[string]any) bool { return refuse })
	var lines []string
	d := newDescriber(t, s.URL, func(c *openai.Config) { c.Notice = func(line string) { lines = append(lines, line) } })
	for range 3 {
		if _, err := d.Describe(t.Context(), describetest.Request(1)); tagroll.CodeOf(err) != tagroll.CodeUnsupportedParameter {
			t.Fatalf("got %v, want a step down", err)
		}
	}
	for n := range 2 {
		if _, err := d.Describe(t.Context(), describetest.Request(n)); tagroll.CodeOf(err) != tagroll.CodeBadRequest {
			t.Fatalf("got %v, want CodeBadRequest", err)
		}
	}
	refuse = false
	if _, err := d.Describe(t.Context(), describetest.Request(3)); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	last := string(s.bodies[len(s.bodies)-1])
	s.mu.Unlock()
	if !strings.Contains(last, `"strict":true`) || !strings.Contains(last, `"reasoning_effort":"none"`) || len(lines) != 0 {
		t.Errorf("told %q, sent %.300s", lines, last[strings.Index(last, `"model"`):])
	}
}

// A refusal of what is no longer sent is no reason to give a photo up, even after a success.
func TestALateRefusalIsRepeated(t *testing.T) {
	for part, refusal := range map[string]http.HandlerFunc{
		`"strict"`:           reply(404, `{"error":{"message":"No endpoints found that can handle the requested parameters.","code":404}}`),
		`"service_tier"`:     reply(400, `{"error":{"message":"Invalid service_tier argument","param":"service_tier"}}`),
		`"reasoning_effort"`: reply(400, `{"error":{"message":"Unrecognized argument: reasoning_effort"}}`),
	} {
		t.Run(part, func(t *testing.T) {
			held, free := make(chan bool), make(chan bool)
			handler := func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if !strings.Contains(string(body), part) {
					reply(200, completion(content))(w, r)
					return
				}
				if strings.Contains(string(body), "slow boat") {
					held <- true
					<-free
				}
				refusal(w, r)
			}
			s := httptest.NewServer(http.HandlerFunc(handler))
			t.Cleanup(s.Close)
			d := newDescriber(t, s.URL, func(c *openai.Config) { c.Tier = openai.TierFlex })
			slow := describetest.Request(1)
			slow.Facts.Title = "slow boat"
			late := make(chan error)
			go func() { _, err := d.Describe(t.Context(), slow); late <- err }()
			<-held
			for n, want := range []tagroll.Code{tagroll.CodeUnsupportedParameter, ""} {
				if _, err := d.Describe(t.Context(), describetest.Request(2+n)); tagroll.CodeOf(err) != want {
					t.Fatalf("got %v, want %q", err, want)
				}
			}
			close(free)
			if err := <-late; tagroll.CodeOf(err) != tagroll.CodeUnsupportedParameter {
				t.Errorf("got %v, want CodeUnsupportedParameter", err)
			}
		})
	}
}

// After a success nothing unspecific changes what is sent.
func TestASuccessEndsTheSteps(t *testing.T) {
	refuse := false
	s := refusing(t, 400, `{"error":{"message":"bad request"}}`, func(map[string]any) bool { return refuse })
	d := newDescriber(t, s.URL)
	if _, err := d.Describe(t.Context(), describetest.Request(1)); err != nil {
		t.Fatal(err)
	}
	refuse = true
	if _, err := d.Describe(t.Context(), describetest.Request(2)); tagroll.CodeOf(err) != tagroll.CodeBadRequest {
		t.Errorf("got %v, want CodeBadRequest", err)
	}
}

// Answers in the forms that servers really send.
func TestAnswersInEveryForm(t *testing.T) {
	quoted := jsonString(content)
	choice := func(fields string) string { return `{"choices":[{` + fields + `}]}` }
	for name, body := range map[string]string{
		"finish null":           choice(`"finish_reason":null,"message":{"content":` + quoted + `}`),
		"finish a number":       choice(`"finish_reason":1,"message":{"content":` + quoted + `}`),
		"finish in capitals":    choice(`"finish_reason":"STOP","message":{"content":` + quoted + `}`),
		"complete, but cut off": choice(`"finish_reason":"length","message":{"content":` + quoted + `}`),
		"MAX_TOKENS":            choice(`"finish_reason":"MAX_TOKENS","message":{"content":` + quoted + `}`),
		"in the reasoning":      choice(`"finish_reason":"stop","message":{"content":"","reasoning_content":` + quoted + `}`),
		"after thinking":        choice(`"finish_reason":"stop","message":{"content":` + jsonString("<think>{}</think>"+content) + `}`),
		"refusal false":         choice(`"finish_reason":"stop","message":{"content":` + quoted + `,"refusal":false}`),
		"the older form":        choice(`"finish_reason":"stop","text":` + quoted),
		"numbers of Python": `{"choices":[{"logprobs":[-Infinity,NaN],"message":{"content":` + quoted + `}}],` +
			`"usage":{"note":"\"NaN","prompt_tokens":9,"completion_tokens":4,"cost":NaN,"most":Infinity}}`,
		"a tier that is a number": `{"service_tier":1,"choices":[{"message":{"content":` + quoted + `}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, reply(200, body))
			answer, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1))
			if err != nil || answer.Metadata.Title != "Red fox in deep snow" {
				t.Errorf("got %+v, %v", answer.Metadata, err)
			}
		})
	}
	piece := func(text, finish string) string {
		return `{"choices":[{"index":0,"delta":{"content":` + jsonString(text) + `},"finish_reason":` + finish + `}]}`
	}
	first, second := content[:40], content[40:]
	stream := "event: message\ndata: " + piece(first, "null") + "\n\n: still here\n\ndata:" + piece(second, `"stop"`) + "\n\n" +
		`data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}` + "\n\ndata: [DONE]\n\n"
	for name, body := range map[string]string{
		"a stream":                       stream,
		"a stream with CRLF":             strings.ReplaceAll(stream, "\n", "\r\n"),
		"a stream of one":                "data: " + completion(content) + "\n\ndata: [DONE]\n\n",
		"an object a line":               piece(first, "null") + "\n" + piece(second, `"stop"`) + "\n",
		"comments before it":             ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n" + completion(content),
		"twice":                          completion(content) + "\n" + completion(content),
		"something behind it":            completion(content) + "\n\x00\x00garbage",
		"as an object":                   `{"choices":[{"message":{"content":` + content + `}}]}`,
		"as a tool's arguments":          `{"choices":[{"finish_reason":"tool_calls","message":{"content":null,"tool_calls":[{"function":{"name":"stock_metadata","arguments":` + quoted + `}}]}}]}`,
		"a list of one":                  "[" + completion(content) + "]",
		"UTF-16":                         "\xFF\xFE" + strings.Join(strings.Split(completion(content), ""), "\x00") + "\x00",
		"a message beside it, no choice": `{"message":"ok","choices":[{"message":{"content":` + quoted + `}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, reply(200, body))
			answer, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1))
			if err != nil || answer.Metadata.Title != "Red fox in deep snow" {
				t.Errorf("got %+v, %v", answer.Metadata, err)
			}
		})
	}
	t.Run("Latin-1", func(t *testing.T) {
		body := strings.ReplaceAll(completion(strings.Replace(content, "Red fox", "Caf# fox", 1)), "#", "\xe9")
		answer, err := newDescriber(t, newServer(t, reply(200, body)).URL).Describe(t.Context(), describetest.Request(1))
		if err != nil || answer.Metadata.Title != "Café fox in deep snow" {
			t.Errorf("got %+v, %v", answer.Metadata, err)
		}
	})
	t.Run("a stream that broke off", func(t *testing.T) {
		s := newServer(t, reply(200, "data: "+piece(first, "null")+"\n\n"))
		if _, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1)); tagroll.CodeOf(err) != tagroll.CodeProviderError {
			t.Errorf("got %v, want CodeProviderError", err)
		}
	})
	t.Run("thinking alone", func(t *testing.T) {
		s := newServer(t, reply(200, choice(`"message":{"content":"","reasoning":"Let me see the fox."}`)))
		_, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1))
		if tagroll.CodeOf(err) != tagroll.CodeEmptyAnswer || !strings.Contains(err.Error(), "switch its thinking off") {
			t.Errorf("got %v", err)
		}
	})
}

// A photo that waits too long for a busy tier takes the next one; others go on asking for the
// first.
func TestFlexThenAuto(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tiers []any
		busy := true
		transport := roundTripper(func(r *http.Request) (*http.Response, error) {
			var body map[string]any
			_ = json.NewDecoder(r.Body).Decode(&body)
			tiers = append(tiers, body["service_tier"])
			if body["service_tier"] == "flex" && busy {
				return response(429, `{"error":{"code":"resource_unavailable","message":"busy"}}`), nil
			}
			return response(200, completion(content)), nil
		})
		d := newDescriber(t, "http://openai.test/v1", func(c *openai.Config) {
			c.Tier, c.Transport = openai.TierFlexAuto, transport
		})
		ask := func(n int) tagroll.Code {
			_, err := d.Describe(t.Context(), describetest.Request(n))
			return tagroll.CodeOf(err)
		}
		if code := ask(1); code != tagroll.CodeRateLimited {
			t.Errorf("a busy tier is %s", code)
		}
		<-time.After(openai.DefaultTierPatience)
		if first, other := ask(1), ask(2); first != "" || other != tagroll.CodeRateLimited {
			t.Errorf("after the wait: %q for the photo that waited, %q for another", first, other)
		}
		if got := len(tiers); got != 3 || tiers[1] != "auto" {
			t.Errorf("asked for %v", tiers)
		}
		// The tier has been busy for all that time: one refusal is enough for the next
		// photo.
		if code := ask(2); code != "" || tiers[3] != "auto" {
			t.Errorf("the next photo, refused once: %q, asked for %v", code, tiers)
		}
		busy = false
		if code := ask(3); code != "" || tiers[4] != "flex" {
			t.Errorf("a free tier: %q, asked for %v", code, tiers)
		}
		busy = true
		if ask(4); ask(4) != tagroll.CodeRateLimited || tiers[6] != "flex" {
			t.Errorf("a tier that has just served is waited for again: asked for %v", tiers)
		}
	})
}

// roundTripper is a transport without a network.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func response(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}
