package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cache"
	"github.com/tagroll/tagroll/pipeline"
	"github.com/tagroll/tagroll/publish"
	"github.com/tagroll/tagroll/queue"
)

// countingDescriber says how often it was asked.
type countingDescriber struct{ calls int }

func (d *countingDescriber) Info() tagroll.DescriberInfo {
	return tagroll.DescriberInfo{Name: "openai", Model: "m", Remote: true, Identity: "m"}
}

func (d *countingDescriber) Describe(context.Context, tagroll.Request) (tagroll.Answer, error) {
	d.calls++
	return tagroll.Answer{Metadata: tagroll.Metadata{Title: fmt.Sprint("Answer ", d.calls)}}, nil
}

// A picture is described once within a session of the server. Another session gets nothing of it,
// and who wants a photo described again gets another answer.
func TestServerSharesWithinASession(t *testing.T) {
	d := &countingDescriber{}
	steps, err := pipeline.New(pipeline.Config{
		Read:      func(context.Context, tagroll.Photo) ([]byte, error) { return nil, nil },
		Inspect:   func([]byte) (tagroll.Facts, error) { return tagroll.Facts{}, nil },
		Compress:  func(context.Context, []byte, tagroll.Facts) (tagroll.Image, error) { return tagroll.Image{}, nil },
		Publisher: publish.Inline{}, Describer: d,
	})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{pipeline: steps, describer: d, shared: cache.Open(cache.Options{}), words: new(batchWords)}
	attempt := tagroll.Attempt{
		Call: func(ctx context.Context, _ tagroll.Estimate, call func(context.Context) (tagroll.RateLimit, error)) error {
			_, err := call(ctx)
			return err
		},
		Wait: func(wait func() error) error { return wait() },
	}
	for _, step := range []struct {
		session, batch, photo, picture, want string
		cached                               bool
	}{
		{"s", "b1", "1", "fox", "Answer 1", false},
		{"s", "b1", "2", "fox", "Answer 1", true},
		{"s", "b2", "1", "fox", "Answer 1", true},
		{"s", "b1", "1~2", "fox", "Answer 2", false},
		{"s", "b1", "3", "owl", "Answer 3", false},
		{"other", "b3", "1", "fox", "Answer 4", false},
		{"", "b4", "1", "fox", "Answer 5", false},
		{"", "b5", "1", "fox", "Answer 6", false},
	} {
		r, err := n.work(t.Context(), queue.Batch{ID: step.batch, Session: step.session}, tagroll.Photo{ID: step.photo, Name: "a.jpg"},
			tagroll.Prepared{Image: tagroll.Image{JPEG: []byte(step.picture), Sketch: []byte(step.picture)}}, attempt)
		if err != nil {
			t.Fatal(err)
		}
		if r.Metadata.Title != step.want || r.Cached != step.cached {
			t.Errorf("%+v: got %q, cached %v", step, r.Metadata.Title, r.Cached)
		}
	}
}
