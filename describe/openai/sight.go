package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
)

// This file finds out whether a model can see, by what servers say of their models. Ollama gives a
// model that cannot see the words alone, without an error, and the model makes something up.

// sight is whether a model can see.
type sight int

const (
	sightUnknown sight = iota // nobody says
	sees
	blind
)

// capabilities are what a model can do: a list of words, or (Mistral) an object of switches.
type capabilities []string

// UnmarshalJSON implements [json.Unmarshaler]. It never fails: other forms say nothing.
func (c *capabilities) UnmarshalJSON(raw []byte) error {
	var list []string
	var switches map[string]any
	*c = nil
	if json.Unmarshal(raw, &list) == nil {
		*c = list
	} else if json.Unmarshal(raw, &switches) == nil {
		for name, on := range switches {
			if on == true {
				*c = append(*c, name)
			}
		}
	}
	return nil
}

// sight is what the words mean. Where a server says that a model completes texts, it would say
// that it sees, too.
func (c capabilities) sight() sight {
	switch {
	case slices.Contains(c, "vision"), slices.Contains(c, "multimodal"):
		return sees
	case slices.Contains(c, "completion"), slices.Contains(c, "embedding"):
		return blind
	}
	return sightUnknown
}

// listedModel is a model of a server's list. Beside the protocol's id, servers say in
// their own ways what a model takes.
type listedModel struct {
	ID           string       `json:"id"`
	Type         string       `json:"type"`         // LM Studio: "vlm", "llm" or "embeddings"
	Capabilities capabilities `json:"capabilities"` // several
	Architecture struct {
		InputModalities []string `json:"input_modalities"` // OpenRouter
	} `json:"architecture"`
}

// sight is what the server's list says.
func (m listedModel) sight() sight {
	modalities := m.Architecture.InputModalities
	switch {
	case m.Type == "vlm", slices.Contains(modalities, "image"):
		return sees
	case m.Type == "llm", m.Type == "embeddings", len(modalities) > 0:
		return blind
	}
	return m.Capabilities.sight()
}

// visionNames matches the names of open models that can see, for servers whose list does not say
// so; blindNames those of their relatives that cannot.
var (
	visionNames = regexp.MustCompile(`(?i)llava|vision|[-_.]?vl\b|vl[-_:.]|vl\d|gemma-?[3-9]|minicpm-?v|pixtral|moondream|internvl|llama-?4|mistral-small-?3|ministral|qwen-?3\.[5-9]|glm-[\d.]+v|granite.*vision|smolvlm|molmo|phi-?[34].*vision|aya-vision`)
	blindNames  = regexp.MustCompile(`(?i)embed|rerank|gemma-?3[-_:](?:1b|270m)|gemma-?3n`)
)

// looksSeeing reports whether a model's name is that of one that can see.
func (m listedModel) looksSeeing() bool {
	return visionNames.MatchString(m.ID) && !blindNames.MatchString(m.ID)
}

// canSee reports whether the server's list, or else the name, says that a model can see.
func (m listedModel) canSee() bool {
	s := m.sight()
	return s == sees || s == sightUnknown && m.looksSeeing()
}

// doer makes a request: a client, or a transport.
type doer func(*http.Request) (*http.Response, error)

// askServer asks a server by its own protocol. It returns the status, 0 if nothing came. An answer
// of another form leaves into as it is.
func (do doer) askServer(ctx context.Context, method, address string, header http.Header, body string, into any) (status int) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return 0
	}
	request.Header = header.Clone()
	response, err := do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err == nil && response.StatusCode == http.StatusOK {
		// What is not understood says nothing.
		_ = json.Unmarshal(bytes.TrimSpace(text), into)
	}
	return response.StatusCode
}

// ownAPI is the address of a local server's own protocol, beside the one that ends in /v1.
func ownAPI(base, path string) string { return strings.TrimSuffix(base, "/v1") + path }

// ollamaSight asks Ollama whether a model can see, and reports false if there was no answer.
// Versions before 0.6.4 do not say.
func (do doer) ollamaSight(ctx context.Context, base string, header http.Header, model string) (s sight, answered bool) {
	body, err := json.Marshal(map[string]string{"model": model})
	if err != nil {
		return sightUnknown, false
	}
	var page struct {
		Capabilities capabilities `json:"capabilities"`
	}
	status := do.askServer(ctx, http.MethodPost, ownAPI(base, "/api/show"), header, string(body), &page)
	return page.Capabilities.sight(), status != 0
}

// addTypes completes a list by what LM Studio says of its models in a protocol of its own.
func (do doer) addTypes(ctx context.Context, base string, header http.Header, models []listedModel) {
	var list struct {
		Data []listedModel `json:"data"`
	}
	do.askServer(ctx, http.MethodGet, ownAPI(base, "/api/v0/models"), header, "", &list)
	for _, known := range list.Data {
		for i := range models {
			if models[i].ID == known.ID {
				models[i].Type = known.Type
			}
		}
	}
}

// firstSeeing returns the first model of a list that can see, those first whose name says so;
// empty if there is none. Ollama and LM Studio are asked for what their list does not say.
func (do doer) firstSeeing(ctx context.Context, provider Provider, base string, header http.Header, models []listedModel) string {
	if provider.Name == "lmstudio" {
		do.addTypes(ctx, base, header, models)
	}
	const most = 20 // questions
	asked := 0
	for _, likely := range []bool{true, false} {
		for _, m := range models {
			if m.canSee() != likely {
				continue
			}
			s := m.sight()
			if s == sightUnknown && provider.Name == "ollama" && asked < most {
				asked++
				s, _ = do.ollamaSight(ctx, base, header, m.ID)
			}
			if s == sees || s == sightUnknown && likely {
				return m.ID
			}
		}
	}
	return ""
}

// sightTime bounds the question whether a model can see.
const sightTime = 3 * time.Second

// checkSight fails if Ollama says that the model cannot see. It is asked before the first call, and
// again only if it did not answer; and not for models whose name says that they can.
func (d *Describer) checkSight() error {
	if d.provider.Name != "ollama" || (listedModel{ID: d.model}).looksSeeing() {
		return nil
	}
	d.looking.Lock()
	defer d.looking.Unlock()
	if !d.looked {
		ctx, cancel := context.WithTimeout(d.asking, sightTime)
		defer cancel()
		d.sight, d.looked = doer(d.client.Do).ollamaSight(ctx, d.base.String(), d.header, d.model)
		d.looked = d.looked || ctx.Err() != nil
	}
	if d.sight == blind {
		return failure(tagroll.CodeModelCannotSee, "%q at %s cannot see images: choose a model with vision%s", d.model, d.host(), visionAdvice(d.provider))
	}
	return nil
}

// projectorAdvice is for llama.cpp, whose models see by a second file.
const projectorAdvice = ", and give its projector (--mmproj)"

// visionAdvice says how a local server gets a model that can see.
func visionAdvice(p Provider) string {
	switch p.Name {
	case "ollama":
		return ", for example: ollama pull qwen2.5vl"
	case "lmstudio":
		return " (LM Studio shows an eye beside its name)"
	case "llamacpp":
		return projectorAdvice
	}
	return ""
}
