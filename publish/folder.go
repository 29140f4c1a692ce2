package publish

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/tagroll/tagroll"
)

// Names in the folder for temporary images: every process has a folder of its own,
// with a lock that ends with the process.
const (
	folderPrefix = "tagroll-temp-"
	lockName     = "lock"
)

// makeFolder makes a folder that no sweep takes for a dead process's.
func makeFolder(dir string) (folder string, lock *flock.Flock, err error) {
	// A sweep of another process may remove the folder after its lock was made and before the
	// lock is taken. That cannot happen many times in a row.
	for range 10 {
		if folder, err = os.MkdirTemp(dir, folderPrefix); err != nil { // mode 0700
			return "", nil, err
		}
		lock = flock.New(filepath.Join(folder, lockName))
		locked, err := lock.TryLock()
		if locked && inPlace(lock) {
			return folder, lock, nil
		}
		if err := errors.Join(err, removeFolder(folder, lock)); err != nil {
			return "", nil, err
		}
	}
	return "", nil, errors.New("another process keeps removing it")
}

// inPlace reports whether a lock that is held is still the file of its name.
func inPlace(lock *flock.Flock) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(lock.Path())
	return err == nil && os.SameFile(held, named)
}

// removeFolder removes a folder and gives up its lock, in this order, so that nobody
// takes a lock that is about to vanish. Windows keeps the lock's file while it is
// open, hence the second time.
func removeFolder(folder string, lock *flock.Flock) error {
	os.RemoveAll(folder)
	return errors.Join(lock.Close(), os.RemoveAll(folder))
}

// Sweep removes the folders of temporary images whose process is gone. A folder whose
// process lives is left alone, and so is another user's. An empty dir means os.TempDir,
// and one that does not exist holds nothing. It fails with CodePublishFailed.
func Sweep(dir string) error {
	if dir == "" {
		dir = os.TempDir()
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), folderPrefix) {
			continue
		}
		if info, err := entry.Info(); err == nil && isOwn(info) {
			errs = append(errs, sweepFolder(filepath.Join(dir, entry.Name()), info))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return failure(tagroll.StageCleanUp, "temporary images of an earlier process could not be removed", err)
	}
	return nil
}

func sweepFolder(folder string, info fs.FileInfo) error {
	// Opened, not created: a folder without a lock is just being made, or being removed.
	lock := flock.New(filepath.Join(folder, lockName), flock.SetFlag(os.O_RDWR))
	locked, err := lock.TryLock()
	switch {
	case locked:
		return removeFolder(folder, lock)
	case errors.Is(err, fs.ErrNotExist) && time.Since(info.ModTime()) > DefaultLife:
		return os.RemoveAll(folder)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil
	}
	return err // nil while its process lives
}
