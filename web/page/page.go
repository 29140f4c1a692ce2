// Package page serves the page of tagroll serve: photos go in, titles, keywords and a category come
// out, and every word can be mended before it is downloaded.
//
// The page itself is static (folder static: HTML, CSS and ES modules, with no build step) and
// embedded in the program, which joins the modules when it starts (bundle.go). It speaks the API of
// package web and nothing else: no other host, no inline script or style. The package serves those
// files, with their types, caching, compression and a strict Content-Security-Policy, to GET and
// HEAD. Sessions, limits and the API are package web's task.
//
// Everything but the page's own HTML lives below an address that holds a hash of all files, such as
// /assets/5f3c…/js/app.js, and may be kept for ever. The HTML names that address and is asked for
// anew each time, so that a new version of the program never meets an old script. All addresses in
// the HTML and in the scripts are relative to the page's own.
package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

//go:embed static
var static embed.FS

// policy is the page's Content-Security-Policy: everything from the server that served it and
// nothing from anywhere else. Images may also be blobs, which is what thumbnails made in the
// browser are.
const policy = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; " +
	"img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// prefix is where all files but the page's HTML are served. The HTML names it without the first
// slash, so that the page works below any path that a proxy gives it.
const prefix = "/assets/"

// types are the media types of the files that are served; other files (licences of what is
// vendored, for one) go as plain text. The system's table is not asked: it differs from machine to
// machine.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".mjs":  "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".bin":  "application/octet-stream",
}

// file is one file, ready to be sent.
type file struct {
	mediaType string
	plain     []byte
	gzip      []byte // nil where it saves nothing
	etag      string // of the plain form; the compressed one has a suffix
	cache     string // Cache-Control
}

// Page serves the page. It is safe for use by several goroutines.
type Page struct {
	files map[string]*file // by the path of the request
}

// New prepares the embedded files. It fails only if the program was built from a broken tree.
func New() (*Page, error) {
	sources, err := read(static)
	if err != nil {
		return nil, err
	}
	sources["index.html"], sources["styles.css"] = joinStyles(sources)
	for name, text := range sources {
		if path.Ext(name) == ".js" {
			sources[name] = withoutComments(text)
		}
	}
	if sources[entry], err = bundle(sources); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(sources))
	for name := range sources {
		names = append(names, name)
	}
	sort.Strings(names)

	all := sha256.New()
	for _, name := range names {
		fmt.Fprintf(all, "%s %d\n", name, len(sources[name]))
		all.Write(sources[name])
	}
	root := prefix + hex.EncodeToString(all.Sum(nil))[:16] + "/"

	p := &Page{files: make(map[string]*file, len(sources))}
	for _, name := range names {
		if name == "index.html" {
			continue
		}
		p.files[root+name] = prepare(name, sources[name], "public, max-age=31536000, immutable")
	}
	html := finish(sources["index.html"], strings.TrimPrefix(root, "/"), names)
	p.files["/"] = prepare("index.html", html, "no-cache")
	return p, nil
}

// read returns the contents of every file below static, by its path there.
func read(tree fs.FS) (map[string][]byte, error) {
	sources := make(map[string][]byte)
	err := fs.WalkDir(tree, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		sources[strings.TrimPrefix(name, "static/")] = text
		return err
	})
	if err == nil && sources["index.html"] == nil {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("page: the embedded files cannot be read: %w", err)
	}
	return sources, nil
}

// stylesheet is how the HTML names a file of styles.
var stylesheet = regexp.MustCompile(`<link rel="stylesheet" href="assets/-/(css/[^"]+)">\n`)

// joinStyles makes one file of all styles that the HTML names, in that order: the first paint waits
// for each, and to ask for six takes a third longer than to ask for one.
func joinStyles(sources map[string][]byte) (html, styles []byte) {
	html = sources["index.html"]
	for _, link := range stylesheet.FindAllSubmatch(html, -1) {
		styles = append(append(styles, sources[string(link[1])]...), '\n')
	}
	first := true
	html = stylesheet.ReplaceAllFunc(html, func([]byte) []byte {
		if !first {
			return nil
		}
		first = false
		return []byte("<link rel=\"stylesheet\" href=\"assets/-/styles.css\">\n")
	})
	return html, styles
}

// withoutComments leaves out the comments that stand on lines of their own: a quarter of what a
// browser would have to load is explanation for those who read the source. Text of templates must
// not begin a line with two slashes or a slash and a star.
func withoutComments(script []byte) []byte {
	kept := make([]byte, 0, len(script))
	inComment := false
	for line := range bytes.Lines(script) {
		text := bytes.TrimSpace(line)
		switch {
		case inComment:
			inComment = !bytes.HasSuffix(text, []byte("*/"))
		case bytes.HasPrefix(text, []byte("//")):
		case bytes.HasPrefix(text, []byte("/*")) && !bytes.Contains(text, []byte("*/")):
			inComment = true
		case bytes.HasPrefix(text, []byte("/*")) && bytes.HasSuffix(text, []byte("*/")):
		default:
			kept = append(kept, line...)
		}
	}
	return kept
}

// finish puts the address of the files into the HTML, and has the browser fetch what is vendored
// together with the script that imports it. What a worker runs is left to the worker, and js/embed
// to the download that needs it.
func finish(html []byte, root string, names []string) []byte {
	var preloads strings.Builder
	for _, name := range names {
		if path.Ext(name) != ".mjs" {
			continue
		}
		fmt.Fprintf(&preloads, "<link rel=\"modulepreload\" href=\"%s%s\">\n", root, name)
	}
	html = bytes.ReplaceAll(html, []byte("<!-- modulepreload -->\n"), []byte(preloads.String()))
	return bytes.ReplaceAll(html, []byte("assets/-/"), []byte(root))
}

func prepare(name string, text []byte, cache string) *file {
	f := &file{mediaType: types[path.Ext(name)], plain: text, cache: cache}
	if f.mediaType == "" {
		f.mediaType = "text/plain; charset=utf-8"
	}
	sum := sha256.Sum256(text)
	f.etag = hex.EncodeToString(sum[:12])

	var small bytes.Buffer
	w, err := gzip.NewWriterLevel(&small, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil && small.Len() < len(text) {
		f.gzip = small.Bytes()
	}
	return f
}

// ServeHTTP answers GET and HEAD of "/" and of the files below prefix; 405 to other methods and 404
// to other paths, as plain text.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "This address is only read: GET or HEAD.", http.StatusMethodNotAllowed)
		return
	}
	f := p.files[r.URL.Path]
	if f == nil {
		http.Error(w, "There is nothing here. The page is at /.", http.StatusNotFound)
		return
	}
	f.serve(w, r)
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.mediaType)
	h.Set("Cache-Control", f.cache)
	text, etag := f.plain, `"`+f.etag+`"`
	if f.gzip != nil {
		h.Set("Vary", "Accept-Encoding")
		if accepts(r.Header.Values("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			text, etag = f.gzip, `"`+f.etag+`-gzip"`
		}
	}
	h.Set("ETag", etag)
	if matches(r.Header.Values("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(text)))
	if r.Method == http.MethodGet {
		// A client that went away is no failure of the page, and there is nobody left to
		// tell.
		_, _ = w.Write(text)
	}
}

// accepts reports whether a list of Accept-Encoding allows a coding by its name (RFC 9110, 12.5.3).
// A wildcard does not count: clients that can decode gzip name it.
func accepts(lists []string, coding string) bool {
	for _, item := range strings.Split(strings.Join(lists, ","), ",") {
		name, weight, _ := strings.Cut(item, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		value, isQ := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(weight), " ", ""), "q=")
		q, err := strconv.ParseFloat(value, 64)
		return !isQ || err == nil && q > 0
	}
	return false
}

// matches reports whether If-None-Match names the tag; weakly, as RFC 9110, 13.1.2 has it.
func matches(lists []string, etag string) bool {
	for _, item := range strings.Split(strings.Join(lists, ","), ",") {
		item = strings.TrimSpace(item)
		if item == "*" || strings.TrimPrefix(item, "W/") == etag {
			return true
		}
	}
	return false
}
