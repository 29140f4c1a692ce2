package main

import (
	"fmt"
	"os"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/offline"
	"github.com/tagroll/tagroll/describe/openai"
)

// newDescriber returns who the flags say describes photos.
func (p *program) newDescriber(s *providerFlags) (tagroll.Describer, error) {
	if s.provider == "offline" {
		return offline.New(), nil
	}
	if s.apiKey == "" && s.baseURL == "" {
		return nil, &tagroll.Error{
			Code:    tagroll.CodeInvalidAPIKey,
			Message: "--provider openai needs a key: set OPENAI_API_KEY (https://platform.openai.com/api-keys makes one), or name another server with --base-url",
		}
	}
	models, err := readModels(s.prices)
	if err != nil {
		return nil, err
	}
	return openai.New(openai.Config{
		APIKey: s.apiKey, BaseURL: s.baseURL, Model: s.model, Detail: s.detail, Models: models,
		Organization: p.getenv("OPENAI_ORG_ID"), Project: p.getenv("OPENAI_PROJECT_ID"),
	})
}

// readModels reads a table of models in the form of the built-in one.
func readModels(path string) (map[string]openai.Model, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &tagroll.Error{Code: tagroll.CodeConfiguration, Message: fmt.Sprintf("the prices could not be read: %v", err), Err: err}
	}
	models, err := openai.ParseModels(text)
	if err != nil {
		return nil, &tagroll.Error{Code: tagroll.CodeConfiguration, Message: fmt.Sprintf(`%s holds no prices (%v): write {"models": {"name": {"input": 0.05, "cached_input": 0.005, "output": 0.40}}}, in dollars per million tokens`, path, err), Err: err}
	}
	return models, nil
}
