package main

import (
	"fmt"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// namesTold is how many file names a notice lists.
const namesTold = 3

// nameNotices says which file names will not find their photo at an agency: names that two photos
// share, and names that an agency changes, cuts, or a CSV cannot carry. It is asked before the
// first paid call.
func nameNotices(agencies agency.Set, photos []tagroll.Photo) []string {
	var order []string
	labels := make(map[string][]string) // of photos, by what is wrong
	texts := make(map[string]string)
	note := func(what, text, label string) {
		if labels[what] == nil {
			order, texts[what] = append(order, what), text
		}
		labels[what] = append(labels[what], label)
	}
	first := make(map[string]tagroll.Photo)
	for _, photo := range photos {
		key := agency.NameKey(photo.Name)
		if other, taken := first[key]; taken {
			note("", "they share a name, so that a row finds one of them only: rename one", other.Label()+" and "+photo.Label())
		} else {
			first[key] = photo
		}
		for _, a := range agencies {
			for _, f := range a.CheckName(photo.Name) {
				note(f.Agency+" "+f.Rule, fmt.Sprintf("%s (%s)", f.Message, f.Agency), photo.Label())
			}
		}
	}
	var notices []string
	for _, what := range order {
		notices = append(notices, some(labels[what])+": "+texts[what])
	}
	return notices
}

// some lists the first names, and says how many more there are.
func some(names []string) string {
	if n := len(names) - namesTold; n > 0 {
		return strings.Join(names[:namesTold], ", ") + fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ")
}
