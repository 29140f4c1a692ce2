package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/tagroll/tagroll"
)

// maxLine bounds a line that ReadJSONLines takes into memory. A result is a few kilobytes.
const maxLine = 16 << 20

// WriteJSONLines writes every result as one JSON object a line, with the field
// names of tagroll.Result and without HTML escaping, and returns how many.
// Durations that tagroll.Result does not write as JSON, and causes of errors, are
// not kept. An error of w is a *tagroll.Error with CodeWriteFailed or CodeDiskFull.
func WriteJSONLines(w io.Writer, results iter.Seq[tagroll.Result]) (lines int, err error) {
	e := newJSONEncoder()
	for r := range results {
		line, err := e.encode(r, r.Photo.Label())
		if err != nil {
			return lines, err
		}
		if _, err := w.Write(line); err != nil {
			return lines, writeError("", err)
		}
		lines++
	}
	return lines, nil
}

// ReadJSONLines returns the results that WriteJSONLines wrote. Empty lines are
// skipped. The first error ends the sequence: a *tagroll.Error with
// CodeUnreadable that names the line. Photo.Open is nil.
func ReadJSONLines(r io.Reader) iter.Seq2[tagroll.Result, error] {
	return func(yield func(tagroll.Result, error) bool) {
		scanner := bufio.NewScanner(r)
		scanner.Buffer(nil, maxLine)
		n := 0
		for scanner.Scan() {
			n++
			line := bytes.TrimSpace(scanner.Bytes())
			if len(line) == 0 {
				continue
			}
			var result tagroll.Result
			if err := json.Unmarshal(line, &result); err != nil {
				yield(tagroll.Result{}, notResult(n, err))
				return
			}
			if !yield(result, nil) {
				return
			}
		}
		if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield(tagroll.Result{}, readError(fmt.Sprintf("line %d is too long for a result: this is another kind of file", n+1), err))
		} else if err != nil {
			yield(tagroll.Result{}, readError(fmt.Sprintf("reading failed behind line %d: try again", n), err))
		}
	}
}

//go:noinline
func readError(message string, cause error) error {
	return &tagroll.Error{Code: tagroll.CodeUnreadable, Stage: tagroll.StageExport, Message: message, Err: cause}
}

// notResult is the error for a line that is no result.
func notResult(line int, err error) error {
	return readError(fmt.Sprintf("line %d is not a result in JSON: write the file again", line), err)
}
