package export_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/export"
)

var tea = tagroll.Result{
	Photo:    tagroll.Photo{ID: "1", Name: "tea.jpg"},
	Status:   tagroll.StatusSuccessful,
	Metadata: &tagroll.Metadata{Title: "Cup of tea", Keywords: []string{"tea", "cup"}, Category: "Drinks"},
}

func ExampleWriteCSV() {
	adobe, err := agency.Lookup("adobe-stock")
	if err != nil {
		fmt.Println(err)
		return
	}
	var csv strings.Builder
	if _, err := export.WriteCSV(&csv, adobe, slices.Values([]tagroll.Result{tea}), export.Options{}); err != nil {
		fmt.Println(err)
	}
	fmt.Print(strings.ReplaceAll(csv.String(), "\r\n", "\n"))
	// Output:
	// Filename,Title,Keywords,Category,Releases
	// tea.jpg,Cup of tea,"tea, cup",4,
}

func ExampleWriteCSVFiles() {
	folder, err := os.MkdirTemp("", "tagroll-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	adobe, err := agency.Lookup("adobe-stock")
	if err != nil {
		fmt.Println(err)
		return
	}
	shoot := slices.Values(slices.Repeat([]tagroll.Result{tea}, 7000))
	summary, err := export.WriteCSVFiles(filepath.Join(folder, "tagroll.csv"), adobe, shoot, export.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, path := range summary.Files {
		fmt.Println(filepath.Base(path))
	}
	// Output:
	// tagroll.csv
	// tagroll-2.csv
}

func ExampleWriteFile() {
	folder, err := os.MkdirTemp("", "tagroll-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "results.jsonl")
	err = export.WriteFile(path, func(w io.Writer) error {
		_, err := export.WriteJSONLines(w, slices.Values([]tagroll.Result{tea}))
		return err
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := os.ReadFile(path)
	fmt.Println(strings.Contains(string(text), `"title":"Cup of tea"`), err)
	// Output:
	// true <nil>
}

func ExampleReadJSONLines() {
	file := strings.NewReader(`{"photo":{"id":"1","name":"tea.jpg"},"status":"pending","calls":0,"retries":0}` + "\n")
	for r, err := range export.ReadJSONLines(file) {
		fmt.Println(r.Photo.Name, r.Status, err)
	}
	// Output:
	// tea.jpg pending <nil>
}

// What a page offers for download.
func ExampleFormats() {
	for _, f := range export.Formats() {
		fmt.Println(f.Name, "-", f.Label, "-", f.FileName(export.Options{}))
	}
	// Output:
	// adobe-stock - Adobe Stock (CSV) - tagroll-adobe-stock.csv
	// 123rf - 123RF (CSV) - tagroll-123rf.csv
	// depositphotos - Depositphotos (CSV) - tagroll-depositphotos.csv
	// dreamstime - Dreamstime (CSV) - tagroll-dreamstime.csv
	// freepik - Freepik (Magnific) (CSV) - tagroll-freepik.csv
	// pond5 - Pond5 (CSV) - tagroll-pond5.csv
	// shutterstock - Shutterstock (CSV) - tagroll-shutterstock.csv
	// vecteezy - Vecteezy (CSV) - tagroll-vecteezy.csv
	// xmp - XMP sidecars (ZIP) - tagroll-xmp.zip
	// json - JSON - tagroll.json
	// jsonl - JSON lines - tagroll.jsonl
}

// More rows than the agency takes in one file become an archive of several.
func ExampleFormat_Download() {
	format, err := export.LookupFormat("adobe-stock")
	if err != nil {
		fmt.Println(err)
		return
	}
	var body bytes.Buffer // the http.ResponseWriter, whose header is set by begin
	for _, photos := range []int{10, 7000} {
		shoot := slices.Values(slices.Repeat([]tagroll.Result{tea}, photos))
		summary, err := format.Download(shoot, export.Options{}, func(a export.Attachment) io.Writer {
			fmt.Println(a.Name, a.MediaType)
			return &body
		})
		fmt.Println(summary.Rows, err)
	}
	// Output:
	// tagroll-adobe-stock.csv text/csv; charset=utf-8
	// 10 <nil>
	// tagroll-adobe-stock.zip application/zip
	// 7000 <nil>
}

func ExampleXMP() {
	packet := export.XMP(tagroll.Metadata{Title: "Salt & pepper", Keywords: []string{"salt", "pepper"}}, "")
	// The first holds an invisible character.
	lines := strings.SplitAfterN(string(packet), "\n", 2)
	fmt.Print(lines[1])
	// Output:
	// <x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="tagroll">
	//  <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
	//   <rdf:Description rdf:about=""
	//     xmlns:dc="http://purl.org/dc/elements/1.1/"
	//     xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">
	//    <dc:title>
	//     <rdf:Alt>
	//      <rdf:li xml:lang="x-default">Salt &amp; pepper</rdf:li>
	//     </rdf:Alt>
	//    </dc:title>
	//    <dc:subject>
	//     <rdf:Bag>
	//      <rdf:li>salt</rdf:li>
	//      <rdf:li>pepper</rdf:li>
	//     </rdf:Bag>
	//    </dc:subject>
	//   </rdf:Description>
	//  </rdf:RDF>
	// </x:xmpmeta>
	// <?xpacket end="w"?>
}
