package main

import (
	"slices"
	"sync/atomic"
	"testing"
)

// Jobs that end in the reverse order are told of in the order in which they were added, and no more
// than jobsAtOnce run at the same time.
func TestInOrder(t *testing.T) {
	const jobs = 5 * jobsAtOnce
	var o inOrder
	var running atomic.Int64
	var told []int
	ended := make([]chan struct{}, jobs)
	for i := range ended {
		ended[i] = make(chan struct{})
	}
	for i := range jobs {
		o.add(func() {
			defer close(ended[i])
			if n := running.Add(1); n > jobsAtOnce {
				t.Errorf("%d jobs at once", n)
			}
			if (i+1)%jobsAtOnce != 0 {
				<-ended[i+1]
			}
			running.Add(-1)
		}, func() { told = append(told, i) })
	}
	o.wait()
	if len(told) != jobs || !slices.IsSorted(told) {
		t.Errorf("told of %v", told)
	}
}
