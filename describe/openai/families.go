package openai

import "strings"

// family is what models of one kind have in common.
type family struct {
	// prefix is how the names begin. It ends at the name's end, at a dash, or
	// anywhere if it ends with a dot itself.
	prefix string
	// effort is the least reasoning effort that the models accept: describing a photo
	// needs no chain of thought. Empty if they do not reason.
	effort string
	// maxTokens bounds the output. An answer has 120 to 300 tokens; reasoning comes on top.
	maxTokens int
	image     imageCost
}

// The bounds on the output: enough for any good answer, little enough that a model
// that has lost its way costs no more than a tenth of a cent to a cent.
const (
	capPlain     = 1024
	capReasoning = 4096
)

// families lists the known families; the longest matching prefix counts. Reasoning
// efforts: https://platform.openai.com/docs/guides/reasoning ("minimal" is refused
// from gpt-5.1 on, gpt-5-pro accepts "high" only). Image costs:
// https://platform.openai.com/docs/guides/images-vision#calculating-costs.
// All of these take max_completion_tokens, and the reasoning ones refuse
// max_tokens and any temperature but 1, so neither is ever sent.
var families = []family{
	{"gpt-4o", "", capPlain, tiles{85, 170}},
	{"gpt-4o-mini", "", capPlain, tiles{2833, 5667}},
	{"gpt-4.1", "", capPlain, tiles{85, 170}},
	{"gpt-4.1-mini", "", capPlain, patches(1.62)},
	{"gpt-4.1-nano", "", capPlain, patches(2.46)},
	{"gpt-4.5", "", capPlain, tiles{75, 150}},

	{"o1", "low", capReasoning, tiles{75, 150}},
	{"o3", "low", capReasoning, tiles{75, 150}},
	{"o4-mini", "low", capReasoning, patches(1.72)},

	{"gpt-5", "minimal", capReasoning, tiles{70, 140}},
	{"gpt-5-chat", "", capPlain, tiles{70, 140}},
	{"gpt-5-codex", "low", capReasoning, tiles{70, 140}},
	{"gpt-5-pro", "", 0, tiles{70, 140}},
	{"gpt-5-mini", "minimal", capReasoning, patches(1.62)},
	{"gpt-5-nano", "minimal", capReasoning, patches(2.46)},

	{"gpt-5.", "low", capReasoning, patches(1.2)},
	{"gpt-5.1", "low", capReasoning, tiles{70, 140}},
	{"gpt-5.4-mini", "low", capReasoning, patches(1.62)},
	{"gpt-5.4-nano", "low", capReasoning, patches(2.46)},
}

// unknown is the family of all other models: nothing optional is sent, and the
// image's cost is guessed.
var unknown = family{image: tiles{85, 170}}

// familyOf finds a model's family. Routers put the vendor before the name
// ("openai/gpt-5-nano"), fine-tuned models are called "ft:gpt-4o-2024-08-06:org::id".
func familyOf(model string) family {
	name := model[strings.LastIndexByte(model, '/')+1:]
	if base, ok := strings.CutPrefix(name, "ft:"); ok {
		name, _, _ = strings.Cut(base, ":")
	}
	best := unknown
	for _, f := range families {
		rest, ok := strings.CutPrefix(name, f.prefix)
		if !ok || len(f.prefix) <= len(best.prefix) {
			continue
		}
		if rest == "" || rest[0] == '-' || strings.HasSuffix(f.prefix, ".") {
			best = f
		}
	}
	return best
}
