package terminal

import (
	"fmt"
	"io"
	"strings"

	"github.com/tagroll/tagroll"
)

// Findings is what tagroll check has found. As JSON it is what programs read.
type Findings struct {
	Findings []Finding     `json:"findings"`
	Mended   []Mended      `json:"fixed,omitempty"`
	Summary  FindingCounts `json:"summary"`
}

// FindingCounts counts what was checked, and findings by their severity.
type FindingCounts struct {
	Checked  int `json:"checked"` // photos, with or without rows
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
}

// Finding is a finding with where it is, and where its rule comes from.
type Finding struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"` // of a table or of JSON lines
	// Photo is the name in a row; empty where the file itself is the photo.
	Photo string `json:"photo,omitempty"`
	tagroll.Finding
	Source     string `json:"source,omitempty"`
	AsOf       string `json:"as_of,omitempty"`
	Confidence string `json:"confidence,omitempty"`
	// Section is that of the agency's rules which was broken.
	Section string `json:"-"`
}

// Mended is a file of results that was mended.
type Mended struct {
	File   string `json:"file"`
	Rows   int    `json:"rows"`
	Backup string `json:"backup,omitempty"`
}

// Print writes the findings for a person: each once, with all agencies that have it.
func (f Findings) Print(w io.Writer) {
	var above string                   // the location that was printed last
	whose := make(map[string][]string) // the agencies that have the same finding
	for _, one := range f.Findings {
		whose[one.key()] = append(whose[one.key()], one.Agency)
	}
	for _, one := range f.Findings {
		at := one.File
		if one.Line > 0 {
			at = fmt.Sprintf("%s:%d", one.File, one.Line)
		}
		if one.Photo != "" {
			at += " " + one.Photo
		}
		if at != above {
			above = at
			fmt.Fprintln(w, Printable(at))
		}
		agencies, first := whose[one.key()]
		if !first {
			continue // it was said for another agency
		}
		delete(whose, one.key())
		rule := strings.TrimSpace(strings.Join(agencies, ", ") + " " + one.Rule)
		fmt.Fprintf(w, "  %-8s%s (%s)\n", one.Severity, Printable(one.Message), rule)
	}
	f.printSources(w)
	for _, m := range f.Mended {
		fmt.Fprintf(w, "%s: %s mended; as it was: %s\n", Printable(m.File), Count(m.Rows, "row"), Printable(m.Backup))
	}
	n := f.Summary
	fmt.Fprintf(w, "%s checked: %s, %s\n", Count(n.Checked, "photo"), Count(n.Errors, "error"), Count(n.Warnings, "warning"))
}

// key is equal for findings that say the same of the same row or photo, whatever the agency.
func (f Finding) key() string {
	return fmt.Sprintf("%s\x00%d\x00%s\x00%s", f.File, f.Line, f.Photo, f.Message)
}

// printSources says once for each section of rules that was broken where it comes from.
func (f Findings) printSources(w io.Writer) {
	said := make(map[string]bool)
	for _, one := range f.Findings {
		line := fmt.Sprintf("  %s, %s rules: %s, read %s: %s", one.Agency, one.Section, one.Confidence, one.AsOf, one.Source)
		if one.Source == "" || said[line] {
			continue
		}
		if len(said) == 0 {
			fmt.Fprintln(w, "Where these rules come from:")
		}
		said[line] = true
		fmt.Fprintln(w, Printable(line))
	}
}
