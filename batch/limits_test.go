package batch_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/limit"
)

// limiter is a provider's rate limit: it admits a request or says when to come back.
type limiter interface {
	request(now time.Time) (ok bool, remaining int, reset, retryAfter time.Duration)
}

// bucket refills steadily and holds at most size requests.
type bucket struct {
	perMinute, size float64
	level           float64
	at              time.Time
	// resetIsNext is whether the reset header says when the next request is free, not when all
	// are.
	resetIsNext bool
}

func (b *bucket) request(now time.Time) (bool, int, time.Duration, time.Duration) {
	interval := time.Duration(float64(time.Minute) / b.perMinute)
	if b.at.IsZero() {
		b.level = b.size
	} else {
		b.level = min(b.size, b.level+float64(now.Sub(b.at))/float64(interval))
	}
	b.at = now
	ok := b.level >= 1
	if ok {
		b.level--
	}
	next := time.Duration((1 - min(b.level, 1)) * float64(interval))
	reset := time.Duration((b.size - b.level) * float64(interval))
	if b.resetIsNext {
		reset = next
	}
	return ok, int(b.level), reset, next
}

// window frees all its requests at once, every minute.
type window struct {
	perMinute int
	used      int
	ends      time.Time
}

func (w *window) request(now time.Time) (bool, int, time.Duration, time.Duration) {
	if !now.Before(w.ends) {
		w.used, w.ends = 0, now.Add(time.Minute)
	}
	ok := w.used < w.perMinute
	if ok {
		w.used++
	}
	return ok, w.perMinute - w.used, w.ends.Sub(now), w.ends.Sub(now)
}

// sliding allows so many requests within any minute.
type sliding struct {
	perMinute int
	past      []time.Time
}

func (s *sliding) request(now time.Time) (bool, int, time.Duration, time.Duration) {
	for len(s.past) > 0 && now.Sub(s.past[0]) >= time.Minute {
		s.past = s.past[1:]
	}
	ok := len(s.past) < s.perMinute
	if ok {
		s.past = append(s.past, now)
	}
	next := s.past[0].Add(time.Minute).Sub(now)
	return ok, s.perMinute - len(s.past), next, next
}

// provider answers calls through a limiter.
type provider struct {
	mu      sync.Mutex
	limit   limiter
	perMin  int
	headers bool // rate headers on every answer
	// whole is Retry-After in whole seconds, rounded up; else to the millisecond.
	whole    bool
	silent   bool                 // no Retry-After
	way      func() time.Duration // how long a request is on its way
	latency  func() time.Duration
	served   int
	refusals int
}

func (p *provider) call(ctx context.Context) (tagroll.RateLimit, error) {
	if p.way != nil {
		p.mu.Lock()
		way := p.way()
		p.mu.Unlock()
		if err := pause(ctx, way); err != nil {
			return tagroll.RateLimit{}, err
		}
	}
	p.mu.Lock()
	ok, remaining, reset, retryAfter := p.limit.request(time.Now())
	var said tagroll.RateLimit
	if p.headers {
		said.Allowances = []tagroll.Allowance{{Unit: tagroll.UnitRequests, Limit: p.perMin, Remaining: remaining, Reset: reset}}
	}
	if !ok {
		p.refusals++
		p.mu.Unlock()
		if p.whole {
			retryAfter = (retryAfter + time.Second - 1).Truncate(time.Second)
		} else {
			retryAfter = (retryAfter + time.Millisecond - 1).Truncate(time.Millisecond)
		}
		if p.silent {
			retryAfter = 0
		}
		return said, &tagroll.Error{Code: tagroll.CodeRateLimited, RetryAfter: retryAfter}
	}
	p.served++
	latency := p.latency()
	p.mu.Unlock()
	return said, pause(ctx, latency)
}

// At a provider's limit no photo is lost, few calls are refused and little of what the
// limit allows is left unused, whatever kind of limit it is and however it speaks of it.
func TestLimits(t *testing.T) {
	const perMinute = 30
	limits := []struct {
		name  string
		make  func() limiter
		burst float64 // requests that the limit allows at once
	}{
		{"bucket of 1", func() limiter { return &bucket{perMinute: perMinute, size: 1} }, 1},
		{"bucket of 5", func() limiter { return &bucket{perMinute: perMinute, size: 5} }, 5},
		{"bucket of 30", func() limiter { return &bucket{perMinute: perMinute, size: perMinute} }, perMinute},
		{"bucket of 1, reset is next", func() limiter { return &bucket{perMinute: perMinute, size: 1, resetIsNext: true} }, 1},
		{"bucket of 5, reset is next", func() limiter { return &bucket{perMinute: perMinute, size: 5, resetIsNext: true} }, 5},
		{"window", func() limiter { return &window{perMinute: perMinute} }, perMinute},
		{"sliding", func() limiter { return &sliding{perMinute: perMinute} }, perMinute},
	}
	const n = 150
	for _, kind := range limits {
		for _, headers := range []bool{true, false} {
			for _, whole := range []bool{true, false} {
				for _, concurrency := range []int{5, 20} {
					t.Run(fmt.Sprintf("%s, headers %t, whole seconds %t, %d at once", kind.name, headers, whole, concurrency), func(t *testing.T) {
						// Of the bound, and of the calls refused. Calls of
						// one moment arrive in any order, which at worst
						// costs a round of them, or half a window: such a
						// bad order does not come three times in a row.
						most, share := 1.35, 0.04
						if !headers {
							// The limiter has to feel its way.
							most, share = 2, 0.3
						}
						passed := false
						try := func(t *testing.T) {
							random := rand.New(rand.NewPCG(1, 2))
							p := &provider{limit: kind.make(), perMin: perMinute, headers: headers, whole: whole, latency: func() time.Duration {
								return time.Duration(4+2*random.Float64()) * time.Second
							}}
							start := time.Now()
							last, err := batch.Run(t.Context(), photos(n), func(ctx context.Context, _ tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
								return tagroll.Result{}, attempt.Call(ctx, tagroll.Estimate{}, p.call)
							}, batch.Options{Concurrency: concurrency})
							if err != nil {
								t.Fatal(err)
							}
							took := time.Since(start)
							bound := time.Duration((n - kind.burst) / perMinute * float64(time.Minute))
							t.Logf("%d successful, %d calls refused, %v of at least %v (%.2f)", last.Successful, p.refusals, took.Round(time.Second), bound.Round(time.Second), float64(took)/float64(bound))
							if last.Successful != n {
								t.Errorf("%d of %d photos lost", n-last.Successful, n)
							}
							passed = float64(took) <= most*float64(bound) && float64(p.refusals) <= share*n
						}
						for range 3 {
							if synctest.Test(t, try); passed || t.Failed() {
								return
							}
						}
						t.Errorf("three times slower than %.2f of the bound, or more than %.0f%% of calls refused", most, 100*share)
					})
				}
			}
		}
	}
}

// Real requests take a while to arrive, some longer than others, and some providers refuse
// without a word of when to come back. With one retry a photo cannot be safe from every
// coincidence, but hardly one may be lost.
func TestLimitsInTheField(t *testing.T) {
	limits := map[string]struct {
		make func() limiter
		rpm  int
	}{
		"bucket of 1":  {func() limiter { return &bucket{perMinute: 30, size: 1} }, 30},
		"bucket of 5":  {func() limiter { return &bucket{perMinute: 30, size: 5} }, 30},
		"bucket of 10": {func() limiter { return &bucket{perMinute: 30, size: 10} }, 30},
		"window of 12": {func() limiter { return &window{perMinute: 12} }, 12},
		"window of 30": {func() limiter { return &window{perMinute: 30} }, 30},
		"sliding 12":   {func() limiter { return &sliding{perMinute: 12} }, 12},
		"sliding 30":   {func() limiter { return &sliding{perMinute: 30} }, 30},
	}
	field := func(t *testing.T, says string, limit func() limiter, rpm, n int, latency time.Duration, seed uint64) (lost int) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 7))
			p := &provider{
				limit: limit(), perMin: rpm,
				headers: says == "headers" || says == "headers only",
				whole:   says == "whole seconds" || says == "headers",
				silent:  says == "nothing" || says == "headers only",
				way:     func() time.Duration { return time.Duration(random.ExpFloat64() * float64(15*time.Millisecond)) },
				latency: func() time.Duration { return latency/2 + time.Duration(random.Float64()*float64(latency)) },
			}
			last, err := batch.Run(t.Context(), photos(n), func(ctx context.Context, _ tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
				return tagroll.Result{}, attempt.Call(ctx, tagroll.Estimate{}, p.call)
			}, batch.Options{})
			if err != nil {
				t.Fatal(err)
			}
			lost = n - last.Successful
		})
		return lost
	}
	for _, says := range []string{"headers", "headers only", "whole seconds", "milliseconds", "nothing"} {
		t.Run(says, func(t *testing.T) {
			lost, all := 0, 0
			for name, kind := range limits {
				for _, n := range []int{20, 60} {
					for _, latency := range []time.Duration{50 * time.Millisecond, time.Second, 5 * time.Second} {
						here := 0
						for seed := range uint64(8) {
							here += field(t, says, kind.make, kind.rpm, n, latency, seed)
							all += n
						}
						if lost += here; here > 0 {
							t.Logf("%s, %d photos of %v: %d lost in 8 batches", name, n, latency, here)
						}
					}
				}
			}
			if lost*400 > all {
				t.Errorf("%d of %d photos lost, more than one in 400", lost, all)
			}
		})
	}
}

// A 429 now and then, from a provider that has no limit, costs its pause and little more:
// the gate does not go on at the pace that it guessed.
func TestStrayRefusals(t *testing.T) {
	for name, stray := range map[string]map[int]bool{
		"one":                  {30: true},
		"two after each other": {30: true, 31: true},
		"one now and then":     {30: true, 70: true, 110: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n, each, asked = 300, 2 * time.Second, 4 * time.Second
				var mu sync.Mutex
				calls := 0
				start := time.Now()
				last, err := batch.Run(t.Context(), photos(n), calling(func(ctx context.Context, _ tagroll.Photo) error {
					mu.Lock()
					calls++
					refused := stray[calls]
					mu.Unlock()
					if refused {
						return &tagroll.Error{Code: tagroll.CodeRateLimited, RetryAfter: asked}
					}
					return pause(ctx, each)
				}), batch.Options{Retries: 2})
				if err != nil || last.Successful != n {
					t.Fatalf("%v, %d of %d photos done", err, last.Successful, n)
				}
				took := time.Since(start)
				undisturbed := n / 5 * each
				t.Logf("%v, %v undisturbed", took, undisturbed)
				if most := undisturbed + time.Duration(len(stray))*30*time.Second; took > most {
					t.Errorf("took %v, more than %v", took, most)
				}
			})
		})
	}
}

// A 429 pauses every photo, and the pause shows in the progress.
func TestPauseIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var paused, remaining time.Duration
		calls := 0
		start := time.Now()
		var mu sync.Mutex
		_, err := batch.Run(t.Context(), photos(4), calling(func(ctx context.Context, photo tagroll.Photo) error {
			mu.Lock()
			calls++
			first := calls == 1
			mu.Unlock()
			if first {
				_ = pause(ctx, time.Millisecond) // the other is on its way by then
				return &tagroll.Error{Code: tagroll.CodeRateLimited, RetryAfter: 50 * time.Second}
			}
			if since := time.Since(start); since > time.Second && since < 50*time.Second {
				t.Errorf("photo %s was called %v after the start, during the pause", photo.ID, since)
			}
			return pause(ctx, time.Second)
		}), batch.Options{Concurrency: 2, Total: 4, OnProgress: func(p tagroll.Progress) {
			if paused < p.Limiter.PausedFor {
				paused = p.Limiter.PausedFor
			}
			if p.Completed > 0 && remaining == 0 {
				remaining = p.Remaining
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		if paused < 49*time.Second || paused > 50*time.Second {
			t.Errorf("the progress showed a pause of %v, want 50s", paused)
		}
		if remaining < 49*time.Second {
			t.Errorf("%v remaining does not hold the pause", remaining)
		}
	})
}

// A pause that no batch should sit out stops it; nothing is lost.
func TestPauseTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		last, err := batch.Run(t.Context(), photos(10), calling(func(context.Context, tagroll.Photo) error {
			return &tagroll.Error{Code: tagroll.CodeRateLimited, RetryAfter: 6 * time.Hour}
		}), batch.Options{Total: 10})
		if tagroll.CodeOf(err) != tagroll.CodeRateLimited || last.Pending != 10 || last.Failed != 0 {
			t.Errorf("%v, %d pending, %d failed; want the batch stopped and 10 pending", err, last.Pending, last.Failed)
		}
	})
}

// Batches that share a limiter share its pauses.
func TestSharedLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := limit.New(limit.Config{})
		start := time.Now()
		var all sync.WaitGroup
		all.Go(func() {
			refused := false
			_, _ = batch.Run(t.Context(), photos(1), calling(func(context.Context, tagroll.Photo) error {
				if !refused {
					refused = true
					return &tagroll.Error{Code: tagroll.CodeRateLimited, RetryAfter: 10 * time.Second}
				}
				return nil
			}), batch.Options{Limiter: limiter})
		})
		all.Go(func() {
			_ = pause(t.Context(), time.Second)
			_, _ = batch.Run(t.Context(), photos(1), calling(func(context.Context, tagroll.Photo) error {
				if since := time.Since(start); since < 10*time.Second {
					t.Errorf("the other batch called after %v", since)
				}
				return nil
			}), batch.Options{Limiter: limiter})
		})
		all.Wait()
	})
}
