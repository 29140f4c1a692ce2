package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tagroll/tagroll/export"
)

// Server is the HTTP API. It is safe for concurrent use.
type Server struct {
	Config
	mux         *http.ServeMux
	origin      *http.CrossOriginProtection
	formats     []export.Format
	memory      *semaphore // bytes of uploads
	preparation *semaphore // processors
	watchdog    watchdog
	password    atomic.Pointer[string] // see Config.Password
	spending    spending
	limits      *limiter
	feeds       feeds
	quotas      batchQuotas
	owners      ownerQuota
	stored      storeSize

	ctx  context.Context // ends with Close
	stop context.CancelFunc

	uploads, preparing, streams atomic.Int64
}

// Stats are a server's figures, for metrics.
type Stats struct {
	// Streams is how many event streams are open, Uploads how many requests that send photos
	// are under way.
	Streams, Uploads int
	// UploadBytes is the memory that photos under way hold; Preparing how many are being
	// prepared.
	UploadBytes int64
	Preparing   int
	// Refused counts the requests that were answered with 429, by the limit's name.
	Refused map[string]uint64
}

// New returns a server. It fails with CodeConfiguration and names the field.
func New(c Config) (*Server, error) {
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	s := &Server{
		Config:      c,
		mux:         http.NewServeMux(),
		origin:      http.NewCrossOriginProtection(),
		formats:     formatsOf(c.Agencies),
		memory:      newSemaphore(c.Limits.UploadMemory, reserveFor(c.Limits.BytesPerPhoto), 0.5),
		preparation: newSemaphore(int64(c.Processors), 0, 1),
		limits:      newLimiter(c.Limits),
		owners:      ownerQuota{limit: c.Limits.OpenBatches},
	}
	s.SetPassword(c.Password)
	s.memory.pressed = s.freeMemory
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.route()
	return s, nil
}

// Close ends every event stream, so that an http.Server's Shutdown need not wait for them (give it
// to RegisterOnShutdown). Uploads under way go on. It returns at once and may be called more than
// once.
func (s *Server) Close() { s.stop() }

// SetPassword replaces [Config].Password; an empty one means that none is wanted.
func (s *Server) SetPassword(password string) { s.password.Store(&password) }

// Stats returns the server's figures.
func (s *Server) Stats() Stats {
	return Stats{
		Streams: int(s.streams.Load()), Uploads: int(s.uploads.Load()),
		UploadBytes: s.memory.taken(), Preparing: int(s.preparing.Load()),
		Refused: s.limits.refusals(),
	}
}

// handler answers one call of the API. What it returns as an error is answered as a problem.
type handler func(s *Server, w http.ResponseWriter, r *http.Request, v visitor) error

// routes are the calls of the API by path and method. HEAD is answered where GET is.
var routes = map[string]map[string]handler{
	"/api/v1/batches":                           {"GET": (*Server).listBatches, "POST": (*Server).createBatch},
	"/api/v1/batches/{id}":                      {"GET": (*Server).getBatch, "PATCH": (*Server).changeBatch, "DELETE": (*Server).deleteBatch},
	"/api/v1/batches/{id}/photos":               {"POST": (*Server).addPhotos, "PATCH": (*Server).editPhotos},
	"/api/v1/batches/{id}/close":                {"POST": (*Server).closeBatch},
	"/api/v1/batches/{id}/cancel":               {"POST": (*Server).cancelBatch},
	"/api/v1/batches/{id}/retry":                {"POST": (*Server).retryBatch},
	"/api/v1/batches/{id}/continue":             {"POST": (*Server).continueBatch},
	"/api/v1/batches/{id}/describe":             {"POST": (*Server).describeAgain},
	"/api/v1/batches/{id}/extend":               {"POST": (*Server).extendBatch},
	"/api/v1/batches/{id}/events":               {"GET": (*Server).streamEvents},
	"/api/v1/batches/{id}/photos/{photo}":       {"GET": (*Server).getPhoto, "PATCH": (*Server).editPhoto, "DELETE": (*Server).removePhoto},
	"/api/v1/batches/{id}/photos/{photo}/image": {"GET": (*Server).getImage},
	"/api/v1/batches/{id}/export/{format}":      {"GET": (*Server).exportBatch},
	"/api/v1/service":                           {"GET": (*Server).getService},
	"/api/openapi.json":                         {"GET": (*Server).getOpenAPI},
	"/healthz":                                  {"GET": (*Server).healthz},
	"/readyz":                                   {"GET": (*Server).readyz},
}

// uncounted are the routes that the limit of requests leaves out: probes, and the small images, of
// which a page shows hundreds.
var uncounted = map[string]bool{
	"/healthz": true, "/readyz": true, "/api/v1/batches/{id}/photos/{photo}/image": true,
}

func (s *Server) route() {
	for path, methods := range routes {
		s.mux.Handle(path, s.dispatch(methods))
	}
	s.mux.Handle("/api/", s.dispatch(nil))
	other := func(path string, h http.Handler) {
		if h == nil {
			h = http.NotFoundHandler()
		}
		s.mux.Handle(path, h)
	}
	other("/t/{token}", s.Temp)
	other("/metrics", s.Metrics)
	page := s.Page
	if page != nil {
		page = s.withSession(page)
	}
	other("/", page)
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	r = s.belowBase(r)
	answer := &responseRecorder{ResponseWriter: w, gzip: acceptsGzip(r)}
	defer func() {
		if cause := recover(); cause != nil {
			s.recovered(answer, r, cause)
		}
		s.logRequest(answer, r, time.Since(began))
		if answer.abort {
			// The client must see that the answer is not whole.
			panic(http.ErrAbortHandler)
		}
	}()
	answer.begin(s.Limits.Stall)
	answer.id = s.requestID(r)
	answer.Header().Set("X-Request-Id", answer.id)
	defer s.watchBody(answer, r)()
	if err := s.guard(answer, r); err != nil {
		s.fail(answer, r, err)
		return
	}
	if r.URL.Path == "" && r.Method != http.MethodConnect {
		s.redirectToBase(answer, r)
		return
	}
	s.mux.ServeHTTP(answer, r)
}

// dispatch chooses by method, checks what every call needs, and answers failures.
func (s *Server) dispatch(methods map[string]handler) http.Handler {
	allow := allowed(methods)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.visitor(r)
		err := s.admit(w, r, v)
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		do, ok := methods[method]
		switch {
		case err != nil:
		case methods == nil:
			err = errNotFound
		case ok:
			err = do(s, w, r, v)
		case method == http.MethodOptions:
			w.Header().Set("Allow", allow)
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Allow", allow)
			err = refuse(codeMethodNotAllowed, "This address answers %s.", allow)
		}
		if err != nil {
			s.fail(w, r, err)
		}
	})
}

// allowed is the value of Allow.
func allowed(methods map[string]handler) string {
	names := slices.Collect(maps.Keys(methods))
	if methods["GET"] != nil {
		names = append(names, "HEAD")
	}
	names = append(names, "OPTIONS")
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// admit checks origin and number of requests, before anything of the body is read.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, v visitor) error {
	if !uncounted[r.Pattern] {
		if err := s.limits.request(w.Header(), v, s.Now()); err != nil {
			return err
		}
	}
	if v.bearer == "" && s.origin.Check(r) != nil {
		return refuse(codeCrossOrigin, "Another site's page cannot do this with the cookie of this one: use a batch's token as a bearer.")
	}
	return nil
}

// lastReads is how long a client may go on sending what was refused.
const lastReads = 5 * time.Second

// fail answers a failure, unless the answer has begun or nobody waits for it.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	answer, _ := w.(*responseRecorder)
	if answer != nil {
		answer.failure = p
	}
	if answer != nil && answer.status != 0 {
		answer.abort = true
		return
	}
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		if answer != nil {
			answer.failure = &problem{code: codeUploadInterrupted, err: err}
			answer.abort = true
		}
		return
	}
	if r.Body != http.NoBody && answer != nil {
		// Before it answers, net/http reads on for a while, so that the client does not
		// miss the answer for being busy with sending. From one that has stopped sending
		// nothing is to be expected.
		patience := min(lastReads, s.Limits.Stall/2)
		if p.code == codeUploadInterrupted {
			patience = 0
		}
		_ = answer.control.SetReadDeadline(time.Now().Add(patience))
	}
	p.write(w, r)
}
