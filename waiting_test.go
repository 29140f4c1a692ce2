package tagroll_test

import (
	"context"
	"fmt"

	"github.com/tagroll/tagroll"
)

// A step that waits for memory tells so, whoever keeps the photo's clock.
func ExampleWithWait() {
	ctx := tagroll.WithWait(context.Background(), func(wait func() error) error {
		fmt.Println("the clock stands still")
		defer fmt.Println("the clock runs")
		return wait()
	})
	err := tagroll.Wait(ctx, func() error {
		fmt.Println("waiting for memory")
		return nil
	})
	fmt.Println(err, tagroll.Wait(context.Background(), func() error { return nil }))
	// Output:
	// the clock stands still
	// waiting for memory
	// the clock runs
	// <nil> <nil>
}
