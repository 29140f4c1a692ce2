package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/embed"
	"github.com/tagroll/tagroll/settings"
)

// inPlace is the value of --embed that means the photos themselves.
const inPlace = "in-place"

// noSidecar is the value of --sidecar that means none.
const noSidecar = "none"

// embedFlags say what is written into photos, beside their metadata, and how.
type embedFlags struct {
	sidecar, creator, copyright string
	noBackup                    bool
}

func (s *embedFlags) add(set *settings.Set, sidecarHelp string) {
	set.Add(settings.Setting{
		Name: "sidecar", Group: groupPhotos, Arg: "STYLE", In: settings.NoFile, Value: settings.Text(&s.sidecar, noSidecar),
		Choices: []string{noSidecar, "adobe", "darktable"}, Help: sidecarHelp,
	}, settings.Setting{
		Name: "no-backup", Group: groupPhotos, In: settings.NoFile, Value: settings.Switch(&s.noBackup),
		Help: "keep no NAME_original of photos that are written into in place",
	}, settings.Setting{
		Name: "creator", Group: groupPhotos, Arg: "NAME", Value: settings.Text(&s.creator, ""),
		Help: "who took the photos, written into them",
	}, settings.Setting{
		Name: "copyright", Group: groupPhotos, Arg: "TEXT", Value: settings.Text(&s.copyright, ""),
		Help: "who has the rights, written into them",
	})
}

// embedder writes results into photos, copies or sidecars, and counts what became of them.
type embedder struct {
	embedFlags
	folder string // of copies or sidecars; empty: beside the photos
	root   string // the folder to which the paths of copies below folder are relative
	photos bool   // whether photos are written into
	listed bool   // the user named photos on standard input, so that they make the root

	sidecars map[string]string          // the photo of each sidecar, by the sidecar's path
	swept    map[string]bool            // the folders that were rid of what a killed run left
	targets  map[string]<-chan struct{} // closed when the last write of a file has ended

	photoWrites, sidecarWrites inOrder
	stopped                    error // what would meet every photo: a full disk

	embedded, same, beside int // photos written into, photos that said so already, sidecars
	raws                   int // RAW files, which have a sidecar instead
	kept                   int // sidecars that had other words, kept beside the new ones
	notes                  []string
	failed                 int
	report                 *embedReport // nil if nobody reads it
}

// newEmbedder returns an embedder. to is where it writes: a folder, or inPlace, or empty for
// sidecars only. inputs are what the user named.
func newEmbedder(flags embedFlags, to string, inputs []string) (*embedder, error) {
	e := &embedder{
		embedFlags: flags, photos: to != "",
		sidecars: make(map[string]string), swept: make(map[string]bool), targets: make(map[string]<-chan struct{}),
	}
	if to == "" || to == inPlace {
		return e, nil
	}
	e.folder = to
	if info, err := os.Stat(to); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is a file: name a folder for the copies, or %s", to, inPlace)
	}
	target, err := filepath.Abs(to)
	if err != nil {
		return nil, err
	}
	for _, input := range inputs {
		if input == "-" {
			e.listed = true
			continue
		}
		dir, err := folderOf(input)
		if err != nil {
			return nil, err
		}
		if info, err := os.Stat(input); err == nil && info.IsDir() && within(dir, target) {
			return nil, fmt.Errorf("%s lies in %s, so the copies would be taken for photos the next time: name a folder elsewhere", to, input)
		}
		e.root = common(e.root, dir)
	}
	return e, nil
}

// cover makes the root one for photos of which a list named some.
func (e *embedder) cover(photos []tagroll.Photo) {
	for _, photo := range photos {
		if absolute, err := filepath.Abs(photo.Path); err == nil && e.listed {
			e.root = common(e.root, filepath.Dir(absolute))
		}
	}
}

// within reports whether a path is a folder or lies in it.
func within(folder, path string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && (rel == "." || filepath.IsLocal(rel))
}

// common is the nearest folder that holds both. An empty one is not known yet.
func common(a, b string) string {
	if a == "" {
		return b
	}
	for !within(a, b) && a != filepath.Dir(a) {
		a = filepath.Dir(a)
	}
	return a
}

// target is where a photo's copy goes: its folders below the root are kept.
func (e *embedder) target(photo string) (string, error) {
	absolute, err := filepath.Abs(photo)
	if err != nil {
		return "", err
	}
	if e.root == "" {
		return filepath.Join(e.folder, filepath.Base(photo)), nil
	}
	rel, err := filepath.Rel(e.root, absolute)
	if err != nil || !filepath.IsLocal(rel) {
		return "", refusal(tagroll.CodeConfiguration, "it is not below %s, so that its folder cannot be kept: name folders with a common one", e.root)
	}
	return filepath.Join(e.folder, rel), nil
}

// fields are what is written of a result.
func (e *embedder) fields(r tagroll.Result) embed.Fields {
	fields := embed.Of(r)
	fields.Creator, fields.Copyright = cmp.Or(e.creator, fields.Creator), cmp.Or(fields.Copyright, e.copyright)
	return fields
}

// targetOf is where a photo is written: itself, or its copy.
func (e *embedder) targetOf(photo string) (string, error) {
	if e.folder == "" {
		return photo, nil
	}
	return e.target(photo)
}

// count notes a photo, or a copy of one, that holds its metadata.
func (e *embedder) count(photo, target string, o embed.Outcome) {
	one := e.report.of(photo)
	one.Outcome, one.Backup = outcomeUnchanged, o.Backup
	if target != photo {
		one.Copy = target
	}
	if !o.Changed {
		e.same++
		return
	}
	one.Outcome = outcomeWritten
	e.embedded++
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (e *embedder) note(photo, message string) {
	e.notes = append(e.notes, photo+": "+message)
}

func (e *embedder) fail(photo string, err error) {
	e.failed++
	e.report.failed(photo, err)
	message := err.Error()
	if known, ok := errors.AsType[*tagroll.Error](err); ok {
		message = known.Message
	}
	e.note(photo, message)
}

// summary says what became of the photos.
func (e *embedder) summary() string {
	var parts []string
	add := func(n int, one, many string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, map[bool]string{true: one, false: many}[n == 1]))
		}
	}
	if e.folder == "" {
		add(e.embedded, "photo written into", "photos written into")
	} else {
		add(e.embedded, "copy written to "+e.folder, "copies written to "+e.folder)
	}
	add(e.same, "said so already", "said so already")
	add(e.raws, "RAW file left as it is", "RAW files left as they are")
	add(e.beside, "sidecar", "sidecars")
	add(e.failed, "not written", "not written")
	text := strings.Join(parts, ", ")
	if e.embedded > 0 && e.folder == "" && !e.noBackup {
		text += "; NAME_original is the photo as it was"
	}
	if e.kept > 0 {
		text += fmt.Sprintf("; %d of the sidecars had other words: NAME.xmp.bak is the sidecar as it was", e.kept)
	}
	return text
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
	if stopped := e.finish(); stopped != nil {
		err = stopped
	}
	if err != nil {
		return err
	}
	w.Embedded, w.Sidecars, w.Embedding = e.embedded+e.same, e.beside, e.summary()
	w.Notes = append(w.Notes, e.notes...)
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
		if err := r.embedder.write(photo, result, options); err != nil {
			return err
		}
	}
	return nil
}
