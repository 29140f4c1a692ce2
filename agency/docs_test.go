package agency_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tagroll/tagroll/agency"
)

var update = flag.Bool("update", false, "write docs/agencies.md anew")

// docs/agencies.md is made from the data, so that it cannot differ from what is checked.
func TestDocs(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# Agencies

What tagroll knows of the agencies: their rules, the columns of their CSVs, where each was read and when, and how far it is to
be trusted: *official* stands on a page of the agency, *third party* is what others report, *unconfirmed* is the best guess,
to be tried with one photo first. The page is made from ` + "`agency/data`" + ` by ` + "`go test ./agency -run Docs -update`" + `; ` + "`tagroll agencies NAME`" + `
shows the same.

| agency | gets the words by | title | keywords | as of | unconfirmed |
|---|---|---|---|---|---|
`)
	for _, name := range agency.Names() {
		a := lookup(t, name)
		info, way := a.Info(), "`-f "+name+"`"
		if info.Embedded {
			way = "the photo itself: `--embed`"
		}
		texts := make(map[string]string)
		for _, r := range a.Rules() {
			texts[r.Section] = r.Text
		}
		title := texts["title"]
		if title == "" {
			title = "none"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", info.Label, way, title, texts["keywords"], info.AsOf, strings.Join(a.Unconfirmed(), ", "))
	}
	for _, name := range agency.Names() {
		a := lookup(t, name)
		info := a.Info()
		fmt.Fprintf(&b, "\n## %s\n\n`%s`, as of %s. Confidence: %s.\n", info.Label, name, info.AsOf, info.Confidence)
		if info.Note != "" {
			fmt.Fprintf(&b, "\n%s\n", info.Note)
		}
		b.WriteString("\n| rules | | where they were read | |\n|---|---|---|---|\n")
		for _, r := range a.Rules() {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.Section, cell(r.Text), cell(r.Source), strings.TrimSpace(string(r.Confidence)+" "+r.AsOf))
		}
	}
	const path = "../docs/agencies.md"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Errorf("%s is not what the data say: go test ./agency -run Docs -update", path)
	}
}

// cell makes a text fit for a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
