package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/settings"
)

// config is tagroll config: it takes the arguments of another command and prints what that
// command would work with, in the form of a settings file.
func (p *program) config(_ context.Context, args []string) error {
	name := "run"
	if len(args) > 0 {
		if c, ok := lookupCommand(args[0]); ok && c.settings != nil {
			name, args = c.name, args[1:]
		}
	}
	c, _ := lookupCommand(name)
	set := c.settings(p)
	rest, err := p.read(set, args, name == "run")
	if err != nil {
		return err
	}
	if err := checkConfigPaths(c, rest); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "# The settings of tagroll %s. Yours are in %s.\n", name, orNone(p.userSettings))
	for _, note := range p.notes {
		fmt.Fprintln(p.stdout, "# Note:", terminal.Printable(note)+".")
	}
	group := ""
	for _, one := range set.All() {
		if one.In == settings.NoFile && !one.Given() || one.Means != "" {
			continue // for a single run only, or said by the setting that is meant
		}
		heading := cmp.Or(one.Group, "In files of settings only")
		if heading != group {
			group = heading
			fmt.Fprintf(p.stdout, "\n# %s\n", group)
		}
		fmt.Fprintln(p.stdout, terminal.Printable(one.Line()))
	}
	return nil
}

// checkConfigPaths refuses arguments that the command does not take, and for run paths that lead
// nowhere: a folder that is misspelt would have no settings.
func checkConfigPaths(c subcommand, paths []string) error {
	for _, path := range paths {
		if c.args == "" {
			return &usageError{"config", fmt.Errorf("%q is not a flag: %s takes only flags", path, c.name)}
		}
		if _, err := os.Lstat(path); err != nil && c.name == "run" && path != "-" && !strings.ContainsAny(path, "*?[") {
			return &usageError{"config", fmt.Errorf("%q is no command with settings, and no file or folder", path)}
		}
	}
	return nil
}

func orNone(path string) string {
	if path == "" {
		return "no file: this system has no folder for it"
	}
	return terminal.Printable(path)
}
