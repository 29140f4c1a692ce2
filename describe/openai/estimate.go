package openai

import (
	"cmp"
	"fmt"
	"math"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe"
)

// ImageRule is how a model counts the tokens of an image
// (https://platform.openai.com/docs/guides/images-vision#calculating-costs): by tiles
// or, if PerPatch is set, by patches.
type ImageRule struct {
	// Base is the price of every image, and the whole price at low detail.
	Base int `json:"base,omitempty"`
	// PerTile is the price of each tile of 512 pixels, after the image was made to fit into
	// 2,048 x 2,048 and its shorter side into 768.
	PerTile int `json:"per_tile,omitempty"`
	// PerPatch is the price of each patch of 32 pixels.
	PerPatch float64 `json:"per_patch,omitempty"`
	// High is the most patches at high detail: a larger image is made smaller first.
	High int `json:"high,omitempty"`
	// Original is the most patches at original detail, which is what "auto" means for models
	// that have it. 0 means that the model has no such detail, and high takes its place.
	Original int `json:"original,omitempty"`
}

func (r ImageRule) valid() bool {
	return r.Base >= 0 && r.PerTile >= 0 && r.PerPatch >= 0 && r.PerPatch <= 1000 && r.High >= 0 && r.Original >= 0
}

// Tokens counts what an image of this size in pixels takes.
func (r ImageRule) Tokens(width, height int, detail string) int {
	if width <= 0 || height <= 0 {
		return 0
	}
	w, h := float64(width), float64(height)
	if r.PerPatch == 0 {
		if detail == "low" {
			return r.Base
		}
		w, h = fitInto(w, h, 2048)
		scale := min(1, 768/min(w, h))
		return r.Base + r.PerTile*blocks(w*scale, 512)*blocks(h*scale, 512)
	}
	most := r.High
	switch {
	case detail == "low":
		w, h = fitInto(w, h, 512)
	case r.Original > 0 && detail != "high":
		most = r.Original
	case r.Original > 0:
		w, h = fitInto(w, h, 2048)
	}
	return int(math.Ceil(float64(patches(w, h, most))*r.PerPatch - 1e-9))
}

// fitInto scales a size down to the longest side that is allowed.
func fitInto(w, h, longest float64) (float64, float64) {
	scale := min(1, longest/max(w, h))
	return w * scale, h * scale
}

// patches counts the patches of 32 pixels that cover an image. If they are more than
// allowed, the image is scaled down until a whole number of patches fits one side.
func patches(w, h float64, most int) int {
	const size = 32
	n := blocks(w, size) * blocks(h, size)
	if most == 0 || n <= most {
		return n
	}
	scale := math.Sqrt(size * size * float64(most) / (w * h))
	across, down := w*scale/size, h*scale/size
	whole := func(v float64) float64 { return max(1, math.Floor(v+1e-9)) / v }
	scale *= min(whole(across), whole(down))
	return blocks(w*scale, size) * blocks(h*scale, size)
}

// blocks is how many blocks of this size cover a side.
func blocks(side, size float64) int { return max(1, int(math.Ceil(side/size-1e-9))) }

// What a call takes beside its texts and its image, in tokens.
const (
	frameTokens     = 11   // of two messages and the answer's beginning
	repairTokens    = 2400 // an answer of 8 KB that is sent back, and what was wrong with it
	titleTokens     = 20   // of an answer: title, category and the form
	keywordTokens   = 3.0  // of a keyword; an answer with 33 takes 118, with 40 longer ones 200
	usualKeywords   = 30   // where nobody says how many
	reasoningTokens = 300  // at low effort or more; none to speak of at none and minimal
)

// Estimate returns what a request will take, without a call. Of the request count its texts
// (guide, brief and facts) and the size of its image in pixels; the image itself may be missing.
// It counts the whole prompt as new to the provider: see [Describer.EstimateCached]. The output is
// the mean of the answers seen so far, or a guess before the first.
//
// The input is exact to some percent for the models of the table, and a guess for others.
// CostUSD is zero if the price is not known: see [Describer.Pricing].
func (d *Describer) Estimate(r tagroll.Request) tagroll.Usage {
	return d.estimate(r, false)
}

// EstimateCached is Estimate for a photo after the first ones of a run, when the provider
// has the beginning of the prompt in its cache.
func (d *Describer) EstimateCached(r tagroll.Request) tagroll.Usage {
	return d.estimate(r, true)
}

// EstimateNth is Estimate for the n-th call of a run, counting from 1, of which so many calls are
// made together.
func (d *Describer) EstimateNth(r tagroll.Request, n, together int) tagroll.Usage {
	return d.estimate(r, !missesCache(n, together))
}

// missesCache reports whether the n-th call is counted as one that finds nothing in the provider's
// cache. The first one does. Those that are made together with it may, at some providers and if
// answers take long; they are spread over the run, so that the estimate of a small one, which
// they would change most, is not far from either.
func missesCache(n, together int) bool {
	const spread = 25
	return n == 1 || n%spread == 0 && n/spread < together
}

func (d *Describer) estimate(r tagroll.Request, cached bool) tagroll.Usage {
	width, height, guide := r.Image.Width, r.Image.Height, r.Guide
	if width <= 0 || height <= 0 {
		return tagroll.Usage{}
	}
	prefix := describe.Tokens(describe.Instructions(guide)) + describe.Tokens(string(describe.Schema(guide)))
	question, common := describe.Question(r), describe.QuestionOfAll(r.Brief)
	prefix += describe.Tokens(common)
	usage := tagroll.Usage{
		InputTokens:  prefix + frameTokens + describe.Tokens(question[len(common):]) + d.habits.image.Tokens(width, height, d.detail),
		OutputTokens: d.outputTokens(guide),
	}
	if len(d.tiers) > 0 {
		usage.Tier = d.tiers[0]
	}
	const least, step = 1024, 128 // https://platform.openai.com/docs/guides/prompt-caching
	if price := d.habits.price; prefix >= least && price != nil {
		switch {
		case cached && price.CachedInput > 0:
			usage.CachedTokens = prefix / step * step
		case !cached && price.CacheWrite > 0:
			usage.CacheWriteTokens = prefix / step * step
		}
	}
	usage.CostUSD = d.cost(usage)
	return usage
}

// Expect says what a request may take: likely, with a cached prompt, and at most, at the full
// price and with the longest answer that is allowed.
func (d *Describer) Expect(r tagroll.Request) tagroll.Estimate {
	most := d.estimate(r, false)
	most.InputTokens += repairTokens
	most.OutputTokens = max(most.OutputTokens, d.habits.maxOutput)
	most.Tier = ""
	most.CostUSD = d.cost(most)
	if d.habits.maxOutput == 0 {
		most = tagroll.Usage{} // nothing bounds the answer
	}
	return tagroll.Estimate{Likely: d.estimate(r, true), Most: most}
}

// Pricing says on what the costs rest, for the user: empty if the price is the model's own,
// else that another model's is taken, or that there is none.
func (d *Describer) Pricing() string {
	switch {
	case d.habits.price == nil:
		return fmt.Sprintf("the price of %s is not known", d.model)
	case d.habits.pricedAs != "":
		return fmt.Sprintf("the price of %s is not known: it is counted as %s's", d.model, d.habits.pricedAs)
	}
	return ""
}

// outputTokens is how many tokens an answer is expected to have: the mean of the answers so far, or
// what the guide asks for.
func (d *Describer) outputTokens(g tagroll.Guide) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.answers > 0 {
		return d.written / d.answers
	}
	keywords := float64(g.Keywords.AskMin+g.Keywords.AskMax) / 2
	if g.Keywords.AskMax == 0 {
		keywords = max(usualKeywords, float64(g.Keywords.AskMin))
	}
	tokens := titleTokens + int(keywordTokens*keywords)
	if d := g.Description; d.Wanted {
		// One or two sentences, however many more would fit.
		const usual, charactersPerToken = 150, 5
		tokens += max(d.Min, min(usual, cmp.Or(d.Ask, usual))) / charactersPerToken
	}
	switch d.habits.effort {
	case "", "none", "minimal":
		return tokens
	}
	return tokens + reasoningTokens
}

// cost is the price of a usage; zero if the model's price is not known.
func (d *Describer) cost(u tagroll.Usage) float64 {
	if d.habits.price == nil {
		return 0
	}
	return d.habits.price.Cost(u)
}
