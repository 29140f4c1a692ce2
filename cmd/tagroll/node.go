package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/pipeline"
	"github.com/tagroll/tagroll/publish"
	"github.com/tagroll/tagroll/queue"
	"github.com/tagroll/tagroll/telemetry"
)

// engineFlags say where batches are kept, and how many of them a node takes.
type engineFlags struct {
	dataDir                           string
	nats, creds, ca, certificate, key string
	replicas, maxBatches, maxPhotos   int
	keep, idle, grace                 time.Duration
}

func (s *engineFlags) add(f *pflag.FlagSet) {
	f.StringVar(&s.nats, "nats", "", "")
	f.StringVar(&s.creds, "nats-creds", "", "")
	f.StringVar(&s.ca, "nats-ca", "", "")
	f.StringVar(&s.certificate, "nats-cert", "", "")
	f.StringVar(&s.key, "nats-key", "", "")
	f.IntVar(&s.replicas, "replicas", 1, "")
	f.IntVar(&s.maxBatches, "node-batches", 1000, "")
	f.IntVar(&s.maxPhotos, "node-photos", 100, "")
	f.DurationVar(&s.keep, "keep", time.Hour, "")
	f.DurationVar(&s.idle, "idle", 24*time.Hour, "")
	f.DurationVar(&s.grace, "grace", 30*time.Second, "")
}

func (s *engineFlags) check(c *complaints) {
	c.atLeast("replicas", int64(s.replicas), 1, "give 1, or 3 or 5 with a cluster of so many servers")
	c.atLeast("node-batches", int64(s.maxBatches), 1, "give 1 or more")
	c.atLeast("node-photos", int64(s.maxPhotos), 1, "give 1 or more")
	c.positive("keep", s.keep, "give a time above zero, such as 1h")
	c.positive("idle", s.idle, "give a time above zero, such as 24h")
	c.positive("grace", s.grace, "give a time above zero, such as 30s")
	if s.nats != "" {
		return
	}
	if s.replicas > 1 {
		c.fail("replicas", fmt.Sprint(s.replicas), "more than one needs a cluster of nats-servers, see --nats")
	}
	for flag, value := range map[string]string{"nats-creds": s.creds, "nats-ca": s.ca, "nats-cert": s.certificate, "nats-key": s.key} {
		if value != "" {
			c.fail(flag, value, "it goes with --nats")
		}
	}
}

// node is what tagroll serve and tagroll worker have in common: a share of the engine, and what
// describes photos.
type node struct {
	log       *slog.Logger
	telemetry *telemetry.Telemetry
	describer tagroll.Describer
	agencies  agency.Set
	way       *pipeline.Pipeline
	temp      *publish.Temp // nil if images travel inline
	queue     *queue.Node
}

// nodeSettings are the flags that both commands have.
type nodeSettings struct {
	providerFlags
	effortFlags
	deliveryFlags
	photoFlags
	logFlags
	engineFlags
}

func (s *nodeSettings) add(f *pflag.FlagSet, getenv func(string) string) {
	s.providerFlags.add(f, getenv)
	s.effortFlags.add(f)
	s.deliveryFlags.add(f)
	s.logFlags.add(f, "info")
	s.engineFlags.add(f)
}

func (s *nodeSettings) check(c *complaints) {
	s.providerFlags.check(c)
	s.effortFlags.check(c)
	s.deliveryFlags.check(c)
	s.logFlags.check(c)
	s.engineFlags.check(c)
}

// delivers reports whether images are given temporary URLs.
func (s *nodeSettings) delivers() bool { return s.provider != "offline" && s.deliver == "url" }

// newNode returns a node that logs and measures, and does nothing yet.
func (p *program) newNode(ctx context.Context, s *nodeSettings) (node, error) {
	n := node{log: s.logger(p.stderr)}
	var err error
	n.telemetry, err = telemetry.New(ctx, telemetry.Config{Version: version(), Console: p.stderr, Log: n.log})
	return n, err
}

// newPipeline makes what describes photos. The listener is where temporary images are served; nil if
// they are not.
func (n *node) newPipeline(p *program, s *nodeSettings, listener net.Listener) (err error) {
	describer, err := p.newDescriber(&s.providerFlags)
	if err != nil {
		return err
	}
	n.describer = n.telemetry.Describer(describer)
	for _, name := range agency.Names() {
		a, err := agency.Lookup(name)
		if err != nil {
			return err
		}
		n.agencies = append(n.agencies, a)
	}
	s.sweep(n.log)
	var publisher tagroll.Publisher = publish.Inline{}
	if s.delivers() {
		if n.temp, err = s.newTemp(listener, n.log); err != nil {
			return err
		}
		publisher = n.telemetry.Publisher(n.temp)
	}
	// One more than photos are prepared on: where all are at work on photos, whoever asks for a batch's state
	// waits for tens of milliseconds until one of them looks at the network (BenchmarkServe).
	processors := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(processors + 1)
	limits := s.limits(n.log)
	n.way, err = pipeline.New(pipeline.Config{
		Read:       limits.Read,
		Inspect:    limits.Inspect,
		Compress:   s.compression(n.log).Compress,
		Publisher:  publisher,
		Fallback:   publish.Inline{},
		Describer:  n.describer,
		Observe:    n.telemetry.Stage,
		Processors: processors,
		Log:        n.log,
	})
	return err
}

// open takes part in the engine. Without work the node only accepts and shows batches.
func (n *node) open(ctx context.Context, s *nodeSettings, work bool) (err error) {
	c := queue.Config{
		DataDir: s.dataDir, URL: s.nats, Credentials: s.creds, CA: s.ca, Certificate: s.certificate, Key: s.key, Replicas: s.replicas,
		Options: s.options(), MaxBatches: s.maxBatches, MaxPhotos: s.maxPhotos, Keep: s.keep, Idle: s.idle, Log: n.log,
	}
	if work {
		c.Work = n.telemetry.Work(n.work)
	}
	if n.queue, err = queue.Open(ctx, c); err != nil {
		return err
	}
	n.telemetry.Watch(n.queue)
	return nil
}

// work is a [queue.Work].
func (n *node) work(ctx context.Context, b queue.Batch, photo tagroll.Photo, prepared tagroll.Prepared, attempt tagroll.Attempt) (tagroll.Result, error) {
	rules := make(agency.Set, 0, len(b.Agencies))
	for _, name := range b.Agencies {
		a, err := agency.Lookup(name)
		if err != nil {
			return tagroll.Result{}, err
		}
		rules = append(rules, a)
	}
	return n.way.WithRules(rules).Describe(ctx, photo, prepared, attempt)
}

// close gives photos under way the time until ctx ends, hands back what is left, and cleans up.
func (n *node) close(ctx context.Context) error {
	var errs []error
	if n.queue != nil {
		errs = append(errs, n.queue.Close(ctx))
	}
	if n.temp != nil {
		errs = append(errs, n.temp.Close())
	}
	if err := n.telemetry.Close(ctx); err != nil {
		n.log.Warn("stopping", "error", err) // traces are no reason to exit with a failure
	}
	return errors.Join(errs...)
}

// newHTTPServer returns a server with the bounds that every listener has. Uploads and event streams take their
// own time, which package web watches over.
func newHTTPServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// who says in a sentence who describes the photos.
func who(info tagroll.DescriberInfo, server string) string {
	if !info.Remote {
		return "the built-in describer, which does not recognise subjects (see: tagroll help providers)"
	}
	if server != "" {
		return info.Model + " at " + server
	}
	return info.Model
}

// hostsOf names the servers of a list of URLs, without what else stands in them: a password, for one.
func hostsOf(urls string) string {
	var hosts []string
	for u := range strings.SplitSeq(urls, ",") {
		if !strings.Contains(u, "://") {
			u = "nats://" + u
		}
		hosts = append(hosts, hostOf(u))
	}
	return strings.Join(hosts, ", ")
}

// announce writes what a person who has started the command wants to know.
func announce(w io.Writer, lines ...string) {
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
}
