package publish_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/publish"
	"github.com/tagroll/tagroll/publish/publishtest"
)

func TestMethods(t *testing.T) {
	temp := open(t, publish.TempConfig{Dir: t.TempDir()})
	p := put(t, temp)
	image := publishtest.Image(1, 1000).JPEG
	for method, want := range map[string]int{
		"GET": 200, "HEAD": 200,
		"POST": 405, "PUT": 405, "DELETE": 405, "PATCH": 405, "OPTIONS": 405, "TRACE": 405, "CONNECT": 405, "get": 405,
	} {
		w := ask(temp, method, path(p))
		if w.Code != want {
			t.Errorf("%s is answered %d, want %d", method, w.Code, want)
		}
		allowed := w.Header().Get("Allow")
		if (want == 405) != (allowed == "GET, HEAD") {
			t.Errorf("%s: Allow is %q", method, allowed)
		}
		if (method == "GET") != bytes.Equal(w.Body.Bytes(), image) || bytes.Contains(w.Body.Bytes(), image) != (method == "GET") {
			t.Errorf("%s: the body has %d bytes", method, w.Body.Len())
		}
		if want == 200 && (w.Header().Get("Content-Type") != "image/jpeg" || w.Header().Get("Content-Length") != "1000") {
			t.Errorf("%s: the headers are %v", method, w.Header())
		}
	}
}

// Whoever publishes an image can know whether it was fetched.
func TestFetched(t *testing.T) {
	temp := open(t, publish.TempConfig{Dir: t.TempDir()})
	p, other := put(t, temp), put(t, temp)
	ask(temp, "GET", "/t/unknown")
	ask(temp, "POST", path(p))
	ask(temp, "HEAD", path(p)) // a look whether it is there
	if p.Fetched() || other.Fetched() {
		t.Error("an image that nobody has fetched counts as fetched")
	}
	ask(temp, "GET", path(p))
	if !p.Fetched() || other.Fetched() {
		t.Errorf("one image was fetched: it counts %v, another one %v", p.Fetched(), other.Fetched())
	}
}

// No answer may be kept: neither the image nor that there is none.
func TestNeverCached(t *testing.T) {
	temp := open(t, publish.TempConfig{Dir: t.TempDir()})
	p := put(t, temp)
	for _, w := range []struct{ method, path string }{{"GET", path(p)}, {"HEAD", path(p)}, {"GET", "/t/unknown"}, {"POST", path(p)}} {
		h := ask(temp, w.method, w.path).Header()
		if h.Get("Cache-Control") != "no-store" || h.Get("X-Robots-Tag") != "noindex" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s has the headers %v", w.method, w.path, h)
		}
		if h.Get("Last-Modified")+h.Get("Etag") != "" {
			t.Errorf("%s %s invites to ask again: %v", w.method, w.path, h)
		}
	}
}

func TestPaths(t *testing.T) {
	temp := open(t, publish.TempConfig{Dir: t.TempDir()})
	p, gone := put(t, temp), put(t, temp)
	if err := gone.Revoke(); err != nil {
		t.Fatal(err)
	}
	token := strings.TrimPrefix(path(p), "/t/")
	for _, good := range []string{"/t/" + token, "/in/front/t/" + token, "/t/t/" + token,
		"//t/" + token, "/../t/" + token} {
		if w := ask(temp, "GET", good); w.Code != http.StatusOK {
			t.Errorf("%q is answered %d", good, w.Code)
		}
	}
	for _, bad := range []string{
		"", "/", "/t", "/t/", "/t//", "//", token, "/" + token, "t/" + token,
		path(gone), "/t/" + strings.ToLower(token), "/t/" + token + "/", "/t/" + token + "/.", "/t/./" + token, "/t/x/../" + token,
		"/t/lock", "/t/../lock", "/t/./lock", "/t/..", "/t/.", "/t/../../etc/passwd", `/t/..\lock`, "/t/%2e%2e/lock",
		"/t/" + token + "\x00", "/t/" + token + " ", "/t/" + token + ".jpg",
		"/t/" + token[:25], "/t/*",
		"/x" + token, "/xt/" + token, "/T/" + token, "/t/" + strings.Repeat("A", 1<<16), strings.Repeat("/t", 10_000),
	} {
		if w := ask(temp, "GET", bad); w.Code != http.StatusNotFound {
			t.Errorf("%.80q is answered %d", bad, w.Code)
		}
	}
}

func TestRange(t *testing.T) {
	temp := open(t, publish.TempConfig{Dir: t.TempDir()})
	p := put(t, temp)
	image := publishtest.Image(1, 1000).JPEG
	for _, tt := range []struct {
		header, content string
		status          int
		body            []byte
	}{
		{"bytes=0-99", "bytes 0-99/1000", 206, image[:100]},
		{"bytes=990-", "bytes 990-999/1000", 206, image[990:]},
		{"bytes=-10", "bytes 990-999/1000", 206, image[990:]},
		{"lines=1-2", "", 416, nil},
		{"bytes=1000-", "bytes */1000", 416, nil},
	} {
		w := ask(temp, "GET", path(p), "Range", tt.header)
		if w.Code != tt.status || w.Header().Get("Content-Range") != tt.content {
			t.Errorf("%s is answered %d, %q; want %d, %q", tt.header, w.Code, w.Header().Get("Content-Range"), tt.status, tt.content)
		}
		if tt.body != nil && !bytes.Equal(w.Body.Bytes(), tt.body) {
			t.Errorf("%s yields %d other bytes", tt.header, w.Body.Len())
		}
	}
}

func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		temp := open(t, publish.TempConfig{Dir: dir, Life: 10 * time.Minute})
		pass(30 * time.Second)
		p := put(t, temp)
		pass(10*time.Minute - time.Nanosecond)
		if w := ask(temp, "GET", path(p)); w.Code != http.StatusOK {
			t.Errorf("at the end of its life the URL is answered %d", w.Code)
		}
		pass(time.Nanosecond)
		if w := ask(temp, "GET", path(p)); w.Code != http.StatusNotFound {
			t.Errorf("after its life the URL is answered %d", w.Code)
		}
		young := put(t, temp)
		pass(time.Minute)
		if left := images(t, dir); len(left) != 1 {
			t.Errorf("a minute later %d files are left, want the other one's", len(left))
		}
		if w := ask(temp, "GET", path(young)); w.Code != http.StatusOK {
			t.Errorf("the other URL is answered %d", w.Code)
		}
		if err := p.Revoke(); err != nil {
			t.Errorf("revoking what has expired: %v", err)
		}
	})
}

func TestShortLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		temp := open(t, publish.TempConfig{Dir: dir, Life: time.Second})
		put(t, temp)
		pass(2 * time.Second)
		if left := images(t, dir); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	})
}

func TestDefaultLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		temp := open(t, publish.TempConfig{Dir: t.TempDir()})
		p := put(t, temp)
		pass(publish.DefaultLife - time.Nanosecond)
		if w := ask(temp, "GET", path(p)); w.Code != http.StatusOK {
			t.Errorf("answered %d", w.Code)
		}
		pass(time.Nanosecond)
		if w := ask(temp, "GET", path(p)); w.Code != http.StatusNotFound {
			t.Errorf("answered %d", w.Code)
		}
	})
}

// What could not be removed when it was revoked or had expired is removed later, and
// the log says what went wrong without the token.
func TestScheduleTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		var log bytes.Buffer
		temp := open(t, publish.TempConfig{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil))})
		p := put(t, temp)
		file := images(t, dir)[0]
		block(t, file)
		if err := p.Revoke(); err == nil {
			t.Fatal("a folder that is not empty was removed")
		}
		pass(time.Minute)
		if !strings.Contains(log.String(), "could not be removed") || strings.Contains(log.String(), strings.TrimPrefix(path(p), "/t/")) {
			t.Errorf("the log is %q", log.String())
		}
		unblock(t, file)
		pass(time.Minute)
		if exists(file) {
			t.Error("the file is still there")
		}
	})
}

// pass lets time go by, and what it sets off end.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// Whatever the path: it is answered with the image, at its own URL alone, or with 404.
func FuzzPath(f *testing.F) {
	temp := open(f, publish.TempConfig{Dir: f.TempDir()})
	p, err := temp.Publish(f.Context(), tagroll.Image{JPEG: []byte("the image")})
	if err != nil {
		f.Fatal(err)
	}
	token := strings.TrimPrefix(path(p), "/t/")
	for _, seed := range []string{"/t/TOKEN", "/in/front/t/TOKEN", "/t/../lock", "/t/lock",
		"/t/", "/t", "", "//", "/t/TOKEN/..", "TOKEN", "/t/\x00", "/t/ TOKEN"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		path = strings.ReplaceAll(path, "TOKEN", token)
		w := ask(temp, "GET", path)
		if ours := strings.HasSuffix(path, "/t/"+token); ours {
			if w.Code != http.StatusOK || w.Body.String() != "the image" {
				t.Errorf("%q is answered %d", path, w.Code)
			}
		} else if w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "the image") {
			t.Errorf("%q is answered %d", path, w.Code)
		}
	})
}

// What this process does not have is asked for elsewhere, if it can be a token.
func TestElsewhere(t *testing.T) {
	var asked []string
	other := strings.Repeat("A", 26)
	temp, err := publish.NewTemp(publish.TempConfig{
		BaseURL: "https://photos.example.com", Dir: t.TempDir(),
		Elsewhere: func(_ context.Context, token string) ([]byte, bool) {
			asked = append(asked, token)
			return []byte("theirs"), token == other
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer temp.Close()
	own, err := temp.Publish(t.Context(), tagroll.Image{JPEG: []byte("ours")})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		strings.TrimPrefix(own.URL, "https://photos.example.com"): "ours",
		"/t/" + other:                   "theirs",
		"/t/" + strings.Repeat("B", 26): "",
		"/t/short":                      "",
		"/t/" + strings.Repeat("a", 26): "",
		"/x/" + other:                   "",
	} {
		w := httptest.NewRecorder()
		temp.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if want == "" && w.Code != http.StatusNotFound || want != "" && w.Body.String() != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if len(asked) != 2 {
		t.Errorf("asked elsewhere for %q", asked)
	}
}
