package export

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/diskfull"
	"github.com/tagroll/tagroll/internal/underway"
)

// WriteFile writes a file whole or not at all: write gets a buffered writer into a
// temporary file, which takes path's place when write has returned nil. On an
// error, or a panic, path is as it was and the temporary file is gone.
//
// It is the convenient form of Create, Commit and Abort; see File for the details.
// An error of the file is a *tagroll.Error with CodeDiskFull or CodeWriteFailed, and
// so is an error of write that is no *tagroll.Error itself.
func WriteFile(path string, write func(io.Writer) error) error {
	return writeFile(path, nil, Format{}, write)
}

// writeFile is WriteFile with a guard, which may be nil, and the format that it looks for.
func writeFile(path string, g *Guard, format Format, write func(io.Writer) error) (err error) {
	f, err := create(path, g, format)
	if err != nil {
		return err
	}
	defer func() {
		if aborted := f.Abort(); aborted != nil {
			err = errors.Join(err, aborted)
		}
	}()
	if err := write(f); err != nil {
		return writeError(path, err)
	}
	return f.Commit()
}

// File is a file under construction beside the one that it will replace. It is
// for one goroutine.
//
// A symbolic link stays, its target is replaced. An existing file's permissions are
// kept. What exists and is no regular file (a folder, a device, a pipe) is refused.
type File struct {
	path    string
	target  string // path behind symbolic links
	file    *underway.File
	current *os.File // of file; nil when finished
	buffer  *bufio.Writer
	guard   *Guard // nil: whatever is there is replaced
	format  Format
	hash    hash.Hash // of what was written
	done    bool      // committed or aborted
	mode    fs.FileMode
	exists  bool
	// temporary is the name of the finished file.
	temporary string
}

// Create begins a file. The caller defers Abort and ends with Commit.
func Create(path string) (*File, error) { return create(path, nil, Format{}) }

func create(path string, g *Guard, format Format) (*File, error) {
	target, info, err := regularTarget(path)
	if err != nil {
		return nil, err
	}
	f := &File{path: path, target: target, guard: g, format: format, hash: sha256.New()}
	if info != nil {
		f.exists, f.mode = true, info.Mode().Perm()
	}
	if f.file, err = underway.Create(filepath.Dir(target)); err != nil {
		return nil, writeError(path, err)
	}
	f.current = f.file.File
	underway.Sweep(filepath.Dir(target)) // what a process that was killed has left beside it
	f.buffer = bufio.NewWriterSize(io.MultiWriter(f.current, f.hash), 64<<10)
	return f, nil
}

// followLinks returns what path stands for, which need not exist.
// filepath.EvalSymlinks would fail for a link to a file that is yet to be made.
func followLinks(path string) (string, error) {
	const most = 40 // as Linux
	for range most {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&fs.ModeSymlink == 0 {
			return path, nil
		}
		if err != nil {
			return "", err
		}
		link, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(link) {
			// A link begins where its folder really is, which matters for "..".
			folder, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return "", err
			}
			link = filepath.Join(folder, link)
		}
		path = link
	}
	return "", errors.New("too many symbolic links")
}

// Write adds to the file.
func (f *File) Write(p []byte) (int, error) {
	if f.current == nil {
		return 0, writeError(f.path, fs.ErrClosed)
	}
	n, err := f.buffer.Write(p)
	return n, writeError(f.path, err)
}

// finish brings everything to the disk and closes the file, which keeps its temporary name.
func (f *File) finish() error {
	if f.current == nil {
		return nil
	}
	err := f.buffer.Flush()
	if err == nil && f.exists {
		err = f.current.Chmod(f.mode)
	}
	if err == nil {
		err = f.current.Sync()
	}
	if err != nil {
		return writeError(f.path, err) // Abort closes
	}
	file := f.current
	f.current = nil
	f.temporary = file.Name()
	return writeError(f.path, file.Close())
}

// Commit puts the file in its place. After an error the file that was there is
// untouched, and Abort removes the temporary one.
func (f *File) Commit() error {
	if f.done {
		return writeError(f.path, fs.ErrClosed)
	}
	if err := f.finish(); err != nil {
		return err
	}
	same, err := f.guard.admit(f, f.format)
	if err != nil {
		return err
	}
	if same {
		return f.Abort()
	}
	// os.Rename replaces an existing file on Windows too, unless a program has it open.
	if err := os.Rename(f.temporary, f.target); err != nil {
		return writeError(f.path, err)
	}
	underway.SyncFolder(filepath.Dir(f.target))
	f.file.Release()
	f.done = true
	return nil
}

// Abort removes what was written, unless the file was committed. It may be called
// more than once.
func (f *File) Abort() error {
	if f.done {
		return nil
	}
	f.done = true
	if f.current != nil {
		f.temporary = f.current.Name()
		f.current.Close() // its content is given up
		f.current = nil
	}
	defer f.file.Release()
	return writeError(f.path, os.Remove(f.temporary))
}

// writeError returns err as a *tagroll.Error about writing path, which is empty for
// a stream. Errors that already are one, and nil, stay as they are.
func writeError(path string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*tagroll.Error](err); ok {
		return err
	}
	what := "the output"
	if path != "" {
		what = path
	}
	e := &tagroll.Error{Code: tagroll.CodeWriteFailed, Stage: tagroll.StageExport, Err: err}
	switch {
	case diskfull.Is(err):
		e.Code = tagroll.CodeDiskFull
		e.Message = fmt.Sprintf("%s was not written, the disk is full: free some space or choose another place, and run again", what)
	case errors.Is(err, fs.ErrPermission):
		e.Message = fmt.Sprintf("%s may not be written: close it in other programs, check the folder's permissions, or choose another place", what)
	case errors.Is(err, fs.ErrNotExist):
		e.Message = fmt.Sprintf("%s cannot be written, its folder does not exist: create the folder or choose another place", what)
	default:
		e.Message = fmt.Sprintf("%s was not written (%v): choose another place, or try again", what, underway.Reason(err))
	}
	return e
}
