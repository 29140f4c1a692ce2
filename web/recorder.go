package web

import (
	"net/http"
	"time"
)

// writeAtOnce is how much is given to the connection under one deadline.
const writeAtOnce = 64 << 10

// responseRecorder notes what was answered, and gives up a client that does not read.
type responseRecorder struct {
	http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
	status  int
	failure *problem
	abort   bool // the answer had begun when it failed
	gzip    bool // the client reads gzip
	id      string
}

// begin prepares for an answer. The last one on the same connection has left its deadline behind.
func (a *responseRecorder) begin(stall time.Duration) {
	a.control, a.stall = http.NewResponseController(a.ResponseWriter), stall
	// Where the writer knows no deadlines there is no connection to hold up either.
	_ = a.control.SetWriteDeadline(time.Time{})
	a.Header().Set("X-Content-Type-Options", "nosniff")
}

func (a *responseRecorder) extend() { _ = a.control.SetWriteDeadline(time.Now().Add(a.stall)) }

// WriteHeader notes the status; informational ones are not the answer.
func (a *responseRecorder) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.extend()
	a.ResponseWriter.WriteHeader(status)
}

func (a *responseRecorder) Write(p []byte) (n int, err error) {
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
func (a *responseRecorder) Unwrap() http.ResponseWriter { return a.ResponseWriter }
