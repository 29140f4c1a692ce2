// Package rawname knows cameras' RAW files by their names, for everybody who must not take one for
// an ordinary photo: many of them are built like a TIFF and do not say within that they are none.
package rawname

import (
	"path"
	"slices"
	"strings"
)

// extensions are those of cameras' RAW files, in lower case, without dot and sorted.
var extensions = []string{
	"3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff", "gpr", "iiq", "k25", "kdc", "mdc", "mef", "mos",
	"mrw", "nef", "nrw", "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f",
}

// Extensions returns the extensions of RAW files, in lower case, without dot and sorted.
func Extensions() []string { return slices.Clone(extensions) }

// Is reports whether a file is called like a RAW file.
func Is(name string) bool {
	_, there := slices.BinarySearch(extensions, strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")))
	return there
}
