package openai

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// providerError is what a server says of a call that failed, in OpenAI's words
// (https://platform.openai.com/docs/guides/error-codes). Every field may be empty.
type providerError struct {
	Message string
	Type    string
	Param   string
	Code    string
}

// readProviderError reads the body of a failed call. Beside OpenAI's form it
// understands a text under "error" (Ollama), the fields without "error" around them
// (vLLM), an array around it all (Gemini), the vendor's words within a router's
// (OpenRouter), and for anything else that is JSON or text, the whole of it.
func readProviderError(x *exchange) providerError {
	const most = 64 << 10 // no server needs more to say what is wrong
	body := bytes.TrimSpace(x.body[:min(len(x.body), most)])
	if len(body) == 0 || isHTML(x) {
		return providerError{}
	}
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil && len(list) > 0 {
		body = list[0]
	}
	var outer map[string]any
	if json.Unmarshal(body, &outer) != nil {
		return providerError{Message: string(body)}
	}
	fields := outer
	switch inner := outer["error"].(type) {
	case map[string]any:
		fields = inner
	case string:
		return providerError{Message: inner, Code: textOf(outer["code"]), Type: textOf(outer["type"])}
	}
	e := providerError{
		Message: textOf(fields["message"]),
		Type:    textOf(fields["type"]),
		Param:   textOf(fields["param"]),
		Code:    textOf(fields["code"]),
	}
	if metadata, ok := fields["metadata"].(map[string]any); ok {
		e.Message = strings.TrimSpace(e.Message + " " + textOf(metadata["raw"]))
	}
	if e.Message == "" {
		e.Message = string(body)
	}
	return e
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

// is reports whether the error's code or type is one of these.
func (e providerError) is(names ...string) bool {
	for _, name := range names {
		if strings.EqualFold(e.Code, name) || strings.EqualFold(e.Type, name) {
			return true
		}
	}
	return false
}

// says reports whether the error's message contains one of these, in lower case.
func (e providerError) says(phrases ...string) bool {
	message := strings.ToLower(e.Message)
	for _, phrase := range phrases {
		if strings.Contains(message, phrase) {
			return true
		}
	}
	return false
}
