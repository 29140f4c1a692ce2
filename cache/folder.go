package cache

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/underway"
)

const (
	suffix = ".json"
	// abandoned is the age at which a file that was being written is nobody's any more.
	abandoned = time.Hour
	// newestForm is the form of results that this version writes; 0 stands for 1, too.
	newestForm = 1
	// largest is more than any result has, in bytes.
	largest = 1 << 20
)

// stored is the form of a result in the folder: what the model said, and nothing of the photo.
type stored struct {
	Form int `json:"form,omitempty"`
	// Status is left out of a success.
	Status    tagroll.Status        `json:"status,omitempty"`
	Key       string                `json:"key"`
	Metadata  *tagroll.Metadata     `json:"metadata"`
	Describer tagroll.DescriberInfo `json:"describer"`
	Identity  string                `json:"identity"`
}

// path is where a result is. Folders of a few thousand files each are quick on every system.
func (s *Store) path(key string) string {
	return filepath.Join(s.opts.Dir, key[:2], key+suffix)
}

// read returns the result in the folder, or nil. One that is damaged is a warning, and removed.
func (s *Store) read(key string) *tagroll.Result {
	if s.opts.Dir == "" {
		return nil
	}
	if s.opts.Fresh {
		s.mu.Lock()
		own := s.wrote[key]
		s.mu.Unlock()
		if !own {
			return nil
		}
	}
	return s.load(key)
}

// success is read for a result that needs no review.
func (s *Store) success(key string) *tagroll.Result {
	if r := s.read(key); r != nil && r.Status == tagroll.StatusSuccessful {
		return r
	}
	return nil
}

// load returns the result in the folder, whoever has written it.
func (s *Store) load(key string) *tagroll.Result {
	path := s.path(key)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		s.failed(err)
		return nil
	}
	var text []byte // stays empty, which is damage, if it is too large
	if info.Size() <= largest {
		if text, err = os.ReadFile(path); err != nil {
			s.failed(err)
			return nil
		}
	}
	var v stored
	if err := json.Unmarshal(text, &v); err == nil && v.Form > newestForm {
		s.mu.Lock()
		s.newer[key] = true
		s.mu.Unlock()
		s.failed(fmt.Errorf("%s was written by a newer version of tagroll (its form is %d, this version knows %d), and stays as it is", path, v.Form, newestForm))
		return nil
	}
	if json.Unmarshal(text, &v) != nil || v.Key != key || v.Metadata == nil || v.Metadata.Title == "" {
		_ = os.Remove(path) // the photo is described, and its result written anew
		s.failed(fmt.Errorf("%s is damaged, and its photo is described anew", path))
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // for prune; nothing depends on it
	status := tagroll.StatusSuccessful
	if v.Status != "" {
		// Whatever is written there: the rules are asked again.
		status = tagroll.StatusNeedsReview
	}
	return &tagroll.Result{Status: status, Metadata: v.Metadata, Describer: v.Describer, Identity: v.Identity}
}

// write stores a result whole or not at all. What needs review hides no success.
func (s *Store) write(key string, r tagroll.Result) {
	s.mu.Lock()
	newer := s.newer[key]
	s.mu.Unlock()
	if s.opts.Dir == "" || newer || r.Metadata.Title == "" {
		return
	}
	var status tagroll.Status
	if r.Status != tagroll.StatusSuccessful {
		if there := s.load(key); there != nil && there.Status == tagroll.StatusSuccessful {
			return
		}
		status = r.Status
	}
	text, err := json.Marshal(stored{Status: status, Key: key, Metadata: r.Metadata, Describer: r.Describer, Identity: r.Identity})
	if err != nil {
		return // metadata can be set as JSON
	}
	if err := replace(s.path(key), append(text, '\n')); err != nil {
		s.failed(err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrote[key] = true
}

func replace(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), underway.Prefix+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already after the rename
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// failed warns once of a folder that cannot be used.
func (s *Store) failed(err error) {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return
	}
	s.warn.Do(func() {
		s.opts.Log.Warn("the cache of results cannot be used, so pictures of earlier runs may be paid for again: see --cache and --no-cache", "folder", s.opts.Dir, "error", err)
	})
}

// Close keeps the folder within its bound.
func (s *Store) Close() {
	s.mu.Lock()
	written := len(s.wrote)
	s.mu.Unlock()
	if s.opts.Dir == "" || written == 0 {
		return
	}
	s.prune()
}

// prune removes the results that were not used for the longest time, until a tenth of the folder's
// bound is free. Only files that are named like results are touched.
func (s *Store) prune() {
	type file struct {
		path string
		size int64
		used time.Time
	}
	var files []file
	var total int64
	_ = filepath.WalkDir(s.opts.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // what cannot be read is left alone
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		name := d.Name()
		switch {
		case strings.HasPrefix(name, underway.Prefix) && time.Since(info.ModTime()) > abandoned:
			_ = os.Remove(path)
		case len(name) == 64+len(suffix) && strings.HasSuffix(name, suffix):
			// A file takes whole blocks of the disk.
			size := (info.Size() + 4095) &^ 4095
			files = append(files, file{path, size, info.ModTime()})
			total += size
		}
		return nil
	})
	if total <= s.opts.MaxBytes {
		return
	}
	sort.Slice(files, func(i, j int) bool {
		a, b := &files[i], &files[j]
		return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.path, b.path)) < 0
	})
	for _, f := range files {
		if total <= s.opts.MaxBytes/10*9 {
			return
		}
		if os.Remove(f.path) == nil {
			total -= f.size
		}
	}
}
