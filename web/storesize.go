package web

import (
	"context"
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

// spending remembers what the engine had spent when the day began.
type spending struct {
	mu    sync.Mutex
	began time.Time
	base  float64
}

// left returns what is left of a daily budget, and when the next day begins. A day is 24 hours from
// the first question after the last day. What was spent before this process began does not count.
func (c *spending) left(limit float64, now time.Time, spent float64) (left float64, reset time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.began.IsZero() {
		c.began = now
	}
	if day := 24 * time.Hour; now.Sub(c.began) >= day || now.Before(c.began) {
		c.began, c.base = now, spent
	}
	return limit - (spent - c.base), c.began.Add(24 * time.Hour).Sub(now)
}

// takeToday counts photos against the number that the server takes in a day from all visitors.
func (s *Server) takeToday(ctx context.Context, photos int) error {
	if s.Limits.PhotosPerDay == 0 {
		return nil
	}
	now := s.Now()
	taken, until, err := s.Node.TakePhotos(ctx, now, s.Limits.PhotosPerDay, photos)
	if err != nil || taken {
		return err
	}
	return s.limits.refuseAll(limitDay, until.Sub(now), "This server has taken all photos that it takes in a day")
}

// withinBudget refuses photos when the day's budget is spent. Spent is what the engine knows, and
// what this process has spent since it began.
func (s *Server) withinBudget() error {
	if s.Limits.BudgetPerDay == 0 {
		return nil
	}
	now, stats := s.Now(), s.Node.Stats()
	left, reset := s.spending.left(s.Limits.BudgetPerDay, now, stats.SpentUSD)
	if until := stats.BudgetUntil; until.After(now) {
		left, reset = 0, until.Sub(now)
	}
	if left > 0 {
		return nil
	}
	return s.limits.refuseAll(limitBudget, reset, "This server has spent its budget for the day")
}
