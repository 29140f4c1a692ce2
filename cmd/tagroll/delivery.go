package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/publish"
)

// sweep removes what a process that was killed left behind, whatever this one delivers.
func (s *deliveryFlags) sweep(log *slog.Logger) {
	if err := publish.Sweep(s.tempDir); err != nil {
		log.Warn("temporary images of an earlier run could not be removed", "error", err)
	}
}

// listenTemp listens where temporary images are served.
func (s *deliveryFlags) listenTemp(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, cannotListen("temp-listen", "temporary images cannot be served at", address, err)
	}
	return listener, nil
}

// newTemp returns the publisher of temporary URLs. Without a public URL, images are published at
// the listener's address, below the base path. A public URL without a path gets the base path, too.
// The cluster has the images of other processes, and knows whether the address leads anywhere; it
// may be nil.
func (s *deliveryFlags) newTemp(listener net.Listener, basePath string, c cluster, log *slog.Logger) (*publish.Temp, error) {
	base := s.publicURL
	if base == "" {
		base = "http://" + listener.Addr().String()
	}
	if u, err := url.Parse(base); err == nil && strings.Trim(u.Path, "/") == "" {
		base = strings.TrimSuffix(base, "/") + basePath
	}
	config := publish.TempConfig{BaseURL: base, Dir: s.tempDir, Log: log}
	if c != nil {
		config.Elsewhere, config.Unreachable = c.TemporaryElsewhere, c.AddressLeadsNowhere
	}
	temp, err := publish.NewTemp(config)
	if s.publicURL != "" && tagroll.CodeOf(err) == tagroll.CodeConfiguration {
		return nil, refused("public-url", err)
	}
	return temp, err
}

// cluster is what the delivery of images has to know of other nodes.
type cluster interface {
	TemporaryElsewhere(ctx context.Context, token string) (image []byte, ok bool)
	AddressLeadsNowhere() bool
}

// serveBeside serves something on a listener of its own until the returned function is called.
func serveBeside(listener net.Listener, handler http.Handler, log *slog.Logger) (stop func()) {
	server := newHTTPServer(handler, log)
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("nothing is served any more", "address", listener.Addr().String(), "error", err)
		}
	}()
	return func() {
		server.Close()
		<-served
	}
}

// publisher returns what gives images their URLs, and begins to serve them if they are not inline.
func (s *deliveryFlags) publisher(log *slog.Logger) (_ tagroll.Publisher, closeAll func(), err error) {
	s.sweep(log)
	if s.deliver == "inline" {
		return publish.Inline{}, func() {}, nil
	}
	address := s.tempListen
	if address == "" {
		address = listenAddress(s.publicURL)
	}
	listener, err := s.listenTemp(address)
	if err != nil {
		return nil, nil, err
	}
	temp, err := s.newTemp(listener, "", nil, log)
	if err != nil {
		listener.Close()
		return nil, nil, err
	}
	stop := serveBeside(listener, temp, log)
	return temp, func() {
		stop()
		if err := temp.Close(); err != nil {
			log.Error("temporary images could not be removed", "error", err)
		}
	}, nil
}
