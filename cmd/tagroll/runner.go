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
	"github.com/tagroll/tagroll/cmd/tagroll/embedding"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/export"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/journal"
	"github.com/tagroll/tagroll/limit"
	"github.com/tagroll/tagroll/pipeline"
	"github.com/tagroll/tagroll/publish"
	"github.com/tagroll/tagroll/wording"
)

// runner is one run of tagroll run.
type runner struct {
	*program
	settings *runSettings
	screen   *terminal.Screen
	log      *slog.Logger

	// What is wanted of the photos.
	describer tagroll.Describer
	agencies  agency.Set
	words     wording.Rules
	details   func(tagroll.Result) tagroll.Details
	table     *export.DetailsTable // that of --table; nil without one
	outputs   []output
	embedder  *embedding.Writer // nil if nothing is written into photos or beside them

	// What was found.
	photos   []tagroll.Photo
	leftOut  string          // what was found and is not read, in words
	joined   int             // RAW files that belong to a photo of the same name
	previews int             // photos that are previews of graphics or videos
	working  []tagroll.Photo // those of photos that are described in this run
	heldBack int             // the others; see holdBack
	groups   [][]string      // of photos that look alike, by their labels

	// What describes them, and what is known already.
	pipeline *pipeline.Pipeline
	journal  tagroll.Journal
	store    *journal.File // nil if the journal ends with the process
	cache    *cache.Store
	pictures sync.Map // of a dry run: pictures met so far, by their key
	inReview sync.Map // photos whose words in the journal need review, by their SHA-256

	// What the end of the run has to know.
	read    map[string]string // the content of the photos of this run, by their ID
	undated int               // editorial photos whose file has no place or no date
	spared  int               // photos whose model's words no draft has replaced
}

func (r *runner) run(ctx context.Context) error {
	s := r.settings
	var err error
	if r.describer, err = r.newDescriber(ctx, &s.providerFlags, r.screen.Notice); err != nil {
		return err
	}
	if err := r.chooseAgencies(); err != nil {
		return err
	}
	if err := r.readWishes(); err != nil {
		return err
	}
	if err := r.findPhotos(ctx); err != nil {
		return err
	}
	if err := r.checkNames(); err != nil {
		return err
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
	if s.embed != "" || s.Sidecar != embedding.NoSidecar {
		options := embedding.Options{Flags: s.Flags, To: s.embed, Inputs: s.paths, FolderOf: folderOf}
		if r.embedder, err = embedding.New(options); err != nil {
			return &usageError{"run", err}
		}
		r.embedder.Cover(r.photos)
	}
	return r.describe(ctx)
}

// chooseAgencies finds the agencies whose rules count, and says what of them is a guess.
func (r *runner) chooseAgencies() (err error) {
	s := r.settings
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
	return nil
}

// readWishes reads what the photographer wants of the words, and what is known of the photos beside
// their files.
func (r *runner) readWishes() (err error) {
	s := r.settings
	if r.words.Brief, err = s.brief(s.editorial, r.agencies); err != nil {
		return &usageError{"run", err}
	}
	for _, notice := range unsaid(r.words.Brief) {
		r.screen.Notice(notice)
	}
	r.words.Batch, r.words.Draft = new(wording.Batch), !r.describer.Info().Remote
	r.words.Details = func(photo tagroll.Photo) tagroll.Details { return r.details(tagroll.Result{Photo: photo}) }
	r.details, r.table, err = s.detailsFlags.read()
	return err
}

// checkNames says which names of files lead nowhere: in an agency's rows, or in the table. It reads
// the contexts of the photos' folders, too.
func (r *runner) checkNames() error {
	for _, notice := range nameNotices(r.agencies, r.photos) {
		r.screen.Notice(notice)
	}
	if err := folderContexts(r.photos, r.settings.paths, r.allSettings(), r.screen.Notice); err != nil {
		return &usageError{"run", err}
	}
	for _, photo := range r.photos {
		for _, name := range filesOf(photo) {
			r.table.Of(name)
		}
	}
	if names := r.table.Unused(); len(names) > 0 {
		r.log.Warn("rows of the table name no photo of this run: look at the names", "table", r.settings.table, "rows", len(names), "names", some(names))
	}
	return nil
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
			return refused("exclude", err)
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
	if err := r.newPipeline(publisher); err != nil {
		return err
	}
	closeJournal, err := r.openJournal()
	if err != nil {
		return err
	}
	defer closeJournal()
	if err := r.holdBack(ctx); err != nil {
		return err
	}
	r.screen.Begin(r.describer.Info(), len(r.working))
	r.hintAtLocal(ctx)
	if c, ok := r.describer.(interface{ CloseIdleConnections() }); ok {
		defer c.CloseIdleConnections()
	}
	ctx, drain, stopDraining := r.draining(ctx)
	defer stopDraining()
	last, err := batch.Run(ctx, r.sequence(), r.pipeline.Process, r.batchOptions(drain))
	last.Total, last.Pending = last.Total+r.heldBack, last.Pending+r.heldBack
	return r.conclude(last, err)
}

// newPipeline makes the pipeline of this run.
func (r *runner) newPipeline(publisher tagroll.Publisher) (err error) {
	limits := r.settings.limits(r.log)
	compression := r.settings.compression(r.log, r.settings.maxEdge)
	r.pipeline, err = pipeline.New(pipeline.Config{
		Picture:      limits.Preview,
		Size:         intake.Size,
		Read:         limits.Read,
		Inspect:      limits.Inspect,
		Compress:     compression.Compress,
		Publisher:    publisher,
		Fallback:     publish.Inline{},
		Describer:    r.describer,
		ImageVersion: compression.Version(),
		Estimate:     expect(r.describer),
		Rules:        r.agencies,
		Words:        r.words,
		ReviewDrafts: true,
		Share:        r.share,
		Log:          r.log,
	})
	return err
}

// batchOptions returns the options of the run's batch. No photo is begun when drain is closed.
func (r *runner) batchOptions(drain <-chan struct{}) batch.Options {
	s := r.settings
	options := s.options(s.server(), s.budget)
	options.Drain = drain
	options.Total = len(r.working)
	options.Ahead = 2 * limit.DefaultMaxWindow // photos are prepared while the window is narrow
	options.Journal, options.Identity = r.journal, r.pipeline.Identity
	options.Reuse = r.stands
	options.DiscardResults = true
	options.Log = r.log
	r.read = make(map[string]string)
	options.OnProgress = func(p tagroll.Progress) {
		for _, result := range p.Finished {
			r.finished(result)
		}
		r.screen.Progress(p)
	}
	return options
}

// finished notes what the end of the run has to know of a photo.
func (r *runner) finished(result tagroll.Result) {
	r.read[result.Photo.ID] = result.Facts.SHA256
	if result.Describer.Remote && !r.describer.Info().Remote {
		r.spared++
	}
	if result.Reused {
		r.words.Batch.Note(result, result.Image)
	}
	details := r.details(result)
	result.Details = &details
	if r.agencies.LacksDateline(result) {
		r.undated++
	}
}

// conclude writes the results of the batch and says what became of it. err is what ended the batch
// early.
func (r *runner) conclude(last tagroll.Progress, err error) error {
	var written terminal.Written
	if err == nil || last.Successful+last.NeedsReview > 0 {
		// Otherwise a run with a wrong key would replace an earlier result by nothing.
		var writeErr error
		if written, writeErr = r.write(last); writeErr == nil {
			writeErr = r.embedResults(&written)
		}
		if writeErr != nil {
			err = writeErr
		}
	}
	r.tellKept(&written)
	r.similar(&written)
	written.Joined, written.Previews = r.joined, r.previews
	written.Notes = append(written.Notes, r.pairNotes()...)
	if r.undated > 0 {
		written.Notes = append(written.Notes, fmt.Sprintf("%s without a dateline, since the file names no city and country, or no day: "+
			"give places in a table (--table, columns City and Country), or write the line by hand", terminal.Count(r.undated, "photo")))
	}
	if r.leftOut != "" {
		written.Notes = append(written.Notes, r.leftOut+" left out: make JPEGs of them to have them described")
	}
	written.Free = isFree(r.describer, r.agencies)
	r.screen.End(last, written, err)
	switch {
	case tagroll.CodeOf(err) == tagroll.CodeBudgetReached:
		return exitError(exitIncomplete)
	case err != nil:
		return fatalError{err}
	case r.embedder != nil && r.embedder.Counts().Failed > 0:
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
