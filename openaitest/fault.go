package openaitest

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultKind is a way in which a request fails.
type FaultKind string

// The kinds of faults. The first group answers with an error at once, the second
// breaks the connection or its body, the third is an answer that is of no use.
const (
	FaultRateLimit FaultKind = "429"   // rate_limit_exceeded
	FaultQuota     FaultKind = "quota" // 429 insufficient_quota
	// 429 resource_unavailable, unless another tier than flex is named.
	FaultBusy FaultKind = "busy"
	// 503 "Loading model", as local servers say it.
	FaultLoading         FaultKind = "loading"
	FaultServerError     FaultKind = "500"               // server_error
	FaultBadGateway      FaultKind = "502"               // an HTML page, as proxies send it
	FaultUnavailable     FaultKind = "503"               // overloaded
	FaultInvalidKey      FaultKind = "401"               // invalid_api_key
	FaultForbidden       FaultKind = "403"               // unsupported_country_region_territory
	FaultInvalidImageURL FaultKind = "invalid-image-url" // 400, whatever the image
	FaultDownloadTimeout FaultKind = "download-timeout"  // 400 "Timeout while downloading"

	FaultHang      FaultKind = "hang"       // no answer until the client leaves
	FaultSlow      FaultKind = "slow"       // the body drips
	FaultReset     FaultKind = "reset"      // the connection is reset (TCP RST)
	FaultTruncated FaultKind = "truncated"  // the connection ends in the middle of the body
	FaultEmptyBody FaultKind = "empty-body" // 200 without a body

	FaultBrokenJSON    FaultKind = "broken-json"    // cut-off JSON, with finish_reason stop
	FaultFencedJSON    FaultKind = "fenced-json"    // valid JSON in a Markdown fence
	FaultFewKeywords   FaultKind = "few-keywords"   // lists of one element
	FaultBrandTitle    FaultKind = "brand-title"    // a title with a trademark
	FaultWrongCategory FaultKind = "wrong-category" // a category that does not exist
	FaultObedient      FaultKind = "obedient"       // obeys a text in the picture or request
	FaultRefusal       FaultKind = "refusal"        // message.refusal
	FaultLength        FaultKind = "length"         // finish_reason length
	FaultContentFilter FaultKind = "content-filter" // finish_reason content_filter
	FaultEmptyContent  FaultKind = "empty-content"  // content ""
)

// FaultKinds returns all kinds. The slice is the caller's.
func FaultKinds() []FaultKind {
	return []FaultKind{
		FaultRateLimit, FaultQuota, FaultBusy, FaultLoading, FaultServerError, FaultBadGateway, FaultUnavailable,
		FaultInvalidKey, FaultForbidden, FaultInvalidImageURL, FaultDownloadTimeout,
		FaultHang, FaultSlow, FaultReset, FaultTruncated, FaultEmptyBody,
		FaultBrokenJSON, FaultFencedJSON, FaultFewKeywords, FaultBrandTitle, FaultWrongCategory, FaultObedient,
		FaultRefusal, FaultLength, FaultContentFilter, FaultEmptyContent,
	}
}

// Fault is a rule that makes requests fail. At most one of Probability, Requests,
// Every, First and PerPhoto is set; with none of them every request fails.
// Requests are counted from 1 since the server began; only requests that reached the
// fault rules count, not calls that were refused before.
type Fault struct {
	Kind FaultKind
	// Probability of each request, above 0 and at most 1.
	Probability float64
	// Requests are the numbers of the requests that fail.
	Requests []int
	// Every makes every n-th request fail.
	Every int
	// First makes the first n requests fail.
	First int
	// PerPhoto makes the first n requests with the same image fail.
	PerPhoto int

	// RetryAfter is what FaultRateLimit and FaultUnavailable tell. Default: nothing.
	RetryAfter time.Duration
	// Lasting is how long FaultSlow takes to send the body. Default: 10 s.
	Lasting time.Duration
}

// ParseFault reads a fault as it is written on a command line: the kind, then a
// colon and settings separated by commas.
//
//	500:p=0.1                   one request in ten
//	429:first=3,retry-after=2   the first three, with "Retry-After: 2" (seconds, or 500ms)
//	hang:n=4,n=9                requests number 4 and 9
//	reset:every=5               every fifth
//	refusal:photo=1             the first request with each image
//	slow:lasting=20s            always
//
// Errors are a *tagroll.Error with CodeConfiguration.
func ParseFault(text string) (Fault, error) {
	kind, settings, more := strings.Cut(strings.TrimSpace(text), ":")
	f := Fault{Kind: FaultKind(kind)}
	if more {
		for setting := range strings.SplitSeq(settings, ",") {
			if err := f.set(setting); err != nil {
				return Fault{}, err
			}
		}
	}
	if err := f.validate(); err != nil {
		return Fault{}, err
	}
	return f, nil
}

// set reads one setting of a fault's text form.
func (f *Fault) set(setting string) error {
	key, value, ok := strings.Cut(strings.TrimSpace(setting), "=")
	if !ok {
		return misconfigured("the fault %s has the setting %q: write it as name=value, for example p=0.1", f.Kind, setting)
	}
	positive := func(into *int) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return misconfigured("the fault %s has %s=%q: use a whole number from 1", f.Kind, key, value)
		}
		*into = n
		return nil
	}
	switch key {
	case "p":
		p, err := strconv.ParseFloat(value, 64)
		if err != nil || !(p > 0 && p <= 1) {
			return misconfigured("the fault %s has p=%q: use a probability above 0, at most 1", f.Kind, value)
		}
		f.Probability = p
		return nil
	case "n":
		var n int
		if err := positive(&n); err != nil {
			return err
		}
		f.Requests = append(f.Requests, n)
		return nil
	case "every":
		return positive(&f.Every)
	case "first":
		return positive(&f.First)
	case "photo":
		return positive(&f.PerPhoto)
	case "retry-after":
		return f.setDuration(&f.RetryAfter, key, value)
	case "lasting":
		return f.setDuration(&f.Lasting, key, value)
	}
	return misconfigured("the fault %s has an unknown setting %q: use p, n, every, first, photo, retry-after or lasting", f.Kind, key)
}

// setDuration reads a number of seconds, or a duration with its unit.
func (f *Fault) setDuration(into *time.Duration, key, value string) error {
	d, err := time.ParseDuration(value)
	if seconds, e := strconv.ParseUint(value, 10, 31); e == nil {
		d, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil || d <= 0 {
		return misconfigured("the fault %s has %s=%q: use seconds or a duration such as 1.5s", f.Kind, key, value)
	}
	*into = d
	return nil
}

// String returns the text form, which ParseFault reads.
func (f Fault) String() string {
	var settings []string
	add := func(key, value string) { settings = append(settings, key+"="+value) }
	if f.Probability != 0 {
		add("p", strconv.FormatFloat(f.Probability, 'g', -1, 64))
	}
	for _, n := range f.Requests {
		add("n", strconv.Itoa(n))
	}
	for _, s := range []struct {
		key string
		n   int
	}{{"every", f.Every}, {"first", f.First}, {"photo", f.PerPhoto}} {
		if s.n != 0 {
			add(s.key, strconv.Itoa(s.n))
		}
	}
	if f.RetryAfter != 0 {
		add("retry-after", f.RetryAfter.String())
	}
	if f.Lasting != 0 {
		add("lasting", f.Lasting.String())
	}
	if len(settings) == 0 {
		return string(f.Kind)
	}
	return string(f.Kind) + ":" + strings.Join(settings, ",")
}

func (f Fault) validate() error {
	if !slices.Contains(FaultKinds(), f.Kind) {
		names := make([]string, 0, len(FaultKinds()))
		for _, k := range FaultKinds() {
			names = append(names, string(k))
		}
		return misconfigured("the fault %q is not known: use one of %s", f.Kind, strings.Join(names, ", "))
	}
	conditions := 0
	for _, set := range []bool{f.Probability != 0, len(f.Requests) > 0, f.Every != 0, f.First != 0, f.PerPhoto != 0} {
		if set {
			conditions++
		}
	}
	switch {
	case conditions > 1:
		return misconfigured("the fault %s has more than one of p, n, every, first and photo: write one rule for each", f.Kind)
	case math.IsNaN(f.Probability) || f.Probability < 0 || f.Probability > 1:
		return misconfigured("the fault %s has the probability %v: use one above 0, at most 1", f.Kind, f.Probability)
	case f.Every < 0 || f.First < 0 || f.PerPhoto < 0 || slices.ContainsFunc(f.Requests, func(n int) bool { return n < 1 }):
		return misconfigured("the fault %s counts with a number below 1: requests are numbered from 1", f.Kind)
	case f.RetryAfter != 0 && f.Kind != FaultRateLimit && f.Kind != FaultUnavailable && f.Kind != FaultBusy:
		return misconfigured("the fault %s has retry-after, which only 429 and 503 and busy have: leave it out", f.Kind)
	case f.Lasting != 0 && f.Kind != FaultSlow:
		return misconfigured("the fault %s has lasting, which only slow has: leave it out", f.Kind)
	case f.RetryAfter < 0 || f.Lasting < 0:
		return misconfigured("the fault %s has a negative duration: use a positive one", f.Kind)
	}
	return nil
}

// applies reports whether the fault happens to a request, given its number, and how many
// times its image was asked for, this request included; zero without an image.
func (f Fault) applies(number, ofPhoto int, chance *rand.Rand) bool {
	switch {
	case f.Probability != 0:
		return chance.Float64() < f.Probability
	case len(f.Requests) > 0:
		return slices.Contains(f.Requests, number)
	case f.Every != 0:
		return number%f.Every == 0
	case f.First != 0:
		return number <= f.First
	case f.PerPhoto != 0:
		return ofPhoto > 0 && ofPhoto <= f.PerPhoto
	}
	return true
}
