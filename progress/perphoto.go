package progress

import "github.com/tagroll/tagroll"

// enough is how many photos must be described for their mean to be worth more than an estimate that
// was made before.
const enough = 5

// PerPhoto returns what one more photo of a batch is expected to take: the mean of the photos that
// are described, and one call of the estimate while those are few. The usage has no tier.
func PerPhoto(p tagroll.Progress, estimate tagroll.Usage) (calls float64, usage tagroll.Usage) {
	described := p.Successful + p.NeedsReview
	if described < enough || p.Calls == 0 {
		estimate.Tier = ""
		return 1, estimate
	}
	n := float64(described)
	mean := func(sum int) int { return int(float64(sum)/n + 0.5) }
	u := p.Usage
	return float64(p.Calls) / n, tagroll.Usage{
		InputTokens: mean(u.InputTokens), CachedTokens: mean(u.CachedTokens), CacheWriteTokens: mean(u.CacheWriteTokens),
		OutputTokens: mean(u.OutputTokens), ReasoningTokens: mean(u.ReasoningTokens), CostUSD: u.CostUSD / n,
	}
}
