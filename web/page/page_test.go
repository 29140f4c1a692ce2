package page_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/tagroll/tagroll/web/page"
)

func newPage(t *testing.T) *page.Page {
	t.Helper()
	p, err := page.New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask sends a request; header is pairs of name and value.
func ask(p *page.Page, method, target string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) []byte {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var reference = regexp.MustCompile(`(?:src|href)="(assets/[^"]+)"`)

// Everything that the HTML names is there, under an address that may be kept for ever.
func TestAssets(t *testing.T) {
	p := newPage(t)
	html := body(t, ask(p, "GET", "/"))
	names := reference.FindAllSubmatch(html, -1)
	if len(names) < 6 {
		t.Fatalf("the page names only %d files", len(names))
	}
	wantTypes := map[string]string{".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
	for _, m := range names {
		name := string(m[1])
		r := ask(p, "GET", "/"+name)
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != wantTypes[path.Ext(name)] {
			t.Errorf("%s: %s, %q", name, r.Status, r.Header.Get("Content-Type"))
		}
		if cache := r.Header.Get("Cache-Control"); !strings.Contains(cache, "immutable") {
			t.Errorf("%s: Cache-Control %q", name, cache)
		}
	}
	if at := regexp.MustCompile(`(?:src|href)="/[^"]*"`).Find(html); at != nil {
		t.Errorf("%s leaves the path that a proxy may give the page", at)
	}
	if n := bytes.Count(html, []byte(`rel="stylesheet"`)); n != 1 {
		t.Errorf("%d files of styles instead of one", n)
	}
	if strings.Contains(string(html), "assets/-/") {
		t.Error("the page names files without their hash")
	}
}

// The policy forbids what is inline and what is elsewhere, and the HTML keeps to it.
func TestPolicy(t *testing.T) {
	p := newPage(t)
	r := ask(p, "GET", "/")
	policy := r.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %s", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
		t.Errorf("the policy %q is not strict", policy)
	}
	html := string(body(t, r))
	for _, inline := range []string{"<script>", "<style", " style=", " onclick=", "javascript:",
		"http://", "https://"} {
		if strings.Contains(html, inline) {
			t.Errorf("the page contains %q", inline)
		}
	}
}

func TestHTTP(t *testing.T) {
	p := newPage(t)
	plain := ask(p, "GET", "/")
	text := body(t, plain)
	if r := ask(p, "HEAD", "/"); r.StatusCode != http.StatusOK || len(body(t, r)) != 0 || r.ContentLength != int64(len(text)) {
		t.Errorf("HEAD: %s, Content-Length %d of %d", r.Status, r.ContentLength, len(text))
	}
	if r := ask(p, "GET", "/", "If-None-Match", `"other", W/`+plain.Header.Get("ETag")); r.StatusCode != http.StatusNotModified {
		t.Errorf("If-None-Match with the tag: %s", r.Status)
	}
	if cache := plain.Header.Get("Cache-Control"); cache != "no-cache" {
		t.Errorf("the page itself has Cache-Control %q: a new version would not be seen", cache)
	}
	if r := ask(p, "POST", "/"); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %s, Allow %q", r.Status, r.Header.Get("Allow"))
	}
	for _, target := range []string{"/nothing", "/assets/", "/assets/-/js/app.js", "/static/index.html", "/assets/../page.go"} {
		if r := ask(p, "GET", target); r.StatusCode != http.StatusNotFound || r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("GET %s: %s", target, r.Status)
		}
	}
	for accept, coding := range map[string]string{"gzip, br": "gzip", "GZIP;q=0.5": "gzip", "gzip;q=0": "", "gzip; q=0.0": "", "br": "", "": "", "x-gzip": ""} {
		r := ask(p, "GET", "/", "Accept-Encoding", accept)
		if got := r.Header.Get("Content-Encoding"); got != coding {
			t.Errorf("Accept-Encoding %q: coding %q, not %q", accept, got, coding)
		}
		if coding == "" {
			continue
		}
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(unpacked)
		if err != nil || !bytes.Equal(got, text) || r.Header.Get("ETag") == plain.Header.Get("ETag") || r.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: %d bytes, %v, ETag %s, Vary %q", accept, len(got), err, r.Header.Get("ETag"), r.Header.Get("Vary"))
		}
	}
}

// All scripts together take less than 100 kB on their way to the browser.
func TestScriptSize(t *testing.T) {
	p := newPage(t)
	sent := 0
	for _, m := range reference.FindAllSubmatch(body(t, ask(p, "GET", "/")), -1) {
		if ext := path.Ext(string(m[1])); ext == ".js" || ext == ".mjs" {
			sent += len(body(t, ask(p, "GET", "/"+string(m[1]), "Accept-Encoding", "gzip")))
		}
	}
	t.Logf("%d bytes of script, compressed", sent)
	if sent > 100_000 {
		t.Error("more than 100 kB of script")
	}
}

// Each script says what it is for and imports only what exists.
func TestScripts(t *testing.T) {
	imports := regexp.MustCompile(`(?m)(?:from|import|new URL\() ?'([^']+)'`)
	tree := os.DirFS("static")
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if ext := path.Ext(name); err != nil || entry.IsDir() || ext != ".js" && ext != ".mjs" {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		if path.Base(path.Dir(name)) == "vendor" {
			return nil
		}
		if !bytes.HasPrefix(text, []byte("// ")) {
			t.Errorf("%s does not open with a comment on what it is for", name)
		}
		if n := bytes.Count(text, []byte("\n")); n > 500 {
			t.Errorf("%s has %d lines", name, n)
		}
		for _, m := range imports.FindAllSubmatch(text, -1) {
			if _, err := fs.Stat(tree, path.Join(path.Dir(name), string(m[1]))); err != nil {
				t.Errorf("%s imports %s: %v", name, m[1], err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What a browser loads of scripts before the page can be used is small, and holds no comments.
func TestScriptOnTheWire(t *testing.T) {
	const most = 100_000 // bytes
	p := newPage(t)
	total := 0
	for _, m := range reference.FindAllSubmatch(body(t, ask(p, "GET", "/")), -1) {
		name := "/" + string(m[1])
		if ext := path.Ext(name); ext != ".js" && ext != ".mjs" {
			continue
		}
		total += len(body(t, ask(p, "GET", name, "Accept-Encoding", "gzip")))
		if path.Ext(name) != ".js" {
			continue
		}
		for line := range strings.Lines(string(body(t, ask(p, "GET", name)))) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "//") ||
				strings.HasPrefix(line, "*") {
				t.Errorf("%s is served with the comment %s", name, line)
			}
		}
	}
	t.Logf("%d bytes of scripts", total)
	if total == 0 || total > most {
		t.Errorf("%d bytes of scripts, compressed; at most %d are allowed", total, most)
	}
}
