package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/gofrs/flock"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/diskfull"
)

// File is a journal in a file of JSON lines. Lines are only ever appended, each by
// a single write, so that a process may be killed at any moment: at worst the last
// line is incomplete, and it is cut off when the file is opened again.
//
// The file survives the death of the process, not that of the machine: lines are
// flushed to the disk by Close, and by the operating system in its own time.
type File struct {
	path   string
	opts   FileOptions
	lock   *flock.Flock
	damage Damage

	mu      sync.Mutex
	file    *os.File
	size    int64
	index   index[position]
	earlier index[position] // what FileOptions.Fresh passes over
	first   index[position] // of the first form of the journal, without identities
	written outputs
	rescue  rescue
}

// position is where a result is in the file.
type position struct {
	offset int64
	length int
	// text is the line itself where it could not be written.
	text []byte
}

// line is one line of the file after the header.
type line struct {
	Start  *start          `json:"start,omitempty"`
	Finish *tagroll.Result `json:"finish,omitempty"`
	// Settings is what the first form of the journal had in place of Result.Identity.
	Settings string  `json:"settings,omitempty"`
	Output   *output `json:"output,omitempty"`
	// Image is that of Finish, whose JSON leaves it out. Earlier releases wrote none, and pass
	// over it.
	Image *image `json:"image,omitempty"`
}

// image is a [tagroll.Image] as the file keeps it: what it looks like.
type image struct {
	Width     int     `json:"width"`
	Height    int     `json:"height"`
	Sketch    []byte  `json:"sketch"`
	Sharpness float64 `json:"sharpness,omitempty"`
}

// finish is the line of a result.
func finish(result tagroll.Result) line {
	l := line{Finish: &result}
	// Only photos with words are compared.
	if i := result.Image; len(i.Sketch) > 0 && result.Metadata != nil {
		l.Image = &image{i.Width, i.Height, i.Sketch, i.Sharpness}
	}
	return l
}

type start struct {
	ID   string `json:"id"`
	Call int    `json:"call"`
}

// FileOptions say how a journal file is used.
type FileOptions struct {
	// Fresh makes Lookup ignore the results that the file holds already. They stay in the file.
	Fresh bool
	// ReadOnly leaves the file as it is and does not lock it. It must exist.
	ReadOnly bool
	// Elsewhere are folders that take results which cannot be written to the journal, as on a
	// full disk; they are tried in order, and made if they are missing. The next OpenFile of
	// the journal with the same folders takes the results back. Default: none.
	Elsewhere []string
	// First says of a result from a journal of tagroll's first release whether it stands.
	// These have no identity; settings is what that release wrote in its place.
	// Default: none stands.
	First func(settings string, result tagroll.Result) bool
}

// Damage is what could not be read of a journal file.
type Damage struct {
	// Lines are the numbers of the lines, counting from 1; nil if all could be read.
	Lines []int
	// Kept is the path of a copy of the file as it was; empty for a read-only journal.
	Kept string
}

// OpenFile opens the journal file at path, or creates it, and locks it until Close.
// It fails with CodeJournalLocked if another process has it open, with
// CodeConfiguration if the file is something else or of a newer version of tagroll,
// and with CodeJournalFailed or CodeDiskFull. A damaged file is copied to a file
// beside it, and goes on without the lines that cannot be read: see Damage.
func OpenFile(path string, opts FileOptions) (*File, error) {
	if err := regular(path); err != nil {
		return nil, err
	}
	j := &File{path: path, opts: opts}
	if !opts.ReadOnly {
		lock, err := lockBeside(path)
		if err != nil {
			return nil, err
		}
		j.lock = lock
	}
	if err := j.open(); err != nil {
		j.Close()
		return nil, err
	}
	return j, nil
}

// regular refuses what exists and is no regular file. Opening a pipe would wait for ever.
func regular(path string) error {
	for _, p := range []string{path, path + lockSuffix} {
		info, err := os.Stat(p)
		if err == nil && !info.Mode().IsRegular() {
			return &tagroll.Error{Code: tagroll.CodeConfiguration, Message: fmt.Sprintf("%s is no regular file, so it cannot be a journal: name another file with --journal", p)}
		}
	}
	return nil
}

const lockSuffix = ".lock"

// lockBeside locks a file beside the journal: where locks are mandatory (Windows), a
// locked journal could not be read through a second handle.
func lockBeside(path string) (*flock.Flock, error) {
	// Close removes the lock's file, which must not be somebody else's.
	if info, err := os.Stat(path + lockSuffix); err == nil && info.Size() > 0 {
		return nil, &tagroll.Error{Code: tagroll.CodeConfiguration, Message: fmt.Sprintf("%s is not empty, so it is no lock of tagroll: name another journal with --journal", path+lockSuffix)}
	}
	for {
		lock := flock.New(path + lockSuffix)
		locked, err := lock.TryLock()
		if err != nil {
			return nil, failure(path, "opened", err)
		}
		if !locked {
			return nil, &tagroll.Error{Code: tagroll.CodeJournalLocked, Message: fmt.Sprintf("another run of tagroll is using the journal %s: wait for it to end, or give this run its own with --journal", path)}
		}
		// Close removes the file. A process that had opened it just before then holds a
		// lock on a file that no other process can find, and must try again.
		held, err := lock.Stat()
		if there, thereErr := os.Stat(lock.Path()); err == nil && thereErr == nil && os.SameFile(held, there) {
			return lock, nil
		}
		lock.Close()
	}
}

func (j *File) open() (err error) {
	if j.opts.ReadOnly {
		j.file, err = os.Open(j.path)
	} else {
		j.file, err = os.OpenFile(j.path, os.O_RDWR|os.O_CREATE, 0o600)
	}
	if err != nil {
		return failure(j.path, "opened", err)
	}
	found, err := j.load()
	if err != nil {
		return err
	}
	j.damage.Lines = found.damaged
	if !j.opts.ReadOnly {
		if err := j.mend(found); err != nil {
			return err
		}
	}
	if err := j.takeBack(); err != nil {
		return err
	}
	if j.opts.Fresh {
		j.index, j.earlier = index[position]{}, j.index
		j.opts.First = nil
	}
	return nil
}

// Damage returns what could not be read when the journal was opened.
func (j *File) Damage() Damage { return j.damage }

// Lookup implements [tagroll.Journal].
func (j *File) Lookup(_ context.Context, photo tagroll.Photo, key tagroll.Key) (tagroll.Result, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at, found := j.index.get(photo, key)
	if found {
		l, ok, err := j.read(at)
		if err != nil || ok && rank(l.Finish.Status) == 3 || j.opts.First == nil {
			return l.result(), ok, err
		}
	}
	// A failure of today does not hide a success of the first release.
	if j.opts.First != nil {
		if at, ok := j.first.get(photo, tagroll.Key{Content: key.Content}); ok {
			l, ok, err := j.read(at)
			if err != nil {
				return tagroll.Result{}, false, err
			}
			if ok && j.opts.First(l.Settings, *l.Finish) {
				l.Finish.Identity = key.Identity
				return *l.Finish, true, nil
			}
		}
	}
	if !found {
		return tagroll.Result{}, false, nil
	}
	l, ok, err := j.read(at)
	return l.result(), ok, err
}

// read reads the line of a result. A line that cannot be understood counts as missing:
// its photo is then processed again, which is safe.
func (j *File) read(at position) (l line, ok bool, err error) {
	text := at.text
	if text == nil {
		text = make([]byte, at.length)
		if _, err := j.file.ReadAt(text, at.offset); err != nil {
			return line{}, false, failure(j.path, "read", err)
		}
	}
	if err := json.Unmarshal(trim(text), &l); err != nil || l.Finish == nil {
		return line{}, false, nil
	}
	return l, true, nil
}

func (l line) result() tagroll.Result {
	if l.Finish == nil {
		return tagroll.Result{}
	}
	result := *l.Finish
	if i := l.Image; i != nil {
		result.Image = tagroll.Image{Width: i.Width, Height: i.Height, Sketch: i.Sketch, Sharpness: i.Sharpness}
	}
	return result
}

// Start implements [tagroll.Journal]. While results are kept elsewhere no call may begin.
func (j *File) Start(_ context.Context, photo tagroll.Photo, k int) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.hasRoom(); err != nil {
		return err
	}
	_, err := j.write(line{Start: &start{photo.ID, k}})
	return err
}

// Finish implements [tagroll.Journal].
func (j *File) Finish(_ context.Context, result tagroll.Result) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	text, err := j.encode(finish(result))
	if err != nil {
		return err
	}
	at := position{offset: j.size, length: len(text)}
	if err := j.append(text); err != nil {
		at.text = text // for who asks in this run
		if j.opts.ReadOnly || !j.keepElsewhere(text) {
			j.index.put(entryOf(result), at)
			return err
		}
		if j.rescue.why == nil {
			j.rescue.why = err
		}
	}
	j.index.put(entryOf(result), at)
	return nil
}

func (j *File) encode(l line) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(l); err != nil {
		return nil, failure(j.path, "written", err)
	}
	return text.Bytes(), nil
}

// write appends a line and returns where it is.
func (j *File) write(l line) (position, error) {
	text, err := j.encode(l)
	if err != nil {
		return position{}, err
	}
	at := position{offset: j.size, length: len(text)}
	return at, j.append(text)
}

// append writes at the end of the whole lines, over whatever an earlier write that
// failed half-way may have left there.
func (j *File) append(text []byte) error {
	if j.opts.ReadOnly {
		return failure(j.path, "written", fs.ErrPermission)
	}
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
		if !j.opts.ReadOnly {
			j.tryAgain()
			errs = append(errs, j.file.Sync())
			if kept := j.rescue.file; kept != nil {
				errs = append(errs, kept.Sync(), kept.Close())
				j.rescue.file = nil
			}
		}
		errs = append(errs, j.file.Close())
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
//
//go:noinline
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
