package limit

import (
	"time"

	"github.com/tagroll/tagroll"
)

// margin is the share by which a bucket is taken to refill more slowly than the provider
// says, because not all requests take the same time to arrive.
const margin = 1.02

// key tells a provider's limits apart.
type key struct {
	unit tagroll.Unit
	per  time.Duration
}

// bucket models one limit of a provider as a token bucket (Turner 1986), which every
// answer corrects. Limits that refill in another way send the same headers. They
// show by their refusals: refill is what this limit was found to do.
type bucket struct {
	level, size float64
	// deepest is the most that was seen to be there at once; a limit may hold less than size.
	deepest float64
	rate    float64   // units that flow back in a second
	at      time.Time // when level was right
	refill  refill
	assumed bool // no answer has confirmed what a reset gave back
	// resetAt is when a limit that does not flow gives back; zero once that has passed.
	resetAt time.Time

	charged   bool   // how much a call takes is the provider's to say, unlike for requests
	seen      uint64 // number of the call whose answer was learned last
	seenAt    time.Time
	remaining float64
	charge    float64 // what the provider was seen to take for a call; zero if unknown
}

// refill is how a limit gives back what was taken.
type refill int

const (
	steady refill = iota // flows back evenly
	whole                // all at once at the reset
	single               // at the reset as much as one call needs, as far as is known
)

// need returns how much to set aside for a call that is expected to take the amount. Providers may
// charge more than a call will use, such as its bound on the output.
func (b *bucket) need(expected float64) float64 {
	return min(max(expected, b.charge), b.size)
}

// advance brings the level to the present.
func (b *bucket) advance(now time.Time, need float64) {
	if !b.resetAt.IsZero() && !now.Before(b.resetAt) {
		switch b.refill {
		case whole:
			b.level, b.assumed = b.size, true
		case single:
			b.level = max(b.level, need)
		}
		b.at = b.resetAt
		// The next reset is assumed, until an answer names it.
		if b.resetAt = (time.Time{}); b.refill == whole {
			b.resetAt = b.at.Add(time.Duration(b.size / b.rate * float64(time.Second)))
		}
	}
	// Without a reset all there is to go by is the rate.
	if d := now.Sub(b.at).Seconds(); d > 0 && b.resetAt.IsZero() {
		b.level = min(max(b.deepest, need), b.level+d*b.rate/margin)
	}
	b.at = now
}

// opensAt returns when the bucket will hold what a call needs.
func (b *bucket) opensAt(now time.Time, need float64) time.Time {
	b.advance(now, need)
	switch {
	case b.level >= need-1e-6:
		return now
	case !b.resetAt.IsZero():
		return b.resetAt
	}
	return now.Add(time.Duration((need-b.level)/b.rate*margin*float64(time.Second)) + 1)
}

// take counts one admitted call, and reports whether the last answer spoke of less than it needs.
func (b *bucket) take(need float64) (refilled bool) {
	refilled = b.remaining < need
	b.level -= need
	return refilled
}

// learn corrects the bucket by an answer. The call was expected to take takes, and the calls sent
// after it since; asked is the pause that a refusal asks for. It reports whether the limit has less
// than the call needs.
func (b *bucket) learn(p *Pass, said tagroll.Allowance, takes, since float64, refused bool, asked time.Duration) (empty bool) {
	remaining := float64(said.Remaining)
	b.deepest = max(b.deepest, remaining+takes)
	b.size = float64(said.Limit)
	empty = remaining < b.need(takes)
	if p.upTo.calls < b.seen {
		return empty // an older call's answer is out of date
	}
	b.rate = b.size / span(said).Seconds()
	b.observe(p, remaining)
	reset := p.at.Add(said.Reset)
	// A limit that says "again in a second" and "full in six minutes" flows: no window of a
	// minute has such a reset, and the pause that is asked for counts more than what refusals
	// look like.
	flows := asked > 0 && asked < said.Reset/2 && said.Reset > time.Minute
	if refused && empty && said.Reset > 0 && !flows {
		switch {
		case b.refill == steady && p.refilled && said.Reset.Seconds()*b.rate > 2*b.need(takes):
			b.refill = whole
		case b.refill == whole && b.assumed && b.level > 2*takes:
			b.refill = single
		}
	}
	b.assumed = b.assumed && refused
	// The provider has seen no call that was sent later, and rounds what remains down.
	least := remaining - since*b.dearer(takes)
	if b.refill == steady {
		least += time.Since(p.at).Seconds() * b.rate / margin
		b.advance(time.Now(), takes)
	}
	most := least + 1
	if refused && empty || b.seen == 0 || b.refill != steady {
		most = least
	}
	if b.refill == whole { // calls that were sent together may have arrived in another order
		least = min(max(b.level, least-float64(p.near)*takes), least)
	}
	b.level = min(max(b.level, least), most)
	b.at = time.Now()
	b.seen, b.seenAt, b.remaining = p.upTo.calls, p.at, remaining
	b.resetAt = time.Time{}
	if b.refill != steady && reset.After(b.at) {
		b.resetAt = reset
	}
	return empty
}

// dearer is the factor by which the provider takes more for a call than was expected; 1 if the
// factor is not known.
func (b *bucket) dearer(expected float64) float64 {
	if expected == 0 {
		return 1
	}
	return max(1, b.charge/expected)
}

// observe learns what the provider takes for a call, from two answers.
func (b *bucket) observe(p *Pass, remaining float64) {
	n := float64(p.upTo.calls - b.seen)
	if b.seen == 0 || n == 0 || b.remaining >= b.size-1 || remaining > b.remaining && b.refill != steady {
		return
	}
	took := b.remaining - remaining
	if b.refill == steady {
		took += p.at.Sub(b.seenAt).Seconds() * b.rate
	}
	if took /= n; took > 0 && took < b.size/4 && b.charged {
		if took > b.charge {
			b.charge += (took - b.charge) / 2
		} else {
			b.charge += (took - b.charge) / 16
		}
	}
}

// span returns over how long a limit counts: a minute, unless the answer names it or the
// reset shows that it is longer.
func span(said tagroll.Allowance) time.Duration {
	if said.Per > 0 {
		return said.Per
	}
	const minute = time.Minute
	used := said.Limit - said.Remaining
	if used < 1 {
		return minute
	}
	return max(minute, time.Duration(float64(said.Reset)*float64(said.Limit)/float64(used)))
}
