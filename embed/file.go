package embed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/aside"
	"github.com/tagroll/tagroll/internal/diskfull"
	"github.com/tagroll/tagroll/internal/rawname"
	"github.com/tagroll/tagroll/internal/underway"
)

// Options are the choices when files are written. Their zero values are the defaults.
type Options struct {
	// SHA256 is the hash in lower-case hexadecimal of the photo that was described. Another
	// photo under its name is refused with CodePhotoChanged. Empty: whatever is there is
	// written into.
	SHA256 string
	// Replacing is called when the new photo is complete, before it takes the old one's place,
	// with its hash and its size in bytes. An error keeps the old photo. Default: nobody is
	// told.
	Replacing func(sha256 string, size int64) error
	// NoBackup keeps no copy of the photo as it was. Default: one is kept, see [File].
	NoBackup bool
}

// Outcome is what became of a file.
type Outcome struct {
	// Changed is false where the file said so already.
	Changed bool
	// Backup is the path of the photo, or sidecar, as it was; empty if there is none.
	Backup string
}

// File writes the fields into a photo on disk. The new file takes the old one's place at once, when
// it is complete and on the disk: whatever happens, the path leads to the old photo or to the new
// one. Permissions, owner and times stay; of a symbolic link the target is written.
//
// The photo as it was is kept beside it, as NAME_original, which [Restore] puts back. A second
// change keeps the first backup. A NAME_original of somebody else, which can be told by its time,
// is left alone: ours is NAME_original2 then.
//
// It fails as [Plan] does; with CodePhotoChanged, CodeWriteFailed or CodeDiskFull. The photo is
// untouched then.
func File(path string, f Fields, o Options) (Outcome, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return Outcome{}, openError(err)
	}
	source, info, err := open(target)
	if err != nil {
		return Outcome{}, err
	}
	defer source.Close()
	edit, err := planFile(source, info, f)
	if err != nil {
		return Outcome{}, err
	}
	backup, taken := findBackup(target, info)
	if !edit.Changed() {
		return Outcome{Backup: backup}, nil
	}
	if err := checkHash(source, backup, o.SHA256); err != nil {
		return Outcome{}, err
	}
	if !o.NoBackup && backup == "" {
		if _, err := os.Lstat(backupName(target, taken)); errors.Is(err, syscall.ENAMETOOLONG) {
			return Outcome{}, writeError(err) // before the whole photo is written
		}
	}
	temporary, err := writeTemporary(filepath.Dir(target), edit, func(file *os.File) error { return keepAttributes(file, source, info) })
	if err != nil {
		return Outcome{}, err
	}
	defer temporary.close()
	source.Close() // Windows renames nothing onto an open file
	if err := o.announce(temporary.name(), edit.Size()); err != nil {
		return Outcome{}, err
	}
	if now, err := os.Stat(target); err != nil || now.Size() != info.Size() || !now.ModTime().Equal(info.ModTime()) {
		return Outcome{}, photoChanged()
	}
	if !o.NoBackup && backup == "" {
		backup = backupName(target, taken)
		if err := link(target, backup); err != nil {
			return Outcome{}, writeError(err)
		}
	}
	if err := temporary.replace(target); err != nil {
		return Outcome{}, err
	}
	return Outcome{Changed: true, Backup: backup}, nil
}

// planFile is Plan, but refuses camera RAW files by their names too.
func planFile(file *os.File, info fs.FileInfo, f Fields) (*Edit, error) {
	if rawname.Is(file.Name()) {
		return nil, errRAW()
	}
	return Plan(file, info.Size(), f)
}

// announce tells of the new photo.
func (o Options) announce(path string, size int64) error {
	if o.Replacing == nil {
		return nil
	}
	file, _, err := open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	hash, err := hashOf(file)
	if err != nil {
		return err
	}
	return o.Replacing(hash, size)
}

// Copy writes a copy of a photo with the fields in it, and its permissions and time. Missing
// folders are made. A copy that tagroll made before, which can be told by its time, is replaced;
// any other file is not.
//
// If the fields cannot be written into the photo, the copy is made as the photo is, and the error
// is that of [Plan]. Otherwise it fails as [File] does, and there is no copy.
func Copy(from, to string, f Fields, o Options) (Outcome, error) {
	source, info, err := open(from)
	if err != nil {
		return Outcome{}, err
	}
	defer source.Close()
	if err := checkHash(source, "", o.SHA256); err != nil {
		return Outcome{}, err
	}
	edit, refused := planFile(source, info, f)
	if refused != nil {
		if tagroll.CodeOf(refused) != tagroll.CodeCannotEmbed {
			return Outcome{}, refused
		}
		edit = &Edit{source: source, size: info.Size()}
		edit.keep(0, info.Size())
	}
	same, err := isCopy(to, info, edit, f, refused != nil)
	if err != nil || same {
		return Outcome{}, errors.Join(err, refused)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return Outcome{}, writeError(err)
	}
	temporary, err := writeTemporary(filepath.Dir(to), edit, func(file *os.File) error {
		return errors.Join(keepMode(file, info.Mode().Perm()), keepTime(file, info))
	})
	if err != nil {
		return Outcome{}, err
	}
	defer temporary.close()
	if err := temporary.replace(to); err != nil {
		return Outcome{}, err
	}
	return Outcome{Changed: true}, refused
}

// isCopy reports whether a file is the copy that would be written. It fails if the file is none of
// ours.
func isCopy(to string, from fs.FileInfo, edit *Edit, f Fields, plain bool) (bool, error) {
	info, err := os.Lstat(to)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, writeError(err)
	}
	if os.SameFile(info, from) || !info.Mode().IsRegular() || !isTimeOf(info.ModTime(), from.ModTime()) {
		return false, &tagroll.Error{Code: tagroll.CodeWriteFailed, Stage: tagroll.StageExport,
			Message: fmt.Sprintf("%s exists and is no copy of this photo: move it away, or name another folder", to)}
	}
	if info.Size() != edit.Size() {
		return false, nil
	}
	if plain {
		return true, nil
	}
	file, err := os.Open(to)
	if err != nil {
		return false, writeError(err)
	}
	defer file.Close()
	there, err := Plan(file, info.Size(), f)
	return err == nil && !there.Changed(), nil
}

// timeSteps are the steps in which file systems keep times, if not every nanosecond: NTFS,
// HFS+ and some network shares, exFAT, older ones, FAT.
var timeSteps = []time.Duration{100, time.Microsecond, time.Millisecond, 10 * time.Millisecond, time.Second, 2 * time.Second}

// isTimeOf reports whether a copy's time is that of its original, as far as the copy's file system
// can keep it.
func isTimeOf(copied, original time.Time) bool {
	if copied.Equal(original) {
		return true
	}
	return slices.ContainsFunc(timeSteps, func(step time.Duration) bool {
		down := original.Truncate(step)
		return copied.Equal(down) || copied.Equal(down.Add(step)) // some round up
	})
}

// SidecarFile writes a sidecar: a new one, or the fields merged into the one that is there, see
// [Sidecar]. The sidecar takes its place at once, and gets a new time, by which programs see that
// it has changed. One with other words under the fields' names, which a person may have
// written, is kept as NAME.bak, or NAME.bak-2 if that is taken.
//
// It fails with CodeCannotEmbed if the one that is there cannot be read, and as [File] does.
func SidecarFile(path string, f Fields) (Outcome, error) {
	existing, err := readSidecar(path)
	if err != nil {
		return Outcome{}, err
	}
	sidecar, loses := Packet(f), false
	if len(bytes.TrimSpace(existing)) > 0 {
		if sidecar, loses, err = mergeSidecar(existing, f); err != nil {
			return Outcome{}, err
		}
	}
	if existing != nil && bytes.Equal(sidecar, existing) {
		return Outcome{}, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return Outcome{}, writeError(err)
	}
	temporary, err := writeTemporary(filepath.Dir(path), bytes.NewReader(sidecar), func(file *os.File) error {
		if info, err := os.Stat(path); err == nil {
			return keepMode(file, info.Mode().Perm())
		}
		return nil
	})
	if err != nil {
		return Outcome{}, err
	}
	defer temporary.close()
	outcome := Outcome{Changed: true}
	if loses {
		if outcome.Backup, err = aside.Keep(path, ".bak"); err != nil {
			return Outcome{}, writeError(err)
		}
	}
	if err := temporary.replace(path); err != nil {
		return Outcome{}, err
	}
	return outcome, nil
}

// readSidecar returns nil if there is none.
func readSidecar(path string) ([]byte, error) {
	file, info, err := open(path)
	if tagroll.CodeOf(err) == tagroll.CodeNotFound {
		return nil, nil
	}
	if errors.Is(err, syscall.ENAMETOOLONG) {
		return nil, &tagroll.Error{Code: tagroll.CodeWriteFailed, Stage: tagroll.StageExport, Err: err,
			Message: "not written, the name of its sidecar would be too long: give the photo a shorter name"}
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info.Size() > maxPacket {
		return nil, refuse("%s is too long for a sidecar", path)
	}
	b, err := io.ReadAll(io.LimitReader(file, maxPacket))
	if err != nil {
		return nil, unreadable(err)
	}
	return b, nil
}

// open opens a regular file.
func open(path string) (*os.File, fs.FileInfo, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, nil, refuse("%s is no regular file", path) // opening a pipe would wait
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, openError(err)
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, nil, openError(err)
	}
	return file, info, nil
}

func openError(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &tagroll.Error{Code: tagroll.CodeNotFound, Stage: tagroll.StageExport, Err: err, Message: "there is no such file"}
	}
	if errors.Is(err, fs.ErrPermission) {
		return &tagroll.Error{Code: tagroll.CodeUnreadable, Stage: tagroll.StageExport, Err: err,
			Message: "you may not read the file: change its permissions"}
	}
	return unreadable(err)
}

// checkHash compares the photo with the one that was described, which may be the backup if the
// photo was written into before.
func checkHash(photo *os.File, backup, want string) error {
	if want == "" {
		return nil
	}
	got, err := hashOf(photo)
	if err != nil {
		return err
	}
	if got != want && backup != "" {
		file, _, err := open(backup)
		if err != nil {
			return err
		}
		defer file.Close()
		if got, err = hashOf(file); err != nil {
			return err
		}
	}
	if got != want {
		return photoChanged()
	}
	return nil
}

func hashOf(file *os.File) (string, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", unreadable(err)
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", unreadable(err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func photoChanged() error {
	return &tagroll.Error{Code: tagroll.CodePhotoChanged, Stage: tagroll.StageExport,
		Message: "the photo has changed since it was described: describe it again"}
}

// temporary is a complete file that waits for its place.
type temporary struct{ file *underway.File }

func (t temporary) name() string { return t.file.Name() }

// replace puts the file in the place of another.
func (t temporary) replace(path string) error {
	if err := os.Rename(t.name(), path); err != nil {
		return writeError(err)
	}
	underway.SyncFolder(filepath.Dir(path))
	return nil
}

// close removes the file, unless it has got its place.
func (t temporary) close() {
	os.Remove(t.name())
	t.file.Release()
}

// writeTemporary writes a file beside the one that it will replace, and brings it to the disk.
func writeTemporary(folder string, content io.WriterTo, attributes func(*os.File) error) (temporary, error) {
	file, err := underway.Create(folder)
	if err != nil {
		return temporary{}, writeError(err)
	}
	t := temporary{file}
	if _, err = content.WriteTo(file.File); err == nil {
		err = attributes(file.File)
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		t.close()
		return temporary{}, writeError(err)
	}
	return t, nil
}

// Sweep removes from a folder the files under construction that a killed process left behind. On
// Windows, and on file systems without locks, they go after an hour. What cannot be removed stays.
func Sweep(folder string) { underway.Sweep(folder) }

// keepTime gives a file the time of another.
func keepTime(file *os.File, info fs.FileInfo) error {
	return os.Chtimes(file.Name(), info.ModTime(), info.ModTime())
}

// keepAttributes gives a file the owner, extended attributes, permissions and time of the photo
// that it replaces.
func keepAttributes(file, photo *os.File, info fs.FileInfo) error {
	if err := keepOwner(file, info); err != nil {
		return refuse("the photo belongs to another user, whom the new file would not belong to")
	}
	keepExtended(file, photo)
	if err := keepMode(file, info.Mode()); err != nil {
		return err
	}
	return keepTime(file, info)
}

// keepMode gives a file of ours the permissions of another. Memory cards and network shares that
// know none refuse that, to the file's owner too.
func keepMode(file *os.File, mode fs.FileMode) error {
	err := file.Chmod(mode)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// folderOf names the folder that an error is about.
func folderOf(err error) string {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return filepath.Dir(at.Path)
	}
	if at, ok := errors.AsType[*os.LinkError](err); ok {
		return filepath.Dir(at.New)
	}
	return "its folder"
}

func writeError(err error) error {
	if _, ok := errors.AsType[*tagroll.Error](err); ok {
		return err
	}
	e := &tagroll.Error{Code: tagroll.CodeWriteFailed, Stage: tagroll.StageExport, Err: err}
	switch {
	case diskfull.Is(err):
		e.Code, e.Message = tagroll.CodeDiskFull, "not written, the disk is full: free some space, and run again"
	case errors.Is(err, fs.ErrPermission):
		e.Message = fmt.Sprintf("not written, %s does not allow it: check the permissions, or write copies into another folder", folderOf(err))
	case errors.Is(err, syscall.ENAMETOOLONG):
		e.Message = "not written, the photo's name is too long for another beside it, such as NAME_original: " +
			"give it a shorter name, keep no backup (--no-backup), or write copies into another folder"
	default:
		e.Message = fmt.Sprintf("not written (%v): try again, or write copies into another folder", underway.Reason(err))
	}
	return e
}
