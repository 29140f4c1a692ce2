package openai

import (
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
)

// units are the units of limits by their names in headers.
var units = []struct {
	name string
	unit tagroll.Unit
}{
	{"requests", tagroll.UnitRequests}, {"req", tagroll.UnitRequests}, {"tokens", tagroll.UnitTokens},
	{"input-tokens", tagroll.UnitInputTokens}, {"output-tokens", tagroll.UnitOutputTokens},
}

// spans are the spans of limits by the endings of headers.
var spans = []struct {
	ending string
	per    time.Duration
}{{"", 0}, {"-second", time.Second}, {"-minute", time.Minute}, {"-hour", time.Hour}, {"-day", day}}

const day = 24 * time.Hour

// rateLimit reads the limits that an answer names: x-ratelimit-limit-requests and its like
// (https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers), with a span at
// the end (Mistral, Cerebras), in Anthropic's order of words, or without a unit (OpenRouter).
// Servers that have no limit leave them out, or say 0 or -1.
func (d *Describer) rateLimit(h http.Header) (r tagroll.RateLimit) {
	now := clockOf(h, d.now)
	add := func(unit tagroll.Unit, per time.Duration, limit, remaining, reset string) {
		l, limited := count(h.Get(limit))
		left, ok := count(h.Get(remaining))
		if !ok || !limited || l == 0 {
			return // half of it would be read as zero, and no server allows nothing
		}
		for _, known := range r.Allowances {
			if known.Unit == unit && known.Per == per {
				return
			}
		}
		until, _ := resetIn(h.Get(reset), now)
		r.Allowances = append(r.Allowances, tagroll.Allowance{Unit: unit, Per: per, Limit: l, Remaining: left, Reset: until})
	}
	for _, u := range units {
		for _, s := range spans {
			per := s.per
			if per == 0 && d.provider.Name == "groq" && u.unit == tagroll.UnitRequests {
				per = day // https://console.groq.com/docs/rate-limits
			}
			const begin = "X-Ratelimit-"
			add(u.unit, per, begin+"Limit-"+u.name+s.ending, begin+"Remaining-"+u.name+s.ending, begin+"Reset-"+u.name+s.ending)
		}
		begin := "Anthropic-Ratelimit-" + u.name
		add(u.unit, time.Minute, begin+"-Limit", begin+"-Remaining", begin+"-Reset")
	}
	add(tagroll.UnitRequests, 0, "X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset")
	return r
}

// resetIn reads when a limit is full again: as a duration, as a point in time, or as an epoch
// number of seconds or milliseconds, which is never taken for a duration. It reports false for
// anything else, and for what is further away than any limit.
func resetIn(text string, now time.Time) (time.Duration, bool) {
	text = strings.TrimSpace(text)
	const leastEpoch, leastMillis, furthest = 1e9, 1e12, 366 * day
	until := func(at time.Time) (time.Duration, bool) {
		left := max(0, at.Sub(now))
		if left > furthest {
			return 0, false
		}
		return left, true
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && n >= leastEpoch && n < 1e15 {
		if n >= leastMillis {
			n /= 1000
		}
		return until(time.UnixMilli(int64(n * 1000)))
	}
	for _, parse := range []func(string) (time.Time, error){http.ParseTime, parseRFC3339} {
		if at, err := parse(text); err == nil {
			return until(at)
		}
	}
	left, ok := parseReset(text)
	if left > furthest {
		return 0, false
	}
	return left, ok
}

func parseRFC3339(text string) (time.Time, error) { return time.Parse(time.RFC3339, text) }

// clockOf is the time at which an answer was given: its own Date, so that a clock that is
// wrong on either side does no harm, or ours if there is none.
func clockOf(h http.Header, now func() time.Time) time.Time {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return date
	}
	return now()
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
// header; now is used if there is none. Zero if the provider does not say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if d, ok := seconds(strings.TrimSpace(h.Get("Retry-After-Ms")), time.Millisecond); ok {
		return d
	}
	wait, _ := resetIn(h.Get("Retry-After"), clockOf(h, func() time.Time { return now }))
	return wait
}

// The words of a message that say how long to wait: "try again in 6.5s", "retry after 3 seconds",
// "wait 1 minute and 30 seconds", "wait 20 s".
var (
	waitWords  = regexp.MustCompile(`(?:try again|retry|wait|available|resets?|come back)(?:[^.]{0,40}?\b(?:in|after|for|wait))?\s+((?:\d+(?:\.\d+)?\s*[a-zµ]+[\s,]*(?:and\s+)?)+)`)
	waitPieces = regexp.MustCompile(`(\d+(?:\.\d+)?)\s*(ms|milliseconds?|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?:[^a-z]|$|\d)`)
)

// waitInWords finds how long a message asks to wait. Zero if it does not say.
func waitInWords(message string) (wait time.Duration) {
	m := waitWords.FindStringSubmatch(strings.ToLower(cutWords(message)))
	if m == nil {
		return 0
	}
	for _, piece := range splitPieces(m[1]) {
		n, unit := piece[1], time.Second
		switch {
		case piece[2] == "ms", strings.HasPrefix(piece[2], "milli"):
			unit = time.Millisecond
		case piece[2][0] == 'm':
			unit = time.Minute
		case piece[2][0] == 'h':
			unit = time.Hour
		case piece[2][0] == 'd':
			unit = day
		}
		d, ok := seconds(n, unit)
		if !ok || d > 366*day {
			return 0
		}
		wait += d
	}
	return wait
}

// splitPieces takes "1m30s" apart, whose pieces touch each other.
func splitPieces(text string) (pieces [][]string) {
	for {
		at := waitPieces.FindStringSubmatchIndex(text)
		if at == nil {
			return pieces
		}
		pieces = append(pieces, []string{text[at[0]:at[1]], text[at[2]:at[3]], text[at[4]:at[5]]})
		text = text[at[5]:]
	}
}

// waitAsked is how long the provider asks to wait, wherever it says so: in headers, in fields of
// the body, in its words, or by when the limit that is used up is full again. Zero if nowhere.
func (d *Describer) waitAsked(h http.Header, e providerError) time.Duration {
	now := clockOf(h, d.now)
	for _, wait := range []time.Duration{retryAfter(h, now), e.Wait, retryAfter(e.Header, now), waitInWords(e.Message)} {
		if wait > 0 {
			return wait
		}
	}
	for _, headers := range []http.Header{h, e.Header} {
		for _, name := range []string{"X-Ratelimit-Reset", "Ratelimit-Reset"} {
			if wait, ok := resetIn(headers.Get(name), now); ok && wait > 0 {
				return wait
			}
		}
	}
	var wait time.Duration
	for _, a := range d.rateLimit(h).Allowances {
		if a.Remaining == 0 {
			wait = max(wait, a.Reset)
		}
	}
	return wait
}
