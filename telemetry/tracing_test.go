package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/otlp"
	"github.com/tagroll/tagroll/queue"
)

// attributesOf returns a span's attributes as text.
func attributesOf(s *otlp.Span) map[string]string {
	attributes := make(map[string]string)
	for _, a := range s.Attributes {
		attributes[a.Key] = fmt.Sprint(a.Value)
	}
	return attributes
}

func TestSpans(t *testing.T) {
	tel, exporter := newTelemetry(t)
	exercise(t, tel)
	closeNow(t, tel)
	spans := exporter.kept()
	root := spans["describe photo"]
	var none otlp.SpanID
	if len(spans) != 6 || len(exporter.spans) != 6 || root.Parent != none || spans["prepare photo"].Parent != none {
		t.Fatalf("there are %d spans, %v", len(spans), spans)
	}
	for name, parent := range map[string]string{"publish": "describe photo", "describe": "describe photo", "validate": "describe photo", "chat gpt-5-nano": "describe"} {
		if s := spans[name]; s.Parent != spans[parent].ID || s.TraceID != root.TraceID {
			t.Errorf("%s is not below %s", name, parent)
		}
	}
	if spans["prepare photo"].TraceID == root.TraceID || root.End.Before(root.Start) || spans["describe"].Start.Before(root.Start) {
		t.Errorf("the photo is %+v, its stage %+v", root, spans["describe"])
	}
	call := spans["chat gpt-5-nano"]
	if call.Kind != otlp.Client || call.Error != "" {
		t.Errorf("the call is a span of kind %v with the status %q", call.Kind, call.Error)
	}
	for key, want := range map[string]string{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5-nano", "gen_ai.output.type": "json",
		"gen_ai.usage.input_tokens": "1500", "gen_ai.usage.cache_read.input_tokens": "1000", "gen_ai.usage.output_tokens": "80",
		"tagroll.cost_usd": "0.25", "tagroll.delivery": "url", "tagroll.repair": "false",
	} {
		if got := attributesOf(call)[key]; got != want {
			t.Errorf("%s of the call is %q, want %q", key, got, want)
		}
	}
	for key, want := range map[string]string{"tagroll.batch.id": "batch1", "tagroll.photo.id": "photo1", "tagroll.photo.status": "needs_review", "error.type": "invalid_answer"} {
		if got := attributesOf(root)[key]; got != want {
			t.Errorf("%s of the photo is %q, want %q", key, got, want)
		}
	}
	if s := spans["prepare photo"]; s.Error != "corrupt_image" {
		t.Errorf("the status of a failure is %q", s.Error)
	}
	// Nothing that a photographer or a provider would not want to find elsewhere.
	all, err := json.Marshal(exporter.spans)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"secret", "Secret", "brand", "photos.example"} {
		if bytes.Contains(all, []byte(secret)) {
			t.Errorf("the spans hold %q: %s", secret, all)
		}
	}
}

// collector is an OTLP receiver over HTTP.
type collector struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	spans    []string // names
	resource map[string]string
	// answer, if set, answers request number n, counting from 1, in place of 200.
	answer func(w http.ResponseWriter, n int)
}

func newCollector(t *testing.T) *collector {
	c := &collector{resource: map[string]string{}}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	clearEnvironment(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, r)
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = z
	}
	content, err := io.ReadAll(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if c.answer != nil {
		c.answer(w, len(c.requests))
		return
	}
	for _, resourceSpans := range fields(content, 1) {
		for _, attribute := range fields(fields(resourceSpans, 1)[0], 1) {
			key, value := fields(attribute, 1)[0], fields(attribute, 2)[0]
			// All values are texts.
			c.resource[string(key)] = string(slices.Concat(fields(value, 1)...))
		}
		for _, scopeSpans := range fields(resourceSpans, 2) {
			for _, span := range fields(scopeSpans, 2) {
				c.spans = append(c.spans, string(fields(span, 5)[0]))
			}
		}
	}
}

// fields returns the contents of a field of a message. internal/wirewitness reads the messages with
// their official types.
func fields(message []byte, number protowire.Number) (contents [][]byte) {
	for field, value := range otlp.Fields(message) {
		if field == number {
			contents = append(contents, value)
		}
	}
	return contents
}

// clearEnvironment makes a test independent of what the machine is configured to.
func clearEnvironment(t *testing.T) {
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "")
		}
	}
}

// traced traces one photo with telemetry that is configured by the environment.
func traced(t *testing.T, c Config) *Telemetry {
	t.Helper()
	tel, err := New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	exercise(t, tel)
	closeNow(t, tel)
	return tel
}

func TestOTLP(t *testing.T) {
	c := newCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20key%2C1, x-tenant = 7")
	t.Setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
	t.Setenv("OTEL_SERVICE_NAME", "photos")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test,service.name=ignored")
	tel := traced(t, Config{Version: "1.2.3"})
	expect(t, tel, map[string]float64{"tagroll_trace_spans_total{outcome=exported}": 6, "tagroll_trace_spans_total{outcome=failed}": 0})
	names := slices.Sorted(slices.Values(c.spans))
	if want := []string{"chat gpt-5-nano", "describe", "describe photo", "prepare photo", "publish", "validate"}; !slices.Equal(names, want) {
		t.Errorf("the collector has %q, want %q", names, want)
	}
	for key, want := range map[string]string{"service.name": "photos", "service.version": "1.2.3", "deployment.environment": "test", "telemetry.sdk.language": "go"} {
		if c.resource[key] != want {
			t.Errorf("%s is %q, want %q", key, c.resource[key], want)
		}
	}
	if len(c.resource["service.instance.id"]) < 16 {
		t.Errorf("the instance is %q", c.resource["service.instance.id"])
	}
	r := c.requests[0]
	if r.Method != "POST" || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" ||
		r.Header.Get("Authorization") != "Bearer key,1" || r.Header.Get("X-Tenant") != "7" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
}

func TestSettingsForTracesComeFirst(t *testing.T) {
	c := newCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", c.URL+"/mine?x=1")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "a=1")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "b=2")
	traced(t, Config{})
	if len(c.requests) != 1 || c.requests[0].URL.String() != "/mine?x=1" || c.requests[0].Header.Get("A") != "" || c.requests[0].Header.Get("B") != "2" {
		t.Errorf("%d requests, %+v", len(c.requests), c.requests)
	}
}

func TestOffUnlessAskedFor(t *testing.T) {
	for name, set := range map[string]map[string]string{
		"nothing is set":   {"OTEL_EXPORTER_OTLP_ENDPOINT": "", "OTEL_SERVICE_NAME": "x"},
		"no exporter":      {"OTEL_TRACES_EXPORTER": "none"},
		"SDK disabled":     {"OTEL_SDK_DISABLED": "true"},
		"nothing sampled":  {"OTEL_TRACES_SAMPLER": "always_off"},
		"sampled never":    {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"},
		"another is named": {"OTEL_TRACES_EXPORTER": "console"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCollector(t)
			for k, v := range set {
				t.Setenv(k, v)
			}
			traced(t, Config{Console: io.Discard})
			if len(c.requests) != 0 {
				t.Errorf("the collector got %d requests", len(c.requests))
			}
		})
	}
}

func TestConsole(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("OTEL_TRACES_EXPORTER", "console")
	var b bytes.Buffer
	traced(t, Config{Console: &b})
	if n := strings.Count(b.String(), `"TraceID"`); n < 6 {
		t.Errorf("%d spans on the console: %s", n, b.String())
	}
}

// Bad configuration stops the start, and its error repeats no key.
func TestConfigurationErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.pem")
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"OTEL_TRACES_EXPORTER":                         "zipkin",
		"OTEL_TRACES_SAMPLER":                          "jaeger_remote",
		"OTEL_TRACES_SAMPLER_ARG":                      "NaN",
		"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT":              "many",
		"OTEL_BSP_SCHEDULE_DELAY":                      "5s",
		"OTEL_BSP_MAX_QUEUE_SIZE":                      "0",
		"OTEL_RESOURCE_ATTRIBUTES":                     "key",
		"OTEL_EXPORTER_OTLP_ENDPOINT":                  "user:key@collector:4318",
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT":           "grpc://collector:4317",
		"OTEL_EXPORTER_OTLP_PROTOCOL":                  "grpc",
		"OTEL_EXPORTER_OTLP_HEADERS":                   "key",
		"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION":        "zstd",
		"OTEL_EXPORTER_OTLP_TIMEOUT":                   "10s",
		"OTEL_EXPORTER_OTLP_CERTIFICATE":               file,
		"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE":        file,
		"OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE": "missing.pem",
	} {
		t.Run(name, func(t *testing.T) {
			clearEnvironment(t)
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
			t.Setenv("OTEL_TRACES_SAMPLER", "traceidratio")
			t.Setenv(name, value)
			_, err := New(t.Context(), Config{})
			if tagroll.CodeOf(err) != tagroll.CodeConfiguration || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "key@") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// loopback lets synctest see through HTTP: a round tripper instead of a connection.
type loopback struct{ http.Handler }

func (l loopback) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Context().Err() != nil {
		return nil, r.Context().Err()
	}
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	return w.Result(), nil
}

// A collector that is busy is asked again, as it says, and one that refuses is not.
func TestRetries(t *testing.T) {
	for name, test := range map[string]struct {
		answer           func(w http.ResponseWriter, n int)
		requests         int
		least, most      time.Duration
		exported, failed float64
	}{
		"busy for a while": {func(w http.ResponseWriter, n int) {
			if n < 3 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}, 3, time.Second, 5 * time.Second, 1, 0},
		"as it says": {func(w http.ResponseWriter, n int) {
			if n == 1 {
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(http.StatusTooManyRequests)
			}
		}, 2, 7 * time.Second, 7 * time.Second, 1, 0},
		"longer than there is time": {func(w http.ResponseWriter, n int) {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusTooManyRequests)
		}, 1, 0, 0, 0, 1},
		"never ready":  {func(w http.ResponseWriter, n int) { w.WriteHeader(http.StatusBadGateway) }, -1, 3 * time.Second, 10 * time.Second, 0, 1},
		"refused":      {func(w http.ResponseWriter, n int) { w.WriteHeader(http.StatusUnauthorized) }, 1, 0, 0, 0, 1},
		"redirected":   {func(w http.ResponseWriter, n int) { w.Header().Set("Location", "/x"); w.WriteHeader(http.StatusFound) }, 1, 0, 0, 0, 1},
		"taken partly": {func(w http.ResponseWriter, n int) { w.Write(rejection(1, "too old")) }, 1, 0, 0, 0, 1},
		"a remark":     {func(w http.ResponseWriter, n int) { w.Write(rejection(0, "all is well")) }, 1, 0, 0, 1, 0},
		"nonsense":     {func(w http.ResponseWriter, n int) { w.Write([]byte("ok\xff\xff")) }, 1, 0, 0, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			clearEnvironment(t)
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example")
			synctest.Test(t, func(t *testing.T) {
				c := &collector{answer: test.answer}
				client, err := newOTLPExporter()
				if err != nil {
					t.Fatal(err)
				}
				client.client.Transport = loopback{c}
				var log bytes.Buffer
				tel, err := New(t.Context(), Config{exporter: &keeping{}})
				if err != nil {
					t.Fatal(err)
				}
				sender := &sender{exporter: client, settings: sending{timeout: time.Hour}, metrics: tel.metrics, log: slog.New(slog.NewTextHandler(&log, nil))}
				began := time.Now()
				sender.send([]*otlp.Span{{Name: "x"}})
				if took := time.Since(began); took < test.least || took > test.most {
					t.Errorf("it took %v", took)
				}
				if n := len(c.requests); n != test.requests && test.requests > 0 {
					t.Errorf("%d requests", n)
				}
				expect(t, tel, map[string]float64{"tagroll_trace_spans_total{outcome=exported}": test.exported, "tagroll_trace_spans_total{outcome=failed}": test.failed})
				if strings.Contains(log.String(), "traces are lost") != (test.failed > 0) {
					t.Errorf("the log says %q", log.String())
				}
				closeNow(t, tel)
			})
		})
	}
}

// rejection is the encoding of an ExportTraceServiceResponse.
func rejection(spans uint64, message string) []byte {
	var partial []byte
	partial = protowire.AppendTag(partial, 1, protowire.VarintType)
	partial = protowire.AppendVarint(partial, spans)
	partial = protowire.AppendTag(partial, 2, protowire.BytesType)
	partial = protowire.AppendString(partial, message)
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), partial)
}

// A collector that is gone delays a shutdown by seconds and no more, and leaves nothing running.
func TestCloseIsBounded(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example")
	synctest.Test(t, func(t *testing.T) {
		client, err := newOTLPExporter()
		if err != nil {
			t.Fatal(err)
		}
		client.client.Transport = silent{}
		client.timeout = time.Hour
		tel, err := New(t.Context(), Config{exporter: client})
		if err != nil {
			t.Fatal(err)
		}
		_, ended := tel.Prepare(t.Context())
		ended(nil)
		began := time.Now()
		err = tel.Close(t.Context())
		if took := time.Since(began); took != maxFlush || err == nil {
			t.Errorf("Close took %v, %v", took, err)
		}
		synctest.Wait() // synctest fails if something runs on
		if err := tel.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// silent never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestLogHandler(t *testing.T) {
	tel, _ := newTelemetry(t)
	var b bytes.Buffer
	log := slog.New(NewLogHandler(&b, LogConfig{JSON: true, Level: slog.LevelWarn}))
	var id *otlp.Span
	work := tel.Work(func(ctx context.Context, _ queue.Batch, _ tagroll.Photo, _ tagroll.Prepared, _ tagroll.Attempt) (tagroll.Result, error) {
		id = spanOf(ctx).data
		log.With("a", 1).WarnContext(ctx, "inside", "photo", "own")
		log.InfoContext(ctx, "below the level")
		return tagroll.Result{Status: tagroll.StatusSuccessful}, nil
	})
	if _, err := work(t.Context(), queue.Batch{ID: "b1"}, tagroll.Photo{ID: "p1"}, tagroll.Prepared{}, tagroll.Attempt{}); err != nil {
		t.Fatal(err)
	}
	log.Warn("outside")
	var lines []map[string]any
	for line := range strings.Lines(b.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		delete(record, "time")
		lines = append(lines, record)
	}
	want := []map[string]any{
		{"level": "WARN", "msg": "inside", "a": 1.0, "photo": "own", "batch": "b1", "trace_id": id.TraceID.String(), "span_id": id.ID.String()},
		{"level": "WARN", "msg": "outside"},
	}
	if fmt.Sprint(lines) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", lines, want)
	}
	b.Reset()
	slog.New(NewLogHandler(&b, LogConfig{})).WithGroup("g").Info("text", "x", 1)
	if !strings.Contains(b.String(), "msg=text g.x=1") {
		t.Errorf("got %s", b.String())
	}
}

func FuzzParseHeaders(f *testing.F) {
	f.Add("authorization=Bearer%20x,b=2")
	f.Add(",=,a=%0d%0aX: y")
	f.Fuzz(func(t *testing.T, text string) {
		headers, err := parseHeaders(text)
		for name, values := range headers {
			if err == nil && (name == "" || strings.ContainsAny(name+values[0], "\r\n")) {
				t.Errorf("%q has the header %q: %q", text, name, values)
			}
		}
	})
}
