package openaitest_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll/openaitest"
)

func TestAnswersDependOnThePixels(t *testing.T) {
	_, client := inProcess(t, openaitest.Config{})
	titles := map[string]bool{}
	for n := range 100 {
		m := post(t, client, base, body(dataURL(photo(t, n)))).metadata(t)
		if titles[m.Title] || m.Title == "" || len(m.Title) > 70 || strings.Contains(m.Title, ",") {
			t.Errorf("photo %d: title %q is empty, too long or was there before", n, m.Title)
		}
		titles[m.Title] = true
		if len(m.Keywords) != 15 || len(slices.Compact(slices.Sorted(slices.Values(m.Keywords)))) != 15 {
			t.Errorf("photo %d: %d keywords, or some twice: %q", n, len(m.Keywords), m.Keywords)
		}
		if !slices.Contains([]string{"Animals", "Landscapes", "Food"}, m.Category) {
			t.Errorf("photo %d: category %q is not in the schema", n, m.Category)
		}
	}
	again := post(t, client, base, body(dataURL(photo(t, 7)))).metadata(t)
	if !titles[again.Title] {
		t.Errorf("the same photo got another title: %q", again.Title)
	}
}

func TestUsageAndBounds(t *testing.T) {
	s, client := inProcess(t, openaitest.Config{Now: func() time.Time { return time.Unix(1_700_000_000, 0) }})
	long := strings.Replace(body(dataURL(photo(t, 1))), "Describe.", strings.Repeat("Describe. ", 600), 1)
	first, second := post(t, client, base, long).answer(t), post(t, client, base, long).answer(t)
	// 96 x 64 pixels are 3 x 2 patches of 32, times 2.46 rounded up.
	text := (6000 + 1 + 3 + 1 + 3) / 4
	if want := text + (len(metadataSchema)+3)/4 + 2*4 + 3 + 15; first.Usage.PromptTokens != want {
		t.Errorf("%d prompt tokens, want %d", first.Usage.PromptTokens, want)
	}
	if first.Usage.PromptDetails.CachedTokens != 0 || second.Usage.PromptDetails.CachedTokens < 1024 || second.Usage.PromptDetails.CachedTokens%128 != 0 {
		t.Errorf("cached tokens %d, then %d", first.Usage.PromptDetails.CachedTokens, second.Usage.PromptDetails.CachedTokens)
	}
	if first.Created != 1_700_000_000 || first.ID == second.ID {
		t.Errorf("created %d, id %q and %q", first.Created, first.ID, second.ID)
	}
	thinking := strings.Replace(long, `"reasoning_effort":"minimal"`, `"reasoning_effort":"high","max_completion_tokens":300`, 1)
	a := post(t, client, base, thinking).answer(t)
	if a.Choices[0].FinishReason != "length" || a.Choices[0].Message.Content != "" || a.Usage.CompletionTokens != 300 {
		t.Errorf("a bound below the reasoning: %+v", a)
	}
	if st := s.Stats(); st.PromptTokens != 3*first.Usage.PromptTokens || st.DuplicateCalls != 2 || st.DuplicateSuccesses != 1 {
		t.Errorf("%+v", st)
	}
}

func TestLatencyIsSeeded(t *testing.T) {
	run := func(seed uint64) (times []float64) {
		synctest.Test(t, func(t *testing.T) {
			s, client := inProcess(t, openaitest.Config{
				Seed: seed, Latency: openaitest.Latency{Median: 4 * time.Second, Sigma: 0.5, Max: 12 * time.Second, Scale: 0.5},
			})
			for range 200 {
				post(t, client, base, body(dataURL(photo(t, 1))))
			}
			times = s.Stats().LatenciesMS
		})
		return times
	}
	a, b, c := run(1), run(1), run(2)
	if !slices.Equal(a, b) || slices.Equal(a, c) {
		t.Error("latencies do not follow from the seed")
	}
	slices.Sort(a)
	if median := a[100]; median < 1700 || median > 2300 {
		t.Errorf("median %v ms, want about 2000", median)
	}
	if a[199] > 6000 || a[0] == a[199] {
		t.Errorf("from %v to %v ms, want at most 6000", a[0], a[199])
	}
}

// Latencies are listed in the order of arrival, whichever call ended first.
func TestLatenciesInOrderOfArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, client := inProcess(t, openaitest.Config{Seed: 3, Latency: openaitest.Latency{Median: 4 * time.Second, Sigma: 1}})
		const n = 20
		took := make([]time.Duration, n)
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				<-time.After(time.Duration(i) * time.Millisecond)
				start := time.Now()
				post(t, client, base, body(dataURL(photo(t, 1))))
				took[i] = time.Since(start)
			})
		}
		all.Wait()
		for i, ms := range s.Stats().LatenciesMS {
			if off := took[i] - time.Duration(ms*float64(time.Millisecond)); off.Abs() > time.Millisecond {
				t.Errorf("latency %d is %v ms, the call took %v", i, ms, took[i])
			}
		}
	})
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits openaitest.Limits
		// how many of 12 calls at once pass, and when the next one does
		atOnce int
		after  string
	}{
		{"spread", openaitest.Limits{RequestsPerMinute: 30}, 1, "2s"},
		{"burst", openaitest.Limits{RequestsPerMinute: 30, Burst: 10}, 10, "2s"},
		{"window", openaitest.Limits{RequestsPerMinute: 10, FixedWindow: true}, 10, "1m0s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, client := inProcess(t, openaitest.Config{Limits: c.limits})
				var passed int
				var refused reply
				for range 12 {
					if r := post(t, client, base, body(dataURL(photo(t, 1)))); r.status == 200 {
						passed++
					} else {
						refused = r
					}
				}
				if passed != c.atOnce {
					t.Fatalf("%d calls passed at once, want %d", passed, c.atOnce)
				}
				wait, err := time.ParseDuration(refused.header.Get("retry-after-ms") + "ms")
				if err != nil || wait.String() != c.after || refused.header.Get("Retry-After") != fmt.Sprint(wait.Seconds()) {
					t.Fatalf("the 429 says %v: %v", refused.header, err)
				}
				if got := refused.header.Get("x-ratelimit-remaining-requests"); got != "0" {
					t.Errorf("remaining %q", got)
				}
				if got := refused.header.Get("x-ratelimit-limit-requests"); got != fmt.Sprint(c.limits.RequestsPerMinute) {
					t.Errorf("limit %q", got)
				}
				<-time.After(wait - time.Millisecond)
				if r := post(t, client, base, body(dataURL(photo(t, 1)))); r.status != 429 || deref(r.failure(t).Code) != "rate_limit_exceeded" {
					t.Errorf("a millisecond early: %d", r.status)
				}
				<-time.After(time.Millisecond)
				if r := post(t, client, base, body(dataURL(photo(t, 1)))); r.status != 200 {
					t.Errorf("on time: %d", r.status)
				}
				if got := s.Stats().RateLimited; got != 12-c.atOnce+1 {
					t.Errorf("%d answers of 429 counted", got)
				}
			})
		})
	}
}

func TestABucketAllowsExactlyItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, client := inProcess(t, openaitest.Config{Limits: openaitest.Limits{RequestsPerMinute: 7}})
		for n := range 50 { // 60 s / 7 is no whole number of nanoseconds
			if r := post(t, client, base, body(dataURL(photo(t, 1)))); r.status != 200 {
				t.Fatalf("call %d on time: %d", n, r.status)
			}
			<-time.After(time.Minute / 7)
		}
	})
}

func TestTokenLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, client := inProcess(t, openaitest.Config{Limits: openaitest.Limits{TokensPerMinute: 150}})
		r := post(t, client, base, body(dataURL(photo(t, 1))))
		if r.status != 200 || r.header.Get("x-ratelimit-limit-tokens") != "150" || r.header.Get("x-ratelimit-reset-tokens") == "0s" {
			t.Fatalf("%d %v", r.status, r.header)
		}
		if r = post(t, client, base, body(dataURL(photo(t, 1)))); r.status != 429 || r.failure(t).Type != "tokens" {
			t.Fatalf("%d %s", r.status, r.body)
		}
		wait, err := time.ParseDuration(r.header.Get("retry-after-ms") + "ms")
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(wait)
		if r = post(t, client, base, body(dataURL(photo(t, 1)))); r.status != 200 {
			t.Errorf("after the wait: %d %s", r.status, r.body)
		}
	})
}
