// Package underway creates files that are under construction, for writers that write a file whole
// or not at all. Such a file has a name of its own beside the file that it will replace. A lock
// marks the file, so that Sweep can tell what a killed process left behind from what another
// process is writing.
package underway

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Prefix begins the name of every temporary file of tagroll that lies beside somebody's own.
const Prefix = ".tagroll-"

// nameEnd ends the name of a file under construction; random letters stand between.
const nameEnd = ".tmp"

// abandonedAfter is when a file under construction must have lost its process, where that cannot be
// told otherwise: writing one takes seconds.
const abandonedAfter = time.Hour

// File is a file under construction. It is closed like any other; Release follows when it has its
// place or is removed.
type File struct {
	*os.File
	held *os.File // what keeps Sweep away; nil where there is no such thing
}

// Create creates an empty file in a folder, with the permissions that any new file gets there.
func Create(folder string) (*File, error) {
	for {
		name := filepath.Join(folder, Prefix+rand.Text()+nameEnd)
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if err != nil {
			return nil, err
		}
		if held, there := hold(name); there {
			return &File{file, held}, nil
		}
		file.Close() // it was taken for abandoned, and removed, before it was held
	}
}

// Release ends the protection from Sweep. It may be called more than once.
func (f *File) Release() {
	if f.held != nil {
		f.held.Close()
		f.held = nil
	}
}

// SyncFolder makes a rename in a folder last through a power failure, where the system can do that.
// The file itself is complete either way, so a failure is no error.
func SyncFolder(folder string) {
	if d, err := os.Open(folder); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// Reason is what the system says of an error, without the path: that may be of a file under
// construction, whose name means nothing to its user.
func Reason(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	if at, ok := errors.AsType[*os.LinkError](err); ok {
		return at.Err
	}
	return err
}

// Sweep removes from a folder the files under construction that a killed process left behind. On
// Windows, and on file systems without locks, they go after an hour. What cannot be removed stays.
func Sweep(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasPrefix(name, Prefix) || !strings.HasSuffix(name, nameEnd) ||
			len(name) != len(Prefix)+len(rand.Text())+len(nameEnd) {
			continue
		}
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		path := filepath.Join(folder, name)
		abandoned, known := isAbandoned(path)
		if abandoned || !known && time.Since(info.ModTime()) > abandonedAfter {
			_ = os.Remove(path)
		}
	}
}
