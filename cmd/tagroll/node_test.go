package main

import (
	"context"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/pipeline"
	"github.com/tagroll/tagroll/queue"
)

// askedDescriber notes what it is asked.
type askedDescriber struct{ requests []tagroll.Request }

func (d *askedDescriber) Info() tagroll.DescriberInfo { return tagroll.DescriberInfo{Name: "asked"} }

func (d *askedDescriber) Describe(_ context.Context, r tagroll.Request) (tagroll.Answer, error) {
	d.requests = append(d.requests, r)
	return tagroll.Answer{Metadata: tagroll.Metadata{Title: "Old tram on a steep street", Keywords: []string{"tram"}}}, nil
}

// What an owner says of a batch reaches the describer with each of its photos.
func TestContextOfABatchIsAsked(t *testing.T) {
	d := &askedDescriber{}
	way, err := pipeline.New(pipeline.Config{
		Describer: d,
		Read:      func(context.Context, tagroll.Photo) ([]byte, error) { return nil, nil },
		Inspect:   func([]byte) (tagroll.Facts, error) { return tagroll.Facts{}, nil },
		Compress: func(context.Context, []byte, tagroll.Facts) (tagroll.Image, error) {
			return tagroll.Image{}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	n := node{way: way, describer: d}
	attempt := tagroll.Attempt{
		Call: func(ctx context.Context, _ tagroll.Estimate, call func(context.Context) (tagroll.RateLimit, error)) error {
			_, err := call(ctx)
			return err
		},
		Wait: func(wait func() error) error { return wait() },
	}
	for _, about := range []string{"", "Trams of the 1930s in the Alfama"} {
		d.requests = nil
		batch := queue.Batch{Agencies: []string{"adobe-stock"}, Context: about}
		prepared := tagroll.Prepared{Image: tagroll.Image{JPEG: []byte("small"), Width: 3, Height: 2}}
		_, _ = n.work(t.Context(), batch, tagroll.Photo{ID: "1", Name: "a.jpg"}, prepared, attempt)
		if len(d.requests) == 0 || d.requests[0].Brief.Context != about {
			t.Errorf("with the context %q: %+v", about, d.requests)
		}
	}
}
