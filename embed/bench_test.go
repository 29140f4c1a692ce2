package embed_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/tagroll/tagroll/embed"
)

// bigPhoto is as long as a JPEG of 24 megapixels.
func bigPhoto() []byte {
	noise := make([]byte, 12<<20)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(random.Uint32N(255)) // no marker among it
	}
	photo := corpus()["exif.jpg"]
	return append(bytes.Clone(photo[:len(photo)-2]), append(noise, 0xff, 0xd9)...)
}

// BenchmarkFile writes into a photo on disk, with a backup, its hash compared and everything
// synced.
func BenchmarkFile(b *testing.B) {
	path := filepath.Join(b.TempDir(), "photo.jpg")
	if err := os.WriteFile(path, bigPhoto(), 0o600); err != nil {
		b.Fatal(err)
	}
	fields := []embed.Fields{described, {Title: "Red apple", Keywords: []string{"apple"}}}
	i := 0
	for b.Loop() {
		if _, err := embed.File(path, fields[i%2], embed.Options{}); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// BenchmarkTwoCopies is what BenchmarkFile is held against: two copies of the same photo by reading
// and writing, synced.
func BenchmarkTwoCopies(b *testing.B) {
	folder := b.TempDir()
	photo := bigPhoto()
	path := filepath.Join(folder, "photo.jpg")
	if err := os.WriteFile(path, photo, 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, name := range []string{"one", "two"} {
			content, err := os.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			file, err := os.Create(filepath.Join(folder, name))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := file.Write(content); err != nil {
				b.Fatal(err)
			}
			if err := file.Sync(); err != nil {
				b.Fatal(err)
			}
			file.Close()
		}
	}
}
