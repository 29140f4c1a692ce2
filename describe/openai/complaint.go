package openai

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// complaint is what a server says of a call that failed, in OpenAI's words
// (https://platform.openai.com/docs/guides/error-codes). Every field may be empty.
type complaint struct {
	Message string
	Type    string
	Param   string
	Code    string
}

// readComplaint reads the body of a failed call. Beside OpenAI's form it
// understands a text under "error" (Ollama), the fields without "error" around them
// (vLLM), an array around it all (Gemini), the vendor's words within a router's
// (OpenRouter), and for anything else that is JSON or text, the whole of it.
func readComplaint(x *exchange) complaint {
	const most = 64 << 10 // no server needs more to say what is wrong
	body := bytes.TrimSpace(x.body[:min(len(x.body), most)])
	if len(body) == 0 || isHTML(x) {
		return complaint{}
	}
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil && len(list) > 0 {
		body = list[0]
	}
	var outer map[string]any
	if json.Unmarshal(body, &outer) != nil {
		return complaint{Message: string(body)}
	}
	fields := outer
	switch inner := outer["error"].(type) {
	case map[string]any:
		fields = inner
	case string:
		return complaint{Message: inner, Code: textOf(outer["code"]), Type: textOf(outer["type"])}
	}
	c := complaint{
		Message: textOf(fields["message"]),
		Type:    textOf(fields["type"]),
		Param:   textOf(fields["param"]),
		Code:    textOf(fields["code"]),
	}
	if metadata, ok := fields["metadata"].(map[string]any); ok {
		c.Message = strings.TrimSpace(c.Message + " " + textOf(metadata["raw"]))
	}
	if c.Message == "" {
		c.Message = string(body)
	}
	return c
}

// textOf returns a string or a number of JSON as text.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// is reports whether the complaint's code or type is one of these.
func (c complaint) is(names ...string) bool {
	for _, name := range names {
		if strings.EqualFold(c.Code, name) || strings.EqualFold(c.Type, name) {
			return true
		}
	}
	return false
}

// says reports whether the complaint's message contains one of these, in lower case.
func (c complaint) says(phrases ...string) bool {
	message := strings.ToLower(c.Message)
	for _, phrase := range phrases {
		if strings.Contains(message, phrase) {
			return true
		}
	}
	return false
}
