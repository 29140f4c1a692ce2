package export_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/export"
)

// shoot is results of every kind that a CSV must carry.
func shoot() []tagroll.Result {
	cafe := result("IMG_0001.jpg", "Waitress pouring coffee in a sunlit café; morning in Málaga", "waitress", "coffee", "café", "cafe", "málaga", "morning",
		"hospitality", "small business", "cup", "pouring")
	cafe.Metadata.Description = `A waitress pours coffee into a white cup, "as every morning", in a small café.`
	cafe.Metadata.Category = "Drinks"
	cafe.Facts.Place = tagroll.Place{City: "Málaga", Region: "Andalusia", Country: "Spain"}
	cafe.Details = &tagroll.Details{ModelReleases: []string{"MR Ana 2026", "MR Luis 2026"}, PropertyReleases: []string{"PR cafe"}, Copyright: "Anna Beispiel"}

	news := result("IMG_0002.jpg", "Crowd with umbrellas in front of a town hall in heavy rain", "crowd", "umbrella", "rain", "town hall", "protest", "people", "city", "autumn")
	news.Metadata.Category = "Social Issues"
	news.Details = &tagroll.Details{Editorial: true, Columns: map[string]string{"price": "25", "country": "ES", "sr-price": "300"}}

	formula := result("IMG_0003.jpg", "=2+5 Kites on a beach", "kite", "beach", "wind", "colorful", "sky", "summer", "holiday")
	formula.Metadata.Category = "Travel"
	return []tagroll.Result{cafe, news, formula}
}

// Each agency's file is pinned by a golden one, whose header is that of FACTS.
func TestEveryAgencysCSV(t *testing.T) {
	for _, f := range export.Formats() {
		if f.Agency == nil {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			var b bytes.Buffer
			summary, err := f.Write(&b, slices.Values(shoot()), export.Options{})
			if err != nil || summary.Rows != 3 || summary.Unmatched != nil {
				t.Fatalf("%+v, %v", summary, err)
			}
			golden(t, "agencies/"+f.Name+".csv", b.Bytes())
		})
	}
}

// The columns as the agencies' pages and samples have them.
func TestHeaders(t *testing.T) {
	for name, header := range map[string]string{
		"adobe-stock":   "Filename,Title,Keywords,Category,Releases",
		"shutterstock":  "Filename,Description,Keywords,Categories,Illustration,Mature Content,Editorial",
		"pond5":         "originalfilename,title,description,keywords,city,region,country,location,specifysource,modelreleased,propertyreleased,release,copyright,setpriceforme,price,pricelarge",
		"freepik":       `"File name";"Title";"Keywords";"Prompt";"Base-Model"`,
		"vecteezy":      "Filename,Title,Description,Keywords",
		"dreamstime":    "\ufeffFilename,Image Name,Description,Category 1,Category 2,Category 3,keywords,Free,W-EL,P-EL,SR-EL,SR-Price,Editorial,MR doc Ids,Pr Docs",
		"123rf":         `"oldfilename","123rf_filename","description","keywords","country"`,
		"depositphotos": "Filename,Title,Description,Keywords",
	} {
		var b bytes.Buffer
		if _, err := lookup(t, name).Write(&b, slices.Values([]tagroll.Result(nil)), export.Options{}); err != nil {
			t.Fatal(err)
		}
		if b.String() != header+"\r\n" {
			t.Errorf("%s has the header %q, want %q", name, b.String(), header)
		}
	}
}

// What reads the words in the photo has no CSV, and the error says what to do.
func TestEmbeddedAgenciesHaveNoFormat(t *testing.T) {
	for _, name := range []string{"alamy", "getty-istock", "storyblocks"} {
		_, err := export.LookupFormat(name)
		if tagroll.CodeOf(err) != tagroll.CodeConfiguration || !strings.Contains(err.Error(), "--embed") {
			t.Errorf("%s: %v", name, err)
		}
		a, err := agency.Lookup(name)
		if err != nil || !a.Embedded() || a.Row(shoot()[0]) != nil || a.Layout().Header != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A name that a spreadsheet would run is changed in both columns of an agency that has two.
func TestFileNameInTwoColumns(t *testing.T) {
	var b bytes.Buffer
	summary, err := lookup(t, "123rf").Write(&b, slices.Values([]tagroll.Result{result("=1.jpg", "Tea", "tea")}), export.Options{})
	if err != nil || !slices.Equal(summary.Unmatched, []string{"=1.jpg"}) || !strings.Contains(b.String(), `"_=1.jpg","_=1.jpg"`) {
		t.Errorf("got %q, %+v, %v", b.String(), summary, err)
	}
}

// Details from outside count in place of the result's own.
func TestOptionsDetails(t *testing.T) {
	var b bytes.Buffer
	o := export.Options{Details: func(r tagroll.Result) tagroll.Details {
		return tagroll.Details{ModelReleases: []string{"MR " + r.Photo.Name}}
	}}
	if _, err := export.WriteCSV(&b, adobe(t), slices.Values([]tagroll.Result{result("a.jpg", "Tea", "tea")}), o); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(b.String(), ",MR a.jpg\r\n") {
		t.Errorf("got %q", b.String())
	}
	// JSON lines keep them, so that they are there at the next export.
	b.Reset()
	if _, err := lookup(t, "jsonl").Write(&b, slices.Values([]tagroll.Result{result("a.jpg", "Tea", "tea")}), o); err != nil {
		t.Fatal(err)
	}
	if s, err := export.ReadSheet(b.Bytes()); err != nil || !slices.Equal(s.Results[0].Details.ModelReleases, []string{"MR a.jpg"}) {
		t.Errorf("JSON lines: %s, %v", b.String(), err)
	}
}
