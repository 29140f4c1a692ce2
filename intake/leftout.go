package intake

import (
	"fmt"
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

// passOver counts a file that is left out.
func (f *finder) passOver(path string) {
	f.found.PassedOver++
	e := strings.TrimPrefix(extension(path), ".")
	for i, kind := range leftOutKinds {
		if slices.Contains(kind.extensions, e) {
			f.leftOut[i]++
		}
	}
}

// leftOutText says in words what of a photographer's files was left out: "12 RAW files, 1 video".
func (f *finder) leftOutText() string {
	var parts []string
	for i, kind := range leftOutKinds {
		switch n := f.leftOut[i]; n {
		case 0:
		case 1:
			parts = append(parts, "1 "+kind.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, kind.many))
		}
	}
	return strings.Join(parts, ", ")
}
