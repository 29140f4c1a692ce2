package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/internal/journalform"
)

// Sheet is results as they were read from a file of any form.
type Sheet struct {
	// Agency is whose CSV it is; nil for other forms, and where several agencies have these
	// columns.
	Agency *agency.Agency
	// Agencies are the agencies that have the CSV's columns; several may share them.
	Agencies agency.Set
	// Results are in the order of the file. Photo.Open is nil; what comes from a CSV has the
	// file name as its ID.
	Results []tagroll.Result
	// Lines are where the results stand in the file, counting from 1; nil for a JSON document.
	Lines []int
	// Table is the CSV itself; nil for other forms.
	Table *Table
	// Journal is set if it is the journal of a run. Damaged are its lines that cannot be read,
	// the torn last one of a run that was killed aside.
	Journal bool
	Damaged []int

	columns columns
}

// ReadSheet reads results from what [WriteCSV], [WriteJSONLines] or [WriteJSON] wrote, from the
// journal of a run, and from a CSV that was edited in a spreadsheet or comes from another program:
// its columns are found by their names, whatever their order. further are agencies beside the
// built-in ones whose columns are known. Which form it is shows in the content.
//
// Errors are *tagroll.Error with CodeUnreadable that say what is wrong with which line.
func ReadSheet(data []byte, further ...*agency.Agency) (*Sheet, error) {
	text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if bytes.HasPrefix(text, []byte("{")) {
		if s, ok := readDocument(text); ok {
			return s, nil
		}
		return readLines(text)
	}
	t, err := readTable(data)
	if err != nil {
		return nil, err
	}
	return t.sheet(further)
}

func allAgencies(further []*agency.Agency) agency.Set {
	all := agency.Set(further)
	for _, name := range agency.Names() {
		if a, err := agency.Lookup(name); err == nil { // each name can be looked up
			all = append(all, a)
		}
	}
	return all
}

// sheet reads the results of a table.
func (t *Table) sheet(further []*agency.Agency) (*Sheet, error) {
	all := allAgencies(further)
	c := columnsOf(t.Header, all)
	if !c.has(roleFileName) {
		return nil, t.noFileNames()
	}
	s := &Sheet{Agency: c.agency, Agencies: agenciesOf(t.Header, all), Table: t, columns: c}
	for _, row := range t.Rows {
		s.Results = append(s.Results, c.result(row.Cells))
		s.Lines = append(s.Lines, row.Line)
	}
	return s, nil
}

// noFileNames is the error for a table whose rows belong to no photo.
func (t *Table) noFileNames() error {
	return readError(fmt.Sprintf("no column of the table holds file names (%s): call one Filename", strings.Join(t.Header, ", ")), nil)
}

// readDocument reads what WriteJSON wrote.
func readDocument(text []byte) (*Sheet, bool) {
	var document struct {
		Photos []tagroll.Result `json:"photos"`
	}
	if err := json.Unmarshal(text, &document); err != nil || document.Photos == nil {
		return nil, false
	}
	return &Sheet{Results: document.Photos}, true
}

// readLines reads JSON lines: results, or the records of a journal. Of a photo's several results in
// a journal the last that succeeded counts, or else the last; they are sorted by the photos' IDs,
// which are their paths.
func readLines(text []byte) (*Sheet, error) {
	s := &Sheet{}
	at := make(map[string]int) // the journal's results by photo
	line := 0
	for part := range bytes.Lines(text) {
		line++
		if part = bytes.TrimSpace(part); len(part) == 0 {
			continue
		}
		var record struct {
			Journal int             `json:"tagroll_journal"`
			Start   json.RawMessage `json:"start"`
			Output  json.RawMessage `json:"output"`
			Finish  *tagroll.Result `json:"finish"`
			Photo   json.RawMessage `json:"photo"`
		}
		if err := json.Unmarshal(part, &record); err != nil {
			if s.Journal && bytes.HasSuffix(text, part) {
				break // the torn last line of a run that was killed
			}
			if s.Journal {
				s.Damaged = append(s.Damaged, line)
				continue
			}
			return nil, notResult(line, err)
		}
		s.Journal = s.Journal || record.Journal > 0 || record.Start != nil || record.Finish != nil
		switch {
		case record.Journal > journalform.Newest:
			return nil, readError(fmt.Sprintf("the journal was written by a newer version of tagroll (its form is %d, this version knows %d): use that version", record.Journal, journalform.Newest), nil)
		case record.Finish != nil:
			r := *record.Finish
			i, known := at[r.Photo.ID]
			switch {
			case !known:
				at[r.Photo.ID] = len(s.Results)
				s.Results, s.Lines = append(s.Results, r), append(s.Lines, line)
			case r.Status == tagroll.StatusSuccessful || s.Results[i].Status != tagroll.StatusSuccessful:
				s.Results[i], s.Lines[i] = r, line
			}
		case record.Journal > 0 || record.Start != nil || record.Output != nil:
		case record.Photo == nil:
			return nil, readError(fmt.Sprintf("line %d is JSON, but no result: this is another kind of file", line), nil)
		default:
			var r tagroll.Result
			if err := json.Unmarshal(part, &r); err != nil {
				return nil, notResult(line, err)
			}
			s.Results, s.Lines = append(s.Results, r), append(s.Lines, line)
		}
	}
	if len(at) > 0 {
		s.sortByID()
	}
	return s, nil
}

// sortByID sorts the results of a journal, which are in the order in which the photos were done.
func (s *Sheet) sortByID() {
	order := make([]int, len(s.Results))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(s.Results[a].Photo.ID, s.Results[b].Photo.ID) })
	results, lines := make([]tagroll.Result, len(order)), make([]int, len(order))
	for i, from := range order {
		results[i], lines[i] = s.Results[from], s.Lines[from]
	}
	s.Results, s.Lines = results, lines
}

// DetailsTable is what a table beside the photos says of them: names of releases, editorial, place
// and the like, by the file's name.
type DetailsTable struct {
	rows  map[string]tagroll.Details // by agency.NameKey
	used  map[string]bool
	names []string // as the table has them, in its order
}

// ReadDetails reads a table with a column of file names and others of details: those that agencies
// name so (Releases, Editorial, Country …), and any column of an agency by its name. The error is a
// *tagroll.Error that names the line; a file name that is there twice is one.
func ReadDetails(data []byte) (*DetailsTable, error) {
	t, err := readTable(data)
	if err != nil {
		return nil, err
	}
	c := columnsOf(t.Header, nil)
	if !c.has(roleFileName) {
		return nil, t.noFileNames()
	}
	d := &DetailsTable{rows: make(map[string]tagroll.Details), used: make(map[string]bool)}
	for _, row := range t.Rows {
		r := c.result(row.Cells)
		if r.Photo.Name == "" {
			return nil, readError(fmt.Sprintf("line %d has no file name", row.Line), nil)
		}
		key := agency.NameKey(r.Photo.Name)
		if _, twice := d.rows[key]; twice {
			return nil, readError(fmt.Sprintf("line %d: %s is there twice", row.Line, r.Photo.Name), nil)
		}
		details := c.details(row.Cells)
		details.Place = r.Facts.Place
		d.rows[key], d.names = details, append(d.names, r.Photo.Name)
	}
	return d, nil
}

// Of returns what the table says of the file of that name, whatever the case of its letters and the
// form of its accents, and whether it says anything. It is safe for concurrent use once each name
// was asked for.
func (d *DetailsTable) Of(name string) (tagroll.Details, bool) {
	if d == nil {
		return tagroll.Details{}, false
	}
	key := agency.NameKey(name)
	details, ok := d.rows[key]
	if ok && !d.used[key] {
		d.used[key] = true
	}
	return details, ok
}

// Unused returns the names of rows that nobody has asked for, which are likely misspelt, in the
// order of the table. A nil table has none.
func (d *DetailsTable) Unused() []string {
	if d == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(d.names), func(name string) bool { return d.used[agency.NameKey(name)] })
}
