package limit

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
)

// rule is one limit of a provider.
type rule struct {
	unit  tagroll.Unit
	limit int
	kind  string // bucket, fixed or sliding: how it gives back
	each  int    // what a call takes
	past  []time.Time
	level float64
	at    time.Time
	ends  time.Time
}

// left brings the rule to the present, and returns what is left and when a call that finds too
// little may come back.
func (r *rule) left(now time.Time) (left int, wait time.Duration) {
	perSecond := float64(r.limit) / 60
	switch r.kind {
	case "bucket":
		if r.at.IsZero() {
			r.level = float64(r.limit)
		} else {
			r.level = min(float64(r.limit), r.level+now.Sub(r.at).Seconds()*perSecond)
		}
		r.at = now
		return int(r.level), time.Duration((float64(r.each)-r.level)/perSecond*float64(time.Second)) + time.Millisecond
	case "fixed":
		if !now.Before(r.ends) {
			r.level, r.ends = float64(r.limit), now.Add(time.Minute)
		}
		return int(r.level), r.ends.Sub(now)
	}
	for len(r.past) > 0 && now.Sub(r.past[0]) >= time.Minute {
		r.past = r.past[1:]
	}
	if len(r.past) > 0 {
		wait = time.Minute - now.Sub(r.past[0])
	}
	return r.limit - r.each*len(r.past), wait
}

func (r *rule) take(now time.Time) {
	r.level -= float64(r.each)
	r.past = append(r.past, now)
}

// anyProvider is a provider made by chance: one or two limits of any kind, named or not, refusals
// by chance, so many calls that it works on at once, and calls that take their time to arrive.
type anyProvider struct {
	mu       sync.Mutex
	random   *rand.Rand
	rules    []*rule
	named    bool
	asks     bool // a refusal says when to come back
	stray    float64
	capacity chan struct{}
	jitter   time.Duration
	latency  time.Duration
}

func newProvider(seed uint64) *anyProvider {
	random := rand.New(rand.NewPCG(seed, 11))
	p := &anyProvider{
		random: random, named: random.IntN(2) == 0, asks: random.IntN(3) > 0, stray: 0.3 * random.Float64(),
		capacity: make(chan struct{}, 1<<random.IntN(7)), jitter: time.Duration(random.IntN(300)) * time.Millisecond,
		latency: time.Duration(500+random.IntN(3000)) * time.Millisecond,
	}
	kinds := []string{"bucket", "fixed", "sliding"}
	p.rules = append(p.rules, &rule{unit: tagroll.UnitRequests, limit: 30 + random.IntN(300), kind: kinds[random.IntN(3)], each: 1})
	if random.IntN(2) == 0 {
		p.rules = append(p.rules, &rule{unit: tagroll.UnitTokens, limit: 60_000 + random.IntN(200_000), kind: kinds[random.IntN(3)], each: 1000})
	}
	return p
}

// answer answers one call.
func (p *anyProvider) answer() (tagroll.RateLimit, error) {
	p.mu.Lock()
	way := time.Duration(p.random.Int64N(int64(p.jitter) + 1))
	p.mu.Unlock()
	<-time.After(way)
	p.mu.Lock()
	now := time.Now()
	said := tagroll.RateLimit{Spent: tagroll.Usage{InputTokens: 900, OutputTokens: 100, CostUSD: 0.001}}
	refused, wait := p.random.Float64() < p.stray, time.Second
	for _, r := range p.rules {
		if left, opens := r.left(now); left < r.each {
			refused, wait = true, max(wait, opens)
		}
	}
	for _, r := range p.rules {
		if !refused {
			r.take(now)
		}
		left, opens := r.left(now)
		if p.named {
			said.Allowances = append(said.Allowances, tagroll.Allowance{Unit: r.unit, Per: time.Minute, Limit: r.limit, Remaining: max(left, 0), Reset: max(opens, 0)})
		}
	}
	p.mu.Unlock()
	if refused {
		if !p.asks {
			wait = 0
		}
		said.Spent = tagroll.Usage{}
		return said, &tagroll.Error{Code: tagroll.CodeRateLimited, RetryAfter: wait}
	}
	p.capacity <- struct{}{}
	<-time.After(p.latency)
	<-p.capacity
	return said, nil
}

// Whatever the provider is: no call is made that the window has no room for, none during a pause
// that everybody has, none that the budget might not hold, and every photo is described in the end.
func TestPropertiesAtAnyProvider(t *testing.T) {
	const photos, most, budget = 150, 0.004, 150*0.001 + 20*0.004 // US dollars
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			p := newProvider(seed)
			l := New(Config{Auto: seed%3 > 0, Deadline: time.Minute, Budget: budget})
			// mu is held while a call enters or leaves, so that the state before is
			// exact.
			var mu sync.Mutex
			enter := func() *Pass {
				for {
					mu.Lock()
					before := l.State()
					pass, wait, changed, err := l.admit(tagroll.Estimate{Most: tagroll.Usage{CostUSD: most}})
					after := l.State()
					mu.Unlock()
					switch {
					case err != nil:
						t.Errorf("seed %d: %v", seed, err)
						return nil
					case pass != nil && before.PausedFor > 0:
						t.Errorf("seed %d: a call was made %v before the end of a pause", seed, before.PausedFor)
					case pass != nil && before.Window > 0 && before.InFlight >= before.Window:
						t.Errorf("seed %d: a call was made with %d in flight and a window of %d", seed, before.InFlight, before.Window)
					case after.SpentUSD+after.ReservedUSD > budget+1e-9:
						t.Errorf("seed %d: $%.3f spent and $%.3f reserved", seed, after.SpentUSD, after.ReservedUSD)
					}
					if pass != nil {
						return pass
					}
					if wait == 0 {
						wait = time.Hour // only another call's end can help
					}
					select {
					case <-time.After(wait):
					case <-changed:
					}
				}
			}
			work := make(chan int, photos)
			for i := range photos {
				work <- i
			}
			close(work)
			described := 0
			var all sync.WaitGroup
			for range 40 {
				all.Go(func() {
					for range work {
						for tries := 1; ; tries++ {
							pass := enter()
							if pass == nil {
								return
							}
							said, err := p.answer()
							mu.Lock()
							pass.Leave(said, err)
							mu.Unlock()
							if err == nil {
								break
							}
							if tries > 100 {
								t.Errorf("seed %d: refused 100 times", seed)
								return
							}
							<-time.After(tagroll.AsError(err).RetryAfter + time.Second/2)
						}
						mu.Lock()
						described++
						mu.Unlock()
					}
				})
			}
			all.Wait()
			if described != photos {
				t.Errorf("seed %d: %d of %d described", seed, described, photos)
			}
		})
	}
}
