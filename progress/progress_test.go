package progress_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/limit"
	"github.com/tagroll/tagroll/progress"
)

// took is a result with one call of its own time.
func took(status tagroll.Status, d time.Duration) tagroll.Result {
	return tagroll.Result{Status: status, Calls: 1, Timings: tagroll.Timings{Total: tagroll.Millis(d), Describe: tagroll.Millis(d)}}
}

func TestCounts(t *testing.T) {
	var c progress.Counter
	c.Add(took(tagroll.StatusSuccessful, 4*time.Second))
	c.Add(took(tagroll.StatusNeedsReview, 8*time.Second))
	c.Draft()
	c.Add(tagroll.Result{Status: tagroll.StatusFailed}) // was never worked on
	reused := took(tagroll.StatusSuccessful, time.Hour)
	reused.Reused, reused.Usage.CostUSD = true, 1
	c.Add(reused)
	given := took(tagroll.StatusPending, time.Hour)
	given.Usage.CostUSD, given.Refusals = 0.5, 3
	c.Add(given)
	p := c.At(progress.Moment{Total: 9, Began: make([]time.Time, 2)})
	if p.Completed != 4 || p.Successful != 2 || p.NeedsReview != 1 || p.Failed != 1 || p.Drafts != 1 || p.Reused != 1 {
		t.Errorf("%+v", p)
	}
	if p.Total != 9 || p.Processing != 2 || p.Pending != 3 {
		t.Errorf("%d in all, %d under way, %d pending", p.Total, p.Processing, p.Pending)
	}
	if p.Calls != 3 || p.Refusals != 3 || p.Usage.CostUSD != 0.5 {
		t.Errorf("%d calls, %d refusals, $%v", p.Calls, p.Refusals, p.Usage.CostUSD)
	}
	if p.Average != 6*time.Second {
		t.Errorf("%v on average", p.Average)
	}
}

// The cost at each service tier is that of this run's calls, whatever became of their photos. A
// progress does not change with the counter that has made it.
func TestCostByTier(t *testing.T) {
	at := func(tier string, cost float64) tagroll.Result {
		r := took(tagroll.StatusSuccessful, time.Second)
		r.Usage.Tier, r.Usage.CostUSD = tier, cost
		return r
	}
	var c progress.Counter
	c.Add(at("", 4))
	c.Add(at("flex", 0))
	if p := c.At(progress.Moment{}); p.CostByTier != nil {
		t.Errorf("%v, and no tier has a cost", p.CostByTier)
	}
	failed, reused := at("flex", 1), at("flex", 100)
	failed.Status, reused.Reused = tagroll.StatusFailed, true
	for _, r := range []tagroll.Result{at("flex", 0.5), at("default", 2), failed, reused} {
		c.Add(r)
	}
	before := c.At(progress.Moment{})
	c.Add(at("flex", 8))
	if want := map[string]float64{"flex": 1.5, "default": 2}; !maps.Equal(before.CostByTier, want) {
		t.Errorf("got %v, want %v", before.CostByTier, want)
	}
}

// What one more photo takes is the mean of those described once they are five, and before that the
// estimate.
func TestPerPhoto(t *testing.T) {
	estimate := tagroll.Usage{InputTokens: 2800, OutputTokens: 200, CostUSD: 0.0002, Tier: "default"}
	few := tagroll.Progress{Successful: 4, Calls: 4, Usage: tagroll.Usage{CostUSD: 1}}
	if calls, u := progress.PerPhoto(few, estimate); calls != 1 || u.InputTokens != 2800 || u.CostUSD != 0.0002 || u.Tier != "" {
		t.Errorf("with four described: %v calls, %+v", calls, u)
	}
	many := tagroll.Progress{Successful: 8, NeedsReview: 2, Failed: 3, Calls: 12, Usage: tagroll.Usage{InputTokens: 20004, OutputTokens: 10000, CostUSD: 0.03}}
	if calls, u := progress.PerPhoto(many, estimate); calls != 1.2 || u.InputTokens != 2000 || u.OutputTokens != 1000 || u.CostUSD != 0.003 {
		t.Errorf("with ten described: %v calls, %+v", calls, u)
	}
	// All of them were in the cache: nothing is known of the rest.
	if calls, u := progress.PerPhoto(tagroll.Progress{Successful: 10}, estimate); calls != 1 || u.CostUSD != 0.0002 {
		t.Errorf("without a call: %v calls, %+v", calls, u)
	}
}

func TestRemaining(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	limited := tagroll.LimiterState{CallsPerMinute: 30}
	for _, test := range []struct {
		name   string
		moment progress.Moment
		want   time.Duration
	}{
		{"pending ones in two rounds", progress.Moment{Total: 21, Slots: 10}, 8 * time.Second},
		{"one under way has a half of its time left", progress.Moment{Total: 2, Slots: 5, Began: []time.Time{ago(2 * time.Second)}}, 2 * time.Second},
		{"a clock that is behind", progress.Moment{Total: 2, Slots: 5, Began: []time.Time{now.Add(time.Hour)}}, 4 * time.Second},
		{"a limit that is slower than the slots", progress.Moment{Total: 11, Slots: 10, Limiter: limited}, 24 * time.Second},
		{"a pause before that", progress.Moment{Total: 2, Slots: 5, Limiter: tagroll.LimiterState{PausedFor: time.Minute}}, 64 * time.Second},
		{"a window that is narrower than the slots", progress.Moment{Total: 9, Slots: 128, Limiter: tagroll.LimiterState{Window: 2}}, 16 * time.Second},
		{"all are done", progress.Moment{Total: 1, Slots: 5}, 0},
		{"a batch that was stopped", progress.Moment{Total: 9, Slots: 5, Stopped: true}, -1},
	} {
		var c progress.Counter
		c.Add(took(tagroll.StatusSuccessful, 4*time.Second))
		test.moment.Now, test.moment.Start = now, ago(time.Minute)
		if got := c.At(test.moment); got.Remaining != test.want || got.Elapsed != time.Minute {
			t.Errorf("%s: %v remaining after %v, want %v", test.name, got.Remaining, got.Elapsed, test.want)
		}
	}
	var nothing progress.Counter
	if p := nothing.At(progress.Moment{Now: now, Start: now, Total: 5, Slots: 5}); p.Remaining >= 0 {
		t.Errorf("%v remaining, and nothing is known", p.Remaining)
	}
}

// simulate describes n photos at a provider that allows so many calls a minute and says so, with
// answers of a lognormal four seconds.
func simulate(t *testing.T, n, perMinute int, auto bool, refuse int) (last tagroll.Progress) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		options := batch.Options{Total: n, Limiter: limit.New(limit.Config{Auto: auto}), DiscardResults: true}
		if auto {
			options.Concurrency = limit.DefaultMaxWindow
		}
		latency := make(chan time.Duration, n+refuse)
		random := rand.New(rand.NewPCG(1, 2))
		for range n + refuse {
			latency <- time.Duration(float64(4*time.Second) * (1 + random.NormFloat64()/4))
		}
		calls := make(chan int, n+refuse)
		for i := range n + refuse {
			calls <- i
		}
		photos := func(yield func(tagroll.Photo) bool) {
			for i := range n {
				if !yield(tagroll.Photo{ID: fmt.Sprint(i), Name: "a.jpg"}) {
					return
				}
			}
		}
		start := time.Now()
		var err error
		last, err = batch.Run(t.Context(), photos, func(ctx context.Context, _ tagroll.Photo, attempt tagroll.Attempt) (result tagroll.Result, err error) {
			err = attempt.Call(ctx, tagroll.Estimate{}, func(context.Context) (tagroll.RateLimit, error) {
				number := <-calls
				said := tagroll.RateLimit{}
				if perMinute > 0 {
					level := min(perMinute, perMinute-number+int(time.Since(start).Seconds()*float64(perMinute)/60))
					said.Allowances = []tagroll.Allowance{{Unit: tagroll.UnitRequests, Per: time.Minute, Limit: perMinute, Remaining: max(level, 0)}}
				}
				if number < refuse {
					return said, &tagroll.Error{Code: tagroll.CodeRateLimited, RetryAfter: time.Second}
				}
				d := <-latency
				<-time.After(d)
				result.Timings.Describe += tagroll.Millis(d)
				return said, nil
			})
			return result, err
		}, options)
		if err != nil {
			t.Fatal(err)
		}
	})
	return last
}

// What auto would have taken is near what it takes, and is said only where the provider has shown
// that it has room.
func TestWithAuto(t *testing.T) {
	for _, n := range []int{40, 100, 400} {
		fixed, auto := simulate(t, n, 3000, false, 0), simulate(t, n, 3000, true, 0)
		ratio := float64(fixed.WithAuto) / float64(auto.Elapsed)
		t.Logf("%d photos: %v at 5, %v with auto, %v expected (%.2f)", n, fixed.Elapsed, auto.Elapsed, fixed.WithAuto, ratio)
		if ratio < 0.8 || ratio > 1.25 {
			t.Errorf("%d photos: %v expected of auto, which takes %v", n, fixed.WithAuto, auto.Elapsed)
		}
		if auto.WithAuto != 0 {
			t.Errorf("auto is told what auto would take: %v", auto.WithAuto)
		}
	}
	for name, p := range map[string]tagroll.Progress{
		"the provider names no limit": simulate(t, 100, 0, false, 0),
		"it has refused a call":       simulate(t, 100, 3000, false, 1),
		"its limit leaves no room":    simulate(t, 400, 60, false, 0),
		"too few photos":              simulate(t, 6, 3000, false, 0),
	} {
		if p.WithAuto != 0 {
			t.Errorf("%s, and auto is said to take %v instead of %v", name, p.WithAuto, p.Elapsed)
		}
	}
}
