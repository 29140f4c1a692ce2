package agency_test

import (
	"fmt"
	"testing"

	"github.com/tagroll/tagroll/agency"
)

// A photo's words count in any form, until others take their place or the photo goes.
func TestLikeness(t *testing.T) {
	words := func(from, to int) (list []string) {
		for i := from; i < to; i++ {
			list = append(list, fmt.Sprintf("word%c%c", 'a'+i/26, 'a'+i%26))
		}
		return list
	}
	var l agency.Likeness
	want := func(title string, keywords []string, other, wantTitle, wantKeywords int) {
		t.Helper()
		differs := func(photo int) bool { return photo != other }
		if got, found := l.SameTitle(title, differs); found != (wantTitle >= 0) || found && got != wantTitle {
			t.Errorf("the title %q is that of %d, %v", title, got, found)
		}
		if got, found := l.SameKeywords(keywords, differs); found != (wantKeywords >= 0) || found && got != wantKeywords {
			t.Errorf("the keywords are those of %d, %v", got, found)
		}
	}
	want("Trams", words(0, 20), -1, -1, -1)
	l.Put(1, "Tram on hills", words(0, 20))
	l.Put(2, "", nil)
	want("Trams on a hill", words(0, 20), -1, -1, 1) // a word more
	want("trams, on hill", words(0, 21), -1, 1, 1)
	want("Tram on hills", words(0, 20), 1, -1, -1)
	want("", words(0, 4), -1, -1, -1)
	want("Tram", words(2, 20), -1, -1, -1) // 18 of 20 are nine tenths, and not more
	want("Tram", words(1, 20), -1, -1, 1)
	l.Put(1, "Boat", words(40, 60))
	want("Tram on hills", words(0, 20), -1, -1, -1)
	want("Boats", words(40, 60), -1, 1, 1)
	l.Remove(1)
	l.Remove(7)
	want("Boats", words(40, 60), -1, -1, -1)
}
