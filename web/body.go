package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"sync"
	"time"
)

const (
	// bodyBuffer is how much is read from the connection at once. net/http and mime/multipart
	// read 4 KiB at a time, which costs eight times as many calls of the system.
	bodyBuffer = 32 << 10
	// leastSpeed is the average in bytes a second below which an upload is cut off, once
	// Limits.Stall has passed: who sends a byte now and then holds memory as long as it likes
	// otherwise.
	leastSpeed = 4 << 10
	maxJSON    = 256 << 10
)

var errAllowance = errors.New("more bytes than are allowed here")

// errTooSlow ends an upload that holds memory for which others wait.
var errTooSlow = errors.New("the client sends too slowly while others wait")

// body reads a request's body in a way that no client can hold it up.
type body struct {
	*bufio.Reader
	source  io.Reader
	control *http.ResponseController
	stall   time.Duration
	length  int64 // that was announced; negative if unknown

	allowance int64 // bytes that may still be read
	err       error // how the source ended, if it has; io.EOF when it ended well

	mu      sync.Mutex // guards what other goroutines look at
	read    int64
	speed   speedometer
	waiting time.Time // since when the client is waited for; zero while it is not
	ended   error     // why another goroutine has ended the upload
}

func newBody(w http.ResponseWriter, r *http.Request, stall time.Duration) *body {
	b := &body{source: r.Body, control: http.NewResponseController(w), stall: stall, length: r.ContentLength, allowance: math.MaxInt64}
	b.speed.window = stall
	b.Reader = bufio.NewReaderSize(connection{b}, bodyBuffer)
	return b
}

// left is how many bytes can still come, a little more rather than less; negative if that is
// unknown.
func (b *body) left() int64 {
	if b.length < 0 {
		return -1
	}
	return max(b.length-b.read+int64(b.Buffered())+8<<10, 0) // mime/multipart has a buffer, too
}

// expected returns how long the rest of the body will take at the client's pace; zero while the
// client is not waited for.
func (b *body) expected() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting.IsZero() {
		return 0
	}
	silent := time.Since(b.waiting)
	if b.length < 0 {
		return max(silent, time.Minute)
	}
	speed := b.speed.rate(silent)
	if speed <= 0 {
		return silent + time.Minute
	}
	return time.Duration(float64(max(b.length-b.read, 1)) / speed * float64(time.Second))
}

// end ends the upload from another goroutine, if the client is waited for.
func (b *body) end(why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil || b.waiting.IsZero() {
		return
	}
	b.ended = why
	_ = b.control.SetReadDeadline(time.Unix(1, 0))
}

// speedometer measures how fast a client sends, over a sliding window of the time that it was
// waited for: the last one to two halves of the window.
type speedometer struct {
	window        time.Duration
	before, now   int64 // bytes in the half before this one, and in this one
	waited, whole time.Duration
}

// add notes a read, and reports whether the client was too slow over a whole window.
func (p *speedometer) add(n int64, waited time.Duration) (tooSlow bool) {
	p.now += n
	p.waited += waited
	if p.waited < p.window/2 {
		return false
	}
	if p.whole > 0 {
		tooSlow = float64(p.before+p.now) < leastSpeed*(p.whole+p.waited).Seconds()
	}
	p.before, p.whole, p.now, p.waited = p.now, p.waited, 0, 0
	return tooSlow
}

// rate is in bytes a second, given that the client has been silent for a while.
func (p *speedometer) rate(silent time.Duration) float64 {
	if total := p.whole + p.waited + silent; total > 0 {
		return float64(p.before+p.now) / total.Seconds()
	}
	return 0
}

// connection is the unbuffered side of a body.
type connection struct{ *body }

func (c connection) Read(p []byte) (int, error) {
	b := c.body
	switch {
	case b.err != nil:
		return 0, b.err
	case b.allowance <= 0:
		return 0, errAllowance
	case int64(len(p)) > b.allowance:
		p = p[:b.allowance]
	}
	began := time.Now()
	b.mu.Lock()
	err := b.ended
	b.waiting = began
	if err == nil {
		// Where the writer knows no deadlines there is no connection to hold up either.
		_ = b.control.SetReadDeadline(began.Add(b.stall))
	}
	b.mu.Unlock()
	n := 0
	if err == nil {
		n, err = b.source.Read(p)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = time.Time{}
	b.read += int64(n)
	b.allowance -= int64(n)
	tooSlow := b.speed.add(int64(n), time.Since(began))
	switch {
	case b.ended != nil && err != io.EOF:
		err = b.ended
	case err == nil && tooSlow:
		err = context.DeadlineExceeded
	case err == io.EOF:
		// From here on net/http watches the connection for its end: the deadline must not
		// be taken for that.
		_ = b.control.SetReadDeadline(time.Time{})
	}
	b.err = err
	return n, err
}

// failure says why the body could not be read, or not be understood.
func (b *body) failure(err error) *problem {
	switch {
	case errors.Is(err, errAllowance):
		return &problem{code: codeMalformedMultipart, detail: "The header of a part is too large.", err: err}
	case errors.Is(b.err, errTooSlow):
		return &problem{code: codeUnavailable, err: err, retryAfter: unavailableFor,
			detail: "The server is busy, and this upload was slower than those that wait: send it again in a moment."}
	case b.err != nil && b.err != io.EOF:
		return &problem{code: codeUploadInterrupted, detail: "The upload stopped half-way: send it again.", err: b.err}
	}
	return &problem{code: codeMalformedMultipart, err: err,
		detail: "The body is not well-formed multipart/form-data, or ends too early: send it again as a browser or curl -F does."}
}

// mediaType returns the type of the request's body and its parameters.
func mediaType(r *http.Request) (string, map[string]string) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "", nil
	}
	return kind, params
}

// readJSON reads a small JSON body into a value. An absent body is accepted if mayBeAbsent.
func (s *Server) readJSON(w http.ResponseWriter, r *http.Request, value any, mayBeAbsent bool) error {
	return s.readJSONUpTo(w, r, value, mayBeAbsent, maxJSON)
}

// readJSONUpTo reads a JSON body of at most so many bytes.
func (s *Server) readJSONUpTo(w http.ResponseWriter, r *http.Request, value any, mayBeAbsent bool, most int64) error {
	tooLarge := refuse(codeRequestTooLarge, "The body is larger than %d KiB.", most>>10)
	if r.ContentLength > most {
		return tooLarge
	}
	if kind, _ := mediaType(r); kind != "application/json" && (!mayBeAbsent || r.Header.Get("Content-Type") != "") {
		return refuse(codeUnsupportedMediaType, "The body must be JSON: send Content-Type: application/json.")
	}
	b := newBody(w, r, s.Limits.Stall)
	text, err := io.ReadAll(io.LimitReader(b, most+1))
	switch {
	case err != nil:
		return b.failure(err)
	case int64(len(text)) > most:
		return tooLarge
	case len(text) == 0 && mayBeAbsent:
		return nil
	}
	return decodeJSON(text, value)
}
