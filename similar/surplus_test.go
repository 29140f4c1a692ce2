package similar_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tagroll/tagroll/similar"
)

// The sharpest are kept, the earlier of equals; what is done counts, however sharp it is.
func TestSurplus(t *testing.T) {
	sharp := func(done bool, sharpness float64) similar.Member {
		return similar.Member{Kept: done, Sharpness: sharpness}
	}
	for _, test := range []struct {
		keep  int
		group []similar.Member
		want  []int
	}{
		{2, []similar.Member{sharp(false, 1), sharp(false, 3), sharp(false, 2)}, []int{0}},
		{1, []similar.Member{sharp(false, 5), sharp(false, 5)}, []int{1}},
		{2, []similar.Member{sharp(true, 1), sharp(false, 2), sharp(false, 3)}, []int{1}},
		{1, []similar.Member{sharp(true, 1), sharp(true, 1), sharp(false, 3)}, []int{2}},
		{3, []similar.Member{sharp(false, 1), sharp(false, 3)}, nil},
	} {
		if got := similar.Surplus(test.group, test.keep); !slices.Equal(got, test.want) {
			t.Errorf("of %v %d are kept and %v left, want %v", test.group, test.keep, got, test.want)
		}
	}
}

func ExampleSurplus() {
	group := []similar.Member{{Sharpness: 0.8}, {Sharpness: 0.3, Kept: true}, {Sharpness: 0.9}}
	// The second is done, and the third is the sharpest of the others.
	fmt.Println(similar.Surplus(group, 2))
	// Output: [0]
}
