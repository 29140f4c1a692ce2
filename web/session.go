package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

const (
	// sessionCookie is the name of the cookie over plain HTTP at the root. Over HTTPS it has
	// hostPrefix before it: browsers then take it from this very host only, by HTTPS and for
	// all paths. Below a base path it is a cookie for that path, which hostPrefix forbids;
	// securePrefix wants HTTPS alone.
	sessionCookie = "tagroll_session"
	hostPrefix    = "__Host-"
	securePrefix  = "__Secure-"
	sessionLife   = 30 * 24 * time.Hour
	macBytes      = 16
)

// cookieName returns the name of the session's cookie for a visitor. It holds the base path, so
// that a server at the root of the same host and one below it do not take each other's.
func (s *Server) cookieName(secure bool) string {
	name := sessionCookie + strings.ReplaceAll(s.BasePath, "/", "-")
	switch {
	case !s.Secure && !secure:
		return name
	case s.BasePath == "":
		return hostPrefix + name
	}
	return securePrefix + name
}

// session returns the secret of the request's session; empty without one. Only a cookie that this
// server has issued counts. Two cookies of the name are none: somebody else has set one of them.
func (s *Server) session(r *http.Request, secure bool) string {
	cookies := r.CookiesNamed(s.cookieName(secure))
	if len(cookies) != 1 {
		return ""
	}
	secret, mac, _ := strings.Cut(cookies[0].Value, ".")
	if !isSecret(secret) {
		return ""
	}
	if hmac.Equal([]byte(mac), []byte(s.macOf(secret))) {
		return secret
	}
	if mac == "" && s.hasBatches(r, hashOf(secret)) {
		// The session was issued by a version without MACs; nobody can guess a session that
		// has batches.
		return secret
	}
	return ""
}

func (s *Server) hasBatches(r *http.Request, session string) bool {
	batches, err := s.Node.List(r.Context(), session)
	return err == nil && len(batches) > 0
}

func (s *Server) macOf(secret string) string {
	mac := hmac.New(sha256.New, s.SessionKey)
	mac.Write([]byte("session:" + secret))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:macBytes])
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
		Name: s.cookieName(v.secure), Value: secret + "." + s.macOf(secret), Path: s.BasePath + "/", MaxAge: int(sessionLife / time.Second),
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
			} else if secret := s.session(r, v.secure); secret != "" {
				s.setSession(w, v, secret) // its 30 days begin again
			}
		}
		page.ServeHTTP(w, r)
	})
}
