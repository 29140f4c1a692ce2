package openai

import (
	"regexp"
	"slices"
	"strings"
)

// parameters says which optional parameters a call carries. A zero field is not sent.
type parameters struct {
	effort    string
	maxTokens int
	detail    string
	format    format
}

// format is how the server is told to answer in JSON, from strict to not at all.
type format int

const (
	formatSchema format = iota
	formatObject
	formatNone
)

// The optional parameters by their names in the protocol.
const (
	parameterEffort    = "reasoning_effort"
	parameterMaxTokens = "max_completion_tokens"
	parameterDetail    = "detail"
	parameterFormat    = "response_format"
)

// sent lists the optional parameters that a call carries.
func (p parameters) sent() []string {
	var names []string
	if p.effort != "" {
		names = append(names, parameterEffort)
	}
	if p.maxTokens > 0 {
		names = append(names, parameterMaxTokens)
	}
	if p.format != formatNone {
		names = append(names, parameterFormat)
	}
	if p.detail != "" {
		names = append(names, parameterDetail)
	}
	return names
}

// maxDropped is how many refusals are heeded one by one. A server that refuses
// still more gets nothing optional from then on, because every refusal costs a
// photo one of its few calls.
const maxDropped = 3

// drop leaves a parameter out of all calls to come, or falls back to the next
// response format. sent is what the refused call carried: another photo's call may have
// learned the same already.
func (d *Describer) drop(parameter string, sent parameters) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.parameters
	switch parameter {
	case parameterEffort:
		d.parameters.effort = ""
	case parameterMaxTokens:
		d.parameters.maxTokens = 0
	case parameterDetail:
		d.parameters.detail = ""
	case parameterFormat:
		d.parameters.format = max(d.parameters.format, sent.format+1)
	}
	if d.parameters == before {
		return
	}
	if d.dropped++; d.dropped >= maxDropped {
		d.parameters = parameters{format: formatNone}
	}
}

// wordsOf are words by which servers speak of a parameter in a refusal. The word
// "detail" alone says nothing; servers built with FastAPI call every error so.
var wordsOf = map[string]*regexp.Regexp{
	parameterEffort:    regexp.MustCompile(`reasoning[_. ]effort|reasoning\.effort|reasoning is not supported`),
	parameterMaxTokens: regexp.MustCompile(`max_completion_tokens|max_tokens`),
	parameterFormat:    regexp.MustCompile(`response[_ ]format|json[_ ]schema|json[_ ]object|json mode|structured output|guided decoding|grammar`),
	parameterDetail:    regexp.MustCompile(`image_url\.detail|image_url['"\], ]+detail\b|['"]detail['"] `),
}

// refusedParameter finds the optional parameter that the server refuses. The
// field "param" of the protocol comes before the words of the message. Empty if
// the refusal is about something else, or about something that was not sent.
func refusedParameter(e providerError, p parameters) string {
	sent := p.sent()
	for _, name := range sent {
		if e.Param == name || strings.HasPrefix(e.Param, name+".") || strings.HasPrefix(e.Param, name+"[") || strings.HasSuffix(e.Param, "."+name) {
			return name
		}
	}
	if strings.HasPrefix(e.Param, "reasoning") && slices.Contains(sent, parameterEffort) {
		return parameterEffort
	}
	const most = 512 // further on, servers that repeat the request name all of its parameters
	text := strings.ToLower(e.Message[:min(len(e.Message), most)])
	for _, name := range sent {
		if wordsOf[name].MatchString(text) {
			return name
		}
	}
	return ""
}
