package export_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/export"
)

// What is no file is refused: it is neither replaced nor written to, and a pipe that nobody reads
// holds nobody up.
func TestWriteFileDevices(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe.csv")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link.csv")
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/dev/null", "/dev/full", pipe, link} {
		if err := export.WriteFile(path, put("x")); tagroll.CodeOf(err) != tagroll.CodeWriteFailed {
			t.Errorf("%s: got %v", path, err)
		}
		if err := (&export.Guard{Force: true}).Check(path, export.Format{}); tagroll.CodeOf(err) != tagroll.CodeWriteFailed {
			t.Errorf("%s, by force: got %v", path, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().IsRegular() {
			t.Errorf("%s is %v (%v)", path, info, err)
		}
	}
}
