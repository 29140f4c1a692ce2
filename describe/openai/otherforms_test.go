package openai_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/describetest"
	"github.com/tagroll/tagroll/describe/openai"
)

// An answer in the form of another protocol, or of a gateway's own, is read: it was paid for.
func TestOtherProtocols(t *testing.T) {
	said, text := content, jsonString(content)
	half := len(said) / 2
	for name, test := range map[string]struct {
		body          string
		input, output int
	}{
		"Ollama, /api/chat":     {`{"model":"llava","message":{"role":"assistant","content":` + text + `},"done":true,"done_reason":"stop","prompt_eval_count":1900,"eval_count":90}`, 1900, 90},
		"Ollama, a stream":      {`{"message":{"content":` + jsonString(said[:half]) + `},"done":false}` + "\n" + `{"message":{"content":` + jsonString(said[half:]) + `},"done":false}` + "\n" + `{"message":{"content":""},"done":true,"prompt_eval_count":1900,"eval_count":90}`, 1900, 90},
		"Ollama, /api/generate": {`{"response":` + text + `,"done":true,"prompt_eval_count":1900,"eval_count":90}`, 1900, 90},
		"Anthropic, Messages":   {`{"type":"message","role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":` + text + `}],"stop_reason":"end_turn","usage":{"input_tokens":1900,"output_tokens":90}}`, 1900, 90},
		"OpenAI, Responses":     {`{"object":"response","status":"completed","output":[{"type":"reasoning","summary":[]},{"type":"message","content":[{"type":"output_text","text":` + text + `}]}],"usage":{"input_tokens":1900,"output_tokens":90}}`, 1900, 90},
		"Gemini, native":        {`{"candidates":[{"content":{"parts":[{"text":` + text + `}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1900,"candidatesTokenCount":90}}`, 1900, 90},
		"Cohere":                {`{"message":{"role":"assistant","content":[{"type":"text","text":` + text + `}]},"finish_reason":"COMPLETE"}`, 0, 0},
		"a gateway's data":      {`{"code":0,"data":` + completion(said) + `}`, 2000, 150},
		"a gateway's result":    {`{"success":true,"errors":[],"result":{"response":` + text + `}}`, 0, 0},
		"the bare answer":       {said, 0, 0},
		"one choice alone":      {`{"choices":{"message":{"content":` + text + `}}}`, 0, 0},
		"choices by number":     {`{"choices":{"10":null,"0":{"message":{"content":` + text + `}}}}`, 0, 0},
		"the second choice":     {`{"choices":[{"message":{"content":""}},{"message":{"content":` + text + `}}]}`, 0, 0},
		"a choice that is null": {`{"choices":[null,{"message":{"content":` + text + `}}]}`, 0, 0},
		"a choice of text":      {`{"choices":[` + text + `]}`, 0, 0},
		"a message of text":     {`{"choices":[{"message":` + text + `}]}`, 0, 0},
		"parts of text":         {choice(`{"content":[`+text+`]}`, "stop"), 10, 5},
		"parts of many kinds":   {choice(`{"content":[{"type":"thinking","thinking":[{"text":"hm"}]},{"type":"text","text":`+text+`},{"text":null},7]}`, "stop"), 10, 5},
		"after the thinking":    {choice(`{"content":null,"reasoning_content":`+jsonString("A fox, I think. "+said)+`}`, "stop"), 10, 5},
		"UTF-16 without a mark": {utf16LE(completion(said)), 2000, 150},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := newDescriber(t, newServer(t, reply(200, test.body)).URL).Describe(t.Context(), describetest.Request(1))
			if err != nil || answer.Metadata.Title != "Red fox in deep snow" {
				t.Fatalf("got %q, %v", answer.Metadata.Title, err)
			}
			if u := answer.Usage; u.InputTokens != test.input || u.OutputTokens != test.output {
				t.Errorf("%d and %d tokens, want %d and %d", u.InputTokens, u.OutputTokens, test.input, test.output)
			}
		})
	}
}

// What these protocols say of an end is understood as well.
func TestOtherProtocolsEnds(t *testing.T) {
	half := jsonString(content[:len(content)/2])
	for name, test := range map[string]struct {
		body string
		want tagroll.Code
	}{
		"Ollama, cut off":    {`{"message":{"content":` + half + `},"done":true,"done_reason":"length"}`, tagroll.CodeAnswerTruncated},
		"Anthropic, cut off": {`{"content":[{"type":"text","text":` + half + `}],"stop_reason":"max_tokens"}`, tagroll.CodeAnswerTruncated},
		"Responses, cut off": {`{"output":[{"content":[{"text":` + half + `}]}],"incomplete_details":{"reason":"max_output_tokens"}}`, tagroll.CodeAnswerTruncated},
		"Gemini, blocked":    {`{"promptFeedback":{"blockReason":"SAFETY"}}`, tagroll.CodeContentFiltered},
		"Gemini, withheld":   {`{"candidates":[{"finishReason":"SAFETY"}]}`, tagroll.CodeContentFiltered},
		"Ollama, nothing":    {`{"message":{"role":"assistant","content":""},"done":true}`, tagroll.CodeEmptyAnswer},
		"Ollama, loading":    {`{"model":"llava","done":true,"done_reason":"load"}`, tagroll.CodeProviderError},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newDescriber(t, newServer(t, reply(200, test.body)).URL).Describe(t.Context(), describetest.Request(1))
			if tagroll.CodeOf(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func utf16LE(text string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return string(b)
}

// A body is read in whatever of the usual encodings it comes, and whatever its header says.
func TestEncodedBodies(t *testing.T) {
	t.Parallel()
	pack := func(text string, open func(io.Writer) io.WriteCloser) string {
		var b bytes.Buffer
		w := open(&b)
		_, _ = io.WriteString(w, text) // a buffer takes all
		w.Close()
		return b.String()
	}
	zipped := func(text string) string {
		return pack(text, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	}
	// The level is a valid one, so that there is no error.
	raw := func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 9); return f }
	whole := completion(content)
	for name, test := range map[string]struct {
		encoding, body string
		want           tagroll.Code // empty for an answer
	}{
		"gzip":                {"gzip", zipped(whole), ""},
		"in capitals":         {"GZIP", zipped(whole), ""},
		"by its older name":   {"x-gzip", zipped(whole), ""},
		"not named":           {"", zipped(whole), ""},
		"twice":               {"gzip, gzip", zipped(zipped(whole)), ""},
		"deflate":             {"deflate", pack(whole, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }), ""},
		"deflate, headless":   {"deflate", pack(whole, raw), ""},
		"plain":               {"gzip", whole, ""},
		"plain, and unknown":  {"br", whole, ""},
		"identity":            {"identity", whole, ""},
		"without its end":     {"gzip", zipped(whole)[:len(zipped(whole))-8], ""},
		"cut in the middle":   {"gzip", zipped(whole)[:len(zipped(whole))/2], tagroll.CodeNetwork},
		"unknown":             {"br", "\x8b\x02\x80abc\x03", tagroll.CodeProviderError},
		"a bomb":              {"gzip", zipped(strings.Repeat(" ", 16<<20)), tagroll.CodeProviderError},
		"a bomb within a zip": {"gzip, gzip", zipped(zipped(strings.Repeat(" ", 16<<20))), tagroll.CodeProviderError},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, reply(200, test.body, "Content-Encoding", test.encoding))
			answer, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1))
			if got := tagroll.CodeOf(err); err == nil && test.want != "" || err != nil && got != test.want {
				t.Errorf("got %v, %v, want %q", answer.Metadata.Title, err, test.want)
			}
		})
	}
}

// A server that has said all and does not end its answer holds nobody up.
func TestAnswerWithoutEnd(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		reply(200, completion(content))(w, r)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	if _, err := newDescriber(t, s.URL).Describe(t.Context(), describetest.Request(1)); err != nil {
		t.Error(err)
	}
}

// A key is not shown in any of the forms in which a server may repeat it, short as it may be.
func TestKeysInOtherForms(t *testing.T) {
	const short = "SEKRET9"
	backwards := []byte(short)
	slices.Reverse(backwards)
	for name, echo := range map[string]string{
		"plain":         short,
		"small letters": strings.ToLower(short),
		"backwards":     string(backwards),
		"hexadecimal":   hex.EncodeToString([]byte(short)),
		"percent signs": "%53%45%4b%52%45%54%39",
		"base64":        base64.StdEncoding.EncodeToString([]byte(short)),
		"base64, user":  base64.StdEncoding.EncodeToString([]byte("user:" + short)),
		"base64, head":  base64.URLEncoding.EncodeToString([]byte("Bearer " + short)),
		"base64, third": base64.StdEncoding.EncodeToString([]byte("ab" + short)),
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, reply(400, problem("", "", "I got <"+echo+"> from you")))
			d := newDescriber(t, s.URL, func(c *openai.Config) { c.APIKey = short })
			_, err := d.Describe(t.Context(), describetest.Request(1))
			// Of base64 the ends depend on what stands around the key; its middle must
			// be gone.
			if strings.Contains(err.Error(), echo) || !strings.Contains(err.Error(), "[key]") {
				t.Errorf("the message tells %q: %s", echo, err)
			}
		})
	}
}

// A server that fails twice for a photo with nothing but status 500 may fail for what is sent.
func TestBareFailureOfASchema(t *testing.T) {
	for name, body := range map[string]string{"no words": "", "bare words": "Internal Server Error", "an object": `{"error":{"message":"Internal server error","type":"server_error"}}`} {
		t.Run(name, func(t *testing.T) {
			s := refusing(t, 500, body, func(b map[string]any) bool { return b["response_format"] != nil })
			d := newDescriber(t, s.URL)
			for call, want := range []tagroll.Code{tagroll.CodeProviderError, tagroll.CodeUnsupportedParameter} {
				if _, err := d.Describe(t.Context(), describetest.Request(1)); tagroll.CodeOf(err) != want {
					t.Fatalf("call %d: %v, want %s", call+1, err, want)
				}
			}
			if _, err := d.Describe(t.Context(), describetest.Request(1)); err != nil {
				t.Error(err)
			}
		})
	}
	// One that is down learns nobody anything: later calls are made in full.
	s := refusing(t, 500, "", func(map[string]any) bool { return true })
	d := newDescriber(t, s.URL)
	var got []tagroll.Code
	for range 5 {
		_, err := d.Describe(t.Context(), describetest.Request(1))
		got = append(got, tagroll.CodeOf(err))
	}
	want := []tagroll.Code{tagroll.CodeProviderError, tagroll.CodeUnsupportedParameter, tagroll.CodeProviderError, tagroll.CodeProviderError, tagroll.CodeProviderError}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := string(s.bodies[len(s.bodies)-1]); !strings.Contains(last, "json_schema") {
		t.Errorf("the last call lacks the schema: %.200s", last)
	}
}

// Counts that no request can have are not believed: they would use up a budget at once. The budget
// then counts the most that the call can have cost.
func TestImpossibleUsage(t *testing.T) {
	for name, usage := range map[string]string{
		"a billion":    `{"prompt_tokens":1000000000,"completion_tokens":1000000000}`,
		"two millions": `{"prompt_tokens":2e6,"completion_tokens":2000000}`,
		"not a number": `{"prompt_tokens":"NaN","completion_tokens":-4}`,
		"above all":    `{"prompt_tokens":1e400,"completion_tokens":99999999999999999999999}`,
	} {
		t.Run(name, func(t *testing.T) {
			body := `{"choices":[{"message":{"content":` + jsonString(content) + `}}],"usage":` + usage + `}`
			answer, err := newDescriber(t, newServer(t, reply(200, body)).URL).Describe(t.Context(), describetest.Request(1))
			if u := answer.Usage; err != nil || u.InputTokens != 0 || u.OutputTokens != 0 || u.CostUSD != 0 {
				t.Errorf("%+v, %v", u, err)
			}
		})
	}
}
