package doctor

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/internal/hosts"
	"github.com/tagroll/tagroll/internal/underway"
)

// key looks at the form of the key, which is never told. It reports whether a call may be tried.
func (e *examination) key() bool {
	from := cmp.Or(e.KeyFrom, "the key")
	switch {
	case e.KeyError != nil:
		e.say("key", Failure, tagroll.AsError(e.KeyError).Message, "tagroll help providers says how each server is asked")
		return false
	case e.aboutKey() && e.Key == "":
		e.say("key", Failure, tagroll.AsError(e.MakeError).Message, "tagroll help providers says how each server is asked")
		return false
	case e.Key == "" && e.KeyNeeded:
		e.say("key", Failure, "there is no key", "set OPENAI_API_KEY, or give --api-key-file or --api-key-command")
		return false
	case e.Key == "":
		e.say("key", OK, "there is none, and this server is not known to need one", "")
		return true
	}
	trimmed := strings.Trim(e.Key, `"'`)
	switch {
	case strings.ContainsFunc(e.Key, func(r rune) bool { return r <= ' ' || r > '~' }):
		e.say("key", Failure, from+" contains spaces or other characters that no key has", "copy the key again, without what is around it")
	case trimmed != e.Key:
		e.say("key", Failure, from+" stands in quotation marks, which are taken for a part of the key", "leave the quotation marks out")
	case strings.Contains(e.Key, "...") || strings.HasPrefix(strings.ToLower(e.Key), "your") || strings.ContainsAny(e.Key, "<>"):
		e.say("key", Failure, from+" is a placeholder out of a manual", "put your own key in its place")
	case len(e.Key) < 16:
		e.say("key", Warning, fmt.Sprintf("%s is only %d characters long: keys are longer, unless they are made up for a server of your own", from, len(e.Key)), "")
		return true
	default:
		e.say("key", OK, fmt.Sprintf("%s is set and well-formed (%d characters)", from, len(e.Key)), "")
		return true
	}
	return false
}

// aboutKey reports whether the key is why there is no describer.
func (e *examination) aboutKey() bool {
	return e.KeyError != nil || tagroll.CodeOf(e.MakeError) == tagroll.CodeInvalidAPIKey
}

// network goes the way to the server: name, connection, TLS. It reports whether the server can
// be asked.
func (e *examination) network(ctx context.Context) bool {
	if tagroll.CodeOf(e.MakeError) == tagroll.CodeConfiguration {
		e.say("network", Failure, tagroll.AsError(e.MakeError).Message, "see tagroll help providers")
		return false
	}
	base, err := url.Parse(e.BaseURL)
	if err != nil || base.Host == "" {
		return false // such an address is a MakeError, which was told
	}
	target := base
	if proxy, err := e.Proxy(&http.Request{URL: base}); err != nil {
		e.say("network", Failure, "the proxy that the environment names makes no sense", "look at HTTPS_PROXY and HTTP_PROXY")
		return false
	} else if proxy != nil {
		if usualPorts[proxy.Scheme] == "" {
			e.say("network", Failure, fmt.Sprintf("the proxy %s begins with %s://, "+
				"which is no kind of proxy", proxy.Host, proxy.Scheme),
				"write http://, https:// or socks5:// in HTTPS_PROXY and "+
					"HTTP_PROXY")
			return false
		}
		e.say("network", OK, "requests take the proxy "+proxy.Host, "")
		target = proxy
	}
	slip := "look for a slip in --base-url, and whether this machine is online"
	if target != base {
		slip = "look for a slip in HTTPS_PROXY and HTTP_PROXY, and whether this machine is online"
	}
	if !e.resolve(ctx, target.Hostname(), slip) {
		return false
	}
	address := net.JoinHostPort(target.Hostname(), cmp.Or(target.Port(), usualPorts[target.Scheme]))
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	began := time.Now()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		wayOut := "look whether a firewall, a VPN or a proxy stands between"
		if target != base {
			wayOut = "start the proxy, or look at HTTPS_PROXY and HTTP_PROXY"
		} else if hosts.IsLoopback(target.Hostname()) {
			wayOut = "start the server, or look which port it has"
		}
		e.say("network", Failure, fmt.Sprintf("%s accepts no connection (%v)", address, cause(err)), wayOut)
		return false
	}
	defer conn.Close()
	e.say("network", OK, fmt.Sprintf("%s accepts connections (%d ms)", address, time.Since(began).Milliseconds()), "")
	if base.Scheme != "https" || target != base {
		return true
	}
	return e.certificate(ctx, conn, base.Hostname())
}

// usualPorts are the ports of servers and proxies whose address names none.
var usualPorts = map[string]string{"https": "443", "http": "80", "socks5": "1080", "socks5h": "1080"}

func (e *examination) resolve(ctx context.Context, host, slip string) bool {
	if net.ParseIP(host) != nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	addresses, err := e.LookupHost(ctx, host)
	if err != nil || len(addresses) == 0 {
		e.say("network", Failure, fmt.Sprintf("there is no address for the name %s (%v)", host, cause(err)), slip)
		return false
	}
	e.say("network", OK, fmt.Sprintf("%s is %s", host, addresses[0]), "")
	return true
}

// certificate checks the server's TLS certificate.
func (e *examination) certificate(ctx context.Context, conn net.Conn, host string) bool {
	client := tls.Client(conn, &tls.Config{ServerName: host, RootCAs: e.RootCAs, Time: e.Now})
	if err := client.HandshakeContext(ctx); err != nil {
		what, wayOut := e.notTrusted(err)
		e.say("network", Failure, host+" "+what, wayOut)
		return false
	}
	end := client.ConnectionState().PeerCertificates[0].NotAfter
	if left := end.Sub(e.Now()); left < 14*24*time.Hour {
		e.say("network", Warning, fmt.Sprintf("the certificate of %s ends on %s", host, end.Format(time.DateOnly)), "have it renewed")
		return true
	}
	e.say("network", OK, fmt.Sprintf("%s has a certificate that is good until %s", host, end.Format(time.DateOnly)), "")
	return true
}

// notTrusted says why a TLS connection was not made, and what to do.
func (e *examination) notTrusted(err error) (what, wayOut string) {
	text := cause(err).Error()
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "does not speak https at this port", "write http:// in --base-url, or " +
			"name the port that has https"
	}
	if strings.Contains(text, "protocol version") {
		return "speaks only a version of TLS that is no longer safe", "have the server, or the proxy before it, updated to TLS 1.2 or newer"
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		return fmt.Sprintf("accepts connections and does not go on to TLS (%v)", cause(err)), "look whether a firewall, a virus scanner or a proxy stands between"
	}
	what = fmt.Sprintf("cannot prove who it is (%s)", text)
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return what, "look at this machine's clock first; else the server's certificate has to be renewed"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return what, "make the system trust the authority that signed it, or the certificate itself if it is your own (on Linux SSL_CERT_FILE names a file of them)"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return what, "its certificate is for other names: look for a slip in --base-url"
	}
	return what, "look whether a proxy or a virus scanner stands between"
}

// model asks whether the server knows the model, and compares the clocks. It reports whether a
// call may be tried.
func (e *examination) model(ctx context.Context) bool {
	if e.Describer == nil {
		if !e.aboutKey() {
			e.say("model", Failure, tagroll.AsError(e.MakeError).Message, e.wayOutOf(tagroll.CodeOf(e.MakeError)))
		}
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	name := e.Describer.Info().Model
	probe, err := e.Describer.Probe(ctx)
	if errors.Is(err, openai.ErrProxy) {
		what, wayOut, _ := strings.Cut(tagroll.AsError(err).Message, ": ")
		e.say("network", Failure, what, wayOut)
		return false
	}
	switch tagroll.CodeOf(err) {
	case "":
	case tagroll.CodeInvalidAPIKey:
		e.say("key", Failure, tagroll.AsError(err).Message, e.wayOutOf(tagroll.CodeInvalidAPIKey))
		return false
	case tagroll.CodeForbidden:
		e.say("model", Warning, tagroll.AsError(err).Message, "")
		return true
	case tagroll.CodeConfiguration: // it redirects
		e.say("network", Failure, tagroll.AsError(err).Message, loginPage)
		return false
	default:
		wayOut := "look whether this is the address of the API, which usually ends with /v1"
		if ctx.Err() != nil {
			wayOut = "try again later: the server may be busy, or stuck; look at its log or its status page"
		}
		e.say("network", Failure, tagroll.AsError(err).Message, wayOut)
		return false
	}
	e.clock(probe.Date)
	when, wayOut, _ := strings.Cut(probe.Retirement, ": ")
	switch {
	case probe.WebPage && probe.Status == http.StatusOK:
		e.say("network", Failure, "what answers is a web page and no API", loginPage)
		return false
	case probe.Retirement != "" && probe.Known && !probe.Listed:
		e.say("model", Failure, when+", and the server has it no more", wayOut)
		return false
	case probe.Retirement != "":
		e.say("model", Warning, when, wayOut)
	case probe.Listed:
		e.say("model", OK, "the server has "+name, "")
	case probe.Known:
		const most = 8
		e.say("model", Failure, fmt.Sprintf("the server has no model %s; it has %s", name, strings.Join(probe.Others[:min(len(probe.Others), most)], ", ")), "name one of them with --model")
		return false
	case probe.Status == http.StatusNotFound && !strings.HasSuffix(strings.TrimRight(e.BaseURL, "/"), "/v1"):
		e.say("model", Warning, "the server has no list of models (404)", "the base URL may lack /v1 at its end")
	default:
		e.say("model", Warning, fmt.Sprintf("the server has no list of models (status %d), so only a call shows whether it has %s", probe.Status, name), "")
	}
	return true
}

// loginPage is the way out where a web page, or a redirect to one, stands in the way.
const loginPage = "log in to the network with a browser if it has a page for that (hotel, train, airport); else look whether --base-url is the address of the API, which usually ends with /v1"

// clock compares this machine's clock with the server's.
func (e *examination) clock(server time.Time) {
	if server.IsZero() {
		return
	}
	const tolerated = 2 * time.Minute
	// The server's time has no fractions of a second, and took a while to arrive.
	if off := e.Now().Sub(server).Round(time.Minute); off.Abs() > tolerated {
		e.say("clock", Warning, fmt.Sprintf("this machine's clock is %v off the server's", off), "set it: certificates, limits and signed addresses depend on it")
		return
	}
	e.say("clock", OK, "this machine's clock agrees with the server's", "")
}

// disk writes to the folders that a run writes to.
func (e *examination) disk() {
	for _, folder := range e.Folders {
		if err := tryFolder(folder); err != nil {
			e.say("disk", Failure, fmt.Sprintf("%s cannot be written to (%v)", folder, cause(err)), "free some space, or choose another folder with --out or --temp-dir")
			continue
		}
		e.say("disk", OK, folder+" can be written to", "")
	}
}

// tryFolder writes a file and removes it, and returns the first thing that went wrong.
func tryFolder(folder string) error {
	const size = 4 << 20
	f, err := os.CreateTemp(folder, underway.Prefix+"doctor-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, size))
	for _, step := range []func() error{f.Sync, f.Close, func() error { return os.Remove(f.Name()) }} {
		if failed := step(); err == nil {
			err = failed
		}
	}
	return err
}

// cause is the innermost reason of an error, without the addresses and paths around it.
func cause(err error) error {
	if err == nil {
		return errors.New("no answer")
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
