package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/compress"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/telemetry"
)

// Flags that several commands share come in groups. A group adds its flags to a set, and later finds
// what makes no sense in them.

// complaints are what is wrong with a command line.
type complaints []error

func (c *complaints) fail(flag, value, want string) {
	*c = append(*c, fmt.Errorf("--%s %s: %s", flag, value, want))
}

func (c *complaints) oneOf(flag, value string, choices ...string) {
	for _, choice := range choices {
		if value == choice {
			return
		}
	}
	c.fail(flag, strconv.Quote(value), "choose one of "+strings.Join(choices, ", "))
}

func (c *complaints) atLeast(flag string, value, least int64, want string) {
	if value < least || value > math.MaxInt32 {
		c.fail(flag, strconv.FormatInt(value, 10), want)
	}
}

func (c *complaints) positive(flag string, d time.Duration, want string) {
	if d <= 0 {
		c.fail(flag, d.String(), want)
	}
}

func (c complaints) err() error { return errors.Join(c...) }

// providerFlags say who describes photos.
type providerFlags struct {
	provider, model, baseURL, apiKey, detail, prices string

	providerGiven bool // not "auto"
}

func (s *providerFlags) add(f *pflag.FlagSet, getenv func(string) string) {
	f.StringVar(&s.provider, "provider", "auto", "")
	f.StringVar(&s.model, "model", openai.DefaultModel, "")
	f.StringVar(&s.baseURL, "base-url", getenv("OPENAI_BASE_URL"), "")
	f.StringVar(&s.apiKey, "api-key", getenv("OPENAI_API_KEY"), "")
	f.StringVar(&s.detail, "detail", "high", "")
	f.StringVar(&s.prices, "prices", "", "")
}

// check also decides what "auto" means.
func (s *providerFlags) check(c *complaints) {
	c.oneOf("provider", s.provider, "auto", "openai", "offline")
	c.oneOf("detail", s.detail, "low", "high", "auto")
	s.providerGiven = s.provider != "auto"
	if !s.providerGiven {
		s.provider = "offline"
		if s.apiKey != "" || s.baseURL != "" {
			s.provider = "openai"
		}
	}
}

// effortFlags say how much is done for a photo, and for how many at once.
type effortFlags struct {
	concurrency int
	timeout     time.Duration
	retries     int

	concurrencyText string // as given
}

func (s *effortFlags) add(f *pflag.FlagSet) {
	f.StringVarP(&s.concurrencyText, "concurrency", "c", strconv.Itoa(batch.DefaultConcurrency), "")
	f.DurationVar(&s.timeout, "timeout", batch.DefaultTimeout, "")
	f.IntVar(&s.retries, "retries", batch.DefaultRetries, "")
}

func (s *effortFlags) check(c *complaints) {
	var err error
	if s.concurrency, err = strconv.Atoi(s.concurrencyText); err != nil || s.concurrency < 1 {
		c.fail("concurrency", strconv.Quote(s.concurrencyText), "give a number of photos, such as 5 or 20")
	}
	c.positive("timeout", s.timeout, "give a time above zero, such as 30s")
	c.atLeast("retries", int64(s.retries), 0, "give 0 or more")
}

// options are those of a batch.
func (s *effortFlags) options() batch.Options {
	retries := s.retries
	if retries == 0 {
		retries = -1 // whose 0 is the default
	}
	return batch.Options{Concurrency: s.concurrency, Timeout: s.timeout, Retries: retries}
}

// deliveryFlags say how a photo reaches the model.
type deliveryFlags struct {
	deliver, publicURL, tempListen, tempDir string
}

func (s *deliveryFlags) add(f *pflag.FlagSet) {
	f.StringVar(&s.deliver, "deliver", "auto", "")
	f.StringVar(&s.publicURL, "public-url", "", "")
	f.StringVar(&s.tempListen, "temp-listen", "", "")
	f.StringVar(&s.tempDir, "temp-dir", "", "")
}

// check also decides what "auto" means.
func (s *deliveryFlags) check(c *complaints) {
	c.oneOf("deliver", s.deliver, "auto", "inline", "url")
	if s.deliver == "auto" {
		s.deliver = "inline"
		if s.publicURL != "" {
			s.deliver = "url"
		}
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

// photoFlags are the limits of a single photo.
type photoFlags struct {
	maxPixels int64 // millions
	maxBytes  int64 // MiB
}

func (s *photoFlags) add(f *pflag.FlagSet) {
	f.Int64Var(&s.maxPixels, "max-pixels", 100, "")
	f.Int64Var(&s.maxBytes, "max-bytes", 50, "")
}

func (s *photoFlags) check(c *complaints) {
	c.atLeast("max-pixels", s.maxPixels, 1, "give millions of pixels, such as 100")
	c.atLeast("max-bytes", s.maxBytes, 1, "give MiB, such as 50")
}

func (s *photoFlags) limits(log *slog.Logger) intake.Limits {
	return intake.Limits{MaxBytes: s.maxBytes << 20, MaxPixels: int(s.maxPixels * 1_000_000), Log: log}
}

func (s *photoFlags) compression(log *slog.Logger) compress.Options {
	return compress.Options{MaxPixels: s.limits(log).MaxPixels, Log: log}
}

// logFlags say what is logged, and how.
type logFlags struct {
	logLevel  slog.Level
	logFormat string

	logLevelText string // as given
}

func (s *logFlags) add(f *pflag.FlagSet, level string) {
	f.StringVar(&s.logLevelText, "log-level", level, "")
	f.StringVar(&s.logFormat, "log-format", "text", "")
}

func (s *logFlags) check(c *complaints) {
	c.oneOf("log-format", s.logFormat, "text", "json")
	if s.logLevel.UnmarshalText([]byte(s.logLevelText)) != nil {
		c.fail("log-level", strconv.Quote(s.logLevelText), "choose one of debug, info, warn, error")
	}
}

func (s *logFlags) logger(w io.Writer) *slog.Logger {
	return slog.New(telemetry.NewLogHandler(w, telemetry.LogConfig{Level: s.logLevel, JSON: s.logFormat == "json"}))
}
