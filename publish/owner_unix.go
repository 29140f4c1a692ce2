//go:build unix

package publish

import (
	"io/fs"
	"os"
	"syscall"
)

// isOwn reports whether a folder belongs to the user of this process. Where a folder
// such as /tmp is everybody's, somebody else could make one that looks like ours, and
// put a link to a third in its place while it is being emptied.
func isOwn(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && uint64(stat.Uid) == uint64(os.Geteuid())
}
