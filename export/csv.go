package export

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// WriteCSV writes the results as the agency's CSV into one stream, whatever the
// agency's limits: UTF-8 without byte order mark, lines ending in CR LF (RFC 4180),
// rows in the order of the results. Photos without metadata are left out.
//
// There is no byte order mark because importers that do not expect one read it as
// part of the first column's name. An error of w is returned as *tagroll.Error
// with CodeWriteFailed or CodeDiskFull.
func WriteCSV(w io.Writer, a *agency.Agency, results iter.Seq[tagroll.Result], o Options) (Summary, error) {
	var summary Summary
	e := newCSVEncoder(a)
	header, err := e.line(e.layout.Header)
	if err != nil {
		return summary, err
	}
	write := func(line []byte) error {
		n, err := w.Write(line)
		summary.Bytes += int64(n)
		return writeError("", err)
	}
	if err := write(header); err != nil {
		return summary, err
	}
	for r := range results {
		line, same, err := e.row(r, o)
		if err != nil {
			return summary, err
		}
		if line == nil {
			continue
		}
		if err := write(line); err != nil {
			return summary, err
		}
		summary.count(r, same)
	}
	return summary, nil
}

// WriteCSVFiles writes the results as the agency's CSV to path, as WriteCSV does.
// Where the agency limits rows or bytes of a file, what does not fit goes on in
// further parts beside it, each with a header: tagroll.csv, tagroll-2.csv,
// tagroll-3.csv. The parts are put in place one after the other when all of them
// have been written; before that every file is as it was. Parts that an earlier, larger
// export left behind are not removed. Errors are those of WriteFile.
func WriteCSVFiles(path string, a *agency.Agency, results iter.Seq[tagroll.Result], o Options) (summary Summary, err error) {
	e := newCSVEncoder(a)
	header, err := e.line(e.layout.Header)
	if err != nil {
		return Summary{}, err
	}
	header = bytes.Clone(header) // every part needs it, and lines share a buffer
	var parts []*File
	defer func() {
		for _, f := range parts {
			if aborted := f.Abort(); aborted != nil {
				err = errors.Join(err, aborted)
			}
		}
	}()
	var rows, size int // of the last part
	open := func() error {
		f, err := Create(partPath(path, len(parts)+1))
		if err != nil {
			return err
		}
		// Only the last part is written to: the others release their file descriptor.
		if len(parts) > 0 {
			if err := parts[len(parts)-1].finish(); err != nil {
				return errors.Join(err, f.Abort())
			}
		}
		parts = append(parts, f)
		rows, size = 0, len(header)
		summary.Bytes += int64(len(header))
		_, err = f.Write(header)
		return err
	}
	if err := open(); err != nil {
		return Summary{}, err
	}
	for r := range results {
		line, same, err := e.row(r, o)
		if err != nil {
			return Summary{}, err
		}
		if line == nil {
			continue
		}
		if rows > 0 && e.isFull(rows+1, size+len(line)) {
			if err := open(); err != nil {
				return Summary{}, err
			}
		}
		if _, err := parts[len(parts)-1].Write(line); err != nil {
			return Summary{}, err
		}
		rows, size = rows+1, size+len(line)
		summary.Bytes += int64(len(line))
		summary.count(r, same)
	}
	if o.Complete != nil {
		if err := o.Complete(); err != nil {
			return Summary{}, err
		}
	}
	for _, f := range parts {
		if err := f.finish(); err != nil {
			return Summary{}, err
		}
	}
	for _, f := range parts {
		if err := f.Commit(); err != nil {
			return summary, err
		}
		summary.Files = append(summary.Files, f.Path())
	}
	return summary, nil
}

// partPath is the path of part n, counting from 1.
func partPath(path string, n int) string {
	if n == 1 {
		return path
	}
	extension := filepath.Ext(path)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, extension), n, extension)
}

// csvEncoder makes the lines of an agency's CSV.
type csvEncoder struct {
	agency *agency.Agency
	layout agency.Layout
	buffer bytes.Buffer
	writer *csv.Writer
}

func newCSVEncoder(a *agency.Agency) *csvEncoder {
	e := &csvEncoder{agency: a, layout: a.Layout()}
	e.writer = csv.NewWriter(&e.buffer)
	e.writer.Comma = e.layout.Delimiter
	e.writer.UseCRLF = true
	return e
}

// row returns the line of a result, nil if it has none, and whether the line
// carries the photo's exact file name. The line is valid until the next call.
func (e *csvEncoder) row(r tagroll.Result, o Options) (line []byte, same bool, err error) {
	if !o.takes(r) {
		return nil, false, nil
	}
	same = true
	cells := e.agency.Row(r.Photo.Name, *r.Metadata, r.Facts.Place)
	for i, text := range cells {
		if i == e.layout.FileName {
			cells[i], same = fileNameCell(text)
		} else {
			cells[i] = textCell(text)
		}
	}
	line, err = e.line(cells)
	return line, same, err
}

// line sets cells as a line, which is valid until the next call.
func (e *csvEncoder) line(cells []string) ([]byte, error) {
	e.buffer.Reset()
	err := e.writer.Write(cells)
	e.writer.Flush()
	if err = errors.Join(err, e.writer.Error()); err != nil {
		return nil, &tagroll.Error{Code: tagroll.CodeInternal, Stage: tagroll.StageExport,
			Message: "a row could not be set as CSV; please report this", Err: err}
	}
	return e.buffer.Bytes(), nil
}

func (e *csvEncoder) isFull(rows, size int) bool {
	return e.layout.MaxRows > 0 && rows > e.layout.MaxRows || e.layout.MaxBytes > 0 && size > e.layout.MaxBytes
}
