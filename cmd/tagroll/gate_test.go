package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/tagroll/tagroll/openaitest"
)

// gate is a stand-in model that keeps every call waiting until it is opened, so that a test can do
// something while calls are under way, for however long.
type gate struct {
	url     string
	arrived chan struct{} // one for each call
	open    func()
	api     *openaitest.Server
}

func newGate(t *testing.T) *gate {
	t.Helper()
	api, err := openaitest.New(openaitest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan struct{})
	g := &gate{arrived: make(chan struct{}, 100), open: sync.OnceFunc(func() { close(opened) }), api: api}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			g.arrived <- struct{}{}
			<-opened
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		g.open()
		front.Close()
	})
	g.url = front.URL + "/v1"
	return g
}

func (g *gate) stats() openaitest.Stats { return g.api.Stats() }

// heardBuffer tells when a text was written to it.
type heardBuffer struct {
	mu    sync.Mutex
	text  bytes.Buffer
	want  string
	heard chan struct{}
	once  sync.Once
}

func (b *heardBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.Write(p)
	if strings.Contains(b.text.String(), b.want) {
		b.once.Do(func() { close(b.heard) })
	}
	return len(p), nil
}
