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

// answer reads a complete response with a status below 300.
func (d *Describer) answer(r tagroll.Request, p parameters, x *exchange) (tagroll.Answer, error) {
	answer := tagroll.Answer{RateLimit: d.rateLimit(x.header)}
	if x.tooLong {
		return answer, failure(tagroll.CodeProviderError, "%s answered with more than %d MB: this is no answer to a photo", d.host(), maxBody>>20)
	}
	c, ok := readCompletion(x.body)
	if !ok {
		return answer, d.notProtocol(x)
	}
	answer.Usage = d.usage(c.Usage, textOf(c.ServiceTier))
	answer.RateLimit.Spent = answer.Usage
	if len(c.Choices) == 0 {
		// Routers answer 200 and tell the failure inside.
		if isSet(c.Error) || c.tellsFailure() {
			return answer, d.embedded(r, p, x, readProviderError(x))
		}
		return answer, d.notProtocol(x)
	}
	choice := c.Choices.best()
	content := cmp.Or(choice.Message.text(), textOf(choice.Text))
	refusal := textOf(choice.Message.Refusal)
	finish := strings.ToLower(textOf(choice.FinishReason))
	if isSet(choice.Error) && strings.TrimSpace(content) == "" {
		inner := *x
		inner.body = []byte(`{"error":` + string(choice.Error) + `}`)
		return answer, d.embedded(r, p, x, readProviderError(&inner))
	}
	if isSet(c.Error) && strings.TrimSpace(content) == "" && refusal == "" {
		return answer, d.embedded(r, p, x, readProviderError(x))
	}
	reasoning := strings.TrimSpace(contentText(choice.Message.Reasoning) + contentText(choice.Message.ReasoningContent))
	if strings.TrimSpace(content) == "" && (strings.HasPrefix(reasoning, "{") || endsInAnswer(reasoning, r.Guide)) {
		content = reasoning // the whole answer in the wrong field
	}
	d.noteSuccess(r, p, answer.Usage)
	d.noteCut(r, answer.Usage)
	var echoes bool
	answer.Raw, echoes = d.redactEchoes(r, cut(cmp.Or(content, refusal)))
	if err := d.withheld(r, finish, refusal, echoes); err != nil {
		return answer, err
	}
	cutOff := finish == "length" || finish == "max_tokens" || finish == "model_length"
	if strings.TrimSpace(content) != "" {
		var err error
		answer.Metadata, err = describe.Parse(content, r.Guide)
		// An answer that is complete is used, whatever the reason of its end.
		if err == nil || !cutOff {
			return answer, err
		}
		answer.Metadata = tagroll.Metadata{}
	}
	return answer, d.empty(p, answer.Usage, cutOff, reasoning != "")
}

// withheld returns why the model, or the provider, gave no description; nil if nothing says so.
func (d *Describer) withheld(r tagroll.Request, finish, refusal string, echoes bool) error {
	switch {
	case refusal != "":
		return failure(tagroll.CodeRefused, "the model declined%s; describe this photo by hand or try another model", d.words(r, refusal))
	case finish == "content_filter", finish == "safety":
		return failure(tagroll.CodeContentFiltered, "the provider's content filter withheld the answer: describe this photo by hand or try another provider")
	case finish == "error":
		return failure(tagroll.CodeProviderError, "the model failed in the middle of its answer")
	case echoes:
		return failure(tagroll.CodeMalformedAnswer, "the answer repeats the image, its address or the API key instead of describing the photo")
	}
	return nil
}

// empty returns why there is no whole answer: it was cut off, or the model has only thought.
func (d *Describer) empty(p parameters, u tagroll.Usage, cutOff, thought bool) error {
	switch {
	case cutOff:
		return d.truncated(p, u)
	case thought:
		return failure(tagroll.CodeEmptyAnswer, "the model has thought and answered nothing: switch its thinking off%s, or use a model that does not think", d.thinkingAdvice())
	}
	return failure(tagroll.CodeEmptyAnswer, "the model answered nothing: check that %s can see images, or try another model", d.model)
}

// endsInAnswer reports whether a model's thinking ends with the whole answer: servers that look for
// the end of the thinking and do not find it take the answer for a part of it.
func endsInAnswer(reasoning string, guide tagroll.Guide) bool {
	if !strings.HasSuffix(strings.TrimRight(reasoning, "` \n"), "}") {
		return false
	}
	_, err := describe.Parse(reasoning, guide)
	return err == nil
}

// isSet reports whether a field of JSON is there and not null.
func isSet(raw json.RawMessage) bool { return len(raw) > 0 && !bytes.Equal(raw, []byte("null")) }

// thinkingAdvice says how a server's models are kept from thinking.
func (d *Describer) thinkingAdvice() string {
	switch d.provider.Name {
	case "llamacpp":
		return " (start the server with --reasoning-budget 0)"
	case "lmstudio":
		return " (in the model's settings in LM Studio)"
	case "vllm":
		return ` (start the server with --default-chat-template-kwargs '{"enable_thinking": false}')`
	}
	return ""
}

// cut bounds what is kept of an answer; journals and results hold it for every photo.
func cut(raw string) string {
	const most = 64 << 10
	if len(raw) <= most {
		return raw
	}
	return strings.ToValidUTF8(raw[:most], "")
}

// truncated is the error of an answer that reached a limit on its length: the one that was sent, or
// before that one the end of the model's context.
func (d *Describer) truncated(p parameters, u tagroll.Usage) error {
	switch {
	case d.habits.name == "" && u.OutputTokens > 0 && u.OutputTokens < p.maxTokens/10*9:
		return failure(tagroll.CodeAnswerTruncated, "the answer was cut off after %d tokens, where the model's context was full: %s, or use --detail low or a smaller --max-edge", u.OutputTokens, d.contextAdvice())
	case p.maxTokens == 0:
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
	case x.header.Get("Content-Encoding") != "":
		what = fmt.Sprintf("a body in an encoding that was not asked for (%.20q)", x.header.Get("Content-Encoding"))
	}
	return failure(tagroll.CodeProviderError, "%s answered with %s: check that the base URL %s is that of an OpenAI-compatible API (most end with /v1)", d.host(), what, d.base)
}

// isHTML reports whether the body is a web page, as proxies send them.
func isHTML(x *exchange) bool {
	return strings.Contains(x.header.Get("Content-Type"), "html") || bytes.HasPrefix(bytes.TrimSpace(x.body), []byte("<"))
}

// failure makes the error of a call.
//
//go:noinline
func failure(code tagroll.Code, format string, args ...any) *tagroll.Error {
	return &tagroll.Error{Code: code, Stage: tagroll.StageDescribe, Message: fmt.Sprintf(format, args...)}
}
