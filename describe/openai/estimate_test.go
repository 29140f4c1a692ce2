package openai_test

import (
	"testing"

	"github.com/tagroll/tagroll/describe/openai"
)

// However many calls are made together, a small run is counted with one that finds nothing in
// the provider's cache, and a large one with as many as there are.
func TestCallsThatMissTheCache(t *testing.T) {
	d, err := openai.New(openai.Config{APIKey: "sk-test"})
	if err != nil {
		t.Fatal(err)
	}
	request := sized(1024, 683)
	if d.Estimate(request) == d.EstimateCached(request) {
		t.Fatal("the cache changes nothing")
	}
	for _, test := range []struct{ photos, together, want int }{
		{1, 5, 1}, {10, 5, 1}, {24, 5, 1}, {30, 5, 2}, {100, 5, 5}, {300, 5, 5}, {300, 1, 1}, {300, 2, 2},
	} {
		missed := 0
		for n := range test.photos {
			if d.EstimateNth(request, n+1, test.together) == d.Estimate(request) {
				missed++
			}
		}
		if missed != test.want {
			t.Errorf("%d photos, %d together: %d miss the cache, want %d", test.photos, test.together, missed, test.want)
		}
	}
}
