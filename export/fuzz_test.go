package export_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/export"
)

// runs reports, independently of the package, whether a spreadsheet may run the cell.
func runs(cell string) bool {
	if cell != "" && strings.ContainsAny(cell[:1], "\t\r\n") {
		return true
	}
	cell = strings.TrimLeft(cell, " \t\r\n\v\f\u00a0\u3000\u200b\ufeff\"'`")
	for _, start := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(cell, start) {
			return true
		}
	}
	return false
}

func FuzzCSV(f *testing.F) {
	f.Add("a.jpg", "Red apple", "apple", "fruit")
	f.Add("=1.jpg", "=cmd|' /C calc'!A0", "+1", "-1")
	f.Add("\tx\r\n.jpg", " \"'=\"\"", "-5 degrees", "a,b;\"c")
	f.Add("\xff＝.jpg", "＝1 \u200b-", "-=-+@", "\ufeff=x")
	a := adobe(f)
	f.Fuzz(func(t *testing.T, name, title, first, second string) {
		var b bytes.Buffer
		r := result(name, title, first, second)
		summary, err := export.WriteCSV(&b, a, slices.Values([]tagroll.Result{r}), export.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
		if err != nil || len(rows) != 2 || strings.Count(b.String(), "\n") != 2 {
			t.Fatalf("%q is read as %q: %v", b.String(), rows, err)
		}
		cells := rows[1]
		for _, cell := range cells {
			if runs(cell) {
				t.Errorf("the cell %q starts a formula", cell)
			}
		}
		if exact := cells[0] == name && !strings.ContainsRune(name, utf8.RuneError); exact != (len(summary.Unmatched) == 0) {
			t.Errorf("file name %q became %q, unmatched %q", name, cells[0], summary.Unmatched)
		}
		keywords := first + ", " + second
		for i, text := range []string{title, keywords} {
			harmless := !runs(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < 32 || r >= 127 })
			if harmless && cells[i+1] != text {
				t.Errorf("%q became %q", text, cells[i+1])
			}
		}
		if cells[3] != "7" {
			t.Errorf("category %q", cells[3])
		}
	})
}

func FuzzReadJSONLines(f *testing.F) {
	var b bytes.Buffer
	if _, err := export.WriteJSONLines(&b, slices.Values(samples())); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("{}\n\nnull\n[1]\n"))
	f.Add([]byte(`{"timings":{"total_ms":"x"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var results []tagroll.Result
		for r, err := range export.ReadJSONLines(bytes.NewReader(text)) {
			if err != nil {
				if tagroll.CodeOf(err) != tagroll.CodeUnreadable {
					t.Errorf("%v has the code %s", err, tagroll.CodeOf(err))
				}
				return
			}
			results = append(results, r)
		}
		var again bytes.Buffer
		if n, err := export.WriteJSONLines(&again, slices.Values(results)); err == nil && n != len(results) {
			t.Errorf("%d of %d results written", n, len(results))
		}
	})
}
