package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a server with the real engine, and a client of its own.
type site struct {
	*Server
	t      *testing.T
	url    string
	client *http.Client
	node   *queue.Node
	// hold keeps photos whose name begins with "slow" in process until it is closed.
	hold chan struct{}
	log  *lockedBuffer
}

// newSite starts one. The configuration can be changed before.
func newSite(t *testing.T, changes ...func(*Config)) *site {
	t.Helper()
	s := &site{t: t, hold: make(chan struct{}), log: new(lockedBuffer)}
	node, err := queue.Open(t.Context(), queue.Config{DataDir: t.TempDir(), Work: s.describe, Options: batch.Options{Concurrency: 5}})
	if err != nil {
		t.Fatal(err)
	}
	s.node = node
	c := Config{
		Node: node, Prepare: prepare, Describer: tagroll.DescriberInfo{Name: "openai", Model: "gpt-5-nano", Remote: true},
		Log: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, change := range changes {
		change(&c)
	}
	if s.Server, err = New(c); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Server)
	s.url = server.URL
	s.client = newClient(t)
	t.Cleanup(func() {
		s.Close()
		s.client.CloseIdleConnections()
		server.Close()
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // what is in flight need not end
		if err := node.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newClient(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// describe is the engine's work. The photo's name says what comes of it.
func (s *site) describe(ctx context.Context, b queue.Batch, photo tagroll.Photo, prepared tagroll.Prepared, attempt tagroll.Attempt) (tagroll.Result, error) {
	r := tagroll.Result{Facts: prepared.Facts, Status: tagroll.StatusSuccessful}
	err := attempt.Call(ctx, tagroll.Estimate{}, func(ctx context.Context) (tagroll.RateLimit, error) {
		if strings.HasPrefix(photo.Name, "slow") {
			select {
			case <-s.hold:
			case <-ctx.Done():
				return tagroll.RateLimit{}, context.Cause(ctx)
			}
		}
		if strings.HasPrefix(photo.Name, "refused") {
			return tagroll.RateLimit{}, &tagroll.Error{Code: tagroll.CodeRefused, Message: "the model declined"}
		}
		return tagroll.RateLimit{}, nil
	})
	if err != nil {
		return r, err
	}
	r.Metadata = &tagroll.Metadata{Title: "Title of " + photo.Name, Keywords: []string{"one", "two", "three", "four", "five"}, Category: "Animals"}
	if strings.HasPrefix(photo.Name, "review") {
		r.Status = tagroll.StatusNeedsReview
		r.Findings = []tagroll.Finding{{Agency: "adobe-stock", Field: "title", Severity: tagroll.SeverityError, Rule: "title-too-long", Message: "too long"}}
		return r, &tagroll.Error{Code: tagroll.CodeInvalidAnswer, Message: "too long"}
	}
	return r, nil
}

// prepare takes everything that begins with "photo" for a photo.
func prepare(ctx context.Context, u Upload) (tagroll.Prepared, error) {
	switch {
	case len(u.Data) == 0:
		return tagroll.Prepared{}, &tagroll.Error{Code: tagroll.CodeEmptyFile, Message: "the file is empty"}
	case bytes.HasPrefix(u.Data, []byte("panic")):
		panic("a decoder's mistake")
	case !bytes.HasPrefix(u.Data, []byte("photo")):
		return tagroll.Prepared{}, &tagroll.Error{Code: tagroll.CodeUnsupportedFormat, Message: "the file is no image"}
	}
	p := tagroll.Prepared{Image: tagroll.Image{JPEG: []byte("small " + string(u.Data[:min(len(u.Data), 1000)])), Width: 30, Height: 20}}
	p.Facts.Title = string(u.Head)
	p.Facts.Taken = time.Date(2026, 2, 27, 16, 12, 9, 0, time.UTC)
	return p, nil
}

// part is one part of a multipart request; a name makes it a file.
type part struct{ field, name, content string }

func photos(names ...string) []part {
	var parts []part
	for _, name := range names {
		parts = append(parts, part{"photos", name, "photo " + name})
	}
	return parts
}

// form writes parts as a browser does.
func form(parts []part) (contentType string, body []byte) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		var to io.Writer
		var err error
		if p.name != "" {
			to, err = w.CreateFormFile(p.field, p.name)
		} else {
			to, err = w.CreateFormField(p.field)
		}
		if err == nil {
			_, err = io.WriteString(to, p.content)
		}
		if err != nil {
			panic(err)
		}
	}
	w.Close()
	return w.FormDataContentType(), b.Bytes()
}

// answer is what came back.
type answer struct {
	*http.Response
	body []byte
}

// json reads the body.
func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%s: %v\n%s", a.Status, err, a.body)
	}
}

// do makes a request. Headers are alternating names and values.
func (s *site) do(method, path string, body io.Reader, headers ...string) answer {
	s.t.Helper()
	return s.doWith(s.client, method, path, body, headers...)
}

func (s *site) doWith(client *http.Client, method, path string, body io.Reader, headers ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	response, err := client.Do(r)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{response, text}
}

func (s *site) get(path string, headers ...string) answer {
	s.t.Helper()
	return s.do("GET", path, nil, headers...)
}

// send posts parts.
func (s *site) send(path string, parts []part, headers ...string) answer {
	s.t.Helper()
	kind, body := form(parts)
	return s.do("POST", path, bytes.NewReader(body), append(headers, "Content-Type", kind)...)
}

// post posts JSON.
func (s *site) post(path, body string, headers ...string) answer {
	s.t.Helper()
	return s.do("POST", path, strings.NewReader(body), append(headers, "Content-Type", "application/json")...)
}

// created is the batch in an answer, which must be a 201.
func (s *site) created(a answer) batchView {
	s.t.Helper()
	if a.StatusCode != http.StatusCreated {
		s.t.Fatalf("%s\n%s", a.Status, a.body)
	}
	var b batchView
	a.into(s.t, &b)
	return b
}

// newBatch makes a batch of photos with these names.
func (s *site) newBatch(names ...string) batchView {
	s.t.Helper()
	return s.created(s.send("/api/v1/batches", photos(names...)))
}

// openBatch makes an open batch.
func (s *site) openBatch() batchView {
	s.t.Helper()
	return s.created(s.post("/api/v1/batches", "{}"))
}

func (s *site) batch(id string) batchView {
	s.t.Helper()
	a := s.get("/api/v1/batches/" + id)
	if a.StatusCode != http.StatusOK {
		s.t.Fatalf("%s\n%s", a.Status, a.body)
	}
	var b batchView
	a.into(s.t, &b)
	return b
}

// How long a test waits: unchanged without any change, and longest in all. A machine on which
// everything is slow reaches neither.
const (
	unchanged = time.Minute
	longest   = 5 * time.Minute
)

// until waits until a batch is as wanted. It fails when the batch does not change any more.
func (s *site) until(id string, wanted func(batchView) bool) batchView {
	s.t.Helper()
	changed, stop := s.node.Watch(id)
	defer stop()
	idle, over := time.NewTimer(unchanged), time.NewTimer(longest)
	defer idle.Stop()
	defer over.Stop()
	var last uint64
	for {
		b := s.batch(id)
		if wanted(b) {
			return b
		}
		if b.Revision != last {
			last = b.Revision
			idle.Reset(unchanged)
		}
		select {
		case <-changed:
			continue
		case <-idle.C:
		case <-over.C:
		}
		s.t.Fatalf("waited in vain: %+v", s.batch(id))
	}
}

func (s *site) ended(id string) batchView {
	s.t.Helper()
	return s.until(id, func(b batchView) bool { return b.EndedAt != nil })
}

// wantProblem checks an answer that is a failure.
func wantProblem(t *testing.T, a answer, code string) map[string]any {
	t.Helper()
	var document map[string]any
	if kind := a.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Fatalf("%s with Content-Type %q, want the problem %s\n%s", a.Status, kind, code, a.body)
	}
	a.into(t, &document)
	if document["code"] != code || a.StatusCode != statuses[code] || document["status"] != float64(a.StatusCode) || document["detail"] == "" {
		t.Fatalf("%s %s, want %s", a.Status, a.body, code)
	}
	return document
}

// lockedBuffer is a log's destination.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// broken is an engine that cannot store anything, or no photo whose name begins with "unlucky".
type broken struct {
	*queue.Node
	mu          sync.Mutex
	all, adding error // nil: it can
}

func (b *broken) fails(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = err
}

func (b *broken) failsAdding(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all, b.adding = nil, err
}

func (b *broken) failure() (all, adding error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all, b.adding
}

func (b *broken) Create(ctx context.Context, n queue.NewBatch) (queue.Snapshot, error) {
	if err, _ := b.failure(); err != nil {
		return queue.Snapshot{}, err
	}
	return b.Node.Create(ctx, n)
}

func (b *broken) Add(ctx context.Context, id string, p queue.NewPhoto) (queue.Photo, error) {
	if err := errors.Join(b.failure()); err != nil && strings.HasPrefix(p.Name, "unlucky") {
		return queue.Photo{}, err
	}
	return b.Node.Add(ctx, id, p)
}

func (b *broken) Ready() error {
	err, _ := b.failure()
	return errors.Join(err, b.Node.Ready())
}

// breakable puts a breakable engine before the real one.
func breakable(to **broken) func(*Config) {
	return func(c *Config) {
		*to = &broken{Node: c.Node.(*queue.Node)}
		c.Node = *to
	}
}

var errFull = fmt.Errorf("writing: %w", queue.ErrUnavailable)
