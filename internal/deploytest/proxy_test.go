package deploytest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience bounds every wait of these tests. A slow machine does not reach it.
const patience = time.Minute

// The examples of nginx and Caddy run before tagroll serve, at a name of their own and below a
// path.
func TestProxies(t *testing.T) {
	for name, tt := range map[string]struct {
		run  func(t *testing.T, example, host, socket string, cert certificate) (address string)
		file string
		host string
		base string
	}{
		"nginx":              {runNginx, "nginx/tagroll.conf", "photos.example.com", ""},
		"nginx below a path": {runNginx, "nginx/below-a-path.conf", "www.example.com", "/tagroll"},
		"Caddy":              {runCaddy, "caddy/Caddyfile", "photos.example.com", ""},
		"Caddy below a path": {runCaddy, "caddy/below-a-path.Caddyfile", "www.example.com", "/tagroll"},
	} {
		t.Run(name, func(t *testing.T) {
			needs(t, strings.ToLower(strings.Fields(name)[0]))
			cert := newCertificate(t, tt.host)
			socket := filepath.Join(t.TempDir(), "http.sock")
			args := []string{"--listen", "unix:" + socket + ",mode=0666", "--host", tt.host, "--log-clients"}
			if tt.base != "" {
				args = append(args, "--base-path", tt.base)
			}
			log := startServe(t, args...)
			address := tt.run(t, tt.file, tt.host, socket, cert)
			c := newClient(t, cert, address, "https://"+tt.host+tt.base)
			c.awaitReady()
			c.page(tt.base)
			c.events()
			c.slow()
			c.export()
			if !strings.Contains(log.String(), "client=127.0.0.1") {
				t.Error("the server does not know its visitors' address")
			}
		})
	}
}

// client is a browser of a server behind a proxy.
type client struct {
	*http.Client
	t    *testing.T
	base string
}

func newClient(t *testing.T, cert certificate, address, base string) *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var dialer net.Dialer
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: cert.pool}, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", address)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{&http.Client{Jar: jar, Transport: transport}, t, base}
}

// send makes a request; the caller closes the answer's body.
func (c *client) send(method, path, contentType string, body io.Reader) *http.Response {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	c.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	answer, err := c.Do(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer
}

// call makes a request that must succeed, and returns the answer with its body.
func (c *client) call(method, path, contentType string, body io.Reader) (*http.Response, []byte) {
	c.t.Helper()
	answer := c.send(method, path, contentType, body)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 400 {
		c.t.Fatalf("%s %s: %s (%v)\n%s", method, path, answer.Status, err, text)
	}
	return answer, text
}

// awaitReady waits until the proxy has begun to listen.
func (c *client) awaitReady() {
	c.t.Helper()
	ticker, timeout := time.NewTicker(50*time.Millisecond), time.After(patience)
	defer ticker.Stop()
	for {
		r, err := http.NewRequestWithContext(c.t.Context(), "GET", c.base+"/readyz", nil)
		if err != nil {
			c.t.Fatal(err)
		}
		answer, err := c.Do(r)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == 200 {
				return
			}
			err = fmt.Errorf("%s", answer.Status)
		}
		select {
		case <-ticker.C:
		case <-timeout:
			c.t.Fatalf("the proxy does not pass on what it gets: %v", err)
		}
	}
}

var address = regexp.MustCompile(`(?:src|href)="([^"]+\.(?:js|mjs|css|svg))"`)

// page loads the page and everything that it names, and gets its cookie.
func (c *client) page(base string) {
	c.t.Helper()
	answer, html := c.call("GET", "", "", nil) // "/tagroll" leads to "/tagroll/"
	if got := answer.Request.URL.Path; strings.TrimSuffix(got, "/") != base || base != "" && got == base {
		c.t.Errorf("the page is at %s", got)
	}
	cookies := answer.Cookies()
	if len(cookies) != 1 || !cookies[0].Secure || cookies[0].Path != base+"/" {
		c.t.Errorf("the cookies are %v", cookies)
	}
	if id := answer.Header.Get("X-Request-Id"); len(id) < 32 {
		c.t.Errorf("the request's name is not the proxy's: %q", id)
	}
	kinds := map[string]bool{}
	for _, name := range address.FindAllSubmatch(html, -1) {
		c.call("GET", "/"+string(name[1]), "", nil)
		kinds[path.Ext(string(name[1]))] = true
	}
	for _, kind := range []string{".css", ".js", ".svg"} {
		if !kinds[kind] {
			c.t.Errorf("the page names no %s file: %s", kind, html)
		}
	}
}

// batch makes an open batch.
func (c *client) batch() string {
	c.t.Helper()
	answer, text := c.call("POST", "/api/v1/batches", "application/json", strings.NewReader("{}"))
	var b struct{ ID string }
	if err := json.Unmarshal(text, &b); err != nil {
		c.t.Fatal(err)
	}
	if at := answer.Header.Get("Location"); !strings.HasSuffix(c.base+"/api/v1/batches/"+b.ID, at) {
		c.t.Errorf("Location is %s", at)
	}
	return "/api/v1/batches/" + b.ID
}

// events sends photos while it listens: the events of the first photo arrive before the second is
// sent, so neither the upload nor the events are held back. The body is larger than what nginx
// takes without being told.
func (c *client) events() {
	c.t.Helper()
	batch := c.batch()
	stream := c.send("GET", batch+"/events", "", nil)
	defer stream.Body.Close()
	if stream.StatusCode != 200 {
		c.t.Fatalf("events: %s", stream.Status)
	}
	lines := bufio.NewScanner(stream.Body)
	lines.Buffer(nil, 16<<20)
	until := func(what ...string) { // in one line
		c.t.Helper()
		for lines.Scan() {
			if !slices.ContainsFunc(what, func(one string) bool { return !strings.Contains(lines.Text(), one) }) {
				return
			}
		}
		c.t.Fatalf("the events ended without %s: %v", what, lines.Err())
	}
	until("event: progress")

	body, to := io.Pipe()
	form := multipart.NewWriter(to)
	sent := make(chan []byte, 1)
	go func() {
		_, text := c.call("POST", batch+"/photos", form.FormDataContentType(), body)
		sent <- text
	}()
	photo := func(name string, padding int) {
		c.t.Helper()
		part, err := form.CreateFormFile("photos", name)
		if err == nil {
			_, err = part.Write(append(read(c.t, "examples/photos/dandelion.jpg"), make([]byte, padding)...))
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
	photo("first.jpg", 3<<20)
	// The part ends where the next one begins.
	if _, err := form.CreateFormFile("photos", "second.jpg"); err != nil {
		c.t.Fatal(err)
	}
	until(`"filename":"first.jpg"`, `"state":"successful"`)
	if _, err := to.Write(read(c.t, "examples/photos/mountain-path.jpg")); err != nil {
		c.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		c.t.Fatal(err)
	}
	to.Close()
	select {
	case text := <-sent:
		if !bytes.Contains(text, []byte("second.jpg")) {
			c.t.Errorf("the upload is answered with %s", text)
		}
	case <-time.After(patience):
		c.t.Fatal("the upload is not answered")
	}
	c.call("POST", batch+"/close", "", nil)
	until("event: done")
}

// slow sends a photo in small pieces; meanwhile another visitor's photo comes and goes.
func (c *client) slow() {
	c.t.Helper()
	batch := c.batch()
	body, to := io.Pipe()
	form := multipart.NewWriter(to)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		c.call("POST", batch+"/photos", form.FormDataContentType(), body)
	}()
	part, err := form.CreateFormFile("photos", "slow.jpg")
	if err != nil {
		c.t.Fatal(err)
	}
	photo := read(c.t, "examples/photos/forest-stream.jpg")
	if _, err := part.Write(photo[:1000]); err != nil {
		c.t.Fatal(err)
	}
	c.quick()
	for rest := photo[1000:]; len(rest) > 0; rest = rest[min(len(rest), 4000):] {
		if _, err := part.Write(rest[:min(len(rest), 4000)]); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		c.t.Fatal(err)
	}
	to.Close()
	<-sent
}

// quick describes one photo from beginning to end, and returns its batch.
func (c *client) quick() string {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("photos", "quick.jpg")
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := part.Write(read(c.t, "examples/photos/living-room.jpg")); err != nil {
		c.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		c.t.Fatal(err)
	}
	_, text := c.call("POST", "/api/v1/batches", form.FormDataContentType(), &body)
	var b struct{ ID string }
	if err := json.Unmarshal(text, &b); err != nil {
		c.t.Fatal(err)
	}
	c.call("GET", "/api/v1/batches/"+b.ID+"/events", "", nil) // until it is done
	return "/api/v1/batches/" + b.ID
}

// export fetches a finished file and the photo's image.
func (c *client) export() {
	c.t.Helper()
	batch := c.quick()
	answer, csv := c.call("GET", batch+"/export/adobe-stock?include_review=true", "", nil)
	if !bytes.Contains(csv, []byte("quick.jpg")) || !strings.Contains(answer.Header.Get("Content-Disposition"), ".csv") {
		c.t.Errorf("the export is %v\n%s", answer.Header, csv)
	}
	_, status := c.call("GET", batch, "", nil)
	var b struct{ Photos []struct{ Image string } }
	if err := json.Unmarshal(status, &b); err != nil || len(b.Photos) != 1 {
		c.t.Fatalf("the status is %s (%v)", status, err)
	}
	whole := c.base[:strings.Index(c.base, ".com")+4] + b.Photos[0].Image
	image, err := c.Get(whole)
	if err != nil {
		c.t.Fatal(err)
	}
	defer image.Body.Close()
	if image.StatusCode != 200 || image.Header.Get("Content-Type") != "image/jpeg" {
		c.t.Errorf("%s: %s", whole, image.Status)
	}
}

// read returns a file of the project.
func read(t *testing.T, name string) []byte {
	t.Helper()
	return readAt(t, filepath.Join(root, name))
}

func readAt(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// replace returns an example with what is this machine's; every text must be in it.
func replace(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the example does not say %q", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// freeAddress is an address that nobody listens on now. Its port is below those that systems give
// to connections, and to listeners that ask for any, so that none of them takes the port before its
// server does.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprint("127.0.0.1:", 20_000+mathrand.IntN(12_000))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

func runNginx(t *testing.T, example, host, socket string, cert certificate) string {
	dir, address := t.TempDir(), freeAddress(t)
	server := replace(t, string(read(t, "deploy/"+example)),
		"listen 443 ssl", "listen "+address+" ssl", "/run/tagroll/http.sock", socket,
		"/etc/ssl/"+host+".pem", cert.certFile, "/etc/ssl/"+host+".key", cert.keyFile)
	write(t, filepath.Join(dir, "server.conf"), server)
	write(t, filepath.Join(dir, "tagroll_proxy.conf"), string(read(t, "deploy/nginx/tagroll_proxy.conf")))
	user := ""
	if os.Getuid() == 0 {
		// Folders for bodies are in the test's folder, which is root's.
		user = "user root;\n"
	}
	write(t, filepath.Join(dir, "nginx.conf"), user+`daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include server.conf;
}
`)
	start(t, nil, "nginx", "-p", dir, "-c", "nginx.conf")
	return address
}

func runCaddy(t *testing.T, example, host, socket string, cert certificate) string {
	dir, address := t.TempDir(), freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	site := replace(t, string(read(t, "deploy/"+example)),
		host+" {", host+":"+port+" {\n\ttls "+cert.certFile+" "+cert.keyFile, "/run/tagroll/http.sock", socket)
	file := filepath.Join(dir, "Caddyfile")
	write(t, file, "{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n}\n"+site)
	start(t, []string{"HOME=" + dir, "XDG_DATA_HOME=" + dir, "XDG_CONFIG_HOME=" + dir}, "caddy", "run", "--config", file, "--adapter", "caddyfile")
	return address
}

// certificate is one for a test, in files.
type certificate struct {
	certFile, keyFile string
	pool              *x509.CertPool
}

func newCertificate(t *testing.T, host string) certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		IPAddresses: []net.IP{netip.MustParseAddr("127.0.0.1").AsSlice()},
		NotBefore:   time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := certificate{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), x509.NewCertPool()}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	write(t, c.certFile, string(certPEM))
	write(t, c.keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	c.pool.AppendCertsFromPEM(certPEM)
	return c
}

// newPlainClient is a client without a proxy.
func newPlainClient(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: transport}
}
