package tagroll

import (
	"context"
	"math"
	"time"
)

// Describer looks at a photo and says what an agency wants to know of it.
//
// Describe makes at most one call to a provider and never retries: package batch
// owns retries, package pipeline owns the repair. It ends as soon as ctx does. An
// error is an *Error whose code says how the call failed. Beside an error the
// Answer still carries whatever was received: Raw, Usage and RateLimit.
// Describe is safe for concurrent use.
type Describer interface {
	Describe(ctx context.Context, r Request) (Answer, error)
	// Info says what the describer is; it does not change.
	Info() DescriberInfo
}

// DescriberInfo says what a describer is.
type DescriberInfo struct {
	// Name is "openai" or "offline".
	Name string `json:"name"`
	// Model is the model that is asked; empty if none is.
	Model string `json:"model,omitempty"`
	// Prompt is the version of the instructions; results of another version differ.
	Prompt string `json:"prompt"`
	// Remote is whether Describe calls a provider, which costs money and has limits.
	Remote bool `json:"remote"`
	// Identity is everything of the describer that changes an answer, such as model, server,
	// reasoning effort and detail. Answers of equal identities may stand in for each other.
	// It holds neither the key nor the service tier. Two versions of tagroll may word
	// the same describer differently; compare identities for equality only.
	Identity string `json:"identity,omitempty"`
}

// Prepared is what intake and compression made of a photo: all that the rest of its way needs.
type Prepared struct {
	Facts Facts
	Image Image
	// Timings holds the times of the steps that were taken.
	Timings Timings
}

// Request is what a describer is asked.
type Request struct {
	Photo Photo
	Facts Facts
	Image Image
	// URL is where a remote describer lets its provider find Image: an address or
	// a data URL. Others ignore it.
	URL string
	// Guide is what the agencies ask of the words. Default: no limits.
	Guide Guide
	// Brief is what the photographer asks beyond Guide.
	Brief Brief
	// Repair is set when an earlier answer was not good enough.
	Repair *Repair
}

// Repair is an answer that was not good enough, and why.
type Repair struct {
	Answer   string   // as received
	Problems []string // one sentence each
}

// Answer is what a describer said.
type Answer struct {
	Metadata Metadata
	// Raw is the answer's text as received; empty for describers that are not remote.
	Raw       string
	Usage     Usage
	RateLimit RateLimit
}

// Usage is what one or more calls consumed.
type Usage struct {
	InputTokens int `json:"input_tokens"`
	// Of the input tokens: found in the provider's cache.
	CachedTokens int `json:"cached_tokens"`
	// CacheWriteTokens are those of the input tokens that were put into the provider's cache at
	// a price of their own.
	CacheWriteTokens int `json:"cache_write_tokens"`
	OutputTokens     int `json:"output_tokens"`
	ReasoningTokens  int `json:"reasoning_tokens"` // of the output tokens
	// CostUSD is an estimate in US dollars; zero if the model's price is not known.
	CostUSD float64 `json:"cost_usd"`
	// Tier is the service tier that served the calls, in the provider's words, such as "flex"
	// or "default"; "mixed" if several did, empty if the provider does not say.
	Tier string `json:"tier,omitempty"`
}

// Add returns the sum of two usages. What no usage can be counts as nothing: negative numbers, and
// a cost that is no finite number. Sums end at the largest number.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		InputTokens:      addTokens(u.InputTokens, v.InputTokens),
		CachedTokens:     addTokens(u.CachedTokens, v.CachedTokens),
		CacheWriteTokens: addTokens(u.CacheWriteTokens, v.CacheWriteTokens),
		OutputTokens:     addTokens(u.OutputTokens, v.OutputTokens),
		ReasoningTokens:  addTokens(u.ReasoningTokens, v.ReasoningTokens),
		CostUSD:          addDollars(u.CostUSD, v.CostUSD),
		Tier:             addTiers(u.Tier, v.Tier),
	}
}

func addTokens(a, b int) int {
	a, b = max(a, 0), max(b, 0)
	return a + min(b, math.MaxInt-a)
}

func addDollars(a, b float64) float64 {
	valid := func(d float64) float64 {
		if d > 0 && d <= math.MaxFloat64 { // no NaN, no infinity
			return d
		}
		return 0
	}
	return min(valid(a)+valid(b), math.MaxFloat64)
}

// Estimate is what a call is expected to take, before it is made.
type Estimate struct {
	// Likely is a good guess; zero where nothing is known.
	Likely Usage
	// Most is what the call cannot pass; zero where nothing is known.
	Most Usage
}

// addTiers is the tier of two usages together.
func addTiers(a, b string) string {
	switch {
	case a == b || b == "":
		return a
	case a == "":
		return b
	}
	return "mixed"
}

// RateLimit is what a provider's answer said about its limits.
type RateLimit struct {
	// Allowances are the limits that the answer named, each Unit and Per at most once.
	Allowances []Allowance
	// Spent is what the call itself took; zero if not known.
	Spent Usage
	// Busy is whether a refusal is not about a limit: the service tier that was asked for has
	// no room. It says nothing about calls at another tier.
	Busy bool
}

// Unit is what a provider's limit counts.
type Unit string

// The units that providers count.
const (
	UnitRequests     Unit = "requests"
	UnitTokens       Unit = "tokens" // input and output together
	UnitInputTokens  Unit = "input_tokens"
	UnitOutputTokens Unit = "output_tokens"
)

// Allowance is one limit of a provider.
type Allowance struct {
	Unit Unit
	// Per is the span over which the limit counts, such as a minute or a day; zero if
	// the answer did not say.
	Per time.Duration
	// Limit is the allowance when it is full, above zero; Remaining is what was left of it.
	Limit, Remaining int
	// Reset is the time until the allowance is full again; zero if the answer did not say.
	Reset time.Duration
}

// Publisher gives an image a URL at which a provider can fetch it.
type Publisher interface {
	// Publish makes the image available. The caller revokes the publication on every path.
	Publish(ctx context.Context, image Image) (Publication, error)
}

// Publication is an image that is available.
type Publication struct {
	URL string
	// Inline is whether the URL holds the image itself (a data URL).
	Inline bool
	// Fetched reports whether anybody has fetched the image so far. Nil if that cannot be
	// known.
	Fetched func() bool
	// Unreachable reports whether the URL is known to lead nowhere at the moment. Nil if that
	// is never known.
	Unreachable func() bool
	// Revoke makes the URL invalid and removes every stored byte of the image. It
	// does not depend on a context and may be called more than once. Never nil.
	Revoke func() error
}
