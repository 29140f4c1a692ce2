package openai

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"time"
)

// maxBody bounds what is read of a response. An answer has 2 KB; the rest is room
// for a model's reasoning, which some servers send along.
const maxBody = 4 << 20

// exchange is what came back from one request. The SDK reads bodies without a
// bound and gives up the headers of some failures, so the response is kept here
// before the SDK sees it.
type exchange struct {
	status   int // zero if no response began
	header   http.Header
	body     []byte // at most maxBody bytes
	tooLong  bool   // the body was longer
	complete bool   // the body was read to its end, or to maxBody
	err      error  // why the body ended early
}

// record is the middleware that keeps the response.
func (x *exchange) record(request *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	response, err := next(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	x.status, x.header = response.StatusCode, response.Header
	x.body, x.err = io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if len(x.body) > maxBody {
		x.body, x.tooLong = x.body[:maxBody], true
	}
	if x.err != nil {
		return nil, x.err
	}
	x.complete = true
	response.Body = io.NopCloser(bytes.NewReader(x.body))
	return response, nil
}

// newTransport returns a transport for many requests at once to one host. It has
// no limit of its own on the time of an answer: the context ends a call.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   256, // the default of 2 would open a new connection for most calls
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}
