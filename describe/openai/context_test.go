package openai_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/describetest"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/openaitest"
)

// A server that cuts prompts to its context without a word is found out by its counts, told once,
// and only where that is the cause.
func TestPromptThatIsCut(t *testing.T) {
	const local = "qwen2.5vl:7b"
	for name, test := range map[string]struct {
		model   string
		context int
		want    string
	}{
		"too small":          {local, 2048, "localhost:11434 has read 2048 tokens of a prompt of about"},
		"the words are lost": {local, 300, "OLLAMA_CONTEXT_LENGTH=8192"},
		"large enough":       {local, 8192, ""},
		"no bound":           {local, 0, ""},
		"a known model":      {openai.DefaultModel, 2048, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server, err := openaitest.New(openaitest.Config{Models: []string{test.model}, Context: test.context})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { server.Close() })
			var told []string
			d := newDescriber(t, "http://localhost:11434/v1", model(test.model),
				func(c *openai.Config) {
					c.Transport = openaitest.NewTransport(server)
					c.Notice = func(line string) { told = append(told, line) }
				})
			for n := range 5 {
				r := describetest.Request(n)
				r.Guide, r.Facts.Place = adobe, tagroll.Place{City: fmt.Sprintf("City %d", n)}
				r.Image = tagroll.Image{JPEG: flat(t, 1024, 683), Width: 1024, Height: 683}
				r.URL = dataURL(r.Image.JPEG)
				_, err := d.Describe(t.Context(), r)
				for tagroll.CodeOf(err) == tagroll.CodeUnsupportedParameter {
					_, err = d.Describe(t.Context(), r)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			cut := strings.Join(told, "\n")
			if strings.Count(cut, "context is too small") != min(len(test.want), 1) || !strings.Contains(cut, test.want) {
				t.Errorf("told %q, want %q once", told, test.want)
			}
		})
	}
}

// An answer that ends before its bound has filled the model's context.
func TestAnswerThatFillsTheContext(t *testing.T) {
	body := strings.NewReplacer(`"stop"`, `"length"`, `"completion_tokens":150`, `"completion_tokens":40`).Replace(completion(content[:40]))
	s := newServer(t, reply(200, body))
	for name, want := range map[string]string{"llava:13b": "the model's context was full", openai.DefaultModel: "reasoning included"} {
		d := newDescriber(t, s.URL+"/v1", model(name), func(c *openai.Config) { c.MaxOutputTokens = 500 })
		_, err := d.Describe(t.Context(), describetest.Request(1))
		if tagroll.CodeOf(err) != tagroll.CodeAnswerTruncated || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}
