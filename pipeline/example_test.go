package pipeline_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/compress"
	"github.com/tagroll/tagroll/describe/offline"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/openaitest"
	"github.com/tagroll/tagroll/pipeline"
	"github.com/tagroll/tagroll/publish"
)

// A folder of photos in, metadata that Adobe Stock accepts out, without a network.
func ExampleNew() {
	ctx := context.Background()
	adobe, err := agency.Lookup("adobe-stock")
	if err != nil {
		panic(err)
	}
	found, err := intake.Find(ctx, []string{"../examples/photos/fig-in-red-bowl.jpg"}, nil)
	if err != nil {
		panic(err)
	}
	way, err := pipeline.New(pipeline.Config{
		Read: intake.Limits{}.Read, Inspect: intake.Limits{}.Inspect, Compress: compress.Options{}.Compress,
		Describer: offline.New(),
		Rules:     adobe,
	})
	if err != nil {
		panic(err)
	}
	last, err := batch.Run(ctx, slices.Values(found.Photos), way.Process, batch.Options{})
	if err != nil {
		panic(err)
	}
	for _, r := range last.Results {
		if r.Metadata == nil {
			fmt.Println(r.Status, r.Error)
			continue
		}
		fmt.Println(r.Status, r.Photo.Name, "-", r.Metadata.Title)
	}
	// Output: successful fig-in-red-bowl.jpg - Halved fig in a red bowl in hard sunlight
}

// A model describes the photos. In earnest openai.Config has an APIKey and no Transport.
func ExampleNew_openai() {
	ctx := context.Background()
	server, err := openaitest.New(openaitest.Config{})
	if err != nil {
		panic(err)
	}
	defer server.Close()
	model, err := openai.New(openai.Config{BaseURL: "http://openai.test/v1",
		Transport: openaitest.NewTransport(server)})
	if err != nil {
		panic(err)
	}
	adobe, err := agency.Lookup("adobe-stock")
	if err != nil {
		panic(err)
	}
	found, err := intake.Find(ctx, []string{"../examples/photos"}, nil)
	if err != nil {
		panic(err)
	}
	way, err := pipeline.New(pipeline.Config{
		Read: intake.Limits{}.Read, Inspect: intake.Limits{}.Inspect, Compress: compress.Options{}.Compress,
		Publisher: publish.Inline{}, // or a publish.Temp, with Inline as the Fallback
		Describer: model,
		Rules:     adobe,
	})
	if err != nil {
		panic(err)
	}
	last, err := batch.Run(ctx, slices.Values(found.Photos), way.Process, batch.Options{Concurrency: 5})
	if err != nil {
		panic(err)
	}
	fmt.Println(last.Successful, "of", last.Total, "photos with", last.Calls, "calls")
	// Output: 9 of 9 photos with 9 calls
}
