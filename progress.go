package tagroll

import "time"

// Progress is the state of a batch at one moment.
//
// Total = Completed + Processing + Pending, and
// Completed = Successful + NeedsReview + Failed.
type Progress struct {
	// Total is the number of photos known so far; while photos can still arrive it grows.
	Total int `json:"total"`
	// Completed photos are done, one way or another.
	Completed   int `json:"completed"`
	Successful  int `json:"successful"`
	NeedsReview int `json:"needs_review"`
	Failed      int `json:"failed"`
	// Drafts are photos of NeedsReview whose only fault is that no model has looked at them;
	// see [Result.Draft].
	Drafts int `json:"drafts"`
	// Processing photos are under way, at most the batch's concurrency.
	Processing int `json:"processing"`
	// Pending photos are not begun yet, or were given back by a stopped batch.
	Pending int `json:"pending"`
	// Reused photos are photos of Completed whose result came from the journal.
	Reused int `json:"reused"`
	// Cached photos are those of Completed that took the result of another photo with the same
	// picture, in this run.
	Cached int `json:"cached"`

	// Elapsed is the time since the batch began.
	Elapsed time.Duration `json:"-"`
	// Remaining is the estimated time until the batch ends, pauses of the provider
	// included; negative while there is nothing to estimate from.
	Remaining time.Duration `json:"-"`
	// Average is the mean time of a photo that was processed; zero before the first.
	Average time.Duration `json:"-"`
	// Limiter is what holds back paid calls now. All batches that share a limiter share it.
	Limiter LimiterState `json:"limiter"`
	// WithAuto is about how long the batch would have taken if the limiter had chosen how many
	// calls are in flight; zero unless the provider showed that it has room for more of them.
	// Only in the last progress.
	WithAuto time.Duration `json:"-"`

	// Calls, Retries, Refusals and Usage are sums over the photos that ended in this run.
	Calls    int   `json:"calls"`
	Retries  int   `json:"retries"`
	Refusals int   `json:"refusals"`
	Usage    Usage `json:"usage"`
	// CostByTier is what these photos cost in US dollars at each service tier that served them,
	// in the provider's words; "mixed" are photos that took several. Nil if the provider names
	// no tier or the price is not known.
	CostByTier map[string]float64 `json:"cost_by_tier_usd,omitempty"`

	// Current holds the labels of the photos under way, oldest first.
	Current []string `json:"current"`
	// Finished holds the results that are new since the same receiver's last
	// progress, in the order in which they were finished.
	Finished []Result `json:"-"`
	// Results holds all results so far in the order in which they were finished; nil if
	// the batch keeps none. It must not be changed.
	Results []Result `json:"-"`
	// Done is whether this is the batch's last progress.
	Done bool `json:"done"`
}

// Speedup is how many times faster the batch is than one photo after the other:
// the photos' own times added up, over the time that passed. Zero before the first photo.
func (p Progress) Speedup() float64 {
	n := p.Completed - p.Reused
	if n <= 0 || p.Elapsed <= 0 {
		return 0
	}
	return float64(p.Average) * float64(n) / float64(p.Elapsed)
}
