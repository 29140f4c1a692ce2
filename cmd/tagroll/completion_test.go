package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll/settings"
)

// The script for PowerShell, which is not there to run it: its strings, brackets and tables are
// well-formed, no key stands twice to a reader that knows no case, and all commands, flags and
// choices are in it.
func TestPowerShellCompletion(t *testing.T) {
	p := newProgram()
	var out strings.Builder
	p.powershellCompletion(&out)
	script := out.String()

	texts := regexp.MustCompile(`'(?:[^'‘’‚‛\n]|''|‘‘|’’|‚‚|‛‛)*'|"[^"\n]*"|(?m:^#.*$)`)
	var open []rune
	for _, r := range texts.ReplaceAllString(script, "") {
		switch i := strings.IndexRune("([{)]}", r); {
		case i >= 3 && (len(open) == 0 || open[len(open)-1] != rune("([{"[i-3])):
			t.Fatalf("%q closes nothing:\n%s", r, script)
		case i >= 3:
			open = open[:len(open)-1]
		case i >= 0:
			open = append(open, r)
		case strings.ContainsRune("'‘’‚‛\"", r):
			t.Fatalf("a text does not end:\n%s", script)
		}
	}
	if len(open) > 0 {
		t.Errorf("%q are not closed", open)
	}

	tables := make(map[string][]string)
	var table string
	for line := range strings.Lines(script) {
		if m := regexp.MustCompile(`^        '(.*)' = @\($`).FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			if table = strings.ToLower(m[1]); tables[table] != nil {
				t.Errorf("%q stands twice", m[1])
			}
			tables[table] = []string{}
		}
		if m := regexp.MustCompile(`^ *,@\('([^']*)', '(.*)'\)$`).FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			if m[1] == "" || m[2] == "" || slices.Contains(tables[table], m[1]) {
				t.Errorf("the pair %q is empty or stands twice in %q", m, table)
			}
			tables[table] = append(tables[table], m[1])
		}
	}
	has := func(table string, words ...string) {
		for _, word := range words {
			if !slices.Contains(tables[table], word) {
				t.Errorf("%q lacks %s", table, word)
			}
		}
	}
	has("", commandNames()...)
	has("help", helpTopics()...)
	has("completion", shells...)
	p.eachFlag(func(c subcommand, one *settings.Setting) {
		has(c.name+" -", "--"+one.Name, "--help")
		has(c.name+" --"+one.Name, one.Choices...)
	})
}
