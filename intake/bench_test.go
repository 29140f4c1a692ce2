package intake

import (
	"fmt"
	"os"
	"testing"
)

// BenchmarkFind searches ten folders of a thousand photos.
func BenchmarkFind(b *testing.B) {
	b.Chdir(b.TempDir())
	for i := range 10_000 {
		folder := fmt.Sprintf("shoot/%d", i/1000)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(fmt.Sprintf("%s/IMG_%d.jpg", folder, i), []byte(jpegBytes), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if found, err := Find(b.Context(), []string{"shoot"}, nil); err != nil || len(found.Photos) != 10_000 {
			b.Fatal(len(found.Photos), err)
		}
	}
}

// BenchmarkInspect reads the metadata of a photo that is otherwise empty.
func BenchmarkInspect(b *testing.B) {
	for _, name := range []string{"camera.jpg", "xmp.jpg", "iptc-utf8.jpg"} {
		b.Run(name, func(b *testing.B) {
			data := load(b, name)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Inspect(data, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
