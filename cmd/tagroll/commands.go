package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tagroll/tagroll/settings"
)

// subcommand is one of the words that may follow "tagroll".
type subcommand struct {
	name string
	args string // what follows the name, for help
	what string // what it does, in one line of help
	// settings returns the command's flags as they are before anything was read; nil if it
	// has none.
	settings func(*program) *settings.Set
	run      func(p *program, ctx context.Context, args []string) error
}

// commands are all commands in the order in which help lists them. A new one has a row here, a
// file of its own, and a page below help if it has flags.
func commands() []subcommand {
	return []subcommand{
		{"run", "PATH...", "photos or folders in, metadata files out", setOf((*program).runSettings), (*program).run},
		{"embed", "RESULTS PATH", "results into photos, or beside them", setOf((*program).embedSettings), (*program).embed},
		{"serve", "", "the page and the HTTP API, for you or everybody", setOf((*program).serveSettings), (*program).serve},
		{"worker", "", "describes a cluster's photos, on another machine", setOf((*program).workerSettings), (*program).worker},
		{"export", "RESULTS", "stored results in another form, without a call", setOf((*program).exportSettings), (*program).export},
		{"check", "PATH...", "CSVs, results and photos against agencies' rules", setOf((*program).checkSettings), (*program).check},
		{"agencies", "[NAME]", "the agencies, their rules and their sources", nil, (*program).agencies},
		{"status", "[FILE]", "what earlier runs have done, and what is left", setOf((*program).statusSettings), (*program).status},
		{"doctor", "", "finds out why photos cannot be described", setOf((*program).doctorSettings), (*program).doctor},
		{"config", "", "the settings in force, and where they come from", nil, (*program).config},
		{"simulate", "", "a stand-in for the OpenAI API, to try things out", setOf((*program).simulateSettings), (*program).simulate},
		{"completion", "SHELL", "makes a shell complete commands and flags", nil, (*program).completion},
		{"version", "", "which version this is", nil, (*program).version},
		{"help", "[TOPIC]", "a command, settings, providers, resume", nil, (*program).help},
	}
}

// setOf takes the set of settings from what declares them, and leaves the values.
func setOf[T any](declare func(*program) (*settings.Set, *T)) func(*program) *settings.Set {
	return func(p *program) *settings.Set {
		set, _ := declare(p)
		return set
	}
}

func lookupCommand(name string) (subcommand, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return subcommand{}, false
}

// allSettings returns the settings of every command that has some.
func (p *program) allSettings() []*settings.Set {
	var all []*settings.Set
	for _, c := range commands() {
		if c.settings != nil {
			all = append(all, c.settings(p))
		}
	}
	return all
}

// dispatch runs the command that the arguments name. "tagroll PATH" is "tagroll run PATH".
func (p *program) dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		_ = p.printHelp(p.stderr, "")
		return exitError(exitUsage)
	}
	name, rest := args[0], args[1:]
	switch name {
	case "--version":
		name = "version"
	case "--help", "-h":
		name = "help"
	}
	if c, ok := lookupCommand(name); ok {
		if c.settings == nil && len(rest) > 0 && (rest[0] == "--help" || rest[0] == "-h") {
			return p.printHelp(p.stdout, name)
		}
		return c.run(p, ctx, rest)
	}
	if meansRun(name) {
		return p.run(ctx, args)
	}
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	message := fmt.Sprintf("unknown command %q, and no file or folder of that name", name)
	if near := settings.Nearest(name, names); near != "" {
		message += "; did you mean tagroll " + near + "?"
	}
	return &usageError{err: fmt.Errorf("%s", message)}
}

// meansRun reports whether the first argument is none of a command's, but one that tagroll run
// takes: a flag, a path or a pattern.
func meansRun(arg string) bool {
	inPaths := "/*?[" + string(filepath.Separator)
	if strings.HasPrefix(arg, "-") || strings.ContainsAny(arg, inPaths) || filepath.Ext(arg) != "" {
		return true
	}
	_, err := os.Lstat(arg)
	return err == nil
}

// read reads a command's settings: its arguments, then the environment, then the settings files,
// of which the first to name a setting counts. With photos, the arguments that are no flags name
// photos, whose folders may hold such a file. The error is a usageError or settings.ErrHelp.
func (p *program) read(set *settings.Set, args []string, photos bool) (rest []string, err error) {
	p.set = set
	rest, err = set.Args(args)
	if err == settings.ErrHelp {
		if helpErr := p.printHelp(p.stdout, set.Command()); helpErr != nil {
			return nil, helpErr
		}
		return nil, err
	}
	if err == nil {
		err = p.readBeyondArgs(set, rest, photos)
	}
	if err != nil {
		return nil, &usageError{set.Command(), err}
	}
	return rest, nil
}

// readFlags is read for a command that takes nothing but flags.
func (p *program) readFlags(set *settings.Set, args []string) error {
	rest, err := p.read(set, args, false)
	if err == nil && len(rest) > 0 {
		err = &usageError{set.Command(), fmt.Errorf("%q is not a flag: %s takes only flags", rest[0], set.Command())}
	}
	return err
}

func (p *program) readBeyondArgs(set *settings.Set, rest []string, photos bool) error {
	all := p.allSettings()
	if err := p.checkVariables(all); err != nil {
		return err
	}
	if err := set.Environment(p.getenv); err != nil {
		return err
	}
	var files []*settings.File
	if photos {
		var err error
		if files, err = photoFiles(rest); err != nil {
			return err
		}
	}
	if p.userSettings != "" {
		f, err := settings.ReadFile(p.userSettings, false)
		if err != nil {
			return err
		}
		if f != nil {
			files = append(files, f)
		}
	}
	for _, f := range files {
		if err := f.Check(all); err != nil {
			return err
		}
		if err := set.File(f); err != nil {
			return err
		}
	}
	return nil
}

// checkVariables refuses a variable of the environment that is a misspelt setting, and notes a
// variable that looks like no setting at all.
func (p *program) checkVariables(all []*settings.Set) error {
	if p.environ == nil {
		return nil
	}
	for _, unknown := range settings.UnknownVariables(p.environ(), all, "TAGROLL_TEST_ALL") {
		if unknown.Near != "" {
			return fmt.Errorf("%s in the environment is no setting; did you mean %s?", unknown.Name, unknown.Near)
		}
		p.notes = append(p.notes, unknown.Name+" in the environment is no setting of tagroll and has no effect")
	}
	return nil
}

// logNotes logs what is odd about the settings and stops nobody.
func (p *program) logNotes(log *slog.Logger) {
	for _, note := range p.notes {
		log.Warn(note)
	}
}

// photoFiles reads the tagroll.toml files that hold for the photos that are named: the one in the
// folder of each, and those above it up to the working directory if that is above; the nearest
// first. Without a name it is the working directory's. All photos of a run have the same files: a
// setting counts for the whole run.
func photoFiles(paths []string) ([]*settings.File, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var files []*settings.File
	first, folders := "", make(map[string]bool)
	for _, path := range paths {
		dir, err := folderOf(path)
		if err != nil || folders[dir] {
			continue // intake says what is wrong with the path
		}
		folders[dir] = true
		found, err := filesAbove(dir)
		if err != nil {
			return nil, err
		}
		if len(folders) == 1 {
			files, first = found, path
			continue
		}
		if !slices.EqualFunc(files, found, func(a, b *settings.File) bool { return a.Path == b.Path }) {
			return nil, fmt.Errorf("%s and %s have different files of settings (%s): describe them in two runs",
				first, path, settings.FileName)
		}
	}
	return files, nil
}

// filesAbove reads the settings files from a folder up to the working directory, if that is above.
func filesAbove(dir string) ([]*settings.File, error) {
	here, err := filepath.Abs(".")
	if err != nil {
		return nil, err
	}
	var files []*settings.File
	for {
		f, err := settings.ReadFile(filepath.Join(dir, settings.FileName), true)
		if err != nil {
			return nil, err
		}
		if f != nil {
			files = append(files, f)
		}
		rel, err := filepath.Rel(here, dir)
		if err != nil || rel == "." || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return files, nil
		}
		dir = filepath.Dir(dir)
	}
}

// folderOf is the folder that a path names, or in which the named file is.
func folderOf(path string) (string, error) {
	dir, err := filepath.Abs(fixedPart(path))
	if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	return dir, err
}

// fixedPart is a pattern's folder: what stands before its first special character.
func fixedPart(path string) string {
	if _, err := os.Lstat(path); err == nil {
		return path
	}
	if i := strings.IndexAny(path, "*?[{"); i >= 0 {
		return filepath.Dir(path[:i] + "x")
	}
	return path
}
