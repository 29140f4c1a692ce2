package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/describe/openai"
)

// formatJSONLines is the format that is no agency's: everything that is known.
const formatJSONLines = "jsonl"

// runSettings are the flags of tagroll run, understood and checked.
type runSettings struct {
	paths []string

	out           string
	outGiven      bool
	formats       []string
	includeReview bool

	provider, model, baseURL, apiKey, detail, prices string
	providerGiven                                    bool // not "auto"

	concurrency int
	timeout     time.Duration
	retries     int

	deliver, publicURL, tempListen, tempDir string

	journal string
	fresh   bool
	dryRun  bool

	maxPixels, maxBytes int64

	progress  string
	logLevel  slog.Level
	logFormat string

	concurrencyText, logLevelText string // as given
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

	f.StringVar(&s.provider, "provider", "auto", "")
	f.StringVar(&s.model, "model", openai.DefaultModel, "")
	f.StringVar(&s.baseURL, "base-url", p.getenv("OPENAI_BASE_URL"), "")
	f.StringVar(&s.apiKey, "api-key", p.getenv("OPENAI_API_KEY"), "")
	f.StringVar(&s.detail, "detail", "high", "")
	f.StringVar(&s.prices, "prices", "", "")

	f.StringVarP(&s.concurrencyText, "concurrency", "c", strconv.Itoa(batch.DefaultConcurrency), "")
	f.DurationVar(&s.timeout, "timeout", batch.DefaultTimeout, "")
	f.IntVar(&s.retries, "retries", batch.DefaultRetries, "")

	f.StringVar(&s.deliver, "deliver", "auto", "")
	f.StringVar(&s.publicURL, "public-url", "", "")
	f.StringVar(&s.tempListen, "temp-listen", "", "")
	f.StringVar(&s.tempDir, "temp-dir", "", "")

	f.StringVar(&s.journal, "journal", "", "")
	f.BoolVar(&s.fresh, "fresh", false, "")
	f.BoolVar(&s.dryRun, "dry-run", false, "")

	f.Int64Var(&s.maxPixels, "max-pixels", 100, "")
	f.Int64Var(&s.maxBytes, "max-bytes", 50, "")

	f.StringVar(&s.progress, "progress", "auto", "")
	f.StringVar(&s.logLevelText, "log-level", "warn", "")
	f.StringVar(&s.logFormat, "log-format", "text", "")
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
	var errs []error
	fail := func(flag, value, want string) {
		errs = append(errs, fmt.Errorf("--%s %s: %s", flag, value, want))
	}
	oneOf := func(flag, value string, choices ...string) {
		for _, c := range choices {
			if value == c {
				return
			}
		}
		fail(flag, strconv.Quote(value), "choose one of "+strings.Join(choices, ", "))
	}
	oneOf("provider", s.provider, "auto", "openai", "offline")
	oneOf("deliver", s.deliver, "auto", "inline", "url")
	oneOf("detail", s.detail, "low", "high", "auto")
	oneOf("progress", s.progress, "auto", "bar", "plain", "json", "none")
	oneOf("log-format", s.logFormat, "text", "json")
	for _, name := range s.formats {
		oneOf("format", name, append(agency.Names(), formatJSONLines)...)
	}
	var err error
	if s.concurrency, err = strconv.Atoi(s.concurrencyText); err != nil || s.concurrency < 1 {
		fail("concurrency", strconv.Quote(s.concurrencyText), "give a number of photos, such as 5 or 20")
	}
	if s.logLevel.UnmarshalText([]byte(s.logLevelText)) != nil {
		fail("log-level", strconv.Quote(s.logLevelText), "choose one of debug, info, warn, error")
	}
	if s.timeout <= 0 {
		fail("timeout", s.timeout.String(), "give a time above zero, such as 30s")
	}
	if s.retries < 0 {
		fail("retries", strconv.Itoa(s.retries), "give 0 or more")
	}
	if s.maxPixels < 1 || s.maxPixels > math.MaxInt32 {
		fail("max-pixels", strconv.FormatInt(s.maxPixels, 10), "give millions of pixels, such as 100")
	}
	if s.maxBytes < 1 || s.maxBytes > math.MaxInt32 {
		fail("max-bytes", strconv.FormatInt(s.maxBytes, 10), "give MiB, such as 50")
	}
	s.resolve()
	return errors.Join(errs...)
}

// resolve decides what "auto" and unset flags mean.
func (s *runSettings) resolve() {
	s.providerGiven = s.provider != "auto"
	if !s.providerGiven {
		s.provider = "offline"
		if s.apiKey != "" || s.baseURL != "" {
			s.provider = "openai"
		}
	}
	if s.deliver == "auto" {
		s.deliver = "inline"
		if s.publicURL != "" {
			s.deliver = "url"
		}
	}
	if s.tempListen == "" {
		s.tempListen = listenAddress(s.publicURL)
	}
}

// listenAddress is where temporary images are served if nothing says so: the host and
// port of the public URL if it names this machine, else a port on all addresses, to
// which whatever stands before this machine leads.
func listenAddress(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil || u.Port() == "" {
		return ":8787"
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return u.Host
	}
	return ":8787"
}
