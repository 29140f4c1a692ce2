package main

import (
	"context"
	"sync"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
	"github.com/tagroll/tagroll/wording"
)

// batchWords holds the words of each batch that this node works on: which photos look alike, and
// what was said of them. The zero value is ready to use.
type batchWords struct {
	mu      sync.Mutex
	batches map[string]*wordsOfBatch
}

// wordsOfBatch are the words of one batch. They are read when somebody asks for them first.
type wordsOfBatch struct {
	fill  sync.Once
	words wording.Batch
}

// of returns the words of a batch. Of a batch that another node has begun, known returns them. The
// words of batches that have ended are forgotten.
func (w *batchWords) of(ctx context.Context, id string, known func(context.Context, string) (queue.Snapshot, bool)) *wording.Batch {
	b := w.batch(ctx, id, known)
	b.fill.Do(func() {
		snapshot, _ := known(ctx, id)
		for _, p := range snapshot.Photos {
			if p.Result == nil || p.Result.Metadata == nil {
				continue
			}
			r := *p.Result
			r.Photo, r.Facts = tagroll.Photo{ID: p.ID, Name: p.Name}, p.Facts
			b.words.Note(r, tagroll.Image{Sketch: p.Sketch, Width: p.Width, Height: p.Height})
		}
	})
	return &b.words
}

func (w *batchWords) batch(ctx context.Context, id string, known func(context.Context, string) (queue.Snapshot, bool)) *wordsOfBatch {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b := w.batches[id]; b != nil {
		return b
	}
	for other := range w.batches {
		if _, active := known(ctx, other); !active {
			delete(w.batches, other)
		}
	}
	if w.batches == nil {
		w.batches = make(map[string]*wordsOfBatch)
	}
	w.batches[id] = new(wordsOfBatch)
	return w.batches[id]
}

// known returns a batch, and whether photos of it may still be described.
func (n *node) known(ctx context.Context, id string) (b queue.Snapshot, active bool) {
	if n.queue == nil {
		return b, false
	}
	b, err := n.queue.Get(ctx, id)
	return b, err == nil && b.State != queue.StateCompleted && b.State != queue.StateCancelled
}
