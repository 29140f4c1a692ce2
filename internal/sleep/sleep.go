// Package sleep waits for a time to pass, as long as somebody wants to wait.
package sleep

import (
	"context"
	"time"
)

// For waits for d or for the end of ctx, whose cause it returns. A duration of zero or less does
// not wait and returns nil.
func For(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
