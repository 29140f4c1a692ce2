package export_test

import (
	"os"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/export"
)

// A device is written to, never replaced by a file; /dev/full is a full disk (full(4)).
func TestWriteFileDevices(t *testing.T) {
	if err := export.WriteFile("/dev/null", put("x")); err != nil {
		t.Error(err)
	}
	if err := export.WriteFile("/dev/full", put("x")); tagroll.CodeOf(err) != tagroll.CodeDiskFull {
		t.Errorf("got %v", err)
	}
	for _, path := range []string{"/dev/null", "/dev/full"} {
		if info, err := os.Stat(path); err != nil || info.Mode().IsRegular() {
			t.Errorf("%s is %v (%v)", path, info, err)
		}
	}
}
