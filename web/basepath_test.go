package web

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/tagroll/tagroll"
)

// Below a base path every address that leaves the server has it, whether a proxy passes it on or
// not.
func TestBasePath(t *testing.T) {
	front := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
		}
	})
	s := newSite(t, func(c *Config) { c.BasePath, c.Page = "/stock/tagroll", front })
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	a := s.get("/stock/tagroll?a=b")
	if a.StatusCode != http.StatusPermanentRedirect || a.Header.Get("Location") != "/stock/tagroll/?a=b" {
		t.Errorf("without the last slash: %s to %q", a.Status, a.Header.Get("Location"))
	}
	a = s.get("/stock/tagroll/")
	if c := a.Cookies(); a.StatusCode != http.StatusOK || len(c) != 1 || c[0].Path != "/stock/tagroll/" || c[0].Name != "tagroll_session-stock-tagroll" {
		t.Errorf("the page: %s, with the cookies %v", a.Status, c)
	}
	for _, path := range []string{"/stock/tagroll/readyz", "/stock/tagroll//readyz", "/readyz",
		"/stock/tagroll/api/v1/service", "/api/v1/service"} {
		if a := s.get(path); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
	for _, path := range []string{"/stock", "/stock/tagrollx", "/stock/tagroll/stock/tagroll/", "/other/readyz"} {
		if a := s.get(path); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
	if a := s.get("/stock/tagroll/api/openapi.json"); !bytes.Contains(a.body, []byte(`"url": "/stock/tagroll"`)) {
		t.Error("the description names another server")
	}
}

// The addresses in answers, in events and in headers have the base path.
func TestBasePathOfAnswers(t *testing.T) {
	s := newSite(t, func(c *Config) { c.BasePath = "/tagroll" })
	made := s.send("/tagroll/api/v1/batches", photos("a.jpg", "b.jpg"))
	b := s.created(made)
	at := "/tagroll/api/v1/batches/" + b.ID
	if got := made.Header.Get("Location"); got != at {
		t.Errorf("Location is %q", got)
	}
	bearer := []string{"Authorization", "Bearer " + b.Token}
	if a := s.get(at+"?limit=1", bearer...); !bytes.Contains(a.body, []byte(`"image":"`+at+"/photos/")) || !bytes.Contains(a.body, []byte(`"next":"`+at+"?")) {
		t.Errorf("the status has other addresses: %s", a.body)
	}
	events := s.get(at+"/events?last_event_id=0", bearer...) // until the batch has ended
	if !bytes.Contains(events.body, []byte(`"image":"`+at+"/photos/")) {
		t.Errorf("the events have other addresses: %s", events.body)
	}
	var photo photoView
	s.get(at+"/photos/"+(*b.Photos)[0].ID, bearer...).into(t, &photo)
	if a := s.get(photo.Image, bearer...); a.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", photo.Image, a.Status)
	}
}

func TestIsBasePath(t *testing.T) {
	for path, want := range map[string]bool{
		"": true, "/a": true, "/a/b-c_d.e~1": true,
		"/": false, "a": false, "/a/": false, "//a": false, "/a/../b": false, "/a b": false,
		"/a;b": false, "/ä": false, "/a%2f": false, "/..": false,
	} {
		if got := IsBasePath(path); got != want {
			t.Errorf("IsBasePath(%q) = %v", path, got)
		}
	}
	_, err := New(Config{Node: newSite(t).node, Prepare: prepare, Describer: tagroll.DescriberInfo{Name: "x"}, BasePath: "x"})
	if tagroll.CodeOf(err) != tagroll.CodeConfiguration {
		t.Errorf("a base path without a slash is taken: %v", err)
	}
}

// A proxy on a Unix socket is believed: nobody else can open it.
func TestUnixSocketIsTrusted(t *testing.T) {
	s := newSite(t)
	for remote, want := range map[string]string{"@": "203.0.113.7", "": "203.0.113.7", "192.0.2.1:1234": "192.0.2.1"} {
		r, err := http.NewRequest("GET", "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.RemoteAddr = remote
		r.Header.Set("X-Forwarded-For", "203.0.113.7")
		r.Header.Set("X-Forwarded-Proto", "https")
		address, secure := s.origins(r)
		if address.String() != want || secure != (remote != "192.0.2.1:1234") {
			t.Errorf("from %q: %v, secure %v", remote, address, secure)
		}
	}
}
