package progress_test

import (
	"fmt"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/progress"
)

// Photos are counted as they end; the rest follows from the moment.
func ExampleCounter() {
	var counter progress.Counter
	counter.Add(tagroll.Result{
		Status: tagroll.StatusSuccessful, Calls: 1,
		Timings: tagroll.Timings{Total: tagroll.Millis(4 * time.Second)},
	})
	start := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	p := counter.At(progress.Moment{Now: start.Add(4 * time.Second), Start: start, Total: 11, Slots: 5})
	fmt.Printf("%d of %d, %v left\n", p.Completed, p.Total, p.Remaining)
	// Output:
	// 1 of 11, 8s left
}
