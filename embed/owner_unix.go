//go:build unix

package embed

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a new file the owner and group of the photo, if it does not have them.
func keepOwner(file *os.File, photo fs.FileInfo) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	want, isUnix := photo.Sys().(*syscall.Stat_t)
	got, also := info.Sys().(*syscall.Stat_t)
	if !isUnix || !also || want.Uid == got.Uid && want.Gid == got.Gid {
		return nil
	}
	return file.Chown(int(want.Uid), int(want.Gid))
}
