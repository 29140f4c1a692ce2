package embed_test

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/embed"
)

// Content Credentials would be broken by any change: such photos are refused, in every format.
func TestSignedPhotosStay(t *testing.T) {
	for name, photo := range map[string][]byte{
		"jpeg": with(bareJPEG(), app(1, exifOf(binary.BigEndian)), app(11, "JP\x00\x01\x00\x00\x00\x01", manifest)),
		"png":  pngWith(chunk("caBX", manifest)),
		"webp": webpWith(alphaWebP, 0, "C2PA", manifest),
		"tiff": smallTIFF(binary.LittleEndian, false, tiffTag{0xcd41, 7, uint32(len(manifest)), []byte(manifest)}),
	} {
		_, err := embed.Plan(bytes.NewReader(photo), int64(len(photo)), described)
		if tagroll.CodeOf(err) != tagroll.CodeCannotEmbed || !strings.Contains(tagroll.AsError(err).Message, "Content Credentials") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The trailers of ACDSee, which count from the file's beginning, are found by exiftool without its
// having to mend them.
func TestExiftoolAFCP(t *testing.T) {
	for name, photo := range map[string][]byte{"little": afcp(binary.LittleEndian, bareJPEG()), "big": afcp(binary.BigEndian, with(bareJPEG(), app(1, xmpHead, worked)))} {
		folder := t.TempDir()
		save(t, filepath.Join(folder, "before.jpg"), photo)
		save(t, filepath.Join(folder, "after.jpg"), written(t, photo, described))
		was := readTags(t, folder, "-ee")["before.jpg"]
		is := readTags(t, folder, "-ee")["after.jpg"]
		checkKept(t, was, is) // it says by how much it had to move a directory
		if text := string(exiftool(t, "-a", "-G1", "-Caption-Abstract", filepath.Join(folder, "after.jpg"))); !strings.Contains(text, "A caption of years ago") {
			t.Errorf("%s: the caption of the trailer is gone: %s", name, text)
		}
	}
}

// The film of a motion photo is where XMP and Samsung's directory say, counted from the end.
func TestMotionPhoto(t *testing.T) {
	photo, film := motionPhoto()
	path := filepath.Join(t.TempDir(), "motion.jpg")
	got := written(t, photo, described)
	save(t, path, got)
	text := strings.TrimSpace(string(exiftool(t, "-s3", "-XMP-GCamera:MicroVideoOffset", path)))
	offset, err := strconv.Atoi(text)
	if err != nil || offset > len(got) || !bytes.HasPrefix(got[len(got)-offset:], film) {
		t.Errorf("the film is not %q bytes before the end", text)
	}
	if video := exiftool(t, "-b", "-EmbeddedVideoFile", path); !bytes.Equal(video, film) {
		t.Errorf("exiftool finds a film of %d bytes instead of %d", len(video), len(film))
	}
}

// What only a raw profile of a PNG says moves into the packet that stays, and nothing is there
// twice.
func TestRawProfiles(t *testing.T) {
	got := string(written(t, corpus()["two.png"], described))
	for _, want := range []string{`xmp:Label="kept"`, "<xmp:Rating>4</xmp:Rating>", "stEvt:action>saved", `<photoshop:Credit>A "credit"</photoshop:Credit>`, "Alter Titel"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in the packet", want)
		}
	}
	for name, n := range map[string]int{"profiles.png": 2, "bare-records.png": 1, "two.png": 0} {
		got := string(written(t, corpus()[name], described))
		if strings.Count(got, "XML:com.adobe.xmp") != 1 || strings.Count(got, "Raw profile type ") != n {
			t.Errorf("%s has %d packets and %d raw profiles", name, strings.Count(got, "XML:com.adobe.xmp"), strings.Count(got, "Raw profile type "))
		}
	}
	for _, damaged := range []string{"\nxmp\n       9\n00", "\nxmp\n", "\nxmp\n       2\nzz11\n"} {
		photo := pngWith(chunk("tEXt", "Raw profile type xmp\x00"+damaged))
		if _, err := embed.Plan(bytes.NewReader(photo), int64(len(photo)), described); tagroll.CodeOf(err) != tagroll.CodeCannotEmbed {
			t.Errorf("%q: %v", damaged, err)
		}
	}
}
