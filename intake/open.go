package intake

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/tagroll/tagroll"
)

// openFile opens a regular file for reading and refuses everything else. It looks before
// it opens, because opening a device can do something, and again afterwards, because the
// file may have been replaced in between.
func openFile(path string) (io.ReadCloser, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, cannotOpen(err)
	}
	if !info.Mode().IsRegular() {
		return nil, irregular(info.Mode())
	}
	file, err := os.OpenFile(path, os.O_RDONLY|openWithoutWaiting, 0)
	if err != nil {
		return nil, cannotOpen(err)
	}
	info, err = file.Stat()
	switch {
	case err != nil:
		file.Close()
		return nil, cannotOpen(err)
	case !info.Mode().IsRegular():
		file.Close()
		return nil, irregular(info.Mode())
	}
	return file, nil
}

// linkLoop is what is said of links in a circle.
const linkLoop = "the link leads back to itself: make it lead to the photo, or remove it"

func cannotOpen(err error) *tagroll.Error {
	switch {
	case errors.Is(err, syscall.ELOOP):
		return fail(tagroll.CodeUnreadable, err, linkLoop)
	case isMissing(err):
		return fail(tagroll.CodeNotFound, err, "the file is not there any more: put it back and run again")
	case errors.Is(err, fs.ErrPermission):
		return fail(tagroll.CodeUnreadable, err, "you may not read the file: change its permissions")
	}
	return fail(tagroll.CodeUnreadable, err, "the file cannot be opened (%s): check the disk, or copy the file again", reason(err))
}
