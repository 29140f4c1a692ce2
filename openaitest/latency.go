package openaitest

import (
	"context"
	"math"
	"math/rand/v2"
	"time"
)

// draw returns the latency of one answer.
func (l Latency) draw(chance *rand.Rand) time.Duration {
	d := float64(l.Median)
	if l.Sigma > 0 {
		d *= math.Exp(l.Sigma * chance.NormFloat64())
	}
	d = min(d, float64(l.Max)) * l.Scale
	return time.Duration(min(d, float64(1000*time.Hour)))
}

// wait waits for d, or until the client has left or the server is closed, and
// reports whether it waited to the end.
func (s *Server) wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.closing:
	}
	return false
}

// takeSlot waits for one of Config.Slots, and reports whether it got one before the client
// left or the server was closed.
func (s *Server) takeSlot(ctx context.Context) bool {
	select {
	case s.slots <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-s.closing:
	}
	return false
}
