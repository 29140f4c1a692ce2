package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/cmd/tagroll/embedding"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/embed"
	"github.com/tagroll/tagroll/export"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/settings"
)

// embedFlags say what is written into photos, beside their metadata, and how.
type embedFlags struct{ embedding.Flags }

func (s *embedFlags) add(set *settings.Set, sidecarHelp string) {
	set.Add(settings.Setting{
		Name: "sidecar", Group: groupPhotos, Arg: "STYLE", In: settings.NoFile, Value: settings.Text(&s.Sidecar, embedding.NoSidecar),
		Choices: []string{embedding.NoSidecar, "adobe", "darktable"}, Help: sidecarHelp,
	}, settings.Setting{
		Name: "no-backup", Group: groupPhotos, In: settings.NoFile, Value: settings.Switch(&s.NoBackup),
		Help: "keep no NAME_original of photos that are written into in place",
	}, settings.Setting{
		Name: "creator", Group: groupPhotos, Arg: "NAME", Value: settings.Text(&s.Creator, ""),
		Help: "who took the photos, written into them",
	}, settings.Setting{
		Name: "copyright", Group: groupPhotos, Arg: "TEXT", Value: settings.Text(&s.Copyright, ""),
		Help: "who has the rights, written into them",
	})
}

// embedSettings are the settings of tagroll embed.
type embedSettings struct {
	embedFlags
	out           string
	restore       bool
	json          bool
	includeReview bool
}

func (p *program) embedSettings() (*settings.Set, *embedSettings) {
	s := &embedSettings{}
	set := settings.NewSet("embed")
	set.Add(settings.Setting{
		Name: "out", Short: "o", Group: groupResults, Arg: "DIR", In: settings.NoFile, Value: settings.Text(&s.out, embedding.InPlace),
		Help: "copies go into this folder, with the folders that they are in; in-place: the photos themselves are written into",
	}, settings.Setting{
		Name: "restore", Group: groupResults, In: settings.NoFile, Value: settings.Switch(&s.restore),
		Help: "put the photos back as they were, from NAME_original",
	}, settings.Setting{
		Name: "json", Group: groupResults, In: settings.NoFile, Value: settings.Switch(&s.json),
		Help: "what became of each file as one JSON document",
	}, includeReviewSetting(&s.includeReview, settings.AnyFile))
	s.add(set, "write sidecars instead: adobe: IMG.xmp; darktable: IMG.NEF.xmp; one that is there keeps all else")
	return set, s
}

// embed is tagroll embed: it writes results that exist into photos.
func (p *program) embed(ctx context.Context, args []string) error {
	set, s := p.embedSettings()
	rest, err := p.read(set, args, false)
	if err != nil {
		return err
	}
	if s.restore {
		if len(rest) == 0 {
			return &usageError{"embed", errors.New("name the photos or folders to put back")}
		}
		return p.restore(ctx, rest, s.json)
	}
	if len(rest) < 2 {
		return &usageError{"embed", errors.New("name a file of results, then the photos or folders that they are for")}
	}
	to := s.out
	if s.Sidecar != embedding.NoSidecar && to == embedding.InPlace {
		to = ""
	}
	options := embedding.Options{Flags: s.Flags, To: to, SidecarsOnly: s.Sidecar != embedding.NoSidecar, Inputs: rest[1:], FolderOf: folderOf}
	if s.json {
		options.Report = new(embedding.Report)
	}
	e, err := embedding.New(options)
	if err != nil {
		return &usageError{"embed", err}
	}
	results, err := p.readResults(rest[0])
	if err != nil {
		return err
	}
	found, err := intake.Find(ctx, rest[1:], p.stdin)
	if err != nil {
		return err
	}
	found.Pair()
	e.Cover(found.Photos)
	for _, problem := range found.Problems {
		e.Fail(problem.Photo, problem)
	}
	err = s.writeAll(ctx, e, matchResults(results, found.Photos, e), found.Photos)
	if reportErr := p.reportEmbedding(e, options.Report, err); reportErr != nil {
		return errors.Join(err, reportErr)
	}
	if err == nil && e.Counts().Failed > 0 {
		return exitError(exitIncomplete)
	}
	return err
}

// writeAll writes the results into the photos that have one.
func (s *embedSettings) writeAll(ctx context.Context, e *embedding.Writer, results map[string]tagroll.Result, photos []tagroll.Photo) error {
	err := s.writeEach(ctx, e, results, photos)
	if stopped := e.Finish(); stopped != nil {
		return stopped
	}
	return err
}

func (s *embedSettings) writeEach(ctx context.Context, e *embedding.Writer, results map[string]tagroll.Result, photos []tagroll.Photo) error {
	for _, photo := range photos {
		if ctx.Err() != nil {
			return &tagroll.Error{Code: tagroll.CodeCancelled, Message: "stopped: what was written is complete, run the same command again for the rest"}
		}
		r, ok := results[photo.ID]
		switch {
		case !ok:
		case !r.Usable(s.includeReview):
			code := tagroll.CodeInvalidAnswer
			if r.Error != nil {
				code = r.Error.Code
			}
			e.Refuse(photo.Path, embedding.Refusal(code, "its result is not complete (%s): describe it again, or see --include-review", r.Status))
		default:
			if err := e.Write(photo, r, embed.Options{SHA256: r.Facts.SHA256}); err != nil {
				return err
			}
		}
	}
	return nil
}

// readResults reads a file of results in any form that tagroll writes, edited in a spreadsheet or
// not.
func (p *program) readResults(path string) ([]tagroll.Result, error) {
	data, err := readDataFile(path)
	if err != nil {
		return nil, err
	}
	sheet, err := p.sheetOf(path, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := p.sound(path, sheet); err != nil {
		return nil, err
	}
	if sheet.Table == nil { // a CSV has the words as an agency gets them
		for i, r := range sheet.Results {
			sheet.Results[i] = agency.Set(nil).CaptionedFile(r)
		}
	}
	return sheet.Results, nil
}

// matchResults finds the result of each photo, by its ID or else by its name, and notes what
// belongs to nobody. Of several photos with one name that one counts whose folders are most like
// the result's. The row of a JPEG that is not there is also that of the RAW file with its name.
func matchResults(results []tagroll.Result, photos []tagroll.Photo, e *embedding.Writer) map[string]tagroll.Result {
	ids, names, raws := make(map[string]bool), make(map[string][]tagroll.Photo), make(map[string][]tagroll.Photo)
	for _, photo := range photos {
		ids[photo.ID] = true
		for _, name := range filesOf(photo) {
			key, cell := agency.NameKey(name), agency.NameKey(export.NameInCSV(name))
			names[key] = append(names[key], photo)
			if cell != key {
				names[cell] = append(names[cell], photo)
			}
		}
		if intake.IsRAW(photo.Name) {
			key := bareName(photo.Name)
			raws[key] = append(raws[key], photo)
		}
	}
	matched := make(map[string]tagroll.Result)
	for _, r := range results {
		there := names[agency.NameKey(r.Photo.Name)]
		if len(there) == 0 {
			there = raws[bareName(r.Photo.Name)]
			r.Facts.SHA256 = "" // of the JPEG
		}
		there = ofThisName(nearest(there, r.Photo.Path), r.Photo.Name)
		switch {
		case ids[r.Photo.ID]:
			matched[r.Photo.ID] = r
		case len(there) == 1:
			if _, twice := matched[there[0].ID]; !twice {
				matched[there[0].ID] = r
			}
		case len(there) > 1:
			e.Fail(r.Photo.Label(), embedding.Refusal(tagroll.CodeDuplicatePhoto, "%d photos have this name: name their folders one by one", len(there)))
		default:
			e.Fail(r.Photo.Label(), embedding.Refusal(tagroll.CodeNotFound, "there is no such photo in what was named"))
		}
	}
	return matched
}

// ofThisName returns the only photo with exactly this name if there is one, and else all: A.JPG and
// a.jpg may lie in one folder, and so may names that differ in how an accent is written.
func ofThisName(photos []tagroll.Photo, name string) []tagroll.Photo {
	other := func(p tagroll.Photo) bool { return p.Name != name }
	if exact := slices.DeleteFunc(slices.Clone(photos), other); len(exact) == 1 {
		return exact
	}
	return photos
}

// nearest returns the photos whose paths have the most folders in common with a path, counted from
// the file's own: all of them where the path names no folder.
func nearest(photos []tagroll.Photo, path string) []tagroll.Photo {
	folders := func(path string) []string {
		parts := strings.FieldsFunc(agency.NameKey(path), func(r rune) bool { return r == '/' || r == '\\' })
		slices.Reverse(parts)
		return parts[min(len(parts), 1):]
	}
	var best []tagroll.Photo
	most := 0
	for _, photo := range photos {
		n, wanted := 0, folders(path)
		for i, name := range folders(photo.Path) {
			if i >= len(wanted) || name != wanted[i] {
				break
			}
			n++
		}
		switch {
		case n > most:
			best, most = []tagroll.Photo{photo}, n
		case n == most:
			best = append(best, photo)
		}
	}
	return best
}

// bareName is a file name without its extension, in lower case.
func bareName(name string) string {
	return agency.NameKey(strings.TrimSuffix(name, filepath.Ext(name)))
}

// restore is tagroll embed --restore.
func (p *program) restore(ctx context.Context, paths []string, asJSON bool) error {
	var report embedding.Report
	one := func(photo string) {
		if err := embed.Restore(photo); err != nil {
			report.Summary.Failed++
			report.Failed(photo, err)
			return
		}
		report.Summary.Restored++
		report.Of(photo).Outcome = embedding.OutcomeRestored
	}
	var stopped error
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			embed.Sweep(filepath.Dir(path))
			one(embed.PhotoOf(path))
			continue
		}
		photos, err := embed.BackedUp(ctx, path)
		if err != nil {
			stopped = err
			break
		}
		for _, photo := range photos {
			one(photo)
		}
	}
	if asJSON {
		if err := report.Write(p.stdout, stopped); err != nil {
			return err
		}
	} else {
		for _, f := range report.Files {
			if f.Outcome == embedding.OutcomeFailed {
				fmt.Fprintln(p.stderr, terminal.Printable(f.File+": "+f.Message))
			}
		}
		fmt.Fprintf(p.stderr, "%d put back\n", report.Summary.Restored)
	}
	if stopped != nil {
		return stopped
	}
	if report.Summary.Failed > 0 {
		return exitError(exitIncomplete)
	}
	return nil
}

// reportEmbedding tells what became of the files, for people or for programs.
func (p *program) reportEmbedding(e *embedding.Writer, report *embedding.Report, stopped error) error {
	if report != nil {
		report.Summary = e.Counts()
		return report.Write(p.stdout, stopped)
	}
	for _, note := range e.Notes() {
		fmt.Fprintln(p.stderr, terminal.Printable(note))
	}
	summary := e.Summary()
	if summary == "" && stopped == nil {
		summary = "nothing to write: no result is for a photo that was named"
	}
	if summary != "" {
		fmt.Fprintln(p.stderr, terminal.Printable(summary))
	}
	return nil
}
