//go:build !windows

package journal

import "io/fs"

// isShared reports whether others than a file's owner may use it.
func isShared(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
