package export_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/export"
)

func put(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func wantText(t *testing.T, path, want string) {
	t.Helper()
	if text, err := os.ReadFile(path); err != nil || string(text) != want {
		t.Errorf("%s holds %q (%v), want %q", path, text, err, want)
	}
}

func TestWriteFileReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	for _, text := range []string{"first", strings.Repeat("second", 50_000), ""} {
		if err := export.WriteFile(path, put(text)); err != nil {
			t.Fatal(err)
		}
		wantText(t, path, text)
	}
	onlyFiles(t, filepath.Dir(path), 1)
}

func TestWriteFileKeepsMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := export.WriteFile(path, put("new")); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil || after.Mode() != before.Mode() {
		t.Errorf("mode %v became %v (%v)", before.Mode(), after.Mode(), err)
	}
}

func TestWriteFileFailure(t *testing.T) {
	for name, test := range map[string]struct {
		cause error
		code  tagroll.Code
	}{
		"disk full":  {&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, tagroll.CodeDiskFull},
		"other":      {errors.New("no luck"), tagroll.CodeWriteFailed},
		"of its own": {&tagroll.Error{Code: tagroll.CodeCancelled}, tagroll.CodeCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.csv")
			if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			err := export.WriteFile(path, func(w io.Writer) error {
				return errors.Join(put(strings.Repeat("new", 100_000))(w), test.cause)
			})
			if tagroll.CodeOf(err) != test.code || !errors.Is(err, test.cause) {
				t.Errorf("got %v with code %s", err, tagroll.CodeOf(err))
			}
			if test.code != tagroll.CodeCancelled && !strings.Contains(err.Error(), path) {
				t.Errorf("the message %q does not name the path", err)
			}
			wantText(t, path, "old")
			onlyFiles(t, filepath.Dir(path), 1)
		})
	}
}

func TestWriteFilePanic(t *testing.T) {
	folder := t.TempDir()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = export.WriteFile(filepath.Join(folder, "a.csv"), func(io.Writer) error { panic("a defect") })
	}()
	onlyFiles(t, folder, 0)
}

func TestWriteFileImpossibleTargets(t *testing.T) {
	folder := t.TempDir()
	for _, path := range []string{folder, filepath.Join(folder, "missing", "a.csv")} {
		err := export.WriteFile(path, put("x"))
		if tagroll.CodeOf(err) != tagroll.CodeWriteFailed || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	onlyFiles(t, folder, 0)
}

func TestAbortAfterCommitAndTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	f, err := export.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := put("text")(f); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is there before Commit: %v", err)
	}
	if err := errors.Join(f.Commit(), f.Abort(), f.Abort()); err != nil {
		t.Error(err)
	}
	wantText(t, path, "text")
	if err := put("more")(f); tagroll.CodeOf(err) != tagroll.CodeWriteFailed {
		t.Errorf("writing after Commit: %v", err)
	}
	if err := f.Commit(); err == nil {
		t.Error("a second Commit succeeded")
	}
}

func TestWriteFileFollowsLinks(t *testing.T) {
	folder := t.TempDir()
	sub := filepath.Join(folder, "sub")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(folder, "link.csv")
	if err := os.Symlink(filepath.Join("sub", "real.csv"), link); err != nil {
		if runtime.GOOS == "windows" && os.Getenv("TAGROLL_TEST_ALL") != "1" {
			t.Skip("symbolic links need a privilege on Windows")
		}
		t.Fatal(err)
	}
	for _, text := range []string{"made through the link", "replaced through the link"} {
		if err := export.WriteFile(link, put(text)); err != nil {
			t.Fatal(err)
		}
		wantText(t, filepath.Join(sub, "real.csv"), text)
		if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("the link is gone: %v %v", info, err)
		}
	}
	loop := filepath.Join(folder, "loop.csv")
	if err := os.Symlink("loop.csv", loop); err != nil {
		t.Fatal(err)
	}
	if err := export.WriteFile(loop, put("x")); tagroll.CodeOf(err) != tagroll.CodeWriteFailed {
		t.Errorf("a link to itself: %v", err)
	}
	onlyFiles(t, folder, 3)
	onlyFiles(t, sub, 1)
}

// A link's ".." goes up from the folder that the link is really in, not from the path by
// which it was reached.
func TestWriteFileFollowsLinksBelowLinks(t *testing.T) {
	folder := t.TempDir()
	deep := filepath.Join(folder, "a", "b")
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		filepath.Join(folder, "short"):  deep,
		filepath.Join(deep, "link.csv"): filepath.Join("..", "real.csv"),
	} {
		if err := os.Symlink(target, name); err != nil {
			if runtime.GOOS == "windows" && os.Getenv("TAGROLL_TEST_ALL") != "1" {
				t.Skip("symbolic links need a privilege on Windows")
			}
			t.Fatal(err)
		}
	}
	if err := export.WriteFile(filepath.Join(folder, "short", "link.csv"), put("x")); err != nil {
		t.Fatal(err)
	}
	wantText(t, filepath.Join(folder, "a", "real.csv"), "x")
	onlyFiles(t, folder, 2)
}

// What a process that was killed has left beside the file goes with the next one, but not what
// another process is writing now.
func TestWriteFileSweeps(t *testing.T) {
	dir := t.TempDir()
	left := filepath.Join(dir, ".tagroll-"+strings.Repeat("A", 26)+".tmp")
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(left, old, old); err != nil {
		t.Fatal(err)
	}
	other, err := export.Create(filepath.Join(dir, "b.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if err := export.WriteFile(filepath.Join(dir, "a.csv"), func(io.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was left behind is still there: %v", err)
	}
	if err := other.Commit(); err != nil {
		t.Errorf("what was being written beside it: %v", err)
	}
	onlyFiles(t, dir, 2)
}
