package openai

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
)

// FindModel asks a server for its list of models and returns the first that can see. A server with
// a single model has that one, unless the server says that the model is blind. Where the list does
// not say what a model can do, Ollama and LM Studio are asked for that, too. These requests cost
// nothing.
//
// Errors have CodeNetwork if nothing answers, CodeModelNotFound if there is no list or none of its
// models is known to see, CodeModelCannotSee if the only one is blind, and those that [New] has.
func FindModel(ctx context.Context, c Config) (string, error) {
	c.Model = "any" // it is what is looked for
	provider, base, err := c.complete()
	if err != nil {
		return "", err
	}
	models, err := listModels(ctx, c, base.String())
	if err != nil {
		return "", err
	}
	do := doer(c.Transport.RoundTrip)
	if name := do.firstSeeing(ctx, provider, base.String(), newHeader(c), models); name != "" {
		return name, nil
	}
	if len(models) == 1 {
		only := models[0]
		s := only.sight()
		if s == sightUnknown && provider.Name == "ollama" {
			s, _ = do.ollamaSight(ctx, base.String(), newHeader(c), only.ID)
		}
		if s == blind {
			return "", failure(tagroll.CodeModelCannotSee, "%q, the only model at %s, cannot see images: load one with vision%s", only.ID, base.Host, visionAdvice(provider))
		}
		return only.ID, nil
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
		Data   []listedModel `json:"data"`
		Models []struct {    // llama.cpp says here what its model can do
			Name         string       `json:"name"`
			Capabilities capabilities `json:"capabilities"`
		} `json:"models"`
	}
	if response.StatusCode == http.StatusUnauthorized {
		d.key = c.APIKey
		return nil, d.badKey("")
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil || response.StatusCode != http.StatusOK || json.Unmarshal(body, &list) != nil {
		return nil, failure(tagroll.CodeModelNotFound, "%s has no list of models (status %d): check the base URL, and name the model with --model", request.URL.Host, response.StatusCode)
	}
	for _, known := range list.Models {
		for i := range list.Data {
			if list.Data[i].ID == known.Name {
				list.Data[i].Capabilities = append(list.Data[i].Capabilities, known.Capabilities...)
			}
		}
	}
	return list.Data, nil
}

// LocalModel is a model that can see, on a server of this machine.
type LocalModel struct {
	Provider Provider
	Model    string
}

// FindLocal looks for a server on the usual ports of this machine that has a model which can see.
// It asks the loopback address only, for lists of models and for what the models can do, and takes
// no longer than a moment. It reports false if there is none.
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
			base := fmt.Sprintf("http://127.0.0.1:%d/v1", p.Port)
			models, err := listModels(ctx, Config{Transport: transport}, base)
			if err != nil {
				return
			}
			found[i] = LocalModel{p, doer(transport.RoundTrip).firstSeeing(ctx, p, base, newHeader(Config{}), models)}
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
