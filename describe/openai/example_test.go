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
	// $0.00014
}

func ExampleNew() {
	_, err := openai.New(openai.Config{})
	fmt.Println(tagroll.CodeOf(err))

	describer, err := openai.New(openai.Config{BaseURL: "http://localhost:11434/v1", Model: "llava:13b"})
	fmt.Println(describer.Info().Model, err)
	// Output:
	// invalid_api_key
	// llava:13b <nil>
}

func ExampleDescriber_Estimate() {
	describer, err := openai.New(openai.Config{APIKey: "sk-example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	adobe, err := agency.Lookup("adobe-stock")
	if err != nil {
		fmt.Println(err)
		return
	}
	usage := describer.Estimate(1024, 683, agency.Set{adobe}.Guide())
	fmt.Println(usage.InputTokens, usage.OutputTokens)
	fmt.Printf("$%.2f per 1,000 photos\n", 1000*usage.CostUSD)
	// Output:
	// 3643 160
	// $0.25 per 1,000 photos
}

func ExamplePrices() {
	price, ok := openai.Prices().Models[openai.DefaultModel]
	fmt.Println(ok, price.Input > price.CachedInput)
	// Output:
	// true true
}
