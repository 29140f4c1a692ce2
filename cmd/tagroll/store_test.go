package main

import (
	"os"
	"path/filepath"
	"testing"
)

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
