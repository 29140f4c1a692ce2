package openai

import (
	"math"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe"
)

// imageCost counts the tokens that a family bills for an image.
type imageCost interface {
	tokens(width, height int, detail string) int
}

// tiles bills a base price, and a price for every tile of 512 pixels after the
// image was made to fit into 2,048 x 2,048 and its shorter side into 768.
type tiles struct{ base, tile int }

func (c tiles) tokens(width, height int, detail string) int {
	if detail == "low" {
		return c.base
	}
	w, h := float64(width), float64(height)
	scale := min(1, 2048/max(w, h))
	scale = min(scale, 768/min(w, h))
	return c.base + c.tile*blocks(w*scale, 512)*blocks(h*scale, 512)
}

// patches bills every patch of 32 pixels by its factor, at most 1,536 patches: a larger
// image is made smaller first. Low detail means an image of 512 pixels.
type patches float64

func (c patches) tokens(width, height int, detail string) int {
	const most = 1536
	w, h := float64(width), float64(height)
	if detail == "low" {
		scale := min(1, 512/max(w, h))
		w, h = w*scale, h*scale
	}
	n := min(most, blocks(w, 32)*blocks(h, 32))
	return int(math.Ceil(float64(n) * float64(c)))
}

// blocks is how many blocks of this size cover a side.
func blocks(side, size float64) int { return int(math.Ceil(side/size - 1e-9)) }

// What a call takes beside the instructions and the image, in tokens; counted in 2026
// with the encoding o200k_base. The schema is part of the prompt.
const (
	schemaTokens    = 160
	questionTokens  = 60  // 8 without facts, 119 with all of them
	answerTokens    = 160 // 33 keywords take 118, 40 longer ones 200
	reasoningTokens = 300 // at low effort; none to speak of at minimal
)

// Estimate returns what describing one photo of this size in pixels will take,
// without a call: the size is that of the image as sent, the guide what the agencies ask for. The input is exact to some
// ten percent for the known families of OpenAI's models, and a guess for others; the
// output may be off by half, more for models that reason. Caching is left out, so
// that the cost is rather too high than too low. CostUSD is zero if the model's
// price is not known.
func (d *Describer) Estimate(width, height int, guide tagroll.Guide) tagroll.Usage {
	if width <= 0 || height <= 0 {
		return tagroll.Usage{}
	}
	usage := tagroll.Usage{
		InputTokens:  describe.InstructionTokens(guide) + schemaTokens + questionTokens + d.family.image.tokens(width, height, d.detail),
		OutputTokens: answerTokens,
	}
	if d.family.effort == "low" {
		usage.OutputTokens += reasoningTokens
	}
	usage.CostUSD = d.price.cost(usage)
	return usage
}
