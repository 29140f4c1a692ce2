package main

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// The help page of a command names exactly the flags that the command has.
func TestHelpNamesEveryFlag(t *testing.T) {
	for _, command := range []string{"run", "serve", "worker", "simulate"} {
		page, err := helpPages.ReadFile("help/" + command + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		var named []string
		for _, m := range regexp.MustCompile(`(?m)^  (?:-\w, |    )--([a-z-]+)`).FindAllStringSubmatch(string(page), -1) {
			named = append(named, m[1])
		}
		p := &program{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }}
		var flags *pflag.FlagSet
		switch command {
		case "run":
			flags, _ = p.runFlags()
		case "serve":
			flags, _ = p.serveFlags()
		case "worker":
			flags, _ = p.workerFlags()
		case "simulate":
			flags, _ = p.simulateFlags()
		}
		var got []string
		flags.VisitAll(func(f *pflag.Flag) { got = append(got, f.Name) })
		slices.Sort(named)
		slices.Sort(got)
		if !slices.Equal(named, got) {
			t.Errorf("%s: the help names %v\nthe flags are %v", command, named, got)
		}
		for i, line := range strings.Split(string(page), "\n") {
			if len(line) > 88 {
				t.Errorf("help/%s.txt:%d is %d characters wide", command, i+1, len(line))
			}
		}
	}
}

// A cluster's servers are named without the password that its URLs may hold.
func TestHostsOf(t *testing.T) {
	for urls, want := range map[string]string{
		"nats://10.0.0.5:4222": "10.0.0.5:4222",
		"nats://anna:hunter2@a.example:4222,tls://b.example,c.example:1": "a.example:4222, b.example, c.example:1",
	} {
		if got := hostsOf(urls); got != want {
			t.Errorf("%s: %q, want %q", urls, got, want)
		}
	}
}
