package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/export"
)

// defaultName is the result's name without its ending.
const defaultName = "tagroll"

// output is one file to be written.
type output struct {
	format string
	path   string // "-" is standard output
}

// planOutputs says which format goes where.
func planOutputs(s *runSettings) ([]output, error) {
	return planFiles("run", s.out, s.formats, s.format)
}

// planFiles says for a command which format goes where: the first to out, each further one
// beside it, under the same name with another ending.
func planFiles(command, out string, formats []string, lookup func(string) (export.Format, error)) ([]output, error) {
	extension := func(name string) string {
		f, err := lookup(name)
		if err != nil {
			return "" // flags are checked before
		}
		return f.Extension
	}
	first := out
	if first == "" {
		first = defaultName + extension(formats[0])
	}
	if info, err := os.Stat(first); err == nil && info.IsDir() {
		first = filepath.Join(first, defaultName+extension(formats[0]))
	}
	if first == "-" && len(formats) > 1 {
		return nil, &usageError{command, errors.New("--out - takes one format only: standard output is one file")}
	}
	taken := map[string]bool{first: true}
	outputs := []output{{formats[0], first}}
	stem := strings.TrimSuffix(first, filepath.Ext(first))
	for _, format := range formats[1:] {
		path := stem + extension(format)
		if taken[path] {
			path = stem + "-" + format + extension(format)
		}
		if taken[path] {
			return nil, &usageError{command, fmt.Errorf("--format %s is given twice", format)}
		}
		taken[path] = true
		outputs = append(outputs, output{format, path})
	}
	return outputs, nil
}

// checkOutputs finds out before the first paid call whether the results can be
// written, and that none of them would replace a photo.
func checkOutputs(outputs []output, photos []tagroll.Photo) error {
	for _, o := range outputs {
		if o.path == "-" {
			continue
		}
		if info, err := os.Stat(o.path); err == nil {
			for _, photo := range photos {
				if there, err := os.Stat(photo.Path); err == nil && os.SameFile(info, there) {
					return &usageError{"run", fmt.Errorf("--out %s is one of the photos: name another file", o.path)}
				}
			}
		}
		f, err := export.Create(o.path)
		if err != nil {
			return err
		}
		if err := f.Abort(); err != nil {
			return err
		}
	}
	return nil
}

// write writes every output.
func (r *runner) write() (w terminal.Written, err error) {
	for i, o := range r.outputs {
		rows, files, unmatched, err := r.writeOne(o)
		if err != nil {
			return w, err
		}
		if i == 0 {
			w.Rows = rows
		}
		w.Files = append(w.Files, files...)
		if o.format == export.FormatXMP {
			w.Renamed = append(w.Renamed, unmatched...)
		} else {
			w.Unmatched = append(w.Unmatched, unmatched...)
		}
	}
	return w, nil
}

func (r *runner) writeOne(o output) (rows int, files, unmatched []string, err error) {
	var failed error
	results := r.results(&failed)
	defer func() {
		if err == nil {
			err = failed
		}
	}()
	format, err := r.settings.format(o.format)
	if err != nil {
		return 0, nil, nil, err
	}
	options := export.Options{IncludeReview: r.settings.includeReview, Details: r.details, Complete: func() error { return failed }}
	var summary export.Summary
	write := func(w io.Writer) (err error) {
		summary, err = format.Write(w, results, options)
		return errors.Join(err, failed)
	}
	switch {
	case o.path == "-":
		err = write(r.stdout)
	case format.Agency != nil:
		summary, err = export.WriteCSVFiles(o.path, format.Agency, results, options)
	default:
		err = export.WriteFile(o.path, write)
		summary.Files = []string{o.path}
	}
	return summary.Rows, summary.Files, summary.Unmatched, err
}

// results yields the stored result of every photo in the order of the input, and a
// pending one for those that have none. A failing journal ends it and is noted in failed.
func (r *runner) results(failed *error) iter.Seq[tagroll.Result] {
	return func(yield func(tagroll.Result) bool) {
		for _, photo := range r.photos {
			result, found, err := r.journal.Lookup(context.Background(), photo, tagroll.Key{Content: r.read[photo.ID], Identity: r.identity(photo)})
			if err != nil {
				*failed = err
				return
			}
			if !found {
				result = tagroll.Result{Photo: photo, Status: tagroll.StatusPending}
			}
			if !yield(result) {
				return
			}
		}
	}
}
