package openaitest

import (
	"net/http"
	"strconv"
	"time"
)

// limiter is one limit per minute, of requests or of tokens. Its owner locks it.
//
// As a bucket it is the generic cell rate algorithm (ITU-T I.371, annex A) in whole
// nanoseconds: a bucket that counts in floating point refuses, by rounding, a call that
// comes exactly on time.
type limiter struct {
	limit    int // per minute; 0 is no limit
	burst    int
	interval time.Duration // in which a bucket gives one back
	full     time.Time     // when the bucket is full again

	window bool
	end    time.Time // of the window
	used   int       // in the window
}

func newLimiter(limit, burst int, window bool) *limiter {
	l := &limiter{limit: limit, burst: burst, window: window}
	if limit > 0 {
		l.interval = time.Minute / time.Duration(limit)
	}
	return l
}

// capacity is what can be had at once at most.
func (l *limiter) capacity() int {
	if l.window {
		return l.limit
	}
	return l.burst
}

// take takes n, or none and tells how long it is until they are there. An n above
// the capacity can never be had; the caller checks that.
func (l *limiter) take(n int, now time.Time) (wait time.Duration, ok bool) {
	if l.limit == 0 {
		return 0, true
	}
	if l.window {
		if !now.Before(l.end) {
			l.end, l.used = now.Add(time.Minute), 0
		}
		if l.used+n > l.limit {
			return l.end.Sub(now), false
		}
		l.used += n
		return 0, true
	}
	full := l.full
	if full.Before(now) {
		full = now
	}
	full = full.Add(time.Duration(n) * l.interval)
	if late := full.Sub(now) - time.Duration(l.burst)*l.interval; late > 0 {
		return late, false
	}
	l.full = full
	return 0, true
}

// state returns what is left now and how long it takes until nothing is missing.
func (l *limiter) state(now time.Time) (remaining int, reset time.Duration) {
	if l.window {
		if !now.Before(l.end) {
			return l.limit, 0
		}
		return l.limit - l.used, l.end.Sub(now)
	}
	reset = max(0, l.full.Sub(now))
	return int((time.Duration(l.burst)*l.interval - reset) / l.interval), reset
}

// writeTo sets the headers of https://platform.openai.com/docs/guides/rate-limits.
// The remaining number is what may really come at once, which with a small burst
// is far below the limit.
func (l *limiter) writeTo(h http.Header, what string, now time.Time) {
	if l.limit == 0 {
		return
	}
	remaining, reset := l.state(now)
	h.Set("x-ratelimit-limit-"+what, strconv.Itoa(l.limit))
	h.Set("x-ratelimit-remaining-"+what, strconv.Itoa(remaining))
	h.Set("x-ratelimit-reset-"+what, roundUp(reset, time.Millisecond).String())
}

// setRetryAfter sets the headers of a form; none for zero. They are rounded up, so that who
// obeys them is not too early.
func setRetryAfter(h http.Header, wait time.Duration, form RetryAfter, now time.Time) {
	if wait <= 0 || form == RetryAfterMessage || form == RetryAfterNone {
		return
	}
	if form == RetryAfterDate {
		h.Set("Date", now.UTC().Format(http.TimeFormat))
		h.Set("Retry-After", now.Add(roundUp(wait, time.Second)).UTC().Format(http.TimeFormat))
		return
	}
	h.Set("Retry-After", strconv.FormatInt(int64(roundUp(wait, time.Second)/time.Second), 10))
	if form == RetryAfterSeconds {
		return
	}
	h.Set("retry-after-ms", strconv.FormatInt(int64(roundUp(wait, time.Millisecond)/time.Millisecond), 10))
}

func roundUp(d, unit time.Duration) time.Duration {
	if rest := d % unit; rest > 0 {
		return d - rest + unit
	}
	return d
}
