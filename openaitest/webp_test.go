package openaitest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/webp"
)

// Every WebP image has the pixels that golang.org/x/image finds in it, and what that refuses is
// refused. An image that is cut off is refused wherever the cut is.
func TestWebP(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../compress/testdata/*.webp",
		"../compress/vp8/testdata/*.webp", "../compress/vp8l/testdata/*.webp"} {
		found, err := filepath.Glob(pattern)
		if err != nil || found == nil {
			t.Fatal(pattern, err)
		}
		files = append(files, found...)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := webp.Decode(bytes.NewReader(data))
		w, failed := readWebP(data)
		if (failed == nil) != (err == nil) {
			t.Errorf("%s: %v, want %v", path, failed, err)
		}
		if err != nil || failed != nil {
			continue
		}
		got, err := w.decode()
		if err != nil || got.Bounds() != want.Bounds() {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if w.alpha == nil && lookAt(got) != lookAt(want) {
			t.Errorf("%s looks like %+v, want %+v", path, lookAt(got), lookAt(want))
		}
		for _, end := range []int{12, 20, len(data) / 2, len(data) - 3} {
			if w, err := readWebP(data[:end]); err == nil {
				if _, err := w.decode(); err == nil {
					t.Errorf("%s is taken with %d of %d bytes", path, end, len(data))
				}
			}
		}
	}
}
