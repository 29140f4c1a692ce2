package describetest_test

import (
	"fmt"

	"github.com/tagroll/tagroll/describe/describetest"
)

func ExampleRequest() {
	r := describetest.Request(1)
	fmt.Println(r.Photo.Name, r.Image.Width, r.Image.Height)
	// Output:
	// photo-1.jpg 96 64
}
