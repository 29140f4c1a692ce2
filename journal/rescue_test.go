package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tagroll/tagroll"
)

func described(n int) tagroll.Result {
	id := fmt.Sprintf("%d.jpg", n)
	return tagroll.Result{
		Photo: tagroll.Photo{ID: id, Name: id, Version: "1"}, Status: tagroll.StatusSuccessful, Identity: "i",
		Facts: tagroll.Facts{SHA256: fmt.Sprint("content ", n)}, Metadata: &tagroll.Metadata{Title: fmt.Sprint("title ", n)},
	}
}

// wantKnown looks up the first n results.
func wantKnown(t *testing.T, j *File, n int) {
	t.Helper()
	for i := range n {
		want := described(i)
		got, found, err := j.Lookup(t.Context(), want.Photo, tagroll.Key{Identity: "i"})
		if err != nil || !found || got.Metadata == nil || got.Metadata.Title != want.Metadata.Title {
			t.Errorf("photo %d: %+v, %v, %v", i, got.Metadata, found, err)
		}
	}
}

func mustOpen(t *testing.T, path string, folders ...string) *File {
	t.Helper()
	j, err := OpenFile(path, FileOptions{Elsewhere: folders})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// fill makes the journal fail to write, as a full disk does, and returns what frees it.
func fill(t *testing.T, j *File) (free func()) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	good := j.file
	readOnly, err := os.Open(j.path)
	if err != nil {
		t.Fatal(err)
	}
	j.file = readOnly
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		readOnly.Close()
		j.file = good
	}
}

// Results that the disk has no room for are kept in another folder, are known to the run that made
// them, and go back into the journal when there is room.
func TestKeptElsewhere(t *testing.T) {
	for _, freed := range []string{"in the same run", "before the next run"} {
		t.Run(freed, func(t *testing.T) {
			dir := t.TempDir()
			path, missing, folder := filepath.Join(dir, "j"), filepath.Join(dir, "j", "cannot be"), filepath.Join(dir, "new", "kept")
			j := mustOpen(t, path, missing, folder)
			finish := func(n int) {
				t.Helper()
				if err := j.Finish(t.Context(), described(n)); err != nil {
					t.Fatal(err)
				}
			}
			finish(0)
			free := fill(t, j)
			finish(1)
			finish(2)
			if err := j.Start(t.Context(), described(3).Photo, 1); err == nil {
				t.Error("a call may be made though it cannot be noted")
			}
			wantKnown(t, j, 3)
			kept, n := j.Elsewhere()
			if filepath.Dir(kept) != folder || n != 2 {
				t.Errorf("%d results in %s", n, kept)
			}
			if info, err := os.Stat(kept); err != nil || isShared(info) {
				t.Errorf("%v, %v", info, err)
			}
			if freed == "in the same run" {
				free()
				if err := j.Start(t.Context(), described(3).Photo, 1); err != nil {
					t.Errorf("there is room again: %v", err)
				}
				if _, n := j.Elsewhere(); n != 0 {
					t.Errorf("%d results are still elsewhere", n)
				}
			}
			if err := j.Close(); err != nil && freed == "in the same run" {
				t.Error(err)
			}
			reader, err := OpenFile(path, FileOptions{Elsewhere: []string{missing, folder}, ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			wantKnown(t, reader, 3)
			reader.Close()
			records, from, err := Kept(path, []string{missing, folder})
			if lines := bytes.Count(records, []byte("\n")); err != nil || (lines == 2) != (from == kept) || (lines == 0) != (freed == "in the same run") {
				t.Errorf("%d records are kept in %q, %v", lines, from, err)
			}
			_, err = os.Stat(kept)
			if gone := errors.Is(err, os.ErrNotExist); gone != (freed == "in the same run") {
				t.Errorf("after the end: %v", err)
			}
			for run := range 2 {
				j = mustOpen(t, path, missing, folder)
				wantKnown(t, j, 3)
				n, from := j.TakenBack()
				if again := run == 0 && freed != "in the same run"; again != (n == 2) || again != (from == kept) {
					t.Errorf("run %d: %d results were taken back from %q", run, n, from)
				}
				j.Close()
			}
		})
	}
}

// If no folder takes a result either, the failure is the journal's, and the result is still known
// to its run.
func TestKeptNowhere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "j")
	j := mustOpen(t, path, filepath.Join(path, "cannot be"))
	defer fill(t, j)()
	if err := j.Finish(t.Context(), described(0)); tagroll.CodeOf(err) != tagroll.CodeJournalFailed {
		t.Errorf("got %v", err)
	}
	wantKnown(t, j, 1)
	if kept, n := j.Elsewhere(); kept != "" || n != 0 {
		t.Errorf("%d results in %q", n, kept)
	}
}

// The second folder takes over what the first has, once that is full too.
func TestKeptInTheSecondFolder(t *testing.T) {
	dir := t.TempDir()
	path, first, second := filepath.Join(dir, "j"), filepath.Join(dir, "1"), filepath.Join(dir, "2")
	j := mustOpen(t, path, first, second)
	defer fill(t, j)()
	if err := j.Finish(t.Context(), described(0)); err != nil {
		t.Fatal(err)
	}
	j.rescue.file.Close() // every further write fails
	if err := j.Finish(t.Context(), described(1)); err != nil {
		t.Fatal(err)
	}
	if kept, n := j.Elsewhere(); filepath.Dir(kept) != second || n != 2 {
		t.Errorf("%d results in %q", n, kept)
	}
	if left, _ := os.ReadDir(first); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// In a folder that all users share, only a file of one's own is believed.
func TestKeptBySomebodyElse(t *testing.T) {
	if !isShared(fakeInfo{}) {
		t.Log("this system keeps such folders apart by user")
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "j")
	j := mustOpen(t, path)
	text, err := j.encode(line{Finish: new(described(0))})
	if err != nil {
		t.Fatal(err)
	}
	kept := j.elsewhere(dir)
	j.Close()
	if err := os.WriteFile(kept, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(kept, 0o644); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, path, dir)
	if n, _ := j.TakenBack(); n != 0 {
		t.Errorf("%d results were believed", n)
	}
}

// fakeInfo is a file that everybody may use.
type fakeInfo struct{ os.FileInfo }

func (fakeInfo) Mode() os.FileMode { return 0o666 }
