package web

import (
	"sync"
	"time"

	"github.com/tagroll/tagroll/queue"
)

// storeSize remembers for a moment how much is stored.
type storeSize struct {
	mu    sync.Mutex
	at    time.Time
	bytes uint64
}

// full reports whether the store holds as much as it may; zero is no limit.
func (c *storeSize) full(limit int64, now time.Time, stats func() queue.Stats) bool {
	if limit == 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.at) >= time.Second || now.Before(c.at) {
		c.at, c.bytes = now, stats().StoredBytes
	}
	return c.bytes >= uint64(limit)
}
