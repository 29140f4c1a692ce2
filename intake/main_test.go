package intake

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/tagroll/tagroll"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// write makes a file, and the folders to it, below the current folder.
func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// wantError fails the test unless err is a *tagroll.Error of the code that is fit to be shown.
func wantError(t *testing.T, err error, code tagroll.Code) *tagroll.Error {
	t.Helper()
	e, ok := errors.AsType[*tagroll.Error](err)
	if !ok || e.Code != code {
		t.Fatalf("error %v (%T) instead of code %q", err, err, code)
	}
	if e.Message == "" || e.Stage != tagroll.StageIntake {
		t.Fatalf("error without message or stage: %+v", e)
	}
	return e
}
