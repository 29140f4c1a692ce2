package openaitest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
)

// maxRedirects is how many redirects a download follows.
const maxRedirects = 3

// errNotLoopback is why a download from elsewhere is not even tried.
var errNotLoopback = errors.New("this stand-in server downloads from loopback addresses only")

// newDownloader returns the client that fetches images. It keeps no connection,
// so that nothing of it outlives a server.
func newDownloader(c Config) *http.Client {
	transport := c.DownloadTransport
	if transport == nil {
		dialer := &net.Dialer{}
		if !c.AllowRemoteDownloads {
			// Asked after names were resolved, so that no name leads elsewhere.
			dialer.Control = func(_, address string, _ syscall.RawConn) error {
				to, err := netip.ParseAddrPort(address)
				if err != nil || !to.Addr().Unmap().IsLoopback() {
					return errNotLoopback
				}
				return nil
			}
		}
		transport = &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}
	}
	return &http.Client{
		Transport: transport,
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return fmt.Errorf("more than %d redirects", maxRedirects)
			}
			return nil
		},
	}
}

// download fetches an image as a provider does, and fails in a provider's words.
func (s *Server) download(ctx context.Context, part imagePart) ([]byte, *apiError) {
	address, err := url.Parse(part.url)
	if err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Hostname() == "" {
		return nil, invalid(part.param, "invalid_image_url", "Invalid image URL: expected an http or https address, or a data URL.")
	}
	s.count(func(t *counters) { t.Downloads++ })
	data, failed := s.fetch(ctx, address, part)
	if failed != nil {
		s.count(func(t *counters) { t.DownloadFailures++ })
	}
	return data, failed
}

func (s *Server) fetch(ctx context.Context, address *url.URL, part imagePart) ([]byte, *apiError) {
	ctx, cancel := context.WithTimeout(ctx, s.config.DownloadTimeout)
	defer cancel()
	ctx, stop := s.untilClosed(ctx)
	defer stop()
	failed := func(err error) *apiError {
		if isTimeout(err) {
			return downloadTimeout(part)
		}
		return invalid(part.param, "failed_to_download_image", "Failed to download image from %s: %v.", part.url, innermost(err))
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, invalid(part.param, "invalid_image_url", "Invalid image URL: %v.", err)
	}
	request.Header.Set("User-Agent", "openaitest image download")
	response, err := s.downloader.Do(request)
	if err != nil {
		return nil, failed(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, invalid(part.param, "invalid_image_url", "Error while downloading %s. Upstream status code: %d.", part.url, response.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, s.config.MaxImageBytes+1))
	if err != nil {
		return nil, failed(err)
	}
	if len(data) == 0 {
		return nil, invalid(part.param, "invalid_image_url", "Error while downloading %s. The file is empty.", part.url)
	}
	return data, nil
}

func downloadTimeout(part imagePart) *apiError {
	return invalid(part.param, "invalid_image_url", "Timeout while downloading %s.", part.url)
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// innermost leaves out the layers that repeat the URL.
func innermost(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// untilClosed returns a context that ends with the server, too.
func (s *Server) untilClosed(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-s.closing:
			cancel()
		case <-done:
		}
	}()
	return ctx, func() { close(done); <-ended; cancel() }
}
