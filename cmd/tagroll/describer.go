package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/offline"
	"github.com/tagroll/tagroll/describe/openai"
)

// newDescriber returns the describer that the flags choose. A local server is asked for its models
// if none is named. notice is told what the user should know once a run.
func (p *program) newDescriber(ctx context.Context, s *providerFlags, notice func(string)) (tagroll.Describer, error) {
	if s.provider == "offline" {
		return offline.New(), nil
	}
	key, err := p.apiKey(ctx, s)
	if err != nil {
		return nil, err
	}
	if s.provider == "openai" && key == "" && s.baseURL == "" {
		return nil, &tagroll.Error{
			Code: tagroll.CodeInvalidAPIKey,
			Message: "--provider openai needs a key: set OPENAI_API_KEY " +
				"(https://platform.openai.com/api-keys makes one), or name " +
				"another server with --base-url",
		}
	}
	if len(s.preset.Keys) > 0 && key == "" && s.baseURL == "" && !s.preset.Local {
		return nil, &tagroll.Error{
			Code:    tagroll.CodeInvalidAPIKey,
			Message: fmt.Sprintf("--provider %s needs a key: set %s (%s makes one)", s.preset.Name, s.preset.Keys[0], s.preset.KeyPage),
		}
	}
	models, err := readModels(s.prices)
	if err != nil {
		return nil, err
	}
	if s.baseURL != "" {
		if err := openai.CheckBaseURL(s.baseURL); err != nil {
			return nil, refused("base-url", err)
		}
	}
	config := openai.Config{
		Provider: s.preset.Name,
		APIKey:   key, BaseURL: s.baseURL, Model: s.model, Detail: s.detail, Tier: s.tier, TierPatience: s.tierPatience, Models: models,
		Organization: p.getenv("OPENAI_ORG_ID"), Project: p.getenv("OPENAI_PROJECT_ID"),
		Notice: notice,
	}
	if s.preset.Name != "" && s.preset.Name != "openai" {
		config.Organization, config.Project = "", ""
	}
	if config.Model == "" && s.preset.Local {
		ctx, cancel := context.WithTimeout(ctx, localPatience)
		defer cancel()
		if config.Model, err = openai.FindModel(ctx, config); err != nil {
			return nil, err
		}
	}
	describer, err := openai.New(config)
	if name, _ := s.keySetting(); key != "" && name != "" && tagroll.CodeOf(err) == tagroll.CodeInvalidAPIKey {
		return nil, refused(name, err)
	}
	if err != nil {
		return nil, err
	}
	return describer, nil
}

// localPatience bounds how long a local server may take to list its models.
const localPatience = 10 * time.Second

// hintAtLocal says how to use a model on this machine, if photos go to the built-in describer only
// because nobody has named a better one.
func (r *runner) hintAtLocal(ctx context.Context) {
	if r.settings.provider != "offline" || r.settings.providerGiven {
		return
	}
	if local, ok := openai.FindLocal(ctx); ok {
		r.screen.Notice(fmt.Sprintf("%s on this machine has a model that can see: --provider %s --model %s uses it", local.Provider.Title, local.Provider.Name, local.Model))
	}
}

// readModels reads a table of models in the form of the built-in one.
func readModels(path string) (map[string]openai.Model, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, refused("prices", fmt.Errorf("the file cannot be read (%w)", err))
	}
	models, err := openai.ParseModels(text)
	if err != nil {
		return nil, refused("prices "+path, fmt.Errorf(`the file cannot be used (%w): write {"models": {"name": {"input": 0.05, `+
			`"cached_input": 0.005, "output": 0.40}}}, in dollars per million tokens`, err))
	}
	return models, nil
}
