//go:build !windows

package intake

import (
	"io/fs"
	"strings"
)

// isHidden reports whether a file or folder is left out because it is hidden.
func isHidden(entry fs.DirEntry) bool { return strings.HasPrefix(entry.Name(), ".") }
