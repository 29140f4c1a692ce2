package export

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// WriteCSVFiles writes the results as the agency's CSV to path, as WriteCSV does.
// Where the agency limits rows or bytes of a file, what does not fit goes on in
// further parts beside it, each with a header: tagroll.csv, tagroll-2.csv,
// tagroll-3.csv. The parts are put in place one after the other when all of them
// have been written; before that every file is as it was. Parts that an earlier, larger
// export left behind are not removed. It returns WriteFile's errors.
func WriteCSVFiles(path string, a *agency.Agency, results iter.Seq[tagroll.Result], o Options) (_ Summary, err error) {
	w := newCSVFiles(path, a, o.Guard)
	defer func() { err = errors.Join(err, w.abort()) }()
	if err := w.begin(); err != nil {
		return Summary{}, err
	}
	for r := range results {
		if err := w.add(r, o); err != nil {
			return Summary{}, err
		}
	}
	if o.Complete != nil {
		if err := o.Complete(); err != nil {
			return Summary{}, err
		}
	}
	if err := w.complete(); err != nil {
		return Summary{}, err
	}
	err = w.commit()
	return w.summary, err
}

// csvFiles is the parts of a CSV under construction. No part takes its place before all are
// complete.
type csvFiles struct {
	path    string
	encoder *csvEncoder
	header  []byte // of every part
	guard   *Guard

	parts      []*File
	rows, size int // of the last part
	summary    Summary
}

func newCSVFiles(path string, a *agency.Agency, g *Guard) *csvFiles {
	e := newCSVEncoder(a)
	// Lines share a buffer, and the header is needed again.
	return &csvFiles{path: path, encoder: e, header: bytes.Clone(e.header()), guard: g}
}

// begin begins a part. Only the last part is written to: the one before releases its file
// descriptor.
func (w *csvFiles) begin() error {
	f, err := create(partPath(w.path, len(w.parts)+1), w.guard, Format{Agency: w.encoder.agency})
	if err != nil {
		return err
	}
	if len(w.parts) > 0 {
		if err := w.parts[len(w.parts)-1].finish(); err != nil {
			return errors.Join(err, f.Abort())
		}
	}
	w.parts = append(w.parts, f)
	w.rows, w.size = 0, 0
	return w.write(w.header)
}

// add writes the row of a result, if it has one, into the last part or a new one.
func (w *csvFiles) add(r tagroll.Result, o Options) error {
	line, same := w.encoder.row(r, o)
	if line == nil {
		return nil
	}
	if w.rows > 0 && w.encoder.isFull(w.rows+1, w.size+len(line)) {
		if err := w.begin(); err != nil {
			return err
		}
	}
	if err := w.write(line); err != nil {
		return err
	}
	w.rows++
	w.summary.count(r, same)
	return nil
}

func (w *csvFiles) write(line []byte) error {
	w.size += len(line)
	w.summary.Bytes += int64(len(line))
	_, err := w.parts[len(w.parts)-1].Write(line)
	return err
}

// complete ends the last part, and finds out whether all parts may take their places.
func (w *csvFiles) complete() error {
	if err := w.parts[len(w.parts)-1].finish(); err != nil {
		return err
	}
	for _, f := range w.parts {
		if err := w.guard.Check(f.path, f.format); err != nil {
			return err
		}
	}
	return nil
}

// commit puts the parts in their places. Where that fails for one, the summary names those before.
func (w *csvFiles) commit() error {
	for _, f := range w.parts {
		if err := f.Commit(); err != nil {
			return err
		}
		w.summary.Files = append(w.summary.Files, f.path)
	}
	return nil
}

// abort removes the parts that did not take their places.
func (w *csvFiles) abort() error {
	var errs []error
	for _, f := range w.parts {
		errs = append(errs, f.Abort())
	}
	return errors.Join(errs...)
}

// partPath is the path of part n, counting from 1.
func partPath(path string, n int) string {
	if n == 1 {
		return path
	}
	extension := filepath.Ext(path)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, extension), n, extension)
}
