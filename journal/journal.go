// Package journal holds the implementations of [tagroll.Journal]: [Memory] for tests
// and for batches that nobody resumes, and [File], a file of JSON lines that lets
// a batch go on after its process was killed.
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
	results map[string]tagroll.Result
	started map[string]int
}

// Lookup implements [tagroll.Journal].
func (m *Memory) Lookup(_ context.Context, photo tagroll.Photo) (tagroll.Result, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	result, found := m.results[photo.ID]
	if !found || result.Photo.Version != photo.Version {
		return tagroll.Result{}, false, nil
	}
	return result, true, nil
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
	if m.results == nil {
		m.results = make(map[string]tagroll.Result)
	}
	m.results[result.Photo.ID] = result
	delete(m.started, result.Photo.ID)
	return nil
}
