package openai

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
)

// visionNames matches the names of open models that can see, for servers whose list does not say
// so.
var visionNames = regexp.MustCompile(`(?i)llava|vision|[-_.]?vl\b|vl[-_:.]|vl\d|gemma-?[3-9]|minicpm-?v|pixtral|moondream|internvl|llama-?4|mistral-small-?3|ministral|qwen-?3\.[5-9]|glm-[\d.]+v|granite.*vision|smolvlm|molmo|phi-?[34].*vision|aya-vision`)

// listedModel is a model of a server's list. Beside the protocol's id, servers say in
// their own ways what a model takes.
type listedModel struct {
	ID           string   `json:"id"`
	Type         string   `json:"type"`         // LM Studio: "vlm"
	Capabilities []string `json:"capabilities"` // several
	Architecture struct {
		InputModalities []string `json:"input_modalities"` // OpenRouter
	} `json:"architecture"`
}

func (m listedModel) canSee() bool {
	return m.Type == "vlm" || slices.Contains(m.Capabilities, "vision") || slices.Contains(m.Capabilities, "multimodal") ||
		slices.Contains(m.Architecture.InputModalities, "image") || visionNames.MatchString(m.ID)
}

// FindModel asks a server for its list of models and returns the first that can see. A server
// with a single model has that one. It makes one request (GET /models).
//
// Errors have CodeNetwork if nothing answers, CodeModelNotFound if there is no list or none of its
// models is known to see, and those that [New] has.
func FindModel(ctx context.Context, c Config) (string, error) {
	c.Model = "any" // it is what is looked for
	_, base, err := c.complete()
	if err != nil {
		return "", err
	}
	models, err := listModels(ctx, c, base.String())
	if err != nil {
		return "", err
	}
	for _, m := range models {
		if m.canSee() {
			return m.ID, nil
		}
	}
	if len(models) == 1 {
		return models[0].ID, nil
	}
	var names []string
	for _, m := range models {
		names = append(names, m.ID)
	}
	const most = 10
	if len(names) == 0 {
		return "", failure(tagroll.CodeModelNotFound, "%s has no model: load one that can see images", base.Host)
	}
	return "", failure(tagroll.CodeModelNotFound, "%s has no model that is known to see images: name one with --model (%s)", base.Host, strings.Join(names[:min(len(names), most)], ", "))
}

// listModels asks for the list of models.
func listModels(ctx context.Context, c Config, base string) ([]listedModel, error) {
	d := &Describer{model: "any"}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/models", nil)
	if err != nil {
		return nil, err
	}
	d.base = request.URL
	request.Header = newHeader(c)
	request.Header.Del("Content-Type")
	response, err := c.Transport.RoundTrip(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, failure(tagroll.CodeNetwork, "%s did not answer in time: is the server running?", request.URL.Host)
		}
		return nil, d.noConnection(err)
	}
	defer response.Body.Close()
	var list struct {
		Data []listedModel `json:"data"`
	}
	if response.StatusCode == http.StatusUnauthorized {
		d.key = c.APIKey
		return nil, d.badKey("")
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil || response.StatusCode != http.StatusOK || json.Unmarshal(body, &list) != nil {
		return nil, failure(tagroll.CodeModelNotFound, "%s has no list of models (status %d): check the base URL, and name the model with --model", request.URL.Host, response.StatusCode)
	}
	return list.Data, nil
}

// LocalModel is a model that can see, on a server of this machine.
type LocalModel struct {
	Provider Provider
	Model    string
}

// FindLocal looks for a server on the usual ports of this machine that has a model which can
// see. It asks for lists of models on the loopback address only, and takes no longer than a
// moment. It reports false if there is none.
func FindLocal(ctx context.Context) (LocalModel, bool) {
	const moment = 300 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	transport := newTransport()
	transport.Proxy = nil
	defer transport.CloseIdleConnections()
	var wg sync.WaitGroup
	var local []Provider
	for _, p := range Providers() {
		if p.Local {
			local = append(local, p)
		}
	}
	found := make([]LocalModel, len(local))
	for i, p := range local {
		wg.Go(func() {
			models, err := listModels(ctx, Config{Transport: transport}, fmt.Sprintf("http://127.0.0.1:%d/v1", p.Port))
			if err != nil {
				return
			}
			for _, m := range models {
				if m.canSee() {
					found[i] = LocalModel{p, m.ID}
					return
				}
			}
		})
	}
	wg.Wait()
	for _, f := range found {
		if f.Model != "" {
			return f, true
		}
	}
	return LocalModel{}, false
}
