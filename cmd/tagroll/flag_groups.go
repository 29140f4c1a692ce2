package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/compress"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/internal/hosts"
	"github.com/tagroll/tagroll/limit"
	"github.com/tagroll/tagroll/publish"
	"github.com/tagroll/tagroll/settings"
	"github.com/tagroll/tagroll/telemetry"
)

// Settings that several commands share come in groups. A group declares its settings in a set, and
// later finds what makes no sense in them together; the set itself checks each of them.

// Headings of the help pages.
const (
	groupResults  = "Results"
	groupPhotos   = "In the photos and beside them"
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

// settingErrors are what is wrong with settings that are right one by one.
type settingErrors []error

func (c *settingErrors) fail(flag, value, want string) {
	*c = append(*c, fmt.Errorf("--%s %s: %s", flag, value, want))
}

func (c settingErrors) err() error { return errors.Join(c...) }

// refused is the error for a setting whose value turns out to be wrong when it is used, or names a
// file that cannot be read.
func refused(name string, err error) error {
	e, ok := errors.AsType[*tagroll.Error](err)
	if !ok {
		e = &tagroll.Error{Code: tagroll.CodeConfiguration}
	}
	return &usageError{err: &tagroll.Error{Code: e.Code, Stage: e.Stage, Message: fmt.Sprintf("--%s: %v", name, err), Err: err}}
}

// providerFlags choose and configure the describer.
type providerFlags struct {
	provider, model, baseURL, apiKey, keyFile, keyCommand, detail, tier, prices string

	maxEdge int
	// tierPatience is how long a photo waits for a busy tier before it takes the next.
	tierPatience  time.Duration
	providerGiven bool // not "auto"
	// preset is zero for the built-in describer and for servers that are in no table.
	preset openai.Provider
	set    *settings.Set
}

// providerNames are the choices of --provider.
func providerNames() []string {
	names := []string{"auto"}
	for _, p := range openai.Providers() {
		names = append(names, p.Name)
	}
	return append(names, "offline")
}

func (s *providerFlags) add(set *settings.Set) {
	s.set = set
	set.Add(settings.Setting{
		Name: "provider", Group: groupProvider, Arg: "NAME", Value: settings.Text(&s.provider, "auto"),
		Choices: providerNames(),
		Help:    "{choices}; auto is openai if there is a key or a base URL, else offline. See: tagroll help providers",
	}, settings.Setting{
		Name: "model", Group: groupProvider, Arg: "NAME", In: settings.AnyFile, Value: settings.Text(&s.model, ""),
		Default: openai.DefaultModel + ", or the provider's",
		Help:    "the model to ask",
	}, settings.Setting{
		Name: "base-url", Group: groupProvider, Arg: "URL", Env: []string{"OPENAI_BASE_URL"}, Value: settings.Text(&s.baseURL, ""),
		Default: "$OPENAI_BASE_URL, or the provider's",
		Help:    "an OpenAI-compatible server",
	}, settings.Setting{
		Name: "api-key", Group: groupProvider, Arg: "KEY", Env: []string{"OPENAI_API_KEY"}, Secret: true, Value: settings.Text(&s.apiKey, ""),
		Help: "better set as $OPENAI_API_KEY, or the provider's variable, where nobody sees it",
	}, settings.Setting{
		Name: "tier", Group: groupProvider, Arg: "TIER", Value: settings.Text(&s.tier, openai.TierStandard),
		Choices: []string{openai.TierStandard, openai.TierFlex, openai.TierFlexAuto},
		Help: fmt.Sprintf(`{choices}; flex costs half, answers later, and gives a photo %.0f minutes unless
			--timeout is set; flex,auto takes the full price for photos that wait too long`, openai.FlexTimeout.Minutes()),
	}, settings.Setting{
		Name: "api-key-file", Group: groupProvider, Arg: "FILE", Value: settings.Text(&s.keyFile, ""),
		Help: "a file that holds the key",
	}, settings.Setting{
		Name: "api-key-command", Group: groupProvider, Arg: "CMD", Value: settings.Text(&s.keyCommand, ""),
		Help: "a command that prints the key, such as one of a password manager",
	}, settings.Setting{
		Name: "detail", Group: groupProvider, Arg: "LEVEL", In: settings.AnyFile, Value: settings.Text(&s.detail, openai.DefaultDetail),
		// "auto" is "original" for the models that have it.
		Choices: []string{"low", "high", "auto"},
		Help:    "how closely the model looks: {choices}",
	}, settings.Setting{
		Name: "max-edge", Group: groupProvider, Arg: "N", In: settings.AnyFile, Value: settings.Func(strconv.Itoa(tagroll.ImageSide), s.setMaxEdge),
		Help: `the longer side of the image that is sent, in pixels. 768 costs about a fifth less
			in all than 1024 and loses little; see docs/costs.md`,
		Want: "give pixels, such as 768 or 1024",
	}, settings.Setting{
		Name: "prices", Group: groupProvider, Arg: "FILE", Value: settings.Text(&s.prices, ""),
		Default: "a built-in table",
		Help: `what models cost and how they are asked, beside the built-in table: JSON such as
			{"models": {"NAME": {"input": 0.05, "cached_input": 0.005, "output": 0.40}}},
			in dollars per million tokens, or {"models": {"DEPLOYMENT": {"like": "gpt-6-luna"}}}`,
	})
}

// setMaxEdge reads --max-edge: from 64 pixels to the longest side of a JPEG.
func (s *providerFlags) setMaxEdge(text string) (err error) {
	if s.maxEdge, err = strconv.Atoi(text); err == nil && (s.maxEdge < 64 || s.maxEdge > math.MaxUint16) {
		err = strconv.ErrRange
	}
	return err
}

// check decides what "auto" means, and takes the key from the provider's own variable. What is
// meant for OpenAI in the environment is not sent to anybody else.
func (s *providerFlags) check(getenv func(string) string) {
	s.providerGiven = s.provider != "auto"
	if !s.providerGiven {
		s.provider = "offline"
		if s.apiKey != "" || s.keyFile != "" || s.keyCommand != "" || s.baseURL != "" {
			s.provider = "openai"
		}
	}
	if s.provider == "offline" {
		return
	}
	if s.provider != "openai" {
		s.preset, _ = openai.FindProvider(s.provider)
		if s.set.Lookup("base-url").Source() == "OPENAI_BASE_URL" {
			s.baseURL = ""
		}
		if s.set.Lookup("api-key").Source() == "OPENAI_API_KEY" {
			s.apiKey = ""
		}
	} else if at, ok := openai.ProviderAt(s.baseURL); ok {
		s.preset = at
	}
	source := s.set.Lookup("api-key").Source()
	if s.apiKey != "" && source != "OPENAI_API_KEY" {
		return // given for this server
	}
	if s.keyFile != "" || s.keyCommand != "" {
		return // see apiKey
	}
	for _, name := range s.preset.Keys {
		if key := getenv(name); key != "" {
			s.apiKey = key
			return
		}
	}
}

// inline reports whether the provider takes images within the request only.
func (s *providerFlags) inline() bool { return s.preset.Inline }

// server is the provider's base URL; empty for the built-in describer.
func (s *providerFlags) server() string {
	if s.provider == "offline" {
		return ""
	}
	return cmp.Or(s.baseURL, s.preset.BaseURL, openai.DefaultBaseURL)
}

// host is where the model is asked, as a person would name it; empty for the built-in describer.
func (s *providerFlags) host() string {
	if s.provider == "offline" {
		return ""
	}
	return terminal.HostOf(s.server())
}

// effortFlags say how much is done for a photo, and for how many at once.
type effortFlags struct {
	concurrency int
	auto        bool // as many calls at once as the provider allows, up to concurrency
	timeout     time.Duration
	retries     int
	maxWait     time.Duration
	warmUp      time.Duration

	set *settings.Set
}

// checkTier gives photos more time at a slow tier, unless somebody has said how much. It returns
// how long a photo waits for that tier before it takes the next one: half of --max-wait, since a
// photo that has waited for all of it has failed.
func (s *effortFlags) checkTier(tier string) (patience time.Duration) {
	if tier != openai.TierStandard && !s.set.Lookup("timeout").Given() {
		s.timeout = openai.FlexTimeout
	}
	return s.maxWait / 2
}

func (s *effortFlags) add(set *settings.Set) {
	s.set = set
	set.Add(settings.Setting{
		Name: "concurrency", Short: "c", Group: groupEffort, Arg: "N", In: settings.AnyFile,
		Value: settings.Func(strconv.Itoa(batch.DefaultConcurrency), s.setConcurrency),
		Help: fmt.Sprintf(`photos of one batch at once; auto: as many as the provider answers well, from 2 up
			to %d; auto:40: up to 40`, limit.DefaultMaxWindow),
		Want: "give a number of photos, such as 5 or 20, or auto, or auto:40",
	}, settings.Setting{
		Name: "timeout", Group: groupEffort, Arg: "TIME", In: settings.AnyFile,
		Value: settings.Duration(&s.timeout, batch.DefaultTimeout),
		Help: `for one photo with all its attempts, such as 45s or 2m; the time for which the
			provider's rate limit holds it back is not counted`,
	}, settings.Setting{
		Name: "retries", Group: groupEffort, Arg: "N", In: settings.AnyFile,
		Value: settings.Number(&s.retries, batch.DefaultRetries, 0),
		Help: `how often a failed call is repeated, when the failure is of the kind that passes:
			network, 5xx; a refusal (429) is waited out and uses up no repetition`,
		Want: "give 0 or more",
	}, settings.Setting{
		Name: "max-wait", Group: groupEffort, Arg: "TIME", In: settings.AnyFile,
		Value: settings.Duration(&s.maxWait, batch.DefaultMaxWait),
		Help:  "how long a photo waits in all after refusals (429) before it has failed",
	}, settings.Setting{
		Name: "warm-up", Group: groupEffort, Arg: "TIME", In: settings.AnyFile,
		Value:   settings.Duration(&s.warmUp, batch.DefaultWarmUp),
		Default: settings.DurationText(batch.DefaultWarmUp) + ", four times --timeout at most",
		Help:    "how long a server in the local network may take for its first answer, since it may have to load its model",
	})
}

// setConcurrency reads "5", "auto" or "auto:40".
func (s *effortFlags) setConcurrency(text string) error {
	number, auto := strings.CutPrefix(text, "auto")
	if auto && number == "" {
		s.auto, s.concurrency = true, limit.DefaultMaxWindow
		return nil
	}
	if auto {
		var colon bool
		if number, colon = strings.CutPrefix(number, ":"); !colon {
			number = ""
		}
	}
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || n < 1 {
		return errors.New("give a number of photos, auto, or auto:40")
	}
	s.auto, s.concurrency = auto, int(n)
	return nil
}

// options returns the options of a batch that asks the server at a base URL; empty for none. All
// batches with the same options share what is known of its limits. No more than budget dollars are
// spent; zero for no bound.
func (s *effortFlags) options(baseURL string, budget float64) batch.Options {
	retries := s.retries
	if retries == 0 {
		retries = -1 // 0 means the default there
	}
	o := batch.Options{Concurrency: s.concurrency, Timeout: s.timeout, Retries: retries, MaxWait: s.maxWait}
	o.Limiter = limit.New(limit.Config{Auto: s.auto, MaxWindow: s.concurrency, Deadline: s.timeout, Budget: budget})
	if openai.IsNear(baseURL) {
		warmUp := s.warmUp
		if !s.set.Lookup("warm-up").Given() {
			warmUp = min(warmUp, 4*s.timeout)
		}
		o.WarmUp = batch.NewWarmUp(warmUp)
	}
	return o
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
		Help:    "where temporary images are kept",
	})
}

// check decides what "auto" means; inline is whether the provider takes nothing else.
func (s *deliveryFlags) check(inline bool) {
	if s.deliver == "auto" {
		s.deliver = "inline"
		if s.publicURL != "" && !inline {
			s.deliver = "url"
		}
	}
}

// checkAddresses says what is wrong with the addresses of temporary images.
func (s *deliveryFlags) checkAddresses() error {
	var c settingErrors
	if err := publish.CheckBaseURL(s.publicURL); s.publicURL != "" && err != nil {
		c = append(c, fmt.Errorf("--public-url: %w", err))
	}
	if err := checkTCP(s.tempListen); s.tempListen != "" && err != nil {
		c.fail("temp-listen", s.tempListen, err.Error())
	}
	return c.err()
}

// usualTempListen is where temporary images are served if nothing says so: on all addresses, to
// which whatever stands before this machine leads.
const usualTempListen = ":8787"

// ownTempDefault is how help words listenAddress, for commands that serve temporary images on a
// listener of their own.
const ownTempDefault = "the host and port of --public-url if it names this machine, else " + usualTempListen

// listenAddress is where temporary images are served if nothing says so: the host and
// port of the public URL if it names this machine, else usualTempListen.
func listenAddress(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil || u.Port() == "" {
		return usualTempListen
	}
	if hosts.IsLoopback(u.Hostname()) {
		return u.Host
	}
	return usualTempListen
}

// photoFlags are the limits of a single photo.
type photoFlags struct {
	maxPixels int64 // millions
	maxBytes  int64 // MiB
}

// Default bounds on the size of a file, in MiB. A local file may be large: a 16-bit TIFF of 100
// megapixels has 600 MB. Visitors' files arrive by the hundred.
const (
	maxLocalFile    = 1024
	maxVisitorsFile = tagroll.MaxBytes >> 20
)

func (s *photoFlags) add(set *settings.Set, group string, maxBytes int64) {
	set.Add(settings.Setting{
		Name: "max-pixels", Group: group, Arg: "N", In: settings.AnyFile,
		Value: settings.Number(&s.maxPixels, tagroll.MaxPixels/1_000_000, 1),
		Help:  "larger photos are refused, in millions of pixels",
		Want:  "give millions of pixels, such as 100",
	}, settings.Setting{
		Name: "max-bytes", Group: group, Arg: "N", In: settings.AnyFile,
		Value: settings.Number(&s.maxBytes, maxBytes, 1),
		Help:  "larger files are refused, in MiB",
		Want:  fmt.Sprintf("give MiB, such as %d", maxBytes),
	})
}

func (s *photoFlags) limits(log *slog.Logger) intake.Limits {
	return intake.Limits{MaxBytes: s.maxBytes << 20, MaxPixels: int(s.maxPixels * 1_000_000), Log: log}
}

func (s *photoFlags) compression(log *slog.Logger, maxEdge int) compress.Options {
	return compress.Options{MaxPixels: s.limits(log).MaxPixels, MaxSide: maxEdge, Log: log}
}

// logFlags say what is logged, and how.
type logFlags struct {
	logLevel  slog.Level
	logFormat string
}

// add declares the flags. --verbose is the level below the default one.
func (s *logFlags) add(set *settings.Set, level string) {
	more := "info"
	if level == "info" {
		more = "debug"
	}
	set.Add(settings.Setting{
		Name: "verbose", Short: "v", Group: groupShown, In: settings.NoFile,
		Means: "log-level=" + more,
		Help:  "say more",
	}, settings.Setting{
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
