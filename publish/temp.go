package publish

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/tagroll/tagroll"
)

// DefaultLife is how long a temporary URL lives if nobody revokes it. It is far longer
// than a photo's deadline, because that stands still while a provider's rate limit
// holds the photo back.
const DefaultLife = time.Hour

// Names in the folder for temporary images: every process has a folder of its own,
// with a lock that ends with the process.
const (
	folderPrefix = "tagroll-temp-"
	lockName     = "lock"
)

// TempConfig says where temporary images are and how they are reached.
type TempConfig struct {
	// BaseURL is the address under which a provider reaches the handler, http or https
	// and without "/t/". Required.
	BaseURL string
	// Dir is the folder in which the process makes its own. Default: os.TempDir.
	Dir string
	// Life is how long a URL lives if it is not revoked. Default: DefaultLife.
	Life time.Duration
	// Log receives what the schedule could not remove. Default: none.
	Log *slog.Logger
}

// Temp publishes images at temporary URLs, and is the handler that serves them. A URL is
// BaseURL + "/t/" + a token of 130 random bits. It ends when it is revoked, when its life
// is over, or with the process; its file is removed at the same time, or after the
// death of the process by the next NewTemp or Sweep in the same folder.
type Temp struct {
	base string
	life time.Duration
	log  *slog.Logger
	dir  string
	lock *flock.Flock
	stop context.CancelFunc
	done chan struct{}

	mu     sync.Mutex
	images map[string]time.Time // expiry by token
}

// NewTemp sweeps what dead processes left in the folder, and makes its own folder with
// mode 0700. The caller calls Close. It fails with CodeConfiguration or CodePublishFailed.
func NewTemp(c TempConfig) (*Temp, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, &tagroll.Error{Code: tagroll.CodeConfiguration, Message: fmt.Sprintf("%q is no address at which images can be fetched: give one such as https://photos.example.com", c.BaseURL)}
	}
	if c.Life <= 0 {
		c.Life = DefaultLife
	}
	if c.Dir == "" {
		c.Dir = os.TempDir()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if err := Sweep(c.Dir); err != nil {
		c.Log.Warn("temporary images of an earlier process could not be removed", "error", err)
	}
	dir, err := os.MkdirTemp(c.Dir, folderPrefix) // mode 0700
	if err != nil {
		return nil, failure("the folder for temporary images could not be made", err)
	}
	lock := flock.New(filepath.Join(dir, lockName))
	if locked, err := lock.TryLock(); err != nil || !locked {
		os.RemoveAll(dir)
		return nil, failure("the folder for temporary images could not be locked", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	t := &Temp{
		base: strings.TrimRight(c.BaseURL, "/") + "/t/",
		life: c.Life, log: c.Log, dir: dir, lock: lock, stop: stop, done: make(chan struct{}),
		images: make(map[string]time.Time),
	}
	go t.expire(ctx)
	return t, nil
}

// Sweep removes the folders of temporary images whose process is gone. A folder whose
// process lives is left alone. An empty dir means os.TempDir.
func Sweep(dir string) error {
	if dir == "" {
		dir = os.TempDir()
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var errs []error
	for _, entry := range entries {
		if entry.IsDir() && strings.HasPrefix(entry.Name(), folderPrefix) {
			errs = append(errs, sweepFolder(filepath.Join(dir, entry.Name())))
		}
	}
	return errors.Join(append(errs, err)...)
}

func sweepFolder(folder string) error {
	// Opened, not created: a folder without a lock is just being made, or being removed.
	lock := flock.New(filepath.Join(folder, lockName), flock.SetFlag(os.O_RDWR))
	locked, err := lock.TryLock()
	if errors.Is(err, fs.ErrNotExist) {
		info, err := os.Stat(folder)
		if err != nil || time.Since(info.ModTime()) < DefaultLife {
			return nil
		}
		return os.RemoveAll(folder)
	}
	if err != nil || !locked {
		return nil // its process lives, or it belongs to somebody else
	}
	err = removeContent(folder)
	return errors.Join(err, lock.Close(), os.RemoveAll(folder))
}

// removeContent removes all but the lock, which some systems do not remove while it is held.
func removeContent(folder string) error {
	entries, err := os.ReadDir(folder)
	errs := []error{err}
	for _, entry := range entries {
		if entry.Name() != lockName {
			errs = append(errs, os.RemoveAll(filepath.Join(folder, entry.Name())))
		}
	}
	return errors.Join(errs...)
}

// Publish implements [tagroll.Publisher]. It fails with CodePublishFailed or CodeDiskFull.
func (t *Temp) Publish(ctx context.Context, image tagroll.Image) (tagroll.Publication, error) {
	none := tagroll.Publication{Revoke: revokeNothing}
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	token := rand.Text()
	path := filepath.Join(t.dir, token)
	if err := os.WriteFile(path, image.JPEG, 0o600); err != nil {
		os.Remove(path)
		return none, failure("the temporary image could not be stored", err)
	}
	t.mu.Lock()
	t.images[token] = time.Now().Add(t.life)
	t.mu.Unlock()
	return tagroll.Publication{URL: t.base + token, Revoke: func() error { return t.revoke(token) }}, nil
}

// revoke ends a URL at once; only the removal of its file can fail.
func (t *Temp) revoke(token string) error {
	t.mu.Lock()
	delete(t.images, token)
	t.mu.Unlock()
	err := os.Remove(filepath.Join(t.dir, token))
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return failure("a temporary image could not be removed", err)
}

// ServeHTTP serves "/t/{token}", whatever stands before it, to GET and HEAD. A token that
// is unknown, revoked or expired is 404.
func (t *Temp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	jpeg, ok := t.read(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	h.Set("Content-Type", "image/jpeg")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(jpeg))
}

// read returns the image of a URL that lives.
func (t *Temp) read(path string) ([]byte, bool) {
	before, token, _ := cutLast(path, "/")
	if !strings.HasSuffix(before, "/t") {
		return nil, false
	}
	t.mu.Lock()
	expiry, known := t.images[token]
	t.mu.Unlock()
	if !known || !time.Now().Before(expiry) {
		return nil, false
	}
	// Only a token of ours gets here, so it cannot lead out of the folder.
	jpeg, err := os.ReadFile(filepath.Join(t.dir, token))
	return jpeg, err == nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// expire removes images past their life until ctx ends.
func (t *Temp) expire(ctx context.Context) {
	defer close(t.done)
	ticker := time.NewTicker(min(t.life, time.Minute))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			for _, token := range t.past(now) {
				if err := t.revoke(token); err != nil {
					t.log.Error("an expired temporary image could not be removed", "error", err)
				}
			}
		}
	}
}

func (t *Temp) past(now time.Time) (tokens []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for token, expiry := range t.images {
		if !now.Before(expiry) {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

// Close ends every URL and removes the process's folder.
func (t *Temp) Close() error {
	t.stop()
	<-t.done
	t.mu.Lock()
	clear(t.images)
	t.mu.Unlock()
	return errors.Join(removeContent(t.dir), t.lock.Close(), os.RemoveAll(t.dir))
}

// failure is the error for a file operation that failed.
func failure(what string, err error) error {
	code, hint := tagroll.CodePublishFailed, "check the folder (--temp-dir)"
	if errors.Is(err, syscall.ENOSPC) {
		code, hint = tagroll.CodeDiskFull, "free some space"
	}
	// The path in the error holds the token of the URL.
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return &tagroll.Error{Code: code, Stage: tagroll.StagePublish, Message: fmt.Sprintf("%s (%v): %s", what, err, hint), Err: err}
}
