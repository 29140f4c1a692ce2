package terminal

import (
	"maps"
	"math"
	"time"

	"github.com/tagroll/tagroll"
)

// progressFields are the fields of the JSON event "progress".
type progressFields struct {
	tagroll.Progress
	ElapsedSeconds float64 `json:"elapsed_seconds"`
	// ETASeconds is null while there is nothing to estimate from.
	ETASeconds     *float64 `json:"estimated_seconds_remaining"`
	AverageSeconds float64  `json:"average_seconds"`
	PausedSeconds  float64  `json:"paused_seconds"`
}

func progressEvent(p tagroll.Progress) progressFields {
	e := progressFields{Progress: p, ElapsedSeconds: round(p.Elapsed), AverageSeconds: round(p.Average), PausedSeconds: round(p.Limiter.PausedFor)}
	e.CostByTier = roundCosts(e.CostByTier)
	l := &e.Limiter
	l.CallsPerMinute = math.Round(10*l.CallsPerMinute) / 10
	l.SpentUSD, l.ReservedUSD = math.Round(l.SpentUSD*1e7)/1e7, math.Round(l.ReservedUSD*1e7)/1e7
	if p.Remaining >= 0 {
		eta := round(p.Remaining)
		e.ETASeconds = &eta
	}
	return e
}

// summaryFields are the fields of the JSON event "summary". Scripts rely on the fields above the
// empty line, names and order; further ones are added below.
type summaryFields struct {
	Total       int     `json:"total"`
	Successful  int     `json:"successful"`
	NeedsReview int     `json:"needs_review"`
	Failed      int     `json:"failed"`
	Pending     int     `json:"pending"`
	Seconds     float64 `json:"seconds"`
	Speedup     float64 `json:"speedup"`
	Calls       int     `json:"calls"`
	CostUSD     float64 `json:"cost_usd"`

	// Drafts are the photos of NeedsReview that no model has looked at.
	Drafts  int     `json:"drafts"`
	Reused  int     `json:"reused"`
	Cached  int     `json:"cached"`
	Average float64 `json:"average_seconds"`
	Retries int     `json:"retries"`
	// Refusals is how often the provider said "not yet" (429). A refusal is no call.
	Refusals int      `json:"refusals"`
	Rows     int      `json:"rows"`
	Files    []string `json:"files"`
	// SameNames and Notes are left out where there are none.
	SameNames []SameName `json:"same_names,omitempty"`
	Notes     []string   `json:"notes,omitempty"`
	// Groups are photos that look alike.
	Groups [][]string `json:"groups,omitempty"`
	// Usage is what the provider reported, by kind; Tier in it is the service tier that served.
	Usage          tagroll.Usage `json:"usage"`
	PerThousandUSD float64       `json:"cost_per_thousand_usd"`
	// CostByTier is what photos cost at each service tier; "mixed" are photos that took
	// several.
	CostByTier map[string]float64 `json:"cost_by_tier_usd,omitempty"`
	// AutoSeconds is about how long the run would have taken with -c auto, where the provider
	// showed room.
	AutoSeconds float64 `json:"auto_seconds,omitempty"`
	Embedded    int     `json:"embedded,omitempty"`
	Sidecars    int     `json:"sidecars,omitempty"`
	// RAWFiles are RAW files that belong to a photo of the same name, Previews the photos that
	// are previews of vector graphics or videos.
	RAWFiles int `json:"raw_files,omitempty"`
	Previews int `json:"previews,omitempty"`
}

func summaryEvent(p tagroll.Progress, w Written) summaryFields {
	files := w.Files
	if files == nil {
		files = []string{}
	}
	return summaryFields{
		Total: p.Total, Successful: p.Successful, NeedsReview: p.NeedsReview, Drafts: p.Drafts, Failed: p.Failed, Pending: p.Pending,
		Seconds: round(p.Elapsed), Speedup: math.Round(p.Speedup()*100) / 100, Calls: p.Calls, CostUSD: math.Round(p.Usage.CostUSD*1e7) / 1e7,
		Reused: p.Reused, Cached: p.Cached, Average: round(p.Average), Retries: p.Retries, Refusals: p.Refusals, Rows: w.Rows, Files: files,
		Usage: p.Usage, CostByTier: roundCosts(p.CostByTier), PerThousandUSD: math.Round(perThousand(p.Usage, described(p))*1e4) / 1e4,
		AutoSeconds: round(p.WithAuto), SameNames: w.SameNames, Notes: w.Notes, Groups: w.Groups, Embedded: w.Embedded, Sidecars: w.Sidecars,
		RAWFiles: w.Joined, Previews: w.Previews,
	}
}

// roundCosts gives dollars with seven decimals.
func roundCosts(costs map[string]float64) map[string]float64 {
	rounded := maps.Clone(costs)
	for tier, cost := range rounded {
		rounded[tier] = math.Round(cost*1e7) / 1e7
	}
	return rounded
}

// round gives seconds with three decimals.
func round(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }
