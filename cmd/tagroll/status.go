package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/journal"
	"github.com/tagroll/tagroll/settings"
)

// statusSettings are the settings of tagroll status.
type statusSettings struct {
	json bool
}

// statusSettings declares the settings of tagroll status.
func (p *program) statusSettings() (*settings.Set, *statusSettings) {
	s := &statusSettings{}
	set := settings.NewSet("status")
	set.Add(settings.Setting{
		Name: "json", In: settings.NoFile, Value: settings.Switch(&s.json),
		Help: "print a JSON object for each journal",
	})
	return set, s
}

// journalStatus is what a journal knows.
type journalStatus struct {
	Journal     string              `json:"journal"`
	Photos      int                 `json:"photos"`
	Successful  int                 `json:"successful"`
	NeedsReview int                 `json:"needs_review"`
	Drafts      int                 `json:"drafts"` // of needs_review
	Failed      int                 `json:"failed"`
	Calls       int                 `json:"calls"`
	CostUSD     float64             `json:"cost_usd"`
	Describers  []string            `json:"describers"`
	Damaged     []int               `json:"damaged_lines"`
	Problems    []terminal.Unsolved `json:"problems"`
}

// status is tagroll status: it reads journals, changes nothing, and says what is in them. A run
// that is under way may be asked as well.
func (p *program) status(_ context.Context, args []string) error {
	set, s := p.statusSettings()
	rest, err := p.read(set, args, false)
	if err != nil {
		return err
	}
	paths, err := journalsOf(rest)
	if err != nil {
		return err
	}
	for _, path := range paths {
		status, err := readStatus(path)
		if err != nil {
			return err
		}
		if s.json {
			enc := json.NewEncoder(p.stdout)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(status); err != nil {
				return err
			}
			continue
		}
		p.printStatus(status)
	}
	return nil
}

// journalsOf returns the journals that results or journals name; without a name those of this
// folder.
func journalsOf(names []string) ([]string, error) {
	if len(names) == 0 {
		paths, err := filepath.Glob("*.journal")
		if err == nil && len(paths) == 0 {
			err = &tagroll.Error{Code: tagroll.CodeNotFound, Message: "there is no journal in this folder: name a result, such as tagroll.csv, or its journal"}
		}
		return paths, err
	}
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = name
		if _, err := os.Stat(name + ".journal"); err == nil {
			paths[i] = name + ".journal"
		} else if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return nil, &tagroll.Error{Code: tagroll.CodeNotFound, Message: fmt.Sprintf("there is no journal %s.journal", name)}
		}
	}
	return paths, nil
}

func readStatus(path string) (journalStatus, error) {
	status := journalStatus{Journal: path, Describers: []string{}, Damaged: []int{}, Problems: []terminal.Unsolved{}}
	j, err := journal.OpenFile(path, journal.FileOptions{ReadOnly: true, Elsewhere: keptFolders()})
	if tagroll.CodeOf(err) == tagroll.CodeConfiguration {
		// The way out of tagroll run is a setting that status has not.
		message := strings.ReplaceAll(err.Error(), "another file with --journal", "the journal of a run, or the result beside it")
		return status, &usageError{"status", errors.New(message)}
	}
	if err != nil {
		return status, err
	}
	defer j.Close()
	for result, err := range j.Photos() {
		if err != nil {
			return status, err
		}
		status.add(result)
	}
	status.Damaged = append(status.Damaged, j.Damage().Lines...)
	return status, nil
}

func (s *journalStatus) add(result tagroll.Result) {
	s.Photos++
	s.Calls += result.Calls
	s.CostUSD += result.Usage.CostUSD
	switch result.Status {
	case tagroll.StatusSuccessful:
		s.Successful++
	case tagroll.StatusNeedsReview:
		s.NeedsReview++
		if result.Draft() {
			s.Drafts++
		}
	case tagroll.StatusFailed:
		s.Failed++
	}
	describer := cmp.Or(result.Describer.Model, "the built-in describer")
	if !slices.Contains(s.Describers, describer) {
		s.Describers = append(s.Describers, describer)
	}
	if result.Status != tagroll.StatusSuccessful && !result.Draft() && result.Error != nil {
		s.Problems = append(s.Problems, terminal.Unsolved{
			Photo: result.Photo.Label(), Status: result.Status, Code: result.Error.Code, Message: result.Error.Message,
		})
	}
}

// drafts counts drafts within a list; empty for none.
func drafts(n int) string {
	if n == 0 {
		return ""
	}
	return terminal.Count(n, "draft") + ", "
}

// printStatus writes what a journal knows for a person.
func (p *program) printStatus(s journalStatus) {
	fmt.Fprintf(p.stdout, "%s: %s", terminal.Printable(s.Journal), terminal.Count(s.Photos, "photo"))
	if s.Photos > 0 {
		fmt.Fprintf(p.stdout, ", %d successful, %s%d to review, %d failed, by %s: %s",
			s.Successful, drafts(s.Drafts), s.NeedsReview-s.Drafts, s.Failed, terminal.Printable(strings.Join(s.Describers, " and ")), terminal.Count(s.Calls, "call"))
		if s.CostUSD > 0 {
			fmt.Fprintf(p.stdout, ", about $%.4f", s.CostUSD)
		}
	}
	fmt.Fprintln(p.stdout)
	terminal.Table(p.stdout, s.Problems)
	if n := len(s.Damaged); n > 0 {
		fmt.Fprintf(p.stdout, "  %s cannot be read, the first is number %d\n", terminal.Count(n, "line"), s.Damaged[0])
	}
	if s.NeedsReview-s.Drafts+s.Failed > 0 {
		fmt.Fprintln(p.stdout, "The same tagroll run as before tries only what is not successful.")
	}
}
