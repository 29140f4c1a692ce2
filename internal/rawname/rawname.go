// Package rawname recognises photos by their names: cameras' RAW files, which must not be taken for
// ordinary photos although many are built like a TIFF and do not say that they are none; ordinary
// photos; and which files are one photo.
package rawname

import (
	"path"
	"regexp"
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

// jpegs are the extensions of a JPEG, leads those of any photo that can stand for the RAW file of
// its name, the one that is most likely to be sold first.
var (
	jpegs = []string{".jpg", ".jpeg", ".jpe", ".jfif"}
	leads = append(slices.Clone(jpegs), ".heic", ".heif", ".hif", ".tif", ".tiff", ".png", ".avif", ".webp")
)

// IsJPEG reports whether a file is called like a JPEG.
func IsJPEG(name string) bool { return slices.Contains(jpegs, strings.ToLower(path.Ext(name))) }

// IsPhoto reports whether a file is called like a photo that is no RAW file. GIFs are among them,
// which no RAW file is joined to.
func IsPhoto(name string) bool {
	extension := strings.ToLower(path.Ext(name))
	return extension == ".gif" || slices.Contains(leads, extension)
}

// Rank orders the files that could stand for the RAW file of their name: the smallest does.
func Rank(name string) int {
	if i := slices.Index(leads, strings.ToLower(path.Ext(name))); i >= 0 {
		return i
	}
	return len(leads)
}

// phonePart is what Google's phones put behind the name that a photo and its RAW file share.
var phonePart = regexp.MustCompile(`\.raw-\d\d\.(cover|original)$`)

// Stem is what the names of files that belong together have in common: the name in lower case
// without its extension.
func Stem(name string) string {
	name = strings.ToLower(name)
	return phonePart.ReplaceAllString(strings.TrimSuffix(name, path.Ext(name)), "")
}
