package openai

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// providerError is what a server says of a call that failed, in OpenAI's words
// (https://platform.openai.com/docs/guides/error-codes). Every field may be empty.
type providerError struct {
	Message string
	Type    string
	Param   string
	Code    string
	// Quota holds the names of the quotas that are used up (Gemini).
	Quota string
	// Wait is the time until a call may succeed, where the body has a field for it (Gemini).
	Wait time.Duration
	// Header holds headers of the model's own server (OpenRouter).
	Header http.Header
}

// readProviderError reads the body of a failed call. It understands OpenAI's form, a text under
// "error" (Ollama), the fields without "error" around them (vLLM), a list around the whole
// (Gemini), "detail" as text or list (FastAPI, Mistral), and the vendor's words within a router's
// (OpenRouter). Of any other JSON or text it takes the whole.
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
	e := readFields(fields)
	if e.Message == "" {
		e.Message = string(body)
	}
	return e
}

// readFields reads the fields of an error object.
func readFields(fields map[string]any) providerError {
	e := providerError{
		Message: messageOf(fields["message"]),
		Type:    textOf(fields["type"]),
		Param:   textOf(fields["param"]),
		Code:    textOf(fields["code"]),
		Header:  http.Header{},
	}
	if e.Type == "" {
		e.Type = textOf(fields["status"]) // Gemini: "RESOURCE_EXHAUSTED"
	}
	if e.Message == "" {
		e.Message = messageOf(fields["detail"])
	}
	if metadata, ok := fields["metadata"].(map[string]any); ok {
		e.Message = strings.TrimSpace(e.Message + " " + textOf(metadata["raw"]))
		headers, _ := metadata["headers"].(map[string]any)
		for name, value := range headers {
			e.Header.Set(name, textOf(value))
		}
	}
	e.readDetails(fields["details"])
	return e
}

// readDetails reads the details of Google's errors
// (https://cloud.google.com/apis/design/errors#error_details).
func (e *providerError) readDetails(details any) {
	list, _ := details.([]any)
	for _, detail := range list {
		fields, _ := detail.(map[string]any)
		if wait, ok := parseReset(textOf(fields["retryDelay"])); ok {
			e.Wait = wait
		}
		violations, _ := fields["violations"].([]any)
		for _, violation := range violations {
			v, _ := violation.(map[string]any)
			e.Quota += " " + textOf(v["quotaId"])
		}
	}
}

// messageOf reads a message that is a text, or a list of what FastAPI has found wrong:
// {"loc": ["body", "max_tokens"], "msg": "..."}, perhaps below another "detail".
func messageOf(v any) string {
	switch v := v.(type) {
	case []any:
		var texts []string
		for _, element := range v {
			texts = append(texts, messageOf(element))
		}
		return strings.Join(texts, "; ")
	case map[string]any:
		if inner, ok := v["detail"]; ok {
			return messageOf(inner)
		}
		var place []string
		loc, _ := v["loc"].([]any)
		for _, name := range loc {
			place = append(place, textOf(name))
		}
		text := messageOf(v["message"]) + messageOf(v["msg"])
		if len(place) > 0 {
			text = strings.Join(place, ".") + ": " + text
		}
		return strings.TrimSpace(text + " " + textOf(v["type"]))
	}
	return textOf(v)
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
