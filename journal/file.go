package journal

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/gofrs/flock"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/diskfull"
)

// header is the first line of every journal file. A file that does not begin with
// it is not touched.
const header = `{"tagroll_journal":1}` + "\n"

// maxLine bounds a line that is read back: a result with a raw answer is far smaller.
const maxLine = 16 << 20

// File is a journal in a file of JSON lines. Lines are only ever appended, each by
// a single write, so that a process may be killed at any moment: at worst the last
// line is incomplete, and it is cut off when the file is opened again.
//
// The file survives the death of the process, not that of the machine: lines are
// flushed to the disk by Close, and by the operating system in its own time.
type File struct {
	path     string
	settings string
	lock     *flock.Flock

	mu   sync.Mutex
	file *os.File
	size int64
	last map[string]place // by photo ID
}

// place is where a photo's last result is in the file.
type place struct {
	offset int64
	length int
}

// line is one line of the file after the header.
type line struct {
	Start  *start          `json:"start,omitempty"`
	Finish *tagroll.Result `json:"finish,omitempty"`
	// Settings is FileOptions.Settings of the run that wrote the result.
	Settings string `json:"settings,omitempty"`
}

type start struct {
	ID   string `json:"id"`
	Call int    `json:"call"`
}

// FileOptions say how a journal file is used.
type FileOptions struct {
	// Settings names everything beside the photo that a result depends on, such as the
	// model and the prompt. Results stored with other settings are not found.
	Settings string
	// Fresh forgets what the file holds.
	Fresh bool
}

// OpenFile opens the journal file at path, or creates it, and locks it until Close.
// It fails with CodeJournalLocked if another process has it open, with
// CodeConfiguration if the file is something else, and with CodeJournalFailed or CodeDiskFull.
func OpenFile(path string, opts FileOptions) (*File, error) {
	lock, err := lockBeside(path)
	if err != nil {
		return nil, err
	}
	j := &File{path: path, settings: opts.Settings, lock: lock, last: make(map[string]place)}
	if err := j.open(opts.Fresh); err != nil {
		j.Close()
		return nil, err
	}
	return j, nil
}

// lockBeside locks a file beside the journal: where locks are mandatory (Windows), a
// locked journal could not be read through a second handle.
func lockBeside(path string) (*flock.Flock, error) {
	for {
		lock := flock.New(path + ".lock")
		locked, err := lock.TryLock()
		if err != nil {
			return nil, failure(path, "opened", err)
		}
		if !locked {
			return nil, &tagroll.Error{Code: tagroll.CodeJournalLocked, Message: fmt.Sprintf("another run of tagroll is using the journal %s: wait for it to end, or give this run its own with --journal", path)}
		}
		// Close removes the file. Whoever had opened it just before then holds a lock
		// on a file that nobody else can find, and must try again.
		held, err := lock.Stat()
		if there, thereErr := os.Stat(lock.Path()); err == nil && thereErr == nil && os.SameFile(held, there) {
			return lock, nil
		}
		lock.Close()
	}
}

func (j *File) open(fresh bool) (err error) {
	if j.file, err = os.OpenFile(j.path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return failure(j.path, "opened", err)
	}
	whole, err := j.load()
	if err != nil {
		return err
	}
	if fresh {
		whole = 0
		clear(j.last)
	}
	// What was not written whole is cut off.
	if err := j.file.Truncate(whole); err != nil {
		return failure(j.path, "written", err)
	}
	j.size = whole
	if whole == 0 {
		return j.append([]byte(header))
	}
	return nil
}

// load finds the last result of every photo and returns how much of the file is whole lines.
func (j *File) load() (whole int64, err error) {
	r := bufio.NewReaderSize(j.file, 64<<10)
	for {
		text, err := readLine(r)
		if err == io.EOF {
			if whole == 0 && !strings.HasPrefix(header, string(text)) {
				return 0, j.foreign()
			}
			return whole, nil // what is left is no whole line
		}
		if err != nil {
			return 0, failure(j.path, "read", err)
		}
		if whole == 0 {
			if string(text) != header {
				return 0, j.foreign()
			}
		} else {
			j.note(text, whole)
		}
		whole += int64(len(text))
	}
}

// readLine returns the next line with its end, or io.EOF and what is left if there is
// no whole one.
func readLine(r *bufio.Reader) ([]byte, error) {
	var text []byte
	for {
		part, err := r.ReadSlice('\n')
		text = append(text, part...)
		if err == nil {
			return text, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, err
		}
		if len(text) > maxLine {
			return nil, fmt.Errorf("a line is longer than %d bytes", maxLine)
		}
	}
}

// note remembers where a result is. A line that cannot be understood counts as
// missing: its photo is then processed again, which is safe.
func (j *File) note(text []byte, offset int64) {
	var l struct {
		Finish *struct {
			Photo struct {
				ID string `json:"id"`
			} `json:"photo"`
		} `json:"finish"`
	}
	if json.Unmarshal(text, &l) == nil && l.Finish != nil && l.Finish.Photo.ID != "" {
		j.last[l.Finish.Photo.ID] = place{offset, len(text)}
	}
}

// foreign is the error for a file that is no journal. An empty file is one.
func (j *File) foreign() error {
	return &tagroll.Error{Code: tagroll.CodeConfiguration, Message: fmt.Sprintf("%s exists and is no journal of tagroll: name another file with --journal", j.path)}
}

// Lookup implements [tagroll.Journal]. A result with other settings is not found.
func (j *File) Lookup(_ context.Context, photo tagroll.Photo) (tagroll.Result, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at, found := j.last[photo.ID]
	if !found {
		return tagroll.Result{}, false, nil
	}
	text := make([]byte, at.length)
	if _, err := j.file.ReadAt(text, at.offset); err != nil {
		return tagroll.Result{}, false, failure(j.path, "read", err)
	}
	var l line
	if err := json.Unmarshal(text, &l); err != nil || l.Finish == nil {
		return tagroll.Result{}, false, nil
	}
	if l.Settings != j.settings || l.Finish.Photo.Version != photo.Version {
		return tagroll.Result{}, false, nil
	}
	return *l.Finish, true, nil
}

// Start implements [tagroll.Journal].
func (j *File) Start(_ context.Context, photo tagroll.Photo, k int) error {
	_, _, err := j.write(line{Start: &start{photo.ID, k}})
	return err
}

// Finish implements [tagroll.Journal].
func (j *File) Finish(_ context.Context, result tagroll.Result) error {
	offset, length, err := j.write(line{Finish: &result, Settings: j.settings})
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last[result.Photo.ID] = place{offset, length}
	return nil
}

// write appends a line and returns where it is.
func (j *File) write(l line) (offset int64, length int, err error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(l); err != nil {
		return 0, 0, failure(j.path, "written", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	offset = j.size
	return offset, text.Len(), j.append(text.Bytes())
}

// append writes at the end of the whole lines, over whatever an earlier write that
// failed half-way may have left there.
func (j *File) append(text []byte) error {
	if _, err := j.file.WriteAt(text, j.size); err != nil {
		return failure(j.path, "written", err)
	}
	j.size += int64(len(text))
	return nil
}

// Close flushes the journal to the disk and unlocks it. It may be called twice.
func (j *File) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	var errs []error
	if j.file != nil {
		errs = append(errs, j.file.Sync(), j.file.Close())
		j.file = nil
	}
	if j.lock != nil {
		// The lock's file is removed while it is locked, so that nobody loses a lock on it.
		_ = os.Remove(j.lock.Path())
		errs = append(errs, j.lock.Close())
		j.lock = nil
	}
	if err := errors.Join(errs...); err != nil {
		return failure(j.path, "closed", err)
	}
	return nil
}

// failure is the error for a file operation that failed.
func failure(path, verb string, err error) error {
	code, hint := tagroll.CodeJournalFailed, "check the folder, or name another place with --journal"
	if diskfull.Is(err) {
		code, hint = tagroll.CodeDiskFull, "free some space and run the same command again: what is done is kept"
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return &tagroll.Error{Code: code, Message: fmt.Sprintf("the journal %s could not be %s (%v): %s", path, verb, err, hint), Err: err}
}
