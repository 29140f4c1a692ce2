// Package journal holds the implementations of [tagroll.Journal]: [Memory] for tests
// and for batches that nobody resumes, and [File], a file of JSON lines that lets
// a batch go on after its process was killed.
//
// Results are kept by what was looked at (the SHA-256 of the photo's bytes) and by what
// looked at it (the result's identity). Another model, another server or a failure
// therefore hides no success, and a renamed photo is known.
//
// Package journal/journaltest holds the suite that each implementation passes.
package journal

import (
	"context"
	"sync"

	"github.com/tagroll/tagroll"
)

// Memory is a journal that ends with its process. The zero value is ready to use.
type Memory struct {
	mu      sync.Mutex
	index   index[tagroll.Result]
	started map[string]int
}

// Lookup implements [tagroll.Journal].
func (m *Memory) Lookup(_ context.Context, photo tagroll.Photo, key tagroll.Key) (tagroll.Result, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	result, found := m.index.get(photo, key)
	return result, found, nil
}

// Start implements [tagroll.Journal].
func (m *Memory) Start(_ context.Context, photo tagroll.Photo, k int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.started == nil {
		m.started = make(map[string]int)
	}
	m.started[photo.ID] = k
	return nil
}

// Finish implements [tagroll.Journal].
func (m *Memory) Finish(_ context.Context, result tagroll.Result) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.index.put(entryOf(result), result)
	delete(m.started, result.Photo.ID)
	return nil
}
