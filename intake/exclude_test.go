package intake

import (
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
)

func TestExclude(t *testing.T) {
	paths := []string{"shoot/a.jpg", "shoot/a_web.jpg", "shoot/drafts/b.jpg", "shoot/2026/drafts/c.tif", "/abs/drafts.jpg", "../up/d.jpg"}
	var photos []tagroll.Photo
	for _, p := range paths {
		photos = append(photos, tagroll.Photo{Path: p})
	}
	for pattern, want := range map[string]string{
		"*_web.jpg":          "shoot/a.jpg shoot/drafts/b.jpg shoot/2026/drafts/c.tif /abs/drafts.jpg ../up/d.jpg",
		"drafts":             "shoot/a.jpg shoot/a_web.jpg /abs/drafts.jpg ../up/d.jpg",
		"drafts/":            "shoot/a.jpg shoot/a_web.jpg /abs/drafts.jpg ../up/d.jpg",
		"2026/drafts":        "shoot/a.jpg shoot/a_web.jpg shoot/drafts/b.jpg /abs/drafts.jpg ../up/d.jpg",
		"shoot/**/*.{jpg,x}": "shoot/2026/drafts/c.tif /abs/drafts.jpg ../up/d.jpg",
		"./shoot/a.jpg":      "shoot/a_web.jpg shoot/drafts/b.jpg shoot/2026/drafts/c.tif /abs/drafts.jpg ../up/d.jpg",
		"draft":              strings.Join(paths, " "),
		"up":                 "shoot/a.jpg shoot/a_web.jpg shoot/drafts/b.jpg shoot/2026/drafts/c.tif /abs/drafts.jpg",
		"drafts.jpg":         "shoot/a.jpg shoot/a_web.jpg shoot/drafts/b.jpg shoot/2026/drafts/c.tif ../up/d.jpg",
	} {
		kept, excluded, err := Exclude(photos, []string{pattern})
		var names []string
		for _, p := range kept {
			names = append(names, p.Path)
		}
		if got := strings.Join(names, " "); err != nil || got != want || excluded != len(paths)-len(kept) {
			t.Errorf("%s: %v, %d left out\n%s, want\n%s", pattern, err, excluded, got, want)
		}
	}
	if _, _, err := Exclude(photos, []string{"[a"}); tagroll.CodeOf(err) != tagroll.CodeConfiguration {
		t.Errorf("a pattern that makes no sense: %v", err)
	}
}
