package prom

import (
	"compress/gzip"
	"io"
	"math"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

func scrape(t *testing.T, r *Registry, headers ...string) (body, contentType string) {
	t.Helper()
	request := httptest.NewRequest("GET", "/metrics", nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, request)
	in := io.Reader(w.Body)
	if w.Header().Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(in)
		if err != nil {
			t.Fatal(err)
		}
		in = z
	}
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), w.Header().Get("Content-Type")
}

// example has a metric of each kind.
func example() *Registry {
	r := new(Registry)
	r.Gauges("z_info", "A name.", "zone", "name").With("b", "a \"quote\"\\\n\xff").Set(1)
	calls := r.Counters("calls_total", "Calls, \"by\" code\\\nand more.", "code")
	calls.With("ok").Add(2.5)
	calls.With("error").Inc()
	calls.With("ok").Add(-1)
	took := r.Histograms("took_seconds", "Time.", []float64{.5, 1, 10}, "stage").With("x")
	for _, v := range []float64{.25, .5, .75, 1, 100} {
		took.Observe(v)
	}
	r.Histograms("never_seconds", "Nothing happened, so it is not written.", []float64{1}, "stage")
	limit := &Desc{Name: "limit", Help: "A limit.", Kind: KindGauge, Labels: []string{"by"}}
	r.Collect(func(s *Snapshot) { s.Add(limit, math.Inf(1), "b"); s.Add(limit, 1<<20, "a") })
	return r
}

func TestText(t *testing.T) {
	body, contentType := scrape(t, example())
	want := `# HELP calls_total Calls, "by" code\\\nand more.
# TYPE calls_total counter
calls_total{code="error"} 1
calls_total{code="ok"} 2.5
# HELP limit A limit.
# TYPE limit gauge
limit{by="a"} 1.048576e+06
limit{by="b"} +Inf
# HELP took_seconds Time.
# TYPE took_seconds histogram
took_seconds_bucket{stage="x",le="0.5"} 2
took_seconds_bucket{stage="x",le="1"} 4
took_seconds_bucket{stage="x",le="10"} 4
took_seconds_bucket{stage="x",le="+Inf"} 5
took_seconds_sum{stage="x"} 102.5
took_seconds_count{stage="x"} 5
# HELP z_info A name.
# TYPE z_info gauge
z_info{name="a \"quote\"\\\n` + "\uFFFD" + `",zone="b"} 1
`
	if body != want || contentType != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("got %s\n%s", contentType, body)
	}
}

func TestOpenMetrics(t *testing.T) {
	body, contentType := scrape(t, example(), "Accept", "application/openmetrics-text")
	for _, part := range []string{
		"# HELP calls Calls, \\\"by\\\" code\\\\\\nand more.\n# TYPE calls counter\ncalls_total{code=\"error\"} 1.0\n",
		"limit{by=\"b\"} +Inf\n", "took_seconds_bucket{stage=\"x\",le=\"1.0\"} 4\n", "took_seconds_sum{stage=\"x\"} 102.5\n",
	} {
		if !strings.Contains(body, part) {
			t.Errorf("there is no %q in\n%s", part, body)
		}
	}
	if !strings.HasSuffix(body, "\n# EOF\n") || !strings.HasPrefix(contentType, "application/openmetrics-text; version=1.0.0") {
		t.Errorf("got %s and an end of %q", contentType, body[len(body)-10:])
	}
}

func TestNegotiation(t *testing.T) {
	for accept, open := range map[string]bool{
		"":    false,
		"*/*": false,
		// Prometheus 2 and 3.
		"application/openmetrics-text;version=1.0.0," +
			"application/openmetrics-text;version=0.0.1;q=0.75," +
			"text/plain;version=0.0.4;q=0.5,*/*;q=0.1": true,
		"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5," +
			"text/plain;version=1.0.0;q=0.3,*/*;q=0.1": true,
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3": false,
		"application/openmetrics-text;version=2.0.0,text/plain":                                                                           false,
		"text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.5":                                                       false,
		"application/openmetrics-text;q=0":                                                                                                false,
		";;;,application/json":                                                                                                            false,
	} {
		if got := prefersOpenMetrics(accept); got != open {
			t.Errorf("%q: OpenMetrics is %v", accept, got)
		}
	}
	plain, _ := scrape(t, example())
	for _, encoding := range []string{"gzip", "br, gzip;q=0.5", "*", "gzip;q=0", "identity"} {
		if body, _ := scrape(t, example(), "Accept-Encoding", encoding); body != plain {
			t.Errorf("%s: got %s", encoding, body)
		}
	}
}

func TestGoAndProcess(t *testing.T) {
	var r Registry
	r.Collect(Go)
	r.Collect(Process)
	runtime.GC()
	found := make(map[string]float64)
	for _, f := range r.Gather() {
		for _, s := range f.Samples {
			found[f.Name+s.Suffix] = s.Value
		}
	}
	positive := []string{
		"go_goroutines", "go_threads", "go_info", "go_gc_gogc_percent", "go_gc_gomemlimit_bytes", "go_sched_gomaxprocs_threads",
		"go_gc_duration_seconds_count", "go_memstats_alloc_bytes", "go_memstats_alloc_bytes_total", "go_memstats_sys_bytes",
		"go_memstats_last_gc_time_seconds", "process_start_time_seconds",
	}
	if runtime.GOOS == "linux" {
		positive = append(positive, "process_open_fds", "process_max_fds", "process_resident_memory_bytes", "process_virtual_memory_bytes", "process_virtual_memory_max_bytes")
	}
	for _, name := range positive {
		if found[name] <= 0 {
			t.Errorf("%s is %v", name, found[name])
		}
	}
	if used, ok := found["process_cpu_seconds_total"]; !ok || used > 3600 {
		t.Errorf("the process has used %v s", used)
	}
	if found["process_resident_memory_bytes"] > found["process_virtual_memory_bytes"] {
		t.Error("more memory is resident than there is")
	}
}

// Updates from many goroutines are all counted, while others scrape.
func TestConcurrent(t *testing.T) {
	var r Registry
	calls := r.Counters("calls_total", "Calls.", "code")
	active := r.Gauges("active", "Active.").With()
	took := r.Histograms("took_seconds", "Time.", []float64{1}).With()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 500 {
				active.Inc()
				calls.With([]string{"a", "b"}[i%2]).Inc()
				took.Observe(2)
				active.Dec()
				if i%100 == 0 {
					r.Gather()
				}
			}
		})
	}
	group.Wait()
	var values []float64
	for _, f := range r.Gather() {
		for _, s := range f.Samples {
			values = append(values, s.Value)
		}
	}
	if want := []float64{0, 2000, 2000, 0, 4000, 8000, 4000}; !slices.Equal(values, want) {
		t.Errorf("got %v, want %v", values, want)
	}
}

func TestDefectsPanic(t *testing.T) {
	for name, defect := range map[string]func(*Registry){
		"a name that is taken": func(r *Registry) { r.Gauges("x", ""); r.Counters("x", "") },
		"a missing label":      func(r *Registry) { r.Gauges("x", "", "a", "b").With("1") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("there was no panic")
				}
			}()
			defect(new(Registry))
		})
	}
}
