package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/tagroll/tagroll/queue"
)

const (
	sessionCookie = "tagroll_session"
	sessionLife   = 30 * 24 * time.Hour
	secretBytes   = 32
)

// visitor is who makes a request. Secrets are here as their hashes only.
type visitor struct {
	session string // of the cookie; empty without one, and where a bearer is shown
	bearer  string
	// client is the address, or the IPv6 network, that limits count by.
	client netip.Prefix
	secure bool // the visitor came by HTTPS
}

// visitor finds out who makes the request. A bearer is judged alone: with it the cookie counts for
// nothing, so that a page of another origin gains nothing by adding one.
func (s *Server) visitor(r *http.Request) visitor {
	client, secure := s.origins(r)
	v := visitor{client: client, secure: secure}
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		v.bearer = "none"
		if strings.EqualFold(scheme, "Bearer") {
			v.bearer = hashOf(strings.TrimSpace(token))
		}
		return v
	}
	for _, cookie := range r.CookiesNamed(sessionCookie) {
		if isSecret(cookie.Value) {
			v.session = hashOf(cookie.Value)
			break
		}
	}
	return v
}

// newSecret returns 256 random bits in base64url.
func newSecret() string {
	var b [secretBytes]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// isSecret reports whether a text has the form of newSecret's.
func isSecret(text string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(b) == secretBytes
}

// hashOf is what is kept of a secret. A plain hash is enough for 256 random bits.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// mayOpen reports whether a batch is the visitor's.
func (v visitor) mayOpen(b queue.Batch) bool {
	return same(v.session, b.Session) || same(v.bearer, b.Token)
}

// same compares hashes in constant time; empty ones equal nothing.
func same(a, b string) bool {
	return a != "" && b != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// startSession gives a visitor without a session one.
func (s *Server) startSession(w http.ResponseWriter, v visitor) visitor {
	if v.session != "" || v.bearer != "" {
		return v
	}
	secret := newSecret()
	s.setSession(w, v, secret)
	v.session = hashOf(secret)
	return v
}

func (s *Server) setSession(w http.ResponseWriter, v visitor, secret string) {
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: secret, Path: "/", MaxAge: int(sessionLife / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.Secure || v.secure,
	})
}

// withSession starts a session with the page's first visit, so that everything later belongs to
// one.
func (s *Server) withSession(page http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" && r.Method == http.MethodGet {
			v := s.visitor(r)
			if v.session == "" {
				s.startSession(w, v)
			} else if cookie, err := r.Cookie(sessionCookie); err == nil && isSecret(cookie.Value) {
				s.setSession(w, v, cookie.Value) // its 30 days begin again
			}
		}
		page.ServeHTTP(w, r)
	})
}

// origins returns the address that limits count by, and whether the visitor came by HTTPS. What
// a proxy says of its visitor is believed from Config.TrustedProxies only.
func (s *Server) origins(r *http.Request) (client netip.Prefix, secure bool) {
	address := peerAddress(r.RemoteAddr)
	secure = r.TLS != nil
	if s.trusts(address) {
		if proto := lastOf(r.Header.Values("X-Forwarded-Proto")); strings.EqualFold(proto, "https") {
			secure = true
		}
		address = s.forwardedFor(address, r.Header.Values("X-Forwarded-For"))
	}
	return network(address), secure
}

func (s *Server) trusts(a netip.Addr) bool {
	for _, p := range s.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// forwardedFor returns the rightmost address that is no trusted proxy's. To its left stands what
// the visitor wrote. Where an entry cannot be read, the proxy that passed it on is the last one
// known.
func (s *Server) forwardedFor(peer netip.Addr, headers []string) netip.Addr {
	entries := strings.Split(strings.Join(headers, ","), ",")
	for i := len(entries) - 1; i >= 0; i-- {
		a := forwardedAddress(strings.TrimSpace(entries[i]))
		if !a.IsValid() {
			return peer
		}
		peer = a
		if !s.trusts(a) {
			return a
		}
	}
	return peer
}

// forwardedAddress reads an entry of X-Forwarded-For: an address, or one with a port. It is invalid
// if it is neither.
func forwardedAddress(text string) netip.Addr {
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return a.Unmap().WithZone("")
	}
	return peerAddress(text)
}

// peerAddress returns the address of "address:port". It is invalid for a Unix socket.
func peerAddress(text string) netip.Addr {
	a, err := netip.ParseAddrPort(text)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap().WithZone("")
}

// network is what one household has of addresses. It is the zero Prefix for an address that is not
// valid.
func network(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// lastOf returns the last element of a list in header fields.
func lastOf(headers []string) string {
	all := strings.Join(headers, ",")
	return strings.TrimSpace(all[strings.LastIndexByte(all, ',')+1:])
}
