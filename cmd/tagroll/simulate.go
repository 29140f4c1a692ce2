package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/openaitest"
)

// simulateSettings are the flags of tagroll simulate.
type simulateSettings struct {
	listen  string
	key     string
	models  []string
	seed    uint64
	latency string
	rpm     int
	tpm     int
	burst   int
	window  bool
	faults  []string
	fetch   time.Duration
}

// simulateFlags returns the flags of tagroll simulate and where their values go.
func (p *program) simulateFlags() (*pflag.FlagSet, *simulateSettings) {
	s := &simulateSettings{}
	f := p.flagSet("simulate")
	f.StringVar(&s.listen, "listen", "127.0.0.1:8089", "")
	f.StringVar(&s.key, "key", "", "")
	f.StringSliceVar(&s.models, "model", nil, "")
	f.Uint64Var(&s.seed, "seed", 1, "")
	f.StringVar(&s.latency, "latency", "0s", "")
	f.IntVar(&s.rpm, "rpm", 0, "")
	f.IntVar(&s.tpm, "tpm", 0, "")
	f.IntVar(&s.burst, "burst", 0, "")
	f.BoolVar(&s.window, "window", false, "")
	// Not a slice: the text form of a fault contains commas.
	f.StringArrayVar(&s.faults, "fault", nil, "")
	f.DurationVar(&s.fetch, "fetch-timeout", 10*time.Second, "")
	return f, s
}

// config translates the flags.
func (s *simulateSettings) config() (openaitest.Config, error) {
	c := openaitest.Config{
		Key: s.key, Models: s.models, Seed: s.seed, DownloadTimeout: s.fetch,
		Limits: openaitest.Limits{RequestsPerMinute: s.rpm, TokensPerMinute: s.tpm, Burst: s.burst, FixedWindow: s.window},
	}
	var err error
	if c.Latency, err = parseLatency(s.latency); err != nil {
		return c, err
	}
	for _, text := range s.faults {
		fault, err := openaitest.ParseFault(text)
		if err != nil {
			return c, fmt.Errorf("--fault %s: %w", text, err)
		}
		c.Faults = append(c.Faults, fault)
	}
	return c, c.Validate()
}

// parseLatency reads "4s", which is fixed, or "4s,0.35": the median and the sigma of a
// lognormal distribution.
func parseLatency(text string) (l openaitest.Latency, err error) {
	median, sigma, lognormal := strings.Cut(text, ",")
	if l.Median, err = time.ParseDuration(median); err == nil && lognormal {
		l.Sigma, err = strconv.ParseFloat(sigma, 64)
	}
	if err != nil {
		return l, fmt.Errorf("--latency %q: give a time such as 4s, or its median and sigma such as 4s,0.35", text)
	}
	return l, nil
}

// simulate is tagroll simulate.
func (p *program) simulate(ctx context.Context, args []string) error {
	f, s := p.simulateFlags()
	if err := p.parse(f, args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return &usageError{"simulate", fmt.Errorf("%q is not a flag: simulate takes only flags", f.Arg(0))}
	}
	config, err := s.config()
	if err != nil {
		return &usageError{"simulate", err}
	}
	api, err := openaitest.New(config)
	if err != nil {
		return &usageError{"simulate", err}
	}
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return &tagroll.Error{Code: tagroll.CodeConfiguration, Message: fmt.Sprintf("cannot listen on %s (%v): choose another address with --listen", s.listen, err), Err: err}
	}
	base := "http://" + listener.Addr().String()
	key := ""
	if s.key != "" {
		key = "--api-key " + s.key + " "
	}
	fmt.Fprintf(p.stdout, "A stand-in for the OpenAI API is at %s/v1, what it saw at %s/stats. Ctrl-C ends it.\n"+
		"To try it: tagroll run --base-url %s/v1 %sPATH\n", base, base, base, key)

	server := &http.Server{Handler: api, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case <-ctx.Done():
		err = nil
	case err = <-served:
	}
	// First the API, so that requests that hang are ended.
	err = errors.Join(err, api.Close(), server.Close())
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
