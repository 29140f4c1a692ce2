package main

import (
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cmd/tagroll/embedding"
)

// Names that a spreadsheet's reader takes for one may be several photos of one folder.
func TestResultsOfNamesThatAreAlike(t *testing.T) {
	var photos []tagroll.Photo
	var results []tagroll.Result
	for _, name := range []string{"A.JPG", "a.jpg", "\u00e9.jpg", "e\u0301.jpg"} {
		photos = append(photos, tagroll.Photo{ID: "new/" + name, Name: name, Path: "new/" + name})
		results = append(results, tagroll.Result{Photo: tagroll.Photo{ID: "old/" + name, Name: name, Path: "old/" + name}})
	}
	failures := &embedding.Writer{}
	matched := matchResults(results, photos, failures)
	for _, photo := range photos {
		if got := matched[photo.ID].Photo.Name; got != photo.Name {
			t.Errorf("%q has the result of %q", photo.Name, got)
		}
	}
}
