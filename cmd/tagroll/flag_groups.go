package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"time"

	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/compress"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/settings"
	"github.com/tagroll/tagroll/telemetry"
)

// Settings that several commands share come in groups. A group declares its settings in a set, and
// later finds what makes no sense in them together; the set itself checks each of them.

// Headings of the help pages.
const (
	groupResults  = "Results"
	groupWhere    = "Where"
	groupProvider = "Who describes"
	groupEffort   = "How fast, how long"
	groupDelivery = "How a photo reaches the model"
	groupAgain    = "Again and further"
	groupLimits   = "Limits"
	groupVisitors = "Who may do how much; 0 is the default, -1 is no limit"
	groupCluster  = "More than one machine"
	groupShown    = "What is shown, on standard error"
)

// complaints are what is wrong with settings that are right one by one.
type complaints []error

func (c *complaints) fail(flag, value, want string) {
	*c = append(*c, fmt.Errorf("--%s %s: %s", flag, value, want))
}

func (c complaints) err() error { return errors.Join(c...) }

// providerFlags say who describes photos.
type providerFlags struct {
	provider, model, baseURL, apiKey, detail, prices string

	providerGiven bool // not "auto"
}

func (s *providerFlags) add(set *settings.Set) {
	set.Add(settings.Setting{
		Name: "provider", Group: groupProvider, Arg: "NAME", Value: settings.Text(&s.provider, "auto"),
		Choices: []string{"auto", "openai", "offline"},
		Help:    "{choices}; auto is openai if there is a key or a base URL, else offline. See: tagroll help providers",
	}, settings.Setting{
		Name: "model", Group: groupProvider, Arg: "NAME", In: settings.AnyFile, Value: settings.Text(&s.model, openai.DefaultModel),
		Help: "the model to ask",
	}, settings.Setting{
		Name: "base-url", Group: groupProvider, Arg: "URL", Env: []string{"OPENAI_BASE_URL"}, Value: settings.Text(&s.baseURL, ""),
		Default: "$OPENAI_BASE_URL",
		Help:    "an OpenAI-compatible server",
	}, settings.Setting{
		Name: "api-key", Group: groupProvider, Arg: "KEY", Env: []string{"OPENAI_API_KEY"}, Secret: true, Value: settings.Text(&s.apiKey, ""),
		Help: "better set as $OPENAI_API_KEY, where nobody sees it",
	}, settings.Setting{
		Name: "detail", Group: groupProvider, Arg: "LEVEL", In: settings.AnyFile, Value: settings.Text(&s.detail, "high"),
		Choices: []string{"low", "high", "auto"},
		Help:    "how closely the model looks: {choices}",
	}, settings.Setting{
		Name: "prices", Group: groupProvider, Arg: "FILE", Value: settings.Text(&s.prices, ""),
		Default: "a built-in table",
		Help: `prices of models, for the estimate of the cost: JSON such as
			{"models": {"NAME": {"input": 0.05, "cached_input": 0.005, "output": 0.40}}},
			in dollars per million tokens`,
	})
}

// check decides what "auto" means.
func (s *providerFlags) check() {
	s.providerGiven = s.provider != "auto"
	if !s.providerGiven {
		s.provider = "offline"
		if s.apiKey != "" || s.baseURL != "" {
			s.provider = "openai"
		}
	}
}

// host is where the model is asked, as a person would name it; empty for the built-in describer.
func (s *providerFlags) host() string {
	switch {
	case s.provider == "offline":
		return ""
	case s.baseURL == "":
		return terminal.HostOf(openai.DefaultBaseURL)
	}
	return terminal.HostOf(s.baseURL)
}

// effortFlags say how much is done for a photo, and for how many at once.
type effortFlags struct {
	concurrency int
	timeout     time.Duration
	retries     int
}

func (s *effortFlags) add(set *settings.Set) {
	set.Add(settings.Setting{
		Name: "concurrency", Short: "c", Group: groupEffort, Arg: "N", In: settings.AnyFile,
		Value: settings.Number(&s.concurrency, batch.DefaultConcurrency, 1),
		Help:  "photos of one batch at once",
		Want:  "give a number of photos, such as 5 or 20",
	}, settings.Setting{
		Name: "timeout", Group: groupEffort, Arg: "TIME", In: settings.AnyFile,
		Value: settings.Duration(&s.timeout, batch.DefaultTimeout),
		Help: `for one photo with all its attempts, such as 45s or 2m; the time for which the
			provider's rate limit holds it back is not counted`,
	}, settings.Setting{
		Name: "retries", Group: groupEffort, Arg: "N", In: settings.AnyFile,
		Value: settings.Number(&s.retries, batch.DefaultRetries, 0),
		Help: `how often a failed call is repeated, when the failure is of the kind that passes:
			network, 5xx, 429`,
		Want: "give 0 or more",
	})
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

	tempDefault string // how help words the default of --temp-listen
}

func (s *deliveryFlags) add(set *settings.Set) {
	set.Add(settings.Setting{
		Name: "deliver", Group: groupDelivery, Arg: "HOW", Value: settings.Text(&s.deliver, "auto"),
		Choices: []string{"auto", "inline", "url"},
		Help: `inline: within the request; url: at a temporary address that ends with the photo;
			auto: url if --public-url is set`,
	}, settings.Setting{
		Name: "public-url", Group: groupDelivery, Arg: "URL", Value: settings.Text(&s.publicURL, ""),
		Help: "the address under which the provider reaches this machine",
	}, settings.Setting{
		Name: "temp-listen", Group: groupDelivery, Arg: "ADDR", Value: settings.Text(&s.tempListen, ""),
		Default: s.tempDefault,
		Help:    "where temporary images are served",
	}, settings.Setting{
		Name: "temp-dir", Group: groupDelivery, Arg: "DIR", Value: settings.Text(&s.tempDir, ""),
		Default: "the system's folder",
		Help:    "where they are kept meanwhile",
	})
}

// check decides what "auto" means.
func (s *deliveryFlags) check() {
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

func (s *photoFlags) add(set *settings.Set, group string) {
	set.Add(settings.Setting{
		Name: "max-pixels", Group: group, Arg: "N", In: settings.AnyFile,
		Value: settings.Number(&s.maxPixels, 100, 1),
		Help:  "larger photos are refused, in millions of pixels",
		Want:  "give millions of pixels, such as 100",
	}, settings.Setting{
		Name: "max-bytes", Group: group, Arg: "N", In: settings.AnyFile,
		Value: settings.Number(&s.maxBytes, 50, 1),
		Help:  "larger files are refused, in MiB",
		Want:  "give MiB, such as 50",
	})
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
}

func (s *logFlags) add(set *settings.Set, level string) {
	set.Add(settings.Setting{
		Name: "log-level", Group: groupShown, Arg: "LEVEL", In: settings.AnyFile,
		Value:   settings.Func(level, func(text string) error { return s.logLevel.UnmarshalText([]byte(text)) }),
		Choices: []string{"debug", "info", "warn", "error"},
		Help:    "{choices}; a server names files at debug only",
	}, settings.Setting{
		Name: "log-format", Group: groupShown, Arg: "HOW", In: settings.AnyFile, Value: settings.Text(&s.logFormat, "text"),
		Choices: []string{"text", "json"},
		Help:    "{choices}",
	})
}

func (s *logFlags) logger(w io.Writer) *slog.Logger {
	return slog.New(telemetry.NewLogHandler(w, telemetry.LogConfig{Level: s.logLevel, JSON: s.logFormat == "json"}))
}
