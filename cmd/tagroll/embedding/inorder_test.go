package embedding

import (
	"slices"
	"sync/atomic"
	"testing"
)

// Jobs that end in the reverse order are told of in the order in which they were added, and no more
// than writesAtOnce run at the same time.
func TestInOrder(t *testing.T) {
	const writes = 5 * writesAtOnce
	var o inOrder
	var running atomic.Int64
	var told []int
	ended := make([]chan struct{}, writes)
	for i := range ended {
		ended[i] = make(chan struct{})
	}
	for i := range writes {
		o.add(func() {
			defer close(ended[i])
			if n := running.Add(1); n > writesAtOnce {
				t.Errorf("%d writes at once", n)
			}
			if (i+1)%writesAtOnce != 0 {
				<-ended[i+1]
			}
			running.Add(-1)
		}, func() { told = append(told, i) })
	}
	o.wait()
	if len(told) != writes || !slices.IsSorted(told) {
		t.Errorf("told of %v", told)
	}
}
