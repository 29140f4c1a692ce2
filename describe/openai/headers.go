package openai

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
)

// rateLimit reads the x-ratelimit headers
// (https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers).
// Servers that have no limit leave them out, or say 0 or -1.
func rateLimit(h http.Header) (r tagroll.RateLimit) {
	for _, unit := range []tagroll.Unit{tagroll.UnitRequests, tagroll.UnitTokens} {
		limit, limited := count(h.Get("X-Ratelimit-Limit-" + string(unit)))
		remaining, ok := count(h.Get("X-Ratelimit-Remaining-" + string(unit)))
		if !ok || !limited || limit == 0 {
			continue // half of it would be read as zero, and no server allows nothing
		}
		reset, _ := parseReset(h.Get("X-Ratelimit-Reset-" + string(unit)))
		r.Allowances = append(r.Allowances, tagroll.Allowance{Unit: unit, Limit: limit, Remaining: remaining, Reset: reset})
	}
	return r
}

// count reads a number that is not negative.
func count(s string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	return n, err == nil && n >= 0
}

// parseReset reads the duration of a reset header: "12ms", "6m0s", "1h2m", "1d2h",
// or seconds as in "2.5". It reports false for anything else, negative ones included.
func parseReset(s string) (time.Duration, bool) {
	s = strings.TrimSpace(s)
	if d, ok := seconds(s, time.Second); ok {
		return d, true
	}
	var days time.Duration
	if before, after, ok := strings.Cut(s, "d"); ok {
		days, ok = seconds(before, 24*time.Hour)
		if !ok {
			return 0, false
		}
		if s = after; s == "" {
			return days, true
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || days > math.MaxInt64-d {
		return 0, false
	}
	return days + d, true
}

// seconds reads a decimal number of units that is not negative and fits a Duration.
func seconds(s string, unit time.Duration) (time.Duration, bool) {
	if s == "" || strings.Trim(s, "0123456789.") != "" { // no exponent, hexadecimal, Inf or NaN
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n*float64(unit) >= math.MaxInt64 {
		return 0, false
	}
	return time.Duration(n * float64(unit)), true
}

// retryAfter reads how long the provider asks to wait: retry-after-ms, which OpenAI
// sends beside the standard header because it is finer, or Retry-After in seconds or
// as a date (RFC 9110, section 10.2.3). A date counts from the answer's own Date
// header, so that a clock that is wrong on either side does no harm; now is used
// if there is none. Zero if the provider does not say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if d, ok := seconds(strings.TrimSpace(h.Get("Retry-After-Ms")), time.Millisecond); ok {
		return d
	}
	value := strings.TrimSpace(h.Get("Retry-After"))
	if d, ok := seconds(value, time.Second); ok {
		return d
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(0, at.Sub(now))
}
