package underway

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestSweep(t *testing.T) {
	folder := t.TempDir()
	file, err := Create(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Release()
	there := func() bool {
		_, err := os.Stat(file.Name())
		return err == nil
	}
	if _, err := file.WriteString("x"); err != nil {
		t.Fatal(err)
	}
	if Sweep(folder); !there() {
		t.Fatal("a file that is being written is gone")
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if Sweep(folder); !there() {
		t.Fatal("a file that waits for its place is gone")
	}
	file.Release()
	if runtime.GOOS == "windows" {
		ago := time.Now().Add(-2 * abandonedAfter)
		if err := os.Chtimes(file.Name(), ago, ago); err != nil {
			t.Fatal(err)
		}
	}
	if Sweep(folder); there() {
		t.Error("a file that nobody writes is there")
	}
	Sweep(filepath.Join(folder, "none"))
}
