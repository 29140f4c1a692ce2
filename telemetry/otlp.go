package telemetry

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tagroll/tagroll/internal/otlp"
	"github.com/tagroll/tagroll/internal/sleep"
)

// Defaults of the specification ("OpenTelemetry Protocol Exporter").
const (
	defaultEndpoint = "http://localhost:4318"
	tracesPath      = "v1/traces"
	defaultTimeout  = 10 * time.Second
)

// maxResponse bounds what is read of a collector's answer.
const maxResponse = 64 << 10

// otlpExporter sends spans by OTLP/HTTP in protobuf, the protocol's default.
type otlpExporter struct {
	url     string
	headers http.Header
	gzip    bool
	timeout time.Duration // of an export with all its tries
	client  *http.Client
	stopped context.Context
	stop    context.CancelFunc
}

// exporterVariable returns a variable of OTLP exporters, and its name: the one for traces comes
// before the one for all signals.
func exporterVariable(name string) (value, from string) {
	for _, from = range []string{"OTEL_EXPORTER_OTLP_TRACES_" + name, "OTEL_EXPORTER_OTLP_" + name} {
		if value = variable(from); value != "" {
			return value, from
		}
	}
	return "", from
}

// newOTLPExporter reads the OTEL_EXPORTER_OTLP_* variables. It fails with tagroll.CodeConfiguration
// and names the variable.
func newOTLPExporter() (*otlpExporter, error) {
	e := &otlpExporter{timeout: defaultTimeout}
	wrong := func(from, value, want string, cause error) (*otlpExporter, error) {
		return nil, configurationError(fmt.Sprintf("%s is %q: %s", from, value, want), cause)
	}
	if value, from := exporterVariable("PROTOCOL"); value != "" && value != "http/protobuf" {
		return wrong(from, value, "only http/protobuf is spoken here, which collectors take at port 4318", nil)
	}
	var err error
	if e.url, err = endpoint(); err != nil {
		return nil, err
	}
	if value, from := exporterVariable("HEADERS"); value != "" {
		if e.headers, err = parseHeaders(value); err != nil {
			// The value holds keys, which must not be repeated.
			return nil, configurationError(from+": write pairs such as authorization=Bearer%20KEY,x-tenant=1", err)
		}
	}
	switch value, from := exporterVariable("COMPRESSION"); value {
	case "gzip":
		e.gzip = true
	case "", "none":
	default:
		return wrong(from, value, "choose gzip or none", nil)
	}
	if value, from := exporterVariable("TIMEOUT"); value != "" {
		ms, err := strconv.Atoi(value)
		if err != nil || ms < 1 {
			return wrong(from, value, "give milliseconds, such as 10000", err)
		}
		e.timeout = time.Duration(ms) * time.Millisecond
	}
	security, err := tlsConfig()
	if err != nil {
		return nil, err
	}
	e.client = &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSClientConfig: security, ForceAttemptHTTP2: true,
			MaxIdleConns: 2, IdleConnTimeout: 90 * time.Second,
		},
		// A redirect would carry the headers, and so keys, to an address that nobody
		// configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	e.stopped, e.stop = context.WithCancel(context.Background())
	return e, nil
}

// endpoint is where traces go: the address for traces as it is, or the one for all signals with
// their path.
func endpoint() (string, error) {
	from, value := "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	whole := value != ""
	if !whole {
		from = "OTEL_EXPORTER_OTLP_ENDPOINT"
		value = cmp.Or(variable(from), defaultEndpoint)
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		// The value is not repeated: it may hold a password.
		return "", configurationError(from+": write an address such as "+defaultEndpoint, nil)
	}
	if !whole {
		u = u.JoinPath(tracesPath)
	}
	return u.String(), nil
}

// parseHeaders reads pairs in the form of W3C Baggage: name=value,name=value with percent-encoded
// values.
func parseHeaders(text string) (http.Header, error) {
	headers := make(http.Header)
	for pair := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		name = strings.TrimSpace(name)
		if !ok || err != nil || name == "" || strings.ContainsAny(name, " \t\r\n:") || strings.ContainsAny(value, "\r\n\x00") {
			return nil, errors.New("a pair is no header")
		}
		headers.Set(name, value)
	}
	return headers, nil
}

// tlsConfig reads the certificates that the environment names; nil means those of the system.
func tlsConfig() (*tls.Config, error) {
	c := &tls.Config{}
	if path, from := exporterVariable("CERTIFICATE"); path != "" {
		pem, err := os.ReadFile(path)
		c.RootCAs = x509.NewCertPool()
		if err != nil || !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, configurationError(fmt.Sprintf("%s is %q: name a file with certificates in PEM", from, path), err)
		}
	}
	certificate, from := exporterVariable("CLIENT_CERTIFICATE")
	key, _ := exporterVariable("CLIENT_KEY")
	if certificate != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			return nil, configurationError(fmt.Sprintf("%s is %q: name a certificate and with ..._CLIENT_KEY its key, both in PEM", from, certificate), err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// shutdown implements [exporter].
func (e *otlpExporter) shutdown() {
	e.stop()
	e.client.CloseIdleConnections()
}

// export implements [exporter]. While the collector is busy or unreachable, the spans are sent
// again, as the specification says.
func (e *otlpExporter) export(ctx context.Context, traces otlp.Traces) error {
	body := otlp.Encode(traces)
	if e.gzip {
		body = compressed(body)
	}
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	defer context.AfterFunc(e.stopped, cancel)()
	for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
		again, after, err := e.post(ctx, body)
		if err == nil || !again {
			return err
		}
		// The delay is spread from half to one and a half, so that many workers do not
		// return at once.
		pause := max(after, wait/2+rand.N(wait))
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < pause {
			return err
		}
		if sleep.For(ctx, pause) != nil {
			return err
		}
	}
}

func compressed(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(body) // a Buffer returns no error
	w.Close()
	return b.Bytes()
}

// post makes one try. If it may be repeated, after is how long the collector asked to wait.
func (e *otlpExporter) post(ctx context.Context, body []byte) (again bool, after time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return false, 0, err
	}
	for name, values := range e.headers {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	r.Header.Set("User-Agent", "tagroll")
	if e.gzip {
		r.Header.Set("Content-Encoding", "gzip")
	}
	response, err := e.client.Do(r)
	if err != nil {
		return ctx.Err() == nil, 0, err
	}
	defer response.Body.Close()
	// The status says enough.
	answer, _ := io.ReadAll(io.LimitReader(response.Body, maxResponse))
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		again = true
		if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
			after = time.Duration(seconds) * time.Second
		}
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return again, after, fmt.Errorf("the collector answered %s", response.Status)
	}
	return false, 0, otlp.CheckAnswer(answer)
}
