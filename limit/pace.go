package limit

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tagroll/tagroll"
)

// Bounds of the pace.
const (
	// overload is how many more refusals than accepted calls, counted from the last
	// balance, show that a limit is reached. One call in three can be refused by chance
	// without ever coming to that.
	overload = 12
	// confirmed takes the place of overload once a limit was found; each refusal counts three
	// times.
	confirmed = 6

	longPause = 10 * time.Second // means everybody, at its first word
	decrease  = 0.8              // of the rate, at most, where a limit was found again
	slowest   = 0.2              // calls a second, so that the end of a limit is found
	recently  = time.Minute      // over which accepted calls are counted
	silence   = 15 * time.Second // without an accepted call: there is nothing to measure
)

// pace is for limits that the provider does not name. As long as it has seen none it does
// nothing. A one-sided CUSUM test (Page 1954) over the answers tells a limit from
// refusals by chance. The calls are then held to the rate that was accepted of late,
// which grows with every accepted call until the test finds the limit again: additive
// increase, multiplicative decrease (Chiu and Jain 1989), on the rate of success as in
// "Handling Overload" of Google's SRE book.
type pace struct {
	score   float64
	reacted uint64 // answers to calls up to this number are part of the last overload
	first   time.Time
	recent  []sent // calls of late that were not refused

	rate        float64   // calls a second; zero: no limit was found
	found       float64   // the rate that was accepted when a limit was found last
	at          time.Time // when that happened
	failed      float64   // the rate at which that happened
	fruitless   bool      // nothing was accepted for long, and the rate is a probe's
	last        time.Time
	pausedUntil time.Time
	shared      time.Time // of the last refusal with a long pause: a limit is there
}

// sent is when a call was made.
type sent struct {
	number uint64
	at     time.Time
}

// opensAt returns when the next call may be made, and what decides that.
func (p *pace) opensAt() (time.Time, tagroll.PauseReason) {
	if p.rate > 0 {
		if next := p.last.Add(time.Duration(float64(time.Second) / p.rate)); next.After(p.pausedUntil) {
			return next, tagroll.PausedByPace
		}
	}
	return p.pausedUntil, tagroll.PausedByProvider
}

func (p *pace) send(number uint64, now time.Time) {
	p.forget(now)
	p.recent = append(p.recent, sent{number, now})
	p.last = now
	if p.first.IsZero() {
		p.first = now
	}
}

// near counts the calls that were sent in the last half second.
func (p *pace) near(now time.Time) (n int) {
	for n < len(p.recent) && now.Sub(p.recent[len(p.recent)-1-n].at) < time.Second/2 {
		n++
	}
	return n
}

// refuse counts a refusal that no named limit explains. It reports whether that shows an overload.
func (p *pace) refuse(pass *Pass, retryAfter time.Duration, now time.Time, calls uint64) bool {
	p.recent = slices.DeleteFunc(p.recent, func(s sent) bool { return s.number == pass.upTo.calls })
	if pass.upTo.calls <= p.reacted {
		return false
	}
	limit := float64(overload)
	if p.score++; p.rate > 0 {
		p.score += 4
		limit = confirmed
	}
	if retryAfter >= longPause {
		p.shared = now
	}
	if p.rate > 0 || now.Sub(p.shared) < 2*recently {
		p.pausedUntil = later(p.pausedUntil, now.Add(retryAfter))
	}
	if p.score < limit {
		return false
	}
	p.reacted, p.score = calls, 0
	p.pausedUntil = later(p.pausedUntil, now.Add(max(retryAfter, time.Duration(rand.N(int64(time.Second))))))
	p.forget(now)
	if n := len(p.recent); p.rate > 0 && (n == 0 || now.Sub(p.recent[n-1].at) > silence) {
		p.rate, p.fruitless = max(p.rate/2, slowest), true
		return true
	}
	soon := p.rate > 0 && now.Sub(p.at) < silence
	p.at = now
	if soon { // what was saved up before is still part of what was measured
		p.failed, p.rate = p.rate, p.rate*0.6
		return true
	}
	p.found = max(float64(len(p.recent))/min(recently, max(now.Sub(p.first), time.Second)).Seconds(), slowest)
	p.failed = p.rate
	p.rate = max(p.found*0.95, p.rate*decrease)
	return true
}

// accept counts an accepted call; named is whether the provider names its limits.
func (p *pace) accept(pass *Pass, named bool) {
	if pass.upTo.calls <= p.reacted {
		return
	}
	p.score = max(0, p.score-1)
	if p.rate == 0 {
		return
	}
	if p.fruitless {
		p.rate, p.fruitless = p.found, false
	}
	if p.rate > 0.9*p.failed && p.rate < 1.1*p.failed {
		p.rate *= 1 + 1.0/256 // slowly past what has failed
	} else {
		p.rate *= 1 + 1.0/64
	}
	if named || p.rate > 2*p.found {
		p.rate = 0
	}
}

// forget drops the calls of long ago.
func (p *pace) forget(now time.Time) {
	for len(p.recent) > 0 && now.Sub(p.recent[0].at) > recently {
		p.recent = p.recent[1:]
	}
}
