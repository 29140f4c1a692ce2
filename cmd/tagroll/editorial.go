package main

import (
	"fmt"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
)

// noteDateline counts editorial photos for which an agency wants a dateline that cannot be made.
func (r *runner) noteDateline(result tagroll.Result) {
	details := r.details(result)
	if result.Metadata == nil || !details.Editorial {
		return
	}
	place := result.Facts.Place
	if details.Place != (tagroll.Place{}) {
		place = details.Place
	}
	for _, a := range r.agencies {
		if line, _ := a.Dateline(place, result.Facts.Taken); line == "" && a.WantsDateline() {
			r.undated++
			return
		}
	}
}

// tellUndated says how many rows have no dateline.
func (r *runner) tellUndated(w *terminal.Written) {
	if r.undated > 0 {
		w.Notes = append(w.Notes, fmt.Sprintf("%s without a dateline, since the file names no city and country, or no day: give places in a table (--table, columns City and Country), or write the line by hand",
			photos(r.undated)))
	}
}
