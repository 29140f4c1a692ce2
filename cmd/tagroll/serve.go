package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/settings"
	"github.com/tagroll/tagroll/telemetry"
	"github.com/tagroll/tagroll/web"
	"github.com/tagroll/tagroll/web/page"
)

// serveSettings are the settings of tagroll serve, understood and checked.
type serveSettings struct {
	nodeSettings
	accessFlags
	listen           string
	metricsListen    string
	checked          string // the address of a server to be asked whether it is ready
	tlsCert, tlsKey  string
	basePath         string // as web.Config has it
	noWork           bool
	public           bool
	trustedProxies   []netip.Prefix
	trustedText      []string // as given
	limits           web.Limits
	batchMB, storeMB int64
}

// serveSettings declares the settings of tagroll serve.
func (p *program) serveSettings() (*settings.Set, *serveSettings) {
	s := &serveSettings{}
	s.tempDefault = "with the page, below /t/"
	set := settings.NewSet("serve")
	set.Add(settings.Setting{
		Name: "listen", Group: groupWhere, Arg: "ADDR", Value: settings.Text(&s.listen, "127.0.0.1:8080"),
		Help: `where the page and the API are served; :8080 is for everybody who can reach this
			machine, and wants --auth, --public or --open; unix:/run/tagroll.sock is a socket for
			a proxy, with ,mode=0666 for one of another group`,
	}, settings.Setting{
		Name: "base-path", Group: groupWhere, Arg: "PATH", Value: settings.Text(&s.basePath, ""), Default: "/",
		Help: `the path below which a proxy serves them, such as /tagroll, whether it passes the path
			on or takes it away`,
	}, settings.Setting{
		Name: "check", Group: groupWhere, Arg: "URL", Value: settings.Text(&s.checked, ""), Default: "start a server",
		Help: `ask the server at this address (or unix:FILE) whether it is ready, and exit with 0 if
			it is: the health check of a container`,
	}, settings.Setting{
		Name: "metrics-listen", Group: groupWhere, Arg: "ADDR", Value: settings.Text(&s.metricsListen, ""),
		Default: "with the page; with --public nowhere",
		Help:    "serve /metrics there",
	}, settings.Setting{
		Name: "tls-cert", Group: groupWhere, Arg: "FILE", Value: settings.Text(&s.tlsCert, ""),
		Help: "serve HTTPS with this certificate (PEM) ...",
	}, settings.Setting{
		Name: "tls-key", Group: groupWhere, Arg: "FILE", Value: settings.Text(&s.tlsKey, ""),
		Help: "... and its key",
	}, settings.Setting{
		Name: "data-dir", Group: groupWhere, Arg: "DIR", Value: settings.Text(&s.dataDir, ""),
		Default: "$XDG_STATE_HOME/tagroll, or what this system has for it",
		Help:    "where batches are kept, by one process at a time",
	})
	s.nodeSettings.add(set)
	s.accessFlags.add(set)
	set.Add(settings.Setting{
		Name: "no-work", Group: groupCluster, Value: settings.Switch(&s.noWork),
		Help: "leave the describing to tagroll worker",
	})
	s.addLimits(set)
	return set, s
}

// parseServe reads the settings of tagroll serve. Its error is a usageError or settings.ErrHelp.
func (p *program) parseServe(args []string) (*serveSettings, error) {
	set, s := p.serveSettings()
	if err := p.readFlags(set, args); err != nil {
		return nil, err
	}
	if s.checked != "" {
		return s, nil // nothing is started
	}
	if err := s.check(p.getenv); err != nil {
		return nil, &usageError{"serve", err}
	}
	return s, nil
}

func (s *serveSettings) check(getenv func(string) string) error {
	var c settingErrors
	s.nodeSettings.check(&c, getenv)
	s.checkAddress(&c)
	s.accessFlags.check(&c, s.listen, s.public)
	if (s.tlsCert == "") != (s.tlsKey == "") {
		c.fail("tls-cert", s.tlsCert, "--tls-cert and --tls-key go together")
	}
	if s.noWork && s.nats == "" {
		c.fail("no-work", "true", "without a cluster nobody else would do it, see --nats")
	}
	if info, err := os.Stat(s.dataDir); s.dataDir != "" && err == nil && !info.IsDir() {
		c.fail("data-dir", s.dataDir, "it is a file: name a folder")
	}
	if s.nats != "" && s.dataDir != "" {
		c.fail("data-dir", s.dataDir, "with --nats the cluster keeps the data")
	}
	for _, text := range s.trustedText {
		network, err := parseNetwork(text)
		if err != nil {
			c.fail("trusted-proxies", text, "give addresses or networks such as 10.0.0.0/8")
			continue
		}
		s.trustedProxies = append(s.trustedProxies, network)
	}
	s.limits.BytesPerBatch, s.limits.StoredBytes = s.batchMB<<20, s.storeMB<<20
	if s.public {
		s.limits = publicUnlessGiven(s.limits)
	}
	s.limits.BudgetPerDay = s.budgetPerDay
	s.limits.BytesPerPhoto = s.maxBytes << 20
	s.limits.PixelsPerPhoto = int(s.maxPixels * 1_000_000)
	if s.nats == "" && s.dataDir == "" {
		var err error
		if s.dataDir, err = defaultDataDir(getenv); err != nil {
			c = append(c, fmt.Errorf("where to keep batches cannot be found out (%w): give a folder with --data-dir", err))
		}
	}
	return c.err()
}

// checkAddress checks where the server listens and what stands before its paths.
func (s *serveSettings) checkAddress(c *settingErrors) {
	if err := checkListen(s.listen); err != nil {
		c.fail("listen", s.listen, err.Error())
	}
	if err := checkListen(s.metricsListen); s.metricsListen != "" && err != nil {
		c.fail("metrics-listen", s.metricsListen, err.Error())
	}
	if isUnix := strings.HasPrefix(s.listen, unixPrefix); isUnix && s.delivers() && s.publicURL == "" && s.tempListen == "" {
		c.fail("deliver", s.deliver, "a provider cannot fetch images from a Unix socket: name the proxy's address with --public-url, or give --temp-listen")
	}
	base := strings.TrimSuffix(s.basePath, "/")
	if !web.IsBasePath(base) {
		c.fail("base-path", s.basePath, "give a path of plain letters such as /tagroll")
	}
	s.basePath = base
}

// defaultDataDir is where programs of this user keep what is worth keeping until it is done: on
// Unix the state folder of the XDG Base Directory Specification.
func defaultDataDir(getenv func(string) string) (string, error) {
	switch runtime.GOOS {
	case "windows", "darwin", "ios":
		dir, err := os.UserConfigDir()
		return filepath.Join(dir, "tagroll"), err
	}
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "tagroll"), nil
	}
	home := getenv("HOME")
	if home == "" {
		return "", errors.New("$HOME is not set")
	}
	return filepath.Join(home, ".local", "state", "tagroll"), nil
}

// serve is tagroll serve.
func (p *program) serve(ctx context.Context, args []string) error {
	s, err := p.parseServe(args)
	if err != nil {
		return err
	}
	if s.checked != "" {
		return p.checkServer(ctx, s.checked)
	}
	n, err := p.newNode(ctx, &s.nodeSettings)
	if err != nil {
		return err
	}
	v := &service{settings: s, node: n, failed: make(chan error, 3)}
	if err := v.start(ctx, p); err != nil {
		return errors.Join(err, v.abandon())
	}
	p.hangUp(v.reload)
	fmt.Fprintln(p.stdout, strings.Join(v.greeting(), "\n"))
	v.supervisor.ready(v.readyStatus())
	watched, unwatch := context.WithCancel(context.Background())
	defer unwatch()
	go v.supervisor.watch(watched, func() { v.queue.Stats() })
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-v.failed:
	}
	return errors.Join(failed, v.stop(p))
}

// service is tagroll serve under way.
type service struct {
	node
	settings  *serveSettings
	listeners []net.Listener // the first is the page's and the API's
	servers   []*http.Server
	web       *web.Server
	cert      *certificate // nil without HTTPS
	failed    chan error   // what a listener ended with; there are three at most
}

// start opens what the service is made of, from the outside in: an address that is taken must not
// cost a data directory that is locked, and nothing is served before it works.
func (v *service) start(ctx context.Context, p *program) error {
	s := v.settings
	if s.tlsCert != "" {
		var err error
		if v.cert, err = newCertificate(s.tlsCert, s.tlsKey, v.log); err != nil {
			return refused("tls-cert, --tls-key", fmt.Errorf("%w: give PEM files that fit together", err))
		}
	}
	listener, err := listenOn(s.listen)
	if err != nil {
		return cannotListen("listen", "cannot listen on", s.listen, err)
	}
	v.listeners = append(v.listeners, listener)
	tempAt := listener
	if s.delivers() && s.tempListen != "" {
		if tempAt, err = s.listenTemp(s.tempListen); err != nil {
			return err
		}
		v.listeners = append(v.listeners, tempAt)
	}
	if s.metricsListen != "" {
		if err := v.serveMetrics(); err != nil {
			return err
		}
	}
	tempBase := ""
	if tempAt == listener {
		tempBase = s.basePath
	}
	if err := v.newPipeline(ctx, p, &s.nodeSettings, tempAt, tempBase); err != nil {
		return err
	}
	v.spareProcessor()
	if err := v.open(ctx, &s.nodeSettings, !s.noWork); err != nil {
		return err
	}
	if err := v.newWeb(ctx); err != nil {
		return err
	}
	v.serveOn(listener, v.web)
	if tempAt != listener {
		v.serveOn(tempAt, v.temp)
	}
	if v.temp != nil {
		v.queue.ServeAddress(v.temp.Address())
	}
	return nil
}

// serveMetrics serves the figures for operators on an address of their own.
func (v *service) serveMetrics() error {
	listener, err := listenOn(v.settings.metricsListen)
	if err != nil {
		return cannotListen("metrics-listen", "metrics cannot be served at", v.settings.metricsListen, err)
	}
	v.listeners = append(v.listeners, listener)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", v.telemetry.Handler())
	v.serveOn(listener, mux)
	return nil
}

func (v *service) newWeb(ctx context.Context) (err error) {
	s := v.settings
	front, err := page.New()
	if err != nil {
		return err
	}
	c := web.Config{
		Node: v.queue, Prepare: v.prepare, Describer: v.describer.Info(), DescriberLabel: v.label(), Agencies: v.agencies, Processors: v.processors,
		Keep: s.keep, Version: version(), Page: front, Limits: s.limits, TrustedProxies: s.trustedProxies, BasePath: s.basePath,
		Secure: s.tlsCert != "", Log: v.log, ImageSide: s.maxEdge,
		Observe: func(r web.Request) { v.telemetry.HTTP(r.Route, r.Method, r.Status, r.Duration) },
	}
	c.Hosts, c.LogClients = s.names(s.listen, s.publicURL), s.logClients
	if c.Password, err = s.password(); err != nil {
		return err
	}
	if c.SessionKey, err = v.queue.Secret(ctx); err != nil {
		return err
	}
	c.TypicalUsage = v.typicalUsage(agency.Default())
	c.PricePerThousandUSD = 1000 * c.TypicalUsage.CostUSD
	c.PriceByAgency = make(map[string]float64)
	for _, a := range v.agencies {
		c.PriceByAgency[a.Info().Name] = 1000 * v.typicalUsage(agency.Set{a}).CostUSD
	}
	c.RawExtensions = intake.RawExtensions()
	if s.metricsListen == "" && !s.public {
		c.Metrics = v.telemetry.Handler()
	}
	if s.delivers() {
		c.Delivery = "url"
		if s.tempListen == "" {
			c.Temp = v.temp
		}
	}
	if v.web, err = web.New(c); err != nil {
		return err
	}
	v.telemetry.WatchServer(func() telemetry.ServerStats {
		now := v.web.Stats()
		return telemetry.ServerStats{
			EventStreams: now.Streams, Uploads: now.Uploads, UploadBytes: now.UploadBytes, Preparing: now.Preparing, Refused: now.Refused,
		}
	})
	return nil
}

// typicalUsage estimates what a photo of 3:2 takes at these agencies once the provider has the
// prompt in its cache; zero if that is not known.
func (v *service) typicalUsage(agencies agency.Set) tagroll.Usage {
	e, ok := v.estimator.(estimator)
	if !ok {
		return tagroll.Usage{}
	}
	edge := v.settings.maxEdge
	return e.Expect(typicalRequest(edge, edge*2/3, agencies.Guide())).Likely
}

// label names the describer on the page.
func (v *service) label() string {
	info, server := v.describer.Info(), v.settings.host()
	switch {
	case !info.Remote:
		return "the built-in describer"
	case server == terminal.HostOf(openai.DefaultBaseURL):
		return info.Model + " at OpenAI"
	}
	return info.Model + " at " + server
}

// prepare turns an upload into the small image and the facts that are kept.
func (v *service) prepare(ctx context.Context, u web.Upload) (_ tagroll.Prepared, err error) {
	ctx, ended := v.telemetry.Prepare(ctx)
	defer func() { ended(err) }()
	prepared, err := v.pipeline.Prepare(ctx, tagroll.Photo{ID: u.Name, Name: u.Name}, u.Data)
	if err == nil && u.Head != nil {
		prepared.Facts = intake.Complete(prepared.Facts, u.Head, v.settings.photoFlags.limits(v.log))
	}
	return prepared, err
}

func (v *service) serveOn(listener net.Listener, handler http.Handler) {
	server := newHTTPServer(handler, v.log)
	v.servers = append(v.servers, server)
	go func() {
		var err error
		switch first := listener == v.listeners[0]; {
		case first && v.cert != nil:
			server.TLSConfig = &tls.Config{GetCertificate: v.cert.get}
			err = server.ServeTLS(v.web.LimitConnections(listener), "", "")
		case first:
			err = server.Serve(v.web.LimitConnections(listener))
		default:
			err = server.Serve(listener)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			v.failed <- err
		}
	}()
}

// reload reads again what is in files: the certificate and the password. It is what SIGHUP does.
func (v *service) reload() {
	v.supervisor.reloading()
	defer v.supervisor.ready(v.readyStatus())
	if v.cert != nil {
		v.cert.reload() // says itself what it has read
	}
	password, err := v.settings.password()
	if err != nil {
		v.log.Warn("the password from before stays", "error", err)
		return
	}
	v.web.SetPassword(password)
	v.log.Info("SIGHUP: the password was read again, and the certificate if it has changed")
}

// readyStatus is what the service manager shows.
func (v *service) readyStatus() string {
	return "Describing with " + describerText(v.describer.Info(), v.settings.host())
}

// greeting says where the service is and what it does.
func (v *service) greeting() []string {
	s := v.settings
	scheme := "http"
	if s.tlsCert != "" {
		scheme = "https"
	}
	kept := "kept in " + s.dataDir
	if s.nats != "" {
		kept = "kept in the cluster"
	}
	lines := []string{
		fmt.Sprintf("tagroll is at %s. Ctrl-C ends it.", browsable(scheme, v.listeners[0].Addr(), s.basePath)),
		"Describing with " + describerText(v.describer.Info(), s.host()) + ".",
		fmt.Sprintf("Batches are %s until %s after their end; originals are not kept.", kept, settings.DurationText(s.keep)),
	}
	if s.open && !isLoopback(s.listen) {
		lines = append(lines, "Everybody who can reach "+v.listeners[0].Addr().String()+" can have photos described at your cost (--open).")
	}
	return lines
}

// browsable is an address that a browser on this machine can go to, or that of a Unix socket.
func browsable(scheme string, address net.Addr, basePath string) string {
	if address.Network() == "unix" {
		return unixPrefix + address.String()
	}
	server := address.String()
	host, port, err := net.SplitHostPort(server)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		server = net.JoinHostPort("localhost", port)
	}
	if basePath != "" {
		basePath += "/"
	}
	return scheme + "://" + server + basePath
}

// leaveAtMost bounds the wait until providers have fetched the images of other nodes. Images whose
// calls wait for a rate limit would never be fetched.
const leaveAtMost = 5 * time.Second

// stop ends the service: it takes no more photos, lets photos under way end within the grace
// period, and hands back the rest. Temporary images are served as long as a photo may need them.
func (v *service) stop(p *program) error {
	v.supervisor.stopping()
	v.log.Info("stopping", "grace", v.settings.grace)
	ctx, cancel := context.WithTimeout(context.Background(), v.settings.grace)
	defer cancel()
	v.web.Close()
	if v.temp != nil {
		leaving, left := context.WithTimeout(ctx, min(v.settings.grace/2, leaveAtMost))
		v.queue.LeaveAddress(leaving, v.temp.Address())
		left()
	}
	errs := []error{v.node.close(ctx)}
	for _, server := range v.servers {
		if err := server.Shutdown(ctx); err != nil {
			v.log.Warn("requests were cut off", "error", err)
			errs = append(errs, server.Close())
		}
	}
	err := errors.Join(errs...)
	v.log.Info("stopped", "error", slog.AnyValue(err))
	return err
}

// abandon gives back what was opened before start failed.
func (v *service) abandon() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	errs := []error{v.node.close(ctx)}
	for _, server := range v.servers {
		errs = append(errs, server.Close())
	}
	for _, listener := range v.listeners {
		_ = listener.Close() // the servers' own are closed already
	}
	return errors.Join(errs...)
}
