package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/export"
	"github.com/tagroll/tagroll/journal"
	"github.com/tagroll/tagroll/settings"
)

// exportSettings are the settings of tagroll export.
type exportSettings struct {
	outputFlags
	agencyFlags
	detailsFlags
}

// exportSettings declares the settings of tagroll export.
func (p *program) exportSettings() (*settings.Set, *exportSettings) {
	s := &exportSettings{}
	set := settings.NewSet("export")
	s.outputFlags.add(set, settings.NoFile)
	s.agencyFlags.add(set, "a file with the rules and columns of an agency of your own, whose CSV is written too")
	s.detailsFlags.add(set)
	return set, s
}

// export is tagroll export: stored results in another form, without any call.
func (p *program) export(_ context.Context, args []string) error {
	set, s := p.exportSettings()
	paths, err := p.read(set, args, false)
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return &usageError{"export", errors.New("name the results to export: a .jsonl, .json, .csv or .journal of tagroll, or - for standard input")}
	}
	if err := s.agencyFlags.read(); err != nil {
		return err
	}
	if err := s.checkFormats("export", s.formats); err != nil {
		return err
	}
	s.formats = s.withOwn(s.formats)
	if s.editorial {
		if _, err := s.agencies(s.formats).Editorial(); err != nil {
			return &usageError{"export", err}
		}
	}
	details, table, err := s.detailsFlags.read()
	if err != nil {
		return err
	}
	var results []tagroll.Result
	for _, path := range paths {
		sheet, err := p.readSheet(path, &s.agencyFlags)
		if err != nil {
			return err
		}
		if err := p.sound(path, sheet); err != nil {
			return err
		}
		results = append(results, sheet.Results...)
	}
	outputs, err := planFiles("export", s.out, s.formats, s.format)
	if err != nil {
		return err
	}
	for _, caution := range cautions(s.agencies(s.formats)) {
		fmt.Fprintln(p.stderr, terminal.Printable(caution))
	}
	options := export.Options{IncludeReview: s.includeReview, Details: details}
	for _, o := range outputs {
		if err := checkOutput(o, &s.agencyFlags, s.force); err != nil {
			return err
		}
	}
	for i, o := range outputs {
		rows := pairRows(results, s.pair, o.format)
		summary, err := p.writeResults(o, rows, options, s)
		if err != nil {
			return err
		}
		p.sayExported(summary, len(rows), i == 0)
	}
	if names := table.Unused(); len(names) > 0 {
		fmt.Fprintf(p.stderr, "%d of the rows of %s name no photo of the results (%s): look at the names.\n", len(names), terminal.Printable(s.table), terminal.Printable(some(names)))
	}
	return nil
}

// readSheet reads results from a file, or from standard input.
func (p *program) readSheet(path string, agencies *agencyFlags) (*export.Sheet, error) {
	var text []byte
	var err error
	if path == "-" {
		text, err = io.ReadAll(io.LimitReader(p.stdin, maxDataFile))
	} else {
		text, err = readDataFile(path)
	}
	if err != nil {
		return nil, err
	}
	sheet, err := p.sheetOf(path, text, agencies.own...)
	if err != nil {
		e := *tagroll.AsError(err)
		if path == "-" {
			path = "standard input"
		}
		e.Message = path + ": " + e.Message
		return nil, &e
	}
	return sheet, nil
}

// sound refuses a table of which some row is not what a person meant, and says what of it may have
// been misread.
func (p *program) sound(path string, sheet *export.Sheet) error {
	if err := sheet.Broken(); err != nil {
		e := *tagroll.AsError(err)
		e.Message = path + ", " + e.Message
		return &e
	}
	for _, doubt := range sheet.Doubts() {
		fmt.Fprintf(p.stderr, "%s: %s.\n", terminal.Printable(path), terminal.Printable(doubt))
	}
	return nil
}

// sheetOf reads the results in a file's text, and with those of a journal the ones that are kept
// elsewhere because its disk was full. What is missing is said.
func (p *program) sheetOf(path string, text []byte, further ...*agency.Agency) (*export.Sheet, error) {
	sheet, err := export.ReadSheet(text, further...)
	if err != nil || path == "-" {
		return sheet, err
	}
	of := path
	if !sheet.Journal {
		of += ".journal"
	}
	kept, from, err := journal.Kept(of, keptFolders())
	switch {
	case err != nil:
		return nil, err
	case from == "":
	case sheet.Journal:
		whole := text[:bytes.LastIndexByte(text, '\n')+1] // the last line may be torn
		if sheet, err = export.ReadSheet(slices.Concat(whole, kept), further...); err != nil {
			return nil, err
		}
	default:
		fmt.Fprintf(p.stderr, "%s may lack results: the journal's disk was full, and %s has them. Name %s to have all.\n",
			terminal.Printable(path), terminal.Printable(from), terminal.Printable(of))
	}
	if n := len(sheet.Damaged); n > 0 {
		fmt.Fprintf(p.stderr, "%s: %s cannot be read, the first is number %d, and were left out.\n", terminal.Printable(path), terminal.Count(n, "line"), sheet.Damaged[0])
	}
	return sheet, nil
}

func (p *program) writeResults(o output, results []tagroll.Result, options export.Options, s *exportSettings) (summary export.Summary, err error) {
	format, err := s.format(o.format)
	if err != nil {
		return summary, err
	}
	guard := &export.Guard{Force: s.force, Kept: func(path, backup string) {
		fmt.Fprintf(p.stderr, "%s was there already and is kept as %s.\n", terminal.Printable(path), terminal.Printable(backup))
	}}
	options.Guard = guard
	sequence := slices.Values(results)
	switch {
	case o.path == "-":
		return format.Write(p.stdout, sequence, options)
	case format.Agency != nil:
		return export.WriteCSVFiles(o.path, format.Agency, sequence, options)
	}
	err = guard.WriteFile(o.path, format, func(w io.Writer) (err error) {
		summary, err = format.Write(w, sequence, options)
		return err
	})
	summary.Files = []string{o.path}
	return summary, err
}

func (p *program) sayExported(s export.Summary, results int, first bool) {
	for _, file := range s.Files {
		fmt.Fprintf(p.stderr, "%s\n", terminal.Printable(file))
	}
	if left := results - s.Rows; first && left > 0 {
		fmt.Fprintf(p.stderr, "%d of %d photos are left out: they failed, are pending or need a review (--include-review).\n", left, results)
	}
	for _, name := range s.Unmatched {
		fmt.Fprintf(p.stderr, "%s: its row or sidecar has another name, so that it will not be found: rename the photo.\n", terminal.Printable(name))
	}
}
