package export

import (
	"bytes"
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
// agency's limits: UTF-8, lines ending in CR LF (RFC 4180), rows in the order of the results,
// delimiter and quotation marks as the agency's layout says. Photos without metadata are left out.
//
// Most layouts have no byte order mark, because importers that do not expect one read it as
// part of the first column's name. An error of w is returned as *tagroll.Error
// with CodeWriteFailed or CodeDiskFull.
func WriteCSV(w io.Writer, a *agency.Agency, results iter.Seq[tagroll.Result], o Options) (Summary, error) {
	var summary Summary
	e := newCSVEncoder(a)
	write := func(line []byte) error {
		n, err := w.Write(line)
		summary.Bytes += int64(n)
		return writeError("", err)
	}
	if err := write(e.header()); err != nil {
		return summary, err
	}
	for r := range results {
		line, same := e.row(r, o)
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
// export left behind are not removed. It returns WriteFile's errors.
func WriteCSVFiles(path string, a *agency.Agency, results iter.Seq[tagroll.Result], o Options) (summary Summary, err error) {
	e := newCSVEncoder(a)
	header := bytes.Clone(e.header()) // every part needs it, and lines share a buffer
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
		f, err := create(partPath(path, len(parts)+1), o.Guard, Format{Agency: a})
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
		line, same := e.row(r, o)
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
		// No part takes its place if another may not.
		if err := o.Guard.Check(f.path, f.format); err != nil {
			return Summary{}, err
		}
	}
	for _, f := range parts {
		if err := f.Commit(); err != nil {
			return summary, err
		}
		summary.Files = append(summary.Files, f.path)
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
}

func newCSVEncoder(a *agency.Agency) *csvEncoder {
	return &csvEncoder{agency: a, layout: a.Layout()}
}

// header returns the first line, behind a byte order mark if the agency wants one. It is valid
// until the next line.
func (e *csvEncoder) header() []byte {
	line := e.line(e.layout.Header)
	if e.layout.ByteOrderMark {
		return append([]byte("\ufeff"), line...)
	}
	return line
}

// row returns the line of a result, nil if it has none, and whether the line
// carries the photo's exact file name. The line is valid until the next call.
func (e *csvEncoder) row(r tagroll.Result, o Options) (line []byte, same bool) {
	if !o.takes(r) {
		return nil, false
	}
	if o.Details != nil {
		details := o.Details(r)
		r.Details = &details
	}
	same = true
	cells := e.agency.Row(r)
	for i, text := range cells {
		if text == r.Photo.Name && e.holdsName(i) {
			var kept bool
			cells[i], kept = fileNameCell(text)
			same = same && kept
		} else {
			cells[i] = textCell(text)
		}
	}
	return e.line(cells), same
}

// holdsName reports whether a column may hold the file name: some agencies have two of them, of
// which the layout knows the first.
func (e *csvEncoder) holdsName(column int) bool {
	return column == e.layout.FileName || strings.Contains(strings.ToLower(e.layout.Header[column]), "filename")
}

// line sets cells as a line, which is valid until the next call. A cell is quoted where the format
// needs it, and also where it holds another program's delimiter: spreadsheets of half of Europe
// split at semicolons.
func (e *csvEncoder) line(cells []string) []byte {
	e.buffer.Reset()
	for i, cell := range cells {
		if i > 0 {
			e.buffer.WriteRune(e.layout.Delimiter)
		}
		quote := e.layout.QuoteAll || strings.ContainsAny(cell, ",;|\t\"\r\n") || strings.TrimSpace(cell) != cell
		if !quote {
			e.buffer.WriteString(cell)
			continue
		}
		e.buffer.WriteByte('"')
		e.buffer.WriteString(strings.ReplaceAll(cell, `"`, `""`))
		e.buffer.WriteByte('"')
	}
	e.buffer.WriteString("\r\n")
	return e.buffer.Bytes()
}

func (e *csvEncoder) isFull(rows, size int) bool {
	return e.layout.MaxRows > 0 && rows > e.layout.MaxRows || e.layout.MaxBytes > 0 && size > e.layout.MaxBytes
}
