package main

import (
	"context"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/pipeline"
	"github.com/tagroll/tagroll/queue"
	"github.com/tagroll/tagroll/wording"
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
	steps, err := pipeline.New(pipeline.Config{
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
	n := node{pipeline: steps, describer: d, words: new(batchWords)}
	attempt := tagroll.Attempt{
		Call: func(ctx context.Context, _ tagroll.Estimate, call func(context.Context) (tagroll.RateLimit, error)) error {
			_, err := call(ctx)
			return err
		},
		Wait: func(wait func() error) error { return wait() },
	}
	for _, about := range []string{"", "Trams of the 1930s in the Alfama"} {
		d.requests = nil
		batch := queue.Batch{Agencies: []string{"adobe-stock"}, Brief: tagroll.Brief{Context: about}}
		prepared := tagroll.Prepared{Image: tagroll.Image{JPEG: []byte("small"), Width: 3, Height: 2}}
		_, _ = n.work(t.Context(), batch, tagroll.Photo{ID: "1", Name: "a.jpg"}, prepared, attempt)
		if len(d.requests) == 0 || d.requests[0].Brief.Context != about {
			t.Errorf("with the context %q: %+v", about, d.requests)
		}
	}
}

// The titles that a batch has already count for the photos that follow, whichever node described
// them.
func TestTitlesOfABatchAreKnown(t *testing.T) {
	n, err := queue.Open(t.Context(), queue.Config{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close(context.Background()) })
	b, err := n.Create(t.Context(), queue.NewBatch{Session: "session"})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"1", "2"} {
		failed := &tagroll.Error{Code: tagroll.CodeRefused, Message: "not looked at"}
		if _, err := n.Add(t.Context(), b.ID, queue.NewPhoto{ID: id, Name: id + ".jpg", Err: failed}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = n.Edit(t.Context(), b.ID, "1", 0, func(r *tagroll.Result) error {
		r.Metadata, r.Status = &tagroll.Metadata{Title: "Old tram on a steep street"}, tagroll.StatusSuccessful
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	known := (&node{queue: n}).known
	words := new(batchWords).of(t.Context(), b.ID, known)
	rules := wording.Rules{Batch: words}
	found := rules.Judge(tagroll.Photo{ID: "2", Name: "2.jpg"}, tagroll.Prepared{Facts: tagroll.Facts{SHA256: "2"}}, tagroll.Metadata{Title: "Old tram on a steep street"}, nil)
	if len(found) != 1 || found[0].Rule != "same-title" {
		t.Errorf("the findings are %+v", found)
	}
}

// Batches that have ended are forgotten when another one begins.
func TestAlbumsOfEndedBatches(t *testing.T) {
	active := map[string]bool{"a": true, "b": true}
	known := func(_ context.Context, id string) (queue.Snapshot, bool) { return queue.Snapshot{}, active[id] }
	a := new(batchWords)
	first := a.of(t.Context(), "a", known)
	if a.of(t.Context(), "a", known) != first {
		t.Error("the words of a batch are there twice")
	}
	active["a"] = false
	a.of(t.Context(), "b", known)
	if len(a.batches) != 1 || a.batches["b"] == nil {
		t.Errorf("the words of %d batches are kept", len(a.batches))
	}
}
