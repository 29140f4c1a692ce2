package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
)

// Small photos are prepared before large ones of the same client, and nobody waits behind a client
// that already holds much.
func TestSemaphoreIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSemaphore(100, 0, 0.5)
		hog := s.reserve("hog")
		if err := hog.take(t.Context(), 40); err != nil {
			t.Fatal(err)
		}
		order := make(chan string, 10)
		want := func(client, name string, amount int64) {
			r := s.reserve(client)
			go func() {
				if r.take(t.Context(), amount) == nil {
					order <- name
					r.release()
				}
			}()
			synctest.Wait()
		}
		want("hog", "hog's", 20) // more than its share
		other := s.reserve("other")
		if err := other.take(t.Context(), 50); err != nil {
			t.Fatal(err)
		}
		want("third", "large", 30)
		want("third", "small", 11)
		other.release()
		synctest.Wait()
		hog.release()
		synctest.Wait()
		if got := []string{<-order, <-order, <-order}; strings.Join(got, " ") != "small large hog's" && strings.Join(got, " ") != "large small hog's" {
			t.Errorf("granted in the order %q", got)
		}
	})
}

func TestSmallestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSemaphore(10, 0, 1)
		all := s.reserve("a")
		if err := all.take(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		order := make(chan int64, 3)
		for _, amount := range []int64{9, 3, 8} {
			go func() {
				r := s.reserve("b")
				if r.take(t.Context(), amount) == nil {
					order <- amount
					r.release()
				}
			}()
			synctest.Wait()
		}
		all.release()
		synctest.Wait()
		if first := <-order; first != 3 {
			t.Errorf("first came %d", first)
		}
	})
}

// slowUpload sends the beginning of a large photo from an address of its own, and then a byte now
// and then.
func slowUpload(t *testing.T, s *Server, client string, size int) <-chan *httptest.ResponseRecorder {
	t.Helper()
	head := "--x\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a.jpg\"\r\n\r\nphoto"
	body, input := io.Pipe()
	stop, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go func() {
		if _, err := io.WriteString(input, head+strings.Repeat("x", size)); err != nil {
			return
		}
		for stop.Err() == nil {
			if _, err := input.Write(make([]byte, 8<<10)); err != nil {
				return
			}
			select {
			case <-time.After(time.Second):
			case <-stop.Done():
			}
		}
		input.CloseWithError(io.ErrUnexpectedEOF)
	}()
	r := httptest.NewRequest("POST", "/api/v1/batches", body)
	r.ContentLength = int64(10 * size)
	r.RemoteAddr = client + ":1000"
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	done := make(chan *httptest.ResponseRecorder, 1)
	go func() {
		w := httptest.NewRecorder()
		s.ServeHTTP(pipeWriter{w, body}, r)
		done <- w
	}()
	return done
}

// pipeWriter ends reads of the request's body at their deadline, as a connection does.
type pipeWriter struct {
	*httptest.ResponseRecorder
	body *io.PipeReader
}

func (w pipeWriter) SetReadDeadline(t time.Time) error {
	if !t.IsZero() && !t.After(time.Now()) {
		return w.body.CloseWithError(context.DeadlineExceeded)
	}
	return nil
}

// Four slow clients hold all the memory for uploads, fast enough not to be cut off for it. A
// visitor's photo arrives within five seconds all the same.
func TestSlowClientsDoNotHoldUpOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{
			Node: noEngine{}, Prepare: prepare, Describer: tagroll.DescriberInfo{Name: "offline"},
			Limits: Limits{BytesPerPhoto: 1 << 20, UploadMemory: 8 << 20},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for i := range 12 {
			slowUpload(t, s, fmt.Sprintf("192.0.2.%d", i+1), 900<<10)
		}
		// By the bubble's clock they have sent by then what they send quickly.
		<-time.After(10 * time.Second)
		synctest.Wait()
		kind, text := form([]part{{"photos", "mine.jpg", "photo" + strings.Repeat("y", 1000<<10)}})
		r := httptest.NewRequest("POST", "/api/v1/batches", strings.NewReader(string(text)))
		r.RemoteAddr = "198.51.100.7:1000"
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		began := time.Now()
		s.ServeHTTP(w, r)
		if took := time.Since(began); w.Code != http.StatusCreated || took > 5*time.Second {
			t.Errorf("%d after %v: %s", w.Code, took, w.Body)
		}
	})
}

// An upload that begins quickly and then drips is cut off although its average is good.
func TestSpeedIsMeasuredOverAWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{Node: noEngine{}, Prepare: prepare, Describer: tagroll.DescriberInfo{Name: "offline"}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		head := "--x\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a.jpg\"\r\n\r\nphoto" + strings.Repeat("x", 4<<20)
		r := httptest.NewRequest("POST", "/api/v1/batches", struct {
			io.Reader
			io.Closer
		}{io.MultiReader(strings.NewReader(head), dripping{time.Second}), io.NopCloser(nil)})
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		began := time.Now()
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if took := time.Since(began); took > 90*time.Second || !strings.Contains(w.Body.String(), codeUploadInterrupted) {
			t.Errorf("after %v: %s", took, w.Body)
		}
	})
}

// Bodies that nobody reads do not hold a connection.
func TestUnreadBodies(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits.Stall = 300 * time.Millisecond })
	// Not by the API: a client on a slow machine may take longer than that for a photo.
	b, err := s.node.Create(t.Context(), queue.NewBatch{Session: "session"})
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range []string{"GET /api/v1/service", "HEAD /api/v1/service", "GET /nothing", "POST /api/v1/batches/" + b.ID + "/close", "DELETE /api/v1/batches/x", "POST /nothing"} {
		conn, reader := s.raw(t)
		fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nx", request)
		ended := make(chan error, 1)
		go func() {
			_, err := io.Copy(io.Discard, reader)
			ended <- err
		}()
		select {
		case <-ended:
		case <-time.After(unchanged):
			t.Errorf("%s: the connection is still there", request)
		}
	}
	conn, reader := s.raw(t)
	fmt.Fprintf(conn, "GET /api/v1/service HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
	a, err := http.ReadResponse(reader, nil)
	if err != nil || a.StatusCode != http.StatusBadRequest {
		t.Errorf("a GET with a body: %v, %v", a, err)
	}
	a.Body.Close()
}

func TestHost(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Hosts = []string{"photos.example"} })
	for host, status := range map[string]int{
		"localhost": 200, "LOCALHOST:8080": 200, "127.0.0.1:1": 200, "[::1]:80": 200, "127.9.9.9": 200, "app.localhost": 200,
		"photos.example": 200, "Photos.Example.:8080": 200, "[::ffff:127.0.0.1]": 200,
		"evil.example": 421, "localhost.evil.example": 421, "192.0.2.1": 421, "127.0.0.1.nip.io": 421, "0.0.0.0": 421, "photos.example.evil": 421,
	} {
		for _, path := range []string{"/api/v1/service", "/", "/healthz"} {
			r := httptest.NewRequest("GET", path, nil)
			r.Host = host
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if want := status; w.Code != want && !(path == "/" && want == 200 && w.Code == 404) {
				t.Errorf("%s%s: %d, want %d", host, path, w.Code, want)
			}
		}
	}
}

func TestPassword(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Password = "open sesame" })
	basic := func(password string) []string {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetBasicAuth("anybody", password)
		return []string{"Authorization", r.Header.Get("Authorization")}
	}
	a := s.get("/api/v1/service")
	wantProblem(t, a, codeUnauthorized)
	if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Basic ") {
		t.Errorf("%v", a.Header)
	}
	for _, path := range []string{"/", "/metrics", "/api/openapi.json", "/api/v1/batches"} {
		if a := s.get(path); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if a := s.get(path); a.StatusCode == http.StatusUnauthorized {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
	wantProblem(t, s.send("/api/v1/batches", photos("a.jpg"), "Authorization", "Bearer x"), codeUnauthorized)
	b := s.created(s.send("/api/v1/batches", photos("a.jpg"), basic("open sesame")...))
	// The session's cookie counts beside the password, and the token is enough for its batch.
	if a := s.get("/api/v1/batches/"+b.ID, basic("open sesame")...); a.StatusCode != http.StatusOK {
		t.Errorf("by cookie: %s", a.Status)
	}
	if a := s.doWith(newClient(t), "GET", "/api/v1/batches/"+b.ID, nil, "Authorization", "Bearer "+b.Token); a.StatusCode != http.StatusOK {
		t.Errorf("by token: %s", a.Status)
	}
	for range failedPasswords {
		wantProblem(t, s.get("/api/v1/service", basic("guess")...), codeUnauthorized)
	}
	if document := wantProblem(t, s.get("/api/v1/service", basic("guess")...), codeRateLimited); document["limit"] != limitPasswords {
		t.Errorf("%v", document)
	}
}

func TestOnlyOwnCookies(t *testing.T) {
	s := newSite(t, func(c *Config) { c.SessionKey = []byte("0123456789abcdef0123456789abcdef") })
	issued := func(headers ...string) *http.Cookie {
		a := s.doWith(&http.Client{Transport: s.client.Transport}, "POST", "/api/v1/batches", strings.NewReader("{}"), append(headers, "Content-Type", "application/json")...)
		if len(a.Cookies()) != 1 {
			return nil
		}
		return a.Cookies()[0]
	}
	own := issued()
	if own == nil || own.Name != sessionCookie {
		t.Fatalf("%v", own)
	}
	if again := issued("Cookie", own.String()); again != nil {
		t.Errorf("its own cookie does not count: %v", again)
	}
	for name, header := range map[string]string{
		"chosen by the client": sessionCookie + "=" + newSecret(),
		"with a wrong MAC":     sessionCookie + "=" + newSecret() + "." + strings.SplitN(own.Value, ".", 2)[1],
		"two of one name":      own.Name + "=" + own.Value + "; " + own.Name + "=" + own.Value,
		"the other's name":     hostPrefix + own.Name + "=" + own.Value,
	} {
		if issued("Cookie", header) == nil {
			t.Errorf("a cookie %s is taken", name)
		}
	}
	s.Secure = true
	if c := issued("Cookie", own.Name+"="+own.Value); c == nil || c.Name != "__Host-tagroll_session" || !c.Secure || c.Path != "/" || c.Domain != "" {
		t.Errorf("over HTTPS: %v", c)
	}
}

// Somebody with a network of 48 bits has 65,536 networks of 64 bits, and yet not as many clients'
// shares.
func TestWideNetworks(t *testing.T) {
	s := newSite(t, func(c *Config) {
		c.Limits.PhotosPerHour = 2
		c.Limits.StreamsPerClient = 1
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	accepted := 0
	for i := range 20 {
		client := &http.Client{Transport: s.client.Transport}
		kind, body := form(photos("a.jpg", "b.jpg"))
		a := s.doWith(client, "POST", "/api/v1/batches", strings.NewReader(string(body)), "Content-Type", kind, "X-Forwarded-For", fmt.Sprintf("2001:db8:1:%x::1", i))
		if a.StatusCode == http.StatusCreated {
			accepted++
		}
	}
	if accepted != widerFactor {
		t.Errorf("%d visitors' shares were given to one network", accepted)
	}
	kind, body := form(photos("a.jpg"))
	if a := s.doWith(&http.Client{Transport: s.client.Transport}, "POST", "/api/v1/batches", strings.NewReader(string(body)), "Content-Type", kind, "X-Forwarded-For", "2001:db8:2::1"); a.StatusCode != http.StatusCreated {
		t.Errorf("another network: %s", a.Status)
	}
}

func TestServersDailyLimits(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	s := newSite(t, func(c *Config) {
		c.Limits.PhotosPerDay = 3
		c.Now = func() time.Time { return now }
	})
	s.newBatch("a.jpg", "b.jpg", "c.jpg")
	a := s.doWith(newClient(t), "POST", "/api/v1/batches", strings.NewReader("{}"), "Content-Type", "application/json")
	b := s.created(a)
	refused := s.send("/api/v1/batches/"+b.ID+"/photos", photos("d.jpg"), "Authorization", "Bearer "+b.Token)
	if document := wantProblem(t, refused, codeUnavailable); document["limit"] != limitDay || refused.Header.Get("Retry-After") != "86400" {
		t.Errorf("%v %v", document, refused.Header)
	}
	now = now.Add(24 * time.Hour)
	if a := s.send("/api/v1/batches/"+b.ID+"/photos", photos("d.jpg"), "Authorization", "Bearer "+b.Token); a.StatusCode != http.StatusCreated {
		t.Errorf("the next day: %s %s", a.Status, a.body)
	}
}

// spender is an engine that has spent so much.
type spender struct {
	*queue.Node
	usd *float64
}

func (e spender) Stats() queue.Stats {
	stats := e.Node.Stats()
	stats.SpentUSD = *e.usd
	return stats
}

func TestServersBudget(t *testing.T) {
	spent := 0.0
	s := newSite(t, func(c *Config) {
		c.Limits.BudgetPerDay = 2
		c.Node = spender{c.Node.(*queue.Node), &spent}
	})
	b := s.ended(s.newBatch("a.jpg").ID)
	spent = 2.5
	if document := wantProblem(t, s.send("/api/v1/batches", photos("b.jpg")), codeUnavailable); document["limit"] != limitBudget {
		t.Errorf("%v", document)
	}
	wantProblem(t, s.post("/api/v1/batches/"+b.ID+"/describe", `{"photos":["`+(*b.Photos)[0].ID+`"]}`), codeUnavailable)
	if a := s.get("/api/v1/batches/" + b.ID); a.StatusCode != http.StatusOK {
		t.Errorf("what is there: %s", a.Status)
	}
}

func TestCompressedBodies(t *testing.T) {
	s := newSite(t)
	wantProblem(t, s.post("/api/v1/batches", "{}", "Content-Encoding", "gzip"), codeUnsupportedMediaType)
	wantProblem(t, s.send("/api/v1/batches", photos("a.jpg"), "Content-Encoding", "br"), codeUnsupportedMediaType)
	wantProblem(t, s.post("/api/v1/batches", "{}", "Content-Encoding", "identity", "Content-Encoding", "gzip"), codeUnsupportedMediaType)
	if a := s.post("/api/v1/batches", "{}", "Content-Encoding", "identity"); a.StatusCode != http.StatusCreated {
		t.Errorf("identity: %s", a.Status)
	}
}

// An image that was deleted is not shown from the browser's cache.
func TestImagesLeaveTheCache(t *testing.T) {
	s := newSite(t)
	b := s.ended(s.newBatch("a.jpg").ID)
	image := (*b.Photos)[0].Image
	a := s.get(image)
	if got := a.Header.Get("Cache-Control"); got != "private, no-cache" {
		t.Errorf("cached as %q", got)
	}
	if a := s.get(image, "If-None-Match", a.Header.Get("ETag")); a.StatusCode != http.StatusNotModified {
		t.Errorf("asked again: %s", a.Status)
	}
	if a := s.do("DELETE", "/api/v1/batches/"+b.ID, nil); a.Header.Get("Clear-Site-Data") != `"cache"` {
		t.Errorf("deleted: %v", a.Header)
	}
	if a := s.get(image, "If-None-Match", a.Header.Get("ETag")); a.StatusCode != http.StatusNotFound {
		t.Errorf("after the deletion: %s", a.Status)
	}
}

func TestAccessLog(t *testing.T) {
	s := newSite(t, func(c *Config) { c.LogClients = true })
	a := s.get("/api/v1/batches/nothing")
	id := a.Header.Get("X-Request-Id")
	if wantProblem(t, a, codeNotFound); len(id) < 16 {
		t.Errorf("%q", id)
	}
	if log := s.log.String(); !strings.Contains(log, "request_id="+id) || !strings.Contains(log, "client=127.0.0.1") {
		t.Errorf("logged:\n%s", log)
	}
	if got := s.get("/healthz", "X-Request-Id", "forged").Header.Get("X-Request-Id"); got == "forged" {
		t.Error("anybody can choose the identifier")
	}
}

func TestLimitConnections(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits.ConnectionsPerClient = 3 })
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: s.Server}
	go server.Serve(s.LimitConnections(plain))
	defer server.Close()
	get := func() (net.Conn, bool) {
		conn, err := net.Dial("tcp", plain.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		a, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err == nil {
			a.Body.Close()
		}
		return conn, err == nil
	}
	var first net.Conn
	for i := range 3 {
		conn, ok := get()
		defer conn.Close()
		if !ok {
			t.Fatalf("connection %d is refused", i+1)
		}
		first = conn
	}
	if conn, ok := get(); ok {
		conn.Close()
		t.Error("one more is accepted")
	}
	first.Close()
	timeout := time.After(unchanged)
	for {
		conn, ok := get()
		conn.Close()
		if ok {
			return
		}
		select {
		case <-timeout:
			t.Fatal("a connection that has ended still counts")
		default:
		}
	}
}
