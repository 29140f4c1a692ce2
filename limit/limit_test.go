package limit

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
)

// drive makes n calls by so many callers. serve answers one; a call that is refused is made
// again after what the refusal asks for.
func drive(l *Limiter, n, callers int, serve func(random *rand.Rand) (tagroll.RateLimit, error)) {
	calls := make(chan int, n)
	for i := range n {
		calls <- i
	}
	close(calls)
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(c), 3))
			for range calls {
				for {
					pass, err := l.Enter(context.Background(), tagroll.Estimate{}, time.Hour)
					if err != nil {
						return
					}
					said, err := serve(random)
					pass.Leave(said, err)
					if tagroll.CodeOf(err) != tagroll.CodeRateLimited {
						break
					}
					<-time.After(tagroll.AsError(err).RetryAfter + time.Duration(random.IntN(100))*time.Millisecond)
				}
			}
		})
	}
	all.Wait()
}

// Refusals by chance, up to one in four, never set a pace.
func TestRefusalsByChanceSetNoPace(t *testing.T) {
	for _, share := range []float64{0.05, 0.1, 0.2, 0.25} {
		for seed := range uint64(20) {
			synctest.Test(t, func(t *testing.T) {
				l := New(Config{})
				chance := rand.New(rand.NewPCG(seed, 1))
				var mu sync.Mutex
				drive(l, 300, 10, func(*rand.Rand) (tagroll.RateLimit, error) {
					mu.Lock()
					refused := chance.Float64() < share
					mu.Unlock()
					if refused {
						return tagroll.RateLimit{}, &tagroll.Error{Code: tagroll.CodeRateLimited}
					}
					<-time.After(2 * time.Second)
					return tagroll.RateLimit{}, nil
				})
				if l.State().CallsPerMinute != 0 {
					t.Errorf("%v refused, seed %d: calls are paced", share, seed)
				}
			})
		}
	}
}

// Whatever the capacity of a server is, auto never has more in flight than its bound, and uses
// most of the capacity after the start.
func TestWindowFindsTheCapacity(t *testing.T) {
	for _, slots := range []int{1, 2, 4, 8, 16, 32, 64} {
		synctest.Test(t, func(t *testing.T) {
			l := New(Config{Auto: true})
			places := make(chan struct{}, slots)
			start, n := time.Now(), 60*slots
			var mu sync.Mutex
			late, answered := 0, 0
			var half time.Duration // when the first third was answered
			drive(l, n, DefaultMaxWindow, func(*rand.Rand) (tagroll.RateLimit, error) {
				if s := l.State(); s.InFlight > DefaultMaxWindow {
					t.Errorf("%d in flight", s.InFlight)
				}
				sent := time.Now()
				places <- struct{}{}
				<-time.After(4 * time.Second)
				<-places
				mu.Lock()
				defer mu.Unlock()
				if time.Since(sent) > 30*time.Second {
					late++
				}
				if answered++; answered == n/3 {
					half = time.Since(start)
				}
				return tagroll.RateLimit{}, nil
			})
			took := time.Since(start) - half
			bound := time.Duration(n-n/3) * 4 * time.Second / time.Duration(slots)
			if late > 0 || float64(bound) < 0.8*float64(took) {
				t.Errorf("%d slots: %d answers came too late; used %.0f%% of the capacity after the start", slots, late, 100*float64(bound)/float64(took))
			}
		})
	}
}

// No call is made during a pause that the provider asked for.
func TestNoCallDuringAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{})
		var mu sync.Mutex
		calls, refused, until := 0, time.Time{}, time.Time{}
		drive(l, 50, 5, func(*rand.Rand) (tagroll.RateLimit, error) {
			mu.Lock()
			calls++
			number := calls
			// A call of the refusal's own moment may have been made before it.
			if now := time.Now(); now.After(refused) && now.Before(until) {
				t.Errorf("call %d was made %v before the end of the pause", number, time.Until(until))
			}
			if number%12 == 0 {
				refused = time.Now()
				until = refused.Add(30 * time.Second)
				mu.Unlock()
				return tagroll.RateLimit{}, &tagroll.Error{Code: tagroll.CodeRateLimited, RetryAfter: 30 * time.Second}
			}
			mu.Unlock()
			<-time.After(time.Second)
			return tagroll.RateLimit{}, nil
		})
	})
}

// An answer that does not say what it took counts as the most that it can have cost.
func TestBudgetHoldsWithoutUsage(t *testing.T) {
	for _, code := range []tagroll.Code{"", tagroll.CodeMalformedAnswer, tagroll.CodeAnswerTruncated, tagroll.CodeTimeout} {
		l := New(Config{Budget: 1})
		expect := tagroll.Estimate{Most: tagroll.Usage{CostUSD: 0.3}}
		made := 0
		for range 10 {
			pass, err := l.Enter(t.Context(), expect, time.Hour)
			if tagroll.CodeOf(err) == tagroll.CodeBudgetReached {
				break
			}
			made++
			if code == "" {
				pass.Leave(tagroll.RateLimit{}, nil)
			} else {
				pass.Leave(tagroll.RateLimit{}, &tagroll.Error{Code: code})
			}
		}
		if made != 3 {
			t.Errorf("%q: %d calls of $0.30 were made of a budget of $1", code, made)
		}
	}
}

// A describer that claims to have cost less than nothing, or no number, gives no money back.
func TestBudgetHoldsForNonsense(t *testing.T) {
	for _, cost := range []float64{-5, math.NaN(), math.Inf(-1)} {
		l := New(Config{Budget: 1})
		for range 3 {
			pass, err := l.Enter(t.Context(), tagroll.Estimate{Most: tagroll.Usage{CostUSD: 0.3}}, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			pass.Leave(tagroll.RateLimit{Spent: tagroll.Usage{CostUSD: cost}}, nil)
		}
		if spent := l.State().SpentUSD; !(math.Abs(spent-0.9) < 1e-9) {
			t.Errorf("a cost of %v: $%v are spent, want the most of three calls", cost, spent)
		}
	}
}

// What is reserved and spent never passes the budget, whatever calls cost.
func TestBudgetIsNeverPassed(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 5))
			l := New(Config{Budget: 1})
			var all sync.WaitGroup
			for range 8 {
				most, cost, took := 0.02+random.Float64()/10, random.Float64(), time.Duration(random.IntN(9)+1)*time.Second
				all.Go(func() {
					for {
						pass, err := l.Enter(context.Background(), tagroll.Estimate{Most: tagroll.Usage{CostUSD: most}}, time.Hour)
						if err != nil {
							if tagroll.CodeOf(err) != tagroll.CodeBudgetReached {
								t.Error(err)
							}
							return
						}
						if s := l.State(); s.SpentUSD+s.ReservedUSD > 1+1e-9 {
							t.Errorf("$%.3f spent and $%.3f reserved of $1", s.SpentUSD, s.ReservedUSD)
						}
						<-time.After(took)
						pass.Leave(tagroll.RateLimit{Spent: tagroll.Usage{InputTokens: 1, CostUSD: most * cost}}, nil)
					}
				})
			}
			all.Wait()
		})
	}
}

// Where a provider bills more than a call can have cost, no more than one call passes the budget:
// the first is made alone, and what it has cost counts for the others.
func TestBudgetOfADearerProvider(t *testing.T) {
	for _, times := range []float64{1, 3, 40} {
		synctest.Test(t, func(t *testing.T) {
			const budget, most = 1.0, 0.01
			l := New(Config{Budget: budget})
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					for {
						pass, err := l.Enter(context.Background(), tagroll.Estimate{Most: tagroll.Usage{CostUSD: most}}, time.Hour)
						if err != nil {
							return
						}
						<-time.After(time.Second)
						pass.Leave(tagroll.RateLimit{Spent: tagroll.Usage{InputTokens: 1, CostUSD: times * most}}, nil)
					}
				})
			}
			all.Wait()
			if spent := l.State().SpentUSD; spent > budget+1e-9 || spent < budget-times*most-1e-9 {
				t.Errorf("$%.2f of $%.2f are spent on calls that cost %v times the most", spent, budget, times)
			}
		})
	}
}

// Calls that find the money used up together ask for one portion, not for one each: what a process
// has drawn others cannot spend.
func TestOnePortionForAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{})
		drawn := 0 // guarded by the limiter, which asks once at a time
		l.SpendFrom(func(context.Context, float64) (float64, time.Time, error) {
			drawn++
			<-time.After(time.Second)
			return 1, time.Now().Add(24 * time.Hour), nil
		})
		expect := tagroll.Estimate{Most: tagroll.Usage{CostUSD: 0.1}}
		var calls sync.WaitGroup
		for range 10 {
			calls.Go(func() {
				pass, err := l.Enter(t.Context(), expect, time.Minute)
				if err != nil {
					t.Error(err)
					return
				}
				<-time.After(5 * time.Second)
				pass.Leave(tagroll.RateLimit{Spent: tagroll.Usage{CostUSD: 0.1}}, nil)
			})
		}
		calls.Wait()
		if drawn != 1 {
			t.Errorf("%d portions were drawn for ten calls of a tenth each", drawn)
		}
	})
}

// The state says how long calls wait and for what: one value for everybody who shows it.
func TestStateSaysWhatHoldsCallsBack(t *testing.T) {
	named := func(unit tagroll.Unit) tagroll.RateLimit {
		return tagroll.RateLimit{
			Allowances: []tagroll.Allowance{{Unit: unit, Per: time.Minute, Limit: 60, Reset: 30 * time.Second}},
			Spent:      tagroll.Usage{InputTokens: 20, OutputTokens: 10},
		}
	}
	asks := &tagroll.Error{Code: tagroll.CodeRateLimited, RetryAfter: 50 * time.Second}
	for _, test := range []struct {
		said   tagroll.RateLimit
		err    error
		by     tagroll.PauseReason
		least  time.Duration
		paused bool
	}{
		{tagroll.RateLimit{}, nil, "", 0, false},
		{tagroll.RateLimit{}, asks, tagroll.PausedByProvider, 50 * time.Second, true},
		// One second is the usual gap at 60 a minute.
		{named(tagroll.UnitRequests), nil, "requests", time.Second, false},
		{named(tagroll.UnitTokens), nil, "tokens", 20 * time.Second, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := New(Config{})
			pass, err := l.Enter(t.Context(), tagroll.Estimate{}, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			if s := l.State(); s.InFlight != 1 || s.Waiting != 0 {
				t.Errorf("%+v during a call", s)
			}
			pass.Leave(test.said, test.err)
			s := l.State()
			if s.PausedBy != test.by || s.PausedFor < test.least || s.Paused() != test.paused || s.PausedUntil.IsZero() != (test.by == "") {
				t.Errorf("%+v, want a pause by %q of %v or more", s, test.by, test.least)
			}
			if refused := test.err != nil; s.Refused > 0 != refused || s.Named != (test.said.Allowances != nil) {
				t.Errorf("%+v after %v", s, test.err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			if s.PausedFor > 0 {
				go func() {
					_, err := l.Enter(ctx, tagroll.Estimate{}, time.Hour)
					done <- err
				}()
				synctest.Wait()
				if s := l.State(); s.Waiting != 1 {
					t.Errorf("%+v while a call waits", s)
				}
				cancel()
				<-done
			}
			cancel()
		})
	}
}

// A refusal that asks for a second, of a limit that names six minutes until it is full again, is no
// reason to wait six minutes, however often it comes.
func TestShortPauseOfALongReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{})
		said := tagroll.RateLimit{Allowances: []tagroll.Allowance{
			{Unit: tagroll.UnitRequests, Limit: 60, Reset: time.Second},
			{Unit: tagroll.UnitTokens, Limit: 150_000, Reset: 6 * time.Minute},
		}}
		for n := range 5 {
			start := time.Now()
			pass, err := l.Enter(t.Context(), tagroll.Estimate{Likely: tagroll.Usage{InputTokens: 2600, OutputTokens: 250}}, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(start); waited > 10*time.Second {
				t.Errorf("call %d waited %v", n, waited)
			}
			<-time.After(100 * time.Millisecond)
			pass.Leave(said, &tagroll.Error{Code: tagroll.CodeRateLimited, RetryAfter: time.Second})
		}
	})
}
