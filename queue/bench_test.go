package queue

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/tagroll/tagroll/batch"
)

// benchNode starts a node for a benchmark.
func benchNode(b *testing.B, c Config) *Node {
	b.Helper()
	if c.DataDir == "" {
		c.DataDir = b.TempDir()
	}
	n, err := Open(context.Background(), c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := n.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return n
}

func benchBatch(b *testing.B, n *Node) string {
	b.Helper()
	s, err := n.Create(context.Background(), NewBatch{Session: "s"})
	if err != nil {
		b.Fatal(err)
	}
	return s.ID
}

// A photo with an image of 150 kB is accepted.
func BenchmarkAdd(b *testing.B) {
	n := benchNode(b, Config{})
	id := benchBatch(b, n)
	p := newPhoto("")
	p.Prepared.Image.JPEG = bytes.Repeat([]byte{1, 2, 3}, 50_000)
	for b.Loop() {
		if _, err := n.Add(context.Background(), id, p); err != nil {
			b.Fatal(err)
		}
	}
}

// A photo goes all its way through the engine, with a call that takes no time: 100 photos in each
// of 20 batches at once.
func BenchmarkPhoto(b *testing.B) {
	n := benchNode(b, Config{Work: instant, Options: batch.Options{Concurrency: 5}})
	const batches, photos = 20, 100
	for b.Loop() {
		var all sync.WaitGroup
		for range batches {
			all.Go(func() {
				id := benchBatch(b, n)
				changed, stop := n.Watch(id)
				defer stop()
				for range photos {
					if _, err := n.Add(context.Background(), id, newPhoto("")); err != nil {
						b.Error(err)
						return
					}
				}
				for {
					if s, err := n.Get(context.Background(), id); err != nil || done(s) {
						break
					}
					<-changed
				}
				if err := n.Delete(context.Background(), id); err != nil {
					b.Error(err)
				}
			})
		}
		all.Wait()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*batches*photos), "µs/photo")
}

// A node starts on a store with 5,000 photos.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	n, err := Open(context.Background(), Config{DataDir: dir})
	if err != nil {
		b.Fatal(err)
	}
	for range 50 {
		id := benchBatch(b, n)
		for range 100 {
			if _, err := n.Add(context.Background(), id, newPhoto("")); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := n.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n, err := Open(context.Background(), Config{DataDir: dir})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := n.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// A batch of 5,000 photos is looked at after each change of one, as event streams do.
func BenchmarkGet(b *testing.B) {
	n := benchNode(b, Config{})
	id := benchBatch(b, n)
	for i := range 5000 {
		if _, err := n.Add(context.Background(), id, newPhoto(fmt.Sprint("p", i))); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("changed", func(b *testing.B) {
		for b.Loop() {
			n.replica.mu.Lock()
			n.replica.batches[id].cached = nil
			n.replica.mu.Unlock()
			if _, err := n.Get(context.Background(), id); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			if _, err := n.Get(context.Background(), id); err != nil {
				b.Fatal(err)
			}
		}
	})
}
