package openai

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// This file reads answers that were paid for and come in the form of another protocol, or in a
// form of the server's own: gateways answer so, and servers reached at another of their calls.

// choices are the answers of a completion. Beside a list, servers send one alone, or an object of
// them by number; a choice that is null or of no known form is passed over.
type choices []choice

// UnmarshalJSON implements [json.Unmarshaler]. It never fails.
func (c *choices) UnmarshalJSON(raw []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		var fields map[string]json.RawMessage
		if json.Unmarshal(raw, &fields) != nil {
			return nil
		}
		if isSet(fields["message"]) || isSet(fields["delta"]) || isSet(fields["text"]) {
			list = []json.RawMessage{raw}
		} else {
			for _, name := range sortedKeys(fields) {
				list = append(list, fields[name])
			}
		}
	}
	*c = nil
	for _, element := range list {
		var one choice
		var text string
		switch {
		case json.Unmarshal(element, &text) == nil && isSet(element):
			one.Message.Content = quoted(text)
		case !isSet(element) || json.Unmarshal(element, &one) != nil:
			continue
		}
		*c = append(*c, one)
	}
	return nil
}

func sortedKeys(fields map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(fields))
	for key := range fields {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	return keys
}

// best is the first choice that says something, or else the first.
func (c choices) best() choice {
	for _, one := range c {
		if strings.TrimSpace(one.Message.text()) != "" || textOf(one.Message.Refusal) != "" || textOf(one.Text) != "" {
			return one
		}
	}
	return c[0]
}

// foreign are the fields in which other protocols have their answers.
type foreign struct {
	// Ollama's own calls, /api/chat and /api/generate; Cohere's has the message, too.
	Message    json.RawMessage `json:"message"`
	Response   json.RawMessage `json:"response"`
	Done       *bool           `json:"done"`
	DoneReason any             `json:"done_reason"`
	Read       json.RawMessage `json:"prompt_eval_count"`
	Wrote      json.RawMessage `json:"eval_count"`
	Finish     any             `json:"finish_reason"`
	// Anthropic's Messages.
	Content    json.RawMessage `json:"content"`
	StopReason any             `json:"stop_reason"`
	// OpenAI's Responses.
	Output     json.RawMessage `json:"output"`
	Incomplete struct {
		Reason string `json:"reason"`
	} `json:"incomplete_details"`
	// Gemini's generateContent.
	Candidates []struct {
		Content struct {
			Parts json.RawMessage `json:"parts"`
		} `json:"content"`
		FinishReason string `json:"finishReason"`
	} `json:"candidates"`
	Feedback struct {
		BlockReason string `json:"blockReason"`
	} `json:"promptFeedback"`
	Metered struct {
		Read  json.RawMessage `json:"promptTokenCount"`
		Wrote json.RawMessage `json:"candidatesTokenCount"`
	} `json:"usageMetadata"`
	// What gateways put around an answer.
	Data   json.RawMessage `json:"data"`
	Result json.RawMessage `json:"result"`
	// The model's own answer, without anything around it.
	Title    string          `json:"title"`
	Keywords json.RawMessage `json:"keywords"`
}

// readForeign fills in the choices of a completion that has none, from the fields of other
// protocols. depth bounds how many gateways may stand around an answer.
func (c *completion) readForeign(value []byte, depth int) {
	var f foreign
	if json.Unmarshal(value, &f) != nil {
		return
	}
	var message reply
	if bytes.HasPrefix(f.Message, []byte("{")) { // a text is that of a failure
		_ = json.Unmarshal(f.Message, &message) // what is no message has no content
	}
	switch {
	case strings.TrimSpace(message.text()) != "" || f.Done != nil && bytes.HasPrefix(f.Message, []byte("{")):
		c.take(message, cmp.Or(textOf(f.DoneReason), textOf(f.Finish)), f.Read, f.Wrote)
		c.stream(f.Done)
	case len(f.Candidates) > 0:
		candidate := f.Candidates[0]
		c.take(reply{Content: candidate.Content.Parts}, candidate.FinishReason, f.Metered.Read, f.Metered.Wrote)
	case f.Feedback.BlockReason != "":
		c.take(reply{}, "content_filter", nil, nil)
	case hasText(f.Content):
		c.take(reply{Content: f.Content}, textOf(f.StopReason), nil, nil)
	case hasText(f.Response):
		c.take(reply{Content: f.Response}, textOf(f.DoneReason), f.Read, f.Wrote)
		c.stream(f.Done)
	case isSet(f.Output):
		c.take(reply{Content: f.outputText()}, f.Incomplete.Reason, nil, nil)
	case f.Title != "" && isSet(f.Keywords):
		c.take(reply{Content: value}, "", nil, nil)
	case depth > 0:
		for _, inner := range []json.RawMessage{f.Data, f.Result} {
			if bytes.HasPrefix(inner, []byte("{")) && len(c.Choices) == 0 {
				*c = decodeCompletion(inner, depth-1)
			}
		}
	}
}

// take makes an answer of another protocol the completion's.
func (c *completion) take(message reply, finish string, read, wrote json.RawMessage) {
	switch strings.ToLower(finish) {
	case "max_tokens", "max_output_tokens", "model_length":
		finish = "length"
	}
	c.Choices = choices{{Message: message}}
	if finish != "" {
		c.Choices[0].FinishReason = finish
	}
	if isSet(read) || isSet(wrote) {
		counts := map[string]json.RawMessage{}
		if isSet(read) {
			counts["prompt_tokens"] = read
		}
		if isSet(wrote) {
			counts["completion_tokens"] = wrote
		}
		c.Usage, _ = json.Marshal(counts) // raw values of JSON can be set as JSON
	}
}

// stream makes the answer a piece of a stream, as Ollama's are unless it is told otherwise.
func (c *completion) stream(done *bool) {
	if done == nil {
		return
	}
	one := &c.Choices[0]
	one.Delta = &reply{Content: one.Message.Content}
	if *done && one.FinishReason == nil {
		one.FinishReason = "stop"
	}
	if !*done {
		one.FinishReason = nil
	}
}

// outputText is the text of a list of outputs, or of one that is a text itself.
func (f foreign) outputText() json.RawMessage {
	var items []struct {
		Content json.RawMessage `json:"content"`
	}
	if json.Unmarshal(f.Output, &items) != nil {
		return f.Output
	}
	var text strings.Builder
	for _, item := range items {
		text.WriteString(contentText(item.Content))
	}
	return quoted(text.String())
}

// hasText reports whether a content has words in it.
func hasText(content json.RawMessage) bool {
	return isSet(content) && strings.TrimSpace(contentText(content)) != ""
}
