package intake

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/tagroll/tagroll"
)

func isPattern(path string) bool {
	return strings.ContainsAny(path, "*?[{") && doublestar.ValidatePathPattern(path)
}

// pattern takes the photos among the matches of a path that does not exist. cause is why
// it does not. Its error is ctx's.
func (f *finder) pattern(ctx context.Context, path string, cause error) error {
	if !isPattern(path) {
		f.problem(path, missing(path, cause))
		return nil
	}
	matches, err := f.matches(ctx, path)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || len(matches) == 0 {
		f.problem(path, fail(tagroll.CodeNotFound, errors.Join(err, cause),
			"no file matches this pattern, and none has this name: check the spelling"))
		return nil
	}
	slices.SortFunc(matches, func(a, b string) int { return compareNames(filepath.ToSlash(a), filepath.ToSlash(b)) })
	var folders []string
	for _, match := range matches {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		info, err := f.files.Stat(match)
		switch {
		case err != nil: // a dead link, or gone since the match
			f.passOver(match)
		case info.IsDir():
			folders = append(folders, match)
		default:
			if photo, preview, ok := f.jpegBeside(match); ok {
				match, info = photo, preview
			}
			f.candidate(match, info)
		}
	}
	for _, folder := range folders {
		if err := f.folder(ctx, folder); err != nil {
			return err
		}
	}
	return nil
}

// matches returns the paths that match a pattern. Without ** a pattern is as deep as it
// is written, so links may be followed; with it a loop of links would have no end.
func (f *finder) matches(ctx context.Context, pattern string) ([]string, error) {
	base, rest := doublestar.SplitPattern(filepath.ToSlash(filepath.Clean(pattern)))
	options := []doublestar.GlobOption{doublestar.WithNoHidden()}
	if strings.Contains(rest, "**") {
		options = append(options, doublestar.WithNoFollow())
	}
	if runtime.GOOS == "windows" {
		options = append(options, doublestar.WithCaseInsensitive())
	}
	var matches []string
	err := doublestar.GlobWalk(folderFS{f.files, filepath.FromSlash(base)}, rest, func(path string, _ fs.DirEntry) error {
		matches = append(matches, filepath.Join(base, filepath.FromSlash(path)))
		return ctx.Err()
	}, options...)
	return matches, err
}

// folderFS is a folder for doublestar. Unlike os.DirFS it takes names that are not UTF-8,
// and it opens nothing but folders: to open a pipe would wait for its writer.
type folderFS struct {
	files files
	base  string
}

func (d folderFS) path(name string) string { return filepath.Join(d.base, filepath.FromSlash(name)) }

func (d folderFS) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: errors.ErrUnsupported}
}

func (d folderFS) Stat(name string) (fs.FileInfo, error) { return d.files.Stat(d.path(name)) }

func (d folderFS) ReadDir(name string) ([]fs.DirEntry, error) { return d.files.ReadDir(d.path(name)) }
