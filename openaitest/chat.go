package openaitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// chat is a request that was checked, but for its images.
type chat struct {
	model     string
	prefix    string // all text before the first image: what a prompt cache can keep
	text      string // all text
	messages  int
	images    []imagePart
	format    string // "text", "json_object" or "json_schema"
	schema    *schema
	schemaLen int    // bytes
	maxTokens int    // for the answer, 0 is no bound
	effort    string // of reasoning, empty for the model's default
	tier      string // "flex", or empty
	otherTier bool   // another tier is named
}

// imagePart is an image as the request names it.
type imagePart struct {
	url    string
	detail string
	param  string // where it stands in the request
}

// parameters are the top-level parameters of a chat completion
// (https://platform.openai.com/docs/api-reference/chat/create) with their checks.
// A nil check takes anything.
var parameters = map[string]func(any) string{
	"model": nil, "messages": nil, "response_format": nil, // checked on their own
	"temperature": numberIn(0, 2), "top_p": numberIn(0, 1),
	"presence_penalty": numberIn(-2, 2), "frequency_penalty": numberIn(-2, 2),
	"max_tokens": integerFrom(1), "max_completion_tokens": integerFrom(1),
	"n": integerFrom(1), "seed": integerFrom(-1 << 53), "top_logprobs": integerFrom(0),
	"reasoning_effort": oneOf("none", "minimal", "low", "medium", "high", "xhigh", "max"),
	"verbosity":        oneOf("low", "medium", "high"),
	"service_tier":     oneOf("auto", "default", "flex", "scale", "priority"),
	"stream":           boolean, "store": boolean, "logprobs": boolean, "parallel_tool_calls": boolean,
	"user": text, "safety_identifier": text, "prompt_cache_key": text, "prompt_cache_retention": oneOf("in_memory", "24h"),
	"stop": nil, "logit_bias": nil, "metadata": nil, "stream_options": nil,
	"modalities": nil, "audio": nil, "prediction": nil, "web_search_options": nil,
	"tools": nil, "tool_choice": nil, "functions": nil, "function_call": nil,
}

// unsupportedByReasoning are the parameters that reasoning models refuse outright.
var unsupportedByReasoning = []string{
	"top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "logit_bias",
}

// notOffered are the parameters of features that a stand-in does not have.
var notOffered = []string{"tools", "tool_choice", "functions", "function_call", "audio", "prediction", "web_search_options", "stream_options"}

// parseChat reads and checks the body of a chat completion request.
func (s *Server) parseChat(body []byte) (*chat, *apiError) {
	var fields map[string]json.RawMessage
	if err := strictJSON(body, &fields); err != nil || fields == nil {
		return nil, invalid("", "", "We could not parse the JSON body of your request. The OpenAI API expects a JSON payload.")
	}
	c := &chat{format: "text"}
	if json.Unmarshal(fields["model"], &c.model) != nil || c.model == "" {
		return nil, invalid("", "", "you must provide a model parameter")
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		check, known := parameters[name]
		if !known {
			return nil, invalid(name, "unknown_parameter", "Unknown parameter: '%s'.", name)
		}
		if slices.Contains(notOffered, name) {
			return nil, invalid(name, "unsupported_parameter", "Unsupported parameter: '%s' is not offered by this stand-in server.", name)
		}
		var v any
		if json.Unmarshal(fields[name], &v); v == nil || check == nil {
			continue // null is the default
		}
		if problem := check(v); problem != "" {
			return nil, invalid(name, "invalid_value", "Invalid value for '%s': %s.", name, problem)
		}
	}
	if !slices.Contains(s.config.Models, c.model) {
		return nil, unknownModel(c.model)
	}
	if err := c.checkSettings(fields); err != nil {
		return nil, err
	}
	if c.tier == "flex" && s.config.NoFlex {
		return nil, invalid("service_tier", "unsupported_value", "Invalid service_tier argument: 'flex' is not supported for this model.")
	}
	if err := c.readMessages(fields["messages"]); err != nil {
		return nil, err
	}
	return c, c.readFormat(fields["response_format"])
}

// isReasoning reports whether the model thinks before it answers.
func isReasoning(model string) bool {
	return strings.HasPrefix(model, "gpt-5") || strings.HasPrefix(model, "gpt-6") ||
		len(model) > 1 && model[0] == 'o' && model[1] >= '1' && model[1] <= '9'
}

// effortsOf are the reasoning efforts of a model that reasons
// (https://platform.openai.com/docs/guides/reasoning): minimal is of the first gpt-5 only, none
// came after it.
func effortsOf(model string) []string {
	switch {
	case strings.HasPrefix(model, "gpt-6"), strings.HasPrefix(model, "gpt-5.6"):
		return []string{"none", "low", "medium", "high", "xhigh", "max"}
	case strings.HasPrefix(model, "gpt-5."):
		return []string{"none", "low", "medium", "high", "xhigh"}
	case strings.HasPrefix(model, "gpt-5"):
		return []string{"minimal", "low", "medium", "high"}
	}
	return []string{"low", "medium", "high"}
}

// checkSettings refuses what depends on the model, and features that are not offered.
func (c *chat) checkSettings(fields map[string]json.RawMessage) *apiError {
	set := func(name string) (any, bool) {
		var v any
		json.Unmarshal(fields[name], &v) // checked to be JSON with the body
		return v, v != nil
	}
	if v, _ := set("stream"); v == true {
		return invalid("stream", "unsupported_value", "Unsupported value: 'stream' is not offered by this stand-in server.")
	}
	if v, ok := set("n"); ok && v != 1.0 {
		return invalid("n", "unsupported_value", "Unsupported value: 'n' must be 1 on this stand-in server.")
	}
	if v, ok := set("modalities"); ok && !slices.Equal(anyStrings(v), []string{"text"}) {
		return invalid("modalities", "unsupported_value", "Unsupported value: 'modalities' must be [\"text\"] on this stand-in server.")
	}
	if isReasoning(c.model) {
		if _, ok := set("max_tokens"); ok {
			return invalid("max_tokens", "unsupported_parameter", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")
		}
		if v, ok := set("temperature"); ok && v != 1.0 {
			return invalid("temperature", "unsupported_value", "Unsupported value: 'temperature' does not support %v with this model. Only the default (1) value is supported.", v)
		}
		for _, name := range unsupportedByReasoning {
			if _, ok := set(name); ok {
				return invalid(name, "unsupported_parameter", "Unsupported parameter: '%s' is not supported with this model.", name)
			}
		}
	} else if _, ok := set("reasoning_effort"); ok {
		return invalid("reasoning_effort", "unsupported_parameter", "Unsupported parameter: 'reasoning_effort' is not supported with this model.")
	}
	effort, _ := set("reasoning_effort")
	c.effort, _ = effort.(string)
	if supported := effortsOf(c.model); c.effort != "" && !slices.Contains(supported, c.effort) {
		return invalid("reasoning_effort", "unsupported_value", "Unsupported value: '%s' is not supported with the '%s' model. Supported values are: '%s'.",
			c.effort, c.model, strings.Join(supported, "', '"))
	}
	switch tier, named := set("service_tier"); {
	case tier == "flex":
		c.tier = "flex"
	case named:
		c.otherTier = true
	}
	for _, name := range []string{"max_tokens", "max_completion_tokens"} {
		if v, ok := set(name); ok {
			if c.maxTokens != 0 {
				return invalid("max_tokens", "invalid_parameter_combination", "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
			}
			c.maxTokens = int(v.(float64)) // checked to be a whole number
		}
	}
	return nil
}

// readMessages checks the messages and gathers their text and images.
func (c *chat) readMessages(raw json.RawMessage) *apiError {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || list == nil {
		return invalid("messages", "missing_required_parameter", "Missing required parameter: 'messages'.")
	}
	if len(list) == 0 {
		return invalid("messages", "empty_array", "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.")
	}
	c.messages = len(list)
	for i, raw := range list {
		if err := c.readMessage(raw, fmt.Sprintf("messages[%d]", i)); err != nil {
			return err
		}
	}
	return nil
}

func (c *chat) readMessage(raw json.RawMessage, param string) *apiError {
	var message struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
		Name    *string         `json:"name"`
	}
	if err := strictJSON(raw, &message); err != nil {
		return invalid(param, "invalid_type", "Invalid '%s': expected an object with role, content and name: %v.", param, err)
	}
	if !slices.Contains([]string{"system", "developer", "user", "assistant"}, message.Role) {
		return invalid(param+".role", "invalid_value", "Invalid value: '%s'. Supported values are: 'system', 'developer', 'user' and 'assistant'.", message.Role)
	}
	var content string
	if json.Unmarshal(message.Content, &content) == nil && !isNull(message.Content) {
		c.addText(content)
		return nil
	}
	var parts []json.RawMessage
	if json.Unmarshal(message.Content, &parts) != nil || len(parts) == 0 {
		return invalid(param+".content", "invalid_type", "Invalid type for '%s.content': expected a string or a non-empty array of content parts.", param)
	}
	for i, part := range parts {
		if err := c.readPart(part, message.Role, fmt.Sprintf("%s.content[%d]", param, i)); err != nil {
			return err
		}
	}
	return nil
}

func (c *chat) readPart(raw json.RawMessage, role, param string) *apiError {
	var part struct {
		Type     string  `json:"type"`
		Text     *string `json:"text"`
		ImageURL *struct {
			URL    string  `json:"url"`
			Detail *string `json:"detail"`
		} `json:"image_url"`
	}
	if err := strictJSON(raw, &part); err != nil {
		return invalid(param, "invalid_type", "Invalid '%s': %v.", param, err)
	}
	switch part.Type {
	case "text":
		if part.Text == nil || part.ImageURL != nil {
			return invalid(param+".text", "missing_required_parameter", "Invalid '%s': a text part has exactly the fields type and text.", param)
		}
		c.addText(*part.Text)
		return nil
	case "image_url":
	default:
		return invalid(param+".type", "invalid_value", "Invalid value: '%s'. Supported values are: 'text' and 'image_url'.", part.Type)
	}
	if role != "user" {
		return invalid(param, "invalid_value", "Invalid '%s': image URLs are only allowed for messages with role 'user', but this message with role '%s' contains one.", param, role)
	}
	if part.ImageURL == nil || part.Text != nil {
		return invalid(param+".image_url", "missing_required_parameter", "Invalid '%s': an image part has exactly the fields type and image_url.", param)
	}
	if part.ImageURL.URL == "" {
		return invalid(param+".image_url.url", "missing_required_parameter", "Missing required parameter: '%s.image_url.url'.", param)
	}
	image := imagePart{url: part.ImageURL.URL, detail: "auto", param: param + ".image_url"}
	if d := part.ImageURL.Detail; d != nil {
		if image.detail = *d; !slices.Contains([]string{"low", "high", "auto", "original"}, *d) {
			return invalid(param+".image_url.detail", "invalid_value", "Invalid value: '%s'. Supported values are: 'low', 'high', 'auto' and 'original'.", *d)
		}
	}
	c.images = append(c.images, image)
	return nil
}

func (c *chat) addText(text string) {
	c.text += text + "\n"
	if len(c.images) == 0 {
		c.prefix = c.text
	}
}

// strictJSON decodes all of data, and refuses fields that v does not have.
func strictJSON(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("something follows the JSON value")
	}
	return nil
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// The checks of parameters return what is wrong, empty if nothing is.

func numberIn(low, high float64) func(any) string {
	return func(v any) string {
		if f, ok := v.(float64); !ok || f < low || f > high {
			return fmt.Sprintf("expected a number from %v to %v", low, high)
		}
		return ""
	}
}

func integerFrom(low float64) func(any) string {
	return func(v any) string {
		if f, ok := v.(float64); !ok || f < low || f > 1<<53 || f != float64(int64(f)) {
			return fmt.Sprintf("expected a whole number from %.0f", low)
		}
		return ""
	}
}

func oneOf(values ...string) func(any) string {
	return func(v any) string {
		if text, ok := v.(string); !ok || !slices.Contains(values, text) {
			return "supported values are '" + strings.Join(values, "', '") + "'"
		}
		return ""
	}
}

func boolean(v any) string {
	if _, ok := v.(bool); !ok {
		return "expected a boolean"
	}
	return ""
}

func text(v any) string {
	if _, ok := v.(string); !ok {
		return "expected a string"
	}
	return ""
}

func anyStrings(v any) []string {
	list, _ := v.([]any)
	var texts []string
	for _, e := range list {
		texts = append(texts, fmt.Sprint(e))
	}
	return texts
}
