package embed_test

import (
	"bytes"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/embed"
)

// Any input comes out with only its metadata changed, or is refused.
func FuzzPlan(f *testing.F) {
	for _, photo := range corpus() {
		if len(photo) < 20_000 {
			f.Add(photo, "A title", "keyword")
		}
	}
	f.Add([]byte("\xff\xd8\xff\xda\x00\x02"), "", "\x00")
	f.Fuzz(func(t *testing.T, photo []byte, title, keyword string) {
		fields := embed.Fields{Title: title, Headline: title, Keywords: []string{keyword}}
		edit, err := embed.Plan(bytes.NewReader(photo), int64(len(photo)), fields)
		if err != nil {
			if tagroll.CodeOf(err) != tagroll.CodeCannotEmbed {
				t.Fatal(err)
			}
			return
		}
		var b bytes.Buffer
		if n, err := edit.WriteTo(&b); err != nil || n != edit.Size() {
			t.Fatalf("%d bytes of %d: %v", n, edit.Size(), err)
		}
		got := b.Bytes()
		if !edit.Changed() {
			if !bytes.Equal(got, photo) {
				t.Fatal("changed, and says that it is not")
			}
			return
		}
		unchanged(t, photo, got)
		again, err := embed.Plan(bytes.NewReader(got), int64(len(got)), fields)
		if err != nil || again.Changed() {
			t.Fatalf("a second embedding changes the photo, or is refused: %v", err)
		}
	})
}

// Any sidecar is merged so that the second time changes nothing, or is refused.
func FuzzSidecar(f *testing.F) {
	f.Add([]byte(worked), "A title", "keyword")
	f.Add(embed.Packet(described), "\xff\ufffe", " ")
	f.Add([]byte(`<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>`), "x", "y")
	f.Fuzz(func(t *testing.T, sidecar []byte, title, keyword string) {
		fields := embed.Fields{Title: title, Headline: title, Description: keyword, Keywords: []string{keyword, title}}
		merged, err := embed.Sidecar(sidecar, fields)
		if err != nil {
			return
		}
		again, err := embed.Sidecar(merged, fields)
		if err != nil || !bytes.Equal(again, merged) {
			t.Fatalf("the second time changes\n%q to\n%q: %v", merged, again, err)
		}
	})
}
