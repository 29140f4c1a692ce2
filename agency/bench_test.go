package agency_test

import (
	"fmt"
	"testing"

	"github.com/tagroll/tagroll"
)

// BenchmarkCheck holds 45 keywords against one agency's rules.
func BenchmarkCheck(b *testing.B) {
	m := tagroll.Metadata{Title: "Young woman repairing a bicycle in a sunlit workshop", Category: "Lifestyle"}
	for i := range 45 {
		m.Keywords = append(m.Keywords, fmt.Sprintf("keyword phrase%c%c", 'a'+i%26, 'a'+i/26))
	}
	a := adobe(b)
	for b.Loop() {
		a.Check("bicycle.jpg", m)
	}
}
