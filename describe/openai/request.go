package openai

import (
	"regexp"
	"slices"
	"strings"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/shared"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe"
)

// plan says which optional parameters a call carries. A zero field is not sent.
type plan struct {
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

// params builds the call's body: the instructions first and the image last, so that
// the beginning is the same for every photo.
func (d *Describer) params(r tagroll.Request, p plan) sdk.ChatCompletionNewParams {
	params := sdk.ChatCompletionNewParams{
		Model: d.model,
		Messages: []sdk.ChatCompletionMessageParamUnion{
			sdk.SystemMessage(describe.Instructions()),
			sdk.UserMessage([]sdk.ChatCompletionContentPartUnionParam{
				sdk.TextContentPart(describe.Question(r)),
				sdk.ImageContentPart(sdk.ChatCompletionContentPartImageImageURLParam{URL: r.URL, Detail: p.detail}),
			}),
		},
		ReasoningEffort: shared.ReasoningEffort(p.effort),
	}
	if r.Repair != nil {
		assistant, user := describe.RepairMessages(*r.Repair)
		params.Messages = append(params.Messages, sdk.AssistantMessage(assistant), sdk.UserMessage(user))
	}
	if p.maxTokens > 0 {
		params.MaxCompletionTokens = sdk.Int(int64(p.maxTokens))
	}
	switch p.format {
	case formatSchema:
		params.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
				Name:   describe.SchemaName,
				Strict: sdk.Bool(true),
				Schema: describe.Schema(),
			},
		}
	case formatObject:
		params.ResponseFormat.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	}
	return params
}

// sent lists the optional parameters that the plan carries.
func (p plan) sent() []string {
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

// maxLessons is how many refusals are learned from one by one. A server that refuses
// still more gets nothing optional from then on, because every lesson costs a
// photo one of its few calls.
const maxLessons = 3

// drop leaves a parameter out of all calls to come, or falls back to the next
// response format. The plan is the one that was sent: another photo's call may have
// learned the same already.
func (d *Describer) drop(parameter string, sent plan) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.plan
	switch parameter {
	case parameterEffort:
		d.plan.effort = ""
	case parameterMaxTokens:
		d.plan.maxTokens = 0
	case parameterDetail:
		d.plan.detail = ""
	case parameterFormat:
		d.plan.format = max(d.plan.format, sent.format+1)
	}
	if d.plan == before {
		return
	}
	if d.lessons++; d.lessons >= maxLessons {
		d.plan = plan{format: formatNone}
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
func refusedParameter(f complaint, p plan) string {
	sent := p.sent()
	for _, name := range sent {
		if f.Param == name || strings.HasPrefix(f.Param, name+".") || strings.HasPrefix(f.Param, name+"[") || strings.HasSuffix(f.Param, "."+name) {
			return name
		}
	}
	if strings.HasPrefix(f.Param, "reasoning") && slices.Contains(sent, parameterEffort) {
		return parameterEffort
	}
	const most = 512 // further on, servers that repeat the request name all of its parameters
	text := strings.ToLower(f.Message[:min(len(f.Message), most)])
	for _, name := range sent {
		if wordsOf[name].MatchString(text) {
			return name
		}
	}
	return ""
}
