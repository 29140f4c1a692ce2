package openai_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/describe/openai"
)

func Example() {
	// Any server that speaks the protocol will do; this one always sees a fox.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"choices": [{"finish_reason": "stop", "message": {"content":
			"{\"title\": \"Red fox in deep snow\", \"keywords\": [\"red fox\", \"snow\"], \"category\": \"Animals\"}"}}],
			"usage": {"prompt_tokens": 2000, "completion_tokens": 100}}`)
	}))
	defer server.Close()

	describer, err := openai.New(openai.Config{BaseURL: server.URL + "/v1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer describer.CloseIdleConnections()
	answer, err := describer.Describe(context.Background(), tagroll.Request{
		Photo: tagroll.Photo{ID: "1", Name: "fox.jpg"},
		URL:   "https://photos.example/fox.jpg",
	})
	if err != nil {
		fmt.Println(tagroll.CodeOf(err), err)
		return
	}
	fmt.Println(answer.Metadata.Title)
	fmt.Printf("$%.5f\n", answer.Usage.CostUSD)
	// Output:
	// Red fox in deep snow
	// $0.00025
}

func ExampleNew() {
	_, err := openai.New(openai.Config{})
	fmt.Println(tagroll.CodeOf(err))

	describer, err := openai.New(openai.Config{BaseURL: "http://localhost:11434/v1",
		Model: "llava:13b"})
	fmt.Println(describer.Info().Model, err)
	// Output:
	// invalid_api_key
	// llava:13b <nil>
}

func ExampleDescriber_Estimate() {
	describer, err := openai.New(openai.Config{APIKey: "sk-example", Tier: openai.TierFlex})
	if err != nil {
		fmt.Println(err)
		return
	}
	adobe, err := agency.Lookup("adobe-stock")
	if err != nil {
		fmt.Println(err)
		return
	}
	request := tagroll.Request{Image: tagroll.Image{Width: 1024, Height: 683}, Guide: agency.Set{adobe}.Guide()}
	first, other := describer.Estimate(request), describer.EstimateCached(request)
	fmt.Println(first.InputTokens > 2000, first.CachedTokens, other.CachedTokens > 1024)
	fmt.Printf("$%.2f per 1,000 photos\n", 1000*other.CostUSD)
	// Output:
	// true 0 true
	// $0.09 per 1,000 photos
}

func ExampleModels() {
	luna := openai.Models().Models[openai.DefaultModel]
	fmt.Println(*luna.Effort, luna.Input > luna.CachedInput)
	// Output:
	// none true
}

// A table of the user's own names a deployment and says what it is.
func ExampleParseModels() {
	models, err := openai.ParseModels([]byte(`{"models": {
		"my-deployment": {"like": "gpt-6-luna"},
		"house-model": {"input": 1, "output": 2, "image": {"base": 85, "per_tile": 170}}
	}}`))
	fmt.Println(models["my-deployment"].Like, models["house-model"].Output, err)
	// Output:
	// gpt-6-luna 2 <nil>
}

func ExampleProviders() {
	for _, p := range openai.Providers() {
		if p.Local {
			fmt.Println(p.Title, p.BaseURL)
		}
	}
	// Output:
	// llama.cpp http://localhost:8080/v1
	// LM Studio http://localhost:1234/v1
	// Ollama http://localhost:11434/v1
	// vLLM http://localhost:8000/v1
}
