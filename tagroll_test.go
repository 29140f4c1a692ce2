package tagroll_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
)

func TestCodeOf(t *testing.T) {
	inner := &tagroll.Error{Code: tagroll.CodeNetwork, Err: context.Canceled}
	outer := &tagroll.Error{Code: tagroll.CodeTimeout, Err: inner}
	for _, tt := range []struct {
		err  error
		want tagroll.Code
	}{
		{nil, ""},
		{inner, tagroll.CodeNetwork},
		{fmt.Errorf("x: %w", inner), tagroll.CodeNetwork},
		{outer, tagroll.CodeTimeout},
		{errors.Join(fs.ErrNotExist, outer, inner), tagroll.CodeTimeout},
		{context.Canceled, tagroll.CodeCancelled},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), tagroll.CodeTimeout},
		{errors.Join(context.Canceled, context.DeadlineExceeded), tagroll.CodeTimeout},
		{fs.ErrNotExist, tagroll.CodeInternal},
	} {
		if got := tagroll.CodeOf(tt.err); got != tt.want {
			t.Errorf("CodeOf(%v) = %q, want %q", tt.err, got, tt.want)
		}
		e := tagroll.AsError(tt.err)
		switch {
		case (e == nil) != (tt.err == nil):
			t.Errorf("AsError(%v) = %v", tt.err, e)
		case e != nil && (e.Code != tt.want || e.Error() == ""):
			t.Errorf("AsError(%v) = %+v", tt.err, e)
		case e != nil && !errors.Is(tt.err, e) && !errors.Is(e, tt.err):
			t.Errorf("AsError(%v) loses its cause", tt.err)
		}
	}
}

func TestErrorText(t *testing.T) {
	for _, tt := range []struct {
		err  tagroll.Error
		want string
	}{
		{tagroll.Error{Code: tagroll.CodeNetwork, Message: "no connection", Photo: "a.jpg", Stage: tagroll.StageDescribe, Err: fs.ErrClosed}, "a.jpg: no connection"},
		{tagroll.Error{Code: tagroll.CodeNetwork, Message: "no connection"}, "no connection"},
		{tagroll.Error{Code: tagroll.CodeNetwork, Photo: "a.jpg"}, "a.jpg: network"},
		{tagroll.Error{Code: tagroll.CodeNetwork}, "network"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// What is stored in journals and sent to clients.
func TestErrorJSON(t *testing.T) {
	e := tagroll.Error{Code: tagroll.CodeTimeout, Message: "too slow", Photo: "a.jpg", Stage: tagroll.StageDescribe, RetryAfter: time.Second, Err: errors.New("secret")}
	text, err := json.Marshal(e)
	if want := `{"code":"timeout","message":"too slow","photo":"a.jpg","stage":"describe"}`; err != nil || string(text) != want {
		t.Errorf("got %s, %v; want %s", text, err, want)
	}
}

// A failure is repeated or ends the batch, never both: who owns the retry must not guess.
func TestCodesAreOneThing(t *testing.T) {
	recoverable := []tagroll.Code{tagroll.CodeNetwork, tagroll.CodeProviderError, tagroll.CodeRateLimited, tagroll.CodeUnsupportedParameter,
		tagroll.CodeModelLoading, tagroll.CodeEmptyAnswer, tagroll.CodeAnswerTruncated}
	fatal := []tagroll.Code{
		tagroll.CodeQuotaExhausted, tagroll.CodeInvalidAPIKey, tagroll.CodeModelNotFound, tagroll.CodeBudgetReached, tagroll.CodeModelCannotSee,
		tagroll.CodeJournalFailed, tagroll.CodeDiskFull, tagroll.CodeConfiguration,
	}
	neither := []tagroll.Code{
		"", "unknown", tagroll.CodeTimeout, tagroll.CodeCancelled, tagroll.CodeBadRequest, tagroll.CodeRefused, tagroll.CodeInternal,
		tagroll.CodeImageFetchFailed, tagroll.CodeCallLimit, tagroll.CodeInvalidAnswer, tagroll.CodePublishFailed,
	}
	for _, c := range slices.Concat(recoverable, fatal, neither) {
		if c.Recoverable() != slices.Contains(recoverable, c) || c.Fatal() != slices.Contains(fatal, c) {
			t.Errorf("%q: recoverable %v, fatal %v", c, c.Recoverable(), c.Fatal())
		}
	}
}

func TestCategories(t *testing.T) {
	all := tagroll.Categories()
	if len(all) != 21 {
		t.Fatalf("%d categories, want Adobe Stock's 21", len(all))
	}
	for i, c := range all {
		for _, spelling := range []string{string(c), strings.ToUpper(string(c)), "\t" + strings.ToLower(string(c)) + " ", strings.ReplaceAll(string(c), " and ", "&"), strings.ReplaceAll(string(c), " ", "  ")} {
			if got, ok := tagroll.ParseCategory(spelling); !ok || got != c {
				t.Errorf("ParseCategory(%q) = %q, %v; want number %d, %q", spelling, got, ok, i+1, c)
			}
		}
	}
	for _, none := range []string{"", " ", "Animal", "Animals, Food", "&", "1"} {
		if got, ok := tagroll.ParseCategory(none); ok || got != "" {
			t.Errorf("ParseCategory(%q) = %q, %v", none, got, ok)
		}
	}
	all[0] = "spoilt"
	if tagroll.Categories()[0] != "Animals" {
		t.Error("a caller can change the list for everybody")
	}
}

// What a model says is parsed without a panic, and comes out as a category of the list.
func FuzzParseCategory(f *testing.F) {
	for _, seed := range []string{"Animals", "plants & flowers", "", "&&&", "\xff", "STATES OF MIND"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if c, ok := tagroll.ParseCategory(name); ok != slices.Contains(tagroll.Categories(), c) {
			t.Errorf("ParseCategory(%q) = %q, %v", name, c, ok)
		}
	})
}

func TestHasErrors(t *testing.T) {
	warning, failure := tagroll.Finding{Severity: tagroll.SeverityWarning}, tagroll.Finding{Severity: tagroll.SeverityError}
	for _, tt := range []struct {
		findings []tagroll.Finding
		want     bool
	}{{nil, false}, {[]tagroll.Finding{warning}, false}, {[]tagroll.Finding{warning, failure, warning}, true}} {
		if got := tagroll.HasErrors(tt.findings); got != tt.want {
			t.Errorf("HasErrors(%+v) = %v", tt.findings, got)
		}
	}
}

func TestMillis(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		text string
	}{
		{0, "0"}, {time.Second, "1000"}, {1500 * time.Microsecond, "1.5"}, {time.Microsecond, "0.001"},
		{-time.Millisecond, "-1"}, {1234567 * time.Microsecond, "1234.567"}, {1000 * time.Hour, "3600000000"},
		{time.Duration(8_640_000_123_457) * time.Microsecond, "8640000123.457"},
	} {
		text, err := json.Marshal(tagroll.Millis(tt.d))
		if err != nil || string(text) != tt.text {
			t.Errorf("%v is written as %s, %v; want %s", tt.d, text, err, tt.text)
		}
		var back tagroll.Millis
		if err := json.Unmarshal(text, &back); err != nil || time.Duration(back) != tt.d {
			t.Errorf("%s is read as %v, %v; want %v", text, time.Duration(back), err, tt.d)
		}
	}
	// Less than a microsecond is not kept.
	if text, err := json.Marshal(tagroll.Timings{Total: 1_500_999}); err != nil || !strings.Contains(string(text), `"total_ms":1.5,`) {
		t.Errorf("got %s, %v", text, err)
	}
	for _, bad := range []string{`"1"`, `{}`, `true`, `[1]`} {
		var m tagroll.Millis
		if err := json.Unmarshal([]byte(bad), &m); err == nil {
			t.Errorf("%s is read as %v", bad, time.Duration(m))
		}
	}
}

func TestResultJSON(t *testing.T) {
	text, err := json.Marshal(tagroll.Result{Photo: tagroll.Photo{ID: "1", Name: "a.jpg"}, Status: tagroll.StatusPending})
	const want = `{"photo":{"id":"1","name":"a.jpg"},"status":"pending","calls":0,"retries":0}`
	if err != nil || string(text) != want {
		t.Errorf("got %s, %v; want %s", text, err, want)
	}
}

func TestSpeedup(t *testing.T) {
	for _, tt := range []struct {
		name string
		p    tagroll.Progress
		want float64
	}{
		{"at the start", tagroll.Progress{Elapsed: time.Second}, 0},
		{"before time passed", tagroll.Progress{Completed: 1, Average: time.Second}, 0},
		{"one by one", tagroll.Progress{Completed: 10, Average: time.Second, Elapsed: 10 * time.Second}, 1},
		{"five at once", tagroll.Progress{Completed: 10, Average: time.Second, Elapsed: 2 * time.Second}, 5},
		{"what is reused took no time", tagroll.Progress{Completed: 10, Reused: 6, Average: time.Second, Elapsed: 2 * time.Second}, 2},
		{"all reused", tagroll.Progress{Completed: 10, Reused: 10, Elapsed: time.Second}, 0},
	} {
		if got := tt.p.Speedup(); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestLabel(t *testing.T) {
	if got := (tagroll.Photo{Name: "a.jpg", Path: "shoot/a.jpg"}).Label(); got != "shoot/a.jpg" {
		t.Errorf("got %q", got)
	}
	if got := (tagroll.Photo{Name: "a.jpg"}).Label(); got != "a.jpg" {
		t.Errorf("got %q", got)
	}
}

func TestUsageAdd(t *testing.T) {
	a := tagroll.Usage{InputTokens: 1, CachedTokens: 2, OutputTokens: 3, CostUSD: 0.5}
	b := tagroll.Usage{InputTokens: 10, CachedTokens: 20, OutputTokens: 30, CostUSD: 0.25}
	if got, want := a.Add(b), (tagroll.Usage{InputTokens: 11, CachedTokens: 22, OutputTokens: 33, CostUSD: 0.75}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// A describer of somebody else's may say anything.
	for _, wrong := range []tagroll.Usage{
		{InputTokens: -5, CachedTokens: math.MinInt, OutputTokens: -1, CostUSD: math.NaN()}, {CostUSD: math.Inf(1)}, {CostUSD: -2},
	} {
		if got := a.Add(wrong); got != a {
			t.Errorf("%+v added %+v", wrong, got)
		}
		if got := wrong.Add(a); got != a {
			t.Errorf("added to %+v: %+v", wrong, got)
		}
	}
	most := tagroll.Usage{InputTokens: math.MaxInt, CostUSD: math.MaxFloat64}
	if got := most.Add(most); got != most {
		t.Errorf("the largest, twice: %+v", got)
	}
}
