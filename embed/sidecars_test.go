package embed_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll/embed"
)

// Sidecars as Lightroom, darktable, digiKam and Capture One write them keep all that they say
// beside the words: develop settings, history, masks, ratings, hierarchies, in exiftool's reading
// and to the byte.
func TestSidecarsOfOtherPrograms(t *testing.T) {
	paths, err := filepath.Glob("testdata/sidecars/*.xmp")
	if err != nil || len(paths) != 4 {
		t.Fatal(err, paths)
	}
	before, after := t.TempDir(), t.TempDir()
	for _, path := range paths {
		existing, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		merged, err := embed.Sidecar(existing, described)
		if err != nil {
			t.Fatal(name, err)
		}
		again, err := embed.Sidecar(merged, described)
		if err != nil || !bytes.Equal(again, merged) {
			t.Errorf("%s: a second merge changes it, %v", name, err)
		}
		save(t, filepath.Join(before, name), existing)
		save(t, filepath.Join(after, name), merged)
		ours := []string{"dc:", "dc=", "photoshop:City", "photoshop:Country", "photoshop:State", "rdf:li", "rdf:Bag", "rdf:Alt", "rdf:Seq"}
		for line := range strings.Lines(string(existing)) {
			if line = strings.TrimSpace(line); !slices.ContainsFunc(ours, func(o string) bool { return strings.Contains(line, o) }) && !bytes.Contains(merged, []byte(line)) {
				t.Errorf("%s: %q is gone", name, line)
			}
		}
	}
	was, is := readTags(t, before, "-ext", "xmp"), readTags(t, after, "-ext", "xmp")
	for name, got := range is {
		if plain(got["XMP-dc:Title"]) != described.Title || plain(got["XMP-dc:Subject"]) != strings.Join(described.Keywords, "|") || got["ExifTool:Validate"] != was[name]["ExifTool:Validate"] {
			t.Errorf("%s: %v", name, got)
		}
		delete(was[name], "XMP-photoshop:Country") // it is among what is written
		delete(was[name], "XMP-photoshop:State")
		checkKept(t, was[name], got)
	}
	// A translation that a person wrote stays beside the new text.
	if text := string(exiftool(t, "-s3", "-XMP-dc:Description-pt-PT", filepath.Join(after, "digikam.xmp"))); !strings.Contains(text, "elétrico") {
		t.Errorf("the Portuguese caption is %q", text)
	}
}

// A sidecar with words that are not written again is kept; one that only gets more is not.
func TestSidecarIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "photo.xmp")
	more := embed.Fields{Title: "Red apple", Keywords: []string{"apple"}}
	save(t, path, embed.Packet(more))
	more.Keywords, more.Description = []string{"red", "apple"}, "An apple."
	for _, c := range []struct {
		fields embed.Fields
		backup string
	}{
		{more, ""}, {more, ""}, {embed.Fields{Title: "Green apple"}, path + ".bak"}, {embed.Fields{Keywords: []string{"green"}}, path + ".bak-2"},
	} {
		before := read(t, path)
		outcome, err := embed.SidecarFile(path, c.fields)
		if err != nil || outcome.Backup != c.backup {
			t.Fatalf("%v: kept as %q, want %q: %v", c.fields, outcome.Backup, c.backup, err)
		}
		if c.backup != "" && !bytes.Equal(read(t, c.backup), before) {
			t.Errorf("%s is not the sidecar as it was", c.backup)
		}
	}
}
