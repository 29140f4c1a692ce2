package export

import (
	"bytes"
	"io"
	"iter"
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
