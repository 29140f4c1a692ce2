package limit

import (
	"math"
	"time"
)

// Bounds of the window.
const (
	// firstWindow is how many calls may be in flight before the first answer.
	firstWindow = 2
	// enough is the share of the deadline that an answer may take when one more call is
	// in flight. A server that works on one call at a time shows in the time of answers
	// only after its queue has grown.
	enough = 0.6
	// slower is how many times longer than at their best answers may take before the
	// window stops growing. Answers differ by chance alone.
	slower = 1.6
	growth = 2.5 // calls for each answer
	// Where one more in flight would be answered within this share of the deadline, a mistake
	// costs little, and the window grows faster.
	early      = 0.3
	fastGrowth = 4
)

// window bounds the calls in flight. It grows with each answer, which more than doubles it
// in the time of one (slow start, RFC 5681), as long as answers take no longer than they
// did with fewer calls in flight. From there on it is a gradient limiter, as in Netflix'
// concurrency-limits: the queue of a server that has no more room shows in the time of
// answers. The zero value bounds nothing.
type window struct {
	size, most float64
	deadline   float64 // seconds
	short      float64 // seconds that answers take, running mean
	best       float64 // the least of short
	gap        float64 // seconds from answer to answer, running mean
	answers    float64
	last       time.Time // of the answers
	fullAt     time.Time // when a call last found no room
}

func newWindow(most int, deadline time.Duration) window {
	return window{size: min(firstWindow, float64(most)), most: float64(most), deadline: deadline.Seconds()}
}

// full reports whether no further call may be in flight.
func (w *window) full(now time.Time, inFlight int) bool {
	if w.most == 0 || inFlight < int(w.size) {
		return false
	}
	w.fullAt = now
	return true
}

// cut makes the window smaller, after an overload or a timeout.
func (w *window) cut(factor float64) { w.size = max(w.size*factor, min(w.size, 1)) }

// answer takes in the time that an answer took.
func (w *window) answer(now time.Time, took float64) {
	if w.most == 0 || took > w.deadline { // such as the call in which a server loads its model
		return
	}
	w.answers++
	gap := took
	if !w.last.IsZero() {
		gap = min(now.Sub(w.last).Seconds(), w.deadline)
	}
	w.last = now
	w.gap += (gap - w.gap) / min(w.answers, max(8, 1.5*w.size))
	w.short += (took - w.short) / min(w.answers, max(8, w.size/2))
	switch {
	case w.answers == 1: // even a server with a single slot answers so many in time
		w.size = max(w.size, min(w.most, enough*w.deadline/max(took, 0.01)-1))
		w.best = took
	case w.answers <= 8 || w.short < w.best: // too few to tell chance from a queue
		w.best = w.short
	default:
		w.best += (w.short - w.best) / 500 // forgets slowly
	}
	switch {
	case now.Sub(w.fullAt).Seconds() > took:
		// No call has found the window full since this one began: something else limits.
		return
	case w.short > enough*w.deadline:
		w.size *= math.Max(0.5, enough*w.deadline/w.short)
	case (w.size+1)*w.gap > enough*w.deadline:
		// By Little's law one more in flight could be answered too late.
	case w.short <= slower*w.best && (w.size+1)*w.gap <= early*w.deadline:
		w.size += fastGrowth
	case w.short <= slower*w.best:
		w.size += growth
	default:
		gradient := slower * w.best / w.short
		w.size += (w.size*gradient + math.Sqrt(w.size) - w.size) / w.size
	}
	w.size = min(max(w.size, 1), w.most)
}
