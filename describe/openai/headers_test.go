package openai

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
)

func TestParseReset(t *testing.T) {
	const none = -1
	for text, want := range map[string]time.Duration{
		"12ms": 12 * time.Millisecond, "6m0s": 6 * time.Minute, "1h2m": 62 * time.Minute, "1s": time.Second,
		"7.66s": 7660 * time.Millisecond, "2.5": 2500 * time.Millisecond, "60": time.Minute, "0": 0, " 1s ": time.Second,
		"1d": 24 * time.Hour, "1d2h": 26 * time.Hour, "0.5d": 12 * time.Hour, "2m59.56s": 179560 * time.Millisecond,
		"": none, "-1": none, "-1s": none, "soon": none, "NaN": none, "Inf": none, "1e3": none, "0x10": none, ".": none,
		"99999999999999999999": none, "99999999d": none, "106751d24h": none, "d": none, "-1d": none, "1d-1h": none,
	} {
		got, ok := parseReset(text)
		if ok != (want != none) || ok && got != want {
			t.Errorf("parseReset(%q) = %v, %v, want %v", text, got, ok, want)
		}
	}
}

func FuzzParseReset(f *testing.F) {
	for _, seed := range []string{"12ms", "6m0s", "1h2m", "2.5", "-1", "1d2h", "", "9223372036.854775807", "106751d23h47m16.854775807s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, ok := parseReset(text)
		if d < 0 || !ok && d != 0 {
			t.Errorf("parseReset(%q) = %v, %v", text, d, ok)
		}
		if want, err := time.ParseDuration(text); err == nil && want >= 0 && text != "0" && text != "+0" && d != want {
			t.Errorf("parseReset(%q) = %v, Go reads %v", text, d, want)
		}
	})
}

func TestRetryAfterForms(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for name, test := range map[string]struct {
		headers [][2]string
		want    time.Duration
	}{
		"none":                  {nil, 0},
		"seconds":               {[][2]string{{"Retry-After", "20"}}, 20 * time.Second},
		"decimal seconds":       {[][2]string{{"Retry-After", "0.5"}}, 500 * time.Millisecond},
		"milliseconds first":    {[][2]string{{"Retry-After", "20"}, {"Retry-After-Ms", "1250"}}, 1250 * time.Millisecond},
		"bad milliseconds":      {[][2]string{{"Retry-After", "20"}, {"Retry-After-Ms", "soon"}}, 20 * time.Second},
		"date by our clock":     {[][2]string{{"Retry-After", date(90 * time.Second)}}, 90 * time.Second},
		"date by theirs":        {[][2]string{{"Retry-After", date(time.Hour)}, {"Date", date(time.Hour - 30*time.Second)}}, 30 * time.Second},
		"date with a bad Date":  {[][2]string{{"Retry-After", date(9 * time.Second)}, {"Date", "today"}}, 9 * time.Second},
		"date that has passed":  {[][2]string{{"Retry-After", date(-time.Hour)}}, 0},
		"negative":              {[][2]string{{"Retry-After", "-5"}}, 0},
		"neither":               {[][2]string{{"Retry-After", "later"}}, 0},
		"more than there is":    {[][2]string{{"Retry-After", "99999999999999"}}, 0},
		"milliseconds and zero": {[][2]string{{"Retry-After-Ms", "0"}}, 0},
	} {
		h := http.Header{}
		for _, header := range test.headers {
			h.Set(header[0], header[1])
		}
		if got := retryAfter(h, now); got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func TestRateLimitForms(t *testing.T) {
	for name, test := range map[string]struct {
		limit, remaining, reset string
		want                    tagroll.Allowance
	}{
		"all":              {"500", "499", "120ms", tagroll.Allowance{Unit: tagroll.UnitTokens, Limit: 500, Remaining: 499, Reset: 120 * time.Millisecond}},
		"nothing left":     {"500", "0", "6m0s", tagroll.Allowance{Unit: tagroll.UnitTokens, Limit: 500, Reset: 6 * time.Minute}},
		"no reset":         {"500", "499", "", tagroll.Allowance{Unit: tagroll.UnitTokens, Limit: 500, Remaining: 499}},
		"absent":           {"", "", "", tagroll.Allowance{}},
		"no limit":         {"-1", "-1", "-1", tagroll.Allowance{}},
		"a limit of 0":     {"0", "0", "0s", tagroll.Allowance{}},
		"only a remainder": {"", "7", "1s", tagroll.Allowance{}},
		"no number":        {"many", "some", "1s", tagroll.Allowance{}},
	} {
		h := http.Header{}
		h.Set("x-ratelimit-limit-tokens", test.limit)
		h.Set("x-ratelimit-remaining-tokens", test.remaining)
		h.Set("x-ratelimit-reset-tokens", test.reset)
		var got tagroll.Allowance
		if all := (&Describer{now: time.Now}).rateLimit(h).Allowances; len(all) > 0 {
			got = all[0]
		}
		if got != test.want {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
	}
}

// The limits of every dialect are told apart by what they count and over how long.
func TestRateLimitDialects(t *testing.T) {
	const requests, tokens, input, output = tagroll.UnitRequests, tagroll.UnitTokens, tagroll.UnitInputTokens, tagroll.UnitOutputTokens
	type limits map[tagroll.Unit]map[time.Duration]int
	for name, test := range map[string]struct {
		provider string
		headers  []string // of limits; each has as much remaining as its place here
		want     limits   // what remains
	}{
		"OpenAI":     {"openai", []string{"x-ratelimit-limit-requests", "x-ratelimit-limit-tokens"}, limits{requests: {0: 1}, tokens: {0: 2}}},
		"a project":  {"openai", []string{"x-ratelimit-limit-project-tokens", "x-ratelimit-limit-tokens"}, limits{tokens: {0: 1}}},
		"Groq":       {"groq", []string{"x-ratelimit-limit-requests", "x-ratelimit-limit-tokens"}, limits{requests: {day: 1}, tokens: {0: 2}}},
		"Mistral":    {"mistral", []string{"x-ratelimit-limit-req-minute", "x-ratelimit-limit-tokens-minute", "x-ratelimit-limit-req-second"}, limits{requests: {time.Minute: 1, time.Second: 3}, tokens: {time.Minute: 2}}},
		"Cerebras":   {"", []string{"x-ratelimit-limit-requests-day", "x-ratelimit-limit-tokens-minute"}, limits{requests: {day: 1}, tokens: {time.Minute: 2}}},
		"spans":      {"", []string{"x-ratelimit-limit-requests-1m", "x-ratelimit-limit-1d-tokens", "x-ratelimit-limit-tokens-24h-x"}, limits{requests: {time.Minute: 1}, tokens: {day: 2}}},
		"Fireworks":  {"", []string{"x-ratelimit-limit-requests", "x-ratelimit-limit-tokens-prompt", "x-ratelimit-limit-tokens-generated"}, limits{requests: {0: 1}, input: {0: 2}, output: {0: 3}}},
		"Anthropic":  {"anthropic", []string{"anthropic-ratelimit-requests-limit", "anthropic-ratelimit-input-tokens-limit", "anthropic-ratelimit-output-tokens-limit", "anthropic-ratelimit-tokens-limit"}, limits{requests: {time.Minute: 1}, input: {time.Minute: 2}, output: {time.Minute: 3}, tokens: {time.Minute: 4}}},
		"OpenRouter": {"openrouter", []string{"X-RateLimit-Limit"}, limits{requests: {0: 1}}},
		"a standard": {"", []string{"RateLimit-Limit"}, limits{requests: {0: 1}}},
		"images":     {"", []string{"x-ratelimit-limit-images", "x-ratelimit-limit-tokens"}, limits{tokens: {0: 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			for i, limit := range test.headers {
				// Where a name has the word twice, the last one counts.
				at := strings.LastIndex(strings.ToLower(limit), "limit")
				if i := strings.Index(strings.ToLower(limit), "limit-limit"); i >= 0 {
					at = i + len("limit-")
				}
				named := func(what string) string { return limit[:at] + what + limit[at+len("limit"):] }
				h.Set(limit, "500")
				h.Set(named("remaining"), strconv.Itoa(i+1))
				h.Set(named("reset"), "30s")
			}
			provider, _ := FindProvider(test.provider)
			got := limits{}
			for _, a := range (&Describer{now: time.Now, provider: provider}).rateLimit(h).Allowances {
				if a.Limit != 500 || a.Reset != 30*time.Second {
					t.Errorf("%+v", a)
				}
				if got[a.Unit] == nil {
					got[a.Unit] = map[time.Duration]int{}
				}
				got[a.Unit][a.Per] = a.Remaining
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("%v remain, want %v", got, test.want)
			}
		})
	}
}

// FuzzProviderError feeds the bodies of failed calls through everything that reads them.
func FuzzProviderError(f *testing.F) {
	d, err := New(Config{APIKey: "sk-0123456789abcdef", BaseURL: "http://localhost/v1"})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		"", "<html>", "text", "[]", "[1]", `{"error":"model not found"}`, `{"error":{"code":429,"type":1,"metadata":{"raw":[]}}}`,
		`{"error":{"message":"Unsupported parameter: 'max_tokens'","param":"max_tokens"}}`, `{"detail":[{"loc":["body","x"]}]}`,
		`{"choices":[{"message":{"content":[{"text":1}]}}],"usage":[]}`, `{"choices":[{"message":{"refusal":"sk-0123456789abcdef"}}]}`,
		`{"error":{"message":"data:image/jpeg;base64,AAAA ` +
			`https://a.example/t/0123456789abcdef"}}`,
	} {
		for _, status := range []int{200, 307, 400, 403, 404, 429, 500} {
			f.Add(status, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if len(body) > maxBody || status < 200 || status > 599 {
			return
		}
		r := tagroll.Request{URL: "https://a.example/t/0123456789abcdef"}
		x := exchange{status: status, header: http.Header{}, body: body, complete: true}
		read := d.answer
		if status >= 300 {
			read = d.refusal
		}
		d.succeeded = false
		_, err := read(r, parameters{detail: "high"}, &x)
		if err == nil {
			return
		}
		e := tagroll.AsError(err)
		if e.Code == "" || e.Code == tagroll.CodeInternal || e.Message == "" || len(e.Message) > 4000 {
			t.Errorf("status %d and body %q give %q: %q", status, body, e.Code, e.Message)
		}
	})
}
