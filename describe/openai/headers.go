package openai

import (
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
)

const day = 24 * time.Hour

// rateLimit reads the limits that an answer names: x-ratelimit-limit-requests and its like
// (https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers), with a span beside
// the unit (Mistral, Cerebras), in Anthropic's order of words, or without a unit (OpenRouter).
// Servers that have no limit leave them out, or say 0 or -1.
func (d *Describer) rateLimit(h http.Header) (r tagroll.RateLimit) {
	now := clockOf(h, d.now)
	for _, name := range slices.Sorted(maps.Keys(h)) {
		before, words, after, ok := cutLimit(name)
		if !ok {
			continue
		}
		unit, per, known := limitWords(words)
		limit, limited := count(h.Get(name))
		left, ok := count(h.Get(before + "Remaining" + after))
		if !known || !ok || !limited || limit == 0 {
			continue // half of it would be read as zero, and no server allows nothing
		}
		switch {
		case per == 0 && strings.HasPrefix(name, "Anthropic"):
			per = time.Minute
		case per == 0 && d.provider.Name == "groq" && unit == tagroll.UnitRequests:
			per = day // https://console.groq.com/docs/rate-limits
		}
		until, _ := resetIn(h.Get(before+"Reset"+after), now)
		a := tagroll.Allowance{Unit: unit, Per: per, Limit: limit, Remaining: left, Reset: until}
		same := func(other tagroll.Allowance) bool { return other.Unit == unit && other.Per == per }
		switch i := slices.IndexFunc(r.Allowances, same); {
		case i < 0:
			r.Allowances = append(r.Allowances, a)
		// Of an account's limit and a project's the nearer one counts.
		case left < r.Allowances[i].Remaining:
			r.Allowances[i] = a
		}
	}
	return r
}

// cutLimit takes the name of a limit's header apart: "X-Ratelimit-" and its words "-Tokens-Minute",
// or "Anthropic-Ratelimit-Tokens-" and nothing after it. It reports false for other headers.
func cutLimit(name string) (before, words, after string, ok bool) {
	for _, prefix := range []string{"X-Ratelimit-", "Ratelimit-", "X-Rate-Limit-"} {
		rest, ours := strings.CutPrefix(name, prefix)
		if after, ok := strings.CutPrefix(rest, "Limit"); ours && ok {
			return prefix, after, after, true
		}
	}
	if words, ours := strings.CutPrefix(name, "Anthropic-Ratelimit-"); ours {
		words, ok = strings.CutSuffix(words, "-Limit")
		return strings.TrimSuffix(name, "Limit"), words, "", ok
	}
	return "", "", "", false
}

// limitWords reads what a limit counts and over how long, from the words of its header such as
// "tokens-minute", "1m-requests" or "input-tokens". A header without a unit counts requests.
// limitWords reports false for limits of other things, such as images.
func limitWords(words string) (unit tagroll.Unit, per time.Duration, ok bool) {
	unit = tagroll.UnitRequests
	part := tagroll.UnitTokens
	for word := range strings.SplitSeq(strings.ToLower(words), "-") {
		switch word {
		case "", "per", "project", "requests", "request", "req":
		case "tokens", "token":
			unit = part
		case "input", "prompt":
			part, unit = tagroll.UnitInputTokens, tagroll.UnitInputTokens
		case "output", "completion", "generated":
			part, unit = tagroll.UnitOutputTokens, tagroll.UnitOutputTokens
		case "second", "sec":
			per = time.Second
		case "minute", "min":
			per = time.Minute
		case "hour":
			per = time.Hour
		case "day":
			per = day
		default:
			span, isSpan := parseReset(word)
			if !isSpan || span == 0 || strings.Trim(word, "0123456789") == "" {
				return "", 0, false
			}
			per = span
		}
	}
	return unit, per, true
}

// resetIn reads when a limit is full again: a duration, a point in time, or an epoch number of
// seconds or milliseconds, which is never taken for a duration. It reports false for other texts,
// and for times farther away than any limit.
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

// parseReset reads the duration of a reset header: "12ms", "6m0s", "1h2m", "1d2h", or seconds as in
// "2.5". It reports false for other texts, and for negative durations.
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
