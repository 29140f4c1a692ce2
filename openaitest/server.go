package openaitest

import (
	"crypto/subtle"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
)

// maxBody bounds a request: a 20 MB image is 27 MB as a data URL.
const maxBody = 64 << 20

// shutdownGrace bounds how long Close waits for handlers, all of which end at once
// when the server closes; a longer wait would be a defect.
const shutdownGrace = 10 * time.Second

// Server is a stand-in OpenAI server. It is an [http.Handler]; [Start] also gives
// it an address. Its methods are safe for concurrent use.
type Server struct {
	config     Config
	downloader *http.Client
	http       *http.Server // nil unless listening
	url        string
	closing    chan struct{}
	slots      chan struct{} // nil for no bound

	mu       sync.Mutex // guards all below
	closed   bool
	busy     sync.WaitGroup // handlers; added to under mu, and never once closed
	number   int            // of the last request that was in order
	requests *limiter
	tokens   *limiter
	prefixes map[[32]byte]bool // prompts in the cache
	asked    map[string]int    // requests in order, by image
	counters counters
	changed  chan struct{} // closed and replaced with every change of counters
}

// New returns a server that does not listen. Close ends its requests. The error is
// a *tagroll.Error with CodeConfiguration.
func New(c Config) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	s := &Server{
		config:     c,
		downloader: newDownloader(c),
		closing:    make(chan struct{}),
		requests:   newLimiter(c.Limits.RequestsPerMinute, c.Limits.Burst, c.Limits.FixedWindow),
		tokens:     newLimiter(c.Limits.TokensPerMinute, c.Limits.TokensPerMinute, c.Limits.FixedWindow),
		prefixes:   map[[32]byte]bool{},
		asked:      map[string]int{},
	}
	if c.Slots > 0 {
		s.slots = make(chan struct{}, c.Slots)
	}
	s.counters.reset()
	s.changed = make(chan struct{})
	return s, nil
}

// Start returns a server that listens on a free port of the loopback address. The
// error is a *tagroll.Error with CodeConfiguration, or CodeNetwork.
func Start(c Config) (*Server, error) {
	s, err := New(c)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, &tagroll.Error{
			Code: tagroll.CodeNetwork, Err: err,
			Message: fmt.Sprintf("no port of this machine could be opened for the stand-in server: %v", err),
		}
	}
	s.url = "http://" + listener.Addr().String() + "/v1"
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 30 * time.Second}
	s.busy.Go(func() { s.http.Serve(listener) })
	return s, nil
}

// URL is the base URL that clients of a started server are given, such as
// "http://127.0.0.1:40123/v1"; empty for a server that New made.
func (s *Server) URL() string { return s.url }

// Close ends all requests, waits for them, and may be called again. The address is
// free afterwards. The error is a *tagroll.Error with CodeInternal if a request did not end.
func (s *Server) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	s.mu.Unlock()
	if s.http != nil {
		s.http.Close()
	}
	ended := make(chan struct{})
	go func() { s.busy.Wait(); close(ended) }()
	timer := time.NewTimer(shutdownGrace)
	defer timer.Stop()
	select {
	case <-ended:
		return nil
	case <-timer.C:
		return &tagroll.Error{Code: tagroll.CodeInternal, Message: "a request to the stand-in server did not end: please report this"}
	}
}

// enter counts a handler in, unless the server is closed.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.busy.Add(1)
	return true
}

// ServeHTTP serves /chat/completions and /models under any prefix, GET /stats and POST
// /stats/reset.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		(&apiError{status: http.StatusServiceUnavailable, kind: "server_error", message: "The server is closed."}).write(w)
		return
	}
	defer s.busy.Done()
	switch path := r.URL.Path; {
	case path == "/stats":
		if allow(w, r, http.MethodGet) {
			writeJSON(w, http.StatusOK, s.Stats())
		}
	case path == "/stats/reset":
		if allow(w, r, http.MethodPost) {
			// Request numbers, limits and the prompt cache go on.
			s.count((*counters).reset)
			w.WriteHeader(http.StatusNoContent)
		}
	case strings.HasSuffix(path, "/models"), strings.Contains(path, "/models/"):
		if allow(w, r, http.MethodGet) {
			s.serveModels(w, r)
		}
	case strings.HasSuffix(path, "/chat/completions"):
		if allow(w, r, http.MethodPost) {
			s.serveChat(w, r)
		}
	default:
		(&apiError{
			status: http.StatusNotFound, kind: "invalid_request_error",
			message: fmt.Sprintf("Invalid URL (%s %s)", r.Method, path),
		}).write(w)
	}
}

func allow(w http.ResponseWriter, r *http.Request, method string) bool {
	if r.Method == method {
		return true
	}
	w.Header().Set("Allow", method)
	(&apiError{
		status: http.StatusMethodNotAllowed, kind: "invalid_request_error", code: "method_not_supported",
		message: fmt.Sprintf("Not allowed to %s on %s.", r.Method, r.URL.Path),
	}).write(w)
	return false
}

// authorized checks the key. A wrong form is refused even if any key will do.
func (s *Server) authorized(r *http.Request) bool {
	header := r.Header.Get("Authorization")
	if header == "" && s.config.Key == "" {
		return true
	}
	key, ok := cutPrefixFold(header, "Bearer ")
	if !ok || key == "" {
		return false
	}
	return s.config.Key == "" || subtle.ConstantTimeCompare([]byte(key), []byte(s.config.Key)) == 1
}

func (s *Server) serveModels(w http.ResponseWriter, r *http.Request) {
	if !s.authorized(r) {
		invalidKey().write(w)
		return
	}
	type model struct {
		ID       string  `json:"id"`
		Object   string  `json:"object"`
		Created  int64   `json:"created"`
		OwnedBy  string  `json:"owned_by"`
		Shutdown *string `json:"shutdown_date"` // year first, or null
	}
	list := make([]model, len(s.config.Models))
	for i, name := range s.config.Models {
		list[i] = model{name, "model", 1735689600, "openai", nil}
		if day, ok := s.config.Shutdown[name]; ok {
			list[i].Shutdown = &day
		}
	}
	if _, name, one := strings.Cut(r.URL.Path, "/models/"); one {
		for _, m := range list {
			if m.ID == name {
				writeJSON(w, http.StatusOK, m)
				return
			}
		}
		unknownModel(name).write(w)
		return
	}
	writeJSON(w, http.StatusOK, struct {
		Object string  `json:"object"`
		Data   []model `json:"data"`
	}{"list", list})
}

// call is one request to /chat/completions.
type call struct {
	s        *Server
	w        http.ResponseWriter
	arrived  time.Time // by package time, whatever the clock: latencies are measured
	number   int       // among the requests in order, from 1
	chance   *rand.Rand
	chat     *chat
	pictures []*picture
}

// serveChat answers one request and notes how it ended.
func (s *Server) serveChat(w http.ResponseWriter, r *http.Request) {
	c := &call{s: s, w: w, arrived: time.Now()}
	s.count(func(t *counters) { t.begin(w.Header()) })
	outcome := "connection ended" // what remains if a fault aborts the handler
	defer func() {
		left := r.Context().Err() != nil && !s.isClosed()
		s.count(func(t *counters) { t.end(outcome, left) })
	}()
	if failed := c.prepare(r); failed != nil {
		outcome = failed.outcome()
		failed.write(w)
		return
	}
	c.respond(r.Context(), &outcome)
}

// prepare does everything up to the faults: checks, limits and images.
func (c *call) prepare(r *http.Request) *apiError {
	s := c.s
	if !s.authorized(r) {
		return invalidKey()
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return &apiError{
			status: http.StatusUnsupportedMediaType, kind: "invalid_request_error", code: "unsupported_content_type",
			message: "Unsupported content type. This API method only accepts 'application/json' requests.",
		}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return invalid("", "", "The request body could not be read: %v.", err)
	}
	if len(body) > maxBody {
		return &apiError{status: http.StatusRequestEntityTooLarge, kind: "invalid_request_error", message: "The request is too large."}
	}
	var failed *apiError
	if c.chat, failed = s.parseChat(body); failed != nil {
		return failed
	}
	if failed := s.limit(c.w.Header(), s.requests, 1, "requests", c.chat.model); failed != nil {
		return failed
	}
	for _, part := range c.chat.images {
		p, failed := s.load(r.Context(), part)
		if failed != nil {
			return failed
		}
		c.pictures = append(c.pictures, p)
	}
	return s.limit(c.w.Header(), s.tokens, c.chat.promptTokens(c.pictures)+c.chat.maxTokens, "tokens", c.chat.model)
}

// limit takes n of a limit and sets its headers.
func (s *Server) limit(h http.Header, l *limiter, n int, what, model string) *apiError {
	now := s.config.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	refused := &apiError{status: http.StatusTooManyRequests, kind: what, code: "rate_limit_exceeded", form: s.config.Limits.RetryAfter, now: now}
	if s.config.Limits.HideHeaders {
		h = http.Header{}
	}
	if l.limit > 0 && n > l.capacity() {
		refused.message = fmt.Sprintf("Request too large for %s on %s per min: Limit %d, Requested %d.", model, what, l.limit, n)
		l.writeTo(h, what, now)
		return refused
	}
	wait, ok := l.take(n, now)
	l.writeTo(h, what, now)
	if ok {
		return nil
	}
	refused.retryAfter = wait
	refused.message = fmt.Sprintf("Rate limit reached for %s on %s per min: Limit %d.", model, what, l.limit)
	if refused.form == RetryAfterBoth || refused.form == RetryAfterMessage {
		refused.message += fmt.Sprintf(" Please try again in %v.", roundUp(wait, time.Millisecond))
	}
	return refused
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}
