package export

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tagroll/tagroll/internal/codepage"
)

// Table is a CSV as people and programs leave it: separated by commas, semicolons, tabs or bars,
// with or without a byte order mark, in UTF-8, UTF-16 or the code page of an older Excel.
type Table struct {
	// Encoding is how the text was stored: "UTF-8", "UTF-16", "Windows-1252" or "Mac Roman".
	Encoding  string
	Delimiter rune
	Header    []string
	Rows      []TableRow

	above int // lines with text above the header, which are left out
}

// TableRow is one row behind the header. Line is where it begins in the file, counting from 1.
type TableRow struct {
	Line  int
	Cells []string // as many as the header has, or more
}

// delimiters are tried in this order; of equally good ones the first counts.
var delimiters = []rune{',', ';', '\t', '|'}

// readTable reads a CSV with a header, which may have a few lines above it. Rows without any text
// are left out, cells that are missing at the end of a row are empty. The error is a *tagroll.Error
// with CodeUnreadable that names the line.
func readTable(data []byte) (*Table, error) {
	text, encoding, err := decodeText(data)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n") // Excel's "CSV (Macintosh)"
	}
	given, text := separatorLine(text)
	if strings.TrimSpace(text) == "" {
		return nil, readError("the table is empty: it needs a header", nil)
	}
	delimiter := given
	if delimiter == 0 {
		delimiter = guessDelimiter(text)
	}
	t := &Table{Encoding: encoding, Delimiter: delimiter}
	r := newReader(text, delimiter)
	best, skipped := headerRoles(text, delimiter), 0
	if given != 0 {
		skipped = 1
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if parse, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, readError(fmt.Sprintf("line %d is no row of a table: %v", parse.Line+skipped, parse.Err), err)
		}
		if err != nil {
			return nil, readError("the table cannot be read: try again", err)
		}
		if isBlank(cells) {
			continue
		}
		line, _ := r.FieldPos(0)
		switch {
		case t.Header == nil && rolesIn(cells) < best:
			t.above++
			continue
		case t.Header == nil:
			t.Header = trimmed(cells)
			continue
		}
		for len(cells) < len(t.Header) {
			cells = append(cells, "")
		}
		for i, cell := range cells {
			cells[i] = unwrapped(cell)
		}
		t.Rows = append(t.Rows, TableRow{Line: line + skipped, Cells: cells})
	}
	return t, nil
}

// unwrapped is the text of a cell that was written as the formula ="text", so that a spreadsheet
// makes no number or date of it.
func unwrapped(cell string) string {
	inner, isFormula := strings.CutPrefix(strings.TrimSpace(cell), `="`)
	if text, closed := strings.CutSuffix(inner, `"`); isFormula && closed && !strings.Contains(strings.ReplaceAll(text, `""`, ""), `"`) {
		return strings.ReplaceAll(text, `""`, `"`)
	}
	return cell
}

func newReader(text string, delimiter rune) *csv.Reader {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = delimiter, true, -1
	return r
}

// headWithin is in how many rows the header is looked for: a title of the whole table, or merged
// cells, may stand above it.
const headWithin = 10

// headerRoles is how many columns of a known name the header has, among which is that of the file
// names; zero if no such header is found, and the first row is it.
func headerRoles(text string, delimiter rune) (best int) {
	r := newReader(text, delimiter)
	for range headWithin {
		cells, err := r.Read()
		if err != nil {
			break
		}
		best = max(best, rolesIn(cells))
	}
	return best
}

// rolesIn counts the columns of a known name; zero if none of them is that of the file names.
func rolesIn(cells []string) (n int) {
	found := false
	for _, name := range cells {
		r := roleOf(name)
		found = found || r == roleFileName
		if r != "" {
			n++
		}
	}
	if !found {
		return 0
	}
	return n
}

func isBlank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// trimmed returns the names of a header without space around them and without the empty columns at
// its end.
func trimmed(cells []string) []string {
	names := make([]string, len(cells))
	for i, c := range cells {
		names[i] = strings.TrimSpace(c)
	}
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	return names
}

// Encodings of tables.
const (
	encodingUTF8    = "UTF-8"
	encodingUTF16   = "UTF-16"
	encodingWindows = "Windows-1252"
	encodingMac     = "Mac Roman"
)

// DecodeText returns the text of a file in UTF-8, UTF-16, or what Windows or a Macintosh stored
// before these. It fails for what is no text, and for UTF-32.
func DecodeText(data []byte) (string, error) {
	text, _, err := decodeText(data)
	return text, err
}

// decodeText returns a file's text, whatever a spreadsheet has stored it as, and how that was.
func decodeText(data []byte) (text, encoding string, err error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		data = data[3:]
	case bytes.HasPrefix(data, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(data, []byte("\x00\x00\xfe\xff")):
		return "", "", readError("the text is stored as UTF-32: export it as CSV UTF-8", nil)
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return codepage.UTF16(data[2:], binary.LittleEndian), encodingUTF16, nil
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return codepage.UTF16(data[2:], binary.BigEndian), encodingUTF16, nil
	case len(data) >= 4 && data[0] != 0 && data[1] == 0 && data[3] == 0:
		return codepage.UTF16(data, binary.LittleEndian), encodingUTF16, nil
	case len(data) >= 4 && data[0] == 0 && data[1] != 0 && data[2] == 0:
		return codepage.UTF16(data, binary.BigEndian), encodingUTF16, nil
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return "", "", readError("this is no text file: export it as CSV", nil)
	}
	if utf8.Valid(data) {
		return string(data), encodingUTF8, nil
	}
	// What Excel calls CSV without UTF-8 in its name. On a Macintosh its lines end in CR.
	if bytes.IndexByte(data, '\r') >= 0 && bytes.IndexByte(data, '\n') < 0 || codepage.IsMac(data) {
		return codepage.MacRoman.Decode(data), encodingMac, nil
	}
	return codepage.Windows1252.Decode(data), encodingWindows, nil
}

// separatorLine takes off Excel's first line "sep=;".
func separatorLine(text string) (rune, string) {
	line, rest, _ := strings.Cut(text, "\n")
	line = strings.Trim(strings.TrimSpace(line), `"`)
	if value, ok := strings.CutPrefix(strings.ToLower(line), "sep="); ok && utf8.RuneCountInString(value) == 1 {
		r, _ := utf8.DecodeRuneInString(value)
		return r, rest
	}
	return 0, text
}

// guessDelimiter returns the delimiter with which the header has the most columns of a known name,
// or else the first row the most columns.
func guessDelimiter(text string) rune {
	best, bestScore := delimiters[0], -1
	for _, d := range delimiters {
		cells, err := newReader(text, d).Read()
		if err != nil {
			continue
		}
		score := min(len(cells), 999) + 1000*headerRoles(text, d)
		for _, name := range cells {
			if roleOf(name) != "" {
				score += 1000
			}
		}
		if score > bestScore {
			best, bestScore = d, score
		}
	}
	return best
}

// encode writes the table as CSV, in UTF-8 with lines ending in CR LF. A cell is quoted where some
// program needs it.
func (t *Table) encode() []byte {
	e := &csvEncoder{}
	e.layout.Delimiter = t.Delimiter
	var b bytes.Buffer
	header := t.Header
	if len(header) == 1 && t.Delimiter != delimiters[0] {
		// A header of one column would not show the delimiter.
		header = append(slices.Clone(header), "")
	}
	b.Write(e.line(header))
	for _, row := range t.Rows {
		b.Write(e.line(row.Cells))
	}
	if guessDelimiter(b.String()) != t.Delimiter {
		// Excel names a delimiter that cannot be guessed so.
		return slices.Concat([]byte("sep="+string(t.Delimiter)+"\r\n"), b.Bytes())
	}
	return b.Bytes()
}

// WriteTo writes the table as CSV, in UTF-8 with lines ending in CR LF. A cell is quoted where some
// program needs it; formulas stay as they are.
func (t *Table) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(t.encode())
	return int64(n), writeError("", err)
}
