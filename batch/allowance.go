package batch

import (
	"time"

	"github.com/tagroll/tagroll"
)

// limitKind is how a provider's limit gives calls back.
//
// Both kinds send the same headers. The gate takes a limit for a bucket at first,
// which loses no time; the first 429 to a call that was admitted on that belief
// teaches it better, and so does a Retry-After that is far shorter than the reset.
type limitKind int

const (
	limitUnknown limitKind = iota
	limitBucket            // steadily: one call in every interval
	limitWindow            // all at once at the reset
)

// rateWindow is the span over which providers count a limit, where nothing says
// otherwise: a minute.
const rateWindow = time.Minute

// allowance is the gate's model of one limit of a provider, counted in calls.
type allowance struct {
	known    bool
	seen     uint64  // number of the call whose answer this was learned from
	left     float64 // calls
	resetAt  time.Time
	interval time.Duration // in which a bucket gives one call back
	freeAt   time.Time     // when a bucket gives the next call back
}

// take counts one admitted call.
func (a *allowance) take(now time.Time) {
	switch {
	case !a.known:
	case a.left >= 1:
		a.left--
	default:
		// Even when the reset has passed: until an answer tells what there is now, calls
		// go out at the interval.
		a.freeAt = now.Add(a.interval)
		a.resetAt = later(a.resetAt, a.freeAt)
	}
}

// learn takes over what the answer to a call says of a limit, of which each call takes share.
func (g *Gate) learn(a *allowance, p pass, said tagroll.Allowance, share float64, now time.Time) {
	if said.Limit <= 0 || p.number < a.seen {
		return // the answer to an older call than the last one learned from is out of date
	}
	// The provider had perhaps not seen the calls that were sent after this one.
	left := float64(said.Remaining)/share - float64(g.sent-p.number)
	perCall := float64(rateWindow) * share / float64(said.Limit)
	if used := float64(said.Limit-said.Remaining) / share; used >= 1 {
		// A limit over a longer span than a minute shows in its reset.
		perCall = max(perCall, float64(said.Reset)/used)
	}
	interval := time.Duration(perCall * g.margin)
	reset := said.Reset
	if reset <= 0 {
		reset = interval
	}
	resetAt, freeAt := now.Add(reset), now.Add(interval)
	if g.kind == limitWindow && a.resetAt.After(now) && a.resetAt.Before(resetAt) {
		resetAt = a.resetAt // the same window; what a slow answer says of it is older
	}
	if a.known && a.left < 1 && left < 1 {
		// Pacing already: hearing the same again, with the delay of an answer,
		// neither puts off the next call nor brings it forward.
		freeAt = a.freeAt
		resetAt = later(resetAt, freeAt)
	}
	*a = allowance{known: true, seen: p.number, left: left, resetAt: resetAt, interval: interval, freeAt: freeAt}
}

// learnKind draws a conclusion from a 429 about how the limit gives calls back.
func (g *Gate) learnKind(p pass, limit tagroll.RateLimit, retryAfter time.Duration) {
	requests := said(limit, tagroll.UnitRequests)
	switch {
	case requests.Limit > 0 && retryAfter > 0 && retryAfter < requests.Reset/2:
		g.kind = limitBucket
	case p.onHope && g.kind == limitUnknown:
		g.kind = limitWindow
	}
	if p.onHope && g.kind == limitBucket {
		g.margin = min(g.margin*1.1, 2) // it was a little too early
	}
}

// said returns what an answer says of a unit's limit; zero if nothing.
func said(limit tagroll.RateLimit, unit tagroll.Unit) tagroll.Allowance {
	for _, a := range limit.Allowances {
		if a.Unit == unit {
			return a
		}
	}
	return tagroll.Allowance{}
}
