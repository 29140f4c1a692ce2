package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/journal"
)

// journalPath is where the journal is; empty if there is none.
func (r *runner) journalPath() string {
	if path := r.settings.journal; path != "" {
		return path
	}
	if first := r.outputs[0].path; first != "-" {
		return first + ".journal"
	}
	return ""
}

// openJournal opens the journal that the settings name, or one that ends with the
// process if the result goes to standard output. A dry run only reads it.
func (r *runner) openJournal() (closeJournal func(), err error) {
	path := r.journalPath()
	if path == "" {
		r.journal = new(journal.Memory)
		return func() {}, nil
	}
	j, err := journal.OpenFile(path, journal.FileOptions{
		Fresh: r.settings.fresh, First: r.first, ReadOnly: r.settings.dryRun, Elsewhere: keptFolders(),
	})
	if r.settings.dryRun && errors.Is(err, fs.ErrNotExist) {
		r.journal = new(journal.Memory)
		return func() {}, nil
	}
	if err != nil && r.settings.journal == "" {
		return nil, fatalError{err}
	}
	if err != nil {
		return nil, err
	}
	if d := j.Damage(); len(d.Lines) > 0 {
		r.screen.Note(damageText(path, d))
	}
	if n, from := j.TakenBack(); n > 0 {
		r.screen.Note(fmt.Sprintf("%s of an earlier run, which did not fit on the disk, are taken back from %s", terminal.Count(n, "result"), from))
	}
	r.store, r.journal = j, j
	if !r.describer.Info().Remote && !r.settings.providerGiven {
		r.journal = journal.ModelFirst{File: j, Accept: r.agencies.Accept}
	}
	if r.settings.dryRun {
		r.journal = lookupOnly{r.journal}
	}
	r.screen.Resumes()
	return func() {
		if err := j.Close(); err != nil {
			r.log.Error("the journal could not be closed", "error", err)
		}
	}, nil
}

// keptFolders are the folders for results that the journal's disk has no room for. The temporary
// folder is often on another disk, or in memory.
func keptFolders() []string {
	var folders []string
	if user, err := os.UserCacheDir(); err == nil { // without one there is the other
		folders = append(folders, filepath.Join(user, "tagroll", "kept"))
	}
	return append(folders, os.TempDir())
}

// tellKept says where results are that the journal could not take.
func (r *runner) tellKept(written *terminal.Written) {
	if r.store == nil {
		return
	}
	if path, n := r.store.Elsewhere(); n > 0 {
		written.Notes = append(written.Notes, fmt.Sprintf("%s did not fit into the journal %s and are kept in %s: free some space and run the same command again, which takes them from there",
			terminal.Count(n, "result"), r.journalPath(), path))
	}
}

// first says of a result of tagroll's first release whether it stands. Its prompt may be of any
// version: a new one is no reason to pay again.
func (r *runner) first(settings string, result tagroll.Result) bool {
	info, d := r.describer.Info(), result.Describer
	return d.Name == info.Name && d.Model == info.Model &&
		settings == fmt.Sprintf("%s %s %s %s %v", d.Name, d.Model, d.Prompt, r.settings.baseURL, agencyNames(r.agencies))
}

// damageText says what became of a damaged journal.
func damageText(path string, d journal.Damage) string {
	const most = 10
	what := "line"
	if len(d.Lines) > 1 {
		what = "lines"
	}
	numbers := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(d.Lines[:min(len(d.Lines), most)])), ", "), "[]")
	if more := len(d.Lines) - most; more > 0 {
		numbers += fmt.Sprintf(" and %d more", more)
	}
	text := fmt.Sprintf("the journal %s is damaged in %s %s: the rest of it is used", path, what, numbers)
	if d.Kept != "" {
		text += ", and it is kept as it was in " + d.Kept
	}
	return text
}

// lookupOnly is a journal to which nothing is written.
type lookupOnly struct{ tagroll.Journal }

func (lookupOnly) Start(context.Context, tagroll.Photo, int) error { return nil }
func (lookupOnly) Finish(context.Context, tagroll.Result) error    { return nil }
