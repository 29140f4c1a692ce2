package web

import (
	"bytes"
	"net/http"
	"path"
	"strings"
)

// IsBasePath reports whether a text can be [Config].BasePath: a path of plain letters that begins
// with a slash and does not end with one, or nothing.
func IsBasePath(text string) bool {
	if text == "" {
		return true
	}
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("/-._~", c)
	}
	return text[0] == '/' && text != "/" && path.Clean(text) == text && strings.Trim(text, "/") != "" &&
		!strings.ContainsFunc(text, func(c rune) bool { return !plain(c) })
}

// belowBase returns the request with the base path taken from its address. A proxy may have taken
// it away already, and probes do not know it: an address without it is answered just the same.
func (s *Server) belowBase(r *http.Request) *http.Request {
	if s.BasePath == "" {
		return r
	}
	rest, ok := strings.CutPrefix(r.URL.Path, s.BasePath)
	if !ok || rest != "" && rest[0] != '/' {
		return r
	}
	below, address := *r, *r.URL
	below.URL = &address
	address.Path, address.RawPath = rest, strings.TrimPrefix(address.RawPath, s.BasePath)
	if clean := cleaned(rest); clean != rest {
		// An http.ServeMux would lead to it without the base path.
		address.Path, address.RawPath = clean, ""
	}
	return &below
}

// cleaned is a path without empty elements and dots, as [http.ServeMux] has it.
func cleaned(address string) string {
	if address == "" {
		return ""
	}
	clean := path.Clean(address)
	if clean != "/" && strings.HasSuffix(address, "/") {
		clean += "/"
	}
	return clean
}

// redirectToBase sends a browser from the base path to the page, whose address ends with a slash:
// its scripts and styles are named relative to it.
func (s *Server) redirectToBase(w http.ResponseWriter, r *http.Request) {
	target := s.BasePath + "/"
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusPermanentRedirect)
}

// rootServer is how the description of the API names its server.
var rootServer = []byte(`"url": "/"`)

// describedBelow returns the API's description for a server below a base path.
func describedBelow(base string, description []byte) []byte {
	if base == "" {
		return description
	}
	return bytes.Replace(description, rootServer, []byte(`"url": "`+base+`"`), 1)
}
