package web

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
)

// A batch exists for the session that made it and for whoever has its token, and for nobody else.
func TestWhoMaySeeABatch(t *testing.T) {
	s := newSite(t)
	b := s.newBatch("a.jpg")
	b = s.ended(b.ID)
	b.Token = s.newBatch("other.jpg").Token // a token of another batch
	photo := (*b.Photos)[0]
	path := "/api/v1/batches/" + b.ID
	stranger := newClient(t)
	calls := [][3]string{
		{"GET", path}, {"DELETE", path}, {"GET", path + "/events"}, {"POST", path + "/close"}, {"POST", path + "/cancel"},
		{"POST", path + "/retry"}, {"POST", path + "/photos"}, {"GET", path + "/photos/" + photo.ID},
		{"PATCH", path + "/photos/" + photo.ID, `{"title":"x"}`}, {"GET", photo.Image}, {"GET", path + "/export/adobe-stock"}, {"GET", path + "/export/none"},
	}
	for _, call := range calls {
		a := s.doWith(stranger, call[0], call[1], strings.NewReader(call[2]), "Content-Type", "application/json")
		wantProblem(t, a, codeNotFound)
		unknown := s.doWith(stranger, call[0], strings.Replace(call[1], b.ID, "nosuchbatch", 1), strings.NewReader(call[2]), "Content-Type", "application/json")
		if string(unknown.body) != strings.ReplaceAll(string(a.body), b.ID, "nosuchbatch") {
			t.Errorf("%s %s: a stranger can tell an unknown batch from another's:\n%s\n%s", call[0], call[1], a.body, unknown.body)
		}
		for _, bearer := range []string{"Bearer " + b.Token, "Bearer ", "Bearer", "Basic " + b.Token, "x"} {
			// Even with the right cookie: a bearer is judged alone.
			wantProblem(t, s.do(call[0], call[1], strings.NewReader(call[2]), "Content-Type", "application/json", "Authorization", bearer), codeNotFound)
		}
	}
	if a := s.get(path); a.StatusCode != http.StatusOK {
		t.Errorf("after all that: %s", a.Status)
	}
	var list struct{ Batches []batchView }
	s.doWith(stranger, "GET", "/api/v1/batches", nil).into(t, &list)
	if len(list.Batches) != 0 {
		t.Errorf("a stranger sees %+v", list)
	}
}

func TestToken(t *testing.T) {
	s := newSite(t)
	kind, body := form(photos("a.jpg"))
	// A program without cookies.
	bare := &http.Client{Transport: &http.Transport{}}
	defer bare.CloseIdleConnections()
	b := s.created(s.doWith(bare, "POST", "/api/v1/batches", strings.NewReader(string(body)), "Content-Type", kind))
	a := s.doWith(bare, "GET", "/api/v1/batches/"+b.ID, nil, "Authorization", "bearer "+b.Token)
	if a.StatusCode != http.StatusOK {
		t.Errorf("with the token: %s", a.Status)
	}
	if strings.Contains(string(a.body), b.Token) {
		t.Error("the token is shown again")
	}
}

func TestSessionCookie(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "page") })
	s := newSite(t, func(c *Config) {
		c.Page = page
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	cookie := func(a answer) *http.Cookie {
		for _, c := range a.Cookies() {
			if c.Name == sessionCookie || c.Name == hostPrefix+sessionCookie {
				return c
			}
		}
		return nil
	}
	first := cookie(s.get("/"))
	if first == nil || !first.HttpOnly || first.SameSite != http.SameSiteLaxMode || first.Path != "/" || first.Secure || first.MaxAge != 30*24*3600 || len(first.Value) < 22 {
		t.Fatalf("the cookie is %+v", first)
	}
	if again := cookie(s.get("/")); again == nil || again.Value != first.Value {
		t.Errorf("the next visit sets %+v", again)
	}
	if a := s.get("/assets/x.js"); cookie(a) != nil {
		t.Error("an asset sets a cookie")
	}
	if a := s.send("/api/v1/batches", photos("a.jpg")); cookie(a) != nil {
		t.Error("a session was replaced")
	}
	// A proxy that speaks TLS with the visitor.
	s.client.Jar, _ = cookiejar.New(nil)
	if c := cookie(s.get("/", "X-Forwarded-Proto", "https")); c == nil || !c.Secure {
		t.Errorf("behind a proxy with TLS: %+v", c)
	}
	// What is no session of ours starts a new one.
	s.client.Jar, _ = cookiejar.New(nil)
	if c := cookie(s.get("/", "Cookie", sessionCookie+"=short")); c == nil {
		t.Error("a cookie of the wrong form was accepted")
	}
}

func TestOtherOrigins(t *testing.T) {
	s := newSite(t)
	b := s.openBatch()
	path := "/api/v1/batches/" + b.ID
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
		wantProblem(t, s.post("/api/v1/batches", "{}", header...), codeCrossOrigin)
		wantProblem(t, s.post(path+"/cancel", "", header...), codeCrossOrigin)
		wantProblem(t, s.do("DELETE", path, nil, header...), codeCrossOrigin)
		if a := s.get(path, header...); a.StatusCode != http.StatusOK {
			t.Errorf("reading with %v: %s", header, a.Status)
		}
		// With the token as a bearer there is no cookie to be misused.
		if a := s.post(path+"/close", "", append(header, "Authorization", "Bearer "+b.Token)...); a.StatusCode != http.StatusOK {
			t.Errorf("a bearer with %v: %s", header, a.Status)
		}
	}
	if a := s.post(path+"/close", "", "Sec-Fetch-Site", "same-origin", "Origin", s.url); a.StatusCode != http.StatusOK {
		t.Errorf("the own page: %s", a.Status)
	}
}

func TestClientAddress(t *testing.T) {
	s := &Server{Config: Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}}
	for _, tt := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"203.0.113.7:999", nil, "203.0.113.7/32"},
		{"203.0.113.7:999", []string{"1.2.3.4"}, "203.0.113.7/32"}, // nobody's proxy
		{"10.0.0.1:999", nil, "10.0.0.1/32"},
		{"10.0.0.1:999", []string{"1.2.3.4"}, "1.2.3.4/32"},
		// The visitor wrote the first.
		{"10.0.0.1:999", []string{"6.6.6.6, 1.2.3.4"}, "1.2.3.4/32"},
		{"10.0.0.1:999", []string{"6.6.6.6", "1.2.3.4, 10.9.9.9"}, "1.2.3.4/32"},
		{"10.0.0.1:999", []string{"10.2.2.2,10.3.3.3"}, "10.2.2.2/32"},
		{"10.0.0.1:999", []string{"1.2.3.4, unknown"}, "10.0.0.1/32"},
		{"10.0.0.1:999", []string{"1.2.3.4, , 10.5.5.5"}, "10.5.5.5/32"},
		{"10.0.0.1:999", []string{"1.2.3.4:5678"}, "1.2.3.4/32"},
		{"10.0.0.1:999", []string{"[2001:db8:1:2:3:4:5:6]:5678"}, "2001:db8:1:2::/64"},
		{"10.0.0.1:999", []string{"[2001:db8:1:2::6]"}, "2001:db8:1:2::/64"},
		{"[2001:db8:1:2:ffff::1]:999", nil, "2001:db8:1:2::/64"},
		{"[::ffff:203.0.113.7]:999", nil, "203.0.113.7/32"},
		{"[fd00::1%eth0]:999", []string{"::ffff:1.2.3.4"}, "1.2.3.4/32"},
		// On a Unix socket there is only a proxy of this machine.
		{"@", []string{"1.2.3.4"}, "1.2.3.4/32"},
		{"@", nil, "invalid Prefix"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.peer
		r.Header["X-Forwarded-For"] = tt.forwarded
		if got := s.visitor(r).client; got.String() != tt.want {
			t.Errorf("%s %v: %v, want %s", tt.peer, tt.forwarded, got, tt.want)
		}
	}
}

func TestLimitOfRequests(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	s := newSite(t, func(c *Config) {
		c.Limits.RequestsPerMinute = 5
		c.Now = func() time.Time { return now }
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	get := func(from string) answer { return s.get("/api/v1/service", "X-Forwarded-For", from) }
	a := get("1.1.1.1")
	if a.Header.Get("RateLimit") != `"requests";r=4;t=60` || a.Header.Get("RateLimit-Policy") != `"requests";q=5;w=60` {
		t.Errorf("the header is %v", a.Header)
	}
	now = now.Add(30 * time.Second)
	for range 4 {
		get("1.1.1.1")
	}
	a = get("1.1.1.1")
	document := wantProblem(t, a, codeRateLimited)
	if a.Header.Get("Retry-After") != "30" || document["limit"] != "requests" || document["retry_after_seconds"] != 30.0 || a.Header.Get("RateLimit") != `"requests";r=0;t=30` {
		t.Errorf("%v %v", document, a.Header)
	}
	if a := get("1.1.1.2"); a.StatusCode != http.StatusOK {
		t.Errorf("another address: %s", a.Status)
	}
	if a := s.get("/healthz", "X-Forwarded-For", "1.1.1.1"); a.StatusCode != http.StatusOK {
		t.Errorf("a probe: %s", a.Status)
	}
	get("2001:db8::1")
	if a := get("2001:db8::2"); a.Header.Get("RateLimit") != `"requests";r=3;t=60` {
		t.Errorf("a neighbour of the same network: %v", a.Header)
	}
	now = now.Add(30 * time.Second)
	if a := get("1.1.1.1"); a.StatusCode != http.StatusOK {
		t.Errorf("a minute later: %s", a.Status)
	}
	if n := s.Stats().Refused["requests"]; n != 1 {
		t.Errorf("%d refused, want 1", n)
	}
}

// Ten photos an hour a visitor, whether known by the session or by the address.
func TestPublicLimits(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	s := newSite(t, func(c *Config) {
		c.Limits = PublicLimits()
		c.Now = func() time.Time { return now }
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	seven := photos("1", "2", "3", "4", "5", "6", "7")
	a := s.send("/api/v1/batches", seven, "X-Forwarded-For", "1.1.1.1")
	s.created(a)
	if left := a.Header.Get("RateLimit"); left != `"requests";r=599;t=60, "photos";r=3;t=3600` {
		t.Errorf("RateLimit is %s", left)
	}
	// The same session from elsewhere: three photos more, and the others of a batch of seven
	// are failed ones beside them.
	b := s.ended(s.created(s.send("/api/v1/batches", seven, "X-Forwarded-For", "2.2.2.2")).ID)
	if last := (*b.Photos)[6]; b.Progress.Successful != 3 || b.Progress.Failed != 4 || last.Error == nil || last.Error.Code != tagroll.CodeRateLimited {
		t.Errorf("beyond the hour's photos: %+v", b)
	}
	// After that there is no batch at all.
	a = s.send("/api/v1/batches", seven, "X-Forwarded-For", "2.2.2.2")
	if document := wantProblem(t, a, codeRateLimited); document["limit"] != "photos" || a.Header.Get("Retry-After") != "3600" {
		t.Errorf("%v %v", document, a.Header)
	}
	// Somebody else from an address with three used, and then from the first address: what is
	// left there counts.
	stranger := newClient(t)
	kind, body := form(photos("1", "2", "3", "4"))
	a = s.doWith(stranger, "POST", "/api/v1/batches", strings.NewReader(string(body)), "Content-Type", kind, "X-Forwarded-For", "1.1.1.1")
	if b := s.created(a); b.Progress.Total != 4 || b.Progress.Failed != 1 {
		t.Errorf("a stranger from an address with three left: %+v", b.Progress)
	}
	now = now.Add(time.Hour)
	s.created(s.send("/api/v1/batches", seven, "X-Forwarded-For", "1.1.1.1"))
	if list := s.list(); len(list) != 3 {
		t.Errorf("%d batches, want 3", len(list))
	}
}

// What a visitor can cost is bounded: photos that are tried again are counted too, by themselves.
func TestLimitOfRetries(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	s := newSite(t, func(c *Config) {
		c.Limits = Limits{PhotosPerHour: 3}
		c.Now = func() time.Time { return now }
	})
	b := s.ended(s.newBatch("refused.jpg", "refused.jpg", "a.jpg").ID)
	retry := func(body string) answer { return s.post("/api/v1/batches/"+b.ID+"/retry", body) }
	if a := retry("{}"); a.StatusCode != http.StatusOK { // two, with the hour's photos used up
		t.Fatalf("%s %s", a.Status, a.body)
	}
	s.ended(b.ID)
	a := retry("{}")
	if document := wantProblem(t, a, codeRateLimited); document["limit"] != "retries" || a.Header.Get("Retry-After") != "3600" {
		t.Errorf("%v %v", document, a.Header)
	}
	if a := retry(`{"photos":["` + (*b.Photos)[0].ID + `"]}`); a.StatusCode != http.StatusOK {
		t.Errorf("the third: %s %s", a.Status, a.body)
	}
	s.ended(b.ID)
	now = now.Add(time.Hour)
	if a := retry("{}"); a.StatusCode != http.StatusOK {
		t.Errorf("an hour later: %s %s", a.Status, a.body)
	}
	s.ended(b.ID)
}

// Nor do a cancel and a retry, again and again, cost more.
func TestLimitOfRetriesAfterCancel(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits.PhotosPerHour = 1 })
	b := s.newBatch("slow.jpg")
	address := "/api/v1/batches/" + b.ID
	for range 2 {
		s.until(b.ID, func(b batchView) bool { return b.Progress.Processing == 1 })
		s.post(address+"/cancel", "")
		if a := s.post(address+"/retry", "{}"); a.StatusCode != http.StatusOK {
			if document := wantProblem(t, a, codeRateLimited); document["limit"] != "retries" {
				t.Errorf("%v", document)
			}
			return
		}
	}
	t.Error("a photo was tried three times")
}

// What a retry costs is counted when its body is there, not when it is announced.
func TestLimitOfRetriesWithALateBody(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits.PhotosPerHour = 1 })
	b := s.ended(s.newBatch("a.jpg").ID)
	photo := (*b.Photos)[0].ID
	address := "/api/v1/batches/" + b.ID
	var last answer
	for range 2 {
		body, sender := io.Pipe()
		answered := make(chan answer)
		go func() { answered <- s.do("POST", address+"/retry", body, "Content-Type", "application/json") }()
		_, _ = io.WriteString(sender, "{") // its header is there, and perhaps read
		s.do("PATCH", address+"/photos/"+photo, strings.NewReader(`{"title":""}`), "If-Match", "*", "Content-Type", "application/json")
		_, _ = io.WriteString(sender, `"photos":["`+photo+`"]}`)
		_ = sender.Close()
		last = <-answered
		s.ended(b.ID)
	}
	wantProblem(t, last, codeRateLimited)
}

func TestLimitOfOpenBatches(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits.OpenBatches = 2 })
	first := s.openBatch()
	s.openBatch()
	if document := wantProblem(t, s.post("/api/v1/batches", "{}"), codeRateLimited); document["limit"] != "open_batches" {
		t.Errorf("%v", document)
	}
	// Without the session it is still the same address.
	stranger := newClient(t)
	wantProblem(t, s.doWith(stranger, "POST", "/api/v1/batches", strings.NewReader("{}"), "Content-Type", "application/json"), codeRateLimited)
	s.post("/api/v1/batches/"+first.ID+"/cancel", "")
	s.openBatch()
	wantProblem(t, s.send("/api/v1/batches", photos("a.jpg")), codeRateLimited)
	// After a restart the session's batches still count.
	s.owners = ownerQuota{limit: 2}
	wantProblem(t, s.post("/api/v1/batches", "{}"), codeRateLimited)
}

func TestLimitsOfStreamsAndUploads(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits.StreamsPerClient, c.Limits.UploadsPerClient = 1, 1 })
	b := s.openBatch()
	e := s.events(b.ID)
	e.next()
	if document := wantProblem(t, s.get("/api/v1/batches/"+b.ID+"/events"), codeRateLimited); document["limit"] != "streams" {
		t.Errorf("%v", document)
	}
	s.do("DELETE", "/api/v1/batches/"+b.ID, nil)
	e.rest()

	kind, body := form(photos("a.jpg"))
	conn, reader := s.raw(t)
	fmt.Fprintf(conn, "POST /api/v1/batches HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", kind, len(body))
	if line, err := textproto.NewReader(reader).ReadLine(); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q %v", line, err) // now it is being read
	}
	if document := wantProblem(t, s.send("/api/v1/batches", photos("b.jpg")), codeRateLimited); document["limit"] != "uploads" {
		t.Errorf("%v", document)
	}
	conn.Write(body)
	if line, err := textproto.NewReader(reader).ReadLine(); err != nil || line != "" {
		t.Fatalf("%q %v", line, err)
	}
	a, err := http.ReadResponse(reader, nil)
	if err != nil || a.StatusCode != http.StatusCreated {
		t.Fatal(a, err)
	}
	a.Body.Close()
	s.newBatch("c.jpg")
}

// The table of counters forgets what is over, and is bounded whatever comes.
func TestWindowsForget(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	w := newWindows(2, time.Minute)
	for i := range tableSize + 100 {
		w.take(now, string(rune(i+1000000)), "x")
	}
	if len(w.keys) > tableSize || w.order.Len() != len(w.keys) {
		t.Errorf("%d keys, %d windows", len(w.keys), w.order.Len())
	}
	w.take(now.Add(time.Minute), "y")
	if len(w.keys) != 1 {
		t.Errorf("%d keys a minute later", len(w.keys))
	}
}

func TestConfigThatMakesNoSense(t *testing.T) {
	good := Config{Node: noEngine{}, Prepare: prepare, Describer: tagroll.DescriberInfo{Name: "offline"}}
	for field, spoil := range map[string]func(*Config){
		"Node":            func(c *Config) { c.Node = nil },
		"Prepare":         func(c *Config) { c.Prepare = nil },
		"Describer":       func(c *Config) { c.Describer.Name = "" },
		"Delivery":        func(c *Config) { c.Delivery = "post" },
		"DefaultAgencies": func(c *Config) { c.DefaultAgencies = []string{"none"} },
		"UploadMemory":    func(c *Config) { c.Limits.UploadMemory = 1 },
		"Stall":           func(c *Config) { c.Limits.Stall = -1 },
		"TrustedProxies":  func(c *Config) { c.TrustedProxies = []netip.Prefix{{}} },
		"BytesPerPhoto":   func(c *Config) { c.Limits.BytesPerPhoto = -1 },
	} {
		c := good
		spoil(&c)
		if _, err := New(c); tagroll.CodeOf(err) != tagroll.CodeConfiguration || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
}

// FuzzHeaders reads what clients and proxies write into headers.
func FuzzHeaders(f *testing.F) {
	f.Add("1.2.3.4, [::1]:80, 10.0.0.1", `"1", W/"2", *`, "12")
	f.Add(",,", `""""`, "-")
	f.Add("fe80::1%eth0", `W/`, "18446744073709551616")
	f.Add("", "", "12.done")
	s := &Server{Config: Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	f.Fuzz(func(t *testing.T, forwarded, match, last string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "10.0.0.1:1"
		r.Header.Set("X-Forwarded-For", forwarded)
		r.Header.Set("Last-Event-ID", last)
		if client, _ := s.origins(r); !client.IsValid() {
			t.Errorf("%q: no client", forwarded)
		}
		tags, any := entityTags([]string{match})
		for _, tag := range tags {
			if any || len(tag) < 2 || !strings.HasSuffix(tag, `"`) || !strings.Contains(match, tag) {
				t.Errorf("%q has the tag %q", match, tag)
			}
		}
		if id, _, ok := lastEventID(r); !ok && id != 0 && id != 1<<64-1 {
			t.Errorf("%q is %d", last, id)
		}
	})
}
