package batch_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/limit"
)

// Run does any work on photos; package pipeline supplies the usual one.
func ExampleRun() {
	photos := []tagroll.Photo{{ID: "1", Name: "fox.jpg"}, {ID: "2", Name: "broken.jpg"}}
	work := func(_ context.Context, photo tagroll.Photo, _ tagroll.Attempt) (tagroll.Result, error) {
		if photo.Name == "broken.jpg" {
			return tagroll.Result{}, &tagroll.Error{Code: tagroll.CodeCorruptImage, Message: "the JPEG ends at 31%: export it again"}
		}
		return tagroll.Result{Metadata: &tagroll.Metadata{Title: "Red fox in snow"}}, nil
	}
	last, err := batch.Run(context.Background(), slices.Values(photos), work, batch.Options{Concurrency: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(last.Successful, "successful,", last.Failed, "failed")
	for _, r := range last.Results {
		if r.Error != nil {
			fmt.Println(r.Error.Code, "-", r.Error)
			continue
		}
		fmt.Println(r.Photo.Name, "-", r.Metadata.Title)
	}
	// Output:
	// 1 successful, 1 failed
	// fox.jpg - Red fox in snow
	// corrupt_image - broken.jpg: the JPEG ends at 31%: export it again
}

// A limiter that is shared makes several batches respect one provider's limit together.
func ExampleOptions() {
	opts := batch.Options{Limiter: limit.New(limit.Config{})}
	fmt.Println(opts.Limiter != nil)
	// Output: true
}
