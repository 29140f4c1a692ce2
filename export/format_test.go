package export_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/export"
)

// aDay is the time of files in archives that tests compare.
var aDay = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func lookup(t testing.TB, name string) export.Format {
	t.Helper()
	f, err := export.LookupFormat(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFormats(t *testing.T) {
	var names []string
	for _, f := range export.Formats() {
		names = append(names, f.Name)
		if f.Label == "" || !strings.HasPrefix(f.Extension, ".") || (f.Agency != nil) != slices.Contains(agency.Names(), f.Name) {
			t.Errorf("%+v", f)
		}
		if _, _, err := mime.ParseMediaType(f.MediaType); err != nil {
			t.Errorf("%s has the media type %q: %v", f.Name, f.MediaType, err)
		}
		if name := f.FileName(export.Options{}); strings.Contains(name, " ") || !strings.HasSuffix(name, f.Extension) {
			t.Errorf("%s is downloaded as %q", f.Name, name)
		}
	}
	if !slices.Equal(names, []string{"adobe-stock", "123rf", "depositphotos", "dreamstime", "freepik", "pond5", "shutterstock", "vecteezy", "xmp", "json", "jsonl"}) || !slices.Equal(names, export.FormatNames()) {
		t.Errorf("formats %q", names)
	}
	if _, err := export.LookupFormat("docx"); tagroll.CodeOf(err) != tagroll.CodeConfiguration || !strings.Contains(err.Error(), "jsonl") {
		t.Errorf("got %v", err)
	}
}

// download returns what a browser would receive.
func download(t *testing.T, f export.Format, results iter.Seq[tagroll.Result], o export.Options) (export.Attachment, []byte, export.Summary) {
	t.Helper()
	var b bytes.Buffer
	var as []export.Attachment
	summary, err := f.Download(results, o, func(a export.Attachment) io.Writer {
		if b.Len() > 0 {
			t.Error("the name comes after the content")
		}
		as = append(as, a)
		return &b
	})
	if err != nil || len(as) != 1 || summary.Bytes != int64(b.Len()) {
		t.Fatalf("%s: begun %d times, %d bytes, %+v, %v", f.Name, len(as), b.Len(), summary, err)
	}
	return as[0], b.Bytes(), summary
}

func TestDownload(t *testing.T) {
	for name, want := range map[string]export.Attachment{
		"adobe-stock": {Name: "shoot-adobe-stock.csv", MediaType: "text/csv; charset=utf-8"},
		"xmp":         {Name: "shoot-xmp.zip", MediaType: "application/zip"},
		"json":        {Name: "shoot.json", MediaType: "application/json"},
		"jsonl":       {Name: "shoot.jsonl", MediaType: "application/jsonl"},
	} {
		f, o := lookup(t, name), export.Options{Stem: "shoot", Time: aDay}
		for _, results := range [][]tagroll.Result{samples(), nil} {
			got, text, summary := download(t, f, slices.Values(results), o)
			if got != want || want.Name != f.FileName(o) {
				t.Errorf("%s is downloaded as %+v", name, got)
			}
			var written bytes.Buffer
			again, err := f.Write(&written, slices.Values(results), o)
			if err != nil || !bytes.Equal(text, written.Bytes()) || !reflect.DeepEqual(summary, again) {
				t.Errorf("%s is downloaded as %q and written as %q: %v", name, text, written.Bytes(), err)
			}
		}
	}
}

// A CSV that is too large for the agency is downloaded as an archive of CSVs that are not.
func TestDownloadOfParts(t *testing.T) {
	for name, test := range map[string]struct {
		photos   int
		keywords []string
		parts    int
	}{
		"as many rows as allowed": {photos: 5000, parts: 1},
		"one row more":            {photos: 5001, parts: 2},
		"many parts":              {photos: 10_001, parts: 3},
		"many bytes":              {photos: 1500, keywords: []string{strings.Repeat("k", 980)}, parts: 2},
	} {
		t.Run(name, func(t *testing.T) {
			results := func(yield func(tagroll.Result) bool) {
				for i := range test.photos {
					if !yield(result(fmt.Sprintf("%d.jpg", i), "Tea", test.keywords...)) {
						return
					}
				}
			}
			as, text, summary := download(t, lookup(t, "adobe-stock"), results, export.Options{})
			files := map[string][]byte{"tagroll-adobe-stock.csv": text}
			want := export.Attachment{Name: "tagroll-adobe-stock.csv", MediaType: "text/csv; charset=utf-8"}
			if test.parts > 1 {
				want = export.Attachment{Name: "tagroll-adobe-stock.zip", MediaType: "application/zip"}
				files = unzip(t, text)
			}
			if as != want || len(files) != test.parts || summary.Rows != test.photos {
				t.Errorf("%+v, %d parts, %d rows", as, len(files), summary.Rows)
			}
			next := 0
			for i := range test.parts {
				part := "tagroll-adobe-stock.csv"
				if i > 0 {
					part = fmt.Sprintf("tagroll-adobe-stock-%d.csv", i+1)
				}
				rows, err := csv.NewReader(bytes.NewReader(files[part])).ReadAll()
				if err != nil || len(rows) < 2 || len(rows) > 5001 || len(files[part]) > 1_000_000 || !slices.Equal(rows[0], adobe(t).Layout().Header) {
					t.Fatalf("%s: %d rows, %d bytes, %v", part, len(rows), len(files[part]), err)
				}
				for _, row := range rows[1:] {
					if row[0] != fmt.Sprintf("%d.jpg", next) {
						t.Fatalf("%s has the row of %s where that of photo %d belongs", part, row[0], next)
					}
					next++
				}
			}
			if next != test.photos {
				t.Errorf("%d rows", next)
			}
		})
	}
}

func TestDownloadReportsTheWriter(t *testing.T) {
	r, w := io.Pipe()
	r.CloseWithError(errors.New("gone"))
	many := slices.Repeat([]tagroll.Result{result("a.jpg", "Tea", "tea")}, 5001)
	for _, f := range export.Formats() {
		for _, results := range [][]tagroll.Result{samples(), many, nil} {
			_, err := f.Download(slices.Values(results), export.Options{}, func(export.Attachment) io.Writer { return w })
			if tagroll.CodeOf(err) != tagroll.CodeWriteFailed && !(f.Name == "jsonl" && results == nil && err == nil) {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
	}
}

// unzip returns the files of an archive by their names, which must differ everywhere.
func unzip(t testing.TB, archive []byte) map[string][]byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files, folded := map[string][]byte{}, map[string]bool{}
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(rc)
		if err != nil || folded[strings.ToLower(f.Name)] {
			t.Fatalf("%s: there twice, or %v", f.Name, err)
		}
		files[f.Name], folded[strings.ToLower(f.Name)] = text, true
	}
	return files
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	n, err := export.WriteJSON(&b, slices.Values(samples()))
	if err != nil || n != len(samples()) {
		t.Fatal(n, err)
	}
	golden(t, "results.json", b.Bytes())
	var document struct {
		Photos  []tagroll.Result
		Summary map[string]any
	}
	if err := json.Unmarshal(b.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(document.Photos, samples()) {
		t.Errorf("read back:\n%+v\nwant:\n%+v", document.Photos, samples())
	}
	for name, want := range map[string]float64{"total": 7, "successful": 4, "needs_review": 1, "failed": 1, "pending": 1, "calls": 2} {
		if document.Summary[name] != want {
			t.Errorf("summary %v", document.Summary)
		}
	}
	b.Reset()
	if n, err := export.WriteJSON(&b, slices.Values([]tagroll.Result(nil))); n != 0 || err != nil || json.Unmarshal(b.Bytes(), &document) != nil || len(document.Photos) != 0 {
		t.Errorf("without photos: %s %v", b.Bytes(), err)
	}
}
