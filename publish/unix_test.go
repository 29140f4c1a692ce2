//go:build unix

package publish

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tagroll/tagroll"
)

func TestModes(t *testing.T) {
	// Whatever the user allows others to see of their files.
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	dir := t.TempDir()
	temp, err := NewTemp(TempConfig{BaseURL: "https://photos.example", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer temp.Close()
	if _, err := temp.Publish(t.Context(), tagroll.Image{JPEG: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		seen++
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", entry.Name(), info.Mode().Perm(), want)
		}
		return err
	})
	if err != nil || seen != 3 {
		t.Errorf("saw %d files, %v; want the folder, the lock and the image", seen, err)
	}
}

// foreign is the information on a file of another user.
type foreign struct{ fs.FileInfo }

func (foreign) Sys() any { return &syscall.Stat_t{Uid: uint32(os.Geteuid()) + 1} }

func TestOwner(t *testing.T) {
	info, err := os.Lstat(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if !isOwn(info) {
		t.Error("a folder of this process's user is taken for another's")
	}
	if isOwn(foreign{info}) {
		t.Error("a folder of another user is taken for our own")
	}

	// Only root may give a folder away; for others the above must do.
	dir := t.TempDir()
	folder := filepath.Join(dir, folderPrefix+"1")
	lock := filepath.Join(folder, lockName)
	if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(lock, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	given := os.Chown(folder, os.Geteuid()+1, -1) == nil
	if err := Sweep(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(lock); given != (err == nil) {
		t.Errorf("the folder belongs to another user: %v; after Sweep: %v", given, err)
	}
}

func TestFailure(t *testing.T) {
	const token = "K7QWERTYUIOPASDFGHJKLZXCVB"
	for errno, want := range map[syscall.Errno]tagroll.Code{
		syscall.ENOSPC: tagroll.CodeDiskFull, syscall.EDQUOT: tagroll.CodeDiskFull,
		syscall.EACCES: tagroll.CodePublishFailed, syscall.EIO: tagroll.CodePublishFailed,
	} {
		e := tagroll.AsError(failure(tagroll.StagePublish, "not stored", &fs.PathError{Op: "write", Path: "/tmp/" + token, Err: errno}))
		if e.Code != want || e.Stage != tagroll.StagePublish {
			t.Errorf("%v is %q at %q, want %q", errno, e.Code, e.Stage, want)
		}
		if strings.Contains(e.Error()+e.Err.Error(), token) {
			t.Errorf("%q tells the token", e)
		}
	}
}
