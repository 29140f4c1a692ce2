package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/export"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/settings"
)

// pairBoth is the value of --pair with which each file of a photo has a row.
const pairBoth = "both"

// pairSetting declares --pair.
//
// One row is the default, since a row is for what is sold: the JPEG and not its RAW file, the
// vector graphic or the video and not its preview. A row of a file that is not uploaded is an
// error at most agencies.
func pairSetting(value *string) settings.Setting {
	return settings.Setting{
		Name: "pair", Group: groupResults, In: settings.AnyFile, Value: settings.Text(value, "one"), Arg: "ROWS", Choices: []string{"one", pairBoth},
		Help: `rows of a RAW file and its JPEG, and of a vector graphic or video and its preview: one, for the
			JPEG, the graphic, the video; or both`,
	}
}

// filesOf are the names of all files of a photo: its row's first, and the one that is read.
func filesOf(photo tagroll.Photo) []string {
	names := []string{photo.Name}
	for _, name := range append([]string{nameRead(photo)}, photo.Partners...) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// nameRead is the name of the file that is read, which is the preview's where the photo is
// one.
func nameRead(photo tagroll.Photo) string {
	if len(photo.Partners) == 0 || photo.Path == "" {
		return photo.Name
	}
	return filepath.Base(photo.Path)
}

// pairRows returns results with the rows of their photos' other files: of all of them with both,
// else of RAW files where each has a sidecar of its own.
func pairRows(results []tagroll.Result, pair, format string) []tagroll.Result {
	file := func(r tagroll.Result) string { return intake.Beside(r.Photo.ID, r.Photo.Name) }
	listed := make(map[string]bool) // results may have been exported with both before
	for _, r := range results {
		listed[file(r)] = true
	}
	var rows []tagroll.Result
	for _, r := range results {
		rows = append(rows, r)
		for _, name := range filesOf(r.Photo)[1:] {
			other := as(r, name)
			if wantsRow(pair, format, name) && !listed[file(other)] {
				rows = append(rows, other)
			}
		}
	}
	return rows
}

// wantsRow reports whether another file of a photo has a row in a format.
func wantsRow(pair, format, name string) bool {
	return pair == pairBoth || format == export.FormatXMP && intake.IsRAW(name)
}

// isPreview reports whether a photo only shows what a vector graphic or a video looks like.
func isPreview(photo tagroll.Photo) bool { return nameRead(photo) != photo.Name }

// as is a result for another file of its photo.
func as(r tagroll.Result, name string) tagroll.Result {
	r.Photo.ID = intake.Beside(r.Photo.ID, name)
	r.Photo.Path = filepath.Join(filepath.Dir(r.Photo.Path), name)
	r.Photo.Name, r.Photo.Partners = name, nil
	r.Facts.SHA256, r.Facts.Bytes = "", 0 // those of the file that is read
	return r
}

// pairNotes say what the rows are for where that is not the file that is read.
func (r *runner) pairNotes() (notes []string) {
	both := r.settings.pair == pairBoth
	if n := r.joined; n > 0 {
		what := "one row for both (--pair both gives two)"
		if both {
			what = "a row each"
		}
		notes = append(notes, fmt.Sprintf("%s beside the photo of the same name: %s", terminal.Count(n, "RAW file"), what))
	}
	if n := r.previews; n > 0 {
		what := "the row has the name of the graphic or video"
		if n > 1 {
			what = "the rows have the names of the graphics or videos"
		}
		if both {
			what += ", and each preview has one too"
		}
		notes = append(notes, fmt.Sprintf("%s of vector graphics or videos: %s", terminal.Count(n, "preview"), what))
	}
	raws := 0
	for _, photo := range r.photos {
		if intake.IsRAW(photo.Name) {
			raws++
		}
	}
	if raws > 0 && r.writesForAgency() {
		way := "--sidecar adobe brings the words into the JPEGs that you make of them"
		if r.embedder != nil {
			way = "their sidecars bring the words into the JPEGs that you make of them"
		}
		notes = append(notes, fmt.Sprintf("%s for RAW files, which agencies do not take: %s", terminal.Count(raws, "row"), way))
	}
	return notes
}

// writesForAgency reports whether an output is an agency's CSV.
func (r *runner) writesForAgency() bool {
	return slices.ContainsFunc(r.outputs, func(o output) bool {
		format, err := r.settings.format(o.format)
		return err == nil && format.Agency != nil
	})
}
