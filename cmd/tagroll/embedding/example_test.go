package embedding_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cmd/tagroll/embedding"
	"github.com/tagroll/tagroll/embed"
)

// Words beside a photo, for Lightroom: the photo itself stays as it is.
func ExampleWriter() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	w, err := embedding.New(embedding.Options{Flags: embedding.Flags{Sidecar: "adobe"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	photo := tagroll.Photo{Path: filepath.Join(folder, "IMG_0412.jpg")}
	result := tagroll.Result{Photo: photo, Metadata: &tagroll.Metadata{Title: "Fig in a red bowl"}}
	if err := w.Write(photo, result, embed.Options{}); err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Finish(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(w.Summary())
	// Output: 1 sidecar
}
