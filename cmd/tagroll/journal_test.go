package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// export and status have the results that an earlier run could not write into the journal and has
// kept elsewhere, and say which lines of a journal cannot be read.
func TestExportOfKeptResults(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tagroll.csv.journal")
	whole, err := os.ReadFile(filepath.Join(yesterday, "tagroll.csv.journal"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	last := slices.IndexFunc(lines, func(line []byte) bool { return bytes.HasPrefix(line, []byte(`{"finish"`)) })
	kept := lines[last]
	text := bytes.Join(slices.Concat(lines[:last], [][]byte{[]byte("damaged\n")}, lines[last+1:], [][]byte{[]byte(`{"finish":{"torn`)}), nil)
	sum := sha256.Sum256([]byte(path))
	file := filepath.Join(dir, "tagroll-"+hex.EncodeToString(sum[:8])+".kept")
	result := filepath.Join(dir, "tagroll.csv")
	row := "Filename,Title,Keywords,Category,Releases\r\nx.jpg,A cup of tea,\"a, b, c, d, e\",1,\r\n"
	for name, text := range map[string][]byte{path: text, file: kept, result: []byte(row)} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		c := command(t.Context(), t, dir, []string{"HOME=" + dir, "TMPDIR=" + dir, "TMP=" + dir}, args...)
		text, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, text)
		}
		return string(text)
	}
	out := filepath.Join(dir, "out.csv")
	said := run("export", path, "-o", out, "--include-review")
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(yesterday, "tagroll.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(sortedLines(got), "\n") != strings.Join(sortedLines(want), "\n") {
		t.Errorf("the export is\n%s\nwant\n%s", got, want)
	}
	if !strings.Contains(said, "1 line cannot be read") {
		t.Errorf("of the damage is said: %s", said)
	}
	if said := run("export", result, "-o", out); !strings.Contains(said, "Name "+path+" to have all") {
		t.Errorf("of a result whose journal was full is said: %s", said)
	}
	photos := fmt.Sprintf(" %d photos", len(sortedLines(want))-1)
	if said := run("status", path); !strings.Contains(said, photos) {
		t.Errorf("status does not know%s: %s", photos, said)
	}
}

// Two spellings are one file where the file system tells neither capitals nor composed characters
// apart, which nobody knows before there is a file.
func TestSameFile(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"out.csv", "OUT.CSV", true}, {"./x/../out.csv", "out.csv", true}, {"caf\u00e9.csv", "cafe\u0301.csv", true},
		{"out.csv", "out.csv.journal", false}, {"a/out.csv", "b/out.csv", false},
	} {
		if got := sameFile(test.a, test.b); got != test.want {
			t.Errorf("%s and %s: %v", test.a, test.b, got)
		}
	}
	// Of files that are there the system knows it.
	for _, name := range []string{"one.csv", "two.csv"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link("one.csv", "link.csv"); err != nil {
		t.Fatal(err)
	}
	if absolute, err := filepath.Abs("one.csv"); err != nil || !sameFile("one.csv", absolute) || !sameFile("one.csv", "link.csv") || sameFile("one.csv", "two.csv") {
		t.Errorf("files that are there are told apart wrongly (%v)", err)
	}
}
