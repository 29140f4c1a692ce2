package openaitest

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/tagroll/tagroll"
)

// defaultModels are the vision models that a server offers unless told otherwise.
var defaultModels = []string{
	"gpt-6-luna", "gpt-6-sol", "gpt-6.1-terra", "gpt-5.6-luna", "gpt-5.4-nano", "gpt-5.4-mini",
	"gpt-5-nano", "gpt-5-mini", "gpt-5", "gpt-4.1-nano", "gpt-4.1-mini", "gpt-4.1",
	"gpt-4o", "gpt-4o-mini", "o4-mini",
}

// Config says how a server behaves. The zero value is strict, instant and never fails.
type Config struct {
	// Key is the bearer token that requests must carry. Default: any or none will do.
	Key string
	// Models are the models on offer. Default: OpenAI's small vision models of 2026.
	Models []string
	// Shutdown are the days on which models end, year first, by model. Default: no model ends.
	Shutdown map[string]string
	// NoFlex refuses the service tier "flex", as servers without it do.
	NoFlex bool
	// Seed is where all chance comes from.
	Seed uint64
	// Latency is how long answers take, the server's own work included, which for an
	// image of 24 megapixels is about a second. Errors come at once.
	Latency Latency
	// Limits are the rate limits.
	Limits Limits
	// Slots is how many requests are worked on at once, as by a local server; the others wait
	// inside, in the order in which they came. Latency counts from when it is their turn.
	// Default: no bound.
	Slots int
	// Context is how many tokens a model takes. Longer prompts are cut without a word, the
	// image with them, as Ollama does it. Default: no bound.
	Context int
	// Faults are tried in order for every request that is in order; the first that applies
	// happens.
	Faults []Fault

	// DownloadTimeout is how long the download of an image may take. Default: 10 s.
	DownloadTimeout time.Duration
	// MaxImageBytes bounds an image. Default: 20 MB.
	MaxImageBytes int64
	// AllowRemoteDownloads permits images from other than loopback addresses.
	AllowRemoteDownloads bool
	// DownloadTransport makes the downloads in place of the network, for tests without
	// sockets; it is then up to it which addresses may be asked.
	DownloadTransport http.RoundTripper
	// Now is the clock of limits and of the field "created". Default: time.Now.
	Now func() time.Time
}

// Latency is how long an answer takes: always Median if Sigma is zero, else a
// lognormal distribution, which is the usual shape of a model's answering times.
type Latency struct {
	// Median is exceeded by half of the answers. Default: no latency.
	Median time.Duration
	// Sigma is the standard deviation of the latency's logarithm; 0.5 makes one answer
	// in twenty take more than 2.3 times the median.
	Sigma float64
	// Max bounds a latency. Default: an hour.
	Max time.Duration
	// Scale multiplies every latency after Max was applied. Default: 1.
	Scale float64
}

// Limits are a server's rate limits. Zero means no limit.
type Limits struct {
	RequestsPerMinute int
	TokensPerMinute   int
	// Burst is how many requests may come at once before the limit per minute is
	// spread over time. Default: what the limit allows in a second, at least 1, as
	// OpenAI may enforce it (https://platform.openai.com/docs/guides/rate-limits).
	// Tokens may always be spent at once.
	Burst int
	// FixedWindow gives the whole limit back at once, a minute after the first request
	// that counted on it, instead of steadily. It excludes Burst.
	FixedWindow bool
	// HideHeaders leaves the x-ratelimit headers out.
	HideHeaders bool
	// RetryAfter is the form in which a refusal says when to come back. Default:
	// RetryAfterBoth.
	RetryAfter RetryAfter
}

// RetryAfter is a form in which servers say when to come back.
type RetryAfter string

// The forms that are met in the field.
const (
	// RetryAfterBoth is in whole seconds and in milliseconds, as OpenAI does.
	RetryAfterBoth    RetryAfter = ""
	RetryAfterSeconds RetryAfter = "seconds" // Retry-After in whole seconds
	RetryAfterDate    RetryAfter = "date"    // Retry-After as a date (RFC 9110, section 10.2.3)
	RetryAfterMessage RetryAfter = "message" // in the words of the error only
	RetryAfterNone    RetryAfter = "none"    // not at all
)

func (c Config) withDefaults() Config {
	if len(c.Models) == 0 {
		c.Models = defaultModels
	}
	c.Models = slices.Clone(c.Models)
	c.Faults = slices.Clone(c.Faults)
	if c.DownloadTimeout == 0 {
		c.DownloadTimeout = 10 * time.Second
	}
	if c.MaxImageBytes == 0 {
		c.MaxImageBytes = 20 << 20
	}
	if c.Latency.Max == 0 {
		c.Latency.Max = time.Hour
	}
	if c.Latency.Scale == 0 {
		c.Latency.Scale = 1
	}
	if c.Limits.Burst == 0 {
		c.Limits.Burst = max(1, (c.Limits.RequestsPerMinute+59)/60)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Validate reports the first setting that makes no sense, as a *tagroll.Error with
// CodeConfiguration.
func (c Config) Validate() error {
	const mostPerMinute = 1_000_000_000
	notNumber := func(f float64) bool { return math.IsNaN(f) || math.IsInf(f, 0) || f < 0 }
	switch {
	case slices.Contains(c.Models, ""):
		return misconfigured("a model has an empty name: leave it out")
	case c.Context < 0:
		return misconfigured("the context is negative: use 0 or more")
	case c.Latency.Median < 0 || c.Latency.Max < 0:
		return misconfigured("the latency is negative: use 0 or more")
	case notNumber(c.Latency.Sigma) || c.Latency.Sigma > 5:
		return misconfigured("the latency's sigma is %v: use 0 to 5, for example 0.5", c.Latency.Sigma)
	case notNumber(c.Latency.Scale) || c.Latency.Scale > 1000:
		return misconfigured("the latency's scale is %v: use a factor from 0 to 1000, where 0 means 1", c.Latency.Scale)
	case c.Limits.RequestsPerMinute < 0 || c.Limits.RequestsPerMinute > mostPerMinute:
		return misconfigured("the limit of requests per minute is %d: use 0 (none) to %d", c.Limits.RequestsPerMinute, mostPerMinute)
	case c.Limits.TokensPerMinute < 0 || c.Limits.TokensPerMinute > mostPerMinute:
		return misconfigured("the limit of tokens per minute is %d: use 0 (none) to %d", c.Limits.TokensPerMinute, mostPerMinute)
	case c.Limits.Burst < 0:
		return misconfigured("the burst is negative: use 1 or more")
	case c.Limits.Burst > max(1, c.Limits.RequestsPerMinute):
		return misconfigured("the burst of %d is more than the limit of %d requests per minute: use less", c.Limits.Burst, c.Limits.RequestsPerMinute)
	case c.Limits.FixedWindow && c.Limits.Burst > 0:
		return misconfigured("a fixed window has no burst: leave one of them out")
	case c.Slots < 0:
		return misconfigured("the number of slots is negative: use 0 (no bound) or more")
	case !slices.Contains([]RetryAfter{RetryAfterBoth, RetryAfterSeconds, RetryAfterDate, RetryAfterMessage, RetryAfterNone}, c.Limits.RetryAfter):
		return misconfigured("the form %q of Retry-After is not known: use seconds, date, message or none", c.Limits.RetryAfter)
	case c.DownloadTimeout < 0:
		return misconfigured("the download timeout is negative: use more than 0")
	case c.MaxImageBytes < 0:
		return misconfigured("the largest image size is negative: use more than 0")
	}
	for _, f := range c.Faults {
		if err := f.validate(); err != nil {
			return err
		}
	}
	return nil
}

//go:noinline
func misconfigured(format string, args ...any) error {
	return &tagroll.Error{Code: tagroll.CodeConfiguration, Message: fmt.Sprintf(format, args...)}
}
