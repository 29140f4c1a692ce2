package wording_test

import (
	"fmt"

	"github.com/tagroll/tagroll/wording"
)

// A list as Lightroom exports it: what stands in brackets is for order, in braces for synonyms.
func ExampleParseList() {
	entries, err := wording.ParseList("[WHAT]\n\tAnimals\n\t\tBirds\n\t\t\t{feathered}\nfox, red fox # seen often\n")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range entries {
		fmt.Println(e.Line, e.Term)
	}
	// Output:
	// 2 Animals
	// 3 Animals > Birds
	// 4 Animals > Birds > feathered
	// 5 fox
	// 5 red fox
}
