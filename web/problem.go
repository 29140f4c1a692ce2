package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
)

// The codes of problems. They are stable: clients rely on them.
const (
	codeBadRequest           = "bad_request"
	codeMalformedMultipart   = "malformed_multipart"
	codeUploadInterrupted    = "upload_interrupted"
	codeUnauthorized         = "unauthorized"
	codeCrossOrigin          = "cross_origin"
	codeWrongHost            = "wrong_host"
	codeNotFound             = "not_found"
	codeUnknownFormat        = "unknown_format"
	codeMethodNotAllowed     = "method_not_allowed"
	codeBatchClosed          = "batch_closed"
	codeBatchUnfinished      = "batch_unfinished"
	codePhotoUnfinished      = "photo_unfinished"
	codeNothingToRetry       = "nothing_to_retry"
	codeChanged              = "changed"
	codeTooManyPhotos        = "too_many_photos"
	codeRequestTooLarge      = "request_too_large"
	codeUnsupportedMediaType = "unsupported_media_type"
	codeEmptyBatch           = "empty_batch"
	codeInvalidMetadata      = "invalid_metadata"
	codePreconditionRequired = "precondition_required"
	codeRateLimited          = "rate_limited"
	codeUnavailable          = "unavailable"
	codeInternal             = "internal"
)

// statuses maps every code to its status, in one place.
var statuses = map[string]int{
	codeBadRequest: 400, codeMalformedMultipart: 400, codeUploadInterrupted: 400,
	codeUnauthorized: 401,
	codeCrossOrigin:  403,
	codeNotFound:     404, codeUnknownFormat: 404,
	codeMethodNotAllowed: 405,
	codeBatchClosed:      409, codeBatchUnfinished: 409, codePhotoUnfinished: 409, codeNothingToRetry: 409,
	codeChanged:       412,
	codeTooManyPhotos: 413, codeRequestTooLarge: 413,
	codeUnsupportedMediaType: 415,
	codeEmptyBatch:           422, codeInvalidMetadata: 422,
	codeWrongHost:            421,
	codePreconditionRequired: 428,
	codeRateLimited:          429,
	codeInternal:             500,
	codeUnavailable:          503,
}

// problem is a failure in the form that a client gets (RFC 9457).
type problem struct {
	code   string
	detail string // a sentence that says what to do
	// members are extensions of the document.
	members map[string]any
	// retryAfter is sent as Retry-After unless it is zero.
	retryAfter time.Duration
	err        error // the cause, for the log
}

func (p *problem) Error() string {
	if p.err != nil {
		return p.code + ": " + p.err.Error()
	}
	return p.code + ": " + p.detail
}

func (p *problem) Unwrap() error { return p.err }

// refuse makes a problem.
//
//go:noinline
func refuse(code, format string, args ...any) *problem {
	return &problem{code: code, detail: fmt.Sprintf(format, args...)}
}

// with returns the problem with another member in its document.
func (p *problem) with(name string, value any) *problem {
	q := *p
	q.members = maps.Clone(p.members)
	if q.members == nil {
		q.members = make(map[string]any)
	}
	q.members[name] = value
	return &q
}

// Refusals that several calls give.
var (
	errNotFound = refuse(codeNotFound, "There is nothing here. Batches can be seen by the browser or token that made them, until they are deleted or expire.")
	errChanged  = refuse(codeChanged, "The photo has changed meanwhile: look at it again.")
	errNoPhoto  = refuse(codeEmptyBatch, "There is no photo in the request: send at least one in a field called photos.")
	errTooLong  = refuse(codeRequestTooLarge, "A file is larger than %d bytes.", maxDrained)
)

// unavailableFor is how long a client is asked to wait for an engine that cannot store anything.
const unavailableFor = 5 * time.Second

// problemOf says how a failure is told to a client.
func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	switch {
	case errors.Is(err, queue.ErrNotFound):
		return errNotFound
	case errors.Is(err, queue.ErrClosed):
		return refuse(codeBatchClosed, "This batch takes no more photos: make a new one.")
	case errors.Is(err, queue.ErrUnfinished):
		return refuse(codePhotoUnfinished, "This photo is still being worked on: wait until it is done.")
	case errors.Is(err, queue.ErrChanged):
		return errChanged
	case errors.Is(err, queue.ErrUnavailable), tagroll.CodeOf(err) == tagroll.CodeDiskFull:
		return &problem{code: codeUnavailable, err: err, retryAfter: unavailableFor,
			detail: "The server cannot store anything at the moment. What it accepted before is not lost: try again later."}
	case errors.Is(err, context.DeadlineExceeded):
		return &problem{code: codeUnavailable, err: err, retryAfter: unavailableFor, detail: "The server was too slow: try again later."}
	}
	return &problem{code: codeInternal, err: err, detail: "Something is wrong with the server. Its log says what."}
}

// write answers with the problem's document.
func (p *problem) write(w http.ResponseWriter, r *http.Request) {
	status := statuses[p.code]
	document := make(map[string]any, len(p.members)+6)
	maps.Copy(document, p.members)
	maps.Copy(document, map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status,
		"code": p.code, "detail": p.detail, "instance": r.URL.EscapedPath(),
	})
	h := w.Header()
	if p.retryAfter > 0 {
		seconds := int((p.retryAfter + time.Second - 1) / time.Second)
		h.Set("Retry-After", strconv.Itoa(seconds))
		document["retry_after_seconds"] = seconds
	}
	body, err := json.Marshal(document)
	if err != nil { // a member that is no JSON is a defect
		body = []byte(`{"type":"about:blank","status":500,"code":"internal"}`)
		status = http.StatusInternalServerError
	}
	for _, name := range []string{"Etag", "Last-Modified", "Content-Disposition", "Location"} {
		h.Del(name) // they spoke of another answer
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body) // nobody is left to tell
	}
}
