package openai

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// lateEnd is how long the end of a body is waited for whose answer is whole: some servers keep
// the connection open and send no last chunk.
const lateEnd = time.Second

// read reads the body of a response.
func (x *exchange) read(response *http.Response) {
	body := response.Body
	var late *time.Timer
	buffer := make([]byte, 32<<10)
	for x.err == nil && len(x.body) <= maxBody {
		var n int
		n, x.err = body.Read(buffer)
		x.body = append(x.body, buffer[:n]...)
		if late == nil && n > 0 && looksWhole(x.body) {
			late = time.AfterFunc(lateEnd, func() { body.Close() })
			defer late.Stop()
		}
	}
	if x.err == io.EOF {
		x.err = nil
	}
	x.complete = x.err == nil
	x.decompress()
	if len(x.body) > maxBody {
		x.body, x.tooLong = x.body[:maxBody], true
	}
}

// looksWhole reports whether nothing is missing of a plain answer. It is quick for what is begun
// only.
func looksWhole(body []byte) bool {
	body = bytes.TrimSpace(body)
	return bytes.HasPrefix(body, []byte("{")) && bytes.HasSuffix(body, []byte("}")) && isWhole(body)
}

// decompress undoes the encodings of a body. Servers and proxies compress though nothing was asked
// for, or say so of what is plain.
func (x *exchange) decompress() {
	encodings := strings.FieldsFunc(strings.ToLower(strings.Join(x.header.Values("Content-Encoding"), ",")), func(c rune) bool { return c == ',' || c == ' ' })
	slices.Reverse(encodings) // the last one was applied last
	if len(encodings) == 0 && bytes.HasPrefix(x.body, gzipMagic) {
		encodings = []string{"gzip"}
	}
	const most = 3
	for i, encoding := range encodings {
		if encoding == "identity" || isPlain(x.body) {
			continue
		}
		plain, err := inflate(encoding, x.body)
		if len(plain) == 0 || i >= most {
			return // what it is shows in the message
		}
		x.body = plain
		if err != nil {
			x.err, x.complete = err, false
		}
	}
	x.header.Del("Content-Encoding")
}

var gzipMagic = []byte("\x1f\x8b")

// isPlain reports whether a body is text of JSON or HTML, whatever its header says.
func isPlain(body []byte) bool {
	return bytes.HasPrefix(body, []byte("{")) || bytes.HasPrefix(body, []byte("[")) || bytes.HasPrefix(body, []byte("<"))
}

// inflate returns at most a little more than maxBody bytes, and as much as can be read of what is
// damaged.
func inflate(encoding string, body []byte) (plain []byte, err error) {
	var r io.Reader
	switch encoding {
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(body))
	// With a head by the standard (RFC 9110, section 8.4.1.2), without it from some.
	case "deflate":
		if r, err = zlib.NewReader(bytes.NewReader(body)); err != nil {
			r, err = flate.NewReader(bytes.NewReader(body)), nil
		}
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return readMost(r)
}

func readMost(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, maxBody+1)) }
