package openaitest

import (
	"crypto/sha256"
	"fmt"
	"math"
	"strings"
)

// usage is the field "usage" of an answer.
type usage struct {
	Prompt        int `json:"prompt_tokens"`
	Completion    int `json:"completion_tokens"`
	Total         int `json:"total_tokens"`
	PromptDetails struct {
		Cached     int `json:"cached_tokens"`
		CacheWrite int `json:"cache_write_tokens,omitempty"`
	} `json:"prompt_tokens_details"`
	CompletionDetails struct {
		Reasoning int `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

// textTokens estimates four bytes a token, the rule of thumb for English.
func textTokens(bytes int) int { return (bytes + 3) / 4 }

// promptTokens is the input of a request: its text and schema at four bytes a token,
// four for each message, three to begin the answer, and its images.
func (c *chat) promptTokens(images []*picture) int {
	n := textTokens(len(c.text)) + textTokens(c.schemaLen) + 4*c.messages + 3
	for i, p := range images {
		n += imageTokens(c.model, c.images[i].detail, p.width, p.height)
	}
	return n
}

// imageTokens follows https://platform.openai.com/docs/guides/images-vision (2026): small models
// and all since gpt-5.6 count patches of 32 pixels, up to a bound, times a factor; the others
// tiles of 512 pixels after fitting into 2,048 x 2,048 with a short side of 768.
func imageTokens(model, detail string, width, height int) int {
	w, h := float64(width), float64(height)
	factor, most := 0.0, 1536.0
	switch {
	case strings.HasPrefix(model, "gpt-6"), strings.HasPrefix(model, "gpt-5.6"):
		factor, most = 1.2, 30000
		if detail == "high" {
			scale := min(1, 2048/max(w, h))
			w, h, most = w*scale, h*scale, 2500
		}
	case strings.HasPrefix(model, "gpt-4o"):
	case strings.HasPrefix(model, "o4-mini"):
		factor = 1.72
	case strings.Contains(model, "-nano"):
		factor = 2.46
	case strings.Contains(model, "-mini"):
		factor = 1.62
	}
	if factor > 0 {
		if detail == "low" {
			scale := min(1, 512/max(w, h))
			w, h = w*scale, h*scale
		}
		patches := min(most, math.Ceil(w/32)*math.Ceil(h/32))
		return int(math.Ceil(patches * factor))
	}
	base, tile := 85, 170
	switch {
	case strings.HasPrefix(model, "gpt-4o-mini"):
		base, tile = 2833, 5667
	case strings.HasPrefix(model, "gpt-5"):
		base, tile = 70, 140
	}
	if detail == "low" {
		return base
	}
	scale := min(1, 2048/max(w, h))
	scale = min(scale, 768/min(w, h))
	return base + tile*int(math.Ceil(w*scale/512)*math.Ceil(h*scale/512))
}

// reasoningTokens is what a model spends before it answers, made up by its effort.
func (c *chat) reasoningTokens() int {
	if !isReasoning(c.model) {
		return 0
	}
	switch c.effort {
	case "none", "minimal":
		return 0
	case "low":
		return 192
	case "high", "xhigh":
		return 960
	}
	return 448
}

// cachedTokens returns how much of the prompt was seen before, and how much is new to the cache.
// Seen before is the longest common beginning of the text before the first image, if it has 1,024
// tokens or more, in steps of 128 (https://platform.openai.com/docs/guides/prompt-caching).
func (s *Server) cachedTokens(c *chat) (cached, written int) {
	const least, step, bytesPerToken = 1024, 128, 4
	schema := textTokens(c.schemaLen)
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := least; n <= schema+textTokens(len(c.prefix)); n += step {
		begin := max(0, min((n-schema)*bytesPerToken, len(c.prefix)))
		key := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%s", c.model, c.schemaLen, c.prefix[:begin]))
		if s.prefixes[key] {
			cached = n
		}
		s.prefixes[key] = true
		written = n
	}
	return cached, written - cached
}

// chargesCacheWrites reports whether putting a prompt into the cache has a price of its own.
func chargesCacheWrites(model string) bool {
	return strings.HasPrefix(model, "gpt-6") || strings.HasPrefix(model, "gpt-5.6")
}
