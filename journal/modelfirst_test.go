package journal_test

import (
	"path/filepath"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/journal"
)

// What a model said comes before a draft, unless the rules of the run refuse it or the photo's file
// has changed.
func TestModelFirst(t *testing.T) {
	j, err := journal.OpenFile(filepath.Join(t.TempDir(), "a.journal"), journal.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	photo := tagroll.Photo{ID: "/a.jpg", Name: "a.jpg", Version: "1"}
	said := func(title string, remote bool, identity string) {
		r := tagroll.Result{
			Photo: photo, Status: tagroll.StatusSuccessful, Identity: identity, Facts: tagroll.Facts{SHA256: "a"},
			Metadata: &tagroll.Metadata{Title: title}, Describer: tagroll.DescriberInfo{Remote: remote},
		}
		if err := j.Finish(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	said("by a model", true, "model")
	said("draft", false, "built-in")
	accepting := func(ok bool) journal.ModelFirst {
		return journal.ModelFirst{File: j, Accept: func(p tagroll.Photo, r tagroll.Result) (tagroll.Result, bool) { return r, ok }}
	}
	changed := photo
	changed.Version = "2"
	for name, test := range map[string]struct {
		journal tagroll.Journal
		photo   tagroll.Photo
		content string
		want    string
	}{
		"known by its content":      {accepting(true), changed, "a", "by a model"},
		"known by path and version": {accepting(true), photo, "", "by a model"},
		"refused by the rules":      {accepting(false), photo, "a", "draft"},
		"changed since":             {accepting(true), changed, "", ""},
	} {
		r, ok, err := test.journal.Lookup(t.Context(), test.photo, tagroll.Key{Content: test.content, Identity: "built-in"})
		got := ""
		if ok {
			got = r.Metadata.Title
		}
		if err != nil || got != test.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, test.want)
		}
	}
}
