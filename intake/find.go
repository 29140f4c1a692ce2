package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/tagroll/tagroll"
)

// Found is what [Find] found.
type Found struct {
	// Photos are the photos in the order of the input, each file once.
	Photos []tagroll.Photo
	// Problems are what was asked for and could not be had, in the order of the input.
	// Photo is the path as it was written.
	Problems []*tagroll.Error
	// PassedOver is how many files of folders and patterns were left out because they are
	// no photos. Hidden files are not counted.
	PassedOver int
	// LeftOut names the files of PassedOver that a photographer might expect to be described,
	// by kind: "12 RAW files, 1 video". Empty if there are none.
	LeftOut string
	// Joined is how many RAW files belong to a photo of the same name, and Previews how many
	// photos are previews of a vector graphic or a video; see Pair.
	Joined, Previews int
	// Repeated is how many times a file was reached again.
	Repeated int

	files  files
	passed passed
}

// Find finds the photos that a user asked for. Each input is one of these:
//
//   - a file, which is taken whatever is in it;
//   - a folder, which stands for all photos in it and in the folders below. Its own
//     photos come first, then those of its folders, in natural order (IMG_9 before
//     IMG_10), the same on every system;
//   - a pattern with *, ?, [a-z], {a,b} or ** (any number of folders), for shells that
//     do not expand them. It stands for the photos among its matches. A path that
//     exists is never taken for a pattern;
//   - "-", which stands for a list of the above on stdin: one a line, or, if there
//     is a NUL in it, one between two NULs.
//
// In folders and patterns a file is a photo if its first bytes say that it is an image
// that tagroll reads, or if its name has the extension of one: a damaged photo is
// reported later instead of passed over in silence. Hidden files and folders are left out
// unless they are named. Links are followed; a folder reached twice is searched once, and
// inside ** linked folders are not entered, as in bash. The same name in the same folder
// is one photo, however it was reached.
//
// A photo's ID is its absolute path with forward slashes, escaped if it is not UTF-8; [PathOf]
// takes the path out of it. Name and Path are as on the disk, Path as a user would write it from
// here. Open fails with CodeNotFound or CodeUnreadable, and at once for what is not a regular file;
// the file is opened for reading only.
//
// What cannot be found or read is a problem (CodeNotFound, CodeUnreadable), not an error.
// The error is CodeCancelled or CodeTimeout once ctx is done; what was found until then
// is returned beside it. A read of stdin that hangs is abandoned then. Whether an empty
// batch is a mistake is for the caller to judge.
func Find(ctx context.Context, inputs []string, stdin io.Reader) (Found, error) {
	return find(ctx, systemFiles{}, inputs, stdin)
}

func find(ctx context.Context, files files, inputs []string, stdin io.Reader) (Found, error) {
	f := finder{
		files: files, found: Found{files: files, passed: make(passed)},
		seen: make(map[string]bool), spelled: make(map[string][]spelling), entered: make(map[string]bool), resolved: make(map[string]string),
	}
	for _, input := range inputs {
		var err error
		if input == "-" {
			err = f.list(ctx, stdin)
		} else {
			err = f.input(ctx, input)
		}
		if err != nil {
			return f.found, stopped(ctx)
		}
	}
	f.found.LeftOut = f.found.passed.text()
	return f.found, nil
}

// files is the file system as a finder sees it. Paths are the system's own.
type files interface {
	// Stat follows links.
	Stat(path string) (fs.FileInfo, error)
	ReadDir(path string) ([]fs.DirEntry, error)
	// Open opens a regular file for reading and refuses everything else.
	Open(path string) (io.ReadCloser, error)
}

type systemFiles struct{}

func (systemFiles) Stat(path string) (fs.FileInfo, error)      { return os.Stat(path) }
func (systemFiles) ReadDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }
func (systemFiles) Open(path string) (io.ReadCloser, error)    { return openFile(path) }

// finder is one search.
type finder struct {
	files   files
	found   Found
	seen    map[string]bool       // the photos, by their identity
	spelled map[string][]spelling // the same, by their versions
	entered map[string]bool       // folders, by their path without links

	resolved map[string]string // folders without links, by their absolute path
}

// identify returns what tells photos apart: the folder without links, and the file's
// name in it. A file that has two names (a link, a hard link) is two photos, because
// an agency knows photos by their names.
func (f *finder) identify(absolute string) string {
	folder, name := filepath.Split(absolute)
	resolved, ok := f.resolved[folder]
	if !ok {
		resolved = folder
		if r, err := filepath.EvalSymlinks(folder); err == nil {
			resolved = r
		}
		f.resolved[folder] = resolved
	}
	return filepath.Join(resolved, name)
}

// input takes up one path or pattern. Its error is ctx's.
func (f *finder) input(ctx context.Context, path string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	info, err := f.files.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return f.folder(ctx, path)
	case err == nil:
		f.named(path, info)
		return nil
	case isMissing(err) || path != "" && isPattern(path):
		return f.pattern(ctx, path, err)
	case errors.Is(err, syscall.ELOOP):
		f.problem(path, fail(tagroll.CodeUnreadable, err, linkLoop))
		return nil
	}
	f.problem(path, fail(tagroll.CodeUnreadable, err,
		"it cannot be read (%s): check the permissions of the file and its folders", reason(err)))
	return nil
}

// named takes a file that the user named.
func (f *finder) named(path string, info fs.FileInfo) {
	if !info.Mode().IsRegular() {
		f.problem(path, irregular(info.Mode()))
		return
	}
	if photo, info, ok := f.jpegBeside(path); ok {
		f.add(photo, info)
		return
	}
	f.add(path, info)
}

// add takes a regular file as a photo unless it is one already.
func (f *finder) add(path string, info fs.FileInfo) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		f.problem(path, fail(tagroll.CodeUnreadable, err, "the current folder cannot be found (%s): change to one that exists", reason(err)))
		return
	}
	id := f.identify(absolute)
	version := fmt.Sprintf("%d-%d", info.Size(), info.ModTime().UnixNano())
	there := spelling{absolute, info}
	if f.seen[id] || slices.ContainsFunc(f.spelled[version], func(known spelling) bool { return f.isRespelled(there, known) }) {
		f.found.Repeated++
		return
	}
	f.seen[id] = true
	f.spelled[version] = append(f.spelled[version], there)
	files := f.files // and not f: photos outlive the search
	f.found.Photos = append(f.found.Photos, tagroll.Photo{
		ID:      photoID(absolute),
		Name:    filepath.Base(absolute),
		Path:    filepath.Clean(path),
		Version: version,
		Open:    func() (io.ReadCloser, error) { return files.Open(absolute) },
	})
}

// spelling is a photo's path as it was given.
type spelling struct {
	path string
	info fs.FileInfo
}

// isRespelled reports whether two paths spell the same name of a file: where the system tells
// neither capitals nor composed characters apart, Photo.jpg and PHOTO.JPG are one photo. Of two
// names (a hard link) the folder lists both.
func (f *finder) isRespelled(a, b spelling) bool {
	if !os.SameFile(a.info, b.info) {
		return false
	}
	folder, err := f.files.Stat(filepath.Dir(a.path))
	other, otherErr := f.files.Stat(filepath.Dir(b.path))
	if err != nil || otherErr != nil || !os.SameFile(folder, other) {
		return false
	}
	if filepath.Base(a.path) == filepath.Base(b.path) {
		return true
	}
	entries, err := f.files.ReadDir(filepath.Dir(a.path))
	listed := func(path string) bool {
		return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == filepath.Base(path) })
	}
	return err == nil && !(listed(a.path) && listed(b.path))
}

func (f *finder) problem(path string, e *tagroll.Error) {
	e.Photo = cmp.Or(path, `""`)
	f.found.Problems = append(f.found.Problems, e)
}

// missing is a path that leads nowhere.
func missing(path string, cause error) *tagroll.Error {
	if path == "" {
		return fail(tagroll.CodeNotFound, cause, "the path is empty: name a file or a folder")
	}
	if strings.Contains(path, "://") {
		return fail(tagroll.CodeNotFound, cause, "this is no file: download it first and name the file")
	}
	return fail(tagroll.CodeNotFound, cause, "there is no such file or folder: check the spelling")
}

// irregular is a path at which there is something else than a file or a folder.
func irregular(mode fs.FileMode) *tagroll.Error {
	kind := "not a regular file"
	switch {
	case mode.IsDir():
		kind = "a folder"
	case mode&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	case mode&fs.ModeDevice != 0:
		kind = "a device"
	}
	return fail(tagroll.CodeUnreadable, errors.ErrUnsupported, "it is %s: save the photo as a file and name that", kind)
}
