package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/embed"
	"github.com/tagroll/tagroll/export"
	"github.com/tagroll/tagroll/intake"
)

// outputRows are what one output will hold: those of photos that are not part of this run and stay,
// then one for each photo of this run.
type outputRows struct {
	runner *runner
	output output
	format export.Format
	key    string // the output's name in the journal

	before map[string]bool  // the IDs of the photos that the file held
	stay   []tagroll.Result // of photos that are not part of this run
	names  map[string]bool  // of all photos, folded

	held    []string // the IDs of the photos with a row, in their order
	earlier int      // photos of this run whose row is that of an earlier one
	renamed []string // sentences on photos with another name in the rows
	same    map[string][]string
	failed  error // of the journal
}

// rowsOf finds out what an output held before, and which of that stays.
func (r *runner) rowsOf(o output, format export.Format) (*outputRows, error) {
	w := &outputRows{runner: r, output: o, format: format, before: make(map[string]bool), names: make(map[string]bool), same: make(map[string][]string)}
	if r.store != nil && o.path != "-" {
		w.key = o.path
		if filepath.Dir(o.path) == filepath.Dir(r.journalPath()) {
			w.key = filepath.Base(o.path) // so that a folder may be moved as a whole
		}
		if _, err := os.Stat(o.path); err == nil {
			if err := w.findStaying(); err != nil {
				return nil, err
			}
		}
	}
	for _, photo := range r.photos {
		w.names[foldName(photo.Name)] = true
	}
	for _, result := range w.stay {
		w.names[foldName(result.Photo.Name)] = true
	}
	return w, nil
}

// findStaying finds the photos of the file that are not part of this run. They stay, unless their
// file was removed from a folder that is still there, or is part of this run under another name.
func (w *outputRows) findStaying() error {
	r := w.runner
	inRun, contents := make(map[string]bool, len(r.photos)), make(map[string]bool, len(r.photos))
	// Partners were photos of their own before the JPEG was there.
	partners := make(map[string]bool)
	for _, photo := range r.photos {
		inRun[photo.ID] = true
		contents[r.read[photo.ID]] = true
		for _, name := range photo.Partners {
			partners[intake.Beside(photo.ID, name)] = true
		}
	}
	for _, id := range r.store.Members(w.key) {
		if inRun[id] {
			w.before[id] = true
			continue
		}
		if partners[id] {
			continue
		}
		photo, content, err := r.store.Photo(id)
		if err != nil {
			return err
		}
		if content == "" || contents[content] && !exists(id) {
			continue
		}
		w.before[id] = true
		if wasRemoved(id) {
			continue
		}
		result, ok, err := r.store.Lookup(context.Background(), photo, tagroll.Key{Content: content, Identity: r.pipeline.Identity(photo)})
		if err == nil && (!ok || result.Status != tagroll.StatusSuccessful) {
			result, ok, err = r.store.Latest(content, func(tagroll.Result) bool { return true })
		}
		if err != nil {
			return err
		}
		if ok {
			result.Photo, result.Reused = photo, true
			w.stay = append(w.stay, result)
		}
	}
	return nil
}

// exists reports whether a photo's file is there, by the photo's ID.
func exists(id string) bool {
	_, err := os.Lstat(intake.PathOf(id))
	return err == nil
}

// wasRemoved reports whether a photo's file is gone from a folder that is there. A folder that is
// gone may be on a card or a drive that is not connected now.
func wasRemoved(id string) bool {
	path := intake.PathOf(id)
	_, err := os.Lstat(path)
	_, folderErr := os.Stat(filepath.Dir(path))
	return errors.Is(err, fs.ErrNotExist) && folderErr == nil
}

// all yields what the output holds. A failing journal ends it and is noted in failed.
func (w *outputRows) all() iter.Seq[tagroll.Result] {
	return func(yield func(tagroll.Result) bool) {
		w.held = w.held[:0]
		for _, result := range w.stay {
			if !w.rows(result, yield) {
				return
			}
		}
		for _, photo := range w.runner.photos {
			result, err := w.of(photo)
			if err != nil {
				w.failed = err
				return
			}
			if !w.rows(result, yield) {
				return
			}
		}
	}
}

// rows yields the row of a result, and those of the other files of its photo that have one. A
// sidecar goes with each RAW file.
func (w *outputRows) rows(r tagroll.Result, yield func(tagroll.Result) bool) bool {
	if w.holds(r) {
		w.held = append(w.held, r.Photo.ID)
	}
	if !yield(w.row(r)) {
		return false
	}
	for _, name := range filesOf(r.Photo)[1:] {
		if !wantsRow(w.runner.settings.pair, w.format.Name, name) {
			continue
		}
		if !yield(w.row(as(r, name))) {
			return false
		}
	}
	return true
}

// of returns the result of a photo of this run: a pending one if there is none. A failure does not
// hide what a model said of the photo in an earlier run.
func (w *outputRows) of(photo tagroll.Photo) (tagroll.Result, error) {
	r := w.runner
	content := r.read[photo.ID]
	result, found, err := r.journal.Lookup(context.Background(), photo, tagroll.Key{Content: content, Identity: r.pipeline.Identity(photo)})
	if err != nil || found && w.holds(result) {
		result.Photo = photo
		return result, err
	}
	if earlier, ok, err := w.byModel(photo, content); ok || err != nil {
		w.earlier++
		earlier.Reused = true
		return earlier, err
	}
	if !found {
		return tagroll.Result{Photo: photo, Status: tagroll.StatusPending}, nil
	}
	result.Photo = photo
	return result, nil
}

// byModel returns what a model said of a photo in an earlier run. content is empty if this run has
// not read the photo.
func (w *outputRows) byModel(photo tagroll.Photo, content string) (result tagroll.Result, ok bool, err error) {
	r := w.runner
	if r.store == nil {
		return result, false, nil
	}
	if content == "" {
		if _, content, err = r.store.Photo(photo.ID); err != nil {
			return result, false, err
		}
	}
	return r.store.ByModel(photo, content, r.agencies.Accept)
}

// holds reports whether an agency gets a row of the result.
func (w *outputRows) holds(r tagroll.Result) bool {
	return r.Usable(w.runner.settings.includeReview)
}

// row gives a result a name of its own, if that is wanted.
func (w *outputRows) row(r tagroll.Result) tagroll.Result {
	if !w.holds(r) {
		return r
	}
	if w.format.Agency == nil {
		return r
	}
	name, label := r.Photo.Name, r.Photo.Label()
	there := w.same[foldName(name)]
	if len(there) > 0 && w.runner.settings.renameDuplicates {
		r.Photo.Name = w.freeName(name)
		w.renamed = append(w.renamed, fmt.Sprintf("%s is called %s in %s: give the file that name before the upload", label, r.Photo.Name, w.output.path))
		return r
	}
	w.same[foldName(name)] = append(there, label)
	return r
}

// freeName returns a name that no other photo has.
func (w *outputRows) freeName(name string) string {
	extension := filepath.Ext(name)
	for n := 2; ; n++ {
		free := fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, extension), n, extension)
		if !w.names[foldName(free)] {
			w.names[foldName(free)] = true
			return free
		}
	}
}

func foldName(name string) string { return strings.ToLower(norm.NFC.String(name)) }

// lost is how many photos the file held that it will not hold any more.
func (w *outputRows) lost() int {
	held := make(map[string]bool, len(w.held))
	for _, id := range w.held {
		held[id] = true
	}
	n := 0
	for id := range w.before {
		if !held[id] {
			n++
		}
	}
	return n
}

// guard returns what keeps the output from replacing what is not ours.
func (w *outputRows) guard(written *terminal.Written) *export.Guard {
	r := w.runner
	if r.store == nil {
		return &export.Guard{Force: r.settings.force}
	}
	return &export.Guard{
		Ours:  r.store.Ours,
		Force: r.settings.force,
		Keep:  func(path string) bool { return path == w.output.path && w.lost() > 0 },
		Kept: func(path, backup string) {
			why := "was not as tagroll had left it"
			if w.lost() > 0 && path == w.output.path {
				why = "held " + terminal.Count(w.lost(), "photo") + " with no row any more"
			}
			written.Notes = append(written.Notes, fmt.Sprintf("%s %s: it is kept as %s", path, why, backup))
		},
		Wrote: func(path, sum string) error {
			if path != w.output.path {
				return r.store.Wrote(path, sum, nil)
			}
			return r.store.Wrote(w.key, sum, w.held)
		},
	}
}

// tell adds to what is said at the end.
func (w *outputRows) tell(written *terminal.Written) {
	for _, photo := range append(w.stay, w.ofRun()...) {
		key := foldName(photo.Photo.Name)
		if labels := w.same[key]; len(labels) > 1 {
			written.SameNames = append(written.SameNames, terminal.SameName{Name: photo.Photo.Name, Photos: labels})
			delete(w.same, key)
		}
	}
	written.Notes = append(written.Notes, w.renamed...)
	if n := len(w.stay); n > 0 {
		written.Notes = append(written.Notes, fmt.Sprintf("kept %s of earlier runs in %s; to begin anew name another file with --out, or remove it", terminal.Count(n, "row"), w.output.path))
	}
	if w.earlier > 0 {
		written.Notes = append(written.Notes, fmt.Sprintf("kept the earlier rows of %s of this run in %s", terminal.Count(w.earlier, "photo"), w.output.path))
	}
}

// ofRun are the photos of this run in the form of results.
func (w *outputRows) ofRun() []tagroll.Result {
	all := make([]tagroll.Result, len(w.runner.photos))
	for i, photo := range w.runner.photos {
		all[i].Photo = photo
	}
	return all
}

// embedResults writes the results of a run into its photos. In place, the journal knows the new
// photo before it takes the old one's place, so that the next run does not take it for one that was
// never described.
func (r *runner) embedResults(w *terminal.Written) error {
	e := r.embedder
	if e == nil {
		return nil
	}
	format, err := r.settings.format(r.outputs[0].format)
	if err != nil {
		return err
	}
	rows, err := r.rowsOf(r.outputs[0], format)
	if err != nil {
		return err
	}
	err = r.embedEach(rows)
	if stopped := e.Finish(); stopped != nil {
		err = stopped
	}
	if err != nil {
		return err
	}
	n := e.Counts()
	w.Embedded, w.Sidecars, w.Embedding = n.Written+n.Unchanged, n.Sidecars, e.Summary()
	w.Notes = append(w.Notes, e.Notes()...)
	return nil
}

// embedEach begins to write each photo's result.
func (r *runner) embedEach(rows *outputRows) error {
	for _, photo := range r.photos {
		result, err := rows.of(photo)
		if err != nil {
			return err
		}
		if !result.Usable(r.settings.includeReview) {
			continue
		}
		stored := result
		if details := r.details(result); !details.IsZero() {
			result.Details = &details
		}
		result = r.agencies.CaptionedFile(result)
		options := embed.Options{SHA256: result.Facts.SHA256}
		options.Replacing = func(hash string, size int64) error {
			_, taken, _ := strings.Cut(photo.Version, "-")
			known := stored
			known.Photo = photo
			known.Photo.Version = fmt.Sprintf("%d-%s", size, taken) // the time stays
			known.Facts.SHA256, known.Facts.Bytes = hash, size
			return r.journal.Finish(context.Background(), known)
		}
		if err := r.embedder.Write(photo, result, options); err != nil {
			return err
		}
	}
	return nil
}
