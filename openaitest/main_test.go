package openaitest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/tagroll/tagroll/openaitest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// photo makes a JPEG whose pixels depend on n.
func photo(t testing.TB, n int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 96, 64))
	for y := range 64 {
		for x := range 96 {
			img.Set(x, y, color.RGBA{uint8(x*2 + n*37), uint8(y*3 + n*11), uint8(n * 71), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func dataURL(data []byte) string {
	return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(data)
}

// metadataSchema is a strict schema like that of a real client.
const metadataSchema = `{"type":"object","properties":{"title":{"type":"string"},` +
	`"keywords":{"type":"array","items":{"type":"string"},"minItems":7,"maxItems":15},` +
	`"category":{"type":"string","enum":["Animals","Landscapes","Food"]}},` +
	`"required":["title","keywords","category"],"additionalProperties":false}`

// body is a request in order for one image.
func body(url string) string {
	return `{"model":"gpt-5-nano","reasoning_effort":"minimal","messages":[{"role":"system","content":"Describe."},` +
		`{"role":"user","content":[{"type":"text","text":"Go."},{"type":"image_url","image_url":{"url":` + quote(url) + `,"detail":"high"}}]}],` +
		`"response_format":{"type":"json_schema","json_schema":{"name":"metadata","strict":true,"schema":` + metadataSchema + `}}}`
}

func quote(s string) string {
	b, _ := json.Marshal(s) // strings are always JSON
	return string(b)
}

// reply is a response that was read whole.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

func post(t testing.TB, client *http.Client, base, body string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", base+"/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return do(client, r)
}

func do(client *http.Client, r *http.Request) reply {
	response, err := client.Do(r)
	if err != nil {
		return reply{err: err}
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(data), err}
}

// inProcess returns a server without sockets and its client.
func inProcess(t testing.TB, c openaitest.Config) (*openaitest.Server, *http.Client) {
	t.Helper()
	s, err := openaitest.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, &http.Client{Transport: openaitest.NewTransport(s)}
}

const base = "http://openai.test/v1"

// answer is the useful part of a chat completion.
type answer struct {
	ID, Model string
	Created   int64
	Choices   []struct {
		Message struct {
			Content string
			Refusal string
		}
		FinishReason string `json:"finish_reason"`
	}
	Usage struct {
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
		TotalTokens      int `json:"total_tokens"`
		PromptDetails    struct {
			CachedTokens int `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	}
}

type metadata struct {
	Title    string
	Keywords []string
	Category string
}

func (r reply) answer(t testing.TB) answer {
	t.Helper()
	var a answer
	if r.err != nil || r.status != 200 {
		t.Fatalf("status %d, error %v: %s", r.status, r.err, r.body)
	}
	if err := json.Unmarshal([]byte(r.body), &a); err != nil || len(a.Choices) != 1 {
		t.Fatalf("%v: %s", err, r.body)
	}
	return a
}

func (r reply) metadata(t testing.TB) metadata {
	t.Helper()
	var m metadata
	content := r.answer(t).Choices[0].Message.Content
	if err := json.Unmarshal([]byte(content), &m); err != nil {
		t.Fatalf("%v: %s", err, content)
	}
	return m
}

// failure is OpenAI's error form.
type failure struct {
	Message, Type string
	Param, Code   *string
}

func (r reply) failure(t testing.TB) failure {
	t.Helper()
	var e struct{ Error *failure }
	if err := json.Unmarshal([]byte(r.body), &e); err != nil || e.Error == nil || e.Error.Message == "" || e.Error.Type == "" {
		t.Fatalf("%d is not in OpenAI's form (%v): %s", r.status, err, r.body)
	}
	return *e.Error
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
