package export_test

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/export"
)

func ExampleReadSheet() {
	// As a spreadsheet of a German office leaves it.
	const edited = "\ufeffKeywords;Title;Filename;Category;Releases\r\n" +
		"\"tea, cup\";\"Cup of \"\"green\"\" tea\";tea.jpg;4;\r\n;;;;\r\n"
	sheet, err := export.ReadSheet([]byte(edited))
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, r := range sheet.Results {
		fmt.Println(sheet.Lines[i], r.Photo.Name, r.Metadata.Title, r.Metadata.Keywords, r.Metadata.Category)
	}
	fmt.Println(sheet.Agency.Info().Label)
	// Output:
	// 2 tea.jpg Cup of "green" tea [tea cup] Drinks
	// Adobe Stock
}

func ExampleReadDetails() {
	table, err := export.ReadDetails([]byte("Filename,Releases,Editorial,City\ntea.jpg,\"MR Ana, MR Luis\",yes,Kyoto\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	details, ok := table.Of("TEA.JPG")
	fmt.Println(ok, len(details.ModelReleases), details.Editorial, details.Place.City)
	// Output:
	// true 2 true Kyoto
}

// edits are what spreadsheets and people do to a CSV without changing what it says.
var edits = map[string]func(rows [][]string) []byte{
	"semicolons": func(rows [][]string) []byte { return rewrite(rows, ';', true) },
	"tabs":       func(rows [][]string) []byte { return rewrite(rows, '\t', true) },
	"line feeds": func(rows [][]string) []byte { return rewrite(rows, ',', false) },
	"returns": func(rows [][]string) []byte {
		return bytes.ReplaceAll(rewrite(rows, ',', false), []byte("\n"), []byte("\r"))
	},
	"byte order mark": func(rows [][]string) []byte { return append([]byte("\ufeff"), rewrite(rows, ';', true)...) },
	"sep=":            func(rows [][]string) []byte { return append([]byte("sep=|\r\n"), rewrite(rows, '|', true)...) },
	"UTF-16":          func(rows [][]string) []byte { return toUTF16(rewrite(rows, '\t', true), binary.LittleEndian, true) },
	"UTF-16 BE":       func(rows [][]string) []byte { return toUTF16(rewrite(rows, ',', true), binary.BigEndian, true) },
	"UTF-16 unmarked": func(rows [][]string) []byte { return toUTF16(rewrite(rows, ',', true), binary.LittleEndian, false) },
	"older Excel":     func(rows [][]string) []byte { return toLatin(rewrite(rows, ';', true)) },
	"other order":     func(rows [][]string) []byte { return rewrite(reversed(rows), ',', true) },
	"empty rows":      func(rows [][]string) []byte { return append(rewrite(rows, ';', true), ";;;;;\r\n\r\n;;\r\n"...) },
	"header in capitals": func(rows [][]string) []byte {
		for i, name := range rows[0] {
			rows[0][i] = " " + strings.ToUpper(name) + " "
		}
		return rewrite(rows, ',', true)
	},
}

func rewrite(rows [][]string, delimiter rune, crlf bool) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma, w.UseCRLF = delimiter, crlf
	w.WriteAll(rows)
	return b.Bytes()
}

func reversed(rows [][]string) [][]string {
	for _, row := range rows {
		slices.Reverse(row)
	}
	return rows
}

func toUTF16(text []byte, order binary.AppendByteOrder, mark bool) (out []byte) {
	units := utf16.Encode([]rune(string(text)))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	for _, u := range units {
		out = order.AppendUint16(out, u)
	}
	return out
}

// toLatin encodes what Windows-1252 has in common with Latin-1.
func toLatin(text []byte) (out []byte) {
	for _, r := range string(text) {
		if r == '−' {
			r = '-'
		}
		out = append(out, byte(r))
	}
	return out
}

// What is written for any agency is read back the same, whatever a spreadsheet has made of it.
func TestRoundTrip(t *testing.T) {
	for _, f := range export.Formats() {
		if f.Agency == nil {
			continue
		}
		var b bytes.Buffer
		if _, err := f.Write(&b, slices.Values(shoot()), export.Options{}); err != nil {
			t.Fatal(err)
		}
		want, err := export.ReadSheet(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		// Vecteezy and Depositphotos have the same columns.
		if ambiguous := f.Name == "vecteezy" || f.Name == "depositphotos"; ambiguous != (want.Agency == nil) || !ambiguous && want.Agency != f.Agency {
			t.Errorf("%s is taken for %v", f.Name, want.Agency)
		}
		for i, r := range shoot() {
			got, fit := want.Results[i], f.Agency.Fit(*r.Metadata)
			if got.Photo.Name != r.Photo.Name || !slices.Equal(got.Metadata.Keywords, fit.Keywords) {
				t.Errorf("%s: %q came back as %+v", f.Name, r.Photo.Name, got.Metadata)
			}
			if title := got.Metadata.Title; title != "" && i < 2 && title != fit.Title {
				t.Errorf("%s: title %q came back as %q", f.Name, fit.Title, title)
			}
			if d := got.Metadata.Description; d != "" && i < 2 && d != fit.Description {
				t.Errorf("%s: description %q came back as %q", f.Name, fit.Description, d)
			}
		}
		for name, edit := range edits {
			rows, err := csvRows(b.Bytes(), f.Agency.Layout().Delimiter)
			if err != nil {
				t.Fatal(err)
			}
			got, err := export.ReadSheet(edit(rows))
			if err != nil {
				t.Errorf("%s, %s: %v", f.Name, name, err)
				continue
			}
			if !reflect.DeepEqual(got.Results, want.Results) {
				t.Errorf("%s, %s:\n%+v\nwant\n%+v", f.Name, name, got.Results, want.Results)
			}
		}
	}
}

func csvRows(text []byte, delimiter rune) ([][]string, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	r.Comma = delimiter
	return r.ReadAll()
}

func TestReadSheetForms(t *testing.T) {
	var lines, document bytes.Buffer
	if _, err := export.WriteJSONLines(&lines, slices.Values(samples())); err != nil {
		t.Fatal(err)
	}
	if _, err := export.WriteJSON(&document, slices.Values(samples())); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"lines": lines.Bytes(), "document": document.Bytes()} {
		s, err := export.ReadSheet(data)
		if err != nil || !reflect.DeepEqual(s.Results, samples()) || (s.Lines != nil) != (name == "lines") {
			t.Errorf("%s: %v, %+v", name, err, s)
		}
	}
	const journal = `{"tagroll_journal":2}
{"start":{"id":"1","call":1}}
{"finish":{"photo":{"id":"1","name":"a.jpg"},"status":"successful","metadata":{"title":"Old","keywords":["a"],"category":"Food"},"calls":1,"retries":0}}
{"finish":{"photo":{"id":"2","name":"b.jpg"},"status":"failed","calls":1,"retries":0}}
{"finish":{"photo":{"id":"1","name":"a.jpg"},"status":"failed","calls":1,"retries":0}}
{"finish":{"photo":{"id":"1","name":"a.jpg"},"status":"successful","metadata":{"title":"New","keywords":["a"],"category":"Food"},"calls":1,"retries":0}}
{"finish":{"photo":{"id":"2","na`
	s, err := export.ReadSheet([]byte(journal))
	if err != nil || len(s.Results) != 2 || s.Results[0].Metadata.Title != "New" || s.Results[1].Status != tagroll.StatusFailed {
		t.Errorf("journal: %v, %+v", err, s)
	}
}

func TestReadSheetErrors(t *testing.T) {
	for name, test := range map[string]struct{ text, message string }{
		"empty":          {"", "empty"},
		"no names":       {"Title,Keywords\nTea,cup\n", "Filename"},
		"binary":         {"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "no text file"},
		"other JSON":     {`{"a": 1}`, "line 1"},
		"broken lines":   {`{"photo":{"id":"1","name":"a"},"status":"pending"}` + "\n{", "line 2"},
		"details, twice": {"", "empty"},
	} {
		_, err := export.ReadSheet([]byte(test.text))
		if tagroll.CodeOf(err) != tagroll.CodeUnreadable || !strings.Contains(err.Error(), test.message) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, test := range map[string]struct{ text, message string }{
		"twice":   {"Filename,City\na.jpg,Rome\nA.JPG,Oslo\n", "line 3"},
		"no name": {"Filename,City\n,Rome\n", "line 2"},
		"no file": {"City\nRome\n", "Filename"},
	} {
		if _, err := export.ReadDetails([]byte(test.text)); tagroll.CodeOf(err) != tagroll.CodeUnreadable || !strings.Contains(err.Error(), test.message) {
			t.Errorf("details, %s: %v", name, err)
		}
	}
}

// A table of one's own agency is recognised, and older forms of an agency's table are.
func TestReadSheetOfOtherLayouts(t *testing.T) {
	own, err := agency.Parse([]byte(`{"name":"mine","label":"Mine","as_of":"2026-11-27","filename":{"warn_above":0},"keywords":{"min":0},
		"csv":{"delimiter":"|","keyword_separator":",","columns":[{"name":"Datei","source":"filename"},{"name":"File name","source":"filename"},{"name":"Titel","source":"title"},{"name":"Tags","source":"keywords"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := export.ReadSheet([]byte("Datei|File name|Titel|Tags\na.jpg|a.jpg|Tee|tee,tasse\n"), own)
	if err != nil || s.Agency != own {
		t.Errorf("%v, %+v", err, s)
	}
	s, err = export.ReadSheet([]byte("Filename,Description,Keywords,Categories,Editorial,Mature content,illustration\n/shoot/a.jpg,Tea,\"tea,cup\",\"Food and drink\",no,no,no\n"))
	if err != nil || s.Agency == nil || s.Agency.Info().Name != "shutterstock" || s.Results[0].Photo.Name != "a.jpg" || s.Results[0].Photo.Path != "/shoot/a.jpg" {
		t.Errorf("the order of an older sample: %v, %+v", err, s)
	}
}

func FuzzReadSheet(f *testing.F) {
	f.Add([]byte("Filename;Title\n\"a;b\".jpg;x\n"))
	f.Add([]byte("sep=;\r\nfile;tags\r\na;b\r\n"))
	f.Add([]byte("\xff\xfeF\x00"))
	f.Add([]byte("sep=:\nfile"))
	f.Add([]byte("Filename; \n\x8dg\"a;b\".jpg;\n\"a;"))
	f.Add([]byte(`{"photos":[{"photo":{"id":"1","name":"a"}}]}`))
	f.Add([]byte(`{"finish":{"photo":{"id":"1"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := export.ReadSheet(data)
		if err != nil {
			if tagroll.CodeOf(err) != tagroll.CodeUnreadable {
				t.Errorf("%v has the code %s", err, tagroll.CodeOf(err))
			}
			return
		}
		if s.Table == nil {
			return
		}
		// What is written again is read the same.
		var b bytes.Buffer
		if _, err := s.Table.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		again, err := export.ReadSheet(b.Bytes())
		if err != nil || len(again.Results) != len(s.Results) {
			t.Fatalf("%q was written as %q and read as %+v: %v", data, b.Bytes(), again, err)
		}
	})
}
