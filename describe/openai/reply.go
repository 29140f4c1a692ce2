package openai

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe"
)

// completion is the part of a chat completion that is used. Compatible servers take
// liberties with the rest.
type completion struct {
	Choices []struct {
		FinishReason string `json:"finish_reason"`
		Message      struct {
			Content json.RawMessage `json:"content"` // a string, or an array of parts
			Refusal string          `json:"refusal"`
		} `json:"message"`
	} `json:"choices"`
	Usage json.RawMessage `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// answer reads a complete response with a status below 300.
func (d *Describer) answer(r tagroll.Request, p parameters, x *exchange) (tagroll.Answer, error) {
	answer := tagroll.Answer{RateLimit: rateLimit(x.header)}
	if x.tooLong {
		return answer, failure(tagroll.CodeProviderError, "%s answered with more than %d MB: this is no answer to a photo", d.host(), maxBody>>20)
	}
	var c completion
	if err := json.Unmarshal(bytes.TrimPrefix(x.body, []byte("\uFEFF")), &c); err != nil {
		return answer, d.notProtocol(x)
	}
	answer.Usage = d.usage(c.Usage)
	answer.RateLimit.Spent = answer.Usage
	if len(c.Choices) == 0 {
		if len(c.Error) > 0 && !bytes.Equal(c.Error, []byte("null")) {
			return answer, d.embedded(r, p, x) // routers answer 200 and tell the failure inside
		}
		return answer, d.notProtocol(x)
	}
	choice := c.Choices[0]
	content := contentText(choice.Message.Content)
	var echoes bool
	answer.Raw, echoes = d.redactEchoes(r, cut(cmp.Or(content, choice.Message.Refusal)))
	switch {
	case choice.Message.Refusal != "":
		return answer, failure(tagroll.CodeRefused, "the model declined%s; describe this photo by hand or try another model", d.words(r, choice.Message.Refusal))
	case choice.FinishReason == "content_filter":
		return answer, failure(tagroll.CodeContentFiltered, "the provider's content filter withheld the answer: describe this photo by hand or try another provider")
	case choice.FinishReason == "length":
		return answer, d.truncated(p)
	case choice.FinishReason == "error":
		return answer, failure(tagroll.CodeProviderError, "the model failed in the middle of its answer")
	case strings.TrimSpace(content) == "":
		return answer, failure(tagroll.CodeEmptyAnswer, "the model answered nothing: check that %s can see images, or try another model", d.model)
	case echoes:
		return answer, failure(tagroll.CodeMalformedAnswer, "the answer repeats the image, its address or the API key instead of describing the photo")
	}
	var err error
	answer.Metadata, err = describe.Parse(content, r.Guide)
	return answer, err
}

// cut bounds what is kept of an answer; journals and results hold it for every photo.
func cut(raw string) string {
	const most = 64 << 10
	if len(raw) <= most {
		return raw
	}
	return strings.ToValidUTF8(raw[:most], "")
}

// contentText returns the text of a message, whose content is a string or an array of parts.
func contentText(content json.RawMessage) string {
	var text string
	if json.Unmarshal(content, &text) == nil {
		return text
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(content, &parts) != nil {
		return ""
	}
	for _, part := range parts {
		text += part.Text
	}
	return text
}

// usage reads what the call consumed. It is zero if the server does not say, or
// says what cannot be.
func (d *Describer) usage(raw json.RawMessage) tagroll.Usage {
	var u struct {
		PromptTokens        float64 `json:"prompt_tokens"`
		CompletionTokens    float64 `json:"completion_tokens"`
		PromptTokensDetails struct {
			CachedTokens float64 `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	}
	if json.Unmarshal(raw, &u) != nil {
		return tagroll.Usage{}
	}
	tokens := func(n float64) int {
		const most = 1e9
		if n < 0 || n > most {
			return 0
		}
		return int(n)
	}
	usage := tagroll.Usage{InputTokens: tokens(u.PromptTokens), OutputTokens: tokens(u.CompletionTokens)}
	usage.CachedTokens = min(tokens(u.PromptTokensDetails.CachedTokens), usage.InputTokens)
	usage.CostUSD = d.price.cost(usage)
	return usage
}

// truncated is the error of an answer that reached a limit on its length.
func (d *Describer) truncated(p parameters) error {
	if p.maxTokens == 0 {
		return failure(tagroll.CodeAnswerTruncated, "the answer was cut off at the server's own limit: raise its limit on output or context tokens, or choose a model that reasons less")
	}
	return failure(tagroll.CodeAnswerTruncated, "the answer was cut off at %d output tokens, reasoning included: raise the limit on output tokens, or choose a model that reasons less", p.maxTokens)
}

// notProtocol is the error of a response with a good status that is no chat completion.
func (d *Describer) notProtocol(x *exchange) error {
	what := "something that is no chat completion"
	switch {
	case len(bytes.TrimSpace(x.body)) == 0:
		what = "an empty body"
	case isHTML(x):
		what = "a web page"
	}
	return failure(tagroll.CodeProviderError, "%s answered with %s: check that the base URL %s is that of an OpenAI-compatible API (most end with /v1)", d.host(), what, d.base)
}

// isHTML reports whether the body is a web page, as proxies send them.
func isHTML(x *exchange) bool {
	return strings.Contains(x.header.Get("Content-Type"), "html") || bytes.HasPrefix(bytes.TrimSpace(x.body), []byte("<"))
}

// failure makes the error of a call.
func failure(code tagroll.Code, format string, args ...any) *tagroll.Error {
	return &tagroll.Error{Code: code, Stage: tagroll.StageDescribe, Message: fmt.Sprintf(format, args...)}
}
