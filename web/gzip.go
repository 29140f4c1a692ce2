package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// leastCompressed is the size below which an answer is not compressed: it fits into a packet or
// two.
const leastCompressed = 2 << 10

var gzips = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

// acceptsGzip reports whether a client reads gzip, by Accept-Encoding (RFC 9110, 12.5.3).
func acceptsGzip(r *http.Request) bool {
	for element := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		coding, parameters, _ := strings.Cut(element, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimSpace(parameters), "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
			return true
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		return err == nil && q > 0
	}
	return false
}

// compressed returns a writer that compresses the body of an answer, if the client reads gzip. The
// caller has set the other header fields, and closes the writer. Answers that hold a secret beside
// what a client sent must not be compressed: their size would tell of the secret.
func compressed(w http.ResponseWriter) io.WriteCloser {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	if a, ok := w.(*responseRecorder); !ok || !a.gzip {
		return plainBody{w}
	}
	h.Set("Content-Encoding", "gzip")
	h.Del("Content-Length")
	z := gzips.Get().(*gzip.Writer)
	z.Reset(w)
	return gzipBody{z}
}

type plainBody struct{ io.Writer }

func (plainBody) Close() error { return nil }

type gzipBody struct{ *gzip.Writer }

func (b gzipBody) Close() error {
	err := b.Writer.Close()
	gzips.Put(b.Writer)
	return err
}
