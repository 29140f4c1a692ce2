package export_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/export"
)

var update = flag.Bool("update", false, "write the golden files anew")

func adobe(t testing.TB) *agency.Agency {
	t.Helper()
	a, err := agency.Lookup("adobe-stock")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func result(name, title string, keywords ...string) tagroll.Result {
	return tagroll.Result{
		Photo:    tagroll.Photo{ID: name, Name: name},
		Status:   tagroll.StatusSuccessful,
		Metadata: &tagroll.Metadata{Title: title, Keywords: keywords, Category: "Food"},
	}
}

func samples() []tagroll.Result {
	review := result("review.jpg", "Nikon <camera> & bag", "camera")
	review.Status = tagroll.StatusNeedsReview
	review.Photo.Path = "shoot/review.jpg"
	review.Error = &tagroll.Error{Code: tagroll.CodeInvalidAnswer, Stage: tagroll.StageValidate, Message: "names a brand", Photo: "shoot/review.jpg"}
	review.Findings = []tagroll.Finding{{Agency: "adobe-stock", Field: "title", Severity: tagroll.SeverityError, Rule: "title-brand", Message: "x"}}
	full := result("full.jpg", "Crème brûlée", "dessert", "sugar")
	full.Facts = tagroll.Facts{Format: tagroll.FormatJPEG, Bytes: 5, Width: 3, Height: 2, Orientation: 6,
		Taken: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Position: &tagroll.Position{Latitude: 1.5}, Place: tagroll.Place{City: "Lyon"}}
	full.Usage = tagroll.Usage{InputTokens: 7, CostUSD: 0.5}
	full.Timings = tagroll.Timings{Total: tagroll.Millis(1500 * time.Microsecond)}
	full.Calls = 2
	return []tagroll.Result{
		result("apple.jpg", "Red apple", "apple", "fruit"),
		full,
		{Photo: tagroll.Photo{ID: "4", Name: "broken.jpg"}, Status: tagroll.StatusFailed,
			Error: &tagroll.Error{Code: tagroll.CodeCorruptImage, Message: "ends early"}},
		review,
		result("apple.jpg", `The "second" apple`, "-5 degrees", "frost"),
		result("=1+1.jpg", "=HYPERLINK(1)", "@home", "x"),
		{Photo: tagroll.Photo{ID: "7", Name: "later.jpg"}, Status: tagroll.StatusPending},
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (-update writes it anew):\n%s", name, got)
	}
}

func TestWriteCSV(t *testing.T) {
	for name, o := range map[string]export.Options{
		"adobe.csv":        {},
		"adobe-review.csv": {IncludeReview: true},
	} {
		var b bytes.Buffer
		summary, err := export.WriteCSV(&b, adobe(t), slices.Values(samples()), o)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
		rows := 4
		if o.IncludeReview {
			rows = 5
		}
		if summary.Rows != rows || summary.Bytes != int64(b.Len()) || !slices.Equal(summary.Unmatched, []string{"=1+1.jpg"}) {
			t.Errorf("%s: %+v", name, summary)
		}
	}
}

// A name that is not UTF-8 cannot stand in a CSV, neither as it is nor after a journal.
func TestWriteCSVNamesThatAreNotUTF8(t *testing.T) {
	for _, name := range []string{"a\xff.jpg", "a\ufffd.jpg"} {
		var b bytes.Buffer
		summary, err := export.WriteCSV(&b, adobe(t), slices.Values([]tagroll.Result{result(name, "Red apple", "apple")}), export.Options{})
		if err != nil || !slices.Equal(summary.Unmatched, []string{name}) {
			t.Errorf("%q: %+v %v", name, summary, err)
		}
	}
}

func TestWriteCSVReportsTheWriter(t *testing.T) {
	r, w := io.Pipe()
	r.CloseWithError(errors.New("gone"))
	if _, err := export.WriteCSV(w, adobe(t), slices.Values(samples()), export.Options{}); tagroll.CodeOf(err) != tagroll.CodeWriteFailed {
		t.Errorf("got %v", err)
	}
	if _, err := export.WriteJSONLines(w, slices.Values(samples())); tagroll.CodeOf(err) != tagroll.CodeWriteFailed {
		t.Errorf("got %v", err)
	}
}

func readCSV(t *testing.T, path string) (rows [][]string, size int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err = csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows, len(text)
}

func TestWriteCSVFilesSplits(t *testing.T) {
	for name, test := range map[string]struct {
		photos   int
		keywords []string
		rows     []int
	}{
		"one full part":   {photos: 5000, rows: []int{5000}},
		"one row more":    {photos: 5001, rows: []int{5000, 1}},
		"split by size":   {photos: 1500, keywords: []string{strings.Repeat("k", 980)}, rows: nil},
		"no photo at all": {photos: 0, rows: []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tagroll.csv")
			results := func(yield func(tagroll.Result) bool) {
				for i := range test.photos {
					if !yield(result(fmt.Sprintf("%d.jpg", i), "Tea", test.keywords...)) {
						return
					}
				}
			}
			summary, err := export.WriteCSVFiles(path, adobe(t), results, export.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var counts []int
			next, total := 0, 0
			for i, file := range summary.Files {
				if want := filepath.Join(filepath.Dir(path), fmt.Sprintf("tagroll-%d.csv", i+1)); i > 0 && file != want {
					t.Errorf("part %d is %s", i+1, file)
				}
				rows, size := readCSV(t, file)
				total += size
				if size > 1_000_000 || !slices.Equal(rows[0], adobe(t).Layout().Header) {
					t.Errorf("%s: %d bytes, header %q", file, size, rows[0])
				}
				counts = append(counts, len(rows)-1)
				for _, row := range rows[1:] {
					if want := fmt.Sprintf("%d.jpg", next); row[0] != want {
						t.Fatalf("row of %s where %s belongs", row[0], want)
					}
					next++
				}
			}
			if next != test.photos || summary.Rows != test.photos || int64(total) != summary.Bytes {
				t.Errorf("%d rows of %d bytes, summary %d rows of %d", next, total, summary.Rows, summary.Bytes)
			}
			if test.rows != nil && !slices.Equal(counts, test.rows) || test.rows == nil && len(counts) != 2 {
				t.Errorf("parts of %v rows", counts)
			}
			onlyFiles(t, filepath.Dir(path), len(summary.Files))
		})
	}
}

func TestWriteCSVFilesChangesNothingOnFailure(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.csv")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	// Part 2 cannot be made.
	if err := os.Mkdir(filepath.Join(folder, "a-2.csv"), 0o700); err != nil {
		t.Fatal(err)
	}
	many := slices.Repeat([]tagroll.Result{result("a.jpg", "Tea")}, 5001)
	summary, err := export.WriteCSVFiles(path, adobe(t), slices.Values(many), export.Options{})
	if tagroll.CodeOf(err) != tagroll.CodeWriteFailed || summary.Files != nil {
		t.Errorf("got %+v, %v", summary, err)
	}
	if text, _ := os.ReadFile(path); string(text) != "old" {
		t.Errorf("the old file became %.20q", text)
	}
	onlyFiles(t, folder, 2)
}

// Results that end too early, since their journal cannot be read, are no file.
func TestWriteCSVFilesWantsAllResults(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.csv")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := &tagroll.Error{Code: tagroll.CodeJournalFailed, Message: "the journal ends too early"}
	some := slices.Values([]tagroll.Result{result("a.jpg", "Tea")})
	summary, err := export.WriteCSVFiles(path, adobe(t), some, export.Options{Complete: func() error { return broken }})
	if !errors.Is(err, broken) || summary.Files != nil {
		t.Errorf("got %+v, %v", summary, err)
	}
	if text, _ := os.ReadFile(path); string(text) != "old" {
		t.Errorf("the old file became %.20q", text)
	}
	onlyFiles(t, folder, 1)
}

// onlyFiles checks that nothing temporary is left.
func onlyFiles(t *testing.T, folder string, n int) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != n {
		t.Errorf("the folder holds %v, want %d entries", entries, n)
	}
}

func TestJSONLines(t *testing.T) {
	var b bytes.Buffer
	n, err := export.WriteJSONLines(&b, slices.Values(samples()))
	if err != nil || n != len(samples()) {
		t.Fatal(n, err)
	}
	golden(t, "results.jsonl", b.Bytes())
	var back []tagroll.Result
	for r, err := range export.ReadJSONLines(&b) {
		if err != nil {
			t.Fatal(err)
		}
		back = append(back, r)
	}
	if want := samples(); !reflect.DeepEqual(back, want) {
		t.Errorf("read back:\n%+v\nwant:\n%+v", back, want)
	}
}

func TestReadJSONLinesErrors(t *testing.T) {
	good := `{"photo":{"id":"1","name":"a"},"status":"pending","calls":0,"retries":0}`
	for _, test := range []struct {
		name, text, message string
		results             int
	}{
		{"cut off", good + "\n\n" + good[:20], "line 3", 1},
		{"too long", good + "\n" + strings.Repeat(" ", 17<<20), "line 2", 1},
	} {
		results := 0
		var last error
		for _, err := range export.ReadJSONLines(strings.NewReader(test.text)) {
			if last = err; err == nil {
				results++
			}
		}
		if tagroll.CodeOf(last) != tagroll.CodeUnreadable || !strings.Contains(last.Error(), test.message) || results != test.results {
			t.Errorf("%s: %d results, %v", test.name, results, last)
		}
	}
}
