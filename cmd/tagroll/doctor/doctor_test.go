package doctor_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cmd/tagroll/doctor"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/openaitest"
	"github.com/tagroll/tagroll/publish"
)

// setup returns the examination of a server with a good key and a model that the stand-in has.
func setup(t *testing.T, baseURL string, change func(*openai.Config)) doctor.Config {
	t.Helper()
	config := openai.Config{BaseURL: baseURL, APIKey: "sk-0123456789abcdef", Model: openai.DefaultModel}
	if change != nil {
		change(&config)
	}
	describer, err := openai.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(describer.CloseIdleConnections)
	return doctor.Config{
		Describer: describer, BaseURL: baseURL, Key: config.APIKey, KeyFrom: "OPENAI_API_KEY", KeyNeeded: true,
		Publisher: publish.Inline{}, Folders: []string{t.TempDir()},
	}
}

func start(t *testing.T, c openaitest.Config) *openaitest.Server {
	t.Helper()
	api, err := openaitest.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { api.Close() })
	return api
}

// expect checks that there is a line of a check and a state with a text, and that a line which is
// not ok has a way out or says enough.
func expect(t *testing.T, lines []doctor.Diagnosis, check string, state doctor.State, text string) {
	t.Helper()
	for _, l := range lines {
		if l.Check == check && l.State == state && strings.Contains(l.Message+" → "+l.WayOut, text) {
			return
		}
	}
	t.Errorf("there is no line %s %s with %q among\n%s", state, check, text, all(lines))
}

func all(lines []doctor.Diagnosis) string {
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%s %s: %s → %s\n", l.State, l.Check, l.Message, l.WayOut)
	}
	return b.String()
}

// Where nothing is wrong nothing is found, and every subject is named.
func TestNothingIsWrong(t *testing.T) {
	api := start(t, openaitest.Config{Key: "sk-0123456789abcdef", Limits: openaitest.Limits{RequestsPerMinute: 500}})
	var told []doctor.Diagnosis
	c := setup(t, api.URL(), nil)
	c.Tell = func(l doctor.Diagnosis) { told = append(told, l) }
	lines := doctor.Examine(t.Context(), c)
	if doctor.Failed(lines) || len(told) != len(lines) {
		t.Fatalf("%d told of\n%s", len(told), all(lines))
	}
	expect(t, lines, "key", doctor.OK, "OPENAI_API_KEY is set and well-formed")
	expect(t, lines, "network", doctor.OK, "accepts connections")
	expect(t, lines, "model", doctor.OK, "the server has "+openai.DefaultModel)
	expect(t, lines, "clock", doctor.OK, "agrees")
	expect(t, lines, "call", doctor.OK, "about $0.0")
	expect(t, lines, "call", doctor.OK, "can see and answers as asked")
	expect(t, lines, "limits", doctor.OK, "500 requests")
	expect(t, lines, "disk", doctor.OK, "can be written to")
	if n := api.Stats().Calls; n != 1 {
		t.Errorf("%d calls, want one", n)
	}
	if strings.Contains(all(lines), "0123456789") {
		t.Errorf("the key is told:\n%s", all(lines))
	}

	c.NoCall = true
	if lines := doctor.Examine(t.Context(), c); doctor.Failed(lines) || api.Stats().Calls != 1 {
		t.Errorf("%d calls without a call:\n%s", api.Stats().Calls, all(lines))
	}
}

// A server that refuses a parameter is asked without it, as in a run.
func TestRefusedParameters(t *testing.T) {
	api := start(t, openaitest.Config{Models: []string{"llava"}}) // its model knows no effort
	lines := doctor.Examine(t.Context(), setup(t, api.URL(), func(c *openai.Config) { c.Model, c.Provider = "llava", "ollama" }))
	if doctor.Failed(lines) || api.Stats().Calls < 2 {
		t.Errorf("%d calls\n%s", api.Stats().Calls, all(lines))
	}
	expect(t, lines, "call", doctor.Warning, "tagroll run finds it out by itself")
	expect(t, lines, "call", doctor.OK, "can see and answers as asked")
}

func TestKeys(t *testing.T) {
	api := start(t, openaitest.Config{})
	for key, want := range map[string]string{
		`"sk-0123456789abcdef"`:  "quotation marks",
		"sk-...":                 "a placeholder",
		"your-api-key-goes-here": "a placeholder",
		"":                       "there is no key",
	} {
		c := setup(t, api.URL(), nil)
		c.Key = key
		lines := doctor.Examine(t.Context(), c)
		expect(t, lines, "key", doctor.Failure, want)
		if api.Stats().Calls != 0 {
			t.Fatalf("%q: a call was made", key)
		}
	}
	c := setup(t, api.URL(), nil)
	c.Key, c.Describer, c.MakeError = "", nil, &tagroll.Error{Code: tagroll.CodeInvalidAPIKey, Message: "the file k holds no key"}
	expect(t, doctor.Examine(t.Context(), c), "key", doctor.Failure, "the file k holds no key")
}

// Each fault of a server has its line, and its way out.
func TestFaultsOfTheServer(t *testing.T) {
	for _, test := range []struct {
		name   string
		config openaitest.Config
		model  string
		check  string
		state  doctor.State
		want   string
	}{
		{"wrong key", openaitest.Config{Key: "other"}, "", "key", doctor.Failure, "make a new key"},
		{"unknown model", openaitest.Config{}, "gpt-none", "model", doctor.Failure, "name one of them with --model"},
		{"model that ends", openaitest.Config{Shutdown: map[string]string{openai.DefaultModel: time.Now().AddDate(0, 0, 20).Format(time.DateOnly)}}, "", "model", doctor.Warning, "will be shut down"},
		{"no credit", openaitest.Config{Faults: []openaitest.Fault{{Kind: openaitest.FaultQuota}}}, "", "call", doctor.Failure, "add credit"},
		{"limit", openaitest.Config{Faults: []openaitest.Fault{{Kind: openaitest.FaultRateLimit}}}, "", "call", doctor.Failure, "wait and try again"},
		{"forbidden", openaitest.Config{Faults: []openaitest.Fault{{Kind: openaitest.FaultForbidden}}}, "", "call", doctor.Failure, ""},
		{"500", openaitest.Config{Faults: []openaitest.Fault{{Kind: openaitest.FaultServerError}}}, "", "call", doctor.Failure, "try again"},
		{"HTML", openaitest.Config{Faults: []openaitest.Fault{{Kind: openaitest.FaultBadGateway}}}, "", "call", doctor.Failure, ""},
		{"reset", openaitest.Config{Faults: []openaitest.Fault{{Kind: openaitest.FaultReset}}}, "", "call", doctor.Failure, "try again"},
		{"broken JSON", openaitest.Config{Faults: []openaitest.Fault{{Kind: openaitest.FaultBrokenJSON}}}, "", "call", doctor.Failure, "a larger model"},
		{"empty", openaitest.Config{Faults: []openaitest.Fault{{Kind: openaitest.FaultEmptyContent}}}, "", "call", doctor.Failure, "a larger model"},
		{"refusal", openaitest.Config{Faults: []openaitest.Fault{{Kind: openaitest.FaultRefusal}}}, "", "call", doctor.Failure, "another model"},
	} {
		t.Run(test.name, func(t *testing.T) {
			api := start(t, test.config)
			lines := doctor.Examine(t.Context(), setup(t, api.URL(), func(c *openai.Config) {
				if test.model != "" {
					c.Model = test.model
				}
			}))
			expect(t, lines, test.check, test.state, test.want)
			if doctor.Failed(lines) != (test.state == doctor.Failure) {
				t.Errorf("failed: %v\n%s", doctor.Failed(lines), all(lines))
			}
		})
	}
}

// Each fault on the way to a server has its line.
func TestFaultsOfTheNetwork(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	expect(t, doctor.Examine(t.Context(), setup(t, gone.URL+"/v1", nil)), "network", doctor.Failure, "start the server")

	c := setup(t, "http://nowhere.example/v1", nil)
	c.LookupHost = func(context.Context, string) ([]string, error) { return nil, errors.New("no such host") }
	lines := doctor.Examine(t.Context(), c)
	expect(t, lines, "network", doctor.Failure, "there is no address for the name nowhere.example (no such host)")
	expect(t, lines, "disk", doctor.OK, "")

	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	secure.Config.ErrorLog = nil
	expect(t, doctor.Examine(t.Context(), setup(t, secure.URL+"/v1", nil)), "network", doctor.Failure, "make the system trust the authority")

	c = setup(t, "https://api.example/v1", nil)
	c.Proxy = func(*http.Request) (*url.URL, error) {
		return url.Parse("http://anna:hunter2@127.0.0.1:1")
	}
	lines = doctor.Examine(t.Context(), c)
	expect(t, lines, "network", doctor.OK, "requests take the proxy 127.0.0.1:1")
	expect(t, lines, "network", doctor.Failure, "127.0.0.1:1 accepts no connection (connection refused) → start the proxy")
	if strings.Contains(all(lines), "hunter2") {
		t.Errorf("the proxy's password is told:\n%s", all(lines))
	}

	c.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse("ftp://proxy.example") }
	expect(t, doctor.Examine(t.Context(), c), "network", doctor.Failure,
		"begins with ftp://, which is no kind of proxy → write http://")
	c.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse("http://proxy.example") }
	c.LookupHost = func(context.Context, string) ([]string, error) { return nil, errors.New("no such host") }
	expect(t, doctor.Examine(t.Context(), c), "network", doctor.Failure, "the name proxy.example (no such host) → look for a slip in HTTPS_PROXY")
	c.Proxy = func(*http.Request) (*url.URL, error) {
		return url.Parse("http://anna:hunter2@127.0.0.1:1")
	}

	// A key that cannot be one hides nothing of that, and is told once.
	c.Key, c.Describer, c.MakeError = "sk 1", nil, &tagroll.Error{Code: tagroll.CodeInvalidAPIKey, Message: "no key has spaces"}
	lines = doctor.Examine(t.Context(), c)
	expect(t, lines, "key", doctor.Failure, "spaces")
	expect(t, lines, "network", doctor.Failure, "127.0.0.1:1 accepts no connection")
	if strings.Contains(all(lines), "no key has spaces") {
		t.Errorf("the key's fault is told twice:\n%s", all(lines))
	}

	// Nor does a server hide itself that was to be asked for its models.
	c = setup(t, gone.URL+"/v1", nil)
	c.Key, c.KeyNeeded, c.Describer, c.MakeError = "", false, nil, &tagroll.Error{Code: tagroll.CodeNetwork, Message: "nothing answers"}
	expect(t, doctor.Examine(t.Context(), c), "network", doctor.Failure, "start the server")

	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	lines = doctor.Examine(t.Context(), setup(t, plain.URL, nil))
	expect(t, lines, "model", doctor.Warning, "may lack /v1")
	expect(t, lines, "call", doctor.Failure, "look whether --base-url is the address of the API")
}

// A proxy that refuses is told from a server that does, whether it is asked to connect or to pass
// on, and no call is made.
func TestProxiesThatRefuse(t *testing.T) {
	for name, test := range map[string]struct {
		base   string
		status int
		want   string
	}{
		"no password": {"https://api.example/v1",
			http.StatusProxyAuthRequired, "asks for a user name and password → " +
				"write them into HTTPS_PROXY"},
		"no password, plain http": {"http://api.example/v1",
			http.StatusProxyAuthRequired, "asks for a user name and password → " +
				"write them into HTTPS_PROXY"},
		"not allowed": {"https://api.example/v1", http.StatusForbidden,
			"does not allow connections to api.example (status 403) → ask who runs it"},
		"no way": {"https://api.example/v1", http.StatusBadGateway,
			"cannot reach api.example (status 502) → check the base URL"},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					calls++
				}
				w.WriteHeader(test.status)
			}))
			defer proxy.Close()
			address, err := url.Parse(proxy.URL)
			if err != nil {
				t.Fatal(err)
			}
			c := setup(t, test.base, func(c *openai.Config) { c.Proxy = http.ProxyURL(address) })
			c.Proxy = http.ProxyURL(address)
			lines := doctor.Examine(t.Context(), c)
			expect(t, lines, "network", doctor.Failure, test.want)
			if calls != 0 || !doctor.Failed(lines) {
				t.Errorf("%d calls\n%s", calls, all(lines))
			}
		})
	}
}

// What stands before the server, or in its place, is named before a call is made.
func TestWhatIsNoAPI(t *testing.T) {
	page := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<!DOCTYPE html><title>Welcome to the hotel</title>")
	}
	away := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://login.hotel.example/?to="+r.URL.Path, http.StatusFound)
	}
	stuck, stop := context.WithCancel(t.Context())
	defer stop()
	hangs := func(w http.ResponseWriter, r *http.Request) { stop(); <-r.Context().Done() }
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		ctx     context.Context
		want    string
	}{
		"a login page": {page, t.Context(), "is a web page and no API → log in to the network"},
		"a redirect to it": {away, t.Context(),
			"redirects to http://login.hotel.example, where the API key is not sent"},
		"nothing in time": {hangs, stuck, "did not answer in time → try again later"},
	} {
		t.Run(name, func(t *testing.T) {
			posted := false
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				posted = posted || r.Method == http.MethodPost
				test.handler(w, r)
			}))
			defer server.Close()
			lines := doctor.Examine(test.ctx, setup(t, server.URL+"/v1", nil))
			expect(t, lines, "network", doctor.Failure, test.want)
			expect(t, lines, "disk", doctor.OK, "")
			if posted {
				t.Error("a call was made")
			}
		})
	}
}

// A server that has no TLS, or an old one only, is told from one that cannot be trusted.
func TestServersWithoutGoodTLS(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}
	old.Config.ErrorLog = log.New(io.Discard, "", 0)
	old.StartTLS()
	defer old.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	go func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	for name, test := range map[string]struct{ address, want string }{
		"plain": {plain.Listener.Addr().String(),
			"does not speak https at this port → write http://"},
		"TLS 1.0": {old.Listener.Addr().String(), "a version of TLS that is no longer safe → have the server"},
		"closes":  {silent.Addr().String(), "→ look whether a"},
	} {
		t.Run(name, func(t *testing.T) {
			c := setup(t, "https://"+test.address+"/v1", nil)
			c.NoCall = true
			expect(t, doctor.Examine(t.Context(), c), "network", doctor.Failure, test.want)
		})
	}
}

// A model whose time is over, and which the server has no more, is no reason for a call.
func TestModelThatIsGone(t *testing.T) {
	api := start(t, openaitest.Config{Models: []string{openai.DefaultModel}})
	lines := doctor.Examine(t.Context(), setup(t, api.URL(), func(c *openai.Config) { c.Provider, c.Model = "openai", "gpt-4.1-nano" }))
	expect(t, lines, "model", doctor.Failure, "was shut down on 23 October 2026, and the server has it no more → its successor is --model gpt-6-luna")
	if n := api.Stats().Calls; n != 0 {
		t.Errorf("%d calls were made", n)
	}
}

// Certificates that nobody has signed, of other hosts, and that have ended are told apart.
func TestCertificates(t *testing.T) {
	api, err := openaitest.New(openaitest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	server := httptest.NewTLSServer(api)
	defer server.Close()
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	trusted := x509.NewCertPool()
	trusted.AddCert(server.Certificate())
	end := server.Certificate().NotAfter
	for name, test := range map[string]struct {
		host  string
		roots *x509.CertPool
		now   time.Time
		state doctor.State
		want  string
	}{
		"good":       {"127.0.0.1", trusted, time.Now(), doctor.OK, "is good until " + end.Format(time.DateOnly)},
		"ends soon":  {"127.0.0.1", trusted, end.Add(-48 * time.Hour), doctor.Warning, "have it renewed"},
		"has ended":  {"127.0.0.1", trusted, end.Add(time.Hour), doctor.Failure, "this machine's clock"},
		"other host": {"localhost", trusted, time.Now(), doctor.Failure, "is for other names"},
		"unsigned":   {"127.0.0.1", x509.NewCertPool(), time.Now(), doctor.Failure, "make the system trust the authority"},
	} {
		t.Run(name, func(t *testing.T) {
			_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
			c := setup(t, "https://"+test.host+":"+port+"/v1", nil)
			c.NoCall, c.RootCAs, c.Now = true, test.roots, func() time.Time { return test.now }
			expect(t, doctor.Examine(t.Context(), c), "network", test.state, test.want)
		})
	}
}

func TestClockAndDisk(t *testing.T) {
	api := start(t, openaitest.Config{})
	c := setup(t, api.URL(), nil)
	c.NoCall = true
	c.Now = func() time.Time { return time.Now().Add(-time.Hour) }
	c.Folders = []string{filepath.Join(t.TempDir(), "missing")}
	lines := doctor.Examine(t.Context(), c)
	expect(t, lines, "clock", doctor.Warning, "1h0m0s off")
	expect(t, lines, "disk", doctor.Failure, "cannot be written to")
}

// An image that nobody can fetch is found out before the call is paid.
func TestDelivery(t *testing.T) {
	api := start(t, openaitest.Config{})
	temp, err := publish.NewTemp(publish.TempConfig{BaseURL: "http://127.0.0.1:1",
		Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer temp.Close()
	c := setup(t, api.URL(), nil)
	c.Publisher, c.ByURL = temp, true
	expect(t, doctor.Examine(t.Context(), c), "delivery", doctor.Failure, "an image cannot be fetched at 127.0.0.1:1")
	if n := api.Stats().Calls; n != 0 {
		t.Errorf("%d calls were paid", n)
	}

	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	defer server.Close()
	reachable, err := publish.NewTemp(publish.TempConfig{BaseURL: server.URL, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer reachable.Close()
	handler, c.Publisher = reachable, reachable
	lines := doctor.Examine(t.Context(), c)
	expect(t, lines, "delivery", doctor.Warning, "this machine and its network only")
	expect(t, lines, "call", doctor.OK, "can see")

	// A provider that answers all the same has not seen the image.
	blind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"id":"`+openai.DefaultModel+`","choices":[{"finish_reason":"stop","message":{"content":"{\"title\":\"A red fox\",\"keywords\":[\"fox\"],\"category\":\"Animals\"}"}}]}`)
	}))
	defer blind.Close()
	c = setup(t, blind.URL+"/v1", nil)
	c.Publisher, c.ByURL = reachable, true
	expect(t, doctor.Examine(t.Context(), c), "delivery", doctor.Failure, "without having fetched the image")
}

func ExampleExamine() {
	lines := doctor.Examine(context.Background(), doctor.Config{Local: "start it"})
	fmt.Println(lines[0].State, lines[0].Check, doctor.Failed(lines))
	// Output: warning model false
}
