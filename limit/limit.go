// Package limit decides when the next paid call may be made.
//
// All batches of a process that use one provider and key share one [Limiter]. Each
// call enters it and leaves it again with what the provider said. The answer to
// "when" is the latest of four, each a known method in a file of its own:
//
//   - bucket.go: a token bucket for each limit that the provider names;
//   - pace.go: the rate of calls for providers that refuse without naming a limit;
//   - window.go: how many calls may be in flight, for a concurrency of "auto";
//   - spend.go: what may be spent in all.
//
// A refusal (429) says nothing about a photo: the caller waits and asks again. This
// package never makes a call and knows no photo.
package limit

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
)

// DefaultMaxWindow is the most calls in flight that [Config.Auto] reaches.
const DefaultMaxWindow = 128

// Config says what a limiter adds to the provider's own limits. The zero value adds nothing.
type Config struct {
	// Auto lets the limiter choose how many calls are in flight, from 1 up to MaxWindow.
	Auto bool
	// MaxWindow bounds the calls in flight for Auto. Default: 128.
	MaxWindow int
	// Deadline is the time in which a call must be answered. Auto adds no call in flight that
	// would make answers later than that. Default: 30 s.
	Deadline time.Duration
	// Budget is what may be spent in US dollars; a call that could pass it is not made.
	// Zero: no bound.
	Budget float64
}

// Limiter is shared by all calls to one provider. It is safe for concurrent use.
type Limiter struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced when waiters should look again

	sent     counts // of all calls so far
	inFlight int
	waiting  int
	refused  int
	tokens   tokens
	buckets  map[key]*bucket
	pace     pace
	window   window
	spend    spend

	refilling chan struct{} // holds the one call that asks for another portion of money
}

// counts numbers the calls and adds up what they were expected to take.
type counts struct {
	calls         uint64
	input, output float64
}

// of returns the count of a unit.
func (c counts) of(unit tagroll.Unit) float64 {
	switch unit {
	case tagroll.UnitInputTokens:
		return c.input
	case tagroll.UnitOutputTokens:
		return c.output
	case tagroll.UnitTokens:
		return c.input + c.output
	}
	return float64(c.calls)
}

func (c counts) minus(d counts) counts {
	return counts{c.calls - d.calls, c.input - d.input, c.output - d.output}
}

// New returns a limiter that has seen no answer yet.
func New(c Config) *Limiter {
	if c.MaxWindow <= 0 {
		c.MaxWindow = DefaultMaxWindow
	}
	if c.Deadline <= 0 {
		c.Deadline = 30 * time.Second
	}
	l := &Limiter{
		changed: make(chan struct{}), buckets: make(map[key]*bucket),
		spend:     spend{bounded: c.Budget > 0, budget: c.Budget},
		refilling: make(chan struct{}, 1),
	}
	if c.Auto {
		l.window = newWindow(c.MaxWindow, c.Deadline)
	}
	return l
}

// Pass is the admission of one call. Leave gives it back, exactly once.
type Pass struct {
	limiter  *Limiter
	at       time.Time
	upTo     counts  // Limiter.sent with this call
	takes    counts  // this call alone
	refilled bool    // a bucket had this call's share by the clock only, not by an answer
	most     float64 // US dollars, by the caller's word
	reserved float64 // US dollars
	near     int     // calls that were sent just before this one
}

// Enter waits until a call may be made that takes what expect says. It fails with ctx's cause,
// with CodeRateLimited if the provider allows no call for longer than maxWait, and with
// CodeBudgetReached if the rest of the budget cannot pay for the call.
func (l *Limiter) Enter(ctx context.Context, expect tagroll.Estimate, maxWait time.Duration) (*Pass, error) {
	l.wait(1)
	defer l.wait(-1)
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		pass, wait, changed, err := l.admit(expect)
		if tagroll.CodeOf(err) == tagroll.CodeBudgetReached {
			if err = l.refill(ctx, expect.Most.CostUSD, err); err == nil {
				continue
			}
		}
		if pass != nil || err != nil {
			return pass, err
		}
		if wait > maxWait {
			return nil, &tagroll.Error{
				Code:       tagroll.CodeRateLimited,
				Message:    "the provider allows the next call only in " + wait.Round(time.Second).String() + ": run the rest of the batch then",
				RetryAfter: wait,
			}
		}
		timer := time.NewTimer(max(wait, 1))
		if wait == 0 {
			timer.Stop() // only another call's end can help
		}
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-changed:
		}
		timer.Stop()
	}
}

// wait counts a call that waits to be made.
func (l *Limiter) wait(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting += n
}

// admit lets a call pass, or says how long to wait at most before asking again. A wait
// of zero ends with the next change.
func (l *Limiter) admit(expect tagroll.Estimate) (*Pass, time.Duration, <-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	takes := l.tokens.expect(expect)
	if at, _ := l.opensAt(now, takes); at.After(now) {
		return nil, at.Sub(now), l.changed, nil
	}
	if l.window.full(now, l.inFlight) {
		return nil, 0, l.changed, nil
	}
	reserved, ok, err := l.spend.reserve(now, expect.Most.CostUSD)
	if !ok {
		return nil, 0, l.changed, err
	}
	l.sent.calls++
	l.sent.input += takes.input
	l.sent.output += takes.output
	l.inFlight++
	p := &Pass{limiter: l, at: now, upTo: l.sent, takes: takes, most: expect.Most.CostUSD, reserved: reserved, near: l.pace.near(now)}
	l.pace.send(l.sent.calls, now)
	for k, b := range l.buckets {
		p.refilled = b.take(b.need(takes.of(k.unit))) || p.refilled
	}
	return p, 0, nil, nil
}

// opensAt returns when a call may be made that takes so much, and what decides that.
func (l *Limiter) opensAt(now time.Time, takes counts) (at time.Time, by tagroll.PauseReason) {
	at, by = l.pace.opensAt()
	for k, b := range l.buckets {
		if opens := b.opensAt(now, b.need(takes.of(k.unit))); opens.After(at) {
			at, by = opens, tagroll.PauseReason(k.unit)
		}
	}
	return at, by
}

// Leave ends the call, with what the provider said of its limits and the call's error.
func (p *Pass) Leave(said tagroll.RateLimit, err error) {
	l := p.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.inFlight--
	code := tagroll.CodeOf(err)
	refused := code == tagroll.CodeRateLimited
	if refused {
		l.refused++
	}
	refused = refused && !said.Busy // which holds back calls at that tier alone
	var asked time.Duration         // the pause
	if refused {
		asked = tagroll.AsError(err).RetryAfter
	}
	said.Spent = tagroll.Usage{}.Add(said.Spent) // so that no describer gives money back
	l.tokens.learn(said.Spent)
	l.spend.settle(p.reserved, p.most, said.Spent.CostUSD, code)
	named := l.learn(p, said, refused, asked)
	switch {
	case refused && !named:
		if l.pace.refuse(p, asked, now, l.sent.calls) {
			l.window.cut(3.0 / 4)
		}
	case err == nil:
		l.pace.accept(p, len(l.buckets) > 0)
		l.window.answer(now, now.Sub(p.at).Seconds())
	case code == tagroll.CodeTimeout:
		l.window.cut(1.0 / 2)
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// learn takes over what an answer says of the provider's limits. It reports whether they
// explain a refusal.
func (l *Limiter) learn(p *Pass, said tagroll.RateLimit, refused bool, asked time.Duration) (explained bool) {
	since := l.sent.minus(p.upTo)
	for _, a := range said.Allowances {
		if a.Limit <= 0 {
			continue
		}
		k := key{a.Unit, a.Per}
		b := l.buckets[k]
		if b == nil {
			b = &bucket{level: math.Inf(1), charged: a.Unit != tagroll.UnitRequests}
			l.buckets[k] = b
		}
		explained = b.learn(p, a, p.takes.of(a.Unit), since.of(a.Unit), refused, asked) && refused || explained
	}
	return explained
}

// State returns the state of this moment.
func (l *Limiter) State() tagroll.LimiterState {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	takes := l.tokens.expect(tagroll.Estimate{})
	s := tagroll.LimiterState{
		InFlight: l.inFlight, Waiting: l.waiting, Window: int(l.window.size), Refused: l.refused, Named: len(l.buckets) > 0,
		CallsPerMinute: 60 * l.pace.rate, SpentUSD: l.spend.spent, ReservedUSD: max(0, l.spend.reserved),
	}
	at, by := l.opensAt(now, takes)
	if l.spend.shut.After(at) && l.inFlight == 0 {
		at, by = l.spend.shut, tagroll.PausedByBudget
	}
	if at.After(now) {
		s.PausedFor, s.PausedUntil, s.PausedBy = at.Sub(now), at, by
	}
	for k, b := range l.buckets {
		need := b.need(takes.of(k.unit))
		if perMinute := 60 * b.rate / need; need > 0 && (s.CallsPerMinute == 0 || perMinute < s.CallsPerMinute) {
			s.CallsPerMinute, s.Spare = perMinute, max(0, b.level/need)
		}
	}
	return s
}

// tokens estimates what a call takes: the mean of the input, and a high quantile of the
// output, which varies.
type tokens struct{ input, output float64 }

// learn takes in a call's usage. The quantile is found by stochastic approximation
// (Robbins and Monro 1951): it moves up nineteen times as far as down, which settles
// where one answer in twenty is longer.
func (t *tokens) learn(spent tagroll.Usage) {
	in, out := float64(spent.InputTokens), float64(spent.OutputTokens)
	if in+out == 0 {
		return
	}
	if t.input == 0 {
		t.input, t.output = in, out
	}
	t.input += (in - t.input) / 8
	step := max(t.output, 1) / 8
	if out > t.output {
		t.output += min(0.95*step, out-t.output)
	} else {
		t.output -= min(0.05*step, t.output-out)
	}
}

// expect returns one call and its tokens: what was seen, or the describer's guess before that.
func (t *tokens) expect(e tagroll.Estimate) counts {
	if t.input > 0 {
		return counts{1, max(t.input, float64(e.Likely.InputTokens)), t.output}
	}
	return counts{1, float64(e.Likely.InputTokens), float64(e.Likely.OutputTokens)}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
