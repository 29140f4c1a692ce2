package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/export"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/settings"
)

// checkSettings are the settings of tagroll check.
type checkSettings struct {
	agencyFlags
	banLists []string
	fix      bool
	strict   bool
	json     bool
}

// checkSettings declares the settings of tagroll check.
func (p *program) checkSettings() (*settings.Set, *checkSettings) {
	s := &checkSettings{}
	set := settings.NewSet("check")
	s.agencyFlags.add(set, `whose rules count: a name, or a file with the rules of an agency of your own; may be given
		several times. Without it they are those of the agency that the columns of a CSV tell, or else
		Adobe Stock's`)
	set.Add(settings.Setting{
		Name: "ban-list", Group: groupAgencies, Arg: "FILE", Value: settings.Repeated(&s.banLists),
		Help: "words of your own that must not occur, one a line; may be given several times",
	}, settings.Setting{
		Name: "fix", Group: groupResults, In: settings.NoFile, Value: settings.Switch(&s.fix),
		Help: "mend what changes no meaning; the file as it was is kept as .bak",
	}, settings.Setting{
		Name: "json", Group: groupResults, In: settings.NoFile, Value: settings.Switch(&s.json),
		Help: "the findings as one JSON document",
	}, settings.Setting{
		Name: "strict", Group: groupResults, In: settings.NoFile, Value: settings.Switch(&s.strict),
		Help: "warnings count as errors for the exit status",
	})
	return set, s
}

// check is tagroll check.
func (p *program) check(ctx context.Context, args []string) error {
	set, s := p.checkSettings()
	paths, err := p.read(set, args, false)
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return &usageError{"check", errors.New("name CSVs, results or photos to check")}
	}
	if err := s.agencyFlags.read(); err != nil {
		return err
	}
	banned, err := readWords(s.banLists)
	if err != nil {
		return refused("ban-list", err)
	}
	c := &checker{
		program: p, settings: s, banned: banned,
		findings: []terminal.Finding{}, // [] rather than null in JSON
		counted:  make(map[string]int), rows: make(map[string]bool), sheets: make(map[string]bool),
	}
	if err := c.paths(ctx, paths); err != nil {
		return err
	}
	if err := c.report(); err != nil {
		return err
	}
	if c.errors > 0 || s.strict && c.warnings > 0 {
		return exitError(exitIncomplete)
	}
	return nil
}

// checker collects what agencies have against files, rows and photos.
type checker struct {
	*program
	settings *checkSettings
	banned   []string

	findings []terminal.Finding
	// counted is how many photos of each name there are, by agency.NameKey: a photo, its row
	// and its row for another agency are one.
	counted          map[string]int
	fixed            []terminal.Mended
	errors, warnings int
	rows             map[string]bool // file names of rows, as agency.NameKey has them
	sheets           map[string]bool // the tables that were read, by their absolute path
}

// paths checks results first, since photos that have a row need no words of their own.
func (c *checker) paths(ctx context.Context, paths []string) error {
	var photos []string
	tables := 0
	for _, path := range paths {
		if !isSheet(path) {
			photos = append(photos, path)
			n, err := c.sheetsIn(path)
			if err != nil {
				return err
			}
			tables += n
		} else if err := c.sheet(path); err != nil {
			return err
		}
	}
	if len(photos) == 0 {
		return nil
	}
	if slices.Contains(photos, "-") {
		return &usageError{"check", errors.New("- is not a file: name the files to check")}
	}
	found, err := intake.Find(ctx, photos, c.stdin)
	if err != nil {
		return err
	}
	for _, problem := range found.Problems {
		c.add(problem.Photo, 0, "", tagroll.Finding{Field: "file", Severity: tagroll.SeverityError, Rule: string(problem.Code), Message: problem.Message}, nil)
	}
	found.Pair()
	agencies, err := c.agenciesFor(nil)
	if err != nil {
		return err
	}
	var repeats agency.Repeats
	names := make(map[string]int)
	for _, photo := range found.Photos {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		names[c.rowKey(photo)]++
		c.photo(ctx, photo, agencies, &repeats)
	}
	c.count(names)
	if len(found.Photos)+len(found.Problems)+tables == 0 {
		return &tagroll.Error{Code: tagroll.CodeEmptyBatch, Message: "there is nothing to check in what was named: name CSVs, results or photos"}
	}
	return nil
}

// count takes in how many photos of each name a table or the folders have.
func (c *checker) count(names map[string]int) {
	for name, n := range names {
		c.counted[name] = max(c.counted[name], n)
	}
}

// checked is how many photos and rows were checked.
func (c *checker) checked() (n int) {
	for _, one := range c.counted {
		n += one
	}
	return n
}

// rowKey is the name, as agency.NameKey has it, of the photo's file that has a row; of its first
// file if none has.
func (c *checker) rowKey(photo tagroll.Photo) string {
	names := filesOf(photo)
	i := slices.IndexFunc(names, func(name string) bool { return c.rows[agency.NameKey(name)] })
	return agency.NameKey(names[max(i, 0)])
}

// sheetsIn checks the tables of a folder and returns how many there are. A table in which no column
// holds file names is somebody else's, and is passed over with a word.
func (c *checker) sheetsIn(folder string) (tables int, err error) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return 0, nil // a photo, or one that is told when photos are looked for
	}
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		hidden := path != folder && strings.HasPrefix(entry.Name(), ".")
		switch extension := strings.ToLower(filepath.Ext(path)); {
		case err != nil:
			return nil // the folder is told when photos are looked for
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden || !entry.Type().IsRegular() || extension != ".csv" && extension != ".tsv" && extension != ".jsonl":
			return nil
		}
		switch err := c.sheet(path); tagroll.CodeOf(err) {
		case "":
			tables++
			return err
		case tagroll.CodeUnreadable:
			fmt.Fprintf(c.stderr, "%s is passed over: %s.\n", terminal.Printable(path), terminal.Printable(strings.TrimPrefix(tagroll.AsError(err).Message, path+": ")))
			return nil
		default:
			return err
		}
	})
	return tables, err
}

// isSheet reports whether a path names results rather than photos.
func isSheet(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv", ".tsv", ".txt", ".json", ".jsonl", ".journal":
		info, err := os.Stat(path)
		return err != nil || !info.IsDir()
	}
	return false
}

// agenciesFor returns the agencies that count for a sheet, or for photos if the sheet is nil.
func (c *checker) agenciesFor(sheet *export.Sheet) (agency.Set, error) {
	set := c.settings.chosen
	switch {
	case len(set) > 0:
	case sheet != nil && len(sheet.Agencies) > 0:
		set = sheet.Agencies
	default:
		set = agency.Default()
	}
	if len(c.banned) == 0 {
		return set, nil
	}
	return set.Ban(c.banned)
}

// sheet checks a file of results, and mends it before if that is wanted.
func (c *checker) sheet(path string) error {
	absolute, err := filepath.Abs(path)
	if err != nil || c.sheets[absolute] {
		return err // it is named, and lies in a folder that is named
	}
	c.sheets[absolute] = true
	text, err := readDataFile(path)
	if err != nil {
		return err
	}
	sheet, err := c.readSheet(path, &c.settings.agencyFlags)
	if err != nil {
		return err
	}
	agencies, err := c.agenciesFor(sheet)
	if err != nil {
		return err
	}
	if c.settings.fix {
		if err := c.fix(path, sheet, agencies); err != nil {
			return err
		}
	}
	if sheet.Agency != nil {
		c.addAll(path, 0, "", sheet.CheckLayout(path, len(text), sheet.Agency), sheet.Agency)
	}
	c.sheetRows(path, sheet, agencies)
	return nil
}

// sheetRows checks the results of a file one by one, and with each other.
func (c *checker) sheetRows(path string, sheet *export.Sheet, agencies agency.Set) {
	var repeats agency.Repeats
	names := make(map[string]int)
	for i, r := range sheet.Results {
		line, label := 0, r.Photo.Name
		if sheet.Lines != nil {
			line = sheet.Lines[i]
			label = fmt.Sprintf("line %d (%s)", line, r.Photo.Name)
		}
		key := agency.NameKey(r.Photo.Name)
		names[key]++
		c.rows[key] = true
		c.addAll(path, line, r.Photo.Name, sheet.CheckRow(i), nil)
		if r.Metadata == nil {
			continue
		}
		for _, a := range agencies {
			c.addAll(path, line, r.Photo.Name, sheet.Check(i, a), a)
		}
		if unreleased, needed := agency.Unreleased(r); needed {
			c.add(path, line, r.Photo.Name, unreleased, nil)
		}
		c.addAll(path, line, r.Photo.Name, repeats.Add(label, r.Photo.Name, *r.Metadata), nil)
	}
	c.count(names)
}

// fix mends a file of results in its place. A journal is none to change.
func (c *checker) fix(path string, sheet *export.Sheet, agencies agency.Set) error {
	if strings.EqualFold(filepath.Ext(path), ".journal") {
		return &usageError{"check", fmt.Errorf("%s is a journal, which --fix leaves alone: export it first (tagroll export)", path)}
	}
	rows := sheet.Fix(agencies)
	if layout := sheet.FixLayout(); rows == 0 && !layout {
		return nil
	}
	var b bytes.Buffer
	format := export.Format{Name: export.FormatJSONLines, Label: "JSON lines"}
	var err error
	switch {
	case sheet.Table != nil:
		format = export.AgencyFormat(agencies[0])
		_, err = sheet.Table.WriteTo(&b)
	case sheet.Lines != nil:
		_, err = export.WriteJSONLines(&b, slices.Values(sheet.Results))
	default:
		format = export.Format{Name: export.FormatJSON, Label: "JSON"}
		_, err = export.WriteJSON(&b, slices.Values(sheet.Results))
	}
	if err != nil {
		return err
	}
	done := terminal.Mended{File: path, Rows: rows}
	guard := &export.Guard{Kept: func(_, backup string) { done.Backup = backup }}
	if err := guard.WriteFile(path, format, func(w io.Writer) error {
		_, err := w.Write(b.Bytes())
		return err
	}); err != nil {
		return err
	}
	c.fixed = append(c.fixed, done)
	return nil
}

// checkLimits bound photos of which only the outside is read.
var checkLimits = intake.Limits{MaxBytes: 1 << 30, MaxPixels: 1 << 31}

// photo checks a photo's file, and the words in it.
func (c *checker) photo(ctx context.Context, photo tagroll.Photo, agencies agency.Set, repeats *agency.Repeats) {
	facts, err := checkLimits.Facts(ctx, photo)
	if err != nil {
		e := tagroll.AsError(err)
		c.add(photo.Label(), 0, "", tagroll.Finding{Field: "file", Severity: tagroll.SeverityError, Rule: string(e.Code), Message: e.Message}, nil)
		return
	}
	hasRow := c.rows[c.rowKey(photo)]
	for _, a := range agencies {
		if !isPreview(photo) { // a preview is not what is sent
			c.addAll(photo.Label(), 0, "", a.CheckFile(facts), a)
		}
		c.addAll(photo.Label(), 0, "", a.CheckPhoto(photo.Name, facts, hasRow), a)
	}
	if len(c.rows) > 0 && !hasRow {
		c.add(photo.Label(), 0, "", tagroll.Finding{Field: "filename", Severity: tagroll.SeverityWarning, Rule: "photo-without-row",
			Message: "no row names the photo: describe it, or leave it out"}, nil)
	}
	m := tagroll.Metadata{Title: facts.Title, Description: facts.Caption, Keywords: facts.Keywords}
	c.addAll(photo.Label(), 0, "", repeats.Add(photo.Label(), photo.Name, m), nil)
}

// addAll is add for several findings about one row or photo.
func (c *checker) addAll(file string, line int, photo string, findings []tagroll.Finding, a *agency.Agency) {
	for _, f := range findings {
		c.add(file, line, photo, f, a)
	}
}

// add notes a finding with the evidence of the agency's rule; nil where the rule is no agency's.
func (c *checker) add(file string, line int, photo string, f tagroll.Finding, a *agency.Agency) {
	one := terminal.Finding{File: file, Line: line, Photo: photo, Finding: f}
	if a != nil {
		var e agency.Evidence
		one.Section, e = a.EvidenceOf(f)
		one.Source, one.AsOf, one.Confidence = e.Source, e.AsOf, string(e.Confidence)
	}
	if f.Severity == tagroll.SeverityError {
		c.errors++
	} else {
		c.warnings++
	}
	c.findings = append(c.findings, one)
}

// report writes the findings for people or for programs.
func (c *checker) report() error {
	report := terminal.Findings{
		Findings: c.findings, Mended: c.fixed,
		Summary: terminal.FindingCounts{Checked: c.checked(), Errors: c.errors, Warnings: c.warnings},
	}
	if !c.settings.json {
		report.Print(c.stdout)
		return nil
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err == nil {
		_, err = fmt.Fprintln(c.stdout, string(text))
	}
	return err
}
