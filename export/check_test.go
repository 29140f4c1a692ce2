package export_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/export"
)

func ExampleSheet_Fix() {
	sheet, err := export.ReadSheet([]byte("Filename,Title,Keywords,Category,Releases\ntea.jpg,\"Cup, of  tea.\",\"Tea,tea,cup\",4,\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sheet.Fix(agency.Set{sheet.Agency}))
	fmt.Println(sheet.Table.Rows[0].Cells)
	// Output:
	// 1
	// [tea.jpg Cup of tea tea,cup 4 ]
}

func rulesOf(findings []tagroll.Finding) []string {
	var rules []string
	for _, f := range findings {
		rules = append(rules, f.Rule)
	}
	return rules
}

func agencyOf(t testing.TB, name string) *agency.Agency {
	t.Helper()
	a, err := agency.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func sheetOf(t testing.TB, text string) *export.Sheet {
	t.Helper()
	s, err := export.ReadSheet([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A category is judged as it stands in the cell: known to the agency, unknown, missing, or another
// agency's.
func TestCheckCategoryCell(t *testing.T) {
	const shutterstock, adobe, general = "Filename,Description,Keywords,Categories,Illustration,Mature Content,Editorial\na.jpg,Tea,tea,\"%s\",,,\n",
		"Filename,Title,Keywords,Category,Releases\na.jpg,Tea,tea,%s,\n", "Filename,Title,Keywords,%s\na.jpg,Tea,tea,\n"
	const dreamstime = "Filename,Image Name,Description,Category 1,Category 2,Category 3,keywords,Free,W-EL,P-EL,SR-EL,SR-Price,Editorial,MR doc Ids,Pr Docs\n" +
		"a.jpg,Tea,,%s,tea,0,0,0,0,0,0,,\n"
	for _, test := range []struct {
		table, cell, agency string
		want                string
	}{
		{shutterstock, "Nature", "shutterstock", ""}, // several of the 21 are Nature there
		{shutterstock, "Nature,Parks/Outdoor", "shutterstock", ""},
		{shutterstock, "Dinosaurs", "shutterstock", "category-unknown"},
		// No photo of ours gets them.
		{shutterstock, "Arts, Beauty/Fashion", "shutterstock", ""},
		{shutterstock, "Nature,Dinosaurs", "shutterstock", "category-unknown"},
		{shutterstock, "Nature,People,Arts", "shutterstock", "categories-too-many"},
		{shutterstock, "", "shutterstock", "category-missing"},
		{shutterstock, "Nature", "adobe-stock", ""}, // says nothing of Adobe's
		{adobe, "7", "adobe-stock", ""},
		{adobe, "Food", "adobe-stock", ""},
		{adobe, "7; 8", "adobe-stock", "categories-too-many"},
		{dreamstime, "132,0,", "dreamstime", ""},
		{dreamstime, "2,71,72", "dreamstime", "category-unknown"}, // Adobe's number
		{adobe, "22", "adobe-stock", "category-unknown"},
		{general, "Notes", "adobe-stock", "category-missing"},
		{general, "Notes", "vecteezy", ""},
	} {
		s := sheetOf(t, fmt.Sprintf(test.table, test.cell))
		got := slices.DeleteFunc(rulesOf(s.Check(0, agencyOf(t, test.agency))), func(rule string) bool { return !strings.HasPrefix(rule, "categor") })
		if strings.Join(got, " ") != test.want {
			t.Errorf("%q for %s: %q, want %q", test.cell, test.agency, got, test.want)
		}
	}
}

// Where an agency finds columns by their names, only those count that it must have.
func TestCheckColumnsByName(t *testing.T) {
	shutterstock := agencyOf(t, "shutterstock")
	for header, want := range map[string][]string{
		// This is the agency's older sample.
		"Filename,Description,Keywords,Categories,Editorial,Mature content,illustration": nil,
		"Categories,Keywords,Description,Filename":                                       nil,
		"Filename,Description,Keywords,Editorial,Mature content,illustration":            {"csv-columns"},
	} {
		s := sheetOf(t, header+"\na.jpg,Tea,tea,x,no,no,no\n")
		if got := rulesOf(s.CheckLayout("a.csv", 100, shutterstock)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
}

func TestCheckLayout(t *testing.T) {
	const good = "Filename,Title,Keywords,Category,Releases\r\na.jpg,Tea,tea,4,\r\n"
	for name, test := range map[string]struct {
		text, file string
		want       []string
	}{
		"good":       {good, "a.csv", nil},
		"semicolons": {strings.ReplaceAll(good, ",", ";"), "a.csv", []string{"csv-delimiter"}},
		"Windows":    {strings.Replace(good, "Tea", "Th\xe9", 1), "a.csv", []string{"csv-encoding"}},
		"order":      {"Title,Filename,Keywords,Category,Releases\r\nTea,a.jpg,tea,4,\r\n", "a.csv", []string{"csv-columns"}},
		"space":      {good, "dir with space/my shoot.csv", []string{"csv-name"}},
		"rows":       {good + strings.Repeat("a.jpg,Tea,tea,4,\r\n", 5000), "a.csv", []string{"csv-rows"}},
		"bytes":      {good + strings.Repeat("a.jpg,Tea,"+strings.Repeat("k", 1000)+",4,\r\n", 1000), "a.csv", []string{"csv-bytes"}},
	} {
		s := sheetOf(t, test.text)
		if got := rulesOf(s.CheckLayout(test.file, len(test.text), adobe(t))); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
		if got := s.CheckLayout(test.file, len(test.text), agencyOf(t, "pond5")); got != nil {
			t.Errorf("%s: another agency has %q", name, rulesOf(got))
		}
	}
}

func TestCheckRow(t *testing.T) {
	s := sheetOf(t, "Filename,Title,Keywords\n,Tea,tea\na.jpg,Tea,tea,cup\nb.jpg,Tea,tea,,\nc.jpg\n")
	for i, want := range [][]string{{"filename-missing"}, {"csv-cells"}, nil, nil} {
		if got := rulesOf(s.CheckRow(i)); !slices.Equal(got, want) {
			t.Errorf("row %d: %q, want %q", i, got, want)
		}
	}
}

// Rows that a lost quotation mark has made one are told, and not made worse.
func TestLostQuote(t *testing.T) {
	s := sheetOf(t, "Filename,Title,Keywords\na.jpg,\"A  fox,fox\nb.jpg,Dog,dog\nc.jpg,Cat,cat\n")
	if got := rulesOf(s.CheckRow(0)); !slices.Equal(got, []string{"csv-quotes"}) {
		t.Errorf("got %q", got)
	}
	if n := s.Fix(agency.Set{adobe(t)}); n != 0 {
		t.Errorf("%d rows were mended", n)
	}
	s = sheetOf(t, "Filename,Title,Description,Keywords\na.jpg,Fox,\"A fox.\nIn snow, at night.\",fox\n")
	if got := s.CheckRow(0); got != nil {
		t.Errorf("a description of two lines: %q", rulesOf(got))
	}
}

// What is mended stays mended, and what is right is not touched.
func TestFix(t *testing.T) {
	s := sheetOf(t, "Keywords;Notes;Filename;Title;Category;Releases\n\"tea; Tea; #cup\";x;a.jpg;\"Tea, hot.\";4;\n\"a,b\";y;b.jpg;Cup;4;\n")
	set := agency.Set{adobe(t)}
	if n := s.Fix(set); n != 1 {
		t.Errorf("%d rows were mended", n)
	}
	if got := s.Table.Rows[0].Cells; !slices.Equal(got, []string{"tea; cup", "x", "a.jpg", "Tea hot", "4", ""}) {
		t.Errorf("the row became %q", got)
	}
	if got := s.Table.Rows[1].Cells; !slices.Equal(got, []string{"a,b", "y", "b.jpg", "Cup", "4", ""}) {
		t.Errorf("a row that was right became %q", got)
	}
	if n := s.Fix(set); n != 0 {
		t.Errorf("%d rows were mended again", n)
	}
	// Accents go only where no agency takes them.
	const cafe = "Filename,Description,Keywords,Categories\na.jpg,Waitress in a café,\"café,tea\",Food and drink\n"
	s = sheetOf(t, cafe)
	s.Fix(agency.Set{agencyOf(t, "shutterstock"), adobe(t)})
	if got := s.Table.Rows[0].Cells[1]; got != "Waitress in a café" {
		t.Errorf("for Adobe too: %q", got)
	}
	s.Fix(agency.Set{agencyOf(t, "shutterstock")})
	if got := s.Table.Rows[0].Cells; got[1] != "Waitress in a cafe" || got[2] != "cafe,tea" {
		t.Errorf("for Shutterstock: %q", got)
	}
}
