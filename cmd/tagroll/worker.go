package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/tagroll/tagroll/settings"
)

// workerSettings are the settings of tagroll worker, understood and checked.
type workerSettings struct {
	nodeSettings
	listen string
}

// workerSettings declares the settings of tagroll worker.
func (p *program) workerSettings() (*settings.Set, *workerSettings) {
	s := &workerSettings{}
	s.tempDefault = ownTempDefault
	set := settings.NewSet("worker")
	set.Add(settings.Setting{
		Name: "listen", Group: groupWhere, Arg: "ADDR", Value: settings.Text(&s.listen, ""), Default: "nowhere",
		Help: "serve /healthz, /readyz and /metrics there",
	})
	s.nodeSettings.add(set)
	set.Add(s.budgetSetting(groupEffort))
	return set, s
}

// parseWorker reads the settings of tagroll worker. Its error is a usageError or settings.ErrHelp.
func (p *program) parseWorker(args []string) (*workerSettings, error) {
	set, s := p.workerSettings()
	if err := p.readFlags(set, args); err != nil {
		return nil, err
	}
	var c settingErrors
	s.nodeSettings.check(&c, p.getenv)
	if err := checkTCP(s.listen); s.listen != "" && err != nil {
		c.fail("listen", s.listen, err.Error())
	}
	if s.nats == "" {
		c = append(c, errors.New("--nats is missing: name the cluster whose batches are "+
			"to be described, such as --nats nats://10.0.0.5:4222"))
	}
	if err := c.err(); err != nil {
		return nil, &usageError{"worker", err}
	}
	return s, nil
}

// worker is tagroll worker: it describes the photos of a cluster's batches and serves nobody.
func (p *program) worker(ctx context.Context, args []string) (err error) {
	s, err := p.parseWorker(args)
	if err != nil {
		return err
	}
	n, err := p.newNode(ctx, &s.nodeSettings)
	if err != nil {
		return err
	}
	var listener net.Listener
	if s.delivers() {
		address := s.tempListen
		if address == "" {
			address = listenAddress(s.publicURL)
		}
		if listener, err = s.listenTemp(address); err != nil {
			return err
		}
		defer listener.Close()
	}
	if err := n.newPipeline(ctx, p, &s.nodeSettings, listener, ""); err != nil {
		return err
	}
	if err := n.open(ctx, &s.nodeSettings, true); err != nil {
		return errors.Join(err, n.close(ctx))
	}
	if n.temp != nil {
		defer serveBeside(listener, n.temp, n.log)()
	}
	n.spareProcessor()
	stopProbes, err := n.serveProbes(s.listen)
	if err != nil {
		return errors.Join(err, n.close(ctx))
	}
	defer stopProbes()
	p.hangUp(func() { n.log.Info("SIGHUP changes nothing here: a worker has no files to read again") })
	fmt.Fprintf(p.stdout, "Describing batches of %s with %s. Ctrl-C ends it.\n", hostsOf(s.nats), describerText(n.describer.Info(), s.host()))
	n.supervisor.ready("Describing with " + describerText(n.describer.Info(), s.host()))
	watched, unwatch := context.WithCancel(context.Background())
	defer unwatch()
	go n.supervisor.watch(watched, func() { n.queue.Stats() })
	<-ctx.Done()

	n.supervisor.stopping()
	n.log.Info("stopping", "grace", s.grace)
	grace, cancel := context.WithTimeout(context.Background(), s.grace)
	defer cancel()
	return n.close(grace)
}

// serveProbes serves what an operator asks a worker for, if there is an address.
func (n *node) serveProbes(address string) (stop func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, cannotListen("listen", "cannot listen on", address, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := n.queue.Ready(); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			_ = json.NewEncoder(w).Encode(map[string]any{"ready": false, "reasons": []string{err.Error()}})
			return
		}
		// A server answers the same, so that serve --check understands both.
		fmt.Fprintln(w, `{"ready":true}`)
	})
	mux.Handle("GET /metrics", n.telemetry.Handler())
	return serveBeside(listener, mux, n.log), nil
}
