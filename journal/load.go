package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/aside"
	"github.com/tagroll/tagroll/internal/journalform"
	"github.com/tagroll/tagroll/internal/underway"
)

// header is the first line of a journal file, which says its form. Form 1 is that of tagroll's
// first release: its results have "settings" in place of an identity.
var header = fmt.Sprintf(`{"tagroll_journal":%d}`+"\n", journalform.Newest)

const (
	// maxLine bounds a line that is read back: a result with a raw answer is far smaller.
	maxLine = 16 << 20
	// maxSearch bounds how much of a file without a header is searched for results.
	maxSearch = 64 << 20
)

// loaded is what was found in a file.
type loaded struct {
	version int   // 0: no header
	whole   int64 // how much of the file is whole lines
	results int   // lines with a result
	damaged []int // numbers of lines that cannot be read
	good    []position
	// unended is whether the last whole line has no line feed.
	unended bool
	// begun is whether the file holds a part of a header and nothing else.
	begun bool
}

// load fills the indexes. It refuses a file that is no journal.
func (j *File) load() (loaded, error) {
	var found loaded
	r := bufio.NewReaderSize(j.file, 64<<10)
	for n := 1; ; n++ {
		text, size, err := readLine(r)
		if err != nil && err != io.EOF {
			return found, failure(j.path, "read", err)
		}
		if err == io.EOF && len(bytes.Trim(text, "\x00")) == 0 {
			break
		}
		at := position{offset: found.whole, length: int(size)}
		good := size <= maxLine && j.take(n, trim(text), at, &found)
		switch {
		case found.version > journalform.Newest:
			return found, &tagroll.Error{Code: tagroll.CodeConfiguration, Message: fmt.Sprintf(
				"the journal %s was written by a newer version of tagroll (its form is %d, this version knows %d): use that version, or name another file with --journal", j.path, found.version, journalform.Newest)}
		case good:
			found.good = append(found.good, at)
		case err == io.EOF:
			// What a write that was cut short has left.
			found.begun = n == 1 && strings.HasPrefix(header, string(text))
		default:
			found.damaged = append(found.damaged, n)
		}
		if err == nil || good {
			found.whole += size
		}
		if found.version == 0 && found.results == 0 && (err == io.EOF || found.whole > maxSearch) {
			break
		}
		if err == io.EOF {
			found.unended = good
			break
		}
	}
	if found.version == 0 && found.results == 0 && !found.begun && !j.empty() {
		return found, j.foreign()
	}
	return found, nil
}

// take takes up one line and reports whether it could be understood.
func (j *File) take(n int, text []byte, at position, found *loaded) bool {
	if len(text) == 0 {
		return n > 1
	}
	var l struct {
		Version int    `json:"tagroll_journal"`
		Start   *start `json:"start"`
		Finish  *struct {
			Photo struct {
				ID      string `json:"id"`
				Version string `json:"version"`
			} `json:"photo"`
			Status   tagroll.Status `json:"status"`
			Identity string         `json:"identity"`
			Facts    struct {
				SHA256 string `json:"sha256"`
			} `json:"facts"`
		} `json:"finish"`
		Settings string  `json:"settings"`
		Output   *output `json:"output"`
	}
	if text[0] != '{' || json.Unmarshal(text, &l) != nil {
		return false
	}
	switch {
	case l.Version > 0 && n == 1:
		found.version = l.Version
	case n == 1 && l.Finish == nil:
		return false
	case l.Finish != nil:
		f := l.Finish
		if f.Photo.ID == "" {
			return false
		}
		found.results++
		e := entry{ID: f.Photo.ID, Version: f.Photo.Version, Content: f.Facts.SHA256, Identity: f.Identity, Status: f.Status}
		if l.Settings != "" {
			j.first.put(e, at)
		} else {
			j.index.put(e, at)
		}
	case l.Output != nil:
		j.written.add(*l.Output)
	}
	return true
}

// trim removes what is around a line's text: its end of either kind, a byte order mark, and
// the zeros that a failing machine can leave.
func trim(text []byte) []byte {
	return bytes.TrimPrefix(bytes.Trim(text, "\x00\r\n\t "), []byte("\xef\xbb\xbf"))
}

// readLine returns the next line with its end, or io.EOF and what is left if there is
// no whole one. Of a line that is longer than maxLine it returns the size only.
func readLine(r *bufio.Reader) (text []byte, size int64, err error) {
	for {
		part, err := r.ReadSlice('\n')
		size += int64(len(part))
		if size <= maxLine {
			text = append(text, part...)
		} else {
			text = nil
		}
		if err == nil || !errors.Is(err, bufio.ErrBufferFull) {
			return text, size, err
		}
	}
}

func (j *File) empty() bool {
	info, err := j.file.Stat()
	return err == nil && info.Size() == 0
}

// foreign is the error for a file that is no journal. An empty file is one.
func (j *File) foreign() error {
	return &tagroll.Error{Code: tagroll.CodeConfiguration, Message: fmt.Sprintf("%s exists and is no journal of tagroll: name another file with --journal", j.path)}
}

// mend makes the file one that can be appended to.
func (j *File) mend(found loaded) error {
	if len(found.damaged) > 0 || found.version == 0 && found.whole > 0 {
		return j.rebuild(found)
	}
	// What was not written whole is cut off.
	if err := j.file.Truncate(found.whole); err != nil {
		return failure(j.path, "written", err)
	}
	j.size = found.whole
	switch {
	case found.whole == 0:
		return j.append([]byte(header))
	case found.unended:
		if err := j.append([]byte("\n")); err != nil {
			return err
		}
	}
	if found.version == journalform.Newest {
		return nil
	}
	// Both headers have the same length. A version that does not know identities then refuses
	// the file.
	if _, err := j.file.WriteAt([]byte(header), 0); err != nil {
		return failure(j.path, "written", err)
	}
	return nil
}

// rebuild keeps a damaged file beside the journal and goes on with what can be read of it.
func (j *File) rebuild(found loaded) error {
	real, err := filepath.EvalSymlinks(j.path)
	if err != nil {
		return failure(j.path, "mended", err)
	}
	kept, err := aside.Keep(real, ".damaged")
	if err != nil {
		return failure(j.path, "mended", err)
	}
	j.damage.Kept = kept
	clean, err := os.CreateTemp(filepath.Dir(real), underway.Prefix+"journal-*.tmp")
	if err != nil {
		return failure(j.path, "mended", err)
	}
	defer os.Remove(clean.Name())
	if err := j.copyGood(clean, found); err != nil {
		clean.Close()
		return failure(j.path, "mended", err)
	}
	// Windows renames over no open file.
	j.file.Close()
	j.file = nil
	if err := errors.Join(clean.Close(), os.Rename(clean.Name(), real)); err != nil {
		return failure(j.path, "mended", err)
	}
	damage := j.damage
	j.index, j.first, j.written = index[position]{}, index[position]{}, outputs{}
	if j.file, err = os.OpenFile(j.path, os.O_RDWR, 0o600); err != nil {
		return failure(j.path, "opened", err)
	}
	if found, err = j.load(); err != nil {
		return err
	}
	j.damage = damage
	j.size = found.whole
	return nil
}

// copyGood writes a header and every good line.
func (j *File) copyGood(to io.Writer, found loaded) error {
	w := bufio.NewWriter(to)
	_, err := w.WriteString(header)
	for i, at := range found.good {
		if i == 0 && found.version > 0 {
			continue // the old header
		}
		text := make([]byte, at.length)
		if _, err := j.file.ReadAt(text, at.offset); err != nil {
			return err
		}
		if text = trim(text); len(text) > 0 {
			_, err = w.Write(append(text, '\n'))
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(err, w.Flush())
}
