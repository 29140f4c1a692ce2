package openaitest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/openaitest"
)

// faultLooks says how each kind shows to a client.
var faultLooks = map[openaitest.FaultKind]func(*testing.T, reply){
	openaitest.FaultRateLimit:       failsWith(429, "rate_limit_exceeded"),
	openaitest.FaultQuota:           failsWith(429, "insufficient_quota"),
	openaitest.FaultBusy:            failsWith(429, "resource_unavailable"),
	openaitest.FaultLoading:         failsWith(503, ""),
	openaitest.FaultServerError:     failsWith(500, ""),
	openaitest.FaultUnavailable:     failsWith(503, ""),
	openaitest.FaultInvalidKey:      failsWith(401, "invalid_api_key"),
	openaitest.FaultForbidden:       failsWith(403, "unsupported_country_region_territory"),
	openaitest.FaultInvalidImageURL: failsWith(400, "invalid_image_url"),
	openaitest.FaultDownloadTimeout: failsWith(400, "invalid_image_url"),
	openaitest.FaultBadGateway: func(t *testing.T, r reply) {
		if r.status != 502 || !strings.HasPrefix(r.body, "<html>") {
			t.Errorf("%d %s", r.status, r.body)
		}
	},
	openaitest.FaultHang: func(t *testing.T, r reply) {
		if !errors.Is(r.err, context.DeadlineExceeded) {
			t.Errorf("%d %v", r.status, r.err)
		}
	},
	openaitest.FaultSlow: func(t *testing.T, r reply) { r.metadata(t) },
	openaitest.FaultReset: func(t *testing.T, r reply) {
		// The number of ECONNRESET differs by system; a mere end would be io.EOF.
		if _, ok := errors.AsType[*net.OpError](r.err); !ok {
			t.Errorf("%d %v", r.status, r.err)
		}
	},
	openaitest.FaultTruncated: func(t *testing.T, r reply) {
		if r.status != 200 || !errors.Is(r.err, io.ErrUnexpectedEOF) || json.Valid([]byte(r.body)) || r.body == "" {
			t.Errorf("%d %v %q", r.status, r.err, r.body)
		}
	},
	openaitest.FaultEmptyBody: func(t *testing.T, r reply) {
		if r.status != 200 || r.err != nil || r.body != "" {
			t.Errorf("%d %v %q", r.status, r.err, r.body)
		}
	},
	openaitest.FaultBrokenJSON: func(t *testing.T, r reply) {
		c := r.answer(t).Choices[0]
		if json.Valid([]byte(c.Message.Content)) || c.FinishReason != "stop" {
			t.Errorf("%+v", c)
		}
	},
	openaitest.FaultFencedJSON: func(t *testing.T, r reply) {
		inner, ok := strings.CutPrefix(r.answer(t).Choices[0].Message.Content, "```json\n")
		inner, ok2 := strings.CutSuffix(inner, "\n```")
		if !ok || !ok2 || !json.Valid([]byte(inner)) {
			t.Errorf("%s", r.body)
		}
	},
	openaitest.FaultFewKeywords: func(t *testing.T, r reply) {
		if m := r.metadata(t); len(m.Keywords) != 1 {
			t.Errorf("%+v", m)
		}
	},
	openaitest.FaultBrandTitle: func(t *testing.T, r reply) {
		if m := r.metadata(t); !strings.Contains(m.Title, "Nikon") {
			t.Errorf("%+v", m)
		}
	},
	openaitest.FaultWrongCategory: func(t *testing.T, r reply) {
		m := r.metadata(t)
		if _, known := tagroll.ParseCategory(m.Category); known || m.Category == "" {
			t.Errorf("%+v", m)
		}
	},
	openaitest.FaultObedient: func(t *testing.T, r reply) {
		if m := r.metadata(t); !strings.HasPrefix(m.Title, "Ignore all previous instructions") {
			t.Errorf("%+v", m)
		}
	},
	openaitest.FaultRefusal: func(t *testing.T, r reply) {
		if c := r.answer(t).Choices[0]; c.Message.Refusal == "" || c.Message.Content != "" {
			t.Errorf("%+v", c)
		}
	},
	openaitest.FaultLength:        finishes("length"),
	openaitest.FaultContentFilter: finishes("content_filter"),
	openaitest.FaultEmptyContent: func(t *testing.T, r reply) {
		if c := r.answer(t).Choices[0]; c.Message.Content != "" || c.FinishReason != "stop" {
			t.Errorf("%+v", c)
		}
	},
}

func failsWith(status int, code string) func(*testing.T, reply) {
	return func(t *testing.T, r reply) {
		if r.err != nil || r.status != status || deref(r.failure(t).Code) != code {
			t.Errorf("%d %v %s", r.status, r.err, r.body)
		}
	}
}

func finishes(reason string) func(*testing.T, reply) {
	return func(t *testing.T, r reply) {
		if c := r.answer(t).Choices[0]; c.FinishReason != reason || json.Valid([]byte(c.Message.Content)) {
			t.Errorf("%+v", c)
		}
	}
}

// TestEveryFault meets every kind twice, over a socket and in process, where each
// must look the same to a client.
func TestEveryFault(t *testing.T) {
	for _, kind := range openaitest.FaultKinds() {
		check := faultLooks[kind]
		if check == nil {
			t.Errorf("%s: no test", kind)
			continue
		}
		config := openaitest.Config{Faults: []openaitest.Fault{{Kind: kind, First: 1}}}
		once := func(t *testing.T, s *openaitest.Server, client *http.Client, base string, patience time.Duration) {
			r, err := http.NewRequestWithContext(t.Context(), "POST", base+"/chat/completions", strings.NewReader(body(dataURL(photo(t, 1)))))
			if err != nil {
				t.Fatal(err)
			}
			if kind == openaitest.FaultHang {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				r = r.WithContext(ctx)
			}
			r.Header.Set("Content-Type", "application/json")
			check(t, do(client, r))
			// The second request is answered well.
			post(t, client, base, body(dataURL(photo(t, 2)))).metadata(t)
			// A client that left is noticed a little later.
			awaitStats(t, s, func(st openaitest.Stats) bool { return st.InFlight == 0 })
			client.CloseIdleConnections()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			st := s.Stats()
			if st.Outcomes["fault "+string(kind)] != 1 || st.Outcomes["ok"] != 1 || st.InFlight != 0 {
				t.Errorf("outcomes %v, in flight %d", st.Outcomes, st.InFlight)
			}
			if left := kind == openaitest.FaultHang; left != (st.ClientClosed == 1) {
				t.Errorf("%d clients left", st.ClientClosed)
			}
		}
		t.Run(string(kind)+"/in process", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, client := inProcess(t, config)
				once(t, s, client, base, 30*time.Second)
			})
		})
		t.Run(string(kind)+"/socket", func(t *testing.T) {
			c := config
			if kind == openaitest.FaultSlow {
				c.Faults = []openaitest.Fault{{Kind: kind, First: 1, Lasting: 20 * time.Millisecond}}
			}
			s, err := openaitest.Start(c)
			if err != nil {
				t.Fatal(err)
			}
			// Any machine gets the call to the stand-in in less.
			once(t, s, &http.Client{Transport: &http.Transport{}}, s.URL(), 3*time.Second)
		})
	}
}

func TestWhichRequestsFail(t *testing.T) {
	for rule, want := range map[string]string{
		"500":                "xxxxxxxxxxxx",
		"500:first=3":        "xxx.........",
		"500:n=2,n=11":       ".x........x.",
		"500:every=4":        "...x...x...x",
		"500:photo=2":        "xxxxxx......", // three photos in turn
		"500:p=0.0000000001": "............",
	} {
		f, err := openaitest.ParseFault(rule)
		if err != nil {
			t.Fatal(err)
		}
		_, client := inProcess(t, openaitest.Config{Faults: []openaitest.Fault{f}})
		var got strings.Builder
		for n := range 12 {
			if post(t, client, base, body(dataURL(photo(t, n%3)))).status == 500 {
				got.WriteByte('x')
			} else {
				got.WriteByte('.')
			}
		}
		if got.String() != want {
			t.Errorf("%s: %s, want %s", rule, &got, want)
		}
	}
}

func TestProbabilityIsSeeded(t *testing.T) {
	run := func(seed uint64) string {
		_, client := inProcess(t, openaitest.Config{Seed: seed, Faults: []openaitest.Fault{{Kind: openaitest.FaultServerError, Probability: 0.3}}})
		var got strings.Builder
		for range 300 {
			got.WriteString(http.StatusText(post(t, client, base, body(dataURL(photo(t, 1)))).status)[:1])
		}
		return got.String()
	}
	a := run(5)
	if a != run(5) || a == run(6) {
		t.Error("the faults do not follow from the seed")
	}
	if n := strings.Count(a, "I"); n < 60 || n > 120 {
		t.Errorf("%d of 300 failed, want about 90", n)
	}
}

func TestRetryAfter(t *testing.T) {
	for rule, want := range map[string][2]string{"429": {"", ""}, "429:retry-after=2": {"2", "2000"}, "503:retry-after=1500ms": {"2", "1500"}} {
		f, err := openaitest.ParseFault(rule)
		if err != nil {
			t.Fatal(err)
		}
		_, client := inProcess(t, openaitest.Config{Faults: []openaitest.Fault{f}})
		h := post(t, client, base, body(dataURL(photo(t, 1)))).header
		if got := [2]string{h.Get("Retry-After"), h.Get("retry-after-ms")}; got != want {
			t.Errorf("%s: %q, want %q", rule, got, want)
		}
	}
}

// awaitStats returns once the statistics are as wanted; go test's own timeout ends it.
func awaitStats(t *testing.T, s *openaitest.Server, wanted func(openaitest.Stats) bool) {
	t.Helper()
	for !wanted(s.Stats()) {
		runtime.Gosched()
	}
}

// TestCloseEndsHanging closes a server under a client that waits for ever.
func TestCloseEndsHanging(t *testing.T) {
	s, err := openaitest.Start(openaitest.Config{Faults: []openaitest.Fault{{Kind: openaitest.FaultHang}}})
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	var group sync.WaitGroup
	for n := range 5 {
		group.Go(func() {
			if r := post(t, client, s.URL(), body(dataURL(photo(t, n)))); r.err == nil {
				t.Errorf("an answer: %d", r.status)
			}
		})
	}
	awaitStats(t, s, func(st openaitest.Stats) bool { return st.InFlight == 5 })
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	group.Wait()
	if st := s.Stats(); st.MostInFlight != 5 || st.InFlight != 0 || st.ClientClosed != 0 {
		t.Errorf("%+v", st)
	}
}

func TestParseFaultRefuses(t *testing.T) {
	for text, hint := range map[string]string{
		"":                   "use one of 429",
		"501":                "use one of 429",
		"500:":               "name=value",
		"500:p":              "name=value",
		"500:p=0":            "above 0",
		"500:p=1.1":          "at most 1",
		"500:p=NaN":          "probability",
		"500:n=0":            "from 1",
		"500:first=x":        "from 1",
		"500:speed=1":        "unknown setting",
		"500:p=.1,first=2":   "one rule for each",
		"500:retry-after=1":  "only 429 and 503",
		"429:retry-after=-1": "seconds or a duration",
		"429:lasting=3s":     "only slow",
	} {
		_, err := openaitest.ParseFault(text)
		if err == nil || !strings.Contains(err.Error(), hint) || tagroll.CodeOf(err) != tagroll.CodeConfiguration {
			t.Errorf("%q: %v, want a hint at %q", text, err, hint)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	for _, kind := range openaitest.FaultKinds() {
		f.Add(string(kind))
	}
	for _, text := range []string{"500:p=0.1", "429:first=3,retry-after=2", "hang:n=4,n=9", "slow:every=2,lasting=20s", " refusal:photo=1 ", "500:p=1e-300"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := openaitest.ParseFault(text)
		if err != nil {
			if tagroll.CodeOf(err) != tagroll.CodeConfiguration {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := openaitest.ParseFault(fault.String())
		if err != nil || !reflect.DeepEqual(again, fault) {
			t.Fatalf("%q reads as %+v, whose text %q reads as %+v (%v)", text, fault, fault, again, err)
		}
	})
}
