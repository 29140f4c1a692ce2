package intake

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/rawname"
)

// folder takes all photos in a folder and below. Its error is ctx's.
func (f *finder) folder(ctx context.Context, path string) error {
	resolved, err := filepath.Abs(path)
	if err == nil {
		resolved, err = filepath.EvalSymlinks(resolved)
	}
	if err != nil {
		f.unreadableFolder(path, err)
		return nil
	}
	return f.enter(ctx, path, resolved)
}

// enter searches one folder. Its absolute path without links decides whether it was
// searched before, which is also what ends a loop of links.
func (f *finder) enter(ctx context.Context, path, resolved string) error {
	if f.entered[resolved] {
		return nil
	}
	f.entered[resolved] = true
	entries, err := f.files.ReadDir(path)
	if err != nil {
		f.unreadableFolder(path, err) // what was read before the error is still searched
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return compareNames(a.Name(), b.Name()) })

	var folders []fs.DirEntry
	for _, entry := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if isHidden(entry) {
			continue
		}
		if f.entry(filepath.Join(path, entry.Name()), entry) {
			folders = append(folders, entry)
		}
	}
	for _, entry := range folders {
		below := filepath.Join(path, entry.Name())
		if entry.Type()&fs.ModeSymlink == 0 {
			err = f.enter(ctx, below, filepath.Join(resolved, entry.Name()))
		} else {
			err = f.folder(ctx, below)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// entry takes a file of a folder if it is a photo. It reports whether it is a folder instead.
func (f *finder) entry(path string, entry fs.DirEntry) (isFolder bool) {
	if entry.IsDir() {
		return true
	}
	var info fs.FileInfo
	var err error
	if entry.Type()&fs.ModeSymlink == 0 {
		info, err = entry.Info()
	} else {
		info, err = f.files.Stat(path)
	}
	switch {
	case err == nil && info.IsDir():
		return true
	case err == nil:
		f.candidate(path, info)
	case !rawname.IsPhoto(path):
		f.passOver(path)
	case isMissing(err) && entry.Type()&fs.ModeSymlink != 0:
		f.problem(path, fail(tagroll.CodeNotFound, err, "the link leads nowhere: restore what it points to, or remove it"))
	case errors.Is(err, syscall.ELOOP):
		f.problem(path, fail(tagroll.CodeUnreadable, err, linkLoop))
	case isMissing(err): // removed since the folder was read
	default:
		f.problem(path, fail(tagroll.CodeUnreadable, err, "it cannot be read (%s): check its permissions", reason(err)))
	}
	return false
}

// candidate takes a file that was not named itself, if it is a photo.
func (f *finder) candidate(path string, info fs.FileInfo) {
	if info.Mode().IsRegular() && !isBackup(path) && (rawname.IsPhoto(path) || f.looksLikePhoto(path, info.Size())) {
		f.add(path, info)
	} else {
		f.passOver(path)
	}
}

// isBackup reports whether a file is a photo as it was before metadata was written into it:
// IMG_1.jpg_original, as tagroll and exiftool call it, or with a number behind that.
func isBackup(path string) bool {
	return strings.HasSuffix(strings.TrimRight(extension(path), "0123456789"), "_original")
}

// looksLikePhoto reports whether a file's first bytes are those of a format that is read. A
// camera's RAW file has to be one that can hold a preview.
func (f *finder) looksLikePhoto(path string, size int64) bool {
	file, err := f.files.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, sniffLength)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	what := sniff(head[:n])
	if t, ok := newTIFF(memory(head[:n])); ok && IsRAW(path) {
		return t.start < uint64(size)
	}
	return what.format != "" || what.layout != notRAW && what.layout != unknownRAW
}

func (f *finder) unreadableFolder(path string, err error) {
	f.problem(path, fail(tagroll.CodeUnreadable, err,
		"the folder cannot be read (%s): check its permissions, or leave it out", reason(err)))
}

// HasPhotoName reports whether a file is named as a photo is, a RAW file included. What it holds
// may be something else.
func HasPhotoName(path string) bool { return rawname.IsPhoto(path) || IsRAW(path) }

func extension(path string) string { return strings.ToLower(filepath.Ext(path)) }
