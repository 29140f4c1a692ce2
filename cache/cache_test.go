package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/tagroll/tagroll"
)

func success(title string) *tagroll.Result {
	return &tagroll.Result{
		Status: tagroll.StatusSuccessful, Metadata: &tagroll.Metadata{Title: title, Keywords: []string{"a", "b"}, Category: "Animals"},
		Describer: tagroll.DescriberInfo{Name: "openai", Model: "m", Remote: true}, Identity: "i",
	}
}

func photo(id string) tagroll.Photo { return tagroll.Photo{ID: id, Name: id} }

func key(n int) string {
	return Key(tagroll.Image{JPEG: fmt.Appendf(nil, "picture %d", n)}, tagroll.Facts{}, "i")
}

// put describes a photo, for which there must be no result.
func put(t *testing.T, s *Store, k, id string, r *tagroll.Result) {
	t.Helper()
	got, release, err := s.acquire(t.Context(), k, photo(id), s.read)
	if err != nil || got != nil {
		t.Fatalf("got %+v, %v, want nothing", got, err)
	}
	release(r)
}

// title returns what is known for a key, and lets it go if that is nothing.
func title(t *testing.T, s *Store, k, id string) string {
	t.Helper()
	got, release, err := s.acquire(t.Context(), k, photo(id), s.read)
	if err != nil {
		t.Fatal(err)
	}
	if got == nil {
		release(nil)
		return ""
	}
	return got.Metadata.Title
}

func TestKeyNamesAllThatAnAnswerDependsOn(t *testing.T) {
	image, facts := tagroll.Image{JPEG: []byte("abc")}, tagroll.Facts{Title: "t"}
	base := Key(image, facts, "i")
	for what, other := range map[string]string{
		"another picture":  Key(tagroll.Image{JPEG: []byte("abd")}, facts, "i"),
		"another identity": Key(image, facts, "j"),
		"a part moved":     Key(tagroll.Image{JPEG: []byte("ab")}, facts, "ci"),
		"another title":    Key(image, tagroll.Facts{Title: "u"}, "i"),
		"words as caption": Key(image, tagroll.Facts{Caption: "t"}, "i"),
		"keywords":         Key(image, tagroll.Facts{Title: "t", Keywords: []string{"k"}}, "i"),
		"a place":          Key(image, tagroll.Facts{Title: "t", Place: tagroll.Place{City: "Rome"}}, "i"),
	} {
		if other == base {
			t.Errorf("%s has the same key", what)
		}
	}
	facts.Camera, facts.SHA256, facts.Bytes = "another camera", "another file", 7
	if Key(image, facts, "i") != base {
		t.Error("a copy with another camera or size in its file has another key")
	}
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	s := Open(Options{Dir: dir})
	put(t, s, key(1), "a", success("first"))
	put(t, s, key(2), "b", nil)
	review := success("in review")
	review.Status = tagroll.StatusNeedsReview
	put(t, s, key(3), "c", review)
	s.Close()

	s = Open(Options{Dir: dir})
	for n, want := range map[int]string{1: "first", 2: "", 3: "in review"} {
		if got := title(t, s, key(n), "x"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int][2]bool{1: {true, true}, 2: {false, false}, 3: {true, false}} {
		s := Open(Options{Dir: dir})
		if got := [2]bool{s.Has(key(n), false), s.Has(key(n), true)}; got != want {
			t.Errorf("%d: Has says %v, want %v", n, got, want)
		}
	}
	fresh := Open(Options{Dir: dir, Fresh: true})
	put(t, fresh, key(1), "a", success("anew"))
	if got := title(t, fresh, key(1), "b"); got != "anew" {
		t.Errorf("a fresh store does not know its own result: %q", got)
	}
	if got := title(t, Open(Options{Dir: dir}), key(1), "x"); got != "anew" {
		t.Errorf("after a fresh run: %q", got)
	}
}

// An answer that needs review is kept until there is a success, and no photo that is described
// again because of it gets it again.
func TestAnswersThatNeedReview(t *testing.T) {
	dir := t.TempDir()
	image, facts := tagroll.Image{JPEG: []byte("the picture")}, tagroll.Facts{}
	prepared, k := tagroll.Prepared{Image: image, Facts: facts}, Key(image, facts, "i")
	review := func(title string) *tagroll.Result {
		r := success(title)
		r.Status = tagroll.StatusNeedsReview
		return r
	}
	put(t, Open(Options{Dir: dir}), k, "a", review("first"))
	s := Open(Options{Dir: dir})
	got, _, err := s.acquire(t.Context(), k, photo("b"), s.read)
	if err != nil || got == nil || got.Status != tagroll.StatusNeedsReview {
		t.Fatalf("another photo gets %+v, %v", got, err)
	}
	if title := title(t, s, k, "copy of b"); title != "first" {
		t.Errorf("a copy of it in the same batch gets %q", title)
	}
	for _, step := range []struct {
		answer *tagroll.Result
		kept   string
	}{{review("second"), "second"}, {success("third"), "third"}} {
		s = Open(Options{Dir: dir})
		got, release, err := s.Again(t.Context(), photo("b"), prepared, "i")
		if err != nil || got != nil {
			t.Fatalf("asked again it gets %+v, %v", got, err)
		}
		release(step.answer)
		if title := title(t, Open(Options{Dir: dir}), k, "c"); title != step.kept {
			t.Errorf("%q is kept, want %q", title, step.kept)
		}
	}
	if got, _, err := Open(Options{Dir: dir}).Again(t.Context(), photo("b"), prepared, "i"); err != nil || got == nil {
		t.Errorf("a success is not given: %+v, %v", got, err)
	}
	put(t, Open(Options{Dir: dir, Fresh: true}), k, "d", review("fourth"))
	if title := title(t, Open(Options{Dir: dir}), k, "e"); title != "third" {
		t.Errorf("a success was hidden by %q", title)
	}
}

// In memory a result is another photo's only: who asks twice wants another answer.
func TestMemory(t *testing.T) {
	s := Open(Options{})
	put(t, s, key(1), "a", success("first"))
	if got := title(t, s, key(1), "b"); got != "first" {
		t.Errorf("another photo: %q", got)
	}
	put(t, s, key(1), "b", success("second"))
	for n := range maxInMemory + 5 {
		put(t, s, key(100+n), "x", success("more"))
	}
	if len(s.memory) > maxInMemory || len(s.order) > maxInMemory {
		t.Errorf("%d results are in memory", len(s.memory))
	}
}

// Photos with one picture that are under way at once are described once; if the first of them
// fails the next one tries.
func TestFlights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Open(Options{})
		_, release, err := s.acquire(t.Context(), key(1), photo("a"), s.read)
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan string)
		for i := range 3 {
			go func() {
				r, release, err := s.acquire(t.Context(), key(1), photo(fmt.Sprint(i)), s.read)
				switch {
				case err != nil:
					t.Error(err)
				case r == nil:
					got <- "to do"
					release(success("by the second"))
				default:
					got <- r.Metadata.Title
				}
			}()
		}
		stopped, stop := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, _, err := s.acquire(stopped, key(1), photo("z"), s.read)
			left <- err
		}()
		synctest.Wait()
		stop()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("who leaves: %v", err)
		}
		release(nil)
		all := []string{<-got, <-got, <-got}
		if strings.Join(all, ", ") != "to do, by the second, by the second" {
			t.Errorf("got %q", all)
		}
	})
}

// Processes with one folder describe a picture once, as stores of one process do: the second waits
// for the first and takes its result, or its place if there is none.
func TestProcessesShareAFolder(t *testing.T) {
	for name, outcome := range map[string]*tagroll.Result{"success": success("by the first"), "failure": nil} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first, second := Open(Options{Dir: dir}), Open(Options{Dir: dir})
			_, release, err := first.acquire(t.Context(), key(1), photo("a"), first.read)
			if err != nil {
				t.Fatal(err)
			}
			// Another picture is not held up.
			put(t, second, key(2), "b", success("another"))
			ctx, leave := context.WithCancel(t.Context())
			leave()
			if _, _, err := second.acquire(ctx, key(1), photo("a"), second.read); !errors.Is(err, context.Canceled) {
				t.Errorf("who leaves: %v", err)
			}
			got := make(chan *tagroll.Result)
			go func() {
				r, release, err := second.acquire(t.Context(), key(1), photo("a"), second.read)
				if err != nil {
					t.Error(err)
				}
				if release != nil {
					release(success("by the second"))
				}
				got <- r
			}()
			select {
			case r := <-got:
				t.Fatalf("did not wait, and got %+v", r)
			default:
			}
			release(outcome)
			if r := <-got; (r == nil) != (outcome == nil) || r != nil && r.Metadata.Title != "by the first" {
				t.Errorf("got %+v", r)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*", ".tagroll-*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// Work that hangs after its deadline holds up no other photo.
func TestFlightEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Open(Options{})
		ctx, cancel := context.WithCancel(t.Context())
		_, release, err := s.acquire(ctx, key(1), photo("a"), s.read)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		synctest.Wait()
		put(t, s, key(1), "b", success("by another"))
		release(success("too late"))
		if got := title(t, s, key(1), "c"); got != "by another" {
			t.Errorf("got %q", got)
		}
	})
}

func TestDamagedEntries(t *testing.T) {
	dir := t.TempDir()
	s := Open(Options{Dir: dir})
	put(t, s, key(1), "a", success("first"))
	path := s.path(key(1))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"", "{", "null", "[]", `{"key":"other"}`, string(whole[:len(whole)/2]), strings.Replace(string(whole), key(1), key(2), 1),
		string(whole) + strings.Repeat(" ", largest),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		s := Open(Options{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil))})
		put(t, s, key(1), "a", success("again"))
		if n := strings.Count(log.String(), "is damaged"); n != 1 {
			t.Errorf("after %.80q: %d warnings", text, n)
		}
		if got := title(t, Open(Options{Dir: dir}), key(1), "a"); got != "again" {
			t.Errorf("after %.80q: %q", text, got)
		}
	}
}

// A folder that cannot be used is one warning, and results are shared all the same.
func TestUnusableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s := Open(Options{Dir: file, Log: slog.New(slog.NewTextHandler(&log, nil))})
	for n := range 3 {
		put(t, s, key(n), "a", success("kept in memory"))
		if got := title(t, s, key(n), "b"); got != "kept in memory" {
			t.Errorf("got %q", got)
		}
	}
	s.Close()
	if n := strings.Count(log.String(), "WARN"); n != 1 || !strings.Contains(log.String(), file) {
		t.Errorf("%d warnings:\n%s", n, log.String())
	}
}

// The folder stays within its bound, what was used last stays, and files of others too.
func TestPrune(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "notes.json")
	if err := os.WriteFile(other, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	s := Open(Options{Dir: dir, MaxBytes: 20 * 4096})
	for n := range 40 {
		put(t, s, key(n), "a", success("title"))
	}
	s.Close()
	left := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && path != other {
			left++
		}
		return err
	})
	if _, there := os.Stat(other); err != nil || left != 18 || there != nil {
		t.Errorf("%d results are left, want 18 of 20 (%v); the other file: %v", left, err, there)
	}
}

func ExampleStore_Share() {
	store := Open(Options{})
	defer store.Close()
	prepared := tagroll.Prepared{Image: tagroll.Image{JPEG: []byte("the small image")}}
	for _, name := range []string{"IMG_1.jpg", "copy of IMG_1.jpg"} {
		result, release, err := store.Share(context.Background(), tagroll.Photo{ID: name, Name: name}, prepared, "describer and rules")
		switch {
		case err != nil:
			fmt.Println(err)
		case result != nil:
			fmt.Println(name, "is known:", result.Metadata.Title)
		default:
			fmt.Println(name, "is described")
			release(&tagroll.Result{Status: tagroll.StatusSuccessful, Metadata: &tagroll.Metadata{Title: "Red fox in snow"}})
		}
	}
	// Output:
	// IMG_1.jpg is described
	// copy of IMG_1.jpg is known: Red fox in snow
}

// What the releases before this one have written is read.
func TestFolderOfYesterday(t *testing.T) {
	const yesterday = "testdata/yesterday"
	dir, found := t.TempDir(), 0
	if err := os.CopyFS(dir, os.DirFS(yesterday)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(yesterday + "/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	s := Open(Options{Dir: dir})
	for _, file := range files {
		if title(t, s, strings.TrimSuffix(filepath.Base(file), ".json"), "a.jpg") != "" {
			found++
		}
	}
	if found != 3 {
		t.Errorf("%d results of 3 were read", found)
	}
}

// What a newer version has written is named once, and stays as it is.
func TestFolderOfTomorrow(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	s := Open(Options{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil))})
	path := s.path(key(1))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	text := `{"form":2,"key":"` + key(1) + `","metadata":{"title":"From tomorrow"}}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, s, key(1), "a.jpg", success("Of today"))
	s.Close()
	if got, err := os.ReadFile(path); err != nil || string(got) != text {
		t.Errorf("the file is now %s (%v)", got, err)
	}
	if !strings.Contains(log.String(), "newer version") || !strings.Contains(log.String(), filepath.Base(path)) {
		t.Errorf("the log says %s", &log)
	}
}
