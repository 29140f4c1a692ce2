package main

import (
	"io"
	"strings"
	"testing"

	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
)

func newProgram() *program {
	return &program{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }}
}

// Every page of help names what it should and fits a terminal of 80 columns; the first page fits
// a screen.
func TestHelpPages(t *testing.T) {
	p := newProgram()
	for _, topic := range append(helpTopics(), "") {
		page, err := p.helpPage(topic)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(page, "{{") || strings.Contains(page, "{choices}") {
			t.Errorf("%s: something was not filled in:\n%s", topic, page)
		}
		lines := strings.Split(strings.TrimSuffix(page, "\n"), "\n")
		for i, line := range lines {
			if terminal.Width(line) > 80 {
				t.Errorf("%s, line %d is %d columns wide: %s", topic, i+1, terminal.Width(line), line)
			}
		}
		if topic == "" && len(lines) > 24 {
			t.Errorf("the first page has %d lines", len(lines))
		}
	}
}

// Every command has a page, and the page of one with settings lists them.
func TestEveryCommandHasHelp(t *testing.T) {
	p := newProgram()
	for _, c := range commands() {
		page, err := p.helpPage(c.name)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !strings.HasPrefix(page, "tagroll "+c.name) {
			t.Errorf("the page of %s begins with something else: %.60s", c.name, page)
		}
		if c.settings == nil {
			continue
		}
		for _, one := range c.settings(p).All() {
			if one.Help == "" || one.Value == nil {
				t.Errorf("%s --%s is declared without help or value", c.name, one.Name)
			}
			if !one.Hidden && !strings.Contains(page, "--"+one.Name) {
				t.Errorf("%s: the page does not list --%s", c.name, one.Name)
			}
		}
	}
}

// A cluster's servers are named without the password that its URLs may hold.
func TestHostsOf(t *testing.T) {
	for urls, want := range map[string]string{
		"nats://10.0.0.5:4222": "10.0.0.5:4222",
		"nats://anna:hunter2@a.example:4222,tls://b.example,c.example:1": "" +
			"a.example:4222, b.example, c.example:1",
	} {
		if got := hostsOf(urls); got != want {
			t.Errorf("%s: %q, want %q", urls, got, want)
		}
	}
}
