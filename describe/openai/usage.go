package openai

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tagroll/tagroll"
)

// usage reads what the call consumed. It is zero if the server does not say, or says what is
// impossible.
func (d *Describer) usage(raw json.RawMessage, tier string) tagroll.Usage {
	var u struct {
		PromptTokens     number `json:"prompt_tokens"`
		CompletionTokens number `json:"completion_tokens"`
		TotalTokens      number `json:"total_tokens"`
		// Some servers keep the names of other protocols.
		InputTokens  number `json:"input_tokens"`
		OutputTokens number `json:"output_tokens"`
		CacheHit     number `json:"prompt_cache_hit_tokens"` // DeepSeek
		// Anthropic counts this beside its input_tokens.
		CacheRead     number          `json:"cache_read_input_tokens"`
		CacheMade     number          `json:"cache_creation_input_tokens"`
		Cost          number          `json:"cost"` // OpenRouter, in dollars
		PromptDetails json.RawMessage `json:"prompt_tokens_details"`
		OutputDetails json.RawMessage `json:"completion_tokens_details"`
	}
	if json.Unmarshal(raw, &u) != nil {
		return tagroll.Usage{}
	}
	var details struct {
		Cached     number `json:"cached_tokens"`
		CacheWrite number `json:"cache_write_tokens"`
		Reasoning  number `json:"reasoning_tokens"`
	}
	_ = json.Unmarshal(u.PromptDetails, &details) // details of another form say nothing
	_ = json.Unmarshal(u.OutputDetails, &details)
	usage := tagroll.Usage{
		InputTokens:  cmp.Or(u.PromptTokens, u.InputTokens).tokens(),
		OutputTokens: cmp.Or(u.CompletionTokens, u.OutputTokens).tokens(),
		Tier:         tier,
	}
	if u.PromptTokens == 0 && u.CacheRead+u.CacheMade > 0 {
		usage.InputTokens += u.CacheRead.tokens() + u.CacheMade.tokens()
		details.Cached, details.CacheWrite = u.CacheRead, u.CacheMade
	}
	usage.CachedTokens = min(cmp.Or(details.Cached, u.CacheHit).tokens(), usage.InputTokens)
	usage.CacheWriteTokens = min(details.CacheWrite.tokens(), usage.InputTokens-usage.CachedTokens)
	usage.ReasoningTokens = details.Reasoning.tokens()
	// Reasoning is billed as output. xAI counts it beside the completion, Gemini in the total
	// only.
	switch beside := u.TotalTokens.tokens() - usage.InputTokens - usage.OutputTokens; {
	case usage.ReasoningTokens > 0 && (beside == usage.ReasoningTokens || usage.ReasoningTokens > usage.OutputTokens):
		usage.OutputTokens += usage.ReasoningTokens
	case usage.ReasoningTokens == 0 && beside > 0 && d.provider.Name == "gemini":
		usage.OutputTokens += beside
		usage.ReasoningTokens = beside
	}
	usage.CostUSD = d.cost(usage)
	const mostUSD = 10 // for one photo
	if d.provider.ReportsCost && u.Cost > 0 && u.Cost < mostUSD {
		usage.CostUSD = float64(u.Cost)
	}
	return usage
}

// number is a number that may stand in quotes. Anything else is zero.
type number float64

// UnmarshalJSON implements [json.Unmarshaler]. It never fails.
func (n *number) UnmarshalJSON(raw []byte) error {
	value, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil {
		value = 0
	}
	*n = number(value)
	return nil
}

// tokens is a count of tokens; zero for what can be none. No request of ours comes near a million,
// and such a count would use up a budget at once.
func (n number) tokens() int {
	const most = 1e6
	if n >= 0 && n <= most { // NaN is neither
		return int(n)
	}
	return 0
}
