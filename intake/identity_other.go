//go:build !unix

package intake

import "io/fs"

// identify returns a file's identity. To learn its number on Windows the file would have
// to be opened; its path without links, in the spelling of the disk, says enough.
func identify(absolute string, _ fs.FileInfo) identity { return identityOfPath(absolute) }
