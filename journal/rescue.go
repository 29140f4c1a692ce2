package journal

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// rescue are results that could not be written to the journal, because its disk is full or gone.
// They were paid for, so they are kept in a file in one of FileOptions.Elsewhere.
type rescue struct {
	path  string // empty while there is none
	file  *os.File
	lines [][]byte
	why   error  // the failure of the journal that came first
	back  int    // results that OpenFile has taken back
	from  string // where these were
}

// Elsewhere returns where results are that could not be written to the journal, and still cannot;
// empty if there are none.
func (j *File) Elsewhere() (path string, results int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tryAgain()
	return j.rescue.path, len(j.rescue.lines)
}

// TakenBack returns how many results OpenFile has taken back into the journal, and the file that
// had kept them.
func (j *File) TakenBack() (results int, from string) { return j.rescue.back, j.rescue.from }

// elsewhere is the name of the file that keeps results of this journal.
func (j *File) elsewhere(folder string) string { return keptFile(j.path, folder) }

func keptFile(journal, folder string) string {
	path, err := filepath.Abs(journal)
	if err != nil {
		path = journal
	}
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(folder, "tagroll-"+hex.EncodeToString(sum[:8])+".kept")
}

// Kept returns the records that earlier runs could not write to a journal and have kept in the
// folders of [FileOptions].Elsewhere, and the last file that has some. They are lines that belong
// behind those of the journal. Without any both are empty.
func Kept(journal string, folders []string) (records []byte, from string, err error) {
	for _, folder := range folders {
		path := keptFile(journal, folder)
		if !isKept(path) {
			continue
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, "", failure(path, "read", err)
		}
		// A line without its end is torn.
		if n := bytes.LastIndexByte(text, '\n') + 1; n > 0 {
			records, from = append(records, text[:n]...), path
		}
	}
	return records, from, nil
}

// isKept says whether a file is one of ours. A temporary folder is everybody's: a file with other
// permissions is not.
func isKept(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular() && !isShared(info)
}

// keepElsewhere writes a line to the file beside which none of the journal's own will do, and
// reports whether that went well. The caller holds j.mu.
func (j *File) keepElsewhere(text []byte) bool {
	if j.rescue.file != nil {
		if _, err := j.rescue.file.Write(text); err == nil {
			j.rescue.lines = append(j.rescue.lines, text)
			return true
		}
	}
	// Begin anew in the next folder, with all that is kept so far.
	all := append(append([][]byte{}, j.rescue.lines...), text)
	for _, folder := range j.opts.Elsewhere {
		path := j.elsewhere(folder)
		if path == j.rescue.path {
			continue
		}
		file, err := createKept(path, bytes.Join(all, nil))
		if err != nil {
			continue
		}
		j.dropKept()
		j.rescue.path, j.rescue.file, j.rescue.lines = path, file, all
		return true
	}
	return false
}

// createKept makes a file with a content, whole or not at all. One that is there already is not
// ours: OpenFile has taken back what was.
func createKept(path string, content []byte) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write(content); err != nil {
		file.Close()
		_ = os.Remove(path)
		return nil, err
	}
	return file, nil
}

// dropKept removes the file.
func (j *File) dropKept() {
	if j.rescue.file != nil {
		j.rescue.file.Close()
		_ = os.Remove(j.rescue.path)
	}
	j.rescue.path, j.rescue.file, j.rescue.lines = "", nil, nil
}

// hasRoom returns the failure of a journal that could not take a result and still cannot.
func (j *File) hasRoom() error {
	if j.rescue.file == nil {
		return nil
	}
	if j.tryAgain(); j.rescue.file == nil {
		return nil
	}
	return j.rescue.why
}

// tryAgain writes what is kept elsewhere to the journal, if there is room again. The caller holds
// j.mu.
func (j *File) tryAgain() {
	if j.rescue.file == nil || j.file == nil {
		return
	}
	if j.append(bytes.Join(j.rescue.lines, nil)) == nil && j.file.Sync() == nil {
		j.dropKept()
	}
}

// takeBack moves into the journal what an earlier run has kept elsewhere. A journal that is only
// read leaves it there, and knows it.
func (j *File) takeBack() error {
	for _, folder := range j.opts.Elsewhere {
		path := j.elsewhere(folder)
		if !isKept(path) {
			continue
		}
		n, err := j.takeBackFrom(path)
		if err != nil {
			return err
		}
		if j.opts.ReadOnly {
			continue
		}
		j.rescue.back += n
		j.rescue.from = path
		// A later run would take back the same results again, which changes nothing.
		_ = os.Remove(path)
	}
	return nil
}

func (j *File) takeBackFrom(path string) (results int, err error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, failure(path, "read", err)
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, 64<<10)
	for {
		text, size, end := readLine(r)
		if end != nil && end != io.EOF {
			return results, failure(path, "read", end)
		}
		var l line
		if size <= maxLine && json.Unmarshal(trim(text), &l) == nil && l.Finish != nil && l.Finish.Photo.ID != "" {
			// Of a journal that is only read they are read where they are, as the
			// latest ones.
			at := position{offset: 1<<62 + int64(results), length: len(text), text: text}
			if !j.opts.ReadOnly {
				if at, err = j.write(l); err != nil {
					return results, err
				}
			}
			j.index.put(entryOf(*l.Finish), at)
			results++
		}
		if end == io.EOF {
			return results, nil
		}
	}
}
