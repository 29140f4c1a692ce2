package journal

import "io/fs"

// isShared reports whether others than a file's owner may use it. Windows keeps the folders for
// caches and temporary files apart by user, and its files have no such permissions.
func isShared(fs.FileInfo) bool { return false }
