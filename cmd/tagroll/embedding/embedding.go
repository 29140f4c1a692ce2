// Package embedding writes the results of a batch into its photos, into copies of them, or beside
// them. The package says where each file goes, writes a few at a time, and counts what became of
// them. What is written into a file is package embed's business.
package embedding

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/embed"
)

// InPlace is what [Options].To names for the photos themselves.
const InPlace = "in-place"

// NoSidecar is the style of no sidecars.
const NoSidecar = "none"

// Flags say what is written into photos, beside their metadata, and how.
type Flags struct {
	Sidecar   string // the style: NoSidecar, adobe or darktable
	Creator   string // counts more than what the photo's file says
	Copyright string // of photos whose files say nothing
	NoBackup  bool   // keep no NAME_original
}

// Writer writes results into photos, copies or sidecars, and counts what became of them.
type Writer struct {
	Flags
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
	report                 *Report // nil if nobody reads it
}

// Options say where a Writer writes.
type Options struct {
	Flags
	// To is a folder for copies or sidecars, or InPlace. Empty: sidecars beside the photos.
	To string
	// SidecarsOnly leaves the photos alone.
	SidecarsOnly bool
	// Inputs are what the user named, and FolderOf finds the folder of one.
	Inputs   []string
	FolderOf func(input string) (string, error)
	// Report is told of each file. Default: nobody is.
	Report *Report
}

// New returns a Writer. It fails if the folder cannot be one for copies of these inputs.
func New(o Options) (*Writer, error) {
	e := &Writer{
		Flags: o.Flags, photos: o.To != "" && !o.SidecarsOnly, report: o.Report,
		sidecars: make(map[string]string), swept: make(map[string]bool), targets: make(map[string]<-chan struct{}),
	}
	if o.To == "" || o.To == InPlace {
		return e, nil
	}
	e.folder = o.To
	if info, err := os.Stat(o.To); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is a file: name a folder for the copies, or %s", o.To, InPlace)
	}
	target, err := filepath.Abs(o.To)
	if err != nil {
		return nil, err
	}
	for _, input := range o.Inputs {
		if input == "-" {
			e.listed = true
			continue
		}
		dir, err := o.FolderOf(input)
		if err != nil {
			return nil, err
		}
		if info, err := os.Stat(input); err == nil && info.IsDir() && within(dir, target) {
			return nil, fmt.Errorf("%s lies in %s, so the copies would be taken for photos the next time: name a folder elsewhere", o.To, input)
		}
		e.root = common(e.root, dir)
	}
	return e, nil
}

// Cover makes the root one for photos of which a list named some.
func (e *Writer) Cover(photos []tagroll.Photo) {
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
func (e *Writer) target(photo string) (string, error) {
	absolute, err := filepath.Abs(photo)
	if err != nil {
		return "", err
	}
	if e.root == "" {
		return filepath.Join(e.folder, filepath.Base(photo)), nil
	}
	rel, err := filepath.Rel(e.root, absolute)
	if err != nil || !filepath.IsLocal(rel) {
		return "", Refusal(tagroll.CodeConfiguration, "it is not below %s, so that its folder cannot be kept: name folders with a common one", e.root)
	}
	return filepath.Join(e.folder, rel), nil
}

// fields are what is written of a result.
func (e *Writer) fields(r tagroll.Result) embed.Fields {
	fields := embed.Of(r)
	fields.Creator, fields.Copyright = cmp.Or(e.Creator, fields.Creator), cmp.Or(fields.Copyright, e.Copyright)
	return fields
}

// targetOf is where a photo is written: itself, or its copy.
func (e *Writer) targetOf(photo string) (string, error) {
	if e.folder == "" {
		return photo, nil
	}
	return e.target(photo)
}

// count notes a photo, or a copy of one, that holds its metadata.
func (e *Writer) count(photo, target string, o embed.Outcome) {
	one := e.report.Of(photo)
	one.Outcome, one.Backup = OutcomeUnchanged, o.Backup
	if target != photo {
		one.Copy = target
	}
	if !o.Changed {
		e.same++
		return
	}
	one.Outcome = OutcomeWritten
	e.embedded++
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (e *Writer) note(photo, message string) {
	e.notes = append(e.notes, photo+": "+message)
}

// Fail counts and notes a photo, or a result without one, that cannot be written.
func (e *Writer) Fail(photo string, err error) {
	e.failed++
	e.report.Failed(photo, err)
	message := err.Error()
	if known, ok := errors.AsType[*tagroll.Error](err); ok {
		message = known.Message
	}
	e.note(photo, message)
}

// Summary says what became of the photos.
func (e *Writer) Summary() string {
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
	if e.embedded > 0 && e.folder == "" && !e.NoBackup {
		text += "; NAME_original is the photo as it was"
	}
	if e.kept > 0 {
		text += fmt.Sprintf("; %d of the sidecars had other words: NAME.xmp.bak is the sidecar as it was", e.kept)
	}
	return text
}

// Counts says how many files had which outcome.
func (e *Writer) Counts() Counts {
	return Counts{Written: e.embedded, Unchanged: e.same, Sidecars: e.beside, Failed: e.failed}
}

// Notes are sentences on single files, in the order of the photos.
func (e *Writer) Notes() []string { return e.notes }

// Refusal is why a result is not written.
func Refusal(code tagroll.Code, format string, args ...any) error {
	return &tagroll.Error{Code: code, Message: fmt.Sprintf(format, args...), Stage: tagroll.StageExport}
}
