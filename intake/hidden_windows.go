package intake

import (
	"io/fs"
	"strings"
	"syscall"
)

// isHidden reports whether a file or folder is left out because it is hidden, by its name
// (cards and archives come from other systems) or by its attribute.
func isHidden(entry fs.DirEntry) bool {
	if strings.HasPrefix(entry.Name(), ".") {
		return true
	}
	info, err := entry.Info()
	if err != nil {
		return false
	}
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	return ok && data.FileAttributes&syscall.FILE_ATTRIBUTE_HIDDEN != 0
}
