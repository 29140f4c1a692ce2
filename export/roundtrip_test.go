package export_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/export"
)

// everyCategory is a photo of each category, with what agencies ask for beside the words.
func everyCategory() []tagroll.Result {
	results := shoot()[:2]
	for i, c := range tagroll.Categories() {
		r := result(fmt.Sprintf("DSC %02d.jpg", i), fmt.Sprintf("Old green door number %d in a long street of a quiet town", i), "door", "green", "old town")
		r.Metadata.Category = c
		r.Details = &tagroll.Details{Mature: i%3 == 0, Editorial: i%2 == 0}
		results = append(results, r)
	}
	return results
}

// Each cell of an agency's CSV is the same when it was read and is written again, whatever a
// spreadsheet has made of the file between.
func TestWrittenAgain(t *testing.T) {
	for _, f := range export.Formats() {
		if f.Agency == nil {
			continue
		}
		var written bytes.Buffer
		if _, err := f.Write(&written, slices.Values(everyCategory()), export.Options{}); err != nil {
			t.Fatal(err)
		}
		for name, edit := range edits {
			rows, err := csvRows(written.Bytes(), f.Agency.Layout().Delimiter)
			if err != nil {
				t.Fatal(err)
			}
			sheet, err := export.ReadSheet(edit(rows))
			if err != nil {
				t.Fatalf("%s, %s: %v", f.Name, name, err)
			}
			var again bytes.Buffer
			if _, err := f.Write(&again, slices.Values(sheet.Results), export.Options{}); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again.Bytes(), written.Bytes()) {
				t.Errorf("%s, %s: written again it is\n%s\ninstead of\n%s", f.Name, name, again.Bytes(), written.Bytes())
			}
		}
	}
}

// What one agency calls by a name of its own is known where only one category has it, and goes into
// no other agency's column.
func TestCategoriesOfRows(t *testing.T) {
	const head = "Filename,Description,Keywords,Categories,Illustration,Mature Content,Editorial\n"
	for cell, want := range map[string]struct {
		category     tagroll.Category
		again, other string // Shutterstock's cell and Adobe's
	}{
		"Nature,Parks/Outdoor":              {"Landscapes", "Nature,Parks/Outdoor", "11"},
		"Parks/Outdoor,Buildings/Landmarks": {"Travel", "Parks/Outdoor,Buildings/Landmarks", "21"},
		"Nature":                            {"", "Nature", ""},
		"Arts":                              {"", "Arts", ""},
		"technology":                        {"Technology", "technology", "19"},
		"Technology,Objects":                {"Technology", "Technology,Objects", "19"},
		"Dinosaurs":                         {"", "", ""},
		"":                                  {"", "", ""},
	} {
		sheet := sheetOf(t, head+"a.jpg,Tea,tea,\""+cell+"\",No,No,No\n")
		r := sheet.Results[0]
		if r.Metadata.Category != want.category {
			t.Errorf("%q is %q, want %q", cell, r.Metadata.Category, want.category)
		}
		if got := lookup(t, "shutterstock").Agency.Row(r)[3]; got != want.again {
			t.Errorf("%q is %q when it is written again, want %q", cell, got, want.again)
		}
		if got := adobe(t).Row(r)[3]; got != want.other {
			t.Errorf("%q is %q for Adobe Stock, want %q", cell, got, want.other)
		}
	}
	// An agency of one's own may call its column as another does.
	r := result("a.jpg", "Tea", "tea")
	r.Details = &tagroll.Details{Columns: map[string]string{"category": "Teas"}}
	if got := adobe(t).Row(r)[3]; strings.Contains(got, "Teas") {
		t.Errorf("Adobe Stock's category is %q", got)
	}
}
