package embed_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll/embed"
)

// exiftool runs the judge of these tests.
func exiftool(t *testing.T, arguments ...string) []byte {
	t.Helper()
	program, err := exec.LookPath("exiftool")
	if err != nil {
		if os.Getenv("TAGROLL_TEST_ALL") == "1" {
			t.Fatal("exiftool is not installed, and TAGROLL_TEST_ALL asks for every test")
		}
		t.Skip("exiftool is not installed")
	}
	output, err := exec.CommandContext(t.Context(), program, arguments...).Output()
	if err != nil {
		t.Fatalf("exiftool: %v\n%s", err, output)
	}
	return output
}

// tags are what exiftool says of a photo, by group and name.
type tags map[string]any

func readTags(t *testing.T, folder string, arguments ...string) map[string]tags {
	t.Helper()
	arguments = append([]string{"-j", "-G1", "-a", "-struct", "-validate", "-warning", "-error", "-CurrentIPTCDigest", "-all:all"}, arguments...)
	var list []tags
	if err := json.Unmarshal(exiftool(t, append(arguments, folder)...), &list); err != nil {
		t.Fatal(err)
	}
	all := make(map[string]tags)
	for _, photo := range list {
		all[filepath.Base(photo["SourceFile"].(string))] = photo
	}
	return all
}

// What we write exiftool reads; what was there it still reads; and it finds nothing more to warn
// of.
func TestExiftool(t *testing.T) {
	before, after := t.TempDir(), t.TempDir()
	photos := corpus()
	for name, photo := range photos {
		save(t, filepath.Join(before, name), photo)
		save(t, filepath.Join(after, name), written(t, photo, described))
	}
	// The photos have no mark for their character set, which exiftool takes for Latin-1 unless
	// told.
	was, is := readTags(t, before, "-charset", "iptc=MacRoman"), readTags(t, after, "-charset", "iptc=MacRoman")
	if len(is) != len(photos) {
		t.Fatalf("exiftool read %d of %d photos", len(is), len(photos))
	}
	// The lengths in it change, see TestUltraHDR.
	delete(was["ultra-hdr.jpg"], "XMP-Container:Directory")
	for _, name := range slices.Sorted(maps.Keys(photos)) {
		t.Run(name, func(t *testing.T) {
			checkWritten(t, name, is[name])
			checkKept(t, was[name], is[name])
		})
	}
}

func save(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// checkWritten holds what exiftool reads against what was written.
func checkWritten(t *testing.T, name string, got tags) {
	t.Helper()
	// exiftool writes a line feed and a tab as they are; JSON numbers and lists come as they
	// are typed.
	want := tags{
		"XMP-dc:Title": described.Title, "XMP-dc:Description": described.Description, "XMP-dc:Subject": described.Keywords,
		"XMP-dc:Creator": described.Creator, "XMP-dc:Rights": described.Copyright, "XMP-photoshop:Headline": described.Headline,
		"XMP-photoshop:City": "Kraków", "XMP-photoshop:State": "Lesser Poland", "XMP-photoshop:Country": "Poland",
		"XMP-iptcCore:Location": "Old harbour", "XMP-photoshop:SupplementalCategories": "Food",
	}
	if ending := filepath.Ext(name); ending == ".jpg" || ending == ".tif" {
		maps.Copy(want, tags{
			"IPTC:ObjectName": `Crème brûlée & "sugar" in a white bowl on an old wooden table`, "IPTC:Headline": described.Headline,
			"IPTC:Keywords":         append(slices.Clone(described.Keywords[:3]), "a very long keyword that has many more bytes than IPTC has room"),
			"IPTC:Caption-Abstract": described.Description, "IPTC:By-line": described.Creator, "IPTC:CopyrightNotice": described.Copyright,
			"IPTC:City": "Kraków", "IPTC:Sub-location": "Old harbour", "IPTC:Province-State": "Lesser Poland",
			"IPTC:Country-PrimaryLocationName": "Poland", "IPTC:CodedCharacterSet": "UTF8",
		})
		if digest, there := got["Photoshop:IPTCDigest"]; (there || ending == ".jpg") && digest != got["File:CurrentIPTCDigest"] {
			t.Errorf("the digest is %v, and should be %v", digest, got["File:CurrentIPTCDigest"])
		}
	}
	for tag, value := range want {
		if list, isList := value.([]string); isList {
			if plain(got[tag]) != strings.Join(list, "|") {
				t.Errorf("%s is %v", tag, got[tag])
			}
		} else if got[tag] != value && plain(got[tag]) != value {
			t.Errorf("%s is %q instead of %q", tag, got[tag], value)
		}
	}
}

// plain is a list in one text. A title in several languages is a map, of which the default counts.
func plain(value any) string {
	switch v := value.(type) {
	case []any:
		var parts []string
		for _, part := range v {
			parts = append(parts, plain(part))
		}
		return strings.Join(parts, "|")
	case map[string]any:
		return plain(v["x-default"])
	case string:
		return v
	}
	return ""
}

// written tags, and those that follow from the file's size or place.
var changing = []string{
	"SourceFile", "System:", "ExifTool:", "File:FileSize", "File:CurrentIPTCDigest", "Photoshop:IPTCDigest", "IPTC:ApplicationRecordVersion",
	"XMP-dc:Title", "XMP-dc:Description", "XMP-dc:Subject", "XMP-dc:Creator", "XMP-dc:Rights", "XMP-photoshop:Headline", "XMP-photoshop:City",
	"XMP-xmpNote:HasExtendedXMP", "IPTC2:", "RIFF:WebP_Flags", "File:FileType", "IPTC:ObjectName", "IPTC:Keywords", "IPTC:By-line", "MPImage1:MPImageLength", "MPImage2:MPImageStart",
	"MPF0:", "ExifIFD:MakerNoteUnknown", // TestReferences follows them to the pictures
	"IFD0:IPTC-NAA", "IFD0:ApplicationNotes",
}

// checkKept finds what exiftool no longer reads, and what it warns of that it did not before.
func checkKept(t *testing.T, was, is tags) {
	t.Helper()
	for tag, value := range was {
		if !slices.ContainsFunc(changing, func(prefix string) bool { return strings.HasPrefix(tag, prefix) }) && !reflect.DeepEqual(is[tag], value) {
			t.Errorf("%s was %v and is %v", tag, value, is[tag])
		}
	}
	for _, tag := range []string{"ExifTool:Warning", "ExifTool:Error"} {
		if is[tag] != nil && !reflect.DeepEqual(is[tag], was[tag]) {
			t.Errorf("%s was %v and is %v", tag, was[tag], is[tag])
		}
	}
}

// The pictures that an index points at are found by exiftool too.
func TestExiftoolGainMap(t *testing.T) {
	photo, second := gainMap(with(bareJPEG(), app(1, xmpHead, worked)))
	path := filepath.Join(t.TempDir(), "hdr.jpg")
	save(t, path, written(t, photo, described))
	if got := exiftool(t, "-b", "-MPImage2", path); !bytes.Equal(got, second) {
		t.Errorf("exiftool finds a second picture of %d bytes instead of %d", len(got), len(second))
	}
}

// A sidecar that was merged is what exiftool calls valid.
func TestExiftoolSidecar(t *testing.T) {
	folder := t.TempDir()
	for name, existing := range map[string]string{"new.xmp": "", "merged.xmp": worked} {
		sidecar, err := embed.Sidecar([]byte(existing), described)
		if err != nil {
			t.Fatal(err)
		}
		save(t, filepath.Join(folder, name), sidecar)
	}
	for name, got := range readTags(t, folder, "-ext", "xmp") {
		if got["ExifTool:Validate"] != "OK" || plain(got["XMP-dc:Title"]) != described.Title || plain(got["XMP-dc:Subject"]) != strings.Join(described.Keywords, "|") {
			t.Errorf("%s: %v", name, got)
		}
		if name == "merged.xmp" && got["XMP-xmp:Rating"] != 4.0 {
			t.Errorf("the rating is %v", got["XMP-xmp:Rating"])
		}
	}
}
