package tagroll

import "context"

// waitKey is the key of a context's way to wait.
type waitKey struct{}

// WithWait returns a context whose work waits by wait for what other photos hold, such as memory:
// see [Wait]. wait is usually [Attempt.Wait], while which the photo's clock stands still.
func WithWait(ctx context.Context, wait func(wait func() error) error) context.Context {
	return context.WithValue(ctx, waitKey{}, wait)
}

// Wait calls wait, a function that waits for what other photos hold, in the way that [WithWait] has
// given the context; without one it just calls wait. It returns what wait returns.
func Wait(ctx context.Context, wait func() error) error {
	if way, ok := ctx.Value(waitKey{}).(func(func() error) error); ok && way != nil {
		return way(wait)
	}
	return wait()
}
