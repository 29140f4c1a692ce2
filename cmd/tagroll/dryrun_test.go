package main

import "testing"

// However many calls are made together, a small batch is counted with one that finds nothing in
// the provider's cache, and a large one with as many as there are.
func TestCallsThatMissTheCache(t *testing.T) {
	for _, test := range []struct{ photos, together, want int64 }{
		{1, 5, 1}, {10, 5, 1}, {24, 5, 1}, {30, 5, 2}, {100, 5, 5}, {300, 5, 5}, {300, 1, 1}, {300, 2, 2},
	} {
		var missed int64
		for n := range test.photos {
			if missesCache(n+1, test.together) {
				missed++
			}
		}
		if missed != test.want {
			t.Errorf("%d photos, %d together: %d miss the cache, want %d", test.photos, test.together, missed, test.want)
		}
	}
}
