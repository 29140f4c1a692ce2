// Package sdkwitness holds tests in which OpenAI's official SDK is an outside witness:
// of the stand-in server, which the SDK must be able to talk to, and of
// describe/openai, whose requests must be those that the SDK would send. The package is
// a module of its own, so that the SDK is no dependency of tagroll.
package sdkwitness

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/describetest"
	describer "github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/openaitest"
)

// recorder keeps the last request and answers it with nothing.
type recorder struct {
	request *http.Request
	body    []byte
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	r.request = request
	var err error
	if r.body, err = io.ReadAll(request.Body); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader("{}")), Request: request}, nil
}

func client(url string, transport http.RoundTripper) openai.Client {
	return openai.NewClient(option.WithBaseURL(url), option.WithAPIKey("sk-test"), option.WithMaxRetries(0),
		option.WithOrganization("org-1"), option.WithProject("proj-1"), option.WithHTTPClient(&http.Client{Transport: transport}))
}

// A request of ours is read into the SDK's own types and sent by the SDK. What the SDK
// does not know would be lost on the way.
func TestRequestIsWhatTheSDKSends(t *testing.T) {
	repair := describetest.Request(1)
	repair.Repair = &tagroll.Repair{Answer: `{"title":"Fox & <snow>"}`, Problems: []string{"the title has a comma"}}
	for name, test := range map[string]struct {
		model   string
		request tagroll.Request
	}{
		"reasoning": {"gpt-5-nano", describetest.Request(1)},
		"plain":     {"gpt-4o", describetest.Request(1)},
		"unknown":   {"llava:13b", repair},
	} {
		t.Run(name, func(t *testing.T) {
			const url = "http://openai.test/v1"
			var ours, theirs recorder
			d, err := describer.New(describer.Config{APIKey: "sk-test", BaseURL: url, Model: test.model,
				Organization: "org-1", Project: "proj-1", Transport: &ours})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Describe(t.Context(), test.request); err == nil {
				t.Fatal("an empty answer was taken for metadata")
			}
			var params openai.ChatCompletionNewParams
			if err := json.Unmarshal(ours.body, &params); err != nil {
				t.Fatalf("the SDK cannot read our request: %v", err)
			}
			sdk := client(url, &theirs)
			if _, err := sdk.Chat.Completions.New(t.Context(), params); err != nil {
				t.Fatal(err)
			}
			if a, b := decoded(t, ours.body), decoded(t, theirs.body); !reflect.DeepEqual(a, b) {
				t.Errorf("we send\n%s\nthe SDK sends\n%s", ours.body, theirs.body)
			}
			if a, b := ours.request, theirs.request; a.Method != b.Method || a.URL.String() != b.URL.String() {
				t.Errorf("we ask %s %s, the SDK %s %s", a.Method, a.URL, b.Method, b.URL)
			}
			for _, header := range []string{"Authorization", "Content-Type", "Accept", "OpenAI-Organization", "OpenAI-Project"} {
				if a, b := ours.request.Header.Get(header), theirs.request.Header.Get(header); a != b || a == "" {
					t.Errorf("we send the header %s as %q, the SDK as %q", header, a, b)
				}
			}
		})
	}
}

func decoded(t *testing.T, body []byte) any {
	t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The SDK reads an error, an answer and the models of the stand-in server.
func TestSDKReadsTheStandIn(t *testing.T) {
	s, err := openaitest.Start(openaitest.Config{Key: "sk-test", Faults: []openaitest.Fault{{Kind: openaitest.FaultQuota, First: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	sdk := client(s.URL(), transport)
	question := openai.ChatCompletionNewParams{
		Model:    "gpt-5-nano",
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Describe a photo.")},
	}
	_, err = sdk.Chat.Completions.New(t.Context(), question)
	if e, ok := errors.AsType[*openai.Error](err); !ok || e.StatusCode != 429 || e.Type != "insufficient_quota" || e.Code != "insufficient_quota" {
		t.Errorf("quota: %v", err)
	}
	got, err := sdk.Chat.Completions.New(t.Context(), question)
	if err != nil {
		t.Fatal(err)
	}
	var metadata struct {
		Title    string
		Keywords []string
	}
	err = json.Unmarshal([]byte(got.Choices[0].Message.Content), &metadata)
	if err != nil || metadata.Title == "" || len(metadata.Keywords) < 5 || got.Usage.TotalTokens == 0 {
		t.Errorf("%v: %s", err, got.RawJSON())
	}
	models, err := sdk.Models.List(t.Context())
	if err != nil || len(models.Data) == 0 {
		t.Errorf("models: %v %v", models, err)
	}
}
