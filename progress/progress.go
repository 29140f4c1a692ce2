// Package progress computes how far a batch is: counts, averages, and the time that is left. It is
// the only place of this arithmetic: package batch feeds a [Counter] as photos end, package queue
// from what is stored, and whoever shows a progress shows what this package has computed.
//
// Results go in, a [tagroll.Progress] comes out. Package progress reads no clock and keeps no
// result.
package progress

import (
	"maps"
	"time"

	"github.com/tagroll/tagroll"
)

// Counter adds up what has become of a batch's photos. The zero value has seen none.
type Counter struct {
	sums tagroll.Progress // counts and sums, nothing that depends on the time

	own     mean // the own time of photos that were worked on
	typical mean // of those that tell how long others may take

	prepared time.Duration // spent on reading and compressing
	asked    time.Duration // spent in calls
	slowest  time.Duration // of a photo's time in calls
}

// mean adds up durations.
type mean struct {
	sum time.Duration
	n   int
}

func (m *mean) add(d time.Duration) {
	m.sum += d
	m.n++
}

// of returns the mean; zero if nothing was added.
func (m mean) of() time.Duration { return m.sum / time.Duration(max(m.n, 1)) }

// Add counts a photo that has ended. A photo that was given back, or has not ended (StatusPending),
// is none of the completed ones, but what it has cost is counted.
func (c *Counter) Add(r tagroll.Result) {
	s := &c.sums
	switch r.Status {
	case tagroll.StatusSuccessful:
		s.Successful++
	case tagroll.StatusNeedsReview:
		s.NeedsReview++
	case tagroll.StatusFailed:
		s.Failed++
	}
	ended := r.Status != tagroll.StatusPending
	if ended {
		s.Completed++
	}
	if r.Reused {
		s.Reused++
		return
	}
	s.Calls += r.Calls
	s.Retries += r.Retries
	s.Refusals += r.Refusals
	s.Usage = s.Usage.Add(r.Usage)
	if r.Usage.Tier != "" && r.Usage.CostUSD > 0 {
		if s.CostByTier == nil {
			s.CostByTier = make(map[string]float64)
		}
		s.CostByTier[r.Usage.Tier] += r.Usage.CostUSD
	}
	if !ended {
		return
	}
	if r.Cached {
		s.Cached++
	}
	c.time(r)
}

// Draft counts a photo, added before, that no model has looked at.
func (c *Counter) Draft() { c.sums.Drafts++ }

// time adds the times of a photo that has ended.
func (c *Counter) time(r tagroll.Result) {
	t := r.Timings
	if t.Total == 0 && r.Calls == 0 {
		return // nobody has worked on it
	}
	c.own.add(time.Duration(t.Total))
	c.prepared += time.Duration(t.Intake + t.Compress)
	c.asked += time.Duration(t.Describe)
	c.slowest = max(c.slowest, time.Duration(t.Describe))
	if (r.Status != tagroll.StatusFailed || r.Calls > 0) && !r.Cached {
		// A file that cannot be read fails at once, and says nothing about the rest; nor
		// does a photo that was not asked about.
		c.typical.add(time.Duration(t.Total))
	}
}

// Moment is what a progress depends on beside the photos that have ended.
type Moment struct {
	Now, Start time.Time
	// Total is the number of photos known so far.
	Total int
	// Began holds when each photo under way has begun.
	Began []time.Time
	// Slots is how many photos can be under way at once. Default: 1.
	Slots int
	// Limiter is what holds back paid calls.
	Limiter tagroll.LimiterState
	// Stopped is whether nothing more will happen, whatever is left.
	Stopped bool
}

// At returns the progress at a moment, without the names of photos and their results.
func (c *Counter) At(m Moment) tagroll.Progress {
	p := c.sums
	p.CostByTier = maps.Clone(p.CostByTier) // the sums go on
	p.Total = m.Total
	p.Processing = len(m.Began)
	p.Pending = p.Total - p.Completed - p.Processing
	p.Elapsed = max(m.Now.Sub(m.Start), 0)
	p.Average = c.own.of()
	p.Limiter = m.Limiter
	switch typical := c.typical.of(); {
	case m.Stopped:
		p.Remaining = -1
	case p.Completed == p.Total && p.Total > 0:
		p.Remaining = 0
	case c.typical.n == 0:
		p.Remaining = -1
	default:
		p.Remaining = m.remaining(typical, p.Pending)
	}
	return p
}

// remaining estimates the time until the end: the provider's pause, then the rest of a typical
// photo's time for photos under way, and whole photos for pending ones, spread over the slots. The
// estimate is longer if the provider allows fewer calls than that.
func (m Moment) remaining(typical time.Duration, pending int) time.Duration {
	work := time.Duration(pending) * typical
	longest := time.Duration(0)
	for _, began := range m.Began {
		left := min(max(typical-m.Now.Sub(began), 0), typical) // clocks of nodes can differ
		work += left
		longest = max(longest, left)
	}
	if pending > 0 {
		longest = max(longest, typical, m.Limiter.TimeFor(pending)+typical)
	}
	return m.Limiter.PausedFor + max(work/time.Duration(max(m.slots(), 1)), longest)
}

// slots is how many photos can be under way at once, as far as the limiter lets them make calls.
func (m Moment) slots() int {
	if m.Limiter.Window > 0 {
		return min(m.Slots, m.Limiter.Window)
	}
	return m.Slots
}
