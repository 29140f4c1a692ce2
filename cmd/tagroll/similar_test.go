package main

import (
	"slices"
	"testing"

	"github.com/tagroll/tagroll"
)

// The sharpest are kept, the earlier of equals; what is done counts, however sharp it is.
func TestBeyond(t *testing.T) {
	sharp := func(done bool, sharpness float64) sample {
		return sample{done: done, image: tagroll.Image{Sharpness: sharpness}}
	}
	for _, test := range []struct {
		keep    int
		samples []sample
		want    []int
	}{
		{2, []sample{sharp(false, 1), sharp(false, 3), sharp(false, 2)}, []int{0}},
		{1, []sample{sharp(false, 5), sharp(false, 5)}, []int{1}},
		{2, []sample{sharp(true, 1), sharp(false, 2), sharp(false, 3)}, []int{1}},
		{1, []sample{sharp(true, 1), sharp(true, 1), sharp(false, 3)}, []int{2}},
		{3, []sample{sharp(false, 1), sharp(false, 3)}, nil},
	} {
		group := make([]int, len(test.samples))
		for i := range group {
			group[i] = i
		}
		if got := beyond(group, test.samples, test.keep); !slices.Equal(got, test.want) {
			t.Errorf("of %v %d are kept and %v left, want %v", test.samples, test.keep, got, test.want)
		}
	}
}
