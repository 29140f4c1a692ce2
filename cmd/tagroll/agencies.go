package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
)

// agencies is tagroll agencies: without arguments one line an agency, with names all their rules
// and where they were read.
func (p *program) agencies(_ context.Context, args []string) error {
	if len(args) == 0 {
		for _, name := range agency.Names() {
			a, err := agency.Lookup(name)
			if err != nil {
				return err
			}
			fmt.Fprintf(p.stdout, "  %-15s%-24s%s\n", name, a.Info().Label, agencyLine(a))
		}
		fmt.Fprintln(p.stdout, "\ntagroll agencies NAME shows its rules and where they come from.")
		return nil
	}
	if strings.HasPrefix(args[0], "-") {
		return &usageError{"agencies", fmt.Errorf("unknown flag: %s", args[0])}
	}
	found := make(agency.Set, len(args))
	for i, name := range args {
		var err error
		if found[i], _, err = findAgency(name); err != nil {
			return &usageError{"agencies", err}
		}
	}
	for i, a := range found {
		if i > 0 {
			fmt.Fprintln(p.stdout)
		}
		p.printAgency(a)
	}
	return nil
}

// agencyLine says how an agency gets its words, how old the rules are, and what is a guess.
func agencyLine(a *agency.Agency) string {
	line := "-f " + a.Info().Name
	if a.Embedded() {
		line = "reads the photo itself: --embed"
	}
	line = fmt.Sprintf("%-33s as of %s", line, a.Info().AsOf)
	if u := a.Unconfirmed(); u != nil {
		line += "; unconfirmed: " + strings.Join(u, ", ")
	}
	return line
}

func (p *program) printAgency(a *agency.Agency) {
	info := a.Info()
	fmt.Fprintf(p.stdout, "%s (%s), as of %s\n", terminal.Printable(info.Label), info.Name, info.AsOf)
	if info.Note != "" {
		fmt.Fprintf(p.stdout, "%s\n", terminal.Printable(info.Note))
	}
	for _, rule := range a.Rules() {
		fmt.Fprintf(p.stdout, "\n  %s: %s\n", rule.Section, terminal.Printable(rule.Text))
		if rule.Source != "" {
			fmt.Fprintf(p.stdout, "    %s, read %s: %s\n", rule.Confidence, rule.AsOf, terminal.Printable(rule.Source))
		}
	}
}
