package openai

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/tagroll/tagroll/internal/codepage"
)

// completion is the part of a chat completion that is used. Compatible servers take
// liberties with the rest.
type completion struct {
	Choices     choices         `json:"choices"`
	Usage       json.RawMessage `json:"usage"`
	ServiceTier any             `json:"service_tier"`
	Error       json.RawMessage `json:"error"`
	// Detail and Message hold what servers say that tell a failure with a good status.
	Detail  json.RawMessage `json:"detail"`
	Message json.RawMessage `json:"message"`
}

// choice is an answer, or a piece of one that arrives as a stream.
type choice struct {
	// FinishReason is a string by the protocol; null or a number from some.
	FinishReason any             `json:"finish_reason"`
	Error        json.RawMessage `json:"error"` // OpenRouter
	// Text is in place of Message where a server takes the call for the older one.
	Text    any    `json:"text"`
	Message reply  `json:"message"`
	Delta   *reply `json:"delta"` // of a stream
}

// reply is what the model wrote.
type reply struct {
	Content json.RawMessage `json:"content"` // a string, or an array of parts
	Refusal any             `json:"refusal"`
	// ToolCalls hold the answer of models that take the schema for a tool.
	ToolCalls []struct {
		Function struct {
			// JSON in a string, or an object.
			Arguments json.RawMessage `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
	// Reasoning is where servers put a model's thinking, and all of its answer if the model
	// has not stopped to think.
	Reasoning        json.RawMessage `json:"reasoning"`
	ReasoningContent json.RawMessage `json:"reasoning_content"`
}

// UnmarshalJSON implements [json.Unmarshaler]: a message may be its text alone.
func (r *reply) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*r = reply{Content: quoted(text)}
		return nil
	}
	type fields reply
	return json.Unmarshal(raw, (*fields)(r))
}

// text is what the model wrote for the user.
func (r reply) text() string {
	text := contentText(r.Content)
	if strings.TrimSpace(text) == "" && len(r.ToolCalls) == 1 {
		return contentText(r.ToolCalls[0].Function.Arguments)
	}
	return text
}

// contentText returns the text of a message, whose content is a string, an array of parts, or with
// servers that take the JSON apart the answer's object itself.
func contentText(content json.RawMessage) string {
	var text string
	if json.Unmarshal(content, &text) == nil {
		return text
	}
	if len(content) > 0 && content[0] == '{' {
		return string(content)
	}
	var parts []json.RawMessage
	if json.Unmarshal(content, &parts) != nil {
		return ""
	}
	for _, raw := range parts {
		var part struct {
			Text any `json:"text"`
		}
		var plain string
		if json.Unmarshal(raw, &plain) == nil {
			text += plain
		} else if json.Unmarshal(raw, &part) == nil {
			text += textOf(part.Text)
		}
	}
	return text
}

// tellsFailure reports whether an answer without choices has the words of a failure.
func (c completion) tellsFailure() bool {
	for _, raw := range []json.RawMessage{c.Error, c.Detail, c.Message} {
		var words any
		if json.Unmarshal(raw, &words) == nil && messageOf(words) != "" {
			return true
		}
	}
	return false
}

// readCompletion reads the body of an answer. Servers and proxies change the one JSON object that
// was asked for, and readCompletion understands the changes: another character set, lines of a
// stream before or around the object (server-sent events, or an object a line), a list with one
// element, and anything after a complete object. It reports false if the body holds no whole
// answer.
func readCompletion(body []byte) (completion, bool) {
	body = toUTF8(body)
	var chunks []completion
	for _, value := range jsonValues(body) {
		var list []json.RawMessage
		if json.Unmarshal(value, &list) == nil && len(list) == 1 {
			value = list[0]
		}
		if value[0] == '{' {
			chunks = append(chunks, decodeCompletion(value, 2))
		}
	}
	if len(chunks) == 0 {
		return completion{}, false
	}
	for _, c := range chunks {
		if len(c.Choices) > 0 && c.Choices[0].Delta == nil || isSet(c.Error) {
			return c, true
		}
	}
	return joined(chunks)
}

// decodeCompletion reads an object, in whatever protocol.
func decodeCompletion(value []byte, depth int) (c completion) {
	if json.Unmarshal(value, &c) != nil {
		c = completion{} // fields of other kinds
	}
	if len(c.Choices) == 0 && !isSet(c.Error) {
		c.readForeign(value, depth)
	}
	return c
}

// isWhole reports whether a body whose transfer broke off holds a whole answer all the same: some
// servers announce more than they send, or close the connection without the last chunk.
func isWhole(body []byte) bool {
	c, ok := readCompletion(body)
	return ok && len(c.Choices) > 0
}

// jsonValues returns the JSON values of a body, one after the other, without the marks of a stream
// between them. What is no JSON ends the values.
func jsonValues(body []byte) (values []json.RawMessage) {
	body = numbersOfPython(body)
	if start := bytes.TrimSpace(body); len(start) > 0 && start[0] != '{' && start[0] != '[' {
		body = eventData(body)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	for {
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return values
		}
		values = append(values, value)
	}
}

// numbersOfPython puts null in the place of NaN and Infinity, which Python's json module writes and
// JSON does not have. Servers send them beside a good answer, in counts and probabilities.
func numbersOfPython(body []byte) []byte {
	if !bytes.Contains(body, []byte("NaN")) && !bytes.Contains(body, []byte("Infinity")) {
		return body
	}
	out := make([]byte, 0, len(body))
	quoted := false
	for i := 0; i < len(body); {
		step := 1
		switch c := body[i]; {
		case quoted && c == '\\' && i+1 < len(body):
			step = 2
		case c == '"':
			quoted = !quoted
		case !quoted:
			for _, word := range []string{"-Infinity", "Infinity", "NaN"} {
				if bytes.HasPrefix(body[i:], []byte(word)) {
					out = append(out, "null"...)
					i += len(word)
					step = 0
					break
				}
			}
		}
		out = append(out, body[i:i+step]...)
		i += step
	}
	return out
}

// eventData returns what the events of a stream carry, a line each
// (https://html.spec.whatwg.org/multipage/server-sent-events.html), and the first line that
// belongs to no event with all that follows: routers send comments to keep a connection open and
// then a plain answer.
func eventData(body []byte) []byte {
	var data bytes.Buffer
	for len(body) > 0 {
		line, rest, _ := bytes.Cut(body, []byte("\n"))
		trimmed := bytes.TrimSpace(line)
		name, value, found := bytes.Cut(trimmed, []byte(":"))
		switch {
		case len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '['):
			data.Write(body)
			return data.Bytes()
		case found && string(name) == "data" && !bytes.Equal(bytes.TrimSpace(value), []byte("[DONE]")):
			data.Write(value)
			data.WriteByte('\n')
		}
		body = rest
	}
	return data.Bytes()
}

// joined puts the pieces of a stream together. It reports false if the last one is missing.
func joined(chunks []completion) (whole completion, ok bool) {
	var content, reasoning strings.Builder
	var c choice
	for _, chunk := range chunks {
		if isSet(chunk.Usage) {
			whole.Usage = chunk.Usage
		}
		if chunk.ServiceTier != nil {
			whole.ServiceTier = chunk.ServiceTier
		}
		if len(chunk.Choices) == 0 {
			continue
		}
		piece := chunk.Choices[0]
		if piece.Delta == nil {
			continue
		}
		content.WriteString(contentText(piece.Delta.Content))
		reasoning.WriteString(contentText(piece.Delta.Reasoning) + contentText(piece.Delta.ReasoningContent))
		if refusal := textOf(piece.Delta.Refusal); refusal != "" {
			c.Message.Refusal = textOf(c.Message.Refusal) + refusal
		}
		if piece.FinishReason != nil {
			c.FinishReason = piece.FinishReason
		}
		if isSet(piece.Error) {
			c.Error = piece.Error
		}
		ok = true
	}
	if !ok {
		return chunks[0], true // no answer, but perhaps the words of a failure
	}
	c.Message.Content, c.Message.Reasoning = quoted(content.String()), quoted(reasoning.String())
	whole.Choices = []choice{c}
	return whole, c.FinishReason != nil || json.Valid([]byte(strings.TrimSpace(content.String())))
}

// quoted is a text as JSON.
func quoted(text string) json.RawMessage {
	raw, _ := json.Marshal(text) // never fails for a string
	return raw
}

// toUTF8 brings a body into UTF-8, without a byte order mark. JSON is UTF-8 by its standard (RFC
// 8259, section 8.1); UTF-16 is known by its mark or its first zero, and all else is taken for
// Latin.
func toUTF8(body []byte) []byte {
	var order binary.ByteOrder
	mark := 2
	switch {
	case bytes.HasPrefix(body, []byte("\xFE\xFF")):
		order = binary.BigEndian
	case bytes.HasPrefix(body, []byte("\xFF\xFE")):
		order = binary.LittleEndian
	case bytes.HasPrefix(body, []byte("\x00{")), bytes.HasPrefix(body, []byte("\x00[")):
		order, mark = binary.BigEndian, 0
	case bytes.HasPrefix(body, []byte("{\x00")), bytes.HasPrefix(body, []byte("[\x00")):
		order, mark = binary.LittleEndian, 0
	case utf8.Valid(body):
		return bytes.TrimPrefix(body, []byte("\uFEFF"))
	default:
		return []byte(codepage.Windows1252.Decode(body))
	}
	return []byte(codepage.UTF16(body[mark:], order))
}
