package embed

import (
	"bytes"
	"os"
	"strings"
	"syscall"
)

// keepExtended copies the extended attributes of a user (tags, ratings of file managers) as far as
// the file system takes them. Those of the system follow from the folder.
func keepExtended(file, photo *os.File) {
	names := make([]byte, 64<<10)
	n, err := syscall.Listxattr(photo.Name(), names)
	if err != nil {
		return
	}
	for name := range bytes.SplitSeq(names[:n], []byte{0}) {
		if !strings.HasPrefix(string(name), "user.") {
			continue
		}
		value := make([]byte, 64<<10)
		if size, err := syscall.Getxattr(photo.Name(), string(name), value); err == nil {
			_ = syscall.Setxattr(file.Name(), string(name), value[:size], 0)
		}
	}
}
