package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
)

// report writes the findings for people or for programs.
func (c *checker) report() error {
	if c.settings.json {
		return c.reportJSON()
	}
	var above string                   // the location that was printed last
	whose := make(map[string][]string) // the agencies that have the same finding
	for _, f := range c.findings {
		whose[f.key()] = append(whose[f.key()], f.Agency)
	}
	for _, f := range c.findings {
		at := f.File
		if f.Line > 0 {
			at = fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if f.Photo != "" {
			at += " " + f.Photo
		}
		if at != above {
			above = at
			fmt.Fprintln(c.stdout, terminal.Printable(at))
		}
		agencies, first := whose[f.key()]
		if !first {
			continue // it was said for another agency
		}
		delete(whose, f.key())
		rule := strings.TrimSpace(strings.Join(agencies, ", ") + " " + f.Rule)
		fmt.Fprintf(c.stdout, "  %-8s%s (%s)\n", f.Severity, terminal.Printable(f.Message), rule)
	}
	c.reportSources()
	for _, f := range c.fixed {
		fmt.Fprintf(c.stdout, "%s: %s mended; as it was: %s\n", terminal.Printable(f.File), terminal.Count(f.Rows, "row"), terminal.Printable(f.Backup))
	}
	fmt.Fprintf(c.stdout, "%s checked: %s, %s\n", terminal.Count(c.checked(), "photo"), terminal.Count(c.errors, "error"), terminal.Count(c.warnings, "warning"))
	return nil
}

// key is equal for findings that say the same of the same row or photo, whatever the agency.
func (f reported) key() string {
	return fmt.Sprintf("%s\x00%d\x00%s\x00%s", f.File, f.Line, f.Photo, f.Message)
}

// reportSources says once for each section of rules that was broken where it comes from.
func (c *checker) reportSources() {
	said := make(map[string]bool)
	for _, f := range c.findings {
		line := fmt.Sprintf("  %s, %s rules: %s, read %s: %s", f.Agency, f.section, f.Confidence, f.AsOf, f.Source)
		if f.Source == "" || said[line] {
			continue
		}
		if len(said) == 0 {
			fmt.Fprintln(c.stdout, "Where these rules come from:")
		}
		said[line] = true
		fmt.Fprintln(c.stdout, terminal.Printable(line))
	}
}

func (c *checker) reportJSON() error {
	type summary struct {
		Checked  int `json:"checked"`
		Errors   int `json:"errors"`
		Warnings int `json:"warnings"`
	}
	text, err := json.MarshalIndent(struct {
		Findings []reported  `json:"findings"`
		Fixed    []fixedFile `json:"fixed,omitempty"`
		Summary  summary     `json:"summary"`
	}{c.findings, c.fixed, summary{c.checked(), c.errors, c.warnings}}, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.stdout, strings.TrimSpace(string(text)))
	return err
}
