package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/cache"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/export"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/journal"
	"github.com/tagroll/tagroll/limit"
	"github.com/tagroll/tagroll/settings"
	"github.com/tagroll/tagroll/wording"
)

// runSettings are the settings of tagroll run, understood and checked.
type runSettings struct {
	paths []string

	out           string
	formats       []string
	includeReview bool

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

	force            bool
	renameDuplicates bool
	pair             string

	progress string
	quiet    bool
}

// runSettings declares the settings of tagroll run.
func (p *program) runSettings() (*settings.Set, *runSettings) {
	s := &runSettings{}
	s.tempDefault = "the host and port of --public-url if it names this machine, else :8787"
	set := settings.NewSet("run")
	set.Add(settings.Setting{
		Name: "out", Short: "o", Group: groupResults, Arg: "FILE", In: settings.NoFile, Value: settings.Text(&s.out, ""),
		Default: "tagroll.csv",
		Help:    "where the result goes; - is standard output; a folder takes it under its usual name",
	}, settings.Setting{
		Name: "format", Short: "f", Group: groupResults, Arg: "NAME", In: settings.AnyFile,
		Value:   settings.List(&s.formats, "adobe-stock"),
		Choices: formatChoices(),
		Help: `the CSV of an agency, such as adobe-stock or shutterstock (see tagroll agencies); xmp: a ZIP archive of XMP sidecars for
			Lightroom and others; json or jsonl: everything that is known, as one document or one
			photo a line; may be given several times`,
	}, settings.Setting{
		Name: "include-review", Group: groupResults, In: settings.AnyFile, Value: settings.Switch(&s.includeReview),
		Help: "also write photos that still break a rule of the agency",
	}, settings.Setting{
		Name: "rename-duplicates", Group: groupResults, In: settings.AnyFile, Value: settings.Switch(&s.renameDuplicates),
		Help: "give photos of one name names of their own in the CSV, and say which file to rename",
	}, pairSetting(&s.pair), settings.Setting{
		Name: "force", Group: groupResults, In: settings.NoFile, Value: settings.Switch(&s.force),
		Help: "also replace a file that is no result of tagroll's; it is kept as .bak",
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
		Help: "keep and use none of them",
	}, settings.Setting{
		Name: "fresh", Group: groupAgain, In: settings.NoFile, Value: settings.Switch(&s.fresh),
		Help: "forget it and begin anew",
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
		Name: "quiet", Short: "q", Group: groupShown, In: settings.NoFile, Value: settings.Switch(&s.quiet),
		Help: "say nothing unless something went wrong: --progress none",
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
	s.logFlags.check(set)
	if s.quiet && set.Outweighs("quiet", "progress") {
		s.progress = "none"
	}
	if err := checkExtension(s.out, s.formats); err != nil {
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
	if _, usage := errors.AsType[*usageError](err); err == nil || told || usage {
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

// runner is one run of tagroll run.
type runner struct {
	*program
	settings *runSettings
	screen   *terminal.Screen
	log      *slog.Logger

	describer tagroll.Describer
	agencies  agency.Set
	words     wording.Rules
	details   func(tagroll.Result) tagroll.Details
	outputs   []output
	embedder  *embedder // nil if nothing is written into photos or beside them
	photos    []tagroll.Photo
	working   []tagroll.Photo // those of photos that are described in this run
	heldBack  int             // the others; see holdBack
	groups    [][]string      // of photos that look alike, by their labels
	journal   tagroll.Journal
	store     *journal.File // nil if the journal ends with the process
	identity  func(tagroll.Photo) string
	cache     *cache.Store
	pictures  sync.Map // of a dry run: pictures met so far, by their key
	// Photos whose words in the journal need review, by their SHA-256.
	inReview sync.Map
	leftOut  string            // what was found and is not read, in words
	joined   int               // RAW files that belong to a photo of the same name
	previews int               // photos that are previews of graphics or videos
	read     map[string]string // the content of the photos of this run, by their ID
	undated  int               // editorial photos whose file has no place or no date
	// spared counts photos that keep what a model said, since only the built-in describer is
	// there.
	spared int
}

func (r *runner) run(ctx context.Context) error {
	s := r.settings
	var err error
	if r.describer, err = r.newDescriber(ctx, &s.providerFlags, r.screen.Notice); err != nil {
		return err
	}
	if err := s.agencyFlags.read(); err != nil {
		return err
	}
	if err := s.checkFormats("run", s.formats); err != nil {
		return err
	}
	s.formats = s.withOwn(s.formats)
	r.agencies = s.agencies(s.formats)
	if s.editorial {
		if r.agencies, err = r.agencies.Editorial(); err != nil {
			return &usageError{"run", err}
		}
	}
	for _, caution := range cautions(r.agencies) {
		r.screen.Notice(caution)
	}
	if r.words.Brief, err = s.brief(s.editorial, r.agencies); err != nil {
		return &usageError{"run", err}
	}
	for _, notice := range unsaid(r.words.Brief) {
		r.screen.Notice(notice)
	}
	r.words.Batch, r.words.Draft = new(wording.Batch), !r.describer.Info().Remote
	var table *export.DetailsTable
	if r.details, table, err = s.detailsFlags.read(); err != nil {
		return err
	}
	r.words.Details = func(photo tagroll.Photo) tagroll.Details { return r.details(tagroll.Result{Photo: photo}) }
	if err := r.findPhotos(ctx); err != nil {
		return err
	}
	for _, notice := range nameNotices(r.agencies, r.photos) {
		r.screen.Notice(notice)
	}
	if err := folderContexts(r.photos, s.paths, r.allSettings(), r.screen.Notice); err != nil {
		return &usageError{"run", err}
	}
	for _, photo := range r.photos {
		for _, name := range filesOf(photo) {
			table.Of(name)
		}
	}
	if names := table.Unused(); len(names) > 0 {
		r.log.Warn("rows of the table name no photo of this run: look at the names", "table", s.table, "rows", len(names), "names", some(names))
	}
	if r.outputs, err = planOutputs(s); err != nil {
		return err
	}
	if s.dryRun {
		return r.dryRun(ctx)
	}
	if err := r.checkOutputs(); err != nil {
		return err
	}
	if s.embed != "" || s.sidecar != noSidecar {
		if r.embedder, err = newEmbedder(s.embedFlags, s.embed, s.paths); err != nil {
			return &usageError{"run", err}
		}
		r.embedder.cover(r.photos)
	}
	return r.describe(ctx)
}

// findPhotos finds what was asked for. What could not be found is a photo that will
// fail, unless there is nothing else.
func (r *runner) findPhotos(ctx context.Context) error {
	found, err := intake.Find(ctx, r.settings.paths, r.stdin)
	if err != nil {
		return err
	}
	excluded := 0
	if found.Repeated > 0 {
		r.log.Info("files named more than once are taken once", "repeated", found.Repeated)
	}
	if len(r.settings.exclude) > 0 {
		if found.Photos, excluded, err = intake.Exclude(found.Photos, r.settings.exclude); err != nil {
			return err
		}
		r.log.Info("photos are left out by --exclude", "photos", excluded)
	}
	found.Pair()
	r.leftOut, r.joined, r.previews = found.LeftOut, found.Joined, found.Previews
	if found.PassedOver > 0 {
		r.log.Info("files that are no photos are passed over", "files", found.PassedOver)
	}
	if len(found.Photos) == 0 && !(excluded > 0 && len(found.Problems) > 0) {
		if excluded > 0 {
			return &tagroll.Error{Code: tagroll.CodeEmptyBatch, Message: fmt.Sprintf("--exclude leaves out all of the %d photos", excluded)}
		}
		if len(found.Problems) > 0 {
			errs := make([]error, len(found.Problems))
			for i, problem := range found.Problems {
				errs[i] = problem
			}
			return &tagroll.Error{Code: found.Problems[0].Code, Message: errors.Join(errs...).Error()}
		}
		message := "there is no photo in what was named: JPEG, PNG, WebP, TIFF, GIF, HEIC, AVIF and RAW files count, hidden files do not"
		if r.leftOut != "" {
			message += "; " + r.leftOut + " left out: make JPEGs of them"
		}
		return &tagroll.Error{Code: tagroll.CodeEmptyBatch, Message: message}
	}
	r.photos = found.Photos
	for _, problem := range found.Problems {
		r.photos = append(r.photos, missing(problem))
	}
	if n := r.settings.limit; n > 0 && n < len(r.photos) {
		r.log.Info("only the first photos are taken, by --limit", "photos", n, "of", len(r.photos))
		r.photos = r.photos[:n]
	}
	return nil
}

// missing is the photo that stands for one that cannot be had.
func missing(problem *tagroll.Error) tagroll.Photo {
	return tagroll.Photo{
		ID: "missing:" + problem.Photo, Name: filepath.Base(problem.Photo), Path: problem.Photo,
		Open: func() (io.ReadCloser, error) { return nil, problem },
	}
}

// describe runs the batch and writes its results.
func (r *runner) describe(ctx context.Context) error {
	s := r.settings
	if err := checkBudget("budget", s.budget, r.describer, r.agencies); err != nil {
		return err
	}
	publisher, closePublisher, err := s.publisher(r.log)
	if err != nil {
		return err
	}
	defer closePublisher()
	r.openCache()
	defer r.cache.Close()
	way, err := r.newPipeline(publisher)
	if err != nil {
		return err
	}
	r.identity = way.Identity
	closeJournal, err := r.openJournal()
	if err != nil {
		return err
	}
	defer closeJournal()

	if err := r.holdBack(ctx, way); err != nil {
		return err
	}
	r.screen.Begin(r.describer.Info(), len(r.working))
	r.hintAtLocal(ctx)
	if c, ok := r.describer.(interface{ CloseIdleConnections() }); ok {
		defer c.CloseIdleConnections()
	}
	ctx, drain, stopDraining := r.draining(ctx)
	defer stopDraining()
	options := s.options(s.server(), s.budget)
	options.Drain = drain
	options.Total = len(r.working)
	options.Ahead = 2 * limit.DefaultMaxWindow // photos are prepared while the window is narrow
	options.Journal, options.Identity = r.journal, way.Identity
	options.Reuse = r.stands
	r.read = make(map[string]string)
	options.OnProgress = func(p tagroll.Progress) {
		for _, result := range p.Finished {
			r.read[result.Photo.ID] = result.Facts.SHA256
			r.noteDateline(result)
			if result.Describer.Remote && !r.describer.Info().Remote {
				r.spared++
			}
			if result.Reused {
				r.words.Batch.Note(result, result.Image)
			}
		}
		r.screen.Progress(p)
	}
	options.DiscardResults = true
	options.Log = r.log
	last, batchErr := batch.Run(ctx, r.sequence(), way.Process, options)
	last.Total, last.Pending = last.Total+r.heldBack, last.Pending+r.heldBack
	var written terminal.Written
	if batchErr == nil || last.Successful+last.NeedsReview > 0 {
		// Otherwise a run with a wrong key would replace an earlier result by nothing.
		var writeErr error
		if written, writeErr = r.write(last); writeErr == nil {
			writeErr = r.embedResults(&written)
		}
		if writeErr != nil {
			batchErr = writeErr
		}
	}
	r.tellKept(&written)
	r.similar(&written)
	written.Joined, written.Previews = r.joined, r.previews
	written.Notes = append(written.Notes, r.pairNotes()...)
	r.tellUndated(&written)
	if r.leftOut != "" {
		written.Notes = append(written.Notes, r.leftOut+" left out: make JPEGs of them to have them described")
	}
	written.Free = isFree(r.describer, r.agencies)
	r.screen.End(last, written, batchErr)
	if tagroll.CodeOf(batchErr) == tagroll.CodeBudgetReached {
		return exitError(exitIncomplete)
	}
	if batchErr != nil {
		return batchErr
	}
	if r.embedder != nil && r.embedder.failed > 0 {
		return exitError(exitIncomplete)
	}
	return incomplete(last)
}

// grace is how long calls under way may take after the first Ctrl-C, or the end of the terminal.
const grace = 10 * time.Second

// draining returns a channel that is closed when ctx ends, and a context that ends some time later,
// so that calls that are paid for may end, even if the terminal was closed and nobody sees why the
// command stays.
func (r *runner) draining(ctx context.Context) (work context.Context, drain chan struct{}, stop func()) {
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	drain = make(chan struct{})
	over := make(chan struct{})
	stopWaiting := context.AfterFunc(ctx, func() {
		close(drain)
		r.screen.Stopping(grace)
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel(context.Cause(ctx))
		case <-over:
		}
	})
	return work, drain, func() {
		stopWaiting()
		close(over)
		cancel(nil)
	}
}

// stands reports whether a result of an earlier run is used again. Photos whose words need review
// are tried again, which is noted.
func (r *runner) stands(result tagroll.Result) bool {
	if result.Usable(r.settings.includeReview) {
		return true
	}
	if result.Status == tagroll.StatusNeedsReview {
		r.inReview.Store(result.Facts.SHA256, true)
	}
	return false
}

func (r *runner) sequence() iter.Seq[tagroll.Photo] {
	return func(yield func(tagroll.Photo) bool) {
		for _, photo := range r.working {
			if !yield(photo) {
				return
			}
		}
	}
}
