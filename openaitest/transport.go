package openaitest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
)

// NewTransport returns a transport that hands every request to handler in this
// process, whatever its address. Without sockets it works inside a testing/synctest bubble,
// where all of its waiting takes no time. A request's context ends the handler's.
func NewTransport(handler http.Handler) http.RoundTripper { return inProcess{handler} }

type inProcess struct{ handler http.Handler }

// RoundTrip returns once the handler has begun its answer, as over a network.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	body := r.Body
	if body == nil {
		body = http.NoBody
	}
	if err := r.Context().Err(); err != nil {
		body.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(r.Context())
	in := r.Clone(ctx)
	in.Body, in.RequestURI, in.RemoteAddr = body, r.URL.RequestURI(), "127.0.0.1:1"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	reader, writer := io.Pipe()
	w := &inProcessWriter{header: http.Header{}, request: r, pipe: writer, begun: make(chan struct{})}
	stop := context.AfterFunc(ctx, func() { writer.CloseWithError(context.Cause(ctx)) })
	go func() {
		defer cancel()
		defer stop()
		defer body.Close()
		w.finish(w.serve(t.handler, in))
	}()
	select {
	case <-w.begun:
	case <-r.Context().Done():
	}
	if err := r.Context().Err(); err != nil {
		// Before the answer: a handler that ends because its client has left may
		// have begun one, which nobody is there to read.
		reader.CloseWithError(err)
		cancel()
		return nil, err
	}
	if w.failed != nil {
		return nil, w.failed
	}
	w.response.Body = &inProcessBody{reader, cancel}
	return w.response, nil
}

// inProcessBody tells the handler when its client stops reading.
type inProcessBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *inProcessBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}

// inProcessWriter is the handler's end of a response.
type inProcessWriter struct {
	header  http.Header
	request *http.Request
	pipe    *io.PipeWriter
	once    sync.Once
	begun   chan struct{} // closed when response or failed is set
	left    int64         // bytes that Content-Length promises still
	reset   bool

	response *http.Response
	failed   error
}

func (w *inProcessWriter) Header() http.Header { return w.header }

func (w *inProcessWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.left = -1
		if n, err := strconv.ParseInt(w.header.Get("Content-Length"), 10, 64); err == nil {
			w.left = n
		}
		w.response = &http.Response{
			Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: w.header.Clone(), ContentLength: w.left, Request: w.request,
		}
		close(w.begun)
	})
}

func (w *inProcessWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	n, err := w.pipe.Write(p)
	w.left -= int64(n)
	return n, err
}

// Flush does nothing more than to begin the answer: nothing is buffered.
func (w *inProcessWriter) Flush() { w.WriteHeader(http.StatusOK) }

// abort makes the connection end as by a TCP reset.
func (w *inProcessWriter) abort() { w.reset = true }

// serve runs the handler and returns how the connection ends; nil is in good order.
func (w *inProcessWriter) serve(handler http.Handler, r *http.Request) (ended error) {
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p != http.ErrAbortHandler:
			panic(p)
		case w.reset:
			ended = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
		default:
			ended = io.ErrUnexpectedEOF
		}
	}()
	handler.ServeHTTP(w, r)
	return nil
}

// finish ends the answer, or fails the request if none was begun.
func (w *inProcessWriter) finish(ended error) {
	if ended == nil {
		w.WriteHeader(http.StatusOK)
	}
	w.once.Do(func() {
		w.failed = ended
		if errors.Is(ended, io.ErrUnexpectedEOF) {
			// This is what a client sees of a connection that ends before an answer.
			w.failed = io.EOF
		}
		close(w.begun)
	})
	w.pipe.CloseWithError(ended) // nil is io.EOF
}
