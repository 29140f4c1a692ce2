package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"time"
)

const (
	// bodyBuffer is how much is read from the connection at once. net/http and mime/multipart read
	// 4 KiB at a time, which costs eight times as many calls of the system.
	bodyBuffer = 32 << 10
	// leastSpeed is the average in bytes a second below which an upload is cut off, once
	// Limits.Stall has passed: who sends a byte now and then holds memory as long as it likes
	// otherwise.
	leastSpeed = 4 << 10
	maxJSON    = 256 << 10
)

var errAllowance = errors.New("more bytes than are allowed here")

// body reads a request's body in a way that no client can hold it up.
type body struct {
	*bufio.Reader
	source  io.Reader
	control *http.ResponseController
	stall   time.Duration
	length  int64 // that was announced; negative if unknown

	read      int64
	waited    time.Duration
	allowance int64 // bytes that may still be read
	err       error // how the source ended, if it has; io.EOF when it ended well
}

func newBody(w http.ResponseWriter, r *http.Request, stall time.Duration) *body {
	b := &body{source: r.Body, control: http.NewResponseController(w), stall: stall, length: r.ContentLength, allowance: math.MaxInt64}
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
	// Where the writer knows no deadlines there is no connection to hold up either.
	_ = b.control.SetReadDeadline(began.Add(b.stall))
	n, err := b.source.Read(p)
	b.waited += time.Since(began)
	b.read += int64(n)
	b.allowance -= int64(n)
	if err == nil && b.waited > b.stall+time.Duration(b.read/leastSpeed)*time.Second {
		err = context.DeadlineExceeded
	}
	if err == io.EOF {
		// From here on net/http watches the connection for its end: the deadline must not be taken
		// for that.
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
