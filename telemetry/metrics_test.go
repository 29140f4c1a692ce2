package telemetry

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/describetest"
	"github.com/tagroll/tagroll/publish"
	"github.com/tagroll/tagroll/publish/publishtest"
	"github.com/tagroll/tagroll/queue"
)

func TestMetrics(t *testing.T) {
	tel, _ := newTelemetry(t)
	exercise(t, tel)
	expect(t, tel, map[string]float64{
		"tagroll_build_info{version=1.2.3}":                                             1,
		"tagroll_describer_info{model=gpt-5-nano,name=openai,prompt=7}":                 1,
		"tagroll_engine_ready":                                                          1,
		"tagroll_engine_lag_seconds":                                                    0.02,
		"tagroll_stored_batches{state=processing}":                                      2,
		"tagroll_stored_photos{state=pending}":                                          7,
		"tagroll_stored_bytes":                                                          1 << 20,
		"tagroll_queue_age_seconds":                                                     90,
		"tagroll_node_batches":                                                          2,
		"tagroll_node_photos":                                                           5,
		"tagroll_limiter_pause_seconds{by=retry_after}":                                 9,
		"tagroll_limiter_pause_seconds{by=tokens}":                                      0,
		"tagroll_limiter_waiting_calls":                                                 3,
		"tagroll_limiter_window":                                                        12,
		"tagroll_limiter_calls_per_minute":                                              60,
		"tagroll_limiter_reserved_dollars":                                              0.25,
		"tagroll_photos_total{code=invalid_answer,status=needs_review}":                 1,
		"tagroll_photos_total{code=ok,status=successful}":                               0,
		"tagroll_photo_duration_seconds{status=needs_review}":                           1,
		"tagroll_prepared_photos_total{code=corrupt_image}":                             1,
		"tagroll_stage_duration_seconds{stage=publish}":                                 1,
		"tagroll_stage_failures_total{code=invalid_answer,stage=validate}":              1,
		"tagroll_provider_calls_total{code=ok}":                                         1,
		"tagroll_provider_calls_total{code=rate_limited}":                               0,
		"tagroll_provider_call_duration_seconds":                                        1,
		"tagroll_provider_calls_in_flight":                                              0,
		"tagroll_provider_tokens_total{kind=input}":                                     500,
		"tagroll_provider_tokens_total{kind=cached_input}":                              1000,
		"tagroll_provider_tokens_total{kind=output}":                                    80,
		"tagroll_provider_cost_dollars_total{tier=flex}":                                0.25,
		"tagroll_temporary_urls":                                                        0,
		"tagroll_temporary_urls_published_total":                                        1,
		"tagroll_temporary_url_revocation_failures_total":                               0,
		"tagroll_http_requests_total{method=GET,route=/api/v1/batches/{id},status=200}": 1,
		"tagroll_http_requests_total{method=other,route=unmatched,status=404}":          1,
		"tagroll_http_request_duration_seconds{route=/api/v1/batches/{id}}":             1,
		"tagroll_http_refusals_total{limit=photos}":                                     4,
		"tagroll_event_streams":                                                         3,
		"tagroll_uploads_in_progress":                                                   2,
		"tagroll_upload_memory_bytes":                                                   4096,
		"tagroll_preparing_photos":                                                      1,
	})
}

// A node that describes nothing has no limiter to show: that of each worker is shown once.
func TestFrontHasNoLimiter(t *testing.T) {
	tel, _ := newTelemetry(t)
	idle := busyEngine
	idle.stats.Works = false
	tel.Watch(&idle)
	w := httptest.NewRecorder()
	tel.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if text := w.Body.String(); !strings.Contains(text, "tagroll_node_photos") || strings.Contains(text, "tagroll_limiter_") {
		t.Errorf("a node without work shows:\n%s", text)
	}
}

// What Prometheus and others fetch.
func TestScrape(t *testing.T) {
	tel, _ := newTelemetry(t)
	exercise(t, tel)
	for accept, want := range map[string]string{
		"": "text/plain", "application/openmetrics-text;version=1.0.0": "application/openmetrics-text",
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		tel.Handler().ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Body)
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), want) {
			t.Errorf("%q: %d %s", accept, w.Code, w.Header())
		}
		for _, part := range []string{"tagroll_photos_total{", "go_goroutines ", "process_cpu_seconds_total ", "# HELP tagroll_queue_age_seconds "} {
			if !strings.Contains(string(body), part) {
				t.Errorf("%q: there is no %s", accept, part)
			}
		}
		for _, secret := range []string{"secret", "photo1", "batch1"} {
			if strings.Contains(string(body), secret) {
				t.Errorf("%q: the metrics hold %q", accept, secret)
			}
		}
	}
}

// A process that has no engine or server shows no figures of one.
func TestNothingIsWatched(t *testing.T) {
	tel, err := New(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeNow(t, tel)
	for name := range gather(t, tel) {
		if strings.HasPrefix(name, "tagroll_engine") || strings.HasPrefix(name, "tagroll_event_streams") {
			t.Errorf("there is %s", name)
		}
	}
	tel.Watch(&engine{err: queue.ErrUnavailable})
	expect(t, tel, map[string]float64{"tagroll_engine_ready": 0, "tagroll_build_info{version=devel}": 1})
}

// Every code of package tagroll is known, and nothing else becomes a label.
func TestCodeLabels(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Code") {
			return true
		}
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		codes++
		if !known[tagroll.Code(code)] {
			t.Errorf("%s is missing", spec.Names[0].Name)
		}
		return true
	})
	if codes != len(known) {
		t.Errorf("package tagroll has %d codes, here are %d", codes, len(known))
	}
	for err, want := range map[error]string{
		nil: "ok", errors.New("IMG_1.jpg"): "internal", context.Canceled: "cancelled", &tagroll.Error{Code: "IMG_1.jpg"}: "other",
	} {
		if got := codeLabel(err); got != want {
			t.Errorf("%v has the label %q, want %q", err, got, want)
		}
	}
}

func TestDescriberKeepsItsContract(t *testing.T) {
	tel, _ := newTelemetry(t)
	describetest.TestDescriber(t, func(t *testing.T) describetest.Subject {
		m := &model{answer: goodAnswer}
		return describetest.Subject{
			Describer: tel.Describer(m),
			Calls:     func() int { return int(m.calls.Load()) },
			Stall: func() <-chan struct{} {
				m.stalled = make(chan struct{}, 100)
				return m.stalled
			},
		}
	})
	if n := gather(t, tel)["tagroll_provider_calls_in_flight"]; n != 0 {
		t.Errorf("%v calls are in flight", n)
	}
}

func TestDescriberCounts(t *testing.T) {
	tel, _ := newTelemetry(t)
	m := &model{answer: goodAnswer, stalled: make(chan struct{})}
	d := tel.Describer(m)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { _, err := d.Describe(ctx, tagroll.Request{}); done <- err }()
	<-m.stalled
	expect(t, tel, map[string]float64{"tagroll_provider_calls_in_flight": 1})
	cancel()
	<-done
	m.stalled, m.err = nil, &tagroll.Error{Code: tagroll.CodeRateLimited}
	// Nonsense must not bring the process down.
	m.answer.Usage = tagroll.Usage{InputTokens: -5, CachedTokens: 3, CostUSD: -1, Tier: "made up"}
	d.Describe(t.Context(), tagroll.Request{})
	m.panics = true
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		d.Describe(t.Context(), tagroll.Request{})
	}()
	expect(t, tel, map[string]float64{
		"tagroll_provider_calls_in_flight":                0,
		"tagroll_provider_calls_total{code=cancelled}":    1,
		"tagroll_provider_calls_total{code=rate_limited}": 1,
		"tagroll_provider_calls_total{code=internal}":     1,
		"tagroll_provider_tokens_total{kind=input}":       0,
		"tagroll_provider_cost_dollars_total{tier=other}": 0,
	})
}

// A describer without a provider makes no calls; it is only named.
func TestDescriberWithoutProvider(t *testing.T) {
	tel, _ := newTelemetry(t)
	local := offline{}
	if d := tel.Describer(local); d != tagroll.Describer(local) {
		t.Errorf("it became %T", d)
	}
	expect(t, tel, map[string]float64{"tagroll_describer_info{model=,name=offline,prompt=1}": 1})
}

type offline struct{ tagroll.Describer }

func (offline) Info() tagroll.DescriberInfo {
	return tagroll.DescriberInfo{Name: "offline", Prompt: "1"}
}

func TestPublisherKeepsItsContract(t *testing.T) {
	tel, _ := newTelemetry(t)
	publishtest.Test(t, func(t *testing.T) publishtest.Subject {
		temp, err := publish.NewTemp(publish.TempConfig{BaseURL: "http://photos.example",
			Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { temp.Close() })
		return publishtest.Subject{Publisher: tel.Publisher(temp), Fetch: func(url string) ([]byte, bool) {
			w := httptest.NewRecorder()
			temp.ServeHTTP(w, httptest.NewRequest("GET", url, nil))
			return w.Body.Bytes(), w.Code == 200
		}}
	})
	expect(t, tel, map[string]float64{"tagroll_temporary_urls": 0})
}

func TestPublisherCounts(t *testing.T) {
	tel, _ := newTelemetry(t)
	p, err := tel.Publisher(urls{}).Publish(t.Context(), tagroll.Image{})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, tel, map[string]float64{"tagroll_temporary_urls": 1})
	p.Revoke()
	if p.Revoke() == nil {
		t.Error("the decorator has lost an error")
	}
	if _, err := tel.Publisher(publish.Inline{}).Publish(t.Context(), tagroll.Image{}); err != nil {
		t.Fatal(err)
	}
	expect(t, tel, map[string]float64{
		"tagroll_temporary_urls": 0, "tagroll_temporary_urls_published_total": 1, "tagroll_temporary_url_revocation_failures_total": 1,
	})
}

// A photo is counted as what the orchestrator makes of its result.
func TestWorkCountsOutcomes(t *testing.T) {
	tel, _ := newTelemetry(t)
	for _, outcome := range []struct {
		result tagroll.Result
		err    error
	}{
		{tagroll.Result{Status: tagroll.StatusSuccessful}, nil},
		{tagroll.Result{Status: tagroll.StatusNeedsReview, Error: &tagroll.Error{Code: tagroll.CodeInvalidAnswer}}, nil},
		{tagroll.Result{}, &tagroll.Error{Code: tagroll.CodeTimeout}},
		{tagroll.Result{}, context.Canceled},
	} {
		work := tel.Work(func(context.Context, queue.Batch, tagroll.Photo, tagroll.Prepared, tagroll.Attempt) (tagroll.Result, error) {
			return outcome.result, outcome.err
		})
		if r, err := work(t.Context(), queue.Batch{}, tagroll.Photo{}, tagroll.Prepared{}, tagroll.Attempt{}); r.Status != outcome.result.Status || err != outcome.err {
			t.Errorf("%+v became %+v, %v", outcome, r, err)
		}
	}
	expect(t, tel, map[string]float64{
		"tagroll_photos_total{code=ok,status=successful}":               1,
		"tagroll_photos_total{code=invalid_answer,status=needs_review}": 1,
		"tagroll_photos_total{code=timeout,status=failed}":              1,
		"tagroll_photos_total{code=cancelled,status=pending}":           1,
		"tagroll_photo_duration_seconds{status=failed}":                 1,
	})
}

// Whoever does not trace pays next to nothing for it.
func TestNoCostWithoutTracing(t *testing.T) {
	tel, err := New(t.Context(), Config{})
	if err != nil || tel.tracer != nil {
		t.Fatal(tel.tracer, err)
	}
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		_, ended := tel.Stage(ctx, tagroll.Photo{}, tagroll.StageDescribe)
		ended(nil)
		tel.HTTP("/", "GET", 200, time.Millisecond)
	}); n > 6 {
		t.Errorf("a stage and a request make %v allocations", n)
	}
	closeNow(t, tel)
}

func BenchmarkStage(b *testing.B) {
	tel, err := New(b.Context(), Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_, ended := tel.Stage(b.Context(), tagroll.Photo{}, tagroll.StageDescribe)
		ended(nil)
	}
}
