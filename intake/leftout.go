package intake

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// leftOutKinds are what people keep beside their photos and might expect to be described, by the
// extensions of its files. RAW files are those that hold no preview.
var leftOutKinds = []struct {
	one, many  string
	extensions []string
}{
	{"RAW file", "RAW files", RawExtensions()},
	{"Photoshop file", "Photoshop files", []string{"psd", "psb"}},
	{"video", "videos", []string{"mp4", "mov", "avi", "mkv", "m4v", "mts", "m2ts", "webm", "mxf", "3gp"}},
	{"vector graphic", "vector graphics", []string{"ai", "eps", "svg"}},
	{"JPEG XL or JPEG 2000 file", "JPEG XL or JPEG 2000 files", []string{"jxl", "jp2", "j2k"}},
}

// passed are the files that were left out and might have been expected, by their absolute paths.
type passed map[string]bool

// passOver counts a file that is left out.
func (f *finder) passOver(path string) {
	f.found.PassedOver++
	if kindLeftOut(path) < 0 {
		return
	}
	if absolute, err := filepath.Abs(path); err == nil {
		f.found.passed[absolute] = true
	}
}

// kindLeftOut is a file's place in leftOutKinds, or -1.
func kindLeftOut(path string) int {
	e := strings.TrimPrefix(extension(path), ".")
	for i, kind := range leftOutKinds {
		if slices.Contains(kind.extensions, e) {
			return i
		}
	}
	return -1
}

// text says in words what of a photographer's files was left out: "12 RAW files, 1 video".
func (p passed) text() string {
	counts := make([]int, len(leftOutKinds))
	for path := range p {
		counts[kindLeftOut(path)]++
	}
	var parts []string
	for i, kind := range leftOutKinds {
		switch n := counts[i]; n {
		case 0:
		case 1:
			parts = append(parts, "1 "+kind.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, kind.many))
		}
	}
	return strings.Join(parts, ", ")
}
