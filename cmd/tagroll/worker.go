package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/spf13/pflag"

	"github.com/tagroll/tagroll"
)

// workerSettings are the flags of tagroll worker, understood and checked.
type workerSettings struct {
	nodeSettings
	listen string
}

// workerFlags returns the flags of tagroll worker and where their values go.
func (p *program) workerFlags() (*pflag.FlagSet, *workerSettings) {
	s := &workerSettings{}
	f := p.flagSet("worker")
	f.StringVar(&s.listen, "listen", "", "")
	s.nodeSettings.add(f, p.getenv)
	return f, s
}

// parseWorker reads the flags of tagroll worker. Its error is a usageError or pflag.ErrHelp.
func (p *program) parseWorker(args []string) (*workerSettings, error) {
	f, s := p.workerFlags()
	if err := p.parse(f, args); err != nil {
		return nil, err
	}
	var c complaints
	if f.NArg() > 0 {
		c = append(c, fmt.Errorf("%q is not a flag: worker takes only flags", f.Arg(0)))
	}
	s.nodeSettings.check(&c)
	if s.nats == "" {
		c = append(c, errors.New("--nats is missing: name the cluster whose batches are to be described, such as --nats nats://10.0.0.5:4222"))
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
	if err := n.newPipeline(p, &s.nodeSettings, listener); err != nil {
		return err
	}
	if n.temp != nil {
		defer serveBeside(listener, n.temp, n.log)()
	}
	if err := n.open(ctx, &s.nodeSettings, true); err != nil {
		return errors.Join(err, n.close(ctx))
	}
	stopProbes, err := n.serveProbes(s.listen)
	if err != nil {
		return errors.Join(err, n.close(ctx))
	}
	defer stopProbes()
	announce(p.stdout, "Describing batches of "+hostsOf(s.nats)+" with "+who(n.describer.Info(), hostOf(s.baseURL))+". Ctrl-C ends it.")
	<-ctx.Done()

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
		return nil, &tagroll.Error{Code: tagroll.CodeConfiguration, Message: fmt.Sprintf("cannot listen on %s (%v): choose another address with --listen", address, err), Err: err}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := n.queue.Ready(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /metrics", n.telemetry.Handler())
	return serveBeside(listener, mux, n.log), nil
}
