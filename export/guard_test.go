package export_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/export"
)

func format(t *testing.T, name string) export.Format {
	t.Helper()
	f, err := export.LookupFormat(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func encoded(t *testing.T, encode func(*bytes.Buffer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func archive(t *testing.T, names ...string) string {
	return encoded(t, func(b *bytes.Buffer) error {
		z := zip.NewWriter(b)
		for _, name := range names {
			if _, err := z.Create(name); err != nil {
				return err
			}
		}
		return z.Close()
	})
}

// What is there is replaced, kept beside the new file, or left alone.
func TestGuard(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 9, 9))
	photo := encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, m, nil) })
	graphic := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, m) })
	const ours, none = "Filename,Title,Keywords,Category\r\n1.jpg,t,k,1\r\n", ""
	const (
		replaced = iota
		kept
		refused
	)
	for name, test := range map[string]struct {
		format, there string
		want          int
	}{
		"nothing in it":            {"adobe-stock", none, replaced},
		"ours":                     {"adobe-stock", ours, replaced},
		"ours, edited":             {"adobe-stock", strings.Replace(ours, "t,k", "better,k", 1), kept},
		"another tool's table":     {"adobe-stock", "a;b;c\n1;2;3\n4;5;6\n", kept},
		"a spreadsheet's UTF-16":   {"adobe-stock", "\xff\xfeF\x00i\x00l\x00e\x00n\x00a\x00m\x00e\x00\t\x00T\x00i\x00t\x00l\x00e\x00\r\x00\n\x00", kept},
		"a table in Latin-1":       {"adobe-stock", "filename,title\r\n1.jpg,\xfcber\r\n", kept},
		"a photo":                  {"adobe-stock", photo, refused},
		"a graphic":                {"json", graphic, refused},
		"a photo for sidecars":     {"xmp", photo, refused},
		"a letter":                 {"adobe-stock", "Dear Anna,\n\nthe photos, as we said, are here.\nYours, B.\n", refused},
		"a program":                {"adobe-stock", "#!/bin/sh\nexec ls\n", refused},
		"a binary":                 {"adobe-stock", "\x7fELF\x02\x01\x01\x00a,b\x00", refused},
		"sidecars":                 {"xmp", archive(t, "a.xmp", "b/c.XMP"), kept},
		"an archive of photos":     {"xmp", archive(t, "a.xmp", "a.jpg"), refused},
		"another document":         {"json", `{"my": ["own", "data"]}`, kept},
		"an edited document":       {"json", `{"my": ["own",,}`, kept},
		"no document":              {"json", "{ curly }", refused},
		"lines of another program": {"jsonl", "{\"a\":1}\n{\"a\":2}\n", kept},
		"a table for lines":        {"jsonl", "a,b\n1,2\n", refused},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out")
			if err := os.WriteFile(path, []byte(test.there), 0o600); err != nil {
				t.Fatal(err)
			}
			f := format(t, test.format)
			var wrote string
			g := &export.Guard{
				Ours:  func(sum string) bool { return sum == hashOf(ours) },
				Wrote: func(_, sum string) error { wrote = sum; return nil },
			}
			checked := g.Check(path, f)
			err := g.WriteFile(path, f, put("new"))
			if test.want == refused {
				if tagroll.CodeOf(checked) != tagroll.CodeWriteFailed || tagroll.CodeOf(err) != tagroll.CodeWriteFailed || !strings.Contains(err.Error(), "--force") {
					t.Errorf("checked: %v, written: %v", checked, err)
				}
				wantText(t, path, test.there)
				onlyFiles(t, filepath.Dir(path), 1)
				g.Force = true
				checked, err = g.Check(path, f), g.WriteFile(path, f, put("new"))
			}
			if checked != nil || err != nil {
				t.Fatalf("checked: %v, written: %v", checked, err)
			}
			wantText(t, path, "new")
			if wrote != hashOf("new") {
				t.Errorf("told of %q", wrote)
			}
			if test.want == replaced {
				onlyFiles(t, filepath.Dir(path), 1)
				return
			}
			wantText(t, path+".bak", test.there)
			onlyFiles(t, filepath.Dir(path), 2)
		})
	}
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// A link of either kind protects what it leads to as the file itself does.
func TestGuardBehindLinks(t *testing.T) {
	const letter = "Dear Anna"
	for name, link := range map[string]func(old, new string) error{"symbolic": os.Symlink, "hard": os.Link} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			real, path := filepath.Join(folder, "letter.txt"), filepath.Join(folder, "out.csv")
			if err := os.WriteFile(real, []byte(letter), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := link(real, path); err != nil {
				if runtime.GOOS == "windows" && os.Getenv("TAGROLL_TEST_ALL") != "1" {
					t.Skip("symbolic links need a privilege on Windows")
				}
				t.Fatal(err)
			}
			g := &export.Guard{}
			if err := g.WriteFile(path, format(t, "adobe-stock"), put("new")); tagroll.CodeOf(err) != tagroll.CodeWriteFailed {
				t.Errorf("got %v", err)
			}
			wantText(t, real, letter)
			onlyFiles(t, folder, 2)
		})
	}
}

// The parts of a table are guarded like the table: none takes its place if one may not.
func TestGuardOfParts(t *testing.T) {
	folder := t.TempDir()
	second := filepath.Join(folder, "out-2.csv")
	if err := os.WriteFile(second, []byte("Dear Anna"), 0o600); err != nil {
		t.Fatal(err)
	}
	// More than the 5,000 rows that Adobe takes in a file.
	many := slices.Values(slices.Repeat([]tagroll.Result{result("a.jpg", "Tea", "tea")}, 5001))
	o := export.Options{Guard: &export.Guard{}}
	if _, err := export.WriteCSVFiles(filepath.Join(folder, "out.csv"), adobe(t), many, o); tagroll.CodeOf(err) != tagroll.CodeWriteFailed {
		t.Errorf("got %v", err)
	}
	wantText(t, second, "Dear Anna")
	onlyFiles(t, folder, 1)
}

// A result is noted before it takes its place: a process that dies between the two leaves nothing
// that it would not know.
func TestGuardNotesFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.csv")
	full := &tagroll.Error{Code: tagroll.CodeDiskFull}
	g := &export.Guard{Wrote: func(string, string) error { return full }}
	if err := g.WriteFile(path, format(t, "adobe-stock"), put("new")); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	onlyFiles(t, filepath.Dir(path), 0)
}
