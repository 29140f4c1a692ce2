package embed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/underway"
)

// backupEnding follows a photo's name in that of its backup, as exiftool has it.
const backupEnding = "_original"

// maxBackups is how many names are tried.
const maxBackups = 100

// backupName is the name of a backup by its number; the first has none.
func backupName(photo string, number int) string {
	if number <= 1 {
		return photo + backupEnding
	}
	return fmt.Sprintf("%s%s%d", photo, backupEnding, number)
}

// findBackup returns the backup of a photo as it is, empty if there is none, and the first number
// that is free. A photo keeps its time when it is written into, so that a backup of another state
// has another time.
func findBackup(photo string, info fs.FileInfo) (backup string, free int) {
	for free = 1; free < maxBackups; free++ {
		name := backupName(photo, free)
		there, err := os.Lstat(name)
		if err != nil { // a name that is too long does not become shorter by a number
			return backup, free
		}
		if there.Mode().IsRegular() && there.ModTime().Equal(info.ModTime()) {
			backup = name
		}
	}
	return backup, free
}

// link gives a file a second name, which must be free. Where the file system knows no links, it
// copies.
func link(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	source, info, err := open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	temporary, err := writeTemporary(filepath.Dir(to), fileContent{source}, func(file *os.File) error {
		return errors.Join(keepMode(file, info.Mode().Perm()), keepTime(file, info))
	})
	if err != nil {
		return err
	}
	defer temporary.close()
	return temporary.replace(to)
}

// fileContent is all of a file.
type fileContent struct{ file *os.File }

func (c fileContent) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, c.file) }

// PhotoOf returns the photo that a backup is of, by the backup's path; any other path is the
// photo's own.
func PhotoOf(path string) string {
	if photo, ok := strings.CutSuffix(strings.TrimRight(path, "0123456789"), backupEnding); ok {
		return photo
	}
	return path
}

// BackedUp returns the photos below a folder that have a backup, each once, in the order of their
// names. Like [Sweep] it rids the folders of what a killed process left. It fails if a folder
// cannot be read, and with ctx's error; what was found until then is returned beside that.
func BackedUp(ctx context.Context, folder string) ([]string, error) {
	var photos []string
	seen := make(map[string]bool)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if entry.IsDir() {
			Sweep(path)
			return nil
		}
		if photo := PhotoOf(path); photo != path && !seen[photo] {
			seen[photo] = true
			photos = append(photos, photo)
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		err = &tagroll.Error{Code: tagroll.CodeUnreadable, Message: fmt.Sprintf("%s cannot be read: %v", folder, err), Err: err}
	}
	return photos, err
}

// Restore undoes [File]: it puts the photo as it was back in its place. The backup is gone then.
//
// It fails with CodeNotFound if there is no backup, with CodePhotoChanged if the photo was changed
// by another program since, and with CodeWriteFailed.
func Restore(path string) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		target = path // the photo itself may be gone
	}
	backup := ""
	if info, err := os.Stat(target); err == nil {
		backup, _ = findBackup(target, info)
	}
	if backup == "" {
		there, err := os.Lstat(backupName(target, 1))
		if err != nil || !there.Mode().IsRegular() {
			return &tagroll.Error{Code: tagroll.CodeNotFound, Stage: tagroll.StageExport, Err: err,
				Message: fmt.Sprintf("there is no %s to put back", filepath.Base(backupName(target, 1)))}
		}
		if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
			return &tagroll.Error{Code: tagroll.CodePhotoChanged, Stage: tagroll.StageExport,
				Message: fmt.Sprintf("another program has changed the photo since: rename %s yourself if you want it back", filepath.Base(backupName(target, 1)))}
		}
		backup = backupName(target, 1)
	}
	if err := os.Rename(backup, target); err != nil {
		return writeError(err)
	}
	underway.SyncFolder(filepath.Dir(target))
	return nil
}
