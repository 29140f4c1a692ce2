package publish_test

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/publish"
	"github.com/tagroll/tagroll/publish/publishtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestInline(t *testing.T) {
	publishtest.Test(t, func(*testing.T) publishtest.Subject {
		return publishtest.Subject{Publisher: publish.Inline{}, Fetch: decode}
	})
}

// decode returns the content of a data URL.
func decode(url string) ([]byte, bool) {
	text, ok := strings.CutPrefix(url, "data:image/jpeg;base64,")
	if !ok {
		return nil, false
	}
	content, err := base64.StdEncoding.DecodeString(text)
	return content, err == nil
}

// The URLs of a Temp, fetched over a connection.
func TestTemp(t *testing.T) {
	publishtest.Test(t, func(t *testing.T) publishtest.Subject {
		var temp *publish.Temp
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { temp.ServeHTTP(w, r) }))
		t.Cleanup(server.Close)
		dir := t.TempDir()
		temp = open(t, publish.TempConfig{BaseURL: server.URL, Dir: dir})
		return publishtest.Subject{
			Publisher: temp,
			Fetch: func(url string) ([]byte, bool) {
				response, err := server.Client().Get(url)
				if err != nil {
					return nil, false
				}
				defer response.Body.Close()
				content, err := io.ReadAll(response.Body)
				return content, err == nil && response.StatusCode == http.StatusOK
			},
			Stored: func() int { return len(images(t, dir)) },
		}
	})
}

// open returns a Temp that is closed at the end of the test.
func open(t testing.TB, c publish.TempConfig) *publish.Temp {
	t.Helper()
	if c.BaseURL == "" {
		c.BaseURL = "https://photos.example"
	}
	temp, err := publish.NewTemp(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := temp.Close(); err != nil {
			t.Error(err)
		}
	})
	return temp
}

func put(t testing.TB, temp *publish.Temp) tagroll.Publication {
	t.Helper()
	p, err := temp.Publish(t.Context(), publishtest.Image(1, 1000))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// path returns a URL's path.
func path(p tagroll.Publication) string {
	return strings.TrimPrefix(p.URL, "https://photos.example")
}

// ask returns the answer to a request for a path.
func ask(h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "https://photos.example/", nil)
	r.URL.Path = path
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// folders returns the folders of processes in dir.
func folders(t testing.TB, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "tagroll-temp-*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// images returns the files that are stored below dir, but for locks.
func images(t testing.TB, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, f := range found {
		if filepath.Base(f) != "lock" {
			files = append(files, f)
		}
	}
	return files
}

// wantError fails the test unless err is a *tagroll.Error of the code that is fit to
// be shown: it must not contain any of the secrets.
func wantError(t *testing.T, err error, code tagroll.Code, secrets ...string) {
	t.Helper()
	e, ok := errors.AsType[*tagroll.Error](err)
	if !ok || e.Code != code || e.Message == "" || e.Stage == "" {
		t.Fatalf("got the error %#v, want one with code %q, a message and a stage", err, code)
	}
	for _, s := range secrets {
		for cause := err; cause != nil; cause = errors.Unwrap(cause) {
			if strings.Contains(cause.Error(), s) {
				t.Errorf("the error %q holds the secret %q", cause, s)
			}
		}
	}
}

func TestBaseURL(t *testing.T) {
	for _, bad := range []string{
		"", "photos.example.com", "/t/", "ftp://photos.example.com", "file:///tmp",
		"https://", "http://:8080",
		"https://photos.example.com?x=1", "https://photos.example.com/#",
		"https://photos.example.com/?",
		"https://anna:hunter2@photos.example.com",
		"https://anna:hunter2@photos.example.com:port", "http://a b", "%",
	} {
		dir := t.TempDir()
		temp, err := publish.NewTemp(publish.TempConfig{BaseURL: bad, Dir: dir})
		if err == nil {
			temp.Close()
			t.Errorf("%q is taken for a base URL", bad)
			continue
		}
		wantError(t, err, tagroll.CodeConfiguration, "hunter2")
		if len(folders(t, dir)) != 0 {
			t.Errorf("%q: a folder was made", bad)
		}
	}
	for _, good := range []string{"http://127.0.0.1:8080", "https://photos.example/",
		"https://photos.example/in/here//", "HTTPS://photos.example", "http://[::1]:80/x"} {
		temp := open(t, publish.TempConfig{BaseURL: good, Dir: t.TempDir()})
		p := put(t, temp)
		want := strings.TrimRight(good, "/") + "/t/"
		token, ok := strings.CutPrefix(p.URL, want)
		if !ok || len(token) < 26 || strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
			t.Errorf("%q: the URL %q is not %s and a token of 130 bits", good, p.URL, want)
		}
		_, address, _ := strings.Cut(p.URL, "://")
		if w := ask(temp, "GET", address); w.Code != http.StatusOK {
			t.Errorf("%q: the URL is answered %d", good, w.Code)
		}
	}
}

func TestNoFolder(t *testing.T) {
	_, err := publish.NewTemp(publish.TempConfig{BaseURL: "https://photos.example",
		Dir: filepath.Join(t.TempDir(), "missing")})
	wantError(t, err, tagroll.CodePublishFailed)
}

func TestDefaultFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, dir)
	}
	dead := abandon(t, dir)
	open(t, publish.TempConfig{})
	if got := folders(t, dir); len(got) != 1 || got[0] == dead {
		t.Errorf("the folder for temporary files holds %v, want one new folder", got)
	}
	dead = abandon(t, dir)
	if err := publish.Sweep(""); err != nil {
		t.Fatal(err)
	}
	if exists(dead) || len(folders(t, dir)) != 1 {
		t.Errorf("after Sweep the folder for temporary files holds %v", folders(t, dir))
	}
}

// A store that fails says so without telling the URL that it would have had.
func TestStoreFails(t *testing.T) {
	dir := t.TempDir()
	temp := open(t, publish.TempConfig{Dir: dir})
	own := folders(t, dir)[0]
	if err := os.RemoveAll(own); err != nil { // by somebody who tidies up
		t.Fatal(err)
	}
	p, err := temp.Publish(t.Context(), publishtest.Image(1, 100))
	wantError(t, err, tagroll.CodePublishFailed, own)
	if p.URL != "" || p.Revoke() != nil {
		t.Errorf("got the publication %+v", p)
	}
}

// An image that cannot be removed is no longer served, and is removed when it can be.
func TestRemovalFails(t *testing.T) {
	dir := t.TempDir()
	temp := open(t, publish.TempConfig{Dir: dir})
	p := put(t, temp)
	file := images(t, dir)[0]
	block(t, file)
	wantError(t, p.Revoke(), tagroll.CodePublishFailed, filepath.Base(file))
	if w := ask(temp, "GET", path(p)); w.Code != http.StatusNotFound {
		t.Errorf("a revoked URL is answered %d", w.Code)
	}
	unblock(t, file)
	if err := p.Revoke(); err != nil {
		t.Error(err)
	}
	if exists(file) {
		t.Error("the second revocation left the file behind")
	}
}

// block puts a folder that is not empty in the place of a file, which fails its removal
// on every system and for every user.
func block(t *testing.T, file string) {
	t.Helper()
	if err := errors.Join(os.Remove(file), os.Mkdir(file, 0o700), os.WriteFile(filepath.Join(file, "x"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func unblock(t *testing.T, file string) {
	t.Helper()
	if err := os.Remove(filepath.Join(file, "x")); err != nil {
		t.Fatal(err)
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}

func TestClose(t *testing.T) {
	dir := t.TempDir()
	temp := open(t, publish.TempConfig{Dir: dir})
	p := put(t, temp)
	put(t, temp)
	for range 2 {
		if err := temp.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("Close left %v, %v", left, err)
	}
	if w := ask(temp, "GET", path(p)); w.Code != http.StatusNotFound {
		t.Errorf("after Close the URL is answered %d", w.Code)
	}
	if err := p.Revoke(); err != nil {
		t.Errorf("revoking after Close: %v", err)
	}
	late, err := temp.Publish(t.Context(), publishtest.Image(1, 100))
	wantError(t, err, tagroll.CodePublishFailed)
	if late.URL != "" || late.Revoke() != nil || len(folders(t, dir)) != 0 {
		t.Errorf("Publish after Close left %+v and %v", late, folders(t, dir))
	}
}

// Close leaves nothing, even of images that are just being stored.
func TestCloseWhilePublishing(t *testing.T) {
	dir := t.TempDir()
	image := publishtest.Image(1, 100_000)
	for range 20 {
		temp := open(t, publish.TempConfig{Dir: dir})
		var publishing, stored sync.WaitGroup
		for range 4 {
			stored.Add(1)
			publishing.Go(func() {
				for i := 0; ; i++ {
					p, err := temp.Publish(t.Context(), image)
					if i == 0 {
						stored.Done()
					}
					if err != nil {
						// Storing is refused, it does not fail halfway.
						if cause := tagroll.AsError(err); i == 0 || cause.Code != tagroll.CodePublishFailed || cause.Err != nil {
							t.Error(err)
						}
						return
					}
					if i%2 == 0 {
						if err := p.Revoke(); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		stored.Wait()
		if err := temp.Close(); err != nil {
			t.Error(err)
		}
		publishing.Wait()
	}
	if left := folders(t, dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// abandon makes the folder of a process that was killed: its lock is there, and nobody holds it.
func abandon(t *testing.T, dir string) string {
	t.Helper()
	folder, err := os.MkdirTemp(dir, "tagroll-temp-")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lock", "K7QWERTYUIOPASDFGHJKLZXCVB", "M2ZZZZZZZZZZZZZZZZZZZZZZZZ"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("\xff\xd8\xff"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	living := open(t, publish.TempConfig{Dir: dir})
	p := put(t, living)
	dead, other := abandon(t, dir), filepath.Join(dir, "somebody-elses")
	fresh, stale := filepath.Join(dir, "tagroll-temp-fresh"), filepath.Join(dir, "tagroll-temp-stale")
	file := filepath.Join(dir, "tagroll-temp-file")
	err := errors.Join(os.Mkdir(other, 0o700), os.Mkdir(fresh, 0o700), os.Mkdir(stale, 0o700),
		os.WriteFile(filepath.Join(other, "lock"), nil, 0o600), os.WriteFile(file, nil, 0o600),
		os.Chtimes(stale, time.Unix(0, 0), time.Unix(0, 0)))
	if err != nil {
		t.Fatal(err)
	}

	if err := publish.Sweep(dir); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{dead: false, stale: false, fresh: true, other: true, file: true} {
		if exists(path) != want {
			t.Errorf("after Sweep %s exists: %v, want %v", filepath.Base(path), !want, want)
		}
	}
	if w := ask(living, "GET", path(p)); w.Code != http.StatusOK {
		t.Errorf("Sweep took the image of a living process: its URL is answered %d", w.Code)
	}

	dead = abandon(t, dir)
	second := open(t, publish.TempConfig{Dir: dir})
	if exists(dead) {
		t.Error("NewTemp left the folder of a dead process")
	}
	for _, temp := range []*publish.Temp{living, second} {
		if w := ask(temp, "GET", path(put(t, temp))); w.Code != http.StatusOK {
			t.Errorf("of two in one folder, one answers %d", w.Code)
		}
	}
	if err := publish.Sweep(filepath.Join(dir, "missing")); err != nil {
		t.Errorf("Sweep of a folder that does not exist: %v", err)
	}
	if err := publish.Sweep(file); err == nil {
		t.Error("Sweep of a file reports nothing")
	} else {
		wantError(t, err, tagroll.CodePublishFailed)
	}
}

// A link that looks like a folder of ours leads a sweep nowhere.
func TestSweepFollowsNoLink(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	victim := abandon(t, elsewhere)
	if err := os.Symlink(victim, filepath.Join(dir, "tagroll-temp-link")); err != nil {
		if os.Getenv("TAGROLL_TEST_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skipf("this system makes no links for this user: %v", err)
	}
	dead := abandon(t, dir)
	if err := os.Symlink(victim, filepath.Join(dead, "inside")); err != nil {
		t.Fatal(err)
	}
	if err := publish.Sweep(dir); err != nil {
		t.Fatal(err)
	}
	if exists(dead) {
		t.Error("the folder of a dead process is still there")
	}
	if left, err := os.ReadDir(victim); err != nil || len(left) != 3 {
		t.Errorf("behind the links %v is left (%v)", left, err)
	}
}

// Many processes start at once in one folder, each sweeping: none loses its own.
func TestSweepWhileOthersStart(t *testing.T) {
	dir := t.TempDir()
	stop := make(chan struct{})
	swept := make(chan struct{})
	go func() {
		defer close(swept)
		for {
			select {
			case <-stop:
				return
			default:
				publish.Sweep(dir) // an error says that another one was faster
			}
		}
	}()
	for range 200 {
		temp := open(t, publish.TempConfig{Dir: dir})
		if w := ask(temp, "GET", path(put(t, temp))); w.Code != http.StatusOK {
			t.Errorf("answered %d", w.Code)
		}
	}
	close(stop)
	<-swept
}
