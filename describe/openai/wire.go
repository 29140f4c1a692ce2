package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe"
)

// maxBody bounds what is read of a response. An answer has 2 KB; the rest is room
// for a model's reasoning, which some servers send along.
const maxBody = 4 << 20

// chatRequest is the body of a call
// (https://platform.openai.com/docs/api-reference/chat/create). The order of its
// fields is that of the golden files.
type chatRequest struct {
	Messages            []message `json:"messages"`
	Model               string    `json:"model"`
	MaxCompletionTokens int       `json:"max_completion_tokens,omitempty"`
	// MaxTokens is the older name, which some servers want.
	MaxTokens       int             `json:"max_tokens,omitempty"`
	ReasoningEffort string          `json:"reasoning_effort,omitempty"`
	ServiceTier     string          `json:"service_tier,omitempty"`
	ResponseFormat  *responseFormat `json:"response_format,omitempty"`
}

type message struct {
	Content any    `json:"content"` // a string, or []part
	Role    string `json:"role"`
}

// part is a piece of a message: a text or an image.
type part struct {
	Text     string    `json:"text,omitempty"`
	ImageURL *imageURL `json:"image_url,omitempty"`
	Type     string    `json:"type"`
}

type imageURL struct {
	URL    string `json:"url"`
	Detail string `json:"detail,omitempty"`
}

type responseFormat struct {
	JSONSchema *jsonSchema `json:"json_schema,omitempty"`
	Type       string      `json:"type"`
}

type jsonSchema struct {
	Name   string          `json:"name"`
	Strict bool            `json:"strict,omitempty"`
	Schema json.RawMessage `json:"schema"`
}

// newRequest builds the body of a call: the instructions first and the image last,
// so that the beginning is the same for every photo.
func (d *Describer) newRequest(r tagroll.Request, p parameters) chatRequest {
	instructions := describe.Instructions(r.Guide)
	question := []part{
		{Type: "text", Text: describe.Question(r)},
		{Type: "image_url", ImageURL: &imageURL{URL: r.URL, Detail: p.detail}},
	}
	messages := []message{{Role: "system", Content: instructions}, {Role: "user", Content: question}}
	if p.noSystem {
		messages = []message{{Role: "user", Content: append([]part{{Type: "text", Text: instructions}}, question...)}}
	}
	body := chatRequest{
		Messages:        messages,
		Model:           d.model,
		ReasoningEffort: p.effort,
		ServiceTier:     p.tier,
	}
	if p.olderName {
		body.MaxTokens = p.maxTokens
	} else {
		body.MaxCompletionTokens = p.maxTokens
	}
	if r.Repair != nil {
		assistant, user := describe.RepairMessages(*r.Repair, r.Guide)
		body.Messages = append(body.Messages, message{Role: "assistant", Content: assistant}, message{Role: "user", Content: user})
	}
	switch p.format {
	case formatStrict:
		body.ResponseFormat = &responseFormat{
			Type:       "json_schema",
			JSONSchema: &jsonSchema{Name: describe.SchemaName, Strict: true, Schema: describe.Schema(r.Guide)},
		}
	case formatPlain:
		body.ResponseFormat = &responseFormat{
			Type:       "json_schema",
			JSONSchema: &jsonSchema{Name: describe.SchemaName, Schema: describe.PlainSchema(r.Guide)},
		}
	case formatObject:
		body.ResponseFormat = &responseFormat{Type: "json_object"}
	}
	return body
}

// exchange is what came back from one request.
type exchange struct {
	status   int // zero if no response began
	header   http.Header
	body     []byte // at most maxBody bytes
	tooLong  bool   // the body was longer
	complete bool   // the body was read to its end, or to maxBody
	err      error  // why there is no response, or why its body ended early
	inside   bool   // the failure stood inside an answer; status is made up, unless it had one
}

// post makes one request and reads its response.
func (d *Describer) post(ctx context.Context, body chatRequest) exchange {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // "\u0026" for "&" would cost tokens
	if err := encoder.Encode(body); err != nil {
		return exchange{err: err}
	}
	text.Truncate(text.Len() - 1) // the encoder ends with a line break
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base.String()+"/chat/completions", &text)
	if err != nil {
		return exchange{err: err}
	}
	request.Header = d.header.Clone()
	response, err := d.client.Do(request)
	if err != nil {
		return exchange{err: err}
	}
	defer response.Body.Close()
	x := exchange{status: response.StatusCode, header: response.Header}
	x.read(response)
	return x
}

// newHeader returns the headers of every request.
func newHeader(c Config) http.Header {
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set("Accept", "application/json")
	header.Set("Accept-Encoding", "gzip") // see exchange.decompress
	header.Set("User-Agent", "tagroll")
	for name, value := range map[string]string{"OpenAI-Organization": c.Organization, "OpenAI-Project": c.Project} {
		if value != "" {
			header.Set(name, value)
		}
	}
	if c.APIKey != "" {
		header.Set("Authorization", "Bearer "+c.APIKey)
	}
	return header
}

// newTransport returns a transport for many requests at once to one host. It has
// no limit of its own on the time of an answer: the context ends a call.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		DialContext:       dialer.DialContext,
		ForceAttemptHTTP2: true,
		// The default of 2 would open a new connection for most calls.
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		OnProxyConnectResponse: connected,
		// Nobody needs more, and a server that never ends its headers is found out soon.
		MaxResponseHeaderBytes: 1 << 20,
	}
}
