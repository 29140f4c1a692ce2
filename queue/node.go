package queue

import (
	"context"

	"github.com/tagroll/tagroll"
)

// Node is one process's share of the work. Its methods are safe for concurrent use.
type Node struct{}

// Open starts a node.
func Open(ctx context.Context, c Config) (*Node, error) { return nil, ErrUnavailable }

// Close stops the node.
func (n *Node) Close(ctx context.Context) error { return ErrUnavailable }

// Ready reports what is missing.
func (n *Node) Ready() error { return ErrUnavailable }

// Create makes a batch.
func (n *Node) Create(ctx context.Context, b NewBatch) (Snapshot, error) {
	return Snapshot{}, ErrUnavailable
}

// Add adds a photo.
func (n *Node) Add(ctx context.Context, batch string, p NewPhoto) (Photo, error) {
	return Photo{}, ErrUnavailable
}

// CloseBatch says that no more photos come.
func (n *Node) CloseBatch(ctx context.Context, batch string) (Snapshot, error) {
	return Snapshot{}, ErrUnavailable
}

// Cancel stops a batch.
func (n *Node) Cancel(ctx context.Context, batch string) (Snapshot, error) {
	return Snapshot{}, ErrUnavailable
}

// Retry takes photos again.
func (n *Node) Retry(ctx context.Context, batch string, photos []string) (retried int, _ Snapshot, err error) {
	return 0, Snapshot{}, ErrUnavailable
}

// Edit changes a result.
func (n *Node) Edit(ctx context.Context, batch, photo string, revision uint64, change func(*tagroll.Result) error) (Photo, error) {
	return Photo{}, ErrUnavailable
}

// Delete removes a batch.
func (n *Node) Delete(ctx context.Context, batch string) error { return ErrUnavailable }

// Get returns a batch.
func (n *Node) Get(ctx context.Context, batch string) (Snapshot, error) {
	return Snapshot{}, ErrUnavailable
}

// List returns a session's batches.
func (n *Node) List(ctx context.Context, session string) ([]Snapshot, error) {
	return nil, ErrUnavailable
}

// Image returns a photo's kept image.
func (n *Node) Image(ctx context.Context, batch, photo string) ([]byte, error) {
	return nil, ErrUnavailable
}

// Watch announces changes.
func (n *Node) Watch(batch string) (changed <-chan struct{}, stop func()) {
	return make(chan struct{}), func() {}
}

// Stats returns figures for metrics.
func (n *Node) Stats() Stats { return Stats{} }
