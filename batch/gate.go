package batch

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
)

// Bounds of the gate's own guesses, for providers that do not say what they allow.
const (
	firstPause = time.Second      // after a 429 that names no time
	maxPause   = 60 * time.Second // of the doubling that follows
	maxSpacing = 10 * time.Second // between the first calls after a pause
	maxDoubt   = 5 * time.Second  // of it, for what a provider has not said but may well mean
	enough     = 2                // accepted calls that show that a silent provider's limit is over
	minSpacing = 20 * time.Millisecond
	firstTrust = 15 * time.Second // in a spacing that has led to a refusal
)

// Gate holds back paid calls while a provider's rate limit allows none. All batches
// that use the same provider and key should share one: a refusal of one photo's
// call then pauses all, instead of being found out by each.
//
// What a provider allows is learned from its answers: from Retry-After of a 429,
// from the x-ratelimit headers of any answer, and where it says nothing, by pauses
// that double with every further 429. After a pause calls are let through one by
// one, those first that have no retry left, until answers show that there is room again.
type Gate struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced when waiters should look again

	sent   uint64 // calls admitted so far, which numbers them
	urgent int    // waiters whose photo has no retry left

	pausedUntil time.Time
	pausedAt    uint64 // value of sent when the pause began
	refusals    int    // waves of 429 without a success between them

	// spacing is the time between calls while the gate opens again after a pause;
	// zero when it is open. tooShort is a spacing that has led to a refusal, longest
	// the longest pause that the provider asked for.
	spacing  time.Duration
	tooShort time.Duration
	longest  time.Duration
	lastAt   time.Time // of the last call

	// silent is whether the last 429 named no time, and accepts how many calls made after
	// the pause were answered since. recent holds the admissions of the last minute
	// that were not refused.
	silent  bool
	accepts int
	recent  []admission

	// early is how many calls were admitted before the first 429 was known, up to number
	// firstSent, and not refused: what the limit gives at once.
	early     uint64
	firstSent uint64

	// trust is how long tooShort is believed. A refusal now and then does not come from a
	// limit, and would otherwise hold the gate nearly shut for the rest of the batch. It
	// doubles with each refusal that confirms the limit, so that few calls are spent on it.
	trust     time.Duration
	refusedAt time.Time

	requests, tokens allowance
	tokensPerCall    float64 // running mean
	kind             limitKind
	margin           float64 // factor on a bucket's interval against jitter
}

// NewGate returns an open gate.
func NewGate() *Gate { return &Gate{changed: make(chan struct{}), margin: 1.03} }

// pass is the admission of one call.
type pass struct {
	gate   *Gate
	number uint64
	onHope bool // admitted before the limit's reset, on the belief that it refills steadily
}

// admission is when a call was let through.
type admission struct {
	number uint64
	at     time.Time
}

// enter waits until a call may be made. An urgent call, whose photo has no retry left,
// goes first after a pause and does not gamble on what is only likely. If the wait
// would be longer than maxWait, enter fails at once with CodeRateLimited.
func (g *Gate) enter(ctx context.Context, urgent bool, maxWait time.Duration) (pass, error) {
	if urgent {
		g.addUrgent(1)
		defer g.addUrgent(-1)
	}
	for {
		if ctx.Err() != nil {
			return pass{}, context.Cause(ctx)
		}
		p, wait, changed := g.tryEnter(urgent)
		if wait == 0 {
			return p, nil
		}
		if wait > maxWait {
			return pass{}, &tagroll.Error{
				Code:       tagroll.CodeRateLimited,
				Message:    "the provider allows the next call only in " + wait.Round(time.Second).String() + ": run the rest of the batch then",
				RetryAfter: wait,
			}
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-changed:
		}
		timer.Stop()
	}
}

// tryEnter admits a call, or says how long to wait at most before asking again.
func (g *Gate) tryEnter(urgent bool) (p pass, wait time.Duration, changed <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	at, onHope := g.opensAt(now, urgent)
	if at.After(now) {
		return pass{}, at.Sub(now), g.changed
	}
	if g.urgent > 0 && !urgent && g.spacing > 0 && !g.inTheDark() {
		return pass{}, g.spacing, g.changed // let the urgent ones go first
	}
	g.sent++
	g.lastAt = now
	g.remember(now)
	g.requests.take(now)
	g.tokens.take(now)
	return pass{gate: g, number: g.sent, onHope: onHope}, 0, nil
}

// opensAt returns when the next call may be made, and whether that is only hoped.
func (g *Gate) opensAt(now time.Time, urgent bool) (at time.Time, onHope bool) {
	at = later(now, g.pausedUntil)
	switch {
	case g.spacing > 0 && urgent && !g.requests.known:
		at = later(at, g.lastAt.Add(g.safeSpacing()))
		if g.inTheDark() {
			at = later(at, g.refusedAt.Add(g.darkness()))
		}
	case g.spacing > 0:
		at = later(at, g.lastAt.Add(g.spacing))
	}
	for _, a := range []*allowance{&g.requests, &g.tokens} {
		if !a.known || a.left >= 1 || !now.Before(a.resetAt) {
			continue
		}
		certain := g.kind == limitWindow || urgent && g.kind != limitBucket
		if free := a.freeAt; !certain && free.Before(a.resetAt) {
			onHope = true
			at = later(at, free)
		} else {
			at = later(at, a.resetAt)
		}
	}
	return at, onHope
}

// inTheDark reports whether nothing at all is known of when calls are allowed again. Then
// those who have a retry left find out for those who have none, or a long time passes.
func (g *Gate) inTheDark() bool {
	return g.silent && !g.requests.known && g.accepts < enough
}

// darkness is how long after a silent 429 a call is hardly refused. Only a limit that counts
// by the minute takes the whole of it, and such limits are seldom lower than ten: the fewer
// calls were admitted in the last minute, the more likely is a bucket or a stray refusal.
func (g *Gate) darkness() time.Duration {
	n := time.Duration(min(len(g.recent), 10))
	if n == 0 {
		return 0
	}
	return max(maxDoubt, rateWindow*n*n/100)
}

// safeSpacing is the time between calls after which one is hardly refused, where no
// headers tell. It is a quarter longer than the provider asks for, because requests do not
// take the same time to arrive. A bucket of more than one call can have part of a call in
// it and asks for less than its interval; what it has given within a minute says how long
// that can be.
func (g *Gate) safeSpacing() time.Duration {
	safe := max(g.spacing, g.longest*5/4)
	if n := len(g.recent); n > 1 && (g.early > 1 || g.silent) {
		safe = max(safe, min(rateWindow/time.Duration(n), maxDoubt))
	}
	return min(safe, maxSpacing)
}

// remember notes the admission of the last call.
func (g *Gate) remember(now time.Time) {
	old := 0
	for old < len(g.recent) && now.Sub(g.recent[old].at) > rateWindow {
		old++
	}
	g.recent = append(g.recent[old:], admission{g.sent, now})
}

// leave tells the gate how an admitted call ended.
func (p pass) leave(limit tagroll.RateLimit, err error) {
	g := p.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	refused := tagroll.CodeOf(err) == tagroll.CodeRateLimited
	if refused {
		g.learnKind(p, limit, tagroll.AsError(err).RetryAfter)
	}
	g.learn(&g.requests, p, said(limit, tagroll.UnitRequests), 1, now)
	if spent := limit.Spent.InputTokens + limit.Spent.OutputTokens; spent > 0 {
		if g.tokensPerCall == 0 {
			g.tokensPerCall = float64(spent)
		}
		g.tokensPerCall += (float64(spent) - g.tokensPerCall) / 8
	}
	if g.tokensPerCall > 0 {
		g.learn(&g.tokens, p, said(limit, tagroll.UnitTokens), g.tokensPerCall, now)
	}
	switch {
	case refused:
		g.refused(p, limit, tagroll.AsError(err).RetryAfter, now)
	case err == nil:
		g.accepted(p, now)
	}
	g.wake()
}

// refused closes the gate after a 429.
func (g *Gate) refused(p pass, limit tagroll.RateLimit, retryAfter time.Duration, now time.Time) {
	g.recent = slices.DeleteFunc(g.recent, func(a admission) bool { return a.number == p.number })
	if g.firstSent == 0 {
		g.early, g.firstSent = g.sent, g.sent
	}
	if p.number <= g.firstSent {
		g.early--
	}
	sameWave := g.refusals > 0 && p.number <= g.pausedAt
	if !sameWave {
		g.refusals++
		g.pausedAt = g.sent
	}
	pause := retryAfter
	for _, said := range limit.Allowances {
		if retryAfter <= 0 && said.Remaining <= 0 {
			pause = max(pause, said.Reset)
		}
	}
	g.silent, g.refusedAt, g.accepts = pause <= 0, now, 0
	if pause <= 0 {
		pause = min(firstPause<<min(g.refusals-1, 10), maxPause)
		pause += rand.N(pause / 4)
	}
	g.pausedUntil = later(g.pausedUntil, now.Add(pause))
	g.longest = max(g.longest, pause)
	if sameWave {
		return
	}
	switch {
	case g.requests.known:
		g.spacing = g.requests.interval
	case g.spacing > 0:
		g.tooShort = g.spacing
		g.trust = max(2*g.trust, firstTrust)
		g.spacing = min(g.spacing*3/2, maxSpacing)
	default:
		g.spacing = min(pause, maxSpacing)
	}
}

// accepted opens the gate a little further after a call that was not refused.
func (g *Gate) accepted(p pass, now time.Time) {
	if g.refusals > 0 && p.number <= g.pausedAt {
		return // admitted before the pause: it says nothing about the time after it
	}
	g.refusals = 0
	g.accepts++
	if now.Sub(g.refusedAt) > g.trust {
		g.tooShort = 0
	}
	switch {
	case g.requests.known:
		g.spacing = 0 // the allowance itself paces from here on
	case g.urgent > 0:
		// Those who cannot afford a refusal keep the pace that was just proven.
	case g.spacing > g.tooShort*5/4:
		// Fast, down to a little above what was too short.
		g.spacing = max(g.spacing/2, g.tooShort*9/8)
	default:
		g.spacing -= g.spacing / 64
	}
	if g.spacing < minSpacing {
		g.spacing = 0
	}
}

// PausedFor returns how long the gate will admit nobody; zero if it is open.
func (g *Gate) PausedFor() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	at, _ := g.opensAt(now, false)
	return at.Sub(now)
}

// pace is what a provider holds a batch to, as far as that is known.
type pace struct {
	spacing          time.Duration
	requests, tokens allowance
}

// TimeFor returns how long so many calls take at least, at the pace that the provider has been found to allow.
func (g *Gate) TimeFor(calls int) time.Duration { return g.pace().timeFor(calls) }

func (g *Gate) pace() pace {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := pace{requests: g.requests, tokens: g.tokens}
	if g.tooShort > 0 && g.trust > firstTrust { // less is a guess, which a few answers can undo
		p.spacing = g.spacing
	}
	return p
}

// timeFor returns how long so many calls take at least.
func (p pace) timeFor(calls int) time.Duration {
	longest := time.Duration(calls) * p.spacing
	for _, a := range []allowance{p.requests, p.tokens} {
		if beyond := float64(calls) - a.left; a.known && beyond > 0 {
			longest = max(longest, time.Duration(beyond*float64(a.interval)))
		}
	}
	return longest
}

func (g *Gate) addUrgent(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.urgent += n
	g.wake()
}

// wake lets every waiter look again. The caller holds the lock.
func (g *Gate) wake() {
	close(g.changed)
	g.changed = make(chan struct{})
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
