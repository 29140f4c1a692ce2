package tagroll

import "time"

// LimiterState is what holds back paid calls at one moment, and how much. The progress, the
// estimate of the time left, the metrics and the API all show this one value. It is of the limiter,
// which all batches of a process share.
type LimiterState struct {
	// PausedFor is how long no call may be made; zero if one may be made now. The usual gap
	// between two calls is in it too, see Paused.
	PausedFor time.Duration `json:"-"`
	// PausedUntil is the moment at which PausedFor is over; the zero time if it is zero.
	PausedUntil time.Time `json:"paused_until,omitzero"`
	// PausedBy is what holds the calls back; empty if PausedFor is zero.
	PausedBy PauseReason `json:"paused_by,omitempty"`
	// InFlight is the number of calls under way, Waiting of those that wait to be made.
	InFlight int `json:"in_flight"`
	Waiting  int `json:"waiting"`
	// Window is how many calls may be in flight; zero if the limiter does not bound them.
	Window int `json:"window,omitempty"`
	// CallsPerMinute is how many calls the provider allows in the long run; zero if nothing is
	// known.
	CallsPerMinute float64 `json:"calls_per_minute,omitempty"`
	// Spare is how many calls may be made at once before CallsPerMinute counts.
	Spare float64 `json:"-"`
	// Named is whether the provider names its limits.
	Named bool `json:"-"`
	// Refused is how many calls were refused so far.
	Refused int `json:"refused"`
	// SpentUSD and ReservedUSD are US dollars of ended calls and of calls in flight.
	SpentUSD    float64 `json:"spent_usd"`
	ReservedUSD float64 `json:"reserved_usd"`
}

// PauseReason is what holds calls back.
type PauseReason string

// The reasons of a pause. The others are the names of units ([Unit]): a limit that the provider
// names is used up.
const (
	// PausedByProvider means that the provider has asked to wait.
	PausedByProvider PauseReason = "retry_after"
	// PausedByPace means that the provider refuses calls without naming a limit, so that they
	// are made more slowly.
	PausedByPace PauseReason = "pace"
	// PausedByBudget means that the day's budget is spent.
	PausedByBudget PauseReason = "budget"
)

// PauseReasons returns all reasons of a pause.
func PauseReasons() []PauseReason {
	return []PauseReason{
		PausedByProvider, PausedByPace, PausedByBudget, PauseReason(UnitRequests), PauseReason(UnitTokens),
		PauseReason(UnitInputTokens), PauseReason(UnitOutputTokens),
	}
}

// gap is the usual time between two calls at the provider's limit; zero if nothing is known.
func (s LimiterState) gap() time.Duration {
	if s.CallsPerMinute <= 0 {
		return 0
	}
	return time.Duration(float64(time.Minute) / s.CallsPerMinute)
}

// Paused reports whether calls wait for clearly longer than the usual gap between two of them: a
// person should be told.
func (s LimiterState) Paused() bool { return s.PausedFor > max(time.Second, 3*s.gap()/2) }

// TimeFor returns how long so many calls take at least, once the pause is over.
func (s LimiterState) TimeFor(calls int) time.Duration {
	return time.Duration(max(0, float64(calls)-s.Spare) * float64(s.gap()))
}
