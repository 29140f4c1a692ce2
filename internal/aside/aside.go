// Package aside keeps a file under a second name, before something else takes its place.
package aside

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Keep gives the file at path a second name that no other file has: path with the suffix, and
// where that is taken path with the suffix and a number. Where the file system knows no second
// names it makes a copy. A file of such a name with the same content will do. Keep returns
// the name.
func Keep(path, suffix string) (string, error) {
	for n := 1; ; n++ {
		name := path + suffix
		if n > 1 {
			name = fmt.Sprintf("%s%s-%d", path, suffix, n)
		}
		if same(path, name) {
			return name, nil
		}
		err := os.Link(path, name)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			err = duplicate(path, name)
		}
		if err == nil || !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
}

// same reports whether two regular files have the same content.
func same(a, b string) bool {
	infoA, errA := os.Lstat(a)
	infoB, errB := os.Lstat(b)
	if errA != nil || errB != nil || !infoB.Mode().IsRegular() || infoA.Size() != infoB.Size() {
		return false
	}
	if os.SameFile(infoA, infoB) {
		return true
	}
	fileA, errA := os.Open(a)
	if errA != nil {
		return false
	}
	defer fileA.Close()
	fileB, errB := os.Open(b)
	if errB != nil {
		return false
	}
	defer fileB.Close()
	bufferA, bufferB := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errA := io.ReadFull(fileA, bufferA)
		m, errB := io.ReadFull(fileB, bufferB)
		if n != m || !bytes.Equal(bufferA[:n], bufferB[:m]) {
			return false
		}
		if errA != nil || errB != nil {
			return ended(errA) && ended(errB)
		}
	}
}

// ended reports whether a file was read to its end.
func ended(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }

// duplicate copies a file to one that does not exist.
func duplicate(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		_ = os.Remove(to)
	}
	return err
}
