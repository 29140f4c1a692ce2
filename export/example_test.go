package export_test

import (
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
	if _, err := export.WriteCSV(&csv, adobe, slices.Values([]tagroll.Result{tea}), export.CSVOptions{}); err != nil {
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
	summary, err := export.WriteCSVFiles(filepath.Join(folder, "tagroll.csv"), adobe, shoot, export.CSVOptions{})
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
