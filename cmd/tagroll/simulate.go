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

	"github.com/tagroll/tagroll/openaitest"
	"github.com/tagroll/tagroll/settings"
)

// simulateSettings are the flags of tagroll simulate.
type simulateSettings struct {
	listen  string
	key     string
	models  []string
	seed    uint64
	latency openaitest.Latency
	rpm     int
	tpm     int
	burst   int
	window  bool
	faults  []string
	fetch   time.Duration
	slots   int
	context int
	noFlex  bool
	ends    []string
}

// simulateSettings declares the settings of tagroll simulate.
func (p *program) simulateSettings() (*settings.Set, *simulateSettings) {
	s := &simulateSettings{}
	set := settings.NewSet("simulate")
	set.Add(settings.Setting{
		Name: "listen", Arg: "ADDR", Value: settings.Text(&s.listen, "127.0.0.1:8089"),
		Help: "where it listens; port 0 takes a free one",
	}, settings.Setting{
		Name: "key", Arg: "KEY", Value: settings.Text(&s.key, ""), Default: "any",
		Help: "the key that requests must carry",
	}, settings.Setting{
		Name: "model", Arg: "NAME", Value: settings.List(&s.models), Default: "OpenAI's small vision models",
		Help: "a model that it offers; may be given several times",
	}, settings.Setting{
		Name: "latency", Arg: "TIME[,SIGMA]", Value: settings.Func("0s", s.setLatency),
		Help: "how long an answer takes: always TIME, or lognormal with the median TIME",
		Want: "give a time such as 4s, or its median and sigma such as 4s,0.35",
	}, settings.Setting{
		Name: "seed", Arg: "N", Value: settings.Func("1", s.setSeed), Want: "give a whole number",
		Help: "where chance comes from; the same seed, the same run",
	}, settings.Setting{
		Name: "rpm", Arg: "N", Value: settings.Number(&s.rpm, 0, 0), Default: "no limit",
		Help: "requests allowed per minute",
	}, settings.Setting{
		Name: "burst", Arg: "N", Value: settings.Number(&s.burst, 0, 0), Default: "what one second allows, at least 1",
		Help: "requests allowed at once, of those per minute",
	}, settings.Setting{
		Name: "window", Value: settings.Switch(&s.window),
		Help: "the limit comes back as a whole every minute",
	}, settings.Setting{
		Name: "tpm", Arg: "N", Value: settings.Number(&s.tpm, 0, 0), Default: "no limit",
		Help: "tokens allowed per minute",
	}, settings.Setting{
		Name: "fetch-timeout", Arg: "TIME", Value: settings.Duration(&s.fetch, 10*time.Second),
		Help: "how long it waits for an image URL",
	}, settings.Setting{
		Name: "slots", Arg: "N", Value: settings.Number(&s.slots, 0, 0), Default: "no bound",
		Help: "requests that it works on at once, as a local server; the others wait",
	}, settings.Setting{
		Name: "context", Arg: "N", Value: settings.Number(&s.context, 0, 0), Default: "no bound",
		Help: "tokens that a model takes; longer prompts are cut without a word, as by Ollama",
	}, settings.Setting{
		Name: "no-flex", Value: settings.Switch(&s.noFlex),
		Help: "refuse the service tier flex",
	}, settings.Setting{
		Name: "shutdown", Arg: "MODEL=DAY", Value: settings.Repeated(&s.ends),
		Help: "the day on which a model ends, such as gpt-6-luna=2027-01-14; may be given several times",
	}, settings.Setting{ // not a list with commas: the text form of a fault contains some
		Name: "fault", Arg: "KIND[:WHEN]", Value: settings.Repeated(&s.faults),
		Help: "what goes wrong, and when; may be given several times",
	})
	return set, s
}

// config translates the flags.
func (s *simulateSettings) config() (openaitest.Config, error) {
	c := openaitest.Config{
		Key: s.key, Models: s.models, Seed: s.seed, Latency: s.latency, DownloadTimeout: s.fetch,
		Slots: s.slots, Context: s.context, NoFlex: s.noFlex,
		Limits: openaitest.Limits{RequestsPerMinute: s.rpm, TokensPerMinute: s.tpm, Burst: s.burst, FixedWindow: s.window},
	}
	for _, text := range s.ends {
		model, day, _ := strings.Cut(text, "=")
		if _, err := time.Parse(time.DateOnly, day); err != nil || model == "" {
			return c, fmt.Errorf("--shutdown %s: name a model and a day, such as gpt-6-luna=2027-01-14", text)
		}
		if c.Shutdown == nil {
			c.Shutdown = make(map[string]string)
		}
		c.Shutdown[model] = day
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

// setLatency reads "4s", which is fixed, or "4s,0.35": the median and the sigma of a lognormal
// distribution.
func (s *simulateSettings) setLatency(text string) (err error) {
	median, sigma, lognormal := strings.Cut(text, ",")
	if s.latency.Median, err = time.ParseDuration(median); err == nil && lognormal {
		s.latency.Sigma, err = strconv.ParseFloat(sigma, 64)
	}
	return err
}

func (s *simulateSettings) setSeed(text string) (err error) {
	s.seed, err = strconv.ParseUint(text, 10, 64)
	return err
}

// simulate is tagroll simulate.
func (p *program) simulate(ctx context.Context, args []string) error {
	set, s := p.simulateSettings()
	if err := p.readFlags(set, args); err != nil {
		return err
	}
	if err := checkTCP(s.listen); err != nil {
		return refused("listen", fmt.Errorf("%s: %w", s.listen, err))
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
		return cannotListen("listen", "cannot listen on", s.listen, err)
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
