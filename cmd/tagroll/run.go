package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/settings"
)

// runSettings are the settings of tagroll run, understood and checked.
type runSettings struct {
	paths []string

	outputFlags
	agencyFlags
	detailsFlags
	wordFlags
	providerFlags
	effortFlags
	deliveryFlags
	photoFlags
	logFlags

	embed string
	embedFlags

	journal string
	fresh   bool
	budget  float64 // US dollars; zero for no bound
	dryRun  bool
	cache   string
	noCache bool
	limit   int
	exclude []string

	renameDuplicates bool

	progress string
}

// runSettings declares the settings of tagroll run.
func (p *program) runSettings() (*settings.Set, *runSettings) {
	s := &runSettings{}
	s.tempDefault = ownTempDefault
	set := settings.NewSet("run")
	s.outputFlags.add(set, settings.AnyFile)
	set.Add(settings.Setting{
		Name: "rename-duplicates", Group: groupResults, In: settings.AnyFile, Value: settings.Switch(&s.renameDuplicates),
		Help: "give photos of one name names of their own in the CSV, and say which file to rename",
	})
	s.agencyFlags.add(set, `an agency whose rules count too, such as alamy, which reads the photo itself (see tagroll
		agencies); or a file with the rules and columns of one of your own, whose CSV is written too`)
	s.detailsFlags.add(set)
	s.wordFlags.add(set)
	set.Add(settings.Setting{
		Name: "embed", Group: groupPhotos, Arg: "DIR", In: settings.NoFile, Value: settings.Text(&s.embed, ""), Default: "not",
		Help: "write the metadata into copies of the photos in this folder, or with in-place into the photos themselves",
	})
	s.embedFlags.add(set, "sidecars too: adobe: IMG.xmp; darktable: IMG.NEF.xmp; one that is there keeps all else")
	s.providerFlags.add(set)
	s.effortFlags.add(set)
	s.deliveryFlags.add(set)
	set.Add(settings.Setting{
		Name: "journal", Group: groupAgain, Arg: "FILE", In: settings.NoFile, Value: settings.Text(&s.journal, ""),
		Default: "the result's name + .journal",
		Help:    "what is done already; see tagroll help resume",
	}, settings.Setting{
		Name: "cache", Group: groupAgain, Arg: "DIR", Value: settings.Text(&s.cache, ""),
		Default: "tagroll in the user's cache folder",
		Help:    "where results are kept by their picture, so that the same one under another name costs nothing",
	}, settings.Setting{
		Name: "no-cache", Group: groupAgain, In: settings.AnyFile, Value: settings.Switch(&s.noCache),
		Help: "keep no results there, and use none",
	}, settings.Setting{
		Name: "fresh", Group: groupAgain, In: settings.NoFile, Value: settings.Switch(&s.fresh),
		Help: "forget what is done and kept, and begin anew",
	}, settings.Setting{
		Name: "limit", Group: groupAgain, Arg: "N", In: settings.NoFile, Value: settings.Number(&s.limit, 0, 1),
		Default: "all",
		Help:    "only the first N photos, to see how it goes",
		Want:    "give a number of photos, 1 or more",
	}, settings.Setting{
		Name: "exclude", Group: groupAgain, Arg: "PATTERN", In: settings.AnyFile, Value: settings.Repeated(&s.exclude),
		Help: "leave out photos or folders, such as '*_web.jpg' or drafts; may be given several times",
	}, settings.Setting{
		Name: "dry-run", Group: groupAgain, In: settings.NoFile, Value: settings.Switch(&s.dryRun),
		Help: "call nobody: say how many calls it would be, and their cost",
	})
	set.Add(s.budgetSetting())
	s.photoFlags.add(set, groupLimits, maxLocalFile)
	set.Add(settings.Setting{
		Name: "quiet", Short: "q", Group: groupShown, In: settings.NoFile, Means: "progress=none",
		Help: "say nothing unless something went wrong",
	}, settings.Setting{
		Name: "progress", Group: groupShown, Arg: "HOW", Value: settings.Text(&s.progress, "auto"),
		Choices: []string{"auto", "bar", "plain", "json", "none"},
		Help:    "bar, plain, json (one event a line) or none; auto: bar on a terminal, else plain",
	})
	s.logFlags.add(set, "warn")
	return set, s
}

// parseRun reads the settings of tagroll run. Its error is a usageError or settings.ErrHelp.
func (p *program) parseRun(args []string) (*runSettings, error) {
	set, s := p.runSettings()
	var err error
	if s.paths, err = p.read(set, args, true); err != nil {
		return nil, err
	}
	if len(s.paths) == 0 {
		return nil, &usageError{"run", errors.New("name the photos or folders to describe, or - for a list on standard input")}
	}
	s.providerFlags.check(p.getenv)
	s.tierPatience = s.effortFlags.checkTier(s.tier)
	s.deliveryFlags.check(s.inline())
	if err := errors.Join(s.checkAddresses(), checkExtension(s.out, s.formats)); err != nil {
		return nil, &usageError{"run", err}
	}
	return s, nil
}

// run is tagroll run.
func (p *program) run(ctx context.Context, args []string) error {
	s, err := p.parseRun(args)
	if err != nil {
		return err
	}
	screen := terminal.New(terminal.Config{
		Out: p.stderr, Mode: s.progress, Getenv: p.getenv,
		IncludeReview: s.includeReview, Chosen: s.providerGiven, Server: s.host(),
	})
	defer screen.Close()
	r := &runner{program: p, settings: s, screen: screen, log: runLogger(screen, s)}
	p.logNotes(r.log)
	err = p.blamed(r.run(ctx))
	_, told := errors.AsType[exitError](err)
	if err == nil || told || exitCode(err) == exitUsage {
		return err // a usage error is told with where to read on
	}
	screen.Fail(err)
	return exitError(exitCode(err))
}

// runLogger returns the logger of a run: above the moving line, and as JSON where the progress is
// JSON, so that every line can be parsed.
func runLogger(screen *terminal.Screen, s *runSettings) *slog.Logger {
	flags := s.logFlags
	if screen.JSON() {
		flags.logFormat = "json"
	}
	return flags.logger(screen)
}
