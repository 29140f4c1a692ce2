package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/cache"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/internal/sleep"
	"github.com/tagroll/tagroll/pipeline"
	"github.com/tagroll/tagroll/publish"
	"github.com/tagroll/tagroll/queue"
	"github.com/tagroll/tagroll/settings"
	"github.com/tagroll/tagroll/telemetry"
	"github.com/tagroll/tagroll/wording"
)

// engineFlags say where batches are kept, and how many of them a node takes.
type engineFlags struct {
	dataDir                           string
	nats, creds, ca, certificate, key string
	replicas, maxBatches, maxPhotos   int
	keep, idle, grace                 time.Duration
	budgetPerDay                      float64 // US dollars; zero for no bound
}

func (s *engineFlags) add(set *settings.Set) {
	set.Add(settings.Setting{
		Name: "keep", Group: groupWhere, Arg: "TIME", Value: settings.Duration(&s.keep, queue.DefaultKeep),
		Help: "how long a batch is kept after its end",
	}, settings.Setting{
		Name: "idle", Group: groupWhere, Arg: "TIME", Value: settings.Duration(&s.idle, queue.DefaultIdle),
		Help: "how long an open batch may wait for another photo",
	}, settings.Setting{
		Name: "grace", Group: groupWhere, Arg: "TIME", Value: settings.Duration(&s.grace, 30*time.Second),
		Help: `how long photos under way may take when the process is asked to end; the rest is
			left for the next start, or for other nodes`,
	}, settings.Setting{
		Name: "node-photos", Group: groupEffort, Arg: "N", Value: settings.Number(&s.maxPhotos, queue.DefaultMaxPhotos, 1),
		Help: `photos of all batches at once; free slots go to the batch that has the fewest, so
			that small ones never wait`,
		Want: "give 1 or more",
	}, settings.Setting{
		Name: "node-batches", Group: groupEffort, Arg: "N", Value: settings.Number(&s.maxBatches, queue.DefaultMaxBatches, 1),
		Help: "batches that this process works on at once",
		Want: "give 1 or more",
	}, settings.Setting{
		Name: "nats", Group: groupCluster, Arg: "URL", Secret: true, Value: settings.Text(&s.nats, ""),
		Help: `the cluster of nats-servers with JetStream that keeps the batches; several URLs with
			commas`,
	}, settings.Setting{
		Name: "nats-creds", Group: groupCluster, Arg: "FILE", Value: settings.Text(&s.creds, ""),
		Help: "the credentials for it",
	}, settings.Setting{
		Name: "nats-ca", Group: groupCluster, Arg: "FILE", Value: settings.Text(&s.ca, ""),
		Help: "the authority that signed its certificate (PEM)",
	}, settings.Setting{
		Name: "nats-cert", Group: groupCluster, Arg: "FILE", Value: settings.Text(&s.certificate, ""),
		Help: "this node's own certificate for it (PEM) ...",
	}, settings.Setting{
		Name: "nats-key", Group: groupCluster, Arg: "FILE", Value: settings.Text(&s.key, ""),
		Help: "... and its key",
	}, settings.Setting{
		Name: "replicas", Group: groupCluster, Arg: "N", Value: settings.Number(&s.replicas, 1, 1),
		Help: "on how many servers everything is kept",
		Want: "give 1, or 3 or 5 with a cluster of so many servers",
	})
}

func (s *engineFlags) check(c *settingErrors) {
	if s.nats != "" {
		s.checkCluster(c)
		return
	}
	if s.replicas > 1 {
		c.fail("replicas", fmt.Sprint(s.replicas), "more than one needs a cluster of nats-servers, see --nats")
	}
	for _, f := range s.clusterFiles() {
		if f.path != "" {
			c.fail(f.flag, f.path, "it goes with --nats")
		}
	}
}

// fileSetting is a setting that names a file; path is empty if it was not given.
type fileSetting struct{ flag, path string }

func (s *engineFlags) clusterFiles() []fileSetting {
	return []fileSetting{{"nats-creds", s.creds}, {"nats-ca", s.ca}, {"nats-cert", s.certificate}, {"nats-key", s.key}}
}

// checkCluster checks how the cluster is reached. No URL is quoted: it may hold a password.
func (s *engineFlags) checkCluster(c *settingErrors) {
	for text := range strings.SplitSeq(s.nats, ",") {
		u, err := url.Parse(natsURL(strings.TrimSpace(text)))
		if err != nil || u.Hostname() == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			*c = append(*c, errors.New("--nats: it is no address of a nats-server: "+
				"give one such as nats://10.0.0.5:4222"))
			break
		}
	}
	for _, f := range s.clusterFiles() {
		if _, err := readDataFile(f.path); f.path != "" && err != nil {
			*c = append(*c, fmt.Errorf("--%s: %w", f.flag, err))
		}
	}
	if (s.certificate == "") != (s.key == "") {
		c.fail("nats-cert", s.certificate, "--nats-cert and --nats-key go together")
	}
}

// natsURL adds to the address of a nats-server what is usual in front of one.
func natsURL(text string) string {
	if strings.Contains(text, "://") {
		return text
	}
	return "nats://" + text
}

// node is what tagroll serve and tagroll worker have in common: a share of the engine, and what
// describes photos.
type node struct {
	log        *slog.Logger
	supervisor supervisor
	telemetry  *telemetry.Telemetry
	describer  tagroll.Describer
	estimator  any // the describer without its decorators
	agencies   agency.Set
	pipeline   *pipeline.Pipeline
	temp       *publish.Temp // nil if images travel inline
	queue      *queue.Node
	shared     *cache.Store // results of pictures, in memory
	words      *batchWords

	processors int // photos that are prepared at once
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

func (s *nodeSettings) add(set *settings.Set) {
	s.providerFlags.add(set)
	s.effortFlags.add(set)
	s.deliveryFlags.add(set)
	s.engineFlags.add(set)
	s.logFlags.add(set, "info")
}

func (s *nodeSettings) check(c *settingErrors, getenv func(string) string) {
	s.providerFlags.check(getenv)
	s.tierPatience = s.effortFlags.checkTier(s.tier)
	s.deliveryFlags.check(s.inline())
	if err := s.checkAddresses(); err != nil {
		*c = append(*c, err)
	}
	s.engineFlags.check(c)
}

// delivers reports whether images are given temporary URLs.
func (s *nodeSettings) delivers() bool { return s.provider != "offline" && s.deliver == "url" }

// newNode returns a node that logs and measures, and does nothing yet.
func (p *program) newNode(ctx context.Context, s *nodeSettings) (node, error) {
	n := node{log: s.logger(p.stderr), processors: runtime.GOMAXPROCS(0), shared: cache.Open(cache.Options{}), words: new(batchWords)}
	n.supervisor = newSupervisor(p.getenv, n.log)
	p.logNotes(n.log)
	var err error
	n.telemetry, err = telemetry.New(ctx, telemetry.Config{Version: version(), Console: p.stderr, Log: n.log})
	return n, err
}

// newPipeline makes what describes photos. The listener is where temporary images are served, below
// basePath; nil if they are not. They are served after open, which lets other nodes have them, too.
func (n *node) newPipeline(ctx context.Context, p *program, s *nodeSettings, listener net.Listener, basePath string) (err error) {
	describer, err := p.newDescriber(ctx, &s.providerFlags, func(line string) { n.log.Warn(line) })
	if err != nil {
		return err
	}
	n.estimator = describer
	if err := checkBudget("budget-per-day", s.budgetPerDay, describer, nil); err != nil {
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
		if n.temp, err = s.newTemp(listener, basePath, laterNode{n}, n.log); err != nil {
			return err
		}
		publisher = n.telemetry.Publisher(n.temp)
	}
	limits, compression := s.limits(n.log), s.compression(n.log, s.maxEdge)
	n.pipeline, err = pipeline.New(pipeline.Config{
		Picture:      limits.Preview,
		Read:         limits.Read,
		Inspect:      limits.Inspect,
		Compress:     compression.Compress,
		ImageVersion: compression.Version(),
		Publisher:    publisher,
		Fallback:     publish.Inline{},
		Describer:    n.describer,
		Estimate:     expect(describer),
		Observe:      n.telemetry.Stage,
		Processors:   n.processors,
		Log:          n.log,
	})
	return err
}

// spareProcessor lets Go use one processor more than photos are prepared on: where all are at work
// on photos, a request for a batch's state waits for tens of milliseconds until one of them looks
// at the network (BenchmarkServe). It is for a command that serves requests.
func (n *node) spareProcessor() { runtime.GOMAXPROCS(n.processors + 1) }

// open takes part in the engine. Without work the node only accepts and shows batches.
func (n *node) open(ctx context.Context, s *nodeSettings, work bool) (err error) {
	c := queue.Config{
		DataDir: s.dataDir, URL: s.nats, Credentials: s.creds, CA: s.ca, Certificate: s.certificate, Key: s.key, Replicas: s.replicas,
		Options: s.options(s.server(), 0), BudgetPerDay: s.budgetPerDay, MaxBatches: s.maxBatches, MaxPhotos: s.maxPhotos, Keep: s.keep, Idle: s.idle, Log: n.log,
	}
	if work {
		c.Work, c.Judge = n.telemetry.Work(n.work), judge
	}
	if n.queue, err = n.openQueue(ctx, c); err != nil && s.dataDir != "" && !s.providerFlags.set.Lookup("data-dir").Given() {
		return fatalError{err}
	}
	if err != nil {
		return err
	}
	n.telemetry.Watch(n.queue)
	if n.temp == nil {
		return nil
	}
	return errors.Join(n.queue.ShareTemporary(n.temp.Image), n.queue.FollowAddress(n.temp.Address(), n.temp.Unfetched))
}

// laterNode is the engine's node, which is opened after the pipeline was made.
type laterNode struct{ *node }

func (n laterNode) TemporaryElsewhere(ctx context.Context, token string) ([]byte, bool) {
	return n.queue.TemporaryElsewhere(ctx, token)
}

func (n laterNode) AddressLeadsNowhere() bool { return n.queue.AddressLeadsNowhere() }

// waitForCluster is the time between two attempts to reach a cluster that is not there yet.
const waitForCluster = 2 * time.Second

// openQueue waits for a cluster that is started later than this process, and says so once a minute.
func (n *node) openQueue(ctx context.Context, c queue.Config) (*queue.Node, error) {
	var said time.Time
	for {
		opened, err := queue.Open(ctx, c)
		if err == nil || c.URL == "" || !errors.Is(err, queue.ErrNotYet) || ctx.Err() != nil {
			return opened, err
		}
		if now := time.Now(); now.Sub(said) >= time.Minute {
			said = now
			n.log.Warn("waiting for the cluster: nothing is accepted before it answers", "servers", hostsOf(c.URL), "error", err)
			n.supervisor.status("Waiting for " + hostsOf(c.URL))
		}
		if sleep.For(ctx, waitForCluster) != nil {
			return nil, err
		}
	}
}

// rulesOf returns the agencies of a batch.
func rulesOf(b queue.Batch) (agency.Set, error) {
	rules := make(agency.Set, 0, len(b.Agencies))
	for _, name := range b.Agencies {
		a, err := agency.Lookup(name)
		if err != nil {
			return nil, err
		}
		rules = append(rules, a)
	}
	if b.Brief.Editorial {
		return rules.Editorial()
	}
	return rules, nil
}

// judge applies a batch's rules to metadata of which a person wrote a part. Where an agency is not
// known any more, as after a downgrade, the describer's own judgement stays.
func judge(b queue.Batch, r *tagroll.Result) {
	if rules, err := rulesOf(b); err == nil {
		rules.Judge(r)
	}
}

// work is a [queue.Work].
func (n *node) work(ctx context.Context, b queue.Batch, photo tagroll.Photo, prepared tagroll.Prepared, attempt tagroll.Attempt) (tagroll.Result, error) {
	rules, err := rulesOf(b)
	if err != nil {
		return tagroll.Result{}, err
	}
	own := n.pipeline.WithRules(rules).WithShare(n.shareWithin(b))
	own = own.WithWords(wording.Rules{Brief: b.Brief, Batch: n.words.of(ctx, b.ID, n.known), Draft: !n.describer.Info().Remote})
	return own.Describe(ctx, photo, prepared, attempt)
}

// shareWithin lets the photos of one session with the same picture share a result: the picture is
// described once. Results of other sessions are none of theirs.
func (n *node) shareWithin(b queue.Batch) func(context.Context, tagroll.Photo, tagroll.Prepared, string) (*tagroll.Result, func(*tagroll.Result), error) {
	session := cmp.Or(b.Session, b.ID)
	return func(ctx context.Context, photo tagroll.Photo, prepared tagroll.Prepared, identity string) (*tagroll.Result, func(*tagroll.Result), error) {
		// The queue numbers the times that a photo is tried.
		id, _, _ := strings.Cut(photo.ID, "~")
		photo.ID = b.ID + "/" + id
		return n.shared.Share(ctx, photo, prepared, identity+" session "+session)
	}
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

// newHTTPServer returns a server with the bounds that every listener has. Uploads and event streams
// take their own time, which package web watches over.
func newHTTPServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// describerText names the describer in a sentence.
func describerText(info tagroll.DescriberInfo, server string) string {
	if !info.Remote {
		return "the built-in describer, which does not recognise subjects (see: tagroll help providers)"
	}
	if server != "" {
		return info.Model + " at " + server
	}
	return info.Model
}

// hostsOf names the servers of a list of URLs, without what else stands in them: a password, for
// one.
func hostsOf(urls string) string {
	var hosts []string
	for u := range strings.SplitSeq(urls, ",") {
		hosts = append(hosts, terminal.HostOf(natsURL(u)))
	}
	return strings.Join(hosts, ", ")
}
