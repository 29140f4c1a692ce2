// Package journaltest holds the suite that every [tagroll.Journal] passes.
package journaltest

import (
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/tagroll/tagroll"
)

// Test runs the suite. Each call of open returns a journal that knows nothing yet.
func Test(t *testing.T, open func(t *testing.T) tagroll.Journal) {
	t.Run("an unknown photo is not found", func(t *testing.T) {
		lookUp(t, open(t), photo("a", "1"), nil)
	})
	t.Run("a started call is no result", func(t *testing.T) {
		j := open(t)
		if err := j.Start(t.Context(), photo("a", "1"), 1); err != nil {
			t.Fatal(err)
		}
		lookUp(t, j, photo("a", "1"), nil)
	})
	t.Run("a result comes back whole", func(t *testing.T) {
		j := open(t)
		want := Result("a", "1", `a "title" <with> & everything, ü and 山`)
		finish(t, j, want)
		lookUp(t, j, photo("a", "1"), &want)
	})
	t.Run("the last result counts", func(t *testing.T) {
		j := open(t)
		finish(t, j, tagroll.Result{Photo: photo("a", "1"), Identity: identity, Status: tagroll.StatusFailed, Error: &tagroll.Error{Code: tagroll.CodeTimeout, Message: "too slow", Photo: "a"}})
		want := Result("a", "1", "second")
		finish(t, j, want)
		lookUp(t, j, photo("a", "1"), &want)
	})
	t.Run("a result of other content is not found", func(t *testing.T) {
		j := open(t)
		old := Result("a", "1", "old content")
		finish(t, j, old)
		lookUp(t, j, photo("a", "2"), nil)
		lookUpKey(t, j, photo("a", "1"), tagroll.Key{Content: "other", Identity: identity}, nil)
		lookUpKey(t, j, photo("a", "1"), tagroll.Key{Content: old.Facts.SHA256, Identity: identity}, &old)
	})
	t.Run("a result of another identity is not found", func(t *testing.T) {
		j := open(t)
		finish(t, j, Result("a", "1", "by another model"))
		lookUpKey(t, j, photo("a", "1"), tagroll.Key{Identity: "other"}, nil)
	})
	t.Run("photos of the same name are kept apart", func(t *testing.T) {
		j := open(t)
		first, second := Result("x/a.jpg", "1", "first"), Result("y/a.jpg", "1", "second")
		finish(t, j, first)
		finish(t, j, second)
		lookUp(t, j, first.Photo, &first)
		lookUp(t, j, second.Photo, &second)
	})
	t.Run("many at once", func(t *testing.T) {
		j := open(t)
		const n = 50
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				id := fmt.Sprint(i)
				if err := j.Start(t.Context(), photo(id, ""), 1); err != nil {
					t.Error(err)
				}
				if err := j.Finish(t.Context(), Result(id, "", "photo "+id)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for i := range n {
			id := fmt.Sprint(i)
			want := Result(id, "", "photo "+id)
			lookUp(t, j, photo(id, ""), &want)
		}
	})
}

// TestContent runs the suite of journals that outlive a batch: they keep results by what was
// looked at, whatever its name, and by what looked at it.
func TestContent(t *testing.T, open func(t *testing.T) tagroll.Journal) {
	success := func(id, version, title string) tagroll.Result {
		r := Result(id, version, title)
		r.Status, r.Error, r.Findings = tagroll.StatusSuccessful, nil, nil
		r.Image = tagroll.Image{Width: 1024, Height: 683, Sketch: []byte{0, 7, 255}, Sharpness: 12.5}
		return r
	}
	t.Run("a photo of another name is known by its content", func(t *testing.T) {
		j := open(t)
		want := success("a", "1", "title")
		finish(t, j, want)
		lookUpKey(t, j, photo("moved/b", "7"), tagroll.Key{Content: want.Facts.SHA256, Identity: identity}, &want)
	})
	t.Run("results of two identities are both kept", func(t *testing.T) {
		j := open(t)
		first, second := success("a", "1", "by one"), success("a", "1", "by another")
		second.Identity = "another"
		finish(t, j, first)
		finish(t, j, second)
		lookUp(t, j, first.Photo, &first)
		lookUpKey(t, j, first.Photo, tagroll.Key{Identity: "another"}, &second)
	})
	t.Run("what is worth less does not hide what is worth more", func(t *testing.T) {
		j := open(t)
		want := success("a", "1", "paid for")
		finish(t, j, want)
		finish(t, j, Result("a", "1", "needs review"))
		failed := tagroll.Result{Photo: photo("a", "1"), Status: tagroll.StatusFailed, Identity: identity, Facts: want.Facts, Error: &tagroll.Error{Code: tagroll.CodeNetwork}}
		finish(t, j, failed)
		failed.Facts = tagroll.Facts{} // the file could not be read
		finish(t, j, failed)
		lookUp(t, j, want.Photo, &want)
	})
	t.Run("a photo that has changed back is known", func(t *testing.T) {
		j := open(t)
		first := success("a", "1", "first content")
		finish(t, j, first)
		finish(t, j, success("a", "2", "second content"))
		lookUpKey(t, j, photo("a", "1"), tagroll.Key{Content: first.Facts.SHA256, Identity: identity}, &first)
	})
}

// identity is that of the suite's results.
const identity = "one model, one prompt"

// Result returns a result with something in every kind of field.
func Result(id, version, title string) tagroll.Result {
	return tagroll.Result{
		Photo:     photo(id, version),
		Status:    tagroll.StatusNeedsReview,
		Metadata:  &tagroll.Metadata{Title: title, Keywords: []string{"one", "two"}, Category: "Animals"},
		Findings:  []tagroll.Finding{{Agency: "adobe-stock", Field: "title", Severity: tagroll.SeverityError, Rule: "title-too-long", Message: "too long"}},
		Error:     &tagroll.Error{Code: tagroll.CodeInvalidAnswer, Message: "too long", Photo: id, Stage: tagroll.StageValidate},
		Raw:       "{\n}",
		Facts:     tagroll.Facts{Format: tagroll.FormatJPEG, SHA256: "hash of " + id + version, Bytes: 3, Width: 4, Height: 5, Orientation: 6, Keywords: []string{"k"}},
		Describer: tagroll.DescriberInfo{Name: "openai", Model: "m", Prompt: "1", Remote: true},
		Identity:  identity,
		Calls:     2,
		Retries:   1,
		Usage:     tagroll.Usage{InputTokens: 10, CachedTokens: 5, OutputTokens: 3, CostUSD: 0.001},
		Timings:   tagroll.Timings{Total: 4_000_000, Describe: 3_000_000, Waited: 1_000},
	}
}

func photo(id, version string) tagroll.Photo {
	return tagroll.Photo{ID: id, Name: "a.jpg", Path: "shoot/a.jpg", Version: version}
}

func finish(t *testing.T, j tagroll.Journal, r tagroll.Result) {
	t.Helper()
	if err := j.Finish(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

func lookUp(t *testing.T, j tagroll.Journal, p tagroll.Photo, want *tagroll.Result) {
	t.Helper()
	lookUpKey(t, j, p, tagroll.Key{Identity: identity}, want)
}

func lookUpKey(t *testing.T, j tagroll.Journal, p tagroll.Photo, key tagroll.Key, want *tagroll.Result) {
	t.Helper()
	got, found, err := j.Lookup(t.Context(), p, key)
	if err != nil {
		t.Fatal(err)
	}
	if want == nil {
		if found {
			t.Fatalf("found %+v, want nothing", got)
		}
		return
	}
	if !found {
		t.Fatal("not found")
	}
	if !reflect.DeepEqual(got, *want) {
		t.Fatalf("got  %+v\nwant %+v", got, *want)
	}
}
