package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/tagroll/tagroll/internal/hosts"
)

// guard refuses requests that no handler should see: for a host that this server is not, with a
// body where there is none, compressed, or without the password of the server.
func (s *Server) guard(w http.ResponseWriter, r *http.Request) error {
	if !s.isHost(r.Host) {
		return refuse(codeWrongHost, "This server does not answer for the host name of the request: start it with --host and that name if it should.")
	}
	if r.Body != nil && r.Body != http.NoBody {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			w.Header().Set("Connection", "close")
			return refuse(codeBadRequest, "A %s request has no body.", r.Method)
		}
		if isCoded(r.Header.Values("Content-Encoding")) {
			w.Header().Set("Accept-Encoding", "identity")
			return refuse(codeUnsupportedMediaType, "Bodies are read as they are: send this one without Content-Encoding.")
		}
	}
	return s.checkPassword(w, r)
}

// isCoded reports whether Content-Encoding names a coding other than identity, in whichever of its
// fields.
func isCoded(fields []string) bool {
	for coding := range strings.SplitSeq(strings.Join(fields, ","), ",") {
		if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "identity") {
			return true
		}
	}
	return false
}

// isHost reports whether the server answers for the Host of a request. A page of another site could
// otherwise reach a server on the visitor's own machine under a name that leads there (DNS
// rebinding).
func (s *Server) isHost(host string) bool {
	if s.Hosts == nil {
		return true
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if hosts.IsLoopback(host) {
		return true
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	for _, name := range s.Hosts {
		if strings.EqualFold(strings.TrimSuffix(strings.Trim(name, "[]"), "."), host) {
			return true
		}
	}
	return false
}

// failedPasswords is how many wrong passwords one client may send in a minute.
const failedPasswords = 30

// checkPassword wants the password of the server, if it has one, by HTTP Basic authentication with
// any user name. A batch's token is enough for that batch: only clients that know the password get
// one.
func (s *Server) checkPassword(w http.ResponseWriter, r *http.Request) error {
	want := *s.password.Load()
	if want == "" || openPath(r.URL.Path) {
		return nil
	}
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && strings.HasPrefix(r.URL.Path, "/api/v1/batches/") {
		return nil
	}
	v := s.visitor(r)
	now := s.Now()
	if left := s.limits.passwords.peek(now, v.keys()...); left.remaining <= 0 {
		return s.limits.refuse(limitPasswords, left.reset, "These were too many wrong passwords: wait %d seconds.", seconds(left.reset))
	}
	_, password, ok := r.BasicAuth()
	givenHash, wantHash := sha256.Sum256([]byte(password)), sha256.Sum256([]byte(want))
	if ok && subtle.ConstantTimeCompare(givenHash[:], wantHash[:]) == 1 {
		return nil
	}
	if ok {
		s.limits.passwords.take(now, v.keys()...)
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="tagroll", charset="UTF-8"`)
	return refuse(codeUnauthorized, "This server wants its password: send it by HTTP Basic authentication, with any user name.")
}

// openPath reports whether a path is open without the password: probes, and temporary images, whose
// addresses are secrets themselves.
func openPath(path string) bool {
	return path == "/healthz" || path == "/readyz" || strings.HasPrefix(path, "/t/")
}

// watchedBody knows whether a request's body was read to its end.
type watchedBody struct {
	io.ReadCloser
	ended bool
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err == io.EOF
	return n, err
}

// watchBody sets a deadline for a request's body, whether its handler reads it or not. settle is
// called when the handler has returned: net/http then reads on for a while, so that the client does
// not miss the answer for being busy with sending, and must not do so for ever.
func (s *Server) watchBody(a *responseRecorder, r *http.Request) (settle func()) {
	if r.Body == nil || r.Body == http.NoBody {
		return func() {}
	}
	body := &watchedBody{ReadCloser: r.Body}
	r.Body = body
	_ = a.control.SetReadDeadline(time.Now().Add(s.Limits.Stall))
	return func() {
		if !body.ended {
			_ = a.control.SetReadDeadline(time.Now().Add(min(lastReads, s.Limits.Stall/2)))
		}
	}
}

// maxRequestID bounds an identifier that a proxy sends.
const maxRequestID = 64

// requestID returns the identifier of a request, for the log and the answer: that of a trusted
// proxy, or a random one.
func (s *Server) requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && len(id) <= maxRequestID && s.trusts(peerAddress(r.RemoteAddr)) {
		if !strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' }) {
			return id
		}
	}
	return strings.ToLower(rand.Text()[:16])
}
