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

	"github.com/tagroll/tagroll/queue"
)

const secretBytes = 32

// visitor is the client of a request. It holds secrets as hashes only.
type visitor struct {
	session string // of the cookie; empty without one, and where a bearer is shown
	bearer  string
	// client is the address, or the IPv6 network of 64 bits, that limits count by. wider is the
	// network of 48 bits around it, which one subscriber can have whole; not valid for IPv4.
	client, wider netip.Prefix
	secure        bool // the visitor came by HTTPS
}

// keys are what the visitor's requests are counted by.
func (v visitor) keys() []string {
	if !v.wider.IsValid() {
		return []string{v.client.String()}
	}
	return []string{v.client.String(), v.wider.String()}
}

// networks are what the visitor's connections are counted by.
func (v visitor) networks() []netip.Prefix {
	if !v.wider.IsValid() {
		return []netip.Prefix{v.client}
	}
	return []netip.Prefix{v.client, v.wider}
}

// visitor identifies the client of a request. A bearer is judged alone: with it the cookie counts
// for nothing, so that a page of another origin gains nothing by adding one. HTTP Basic is the
// password of the server, if it has one, and says nothing of who the visitor is.
func (s *Server) visitor(r *http.Request) visitor {
	address, secure := s.origins(r)
	v := visitor{client: network(address, 64), secure: secure}
	if address.Is6() {
		v.wider = network(address, widerBits)
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case strings.EqualFold(scheme, "Bearer"):
		v.bearer = hashOf(strings.TrimSpace(token))
		return v
	case scheme != "" && (*s.password.Load() == "" || !strings.EqualFold(scheme, "Basic")):
		v.bearer = "none"
		return v
	}
	if secret := s.session(r, secure); secret != "" {
		v.session = hashOf(secret)
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

// origins returns the address that limits count by, and whether the visitor came by HTTPS. What
// a proxy says of its visitor is believed from Config.TrustedProxies only.
func (s *Server) origins(r *http.Request) (address netip.Addr, secure bool) {
	address = peerAddress(r.RemoteAddr)
	secure = r.TLS != nil
	if s.trusts(address) {
		if proto := lastOf(r.Header.Values("X-Forwarded-Proto")); strings.EqualFold(proto, "https") {
			secure = true
		}
		address = s.forwardedFor(address, r.Header.Values("X-Forwarded-For"))
	}
	return address, secure
}

// trusts reports whether a peer is believed: a proxy that is trusted, or one without an address,
// which came by a Unix socket.
func (s *Server) trusts(a netip.Addr) bool {
	if !a.IsValid() {
		return true
	}
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

// widerBits is the size of the IPv6 networks that providers give to a subscriber at most.
const widerBits = 48

// network returns the network of an IPv6 address, or the address itself for IPv4. It is the zero
// Prefix for an address that is not valid.
func network(a netip.Addr, bits6 int) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = bits6
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// networks returns what the connections of an address are counted by.
func networks(a netip.Addr) []netip.Prefix {
	if a.Is6() {
		return []netip.Prefix{network(a, 64), network(a, widerBits)}
	}
	return []netip.Prefix{network(a, 64)}
}

// lastOf returns the last element of a list in header fields.
func lastOf(headers []string) string {
	all := strings.Join(headers, ",")
	return strings.TrimSpace(all[strings.LastIndexByte(all, ',')+1:])
}
