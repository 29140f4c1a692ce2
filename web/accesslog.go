package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/tagroll/tagroll/queue"
)

// probes are asked every few seconds by machines.
var probes = map[string]bool{"/healthz": true, "/readyz": true, "/metrics": true}

// recovered answers a handler's panic.
func (s *Server) recovered(a *responseRecorder, r *http.Request, cause any) {
	if cause == http.ErrAbortHandler {
		a.abort = true
		return
	}
	s.Log.Error("a handler panicked", "route", r.Pattern, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	s.fail(a, r, problemOf(fmt.Errorf("panic: %v", cause)))
}

// logRequest writes the access log. A path is logged as its pattern only: temporary URLs are
// secrets, and so may be what a wrong path holds.
func (s *Server) logRequest(a *responseRecorder, r *http.Request, took time.Duration) {
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
		slog.Duration("duration", took), slog.String("request_id", a.id),
	}
	if s.LogClients {
		if address, _ := s.origins(r); address.IsValid() {
			attrs = append(attrs, slog.String("client", address.String()))
		}
	}
	if id := r.PathValue("id"); queue.ValidID(id) {
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
