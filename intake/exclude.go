package intake

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/tagroll/tagroll"
)

// Exclude leaves out the photos that match one of the patterns, and returns how many. A pattern
// without a slash names a file or a folder at any depth ("*_web.jpg", "drafts"); one with a slash
// names a path from any folder on ("2026/drafts", "raw/**/*.tif"). It fails with CodeConfiguration
// if a pattern makes no sense.
func Exclude(photos []tagroll.Photo, patterns []string) (kept []tagroll.Photo, excluded int, err error) {
	var globs []string
	for _, pattern := range patterns {
		glob := strings.Trim(path.Clean(filepath.ToSlash(pattern)), "/")
		if pattern == "" || !doublestar.ValidatePattern(glob) {
			return nil, 0, fail(tagroll.CodeConfiguration, nil, "%q is no pattern for photos to leave out: write one such as '*_web.jpg' or drafts", pattern)
		}
		globs = append(globs, "**/"+glob, "**/"+glob+"/**")
	}
	for _, photo := range photos {
		name := strings.TrimPrefix(path.Clean(filepath.ToSlash(photo.Path)), "/")
		out := false
		for _, glob := range globs {
			if match, err := doublestar.Match(glob, name); err == nil && match {
				out = true
				break
			}
		}
		if out {
			excluded++
			continue
		}
		kept = append(kept, photo)
	}
	return kept, excluded, nil
}
