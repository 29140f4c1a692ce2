package journal_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/journal"
	"github.com/tagroll/tagroll/journal/journaltest"
)

func TestMemory(t *testing.T) {
	journaltest.Test(t, func(*testing.T) tagroll.Journal { return new(journal.Memory) })
}

func TestFile(t *testing.T) {
	journaltest.Test(t, func(t *testing.T) tagroll.Journal {
		return open(t, filepath.Join(t.TempDir(), "j"), journal.FileOptions{})
	})
}

func TestContent(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		journaltest.TestContent(t, func(*testing.T) tagroll.Journal { return new(journal.Memory) })
	})
	t.Run("file", func(t *testing.T) {
		journaltest.TestContent(t, func(t *testing.T) tagroll.Journal {
			return open(t, filepath.Join(t.TempDir(), "j"), journal.FileOptions{})
		})
	})
}

func open(t *testing.T, path string, opts journal.FileOptions) *journal.File {
	t.Helper()
	j, err := journal.OpenFile(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

func store(t *testing.T, j *journal.File, id, title string) tagroll.Result {
	t.Helper()
	r := journaltest.Result(id, "v", title)
	r.Status = tagroll.StatusSuccessful
	if err := j.Finish(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return r
}

func title(t *testing.T, j *journal.File, id string) string {
	t.Helper()
	r, found, err := j.Lookup(t.Context(), tagroll.Photo{ID: id, Version: "v"}, tagroll.Key{Identity: journaltest.Result(id, "v", "").Identity})
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		return ""
	}
	return r.Metadata.Title
}

// A process may be killed within any write: whatever part of the file is there, all
// results before it are found again and new ones can be added.
func TestFileCutAnywhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, journal.FileOptions{})
	store(t, j, "a", "first")
	if err := j.Start(t.Context(), tagroll.Photo{ID: "b"}, 1); err != nil {
		t.Fatal(err)
	}
	store(t, j, "b", "second")
	j.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	firstEnds := bytes.Index(whole, []byte("first"))
	firstEnds += bytes.IndexByte(whole[firstEnds:], '\n') + 1
	for cut := range whole {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := journal.OpenFile(path, journal.FileOptions{})
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		want := ""
		if cut >= firstEnds-1 { // a line is whole without its end
			want = "first"
		}
		if got := title(t, j, "a"); got != want {
			t.Fatalf("cut at %d: first result is %q, want %q", cut, got, want)
		}
		// Without its line end the last line is still whole.
		if got := title(t, j, "b"); (got == "second") != (cut == len(whole)-1) {
			t.Fatalf("cut at %d of %d: the second result is %q", cut, len(whole), got)
		}
		store(t, j, "c", "third")
		j.Close()
		j = open(t, path, journal.FileOptions{})
		if got := title(t, j, "c"); got != "third" {
			t.Fatalf("cut at %d: a result added afterwards is %q", cut, got)
		}
		if got := title(t, j, "a"); got != want {
			t.Fatalf("cut at %d: first result is %q after adding one, want %q", cut, got, want)
		}
		j.Close()
	}
}

func TestFileIsExclusive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	first := open(t, path, journal.FileOptions{})
	store(t, first, "a", "kept")
	_, err := journal.OpenFile(path, journal.FileOptions{Fresh: true})
	if tagroll.CodeOf(err) != tagroll.CodeJournalLocked || !strings.Contains(err.Error(), path) {
		t.Fatalf("second opening: %v, want %s naming the file", err, tagroll.CodeJournalLocked)
	}
	if got := title(t, first, "a"); got != "kept" {
		t.Fatalf("the refused opening changed the journal: %q", got)
	}
	first.Close()
	if left, _ := filepath.Glob(path + ".*"); len(left) != 0 {
		t.Fatalf("left beside the journal: %v", left)
	}
	if got := title(t, open(t, path, journal.FileOptions{}), "a"); got != "kept" {
		t.Fatalf("after reopening: %q", got)
	}
}

// A fresh journal passes over what is there, and keeps it.
func TestFileFresh(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, journal.FileOptions{})
	old := store(t, j, "a", "old")
	j.Close()
	j = open(t, path, journal.FileOptions{Fresh: true})
	if got := title(t, j, "a"); got != "" {
		t.Fatalf("a fresh journal knows %q", got)
	}
	latest, found, err := j.Latest(old.Facts.SHA256, func(tagroll.Result) bool { return true })
	if err != nil || !found || latest.Metadata.Title != "old" {
		t.Fatalf("the latest success is %+v, %v, %v", latest, found, err)
	}
	j.Close()
	if got := title(t, open(t, path, journal.FileOptions{}), "a"); got != "old" {
		t.Fatalf("after a fresh run that stored nothing: %q", got)
	}
}

func TestFileRefusesForeignFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "photo.jpg")
	for _, content := range []string{"\xff\xd8\xff not a journal\nat all", "one line without an end", "\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := journal.OpenFile(path, journal.FileOptions{Fresh: true})
		if tagroll.CodeOf(err) != tagroll.CodeConfiguration {
			t.Fatalf("%q: got %v, want %s", content, err, tagroll.CodeConfiguration)
		}
		if after, _ := os.ReadFile(path); string(after) != content {
			t.Fatalf("%q was changed to %q", content, after)
		}
	}
}

func TestFileCannotBeOpened(t *testing.T) {
	_, err := journal.OpenFile(filepath.Join(t.TempDir(), "missing", "j"), journal.FileOptions{})
	if tagroll.CodeOf(err) != tagroll.CodeJournalFailed {
		t.Fatalf("got %v, want %s", err, tagroll.CodeJournalFailed)
	}
}

// Whatever is in a file, opening it either refuses it or yields a journal that works.
// The best result of each photo is told once, in the order in which the photos were met.
func TestPhotos(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := open(t, path, journal.FileOptions{})
	finish := func(id, content, identity, title string, status tagroll.Status) {
		t.Helper()
		r := tagroll.Result{
			Photo: tagroll.Photo{ID: id, Name: id}, Status: status, Identity: identity, Facts: tagroll.Facts{SHA256: content},
			Metadata: &tagroll.Metadata{Title: title},
		}
		if err := j.Finish(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	finish("b", "B", "one", "b", tagroll.StatusSuccessful)
	finish("a", "A", "one", "no", tagroll.StatusFailed)
	finish("a", "A", "one", "a", tagroll.StatusSuccessful)
	finish("b", "B", "two", "no", tagroll.StatusFailed)
	finish("c", "", "one", "c", tagroll.StatusFailed)
	// The same content under another name.
	finish("d", "A", "one", "d", tagroll.StatusSuccessful)
	j.Close()
	j = open(t, path, journal.FileOptions{ReadOnly: true})
	var got []string
	for r, err := range j.Photos() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Photo.ID+" "+string(r.Status))
	}
	want := []string{"b successful", "a successful", "c failed", "d successful"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzOpenFile(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte(`{"tagroll_journal":1}` + "\n"))
	f.Add([]byte(`{"tagroll_journal":1}` + "\n" + `{"finish":{"photo":{"id":"a","name":"a","version":"v"},"status":"successful","calls":1,"retries":0}}` + "\n{"))
	f.Add([]byte(`{"tagroll_journal":1}` + "\n" + `{"finish":{"photo":{"id":"a"},"status":7}}` + "\n\n\x00\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "j")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := journal.OpenFile(path, journal.FileOptions{})
		if err != nil {
			if tagroll.CodeOf(err) != tagroll.CodeConfiguration && tagroll.CodeOf(err) != tagroll.CodeJournalFailed {
				t.Fatal(err)
			}
			return
		}
		defer j.Close()
		if _, _, err := j.Lookup(t.Context(), tagroll.Photo{ID: "a", Version: "v"}, tagroll.Key{}); err != nil {
			t.Fatal(err)
		}
		store(t, j, "new", "added")
		if got := title(t, j, "new"); got != "added" {
			t.Fatalf("an added result is %q", got)
		}
	})
}

func ExampleOpenFile() {
	dir, err := os.MkdirTemp("", "journal")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx, path := context.Background(), filepath.Join(dir, "tagroll.csv.journal")

	j, err := journal.OpenFile(path, journal.FileOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	photo := tagroll.Photo{ID: "/shoot/IMG_1.jpg", Name: "IMG_1.jpg"}
	_ = j.Finish(ctx, tagroll.Result{Photo: photo, Status: tagroll.StatusSuccessful, Metadata: &tagroll.Metadata{Title: "Red fox in snow"}, Identity: "offline-1"})
	_ = j.Close()

	// Another process, later.
	j, err = journal.OpenFile(path, journal.FileOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer j.Close()
	result, found, _ := j.Lookup(ctx, photo, tagroll.Key{Identity: "offline-1"})
	fmt.Println(found, result.Metadata.Title)
	// Output: true Red fox in snow
}

func ExampleMemory() {
	var j journal.Memory
	photo := tagroll.Photo{ID: "1", Name: "IMG_1.jpg"}
	_ = j.Finish(context.Background(), tagroll.Result{Photo: photo, Status: tagroll.StatusFailed})
	result, found, _ := j.Lookup(context.Background(), photo, tagroll.Key{})
	fmt.Println(found, result.Status)
	// Output: true failed
}
