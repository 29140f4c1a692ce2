package export

import "testing"

// Many photos of one name cost no more than others: with a search from the beginning for each, this
// test would not end.
func TestSidecarsOfOneName(t *testing.T) {
	names := sidecarNames{}
	seen := make(map[string]bool)
	for range 200_000 {
		name, _ := names.next("", "IMG_1.jpg", false)
		if seen[name] {
			t.Fatalf("%s is there twice", name)
		}
		seen[name] = true
	}
}
