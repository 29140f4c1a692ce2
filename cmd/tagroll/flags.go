package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tagroll/tagroll/export"
)

// runSettings are the flags of tagroll run, understood and checked.
type runSettings struct {
	paths []string

	out           string
	outGiven      bool
	formats       []string
	includeReview bool

	providerFlags
	effortFlags
	deliveryFlags
	photoFlags
	logFlags

	journal string
	fresh   bool
	dryRun  bool

	progress string
}

// flagSet returns an empty set of flags for a command, whose help is a page of its own.
func (p *program) flagSet(command string) *pflag.FlagSet {
	f := pflag.NewFlagSet(command, pflag.ContinueOnError)
	f.Usage = func() { printHelp(p.stdout, command) }
	f.SetOutput(p.stderr)
	return f
}

// runFlags returns the flags of tagroll run and where their values go.
func (p *program) runFlags() (*pflag.FlagSet, *runSettings) {
	s := &runSettings{}
	f := p.flagSet("run")
	f.StringVarP(&s.out, "out", "o", "", "")
	f.StringSliceVarP(&s.formats, "format", "f", []string{"adobe-stock"}, "")
	f.BoolVar(&s.includeReview, "include-review", false, "")

	s.providerFlags.add(f, p.getenv)
	s.effortFlags.add(f)
	s.deliveryFlags.add(f)

	f.StringVar(&s.journal, "journal", "", "")
	f.BoolVar(&s.fresh, "fresh", false, "")
	f.BoolVar(&s.dryRun, "dry-run", false, "")

	s.photoFlags.add(f)

	f.StringVar(&s.progress, "progress", "auto", "")
	s.logFlags.add(f, "warn")
	return f, s
}

// parseRun reads the flags of tagroll run. Its error is a usageError or pflag.ErrHelp.
func (p *program) parseRun(args []string) (*runSettings, error) {
	f, s := p.runFlags()
	if err := p.parse(f, args); err != nil {
		return nil, err
	}
	s.paths = f.Args()
	s.outGiven = s.out != ""
	if err := s.check(); err != nil {
		return nil, &usageError{"run", err}
	}
	return s, nil
}

// parse reads flags from the arguments, and those not given from the environment.
func (p *program) parse(f *pflag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return err
		}
		return &usageError{f.Name(), err}
	}
	var errs []error
	f.VisitAll(func(flag *pflag.Flag) {
		twin := "TAGROLL_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		if value := p.getenv(twin); value != "" && !flag.Changed {
			if err := f.Set(flag.Name, value); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", twin, err))
			}
		}
	})
	if err := errors.Join(errs...); err != nil {
		return &usageError{f.Name(), err}
	}
	return nil
}

// check completes the settings and finds what makes no sense.
func (s *runSettings) check() error {
	if len(s.paths) == 0 {
		return errors.New("name the photos or folders to describe, or - for a list on standard input")
	}
	var c complaints
	s.providerFlags.check(&c)
	s.effortFlags.check(&c)
	s.deliveryFlags.check(&c)
	s.photoFlags.check(&c)
	s.logFlags.check(&c)
	c.oneOf("progress", s.progress, "auto", "bar", "plain", "json", "none")
	for _, name := range s.formats {
		c.oneOf("format", name, export.FormatNames()...)
	}
	return c.err()
}
