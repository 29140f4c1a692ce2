package intake

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"

	"github.com/tagroll/tagroll"
)

// maxList is the longest list that is read: a million paths of 256 bytes.
const maxList = 256 << 20

// list takes up the inputs listed on stdin. Its error is ctx's.
func (f *finder) list(ctx context.Context, stdin io.Reader) error {
	text, err := readList(ctx, stdin)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if what := sniff(text); err == nil && what.format != "" {
		f.problem("-", fail(tagroll.CodeUnsupportedFormat, nil, "standard input holds a photo (%s), not a list of paths: name the file instead, as in tagroll run photo.jpg", what.format))
		return nil
	}
	if err != nil {
		f.problem("-", fail(tagroll.CodeUnreadable, err, "the list on standard input cannot be read (%s): write it to a file and pass that in", reason(err)))
	}
	for path := range listed(text) {
		if err := f.input(ctx, path); err != nil {
			return err
		}
	}
	return nil
}

// readList reads all of stdin. A read cannot be interrupted, so it has a goroutine of its
// own that is left behind when ctx ends first.
func readList(ctx context.Context, stdin io.Reader) ([]byte, error) {
	if stdin == nil {
		return nil, errors.New("it is closed")
	}
	type outcome struct {
		text []byte
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		text, err := io.ReadAll(io.LimitReader(stdin, maxList+1))
		if err == nil && len(text) > maxList {
			text, err = nil, errors.New("it is longer than 256 MiB")
		}
		done <- outcome{text, err}
	}()
	select {
	case o := <-done:
		return o.text, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// listed returns the entries of a list: separated by NUL if there is one (find -print0),
// else by line ends of either kind. Blank entries do not count, nor does a byte order
// mark, which Windows PowerShell writes.
func listed(text []byte) iter.Seq[string] {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	separator, blank := "\n", " \t\r"
	if bytes.IndexByte(text, 0) >= 0 {
		separator, blank = "\x00", "\r\n"
	}
	return func(yield func(string) bool) {
		for entry := range bytes.SplitSeq(text, []byte(separator)) {
			if separator == "\n" {
				entry = bytes.TrimSuffix(entry, []byte("\r"))
			}
			if len(bytes.Trim(entry, blank)) == 0 {
				continue
			}
			if !yield(string(bytes.TrimSuffix(entry, []byte("\n")))) {
				return
			}
		}
	}
}
