package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestServeCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		want   string // of the error; empty for success
	}{
		"ready":        {200, `{"ready":true}`, ""},
		"not ready":    {503, `{"ready":false,"reasons":["the store is full"]}`, "the store is full"},
		"another host": {421, `{"code":"wrong_host","detail":"This server does not answer for the host name"}`, "does not answer"},
		"no tagroll":   {200, "<html>", "not what tagroll says"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/readyz" {
					t.Errorf("asked for %s", r.URL.Path)
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}))
			defer server.Close()
			var out bytes.Buffer
			// As in a container that has nothing but the binary: no HOME, no
			// environment.
			p := &program{stdout: &out, stderr: &out, getenv: func(string) string { return "" }}
			err := p.serve(t.Context(), []string{"--check", server.URL + "/"})
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
	p := &program{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }}
	if err := p.serve(t.Context(), []string{"--check", "127.0.0.1:1"}); exitCode(err) == exitOK {
		t.Error("a server that is not there is ready")
	}
}
