//go:build unix

package intake

import (
	"io/fs"
	"syscall"
)

// identify returns a file's identity. File systems without inodes number them 0.
func identify(absolute string, info fs.FileInfo) identity {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Ino == 0 {
		return identityOfPath(absolute)
	}
	return identity{device: uint64(stat.Dev), inode: uint64(stat.Ino)}
}
