package openai

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"syscall"

	"github.com/tagroll/tagroll"
)

// ended is the error of a call whose context is done. Its code is that of the
// context's cause; both the cause and the context's error are wrapped.
func ended(ctx context.Context, when string) *tagroll.Error {
	cause := context.Cause(ctx)
	wrapped := cause
	if !errors.Is(cause, ctx.Err()) {
		wrapped = fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	code := tagroll.CodeOf(cause)
	if code == tagroll.CodeInternal {
		code = tagroll.CodeOf(ctx.Err()) // a cause of the caller's own
	}
	message := "the photo was stopped " + when
	if code == tagroll.CodeTimeout {
		message = "the photo's time ran out " + when + ": allow more time, or use a faster model"
	}
	return &tagroll.Error{Code: code, Stage: tagroll.StageDescribe, Message: message, Err: wrapped}
}

// brokenBody is the error of a response that ended before it was complete.
func (d *Describer) brokenBody(x *exchange) *tagroll.Error {
	e := failure(tagroll.CodeNetwork, "the connection to %s broke in the middle of the answer: run the same command again, and check the server or the proxy before it if it stays so", d.host())
	e.Err = x.err
	return e
}

// ErrProxy is what errors wrap that are the proxy's doing, and not the server's.
var ErrProxy = errors.New("the proxy refused")

// proxyRefusal is the answer of a proxy that makes no connection to the server.
type proxyRefusal struct {
	status int
	proxy  string // its host; empty if nobody knows
}

func (p proxyRefusal) Error() string { return fmt.Sprintf("%v with status %d", ErrProxy, p.status) }

// Is makes every refusal an [ErrProxy].
func (p proxyRefusal) Is(target error) bool { return target == ErrProxy }

// connected is asked by the transport about each answer of a proxy.
func connected(_ context.Context, proxy *url.URL, _ *http.Request, r *http.Response) error {
	if r.StatusCode != http.StatusOK {
		return proxyRefusal{r.StatusCode, proxy.Host}
	}
	return nil
}

// proxyRefused is the error of a proxy's refusal. What it does not allow stays so for all photos.
func (d *Describer) proxyRefused(p proxyRefusal) *tagroll.Error {
	name := strings.TrimSpace("the proxy " + p.proxy)
	var e *tagroll.Error
	switch {
	case p.status == http.StatusProxyAuthRequired:
		e = failure(tagroll.CodeForbidden,
			"%s asks for a user name and password: write them into HTTPS_PROXY or "+
				"HTTP_PROXY, as in http://NAME:PASSWORD@HOST:PORT", name)
	case p.status < http.StatusInternalServerError:
		e = failure(tagroll.CodeForbidden, "%s does not allow connections to %s (status %d): ask who runs it, or set NO_PROXY=%s if there is a way without it", name, d.host(), p.status, d.base.Hostname())
	default:
		e = failure(tagroll.CodeNetwork, "%s cannot reach %s (status %d): check the base URL, and try again later", name, d.host(), p.status)
	}
	e.Err = p
	return e
}

// noConnection is the error of a request that got no response.
func (d *Describer) noConnection(err error) *tagroll.Error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // the rest of it repeats the address
	}
	if refusal, ok := errors.AsType[proxyRefusal](err); ok {
		return d.proxyRefused(refusal)
	}
	e := failure(tagroll.CodeNetwork, "%s", d.diagnose(err))
	e.Err = err
	return e
}

// diagnose says why there was no response, and what to do.
func (d *Describer) diagnose(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "proxyconnect" {
		return fmt.Sprintf("the proxy that the environment names cannot be reached, so neither can %s: check HTTPS_PROXY and HTTP_PROXY", d.host())
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Sprintf("the address of %s cannot be found: check the base URL and the network connection", d.base.Hostname())
	}
	if isRefused(err) {
		return fmt.Sprintf("nothing answers at %s: is the server running?", d.base)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return fmt.Sprintf("%s does not speak https: use http:// in the base URL", d.host())
	}
	if isOldTLS(err) {
		return fmt.Sprintf("%s speaks only a version of TLS that is no longer safe: it has to be updated to TLS 1.2 or newer", d.host())
	}
	if strings.Contains(err.Error(), "malformed HTTP") {
		// The bytes are an alert of TLS.
		if d.base.Scheme == "http" && strings.Contains(err.Error(), `\x15\x03`) {
			return d.host() + " speaks https: use https:// in the base URL"
		}
		return fmt.Sprintf("what answers at %s does not speak HTTP: check host and port of the base URL", d.host())
	}
	if strings.Contains(err.Error(), "exceeded") && strings.Contains(err.Error(), "header") || strings.Contains(err.Error(), "1xx") {
		return fmt.Sprintf("%s sends headers without end: check host and port of the base URL", d.host())
	}
	if strings.Contains(err.Error(), "bad Content-Length") || strings.Contains(err.Error(), "multiple Content-Length") {
		return fmt.Sprintf("%s sends an answer of no clear length: a proxy before it may be broken", d.host())
	}
	if isCertificate(err) {
		return fmt.Sprintf("the certificate of %s is not trusted (%v): check the base URL, the clock and the proxy", d.host(), err)
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return fmt.Sprintf("no connection to %s in time: check the network connection and the base URL", d.host())
	}
	if errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH) {
		return fmt.Sprintf("there is no way to %s: check the network connection", d.host())
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return fmt.Sprintf("%s closed the connection without an answer", d.host())
	}
	return fmt.Sprintf("the connection to %s failed before an answer came", d.host())
}

// isRefused reports whether nobody listens at the address. Windows has a number of
// its own for that, WSAECONNREFUSED, which package syscall does not compare.
func isRefused(err error) bool {
	number, ok := errors.AsType[syscall.Errno](err)
	const windowsRefused = 10061
	return ok && (number == syscall.ECONNREFUSED || runtime.GOOS == "windows" && number == windowsRefused)
}

// isOldTLS reports whether client and server have no version of TLS in common.
func isOldTLS(err error) bool {
	return strings.Contains(err.Error(), "tls: protocol version not supported") || strings.Contains(err.Error(), "tls: server selected unsupported protocol version")
}

// isCertificate reports whether the server's certificate is what failed.
func isCertificate(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.HostnameError](err)
	return ok
}
