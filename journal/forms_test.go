package journal_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/journal"
)

const firstForm = `{"tagroll_journal":1}
{"start":{"id":"/a.jpg","call":1}}
{"finish":{"photo":{"id":"/a.jpg","name":"a.jpg","version":"v"},"status":"successful","metadata":{"title":"Paid for","keywords":["k"],"category":""},"facts":{"format":"jpeg","bytes":1,"sha256":"aa","width":1,"height":1,"orientation":1},"describer":{"name":"openai","model":"m","prompt":"v1","remote":true},"calls":1,"retries":0},"settings":"openai m v1"}
`

// A journal of the first release is read, goes on in today's form, and its results are not lost to
// a failure of today.
func TestFirstForm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	if err := os.WriteFile(path, []byte(firstForm), 0o600); err != nil {
		t.Fatal(err)
	}
	opts := journal.FileOptions{First: func(settings string, r tagroll.Result) bool {
		return settings == "openai m v1" && r.Describer.Model == "m"
	}}
	find := func(j *journal.File, photo tagroll.Photo, key tagroll.Key) string {
		r, found, err := j.Lookup(t.Context(), photo, key)
		if err != nil {
			t.Fatal(err)
		}
		if !found || r.Metadata == nil {
			return ""
		}
		return r.Metadata.Title
	}
	here := tagroll.Photo{ID: "/a.jpg", Version: "v"}
	j := open(t, path, opts)
	failed := tagroll.Result{Photo: here, Status: tagroll.StatusFailed, Identity: "i", Facts: tagroll.Facts{SHA256: "aa"}}
	if err := j.Finish(t.Context(), failed); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for what, got := range map[string]string{
			"by its path":    find(j, here, tagroll.Key{Identity: "i"}),
			"by its content": find(j, tagroll.Photo{ID: "/moved.jpg"}, tagroll.Key{Content: "aa", Identity: "i"}),
		} {
			if got != "Paid for" {
				t.Errorf("%s: %q", what, got)
			}
		}
		j.Close()
		j = open(t, path, opts)
	}
	j.Close()
	if got := find(open(t, path, journal.FileOptions{}), here, tagroll.Key{Identity: "i"}); got != "" {
		t.Errorf("without First: %q", got)
	}
	if text, _ := os.ReadFile(path); !strings.HasPrefix(string(text), `{"tagroll_journal":2}`+"\n") {
		t.Errorf("the file begins with %.25q", text)
	}
}

// What a photo looks like stands beside its result, where earlier releases pass over it, and only
// where there are words to compare.
func TestImageBesideResult(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, journal.FileOptions{})
	result := tagroll.Result{
		Photo: tagroll.Photo{ID: "/a.jpg", Version: "v"}, Status: tagroll.StatusSuccessful, Identity: "i",
		Metadata: &tagroll.Metadata{Title: "A bay"}, Facts: tagroll.Facts{SHA256: "aa"},
		Image: tagroll.Image{JPEG: []byte("never kept"), Width: 3, Height: 2, Sketch: []byte("sketch")},
	}
	failed := result
	failed.Photo.ID, failed.Facts.SHA256, failed.Metadata, failed.Status = "/b.jpg", "bb", nil, tagroll.StatusFailed
	for _, r := range []tagroll.Result{result, failed} {
		if err := j.Finish(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	j.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), `,"image":{"width":3,"height":2,"sketch":"c2tldGNo"}}`+"\n"); n != 1 {
		t.Errorf("the image stands %d times at the end of a line, want once:\n%s", n, text)
	}
	var old struct {
		Finish map[string]any `json:"finish"`
	}
	line := strings.Split(string(text), "\n")[1]
	if err := json.Unmarshal([]byte(line), &old); err != nil || old.Finish["image"] != nil || old.Finish["Image"] != nil {
		t.Errorf("the result itself has another form (%v): %s", err, line)
	}
	result.Image.JPEG = nil
	for r, err := range open(t, path, journal.FileOptions{ReadOnly: true}).Photos() {
		if err != nil || r.Photo.ID == "/a.jpg" && !reflect.DeepEqual(r, result) {
			t.Errorf("read back: %+v (%v)", r, err)
		}
	}
}

// A damaged journal is kept as it was, and goes on with what can be read of it.
func TestDamagedFile(t *testing.T) {
	good := strings.SplitAfter(strings.ReplaceAll(firstForm, `,"settings":"openai m v1"`, ""), "\n")
	for name, test := range map[string]struct {
		text  string
		lines []int
	}{
		"a line that is no JSON":   {good[0] + "what?\n" + good[2], []int{2}},
		"a line cut in its middle": {good[0] + good[2][:40] + "\n" + good[2] + "{}x\n", []int{2, 4}},
		"a damaged header":         {"\x00\xff\n" + good[2], []int{1}},
		"no header":                {"{}\n" + good[2], []int{1}},
		"zeros within":             {good[0] + "\x00\x00\x00" + good[2], nil},
		"line ends of Windows":     {strings.ReplaceAll(good[0]+good[2], "\n", "\r\n"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "j")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			j := open(t, path, journal.FileOptions{})
			if got := j.Damage(); !slices.Equal(got.Lines, test.lines) {
				t.Errorf("damaged lines %v, want %v", got.Lines, test.lines)
			}
			if _, content, err := j.Photo("/a.jpg"); content != "aa" || err != nil {
				t.Errorf("the good line is lost: %q, %v", content, err)
			}
			kept, err := os.ReadFile(path + ".damaged")
			if (len(test.lines) > 0) != (err == nil) || err == nil && string(kept) != test.text {
				t.Errorf("kept aside: %q (%v)", kept, err)
			}
			store(t, j, "b", "added")
			j.Close()
			j = open(t, path, journal.FileOptions{})
			if got := j.Damage(); len(got.Lines) > 0 || title(t, j, "b") != "added" {
				t.Errorf("opened again: %+v, %q", got, title(t, j, "b"))
			}
			if _, content, _ := j.Photo("/a.jpg"); content != "aa" {
				t.Error("the good line is lost when it is opened again")
			}
		})
	}
}

func TestFormOfANewerVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	const text = "{\"tagroll_journal\":3}\n{\"new\":1}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := journal.OpenFile(path, journal.FileOptions{Fresh: true})
	if tagroll.CodeOf(err) != tagroll.CodeConfiguration || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("got %v", err)
	}
	if after, _ := os.ReadFile(path); string(after) != text {
		t.Errorf("it was changed to %q", after)
	}
}
