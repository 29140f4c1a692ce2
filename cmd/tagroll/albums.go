package main

import (
	"context"
	"sync"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
	"github.com/tagroll/tagroll/wording"
)

// albums hold, for each batch that this node works on, which photos look alike and which words they
// have. The zero value is ready to use.
type albums struct {
	mu      sync.Mutex
	batches map[string]*album
}

// album is one batch's; it is filled when it is first asked for.
type album struct {
	fill  sync.Once
	words wording.Batch
}

// of returns what is known of a batch's photos. A batch that is new to this node, such as one that
// another node has begun, is asked for by known. Batches that have ended are forgotten.
func (a *albums) of(ctx context.Context, id string, known func(context.Context, string) (queue.Snapshot, bool)) *wording.Batch {
	b := a.album(ctx, id, known)
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

func (a *albums) album(ctx context.Context, id string, known func(context.Context, string) (queue.Snapshot, bool)) *album {
	a.mu.Lock()
	defer a.mu.Unlock()
	if b := a.batches[id]; b != nil {
		return b
	}
	for other := range a.batches {
		if _, active := known(ctx, other); !active {
			delete(a.batches, other)
		}
	}
	if a.batches == nil {
		a.batches = make(map[string]*album)
	}
	a.batches[id] = new(album)
	return a.batches[id]
}

// known returns a batch, and whether photos of it may still be described.
func (n *node) known(ctx context.Context, id string) (b queue.Snapshot, active bool) {
	if n.queue == nil {
		return b, false
	}
	b, err := n.queue.Get(ctx, id)
	return b, err == nil && b.State != queue.StateCompleted && b.State != queue.StateCancelled
}
