package embed_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/embed"
)

// longAgo is the time of the photos in these tests.
var longAgo = time.Date(2020, 2, 3, 4, 5, 6, 700_000_000, time.UTC)

// place writes a photo into a folder, and returns its path and hash.
func place(t *testing.T, folder string, photo []byte) (path string, hash string) {
	t.Helper()
	path = filepath.Join(folder, "IMG 1.jpg")
	if err := os.WriteFile(path, photo, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, longAgo, longAgo); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(photo)
	return path, hex.EncodeToString(sum[:])
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// names lists a folder.
func names(t *testing.T, folder string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestFile(t *testing.T) {
	folder := t.TempDir()
	photo := corpus()["mpf.jpg"]
	path, hash := place(t, folder, photo)
	outcome, err := embed.File(path, described, embed.Options{SHA256: hash})
	if err != nil || !outcome.Changed || outcome.Backup != path+"_original" {
		t.Fatal(outcome, err)
	}
	if !bytes.Equal(read(t, path), written(t, photo, described)) || !bytes.Equal(read(t, outcome.Backup), photo) {
		t.Error("the photo or its backup is not what it should be")
	}
	info, err := os.Stat(path)
	if err != nil || !info.ModTime().Equal(longAgo) || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("time or permissions have changed: %v %v", info, err)
	}
	if outcome, err = embed.File(path, described, embed.Options{SHA256: hash}); err != nil || outcome.Changed {
		t.Errorf("the second time: %+v %v", outcome, err)
	}
	// Other words for the same photo: its backup is the photo that was described.
	other := embed.Fields{Title: "Red apple"}
	if outcome, err = embed.File(path, other, embed.Options{SHA256: hash}); err != nil || !outcome.Changed {
		t.Errorf("other words: %+v %v", outcome, err)
	}
	if got := names(t, folder); len(got) != 2 {
		t.Errorf("the folder has %q", got)
	}
	if err := embed.Restore(path); err != nil || !bytes.Equal(read(t, path), photo) {
		t.Errorf("not restored: %v", err)
	}
	if err := embed.Restore(path); tagroll.CodeOf(err) != tagroll.CodeNotFound || len(names(t, folder)) != 1 {
		t.Errorf("restored twice: %v", err)
	}
	if outcome, err := embed.File(path, described, embed.Options{NoBackup: true}); err != nil || outcome.Backup != "" || len(names(t, folder)) != 1 {
		t.Errorf("without backup: %+v %v", outcome, err)
	}
}

func TestFileOfSomebodyElse(t *testing.T) {
	folder := t.TempDir()
	path, hash := place(t, folder, bareJPEG())
	theirs := path + "_original"
	if err := os.WriteFile(theirs, []byte("another program's backup"), 0o600); err != nil {
		t.Fatal(err)
	}
	outcome, err := embed.File(path, described, embed.Options{SHA256: hash})
	if err != nil || outcome.Backup != path+"_original2" || string(read(t, theirs)) != "another program's backup" {
		t.Fatal(outcome, err)
	}
	if err := embed.Restore(path); err != nil || !bytes.Equal(read(t, path), bareJPEG()) || string(read(t, theirs)) != "another program's backup" {
		t.Error(err)
	}
	// The photo is no longer the one that was described.
	if err := os.WriteFile(path, corpus()["exif.jpg"], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := embed.File(path, described, embed.Options{SHA256: hash}); tagroll.CodeOf(err) != tagroll.CodePhotoChanged || !bytes.Equal(read(t, path), corpus()["exif.jpg"]) {
		t.Errorf("another photo under the name: %v", err)
	}
	if err := embed.Restore(path); tagroll.CodeOf(err) != tagroll.CodePhotoChanged {
		t.Errorf("restoring over another program's change: %v", err)
	}
	if got := names(t, folder); len(got) != 2 {
		t.Errorf("the folder has %q", got)
	}
}

func TestFileRefused(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.gif")
	save(t, path, []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"))
	if _, err := embed.File(path, described, embed.Options{}); tagroll.CodeOf(err) != tagroll.CodeCannotEmbed || len(names(t, folder)) != 1 {
		t.Error(err)
	}
	raw := filepath.Join(folder, "a.NEF") // which says nowhere that it is one
	save(t, raw, corpus()["ii.tif"])
	if _, err := embed.File(raw, described, embed.Options{}); tagroll.CodeOf(err) != tagroll.CodeCannotEmbed || !bytes.Equal(read(t, raw), corpus()["ii.tif"]) {
		t.Error(err)
	}
	if _, err := embed.File(filepath.Join(folder, "none"), described, embed.Options{}); tagroll.CodeOf(err) != tagroll.CodeNotFound {
		t.Error(err)
	}
	if _, err := embed.File(folder, described, embed.Options{}); tagroll.CodeOf(err) != tagroll.CodeCannotEmbed {
		t.Error(err)
	}
}

// A photo whose name leaves no room for NAME_original beside it is named as the trouble, with the
// ways out; the temporary file is nobody's business.
func TestFileWithLongName(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // other systems count names in other units
	}
	folder := t.TempDir()
	path := filepath.Join(folder, strings.Repeat("a", 251)+".jpg")
	save(t, path, bareJPEG())
	_, err := embed.File(path, described, embed.Options{})
	if tagroll.CodeOf(err) != tagroll.CodeWriteFailed || !strings.Contains(err.Error(), "--no-backup") || strings.Contains(err.Error(), ".tmp") {
		t.Error(err)
	}
	if _, err := embed.SidecarFile(path+".xmp", described); tagroll.CodeOf(err) != tagroll.CodeWriteFailed {
		t.Error(err)
	}
	if len(names(t, folder)) != 1 || !bytes.Equal(read(t, path), bareJPEG()) {
		t.Error("the photo was changed, or something lies beside it")
	}
	if _, err := embed.File(path, described, embed.Options{NoBackup: true}); err != nil {
		t.Error(err)
	}
}

func TestFileBehindLink(t *testing.T) {
	folder, elsewhere := t.TempDir(), t.TempDir()
	path, _ := place(t, elsewhere, bareJPEG())
	name := filepath.Join(folder, "link.jpg")
	if err := os.Symlink(path, name); err != nil {
		if os.Getenv("TAGROLL_TEST_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skip("no symbolic links here")
	}
	if _, err := embed.File(name, described, embed.Options{}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(name); err != nil || info.Mode()&os.ModeSymlink == 0 || !bytes.Equal(read(t, path), written(t, bareJPEG(), described)) {
		t.Error("the link is gone, or its target is not written into")
	}
	if err := embed.Restore(name); err != nil || !bytes.Equal(read(t, path), bareJPEG()) {
		t.Error(err)
	}
}

func TestCopy(t *testing.T) {
	folder, to := t.TempDir(), filepath.Join(t.TempDir(), "sub", "folder", "copy.jpg")
	path, hash := place(t, folder, bareJPEG())
	for i, want := range []bool{true, false} {
		outcome, err := embed.Copy(path, to, described, embed.Options{SHA256: hash})
		if err != nil || outcome.Changed != want || !bytes.Equal(read(t, to), written(t, bareJPEG(), described)) {
			t.Errorf("copy %d: %+v %v", i, outcome, err)
		}
	}
	if outcome, err := embed.Copy(path, to, embed.Fields{Title: "Other"}, embed.Options{}); err != nil || !outcome.Changed {
		t.Errorf("a copy of ours: %+v %v", outcome, err)
	}
	if _, err := embed.Copy(path, path, described, embed.Options{}); tagroll.CodeOf(err) != tagroll.CodeWriteFailed || !bytes.Equal(read(t, path), bareJPEG()) {
		t.Errorf("onto itself: %v", err)
	}
	save(t, to, []byte("not ours"))
	if _, err := embed.Copy(path, to, described, embed.Options{}); tagroll.CodeOf(err) != tagroll.CodeWriteFailed || string(read(t, to)) != "not ours" {
		t.Errorf("over another's file: %v", err)
	}
	if _, err := embed.Copy(path, to+"x", described, embed.Options{SHA256: "other"}); tagroll.CodeOf(err) != tagroll.CodePhotoChanged {
		t.Errorf("a photo that has changed: %v", err)
	}
	gif := filepath.Join(folder, "a.gif")
	save(t, gif, []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"))
	for range 2 {
		if _, err := embed.Copy(gif, to+".gif", described, embed.Options{}); tagroll.CodeOf(err) != tagroll.CodeCannotEmbed || !bytes.Equal(read(t, to+".gif"), read(t, gif)) {
			t.Errorf("a copy of what holds no metadata: %v", err)
		}
	}
}

// A memory card keeps times to two seconds, others keep more: a copy there is ours all the same,
// and a file of another moment is not.
func TestCopyWithCoarseTime(t *testing.T) {
	path, _ := place(t, t.TempDir(), bareJPEG())
	taken := time.Date(2026, 5, 4, 12, 3, 5, 123_456_789, time.UTC)
	if err := os.Chtimes(path, taken, taken); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy.jpg")
	if _, err := embed.Copy(path, to, described, embed.Options{}); err != nil {
		t.Fatal(err)
	}
	for kept, ours := range map[time.Time]bool{
		time.Date(2026, 5, 4, 12, 3, 4, 0, time.UTC): true, time.Date(2026, 5, 4, 12, 3, 5, 0, time.UTC): true,
		time.Date(2026, 5, 4, 12, 3, 5, 120_000_000, time.UTC): true, time.Date(2026, 5, 4, 12, 3, 6, 0, time.UTC): true,
		time.Date(2026, 5, 4, 12, 3, 7, 0, time.UTC): false, time.Date(2026, 5, 4, 12, 3, 5, 500_000_000, time.UTC): false,
	} {
		if err := os.Chtimes(to, kept, kept); err != nil {
			t.Fatal(err)
		}
		if _, err := embed.Copy(path, to, described, embed.Options{}); (err == nil) != ours {
			t.Errorf("a copy of %v: %v", kept, err)
		}
	}
}

// What a killed process left behind goes at once where it can be told, and nothing else.
func TestSweep(t *testing.T) {
	folder := t.TempDir()
	random := "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	left := ".tagroll-" + random + ".tmp"
	for _, name := range []string{left, ".tagroll-journal-1.tmp", "tagroll-" + random + ".tmp", "IMG.jpg"} {
		save(t, filepath.Join(folder, name), []byte("x"))
	}
	if runtime.GOOS == "windows" {
		if embed.Sweep(folder); len(names(t, folder)) != 4 {
			t.Error("a file of this minute is gone")
		}
		if err := os.Chtimes(filepath.Join(folder, left), longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
	}
	embed.Sweep(folder)
	if got, want := names(t, folder), []string{".tagroll-journal-1.tmp", "IMG.jpg", "tagroll-" + random + ".tmp"}; !slices.Equal(got, want) {
		t.Errorf("%q are left, want %q", got, want)
	}
}

// A file that is about to take a photo's place is nobody's to remove, although it has the photo's
// time.
func TestSweepBesideWriter(t *testing.T) {
	folder := t.TempDir()
	path, _ := place(t, folder, bareJPEG())
	swept := runtime.GOOS == "windows" // the file's time tells there
	outcome, err := embed.File(path, described, embed.Options{Replacing: func(string, int64) error {
		if !swept {
			embed.Sweep(folder)
			swept = true
		}
		return nil
	}})
	if err != nil || !outcome.Changed || !swept || len(names(t, folder)) != 2 {
		t.Errorf("%+v, %q: %v", outcome, names(t, folder), err)
	}
}

func TestSidecarFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "IMG.xmp")
	for i, want := range []bool{true, false} {
		if outcome, err := embed.SidecarFile(path, described); err != nil || outcome.Changed != want || !bytes.Equal(read(t, path), embed.Packet(described)) {
			t.Errorf("sidecar %d: %+v %v", i, outcome, err)
		}
	}
	save(t, path, []byte(worked))
	if _, err := embed.SidecarFile(path, described); err != nil || !bytes.Contains(read(t, path), []byte(`xmp:Rating="4"`)) || !bytes.Contains(read(t, path), []byte("dessert")) {
		t.Errorf("not merged: %v", err)
	}
	save(t, path, []byte("<broken"))
	if _, err := embed.SidecarFile(path, described); tagroll.CodeOf(err) != tagroll.CodeCannotEmbed || string(read(t, path)) != "<broken" {
		t.Errorf("a broken sidecar: %v", err)
	}
}

// TestKill kills a process that writes into a photo again and again. Whenever it dies, the photo is
// the old one or a new one.
func TestKill(t *testing.T) {
	if folder := os.Getenv("TAGROLL_EMBED_CHILD"); folder != "" {
		writeForever(filepath.Join(folder, "IMG 1.jpg"))
	}
	photo := append(bareJPEG(), bytes.Repeat([]byte("data behind the picture "), 200_000)...)
	apple, pear := written(t, photo, embed.Fields{Title: "Apple"}), written(t, photo, embed.Fields{Title: "Pear"})
	for round := range 8 {
		folder := t.TempDir()
		path, _ := place(t, folder, photo)
		child := exec.Command(os.Args[0], "-test.run=^TestKill$")
		child.Env = append(os.Environ(), "TAGROLL_EMBED_CHILD="+folder)
		output, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(output)
		for range round + 1 { // it has begun the next one when a line is read
			lines.Scan()
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // it was killed
		if got := read(t, path); !bytes.Equal(got, photo) && !bytes.Equal(got, apple) && !bytes.Equal(got, pear) {
			t.Fatalf("round %d: the photo is neither the old one nor a new one (%d bytes)", round, len(got))
		}
		if embed.Sweep(folder); runtime.GOOS != "windows" && len(names(t, folder)) > 2 {
			t.Fatalf("round %d: %q are left", round, names(t, folder))
		}
		if err := embed.Restore(path); round > 0 && err != nil || !bytes.Equal(read(t, path), photo) {
			t.Fatalf("round %d: not restored: %v", round, err)
		}
	}
}

// writeForever is the process that is killed.
func writeForever(path string) {
	for {
		for _, title := range []string{"Apple", "Pear"} {
			fmt.Println(title)
			if _, err := embed.File(path, embed.Fields{Title: title}, embed.Options{}); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		}
	}
}
