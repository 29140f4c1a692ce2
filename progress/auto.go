package progress

import (
	"time"

	"github.com/tagroll/tagroll"
)

// How package limit lets the calls in flight grow (limit/window.go): from firstWindow, by growth
// for each answer, up to maxWindow. TestWithAuto holds both together.
const (
	firstWindow = 2
	growth      = 1.5
	maxWindow   = 128
)

// worthwhile is the share of the time that auto must save at least to be spoken of.
const worthwhile = 0.2

// WithAuto returns about how long the batch of the progress would have taken if the limiter had
// chosen how many calls are in flight (-c auto), with so many processors for preparing. It is zero
// without evidence: the provider must name its limits and have refused nothing, no call may have
// failed, and the time saved must be worth a word.
func (c *Counter) WithAuto(p tagroll.Progress, processors int) time.Duration {
	if !p.Limiter.Named || p.Limiter.Refused+p.Refusals+p.Retries+p.Pending > 0 || p.Calls == 0 {
		return 0
	}
	each := c.asked / time.Duration(p.Calls)
	// The provider's limit counts from what was left at the end, so that it errs on the slow
	// side.
	bound := max(p.Limiter.TimeFor(p.Calls), c.prepared/time.Duration(max(processors, 1)))
	auto := max(growing(p.Calls, each, c.slowest), bound+each)
	if float64(auto) > (1-worthwhile)*float64(p.Elapsed) {
		return 0
	}
	return auto
}

// growing returns how long so many calls take while their number in flight grows from answer to
// answer. The last ones end with the slowest.
func growing(calls int, each, slowest time.Duration) time.Duration {
	took := time.Duration(0)
	window, sent := float64(firstWindow), float64(firstWindow)
	for sent < float64(calls) {
		took += each
		window = min(window*(1+growth), maxWindow)
		sent += window
	}
	return took + slowest
}
