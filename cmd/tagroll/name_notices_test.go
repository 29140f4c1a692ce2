package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// What will not find its photo is said before any call, and a thousand photos make a few lines.
func TestNameNotices(t *testing.T) {
	photo := func(path, name string) tagroll.Photo { return tagroll.Photo{ID: path, Path: path, Name: name} }
	photos := []tagroll.Photo{photo("a/IMG1.jpg", "IMG1.jpg"), photo("b/img1.JPG", "img1.JPG"), photo("=1.jpg", "=1.jpg")}
	for i := range 100 {
		name := fmt.Sprintf("a-name-of-more-than-thirty-characters-%d.jpg", i)
		photos = append(photos, photo(name, name))
	}
	adobe := agency.Default()
	want := []string{
		"a/IMG1.jpg and b/img1.JPG: they share a name, so that a row finds one of them only: rename one",
		`=1.jpg: the file name begins with "=", which a spreadsheet takes for a formula: rename the file (adobe-stock)`,
		"a-name-of-more-than-thirty-characters-0.jpg, a-name-of-more-than-thirty-characters-1.jpg, a-name-of-more-than-thirty-characters-2.jpg and 97 more: " +
			"the file name has 43 characters and Adobe Stock wants at most 30, extension included: give the file a shorter name (adobe-stock)",
	}
	if got := nameNotices(adobe, photos); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := nameNotices(adobe, photos[:1]); got != nil {
		t.Errorf("a good name has %q", got)
	}
}
