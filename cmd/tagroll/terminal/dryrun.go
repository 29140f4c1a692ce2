package terminal

import "github.com/tagroll/tagroll"

// Plan is what a run would do.
type Plan struct {
	Asked      int    // photos that would be described
	Complete   int    // photos whose file has all words
	ImageBytes int64  // that would be sent
	Pricing    string // what is not known of the price; empty if nothing
	Free       bool   // the price is known to be nothing
}

// DryRun tells what a run would take.
func (c *Screen) DryRun(p tagroll.Progress, info tagroll.DescriberInfo, plan Plan) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	calls := 0
	if info.Remote {
		calls = plan.Asked
	}
	if c.mode == "json" {
		c.event("dry_run", struct {
			summaryFields
			PlannedCalls int           `json:"planned_calls"`
			ImageBytes   int64         `json:"image_bytes"`
			Usage        tagroll.Usage `json:"usage"`
			// PerThousandUSD is what a thousand such photos would cost; zero if that is
			// not known.
			PerThousandUSD float64 `json:"cost_per_thousand_usd"`
			Pricing        string  `json:"pricing,omitempty"`
		}{summaryEvent(p, Written{}), calls, plan.ImageBytes, p.Usage, perThousand(p.Usage, calls), plan.Pricing})
		return
	}
	if p.Cached > 0 {
		c.say("%s known by their picture: no call, no cost.", Count(p.Cached, "photo"))
	}
	if p.Reused > 0 {
		c.say("%s known from an earlier run: no call, no cost.", Count(p.Reused, "photo"))
	}
	if plan.Complete > 0 {
		c.say("%s with all words in the file: no call, no cost.", Count(plan.Complete, "photo"))
	}
	switch {
	case info.Remote && calls == 0:
		c.say("0 calls to %s: nothing would be paid.", info.Model)
	case !info.Remote:
		c.say("%s would be described by the built-in describer: no call, no cost.", Count(plan.Asked, "photo"))
	case p.Usage.CostUSD > 0:
		c.say("%s to %s, %.1f MB of images, about %d tokens in and %d out: about $%.4f, $%.2f for a thousand photos.",
			Count(calls, "call"), info.Model, float64(plan.ImageBytes)/1e6, p.Usage.InputTokens, p.Usage.OutputTokens, p.Usage.CostUSD, perThousand(p.Usage, calls))
		if plan.Pricing != "" {
			c.say("Note: %s. See --prices.", plan.Pricing)
		}
	case plan.Free:
		c.say("%s to %s, %.1f MB of images, about %d tokens in and %d out, which cost nothing.",
			Count(calls, "call"), info.Model, float64(plan.ImageBytes)/1e6, p.Usage.InputTokens, p.Usage.OutputTokens)
	default:
		c.say("%s to %s, %.1f MB of images, about %d tokens in and %d out. The price of this model is not known: see --prices.",
			Count(calls, "call"), info.Model, float64(plan.ImageBytes)/1e6, p.Usage.InputTokens, p.Usage.OutputTokens)
	}
	if p.Failed > 0 {
		c.say("%d would fail before any call:", p.Failed)
		c.table(p, nil)
	}
}

// perThousand is what a thousand photos would cost that cost as much as these.
func perThousand(u tagroll.Usage, photos int) float64 {
	if photos == 0 {
		return 0
	}
	return 1000 * u.CostUSD / float64(photos)
}
