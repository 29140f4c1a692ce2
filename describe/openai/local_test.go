package openai_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/describetest"
	"github.com/tagroll/tagroll/describe/openai"
)

// localServer answers as a local server does, by path; any other path is 404. A path with a model
// is "/api/show NAME".
func localServer(t *testing.T, answers map[string]string) *server {
	t.Helper()
	var s *server
	s = newServer(t, func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if path == "/api/show" {
			path += " " + s.body(t, s.calls()-1)["model"].(string)
		}
		body, ok := answers[path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, "404 page not found")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, body)
	})
	return s
}

// asked are the paths that a server was asked for, in order.
func (s *server) asked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var paths []string
	for _, r := range s.requests {
		paths = append(paths, r.URL.Path)
	}
	return strings.Join(paths, " ")
}

// Lists of models in the forms of the servers themselves.
const (
	ollamaList = `{"object":"list","data":[
		{"id":"gemma3:1b","object":"model","created":1764000000,"owned_by":"library"},
		{"id":"my-photos:latest","object":"model","created":1764000001,"owned_by":"library"},
		{"id":"qwen2.5vl:7b","object":"model","created":1764000002,"owned_by":"library"}]}`
	lmStudioList = `{"data":[
		{"id":"text-embedding-nomic-embed-text-v1.5","object":"model","owned_by":"organization_owner"},
		{"id":"gemma-3-4b-text-only","object":"model","owned_by":"organization_owner"},
		{"id":"magistral-small-2509","object":"model","owned_by":"organization_owner"}],"object":"list"}`
	lmStudioOwn = `{"object":"list","data":[
		{"id":"text-embedding-nomic-embed-text-v1.5","object":"model","type":"embeddings","state":"not-loaded","max_context_length":2048},
		{"id":"gemma-3-4b-text-only","object":"model","type":"llm","arch":"gemma3","state":"not-loaded","max_context_length":32768},
		{"id":"magistral-small-2509","object":"model","type":"vlm","arch":"mistral3","state":"loaded","loaded_context_length":4096,"max_context_length":131072}]}`
	vllmList = `{"object":"list","data":[{"id":"Qwen/Qwen2.5-VL-7B-Instruct","object":"model","created":1764000000,"owned_by":"vllm",
		"root":"Qwen/Qwen2.5-VL-7B-Instruct","parent":null,"max_model_len":32768,"permission":[{"id":"modelperm-1","object":"model_permission","is_blocking":false}]}]}`
	mistralList = `{"object":"list","data":[
		{"id":"codestral","object":"model","capabilities":{"completion_chat":true,"vision":false}},
		{"id":"small","object":"model","capabilities":{"completion_chat":true,"vision":true}}]}`
)

func llamaList(capabilities string) string {
	return `{"models":[{"name":"/models/gemma-3-4b.gguf","model":"/models/gemma-3-4b.gguf","modified_at":"","size":"","digest":"","type":"model","capabilities":` + capabilities + `,"details":{"format":"gguf"}}],
		"object":"list","data":[{"id":"/models/gemma-3-4b.gguf","object":"model","created":1764000000,"owned_by":"llamacpp","meta":{"vocab_type":2,"n_ctx_train":131072,"n_params":3880099328}}]}`
}

func show(capabilities ...string) string {
	text, _ := json.Marshal(map[string]any{"details": map[string]string{"family": "gemma3"}, "capabilities": capabilities})
	return string(text)
}

// The model of a local server is one that can see by its own word, and by its name only where the
// server does not say.
func TestModelsOfLocalServers(t *testing.T) {
	for name, test := range map[string]struct {
		provider string
		answers  map[string]string
		want     string
		code     tagroll.Code
		asked    string
	}{
		"Ollama, by name and word": {"ollama", map[string]string{
			"/v1/models": ollamaList, "/api/show qwen2.5vl:7b": show("completion", "vision"),
		}, "qwen2.5vl:7b", "", "/v1/models /api/show"},
		"Ollama, by word alone": {"ollama", map[string]string{
			"/v1/models": ollamaList, "/api/show qwen2.5vl:7b": show("completion"), "/api/show gemma3:1b": show("completion"), "/api/show my-photos:latest": show("completion", "vision"),
		}, "my-photos:latest", "", "/v1/models /api/show /api/show /api/show"},
		"Ollama before 0.6.4": {"ollama", map[string]string{"/v1/models": ollamaList, "/api/show qwen2.5vl:7b": `{"details":{}}`}, "qwen2.5vl:7b", "", "/v1/models /api/show"},
		"Ollama, empty":       {"ollama", map[string]string{"/v1/models": `{"object":"list","data":null}`}, "", tagroll.CodeModelNotFound, "/v1/models"},
		"Ollama, one, blind": {"ollama", map[string]string{
			"/v1/models": `{"object":"list","data":[{"id":"llama3.2:latest"}]}`, "/api/show llama3.2:latest": show("completion", "tools"),
		}, "", tagroll.CodeModelCannotSee, ""},
		"LM Studio":            {"lmstudio", map[string]string{"/v1/models": lmStudioList, "/api/v0/models": lmStudioOwn}, "magistral-small-2509", "", "/v1/models /api/v0/models"},
		"LM Studio, older":     {"lmstudio", map[string]string{"/v1/models": lmStudioList}, "gemma-3-4b-text-only", "", "/v1/models /api/v0/models"},
		"llama.cpp":            {"llamacpp", map[string]string{"/v1/models": llamaList(`["completion","multimodal"]`)}, "/models/gemma-3-4b.gguf", "", "/v1/models"},
		"llama.cpp, no eye":    {"llamacpp", map[string]string{"/v1/models": llamaList(`["completion"]`)}, "", tagroll.CodeModelCannotSee, "/v1/models"},
		"vLLM":                 {"vllm", map[string]string{"/v1/models": vllmList}, "Qwen/Qwen2.5-VL-7B-Instruct", "", "/v1/models"},
		"switches, as Mistral": {"vllm", map[string]string{"/v1/models": mistralList}, "small", "", "/v1/models"},
	} {
		t.Run(name, func(t *testing.T) {
			s := localServer(t, test.answers)
			got, err := openai.FindModel(t.Context(), openai.Config{Provider: test.provider, BaseURL: s.URL + "/v1"})
			if got != test.want || tagroll.CodeOf(err) != test.code {
				t.Errorf("got %q, %v", got, err)
			}
			if test.asked != "" && s.asked() != test.asked {
				t.Errorf("asked for %s, want %s", s.asked(), test.asked)
			}
		})
	}
}

// Ollama gives a blind model the words alone, and the model makes something up. So it is asked
// before the first call, once, and no photo is described.
func TestBlindModelOfOllama(t *testing.T) {
	chat := completion(content)
	for name, test := range map[string]struct {
		show  string // empty: no such call
		blind bool
	}{
		"blind":        {show("completion", "tools"), true},
		"seeing":       {show("completion", "vision"), false},
		"older":        {`{"details":{"family":"llama"}}`, false},
		"no such call": {"", false},
		"a web page":   {"<html>", false},
	} {
		t.Run(name, func(t *testing.T) {
			answers := map[string]string{"/v1/chat/completions": chat}
			if test.show != "" {
				answers["/api/show llama3.2"] = test.show
			}
			s := localServer(t, answers)
			d := newDescriber(t, s.URL+"/v1", func(c *openai.Config) { c.Provider, c.Model = "ollama", "llama3.2" })
			for n := range 2 {
				_, err := d.Describe(t.Context(), describetest.Request(n))
				if test.blind != (tagroll.CodeOf(err) == tagroll.CodeModelCannotSee) || !test.blind && err != nil {
					t.Errorf("photo %d: %v", n, err)
				}
				if test.blind && !strings.Contains(err.Error(), `"llama3.2" at `) {
					t.Errorf("the message is %q", err)
				}
			}
			want := "/api/show /v1/chat/completions /v1/chat/completions"
			if test.blind {
				want = "/api/show"
			}
			if s.asked() != want {
				t.Errorf("asked for %s, want %s", s.asked(), want)
			}
		})
	}
}
