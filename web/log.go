package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// probes are asked every few seconds by machines.
var probes = map[string]bool{"/healthz": true, "/readyz": true, "/metrics": true}

// writeAtOnce is how much is given to the connection under one deadline.
const writeAtOnce = 64 << 10

// recorder notes what was answered, and gives up a client that does not read.
type recorder struct {
	http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
	status  int
	failure *problem
	abort   bool // the answer had begun when it failed
}

// begin prepares for an answer. The last one on the same connection has left its deadline behind.
func (a *recorder) begin(stall time.Duration) {
	a.control, a.stall = http.NewResponseController(a.ResponseWriter), stall
	// Where the writer knows no deadlines there is no connection to hold up either.
	_ = a.control.SetWriteDeadline(time.Time{})
	a.Header().Set("X-Content-Type-Options", "nosniff")
}

func (a *recorder) extend() { _ = a.control.SetWriteDeadline(time.Now().Add(a.stall)) }

// WriteHeader notes the status; informational ones are not the answer.
func (a *recorder) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.extend()
	a.ResponseWriter.WriteHeader(status)
}

func (a *recorder) Write(p []byte) (n int, err error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	for {
		a.extend()
		part := p[n:min(len(p), n+writeAtOnce)]
		m, err := a.ResponseWriter.Write(part)
		if n += m; err != nil || n == len(p) {
			return n, err
		}
	}
}

// Unwrap lets [http.ResponseController] find the connection.
func (a *recorder) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// recovered answers a handler's panic.
func (s *Server) recovered(a *recorder, r *http.Request, cause any) {
	if cause == http.ErrAbortHandler {
		a.abort = true
		return
	}
	s.Log.Error("a handler panicked", "route", r.Pattern, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	s.fail(a, r, &problem{code: codeInternal, detail: "Something is wrong with the server. Its log says what.", err: fmt.Errorf("panic: %v", cause)})
}

// ended writes the access log. A path is logged as its pattern only: temporary URLs are secrets, and so
// may be what a wrong path holds.
func (s *Server) ended(a *recorder, r *http.Request, took time.Duration) {
	status := a.status
	if status == 0 {
		status = http.StatusOK
		if a.failure != nil {
			status = statuses[a.failure.code]
		}
	}
	code := ""
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("route", r.Pattern), slog.Int("status", status),
		slog.Duration("duration", took),
	}
	if id := r.PathValue("id"); isID(id) {
		attrs = append(attrs, slog.String("batch", id))
	}
	level := slog.LevelInfo
	if probes[r.Pattern] {
		level = slog.LevelDebug
	}
	if a.failure != nil {
		code = a.failure.code
		attrs = append(attrs, slog.String("code", code))
		if a.failure.err != nil {
			attrs = append(attrs, slog.Any("error", a.failure.err))
		}
		if status >= 500 {
			level = slog.LevelWarn
		}
	}
	s.Log.LogAttrs(r.Context(), level, "request", attrs...)
	if s.Observe != nil {
		s.Observe(Request{Route: r.Pattern, Method: method(r.Method), Status: status, Code: code, Duration: took})
	}
}

// method bounds the number of names that metrics see.
func method(name string) string {
	switch name {
	case "GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT":
		return name
	}
	return "other"
}
