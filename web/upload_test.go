package web

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
)

// A photo that cannot be used is the photo's failure, not the request's.
func TestPhotosThatCannotBeUsed(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits.BytesPerPhoto = 1000; c.RawExtensions = []string{"nef"} })
	large := "photo " + strings.Repeat("x", 1000)
	b := s.created(s.send("/api/v1/batches", []part{
		{"photos", "good.jpg", "photo"},
		{"photos", "notes.txt", "some text"},
		{"photos", "empty.jpg", ""},
		{"photos", "large.jpg", large},
		{"photos", "large.NEF", large},
		{"photos", "exact.jpg", large[:1000]},
		{"photos", "broken.jpg", "panic"},
		{"photos", "good.jpg", "photo"},
	}))
	b = s.ended(b.ID)
	var codes []string
	for _, p := range *b.Photos {
		code := "none"
		if p.Error != nil {
			code = string(p.Error.Code)
		}
		codes = append(codes, p.Filename+" "+code)
	}
	want := []string{"good.jpg none", "notes.txt unsupported_format", "empty.jpg empty_file", "large.jpg file_too_large", "large.NEF file_too_large", "exact.jpg none", "broken.jpg internal", "good.jpg none"}
	if !slices.Equal(codes, want) {
		t.Errorf("got  %v\nwant %v", codes, want)
	}
	if got := (*b.Photos)[3].Bytes; got != int64(len(large)) {
		t.Errorf("the photo that is too large has %d bytes, want %d", got, len(large))
	}
	if message := (*b.Photos)[4].Error.Message; !strings.Contains(message, "send the JPEG of this RAW file") {
		t.Errorf("a RAW file that is too large: %s", message)
	}
	if taken := s.Stats().UploadBytes; taken != 0 {
		t.Errorf("%d bytes are still counted", taken)
	}
}

func TestBadUploads(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits.PhotosPerBatch = 3; c.Limits.BytesPerBatch = 5000 })
	kind, whole := form(photos("a.jpg", "b.jpg"))
	many := make([]part, 10_000)
	for i := range many {
		many[i] = part{field: "agencies", content: "adobe-stock"}
	}
	header := func(size int) []byte {
		return []byte("--x\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a.jpg\"\r\nX: " + strings.Repeat("y", size) + "\r\n\r\nphoto\r\n--x--\r\n")
	}
	formOf := func(parts ...part) []byte {
		_, body := form(parts)
		boundary := body[2:bytes.IndexByte(body, '\r')]
		return bytes.ReplaceAll(body, boundary, []byte("x"))
	}
	const x = "multipart/form-data; boundary=x"
	for _, tt := range []struct {
		name, kind string
		body       []byte
		code       string
	}{
		{"a form without files", "application/x-www-form-urlencoded", []byte("photos=1"), codeUnsupportedMediaType},
		{"no type", "", []byte("photo"), codeUnsupportedMediaType},
		{"an image instead of a form", "image/jpeg", []byte("photo"), codeUnsupportedMediaType},
		{"no boundary", "multipart/form-data", whole, codeMalformedMultipart},
		{"a long boundary", "multipart/form-data; boundary=" + strings.Repeat("x", 1000), whole, codeMalformedMultipart},
		{"another boundary", "multipart/form-data; boundary=other", whole, codeMalformedMultipart},
		{"no body", x, nil, codeMalformedMultipart},
		{"not multipart", x, []byte(strings.Repeat("photo ", 1000)), codeMalformedMultipart},
		{"cut off", kind, whole[:len(whole)-60], codeMalformedMultipart},
		{"cut off behind a photo", kind, whole[:len(whole)-10], codeMalformedMultipart},
		{"no parts", x, []byte("--x--\r\n"), codeEmptyBatch},
		{"an empty file field", x, []byte("--x\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"\"\r\n\r\n\r\n--x--\r\n"), codeEmptyBatch},
		{"an unknown field", x, formOf(part{field: "fotos", content: "x"}), codeBadRequest},
		{"a part without a name", x, []byte("--x\r\n\r\nphoto\r\n--x--\r\n"), codeBadRequest},
		{"10,000 parts", x, formOf(many...), codeBadRequest},
		{"an unknown agency", x, formOf(append([]part{{field: "agencies", content: "none"}}, photos("a")...)...), codeBadRequest},
		{"agencies too late", x, formOf(append(photos("a"), part{field: "agencies", content: "adobe-stock"})...), codeBadRequest},
		{"a long text", x, formOf(part{field: "agencies", content: strings.Repeat("x", 5000)}), codeBadRequest},
		{"a text in Latin-1", x, formOf(append([]part{{field: "context", content: "Stra\xdfe"}}, photos("a")...)...), codeBadRequest},
		{"a bad id", x, formOf(append([]part{{field: "id", content: "../x"}}, photos("a")...)...), codeBadRequest},
		{"two ids", x, formOf(append([]part{{field: "id", content: "a"}, {field: "id", content: "b"}}, photos("a")...)...), codeBadRequest},
		{"an id behind the photo", x, formOf(append(photos("a"), part{field: "id", content: "a"})...), codeBadRequest},
		{"a large head", x, formOf(append([]part{{field: "head", content: strings.Repeat("x", maxHead+1)}}, photos("a")...)...), codeRequestTooLarge},
		{"a large header", x, header(200 << 10), codeMalformedMultipart},
		{"too many photos", x, formOf(photos("a", "b", "c", "d")...), codeTooManyPhotos},
		{"too many bytes", x, formOf(append(photos("a"), part{"photos", "b", "photo" + strings.Repeat("x", 5000)})...), codeRequestTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := s.do("POST", "/api/v1/batches", bytes.NewReader(tt.body), "Content-Type", tt.kind)
			if tt.name == "a large head" {
				s := newSite(t)
				a = s.do("POST", "/api/v1/batches", bytes.NewReader(tt.body), "Content-Type", tt.kind)
				tt.code = codeBadRequest
			}
			wantProblem(t, a, tt.code)
		})
	}
	if list := s.list(); len(list) != 0 {
		t.Errorf("%d batches are left over", len(list))
	}
	if stats := s.Stats(); stats.UploadBytes != 0 || stats.Uploads != 0 || stats.Preparing != 0 {
		t.Errorf("left over: %+v", stats)
	}
	if a := s.do("POST", "/api/v1/batches", bytes.NewReader(header(1000)), "Content-Type", x); a.StatusCode != http.StatusCreated {
		t.Errorf("a header of ordinary size: %s %s", a.Status, a.body)
	}
}

func TestNames(t *testing.T) {
	long := strings.Repeat("ä", 200)
	for sent, want := range map[string]string{
		"IMG_1.jpg":                     "IMG_1.jpg",
		"../../etc/passwd":              "passwd",
		`C:\photos\..\IMG 1.JPG`:        "IMG 1.JPG",
		"/":                             "photo",
		"..":                            "photo",
		"":                              "photo",
		"a\x00b\r\nc\x7f.jpg":           "abc.jpg",
		"\u202egpj.exe":                 "gpj.exe",
		" spaced .jpg ":                 "spaced .jpg",
		"\xff\xfe.jpg":                  "\uFFFD.jpg",
		"日本.jpg":                        "日本.jpg",
		long + ".jpg":                   strings.Repeat("ä", 125) + ".jpg",
		"=cmd()":                        "=cmd()", // the CSV's writer takes care
		strings.Repeat("a", 300):        strings.Repeat("a", 255),
		"x." + strings.Repeat("e", 300): "x." + strings.Repeat("e", 253),
	} {
		if got := cleanName(sent); got != want {
			t.Errorf("%q became %q, want %q", sent, got, want)
		}
	}
}

// raw owners a connection on which a test says byte by byte what it sends.
func (s *site) raw(t *testing.T) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, bufio.NewReader(conn)
}

// A photo is worked on while the next is still being sent.
func TestWorkBeginsWithTheFirstPhoto(t *testing.T) {
	s := newSite(t)
	b := s.openBatch()
	kind, body := form(photos("a.jpg", "b.jpg"))
	conn, reader := s.raw(t)
	split := bytes.LastIndex(body, []byte("--"+kind[strings.Index(kind, "=")+1:]+"\r\n"))
	fmt.Fprintf(conn, "POST /api/v1/batches/%s/photos HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", b.ID, b.Token, kind, len(body))
	conn.Write(body[:split])
	conn.Write(body[split : split+20]) // whether the first photo is whole shows by what follows
	conn.Write(body[split+20 : split+80])
	s.until(b.ID, func(b batchView) bool { return b.Progress.Completed == 1 })
	conn.Write(body[split+80:])
	a, err := http.ReadResponse(reader, nil)
	if err != nil || a.StatusCode != http.StatusCreated {
		t.Fatal(a, err)
	}
	a.Body.Close()
}

// An upload that stops half-way leaves what it brought to an open batch, and nothing of a new one.
func TestUploadThatStops(t *testing.T) {
	begun := make(chan struct{}, 10)
	s := newSite(t, func(c *Config) {
		inner := c.Prepare
		c.Prepare = func(ctx context.Context, u Upload) (tagroll.Prepared, error) {
			begun <- struct{}{}
			return inner(ctx, u)
		}
	})
	open := s.openBatch()
	kind, body := form(photos("a.jpg", "b.jpg"))
	for _, path := range []string{"/api/v1/batches/" + open.ID + "/photos", "/api/v1/batches"} {
		conn, _ := s.raw(t)
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", path, open.Token, kind, len(body))
		conn.Write(body[:len(body)-70])
		conn.Close()
	}
	for range 2 { // the first photo of each
		<-begun
	}
	s.until(open.ID, func(b batchView) bool { return b.Progress.Completed == 1 })
	s.settled(t)
	batches, err := s.node.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		if b.ID != open.ID {
			t.Errorf("batch %s is left over", b.ID)
		}
	}
}

// settled waits until no upload is under way.
func (s *site) settled(t *testing.T) {
	t.Helper()
	for late := time.Now().Add(unchanged); s.Stats().Uploads > 0; {
		if time.Now().After(late) {
			t.Fatal("an upload never ends")
		}
		s.get("/healthz")
	}
}

// Who announces a body that will be refused is told so before sending it.
func TestExpectContinue(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits.BytesPerBatch = 1 << 20 })
	conn, reader := s.raw(t)
	fmt.Fprintf(conn, "POST /api/v1/batches HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n")
	a, err := http.ReadResponse(reader, nil)
	if err != nil || a.StatusCode != http.StatusRequestEntityTooLarge {
		t.Fatal(a, err)
	}
	a.Body.Close()
	conn, reader = s.raw(t)
	fmt.Fprintf(conn, "POST /api/v1/batches HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 7\r\nExpect: 100-continue\r\n\r\n")
	line, err := textproto.NewReader(reader).ReadLine()
	if err != nil || !strings.Contains(line, "100 Continue") {
		t.Errorf("got %q %v", line, err)
	}
}

// At most GOMAXPROCS photos are prepared at once, and the batch has the order of the request
// whatever is ready first.
func TestPreparation(t *testing.T) {
	var running, most atomic.Int64
	var mu sync.Mutex
	var order []string
	s := newSite(t, func(c *Config) {
		c.Prepare = func(ctx context.Context, u Upload) (tagroll.Prepared, error) {
			defer running.Add(-1)
			if n := running.Add(1); n > most.Load() {
				most.Store(n)
			}
			mu.Lock()
			order = append(order, u.Name)
			mu.Unlock()
			return prepare(ctx, u)
		}
	})
	var names []string
	for i := range 50 {
		names = append(names, fmt.Sprintf("%03d.jpg", i))
	}
	b := s.newBatch(names...)
	var got []string
	for _, p := range *b.Photos {
		got = append(got, p.Filename)
	}
	if !slices.Equal(got, names) {
		t.Errorf("the order is %v", got)
	}
	if most.Load() > int64(runtime.GOMAXPROCS(0)) {
		t.Errorf("%d photos were prepared at once", most.Load())
	}
	if len(order) != len(names) {
		t.Errorf("prepared: %v", order)
	}
}

// A client that has fallen silent is still told why its upload was cut off.
func TestSilentClientIsTold(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits.Stall = 200 * time.Millisecond })
	conn, reader := s.raw(t)
	io.WriteString(conn, "POST /api/v1/batches HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 70000\r\n\r\n--x\r\n")
	a, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	wantProblem(t, answer{a, text}, codeUploadInterrupted)
	if _, err := reader.ReadByte(); err != io.EOF {
		t.Errorf("the connection is still there: %v", err)
	}
}

// silent is a client that sends a part of its body and then nothing, on a connection with
// deadlines.
type silent struct {
	sent     io.Reader
	mu       sync.Mutex
	deadline time.Time
}

func (c *silent) Read(p []byte) (int, error) {
	if n, err := c.sent.Read(p); n > 0 || err != io.EOF {
		return n, err
	}
	c.mu.Lock()
	wait := time.Until(c.deadline)
	c.mu.Unlock()
	<-time.After(wait)
	return 0, &net.OpError{Op: "read", Err: errTimeout}
}

var errTimeout = context.DeadlineExceeded

func (c *silent) Close() error { return nil }

// dripping sends a byte at a time, often enough that no read is ever late.
type dripping struct{ every time.Duration }

func (c dripping) Read(p []byte) (int, error) {
	<-time.After(c.every)
	p[0] = 'x'
	return 1, nil
}

func (c dripping) Close() error { return nil }

// deadlineWriter knows deadlines as a connection does.
type deadlineWriter struct {
	*httptest.ResponseRecorder
	client *silent
}

func (w deadlineWriter) SetReadDeadline(t time.Time) error {
	w.client.mu.Lock()
	defer w.client.mu.Unlock()
	w.client.deadline = t
	return nil
}

func TestSlowClientsAreCutOff(t *testing.T) {
	start := "--x\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a.jpg\"\r\n\r\nphoto"
	for name, body := range map[string]io.ReadCloser{
		"silent":   &silent{sent: strings.NewReader(start)},
		"dripping": dripping{20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := New(Config{Node: noEngine{}, Prepare: prepare, Describer: tagroll.DescriberInfo{Name: "offline"}})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				client, ok := body.(*silent)
				if !ok {
					client = new(silent)
				}
				w := deadlineWriter{httptest.NewRecorder(), client}
				r := httptest.NewRequest("POST", "/api/v1/batches", body)
				r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
				began := time.Now()
				s.ServeHTTP(w, r)
				if took := time.Since(began); took < 30*time.Second || took > 2*time.Minute {
					t.Errorf("it took %v", took)
				}
				if !strings.Contains(w.Body.String(), codeUploadInterrupted) {
					t.Errorf("the answer is %s", w.Body)
				}
			})
		})
	}
}

// noEngine is for tests that never get as far as a photo.
type noEngine struct{ engine }

func (noEngine) Stats() queue.Stats { return queue.Stats{} }
func (noEngine) Create(context.Context, queue.NewBatch) (queue.Snapshot, error) {
	return queue.Snapshot{Batch: queue.Batch{ID: "b"}}, nil
}
func (noEngine) Add(_ context.Context, _ string, p queue.NewPhoto) (queue.Photo, error) {
	return queue.Photo{ID: "p", Name: p.Name, Added: time.Unix(0, 0)}, nil
}
func (noEngine) CloseBatch(_ context.Context, b string) (queue.Snapshot, error) {
	return queue.Snapshot{Batch: queue.Batch{ID: b, Created: time.Unix(0, 0)}}, nil
}
func (noEngine) Delete(context.Context, string) error { return nil }

// Uploads wait in line for memory, and the first in line always gets on.
func TestLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newSemaphore(100, 40, 1)
		a, b, c := l.reserve("a"), l.reserve("b"), l.reserve("c")
		take := func(c *reservation, n int64) chan error {
			got := make(chan error, 1)
			go func() { got <- c.take(t.Context(), n) }()
			synctest.Wait()
			return got
		}
		granted := func(got chan error) bool {
			synctest.Wait()
			select {
			case err := <-got:
				return err == nil
			default:
				return false
			}
		}
		if !granted(take(a, 30)) || !granted(take(b, 30)) {
			t.Fatal("there was room")
		}
		// Both hold and want more: the first gets it out of the reserve, the other waits,
		// and so does a newcomer who wants little.
		if !granted(take(a, 20)) {
			t.Fatal("the first in line does not get on")
		}
		more, little := take(b, 10), take(c, 1)
		if granted(more) || granted(little) {
			t.Fatal("more was given than there is")
		}
		if l.taken() != 80 {
			t.Errorf("taken: %d, want 80", l.taken())
		}
		if !granted(take(a, 20)) {
			t.Fatal("who has the reserve must never wait again")
		}
		a.give(30)
		a.give(40)
		if !granted(more) || !granted(little) {
			t.Fatal("what was given back is not given on")
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		c.release()
		go func() { gone <- c.take(ctx, 59) }()
		synctest.Wait()
		cancel()
		synctest.Wait()
		if err := <-gone; err == nil && l.debtor != c {
			t.Error("granted without room")
		}
		a.release()
		b.release()
		c.release()
		if l.taken() != 0 || len(l.waiting) != 0 {
			t.Errorf("left: %d taken, %d waiting", l.taken(), len(l.waiting))
		}
	})
}

// Twenty uploads of 1 MiB share 4 MiB: all arrive, and never more is held.
func TestUploadMemory(t *testing.T) {
	s := newSite(t, func(c *Config) {
		c.Limits.BytesPerPhoto = 1 << 20
		c.Limits.UploadMemory = leastMemory(1 << 20)
		inner := c.Prepare
		c.Prepare = func(ctx context.Context, u Upload) (tagroll.Prepared, error) {
			if cap(u.Data) > 1<<20 {
				return tagroll.Prepared{}, fmt.Errorf("a buffer of %d bytes", cap(u.Data))
			}
			return inner(ctx, u)
		}
	})
	b := s.openBatch()
	content := "photo " + strings.Repeat("x", 1<<20-6)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			kind, body := form([]part{{"photos", strconv.Itoa(i) + ".jpg", content}, {"photos", strconv.Itoa(i) + "b.jpg", content[:700_000]}})
			// Without a length the buffer has to grow.
			a := s.do("POST", "/api/v1/batches/"+b.ID+"/photos", io.MultiReader(bytes.NewReader(body)), "Content-Type", kind)
			if a.StatusCode != http.StatusCreated {
				t.Errorf("%s %s", a.Status, a.body)
			}
			if taken := s.Stats().UploadBytes; taken > s.Limits.UploadMemory {
				t.Errorf("%d bytes are held", taken)
			}
		})
	}
	all.Wait()
	s.post("/api/v1/batches/"+b.ID+"/close", "")
	if b := s.ended(b.ID); b.Progress.Successful != 40 {
		t.Errorf("the batch ended as %+v", b.Progress)
	}
}

// FuzzUpload sends anything as a multipart body. Whatever it is, the answer is a batch or a
// problem, and nothing is held.
func FuzzUpload(f *testing.F) {
	_, whole := form(photos("a.jpg", "b.jpg"))
	whole = bytes.ReplaceAll(whole, whole[2:bytes.IndexByte(whole, '\r')], []byte("x"))
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=photos; filename*=utf-8''%2e%2e%2fa\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=\r\n--x--"))
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=id\r\n\r\na\r\n--x\r\nContent-Disposition: form-data; name=head\r\n\r\n\r\n--x--"))
	s, err := New(Config{Node: noEngine{}, Prepare: prepare, Describer: tagroll.DescriberInfo{Name: "offline"}, Limits: Limits{RequestsPerMinute: -1, BytesPerPhoto: 1000}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(s.Close)
	f.Fuzz(func(t *testing.T, body []byte) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/api/v1/batches", bytes.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		s.ServeHTTP(w, r)
		if w.Code != http.StatusCreated && (w.Code < 400 || w.Code >= 500) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if stats := s.Stats(); stats.UploadBytes != 0 || stats.Uploads != 0 || stats.Preparing != 0 {
			t.Errorf("left over: %+v", stats)
		}
	})
}

func FuzzName(f *testing.F) {
	for _, name := range []string{"a.jpg", "../x", strings.Repeat("é", 300), "\x00", "a." + strings.Repeat("b", 500)} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		name := cleanName(sent)
		if name == "" || len(name) > maxNameBytes || strings.ContainsAny(name, "/\\\x00\r\n") || name == "." || name == ".." || cleanName(name) != name {
			t.Errorf("%q became %q", sent, name)
		}
	})
}
