package browsertest

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/tagroll/tagroll/intake"
)

// Photos are downloaded with their texts in them: every program finds the texts, the picture is the
// same to the bit, and so is what else the file held.
func TestPhotosWithTexts(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1280, 900)
	paths := named(t)[:2] // one of them has XMP and IPTC of its own
	b.drop(paths...)
	b.finished()
	name := filepath.Base(paths[0])
	b.write(card(name)+" textarea.title", "A café by the sea & a <boat>")
	b.press(kb.Tab)
	b.idle()
	b.click(".progress-actions .primary")
	dir := t.TempDir()
	b.downloadsTo(dir)
	archive, text := b.took(dir, ".originals .archive")
	files, err := zip.NewReader(bytes.NewReader([]byte(text)), int64(len(text)))
	if err != nil || len(files.File) != 2 {
		t.Fatalf("%s: %v", archive, err)
	}
	for i, f := range files.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		with, err := io.ReadAll(r) // checks the sum as well
		if err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(paths[i])
		if err != nil {
			t.Fatal(err)
		}
		scan := []byte{0xff, 0xda}
		if !bytes.HasSuffix(with, before[bytes.LastIndex(before, scan):]) {
			t.Errorf("%s: the picture is another", f.Name)
		}
		facts, err := intake.Inspect(with, intake.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		old, err := intake.Inspect(before, intake.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == name && facts.Title != "A café by the sea & a <boat>" {
			t.Errorf("%s: the title is %q", f.Name, facts.Title)
		}
		if want := get[[]string](b, `fetch('/api/v1/batches/' + location.hash.slice(1)).then((r) => r.json()).then((batch) => batch.photos.find((p) => p.filename === `+quoted(f.Name)+`).metadata.keywords)`); !slices.Equal(facts.Keywords, want) {
			t.Errorf("%s: the keywords are %q, not %q", f.Name, facts.Keywords, want)
		}
		if !facts.Taken.Equal(old.Taken) || facts.Place != old.Place || facts.Orientation != old.Orientation {
			t.Errorf("%s: the file said %v, %v, and says %v, %v", f.Name, old.Taken, old.Place, facts.Taken, facts.Place)
		}
	}
}
