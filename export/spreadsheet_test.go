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

// What spreadsheets leave of a table is read as it was meant.
func TestSpreadsheetLeavings(t *testing.T) {
	const row = `IMG_1.jpg;"Red fox; in snow";fox, snow, winter;`
	for name, text := range map[string]string{
		"title above":         "My shoot of May\n;;;\nFilename;Title;Keywords;Category;Releases\n" + row + "1",
		"merged cells":        "File;Words;;Agency;\nFilename;Title;Keywords;Category;Releases\n" + row + "1",
		"own columns":         "Filename;Title;Keywords;Category;Releases;My notes\n" + row + "1;;done",
		"number with decimal": "Filename;Title;Keywords;Category;Releases\n" + row + "1,00",
		"number with point":   "Filename;Title;Keywords;Category;Releases\n" + row + "1.0",
		"number as text":      "Filename;Title;Keywords;Category;Releases\n" + row + "'1",
		"header on two lines": "\"File\nname\";Title;Keywords;Category;Releases\n" + row + "1",
		"category by name":    "Filename;Title;Keywords;Category;Releases\n" + row + "Animals",
	} {
		s, err := export.ReadSheet([]byte(text))
		if err != nil || s.Broken() != nil || len(s.Doubts()) > 0 || len(s.Results) != 1 {
			t.Errorf("%s: %v, %v, %q", name, err, s.Broken(), s.Doubts())
			continue
		}
		if r := s.Results[0]; r.Photo.Name != "IMG_1.jpg" || r.Metadata.Title != "Red fox; in snow" || r.Metadata.Category != "Animals" || len(r.Metadata.Keywords) != 3 {
			t.Errorf("%s: %+v %+v", name, r.Photo, r.Metadata)
		}
		var b bytes.Buffer
		if _, err := lookup(t, "adobe-stock").Write(&b, func(yield func(tagroll.Result) bool) { yield(s.Results[0]) }, export.Options{}); err != nil || !strings.Contains(b.String(), ",1,") {
			t.Errorf("%s: the next row is %s, %v", name, b.String(), err)
		}
	}
	mac := "Filename;Title\rIMG_1.jpg;Caf\x8e\r"
	if s, err := export.ReadSheet([]byte(mac)); err != nil || s.Results[0].Metadata.Title != "Café" || len(s.Doubts()) != 1 {
		t.Errorf("a Macintosh's: %v", err)
	}
}

// What cannot be what a person meant is refused, with its line, its column and the way out.
func TestBrokenTables(t *testing.T) {
	for text, want := range map[string]string{
		"Filename,Title\na.jpg,Tea\nb.jpg,#NAME?":                                "line 3 (b.jpg): the column Title has \"#NAME?\"",
		"Filename,Title\n01.02.2026,Tea":                                         "line 2 (01.02.2026): the column Filename has",
		"Filename,Title\na.jpg,2026-03-01 00:00:00":                              "took the text for a date",
		"Filename;Title\n\"1,23457E+12\";Tea":                                    "took the text for a number",
		"Filename,Title,Keywords\na.jpg,Tea,cup, tea":                            "must stand in quotation marks",
		"Filename,Title,Keywords\na.jpg,\"Tea,cup\nb.jpg,Tea,cup\nc.jpg,Tea,cup": "quotation mark that is missing",
	} {
		s, err := export.ReadSheet([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Broken(); tagroll.CodeOf(err) != tagroll.CodeUnreadable || !strings.Contains(tagroll.AsError(err).Message, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	s, err := export.ReadSheet([]byte("Filename,Heading of mine,Keywords\na.jpg,Tea in May 2026,tea\n,,cup"))
	if err != nil || s.Broken() != nil || len(s.Doubts()) != 1 || !strings.Contains(s.Doubts()[0], "Heading of mine") {
		t.Errorf("a renamed column: %v, %v, %q", err, s.Broken(), s.Doubts())
	}
	if _, err := export.ReadSheet([]byte("\xff\xfe\x00\x00F\x00\x00\x00")); !strings.Contains(tagroll.AsError(err).Message, "UTF-32") {
		t.Errorf("UTF-32: %v", err)
	}
}

// What programs on a Macintosh call CSV, with lines of Windows, and cells that are formulas so that
// no spreadsheet changes them, are read as they are meant.
func TestOldCells(t *testing.T) {
	const sheet = "Filename;Title\r\n%s;Cr%sme br%sl%se, don%st\r\n"
	for name, text := range map[string]string{
		"Mac Roman":    fmt.Sprintf(sheet, "1.jpg", "\x8f", "\x9e", "\x8e", "\xd5"),
		"Windows-1252": fmt.Sprintf(sheet, "1.jpg", "\xe8", "\xfb", "\xe9", "\x92"),
		"UTF-8":        fmt.Sprintf(sheet, `="1.jpg"`, "è", "û", "é", "’"),
	} {
		sheet, err := export.ReadSheet([]byte(text))
		if err != nil || sheet.Table.Encoding != name || !slices.Equal(sheet.Table.Rows[0].Cells, []string{"1.jpg", "Crème brûlée, don’t"}) {
			t.Errorf("%s: %v %+v", name, err, sheet.Table)
		}
	}
}
