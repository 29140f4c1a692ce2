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
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/diskfull"
)

// DefaultLife is how long a temporary URL lives if nobody revokes it. It is far longer than a
// photo's deadline, whose clock stands still while a provider's rate limit holds the photo back.
const DefaultLife = time.Hour

// TempConfig says where temporary images are and how they are reached.
type TempConfig struct {
	// BaseURL is the address under which a provider reaches the handler: http or https,
	// without "/t/", without a user's name, "?" and "#". Required.
	BaseURL string
	// Dir is the folder in which the process makes its own. Default: os.TempDir.
	Dir string
	// Life is how long a URL lives if it is not revoked. Default: DefaultLife.
	Life time.Duration
	// Elsewhere returns an image that another process has published under the same BaseURL, and
	// false if none has. It is called for tokens of the right form only. Default: nobody is
	// asked.
	Elsewhere func(ctx context.Context, token string) ([]byte, bool)
	// Unreachable reports whether BaseURL is known to lead nowhere at the moment. Default: it
	// never is.
	Unreachable func() bool
	// Log receives what the schedule could not remove. Default: none.
	Log *slog.Logger
}

// Temp publishes images at temporary URLs, and is the handler that serves them. A URL is
// BaseURL + "/t/" + a token of 130 random bits. It ends when it is revoked, when its life
// is over, or with the process. Its file is removed at the same time, at the end of its
// life within a minute, or after the death of the process by the next NewTemp or Sweep
// in the same folder.
type Temp struct {
	base string
	life time.Duration
	log  *slog.Logger
	dir  string
	lock *flock.Flock
	stop context.CancelFunc
	done chan struct{}

	unreachable func() bool
	elsewhere   func(ctx context.Context, token string) ([]byte, bool) // nil: nobody is asked
	// A place for each question under way.
	asking chan struct{}

	closing sync.RWMutex // held for reading while an image is stored, so that Close leaves none
	closed  bool

	mu     sync.Mutex
	images map[string]*stored // by token
}

// stored is an image that is published.
type stored struct {
	expiry  time.Time
	fetched atomic.Bool // somebody has asked for it
}

// NewTemp sweeps what dead processes left in the folder, and makes its own folder with
// mode 0700. The caller calls Close. It fails with CodeConfiguration, CodePublishFailed
// or CodeDiskFull.
func NewTemp(c TempConfig) (*Temp, error) {
	if err := CheckBaseURL(c.BaseURL); err != nil {
		return nil, err
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
	dir, lock, err := makeFolder(c.Dir)
	if err != nil {
		return nil, failure(tagroll.StagePublish, "the folder for temporary images could not be made", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	t := &Temp{
		base: strings.TrimRight(c.BaseURL, "/") + "/t/",
		life: c.Life, log: c.Log, dir: dir, lock: lock, stop: stop, done: make(chan struct{}),
		images: make(map[string]*stored), elsewhere: c.Elsewhere, unreachable: c.Unreachable, asking: make(chan struct{}, mostQuestions),
	}
	go t.expire(ctx)
	return t, nil
}

// CheckBaseURL accepts what can stand before a path, as [TempConfig].BaseURL. Its error has
// CodeConfiguration and does not quote the address, which may hold a password.
func CheckBaseURL(address string) error {
	base, err := url.Parse(address)
	if err != nil || base.Hostname() == "" || (base.Scheme != "http" && base.Scheme != "https") ||
		base.User != nil || strings.ContainsAny(address, "?#") {
		return &tagroll.Error{Code: tagroll.CodeConfiguration, Stage: tagroll.StagePublish,
			Message: "images cannot be fetched at the address given for them: it must " +
				"look like https://photos.example.com, without user name, ? and #"}
	}
	return nil
}

// Publish implements [tagroll.Publisher]. It fails with CodePublishFailed or CodeDiskFull.
func (t *Temp) Publish(ctx context.Context, image tagroll.Image) (tagroll.Publication, error) {
	none := tagroll.Publication{Revoke: revokeNothing}
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	t.closing.RLock()
	defer t.closing.RUnlock()
	if t.closed {
		return none, &tagroll.Error{Code: tagroll.CodePublishFailed, Stage: tagroll.StagePublish,
			Message: "temporary images are not served any more: run the photo again"}
	}
	token := rand.Text()
	path := filepath.Join(t.dir, token)
	if err := os.WriteFile(path, image.JPEG, 0o600); err != nil {
		os.Remove(path)
		return none, failure(tagroll.StagePublish, "the temporary image could not be stored", err)
	}
	published := &stored{expiry: time.Now().Add(t.life)}
	t.mu.Lock()
	t.images[token] = published
	t.mu.Unlock()
	return tagroll.Publication{
		URL: t.base + token, Fetched: published.fetched.Load, Unreachable: t.unreachable,
		Revoke: func() error { return t.revoke(token) },
	}, nil
}

// revoke ends a URL at once; only the removal of its file can fail, and the schedule
// tries that again.
func (t *Temp) revoke(token string) error {
	t.mu.Lock()
	delete(t.images, token)
	t.mu.Unlock()
	err := os.Remove(filepath.Join(t.dir, token))
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	t.mu.Lock()
	t.images[token] = new(stored) // its life is over
	t.mu.Unlock()
	return failure(tagroll.StageCleanUp, "a temporary image could not be removed", err)
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
	jpeg, ok := t.find(r.Context(), r.URL.Path, r.Method == http.MethodGet)
	if !ok {
		http.NotFound(w, r)
		return
	}
	h.Set("Content-Type", "image/jpeg")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(jpeg))
}

// mostQuestions bounds how many tokens other processes are asked for at once, so that made-up ones
// do not keep them busy.
const mostQuestions = 64

// find returns the image of a URL that lives, here or in another process. whole is whether its
// content is asked for, so that it counts as fetched.
func (t *Temp) find(ctx context.Context, path string, whole bool) ([]byte, bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 || !strings.HasSuffix(path[:i], "/t") {
		return nil, false
	}
	token := path[i+1:]
	if jpeg, ok := t.image(token, whole); ok || t.elsewhere == nil || !isToken(token) {
		return jpeg, ok
	}
	select {
	case t.asking <- struct{}{}:
		defer func() { <-t.asking }()
		return t.elsewhere(ctx, token)
	default:
		return nil, false
	}
}

// isToken reports whether a text has the form of a token: 26 letters of base32.
func isToken(text string) bool {
	return len(text) == 26 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// Address is where images are published: a token follows.
func (t *Temp) Address() string { return t.base }

// Unfetched is how many images are published that nobody has fetched.
func (t *Temp) Unfetched() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, published := range t.images {
		if !published.fetched.Load() {
			n++
		}
	}
	return n
}

// Image returns the image that this process has published under a token, and false if there is none
// any more. It counts as fetched.
func (t *Temp) Image(token string) ([]byte, bool) { return t.image(token, true) }

func (t *Temp) image(token string, whole bool) ([]byte, bool) {
	t.mu.Lock()
	published, known := t.images[token]
	t.mu.Unlock()
	if !known || !time.Now().Before(published.expiry) {
		return nil, false
	}
	if whole {
		published.fetched.Store(true)
	}
	// Only a token of ours gets here, so it cannot lead out of the folder.
	jpeg, err := os.ReadFile(filepath.Join(t.dir, token))
	return jpeg, err == nil
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
	for token, published := range t.images {
		if !now.Before(published.expiry) {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

// Close ends every URL and removes the process's folder. It may be called more than once.
func (t *Temp) Close() error {
	t.closing.Lock()
	defer t.closing.Unlock()
	t.closed = true
	t.stop()
	<-t.done
	t.mu.Lock()
	clear(t.images)
	t.mu.Unlock()
	if err := removeFolder(t.dir, t.lock); err != nil {
		return failure(tagroll.StageCleanUp, "temporary images could not be removed", err)
	}
	return nil
}

// failure is the error for a file operation that failed.
//
//go:noinline
func failure(stage tagroll.Stage, what string, err error) error {
	code, hint := tagroll.CodePublishFailed, "check the folder (--temp-dir)"
	if diskfull.Is(err) {
		code, hint = tagroll.CodeDiskFull, "free some space"
	}
	// The path in the error holds the token of the URL.
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return &tagroll.Error{Code: code, Stage: stage, Message: fmt.Sprintf("%s (%v): %s", what, err, hint), Err: err}
}
