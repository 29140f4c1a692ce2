package web

import (
	"slices"
	"testing"
)

// Photos of one name get names of their own, whatever their case, and never one that is taken.
func TestDistinctNames(t *testing.T) {
	names := []string{"a.jpg", "A.JPG", "b.jpg", "a.jpg", "a-2.jpg", "b"}
	want := []string{"a.jpg", "A-3.JPG", "b.jpg", "a-4.jpg", "a-2.jpg", "b"}
	if got := distinctNames(names); !slices.Equal(got, want) {
		t.Errorf("%q became %q, not %q", names, got, want)
	}
}
