//go:build unix

package main

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/tagroll/tagroll/openaitest"
)

// startNATS starts a nats-server at an address.
func startNATS(t *testing.T, address, dir string) {
	t.Helper()
	tcp, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: tcp.Port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	srv.Start()
	if !srv.ReadyForConnections(time.Minute) {
		t.Fatal("the nats-server does not start")
	}
}

// terminate ends a process as a rolling restart does, and waits for its end.
func (s *served) terminate(t *testing.T) {
	t.Helper()
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-s.ended
	if code := s.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit status %d after SIGTERM\n%s", code, s.log)
	}
}

// All nodes of a cluster are restarted one after the other in the middle of a batch: every photo is
// described, and none twice.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	const photos = 36
	nats := freePort(t)
	startNATS(t, nats, t.TempDir())
	api := startServer(t, openaitest.Config{Latency: openaitest.Latency{Median: 300 * time.Millisecond}})
	args := []string{"--listen", "127.0.0.1:0", "--nats", "nats://" + nats, "--base-url",
		api.URL(), "-c", "3", "--log-level", "warn"}
	dirs := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	begin := []func() *served{
		func() *served { return startWatched(t, dirs[0], append([]string{"serve"}, args...)...) },
		func() *served { return startWatched(t, dirs[1], append([]string{"serve"}, args...)...) },
		func() *served { return startWatched(t, dirs[2], append([]string{"worker"}, args...)...) },
	}
	nodes := make([]*served, len(begin))
	for i := range begin {
		nodes[i] = begin[i]()
	}
	b := nodes[0].newBatch(t)
	nodes[0].send(t, b, photos)
	for i := len(nodes) - 1; i >= 0; i-- {
		// A slow start may leave no more.
		waitFor(t, api, calls(min(api.Stats().Calls+3, photos)))
		nodes[i].terminate(t)
		nodes[i] = begin[i]()
	}
	now := nodes[1].await(t, b)
	if now.State != "completed" || now.Progress.Successful != photos {
		t.Errorf("at the end the batch is %s with %+v", now.State, now.Progress)
	}
	if stats := api.Stats(); stats.Calls != photos || stats.DuplicateCalls != 0 || stats.ClientClosed != 0 {
		t.Errorf("%d calls for %d photos, %d of them repeated, %d cut off", stats.Calls, photos, stats.DuplicateCalls, stats.ClientClosed)
	}
}

// A worker's temporary images are fetched from a server that describes nothing.
func TestTemporaryImageThroughAnotherNode(t *testing.T) {
	t.Parallel()
	const photos = 4
	nats, front := freePort(t), freePort(t)
	startNATS(t, nats, t.TempDir())
	api := startServer(t, openaitest.Config{})
	args := []string{"--nats", "nats://" + nats, "--base-url", api.URL(), "--public-url",
		"http://" + front, "--log-level", "warn"}
	serving := startProcess(t, t.TempDir(), append([]string{"serve", "--listen", front, "--no-work"}, args...)...)
	probes := freePort(t)
	startProcess(t, t.TempDir(), append([]string{"worker", "--temp-listen", "127.0.0.1:0", "--listen", probes}, args...)...)
	for _, address := range []string{front, probes} {
		if err := newProgram().serve(t.Context(), []string{"--check", address}); err != nil {
			t.Errorf("--check %s: %v", address, err)
		}
	}
	b := serving.newBatch(t)
	serving.send(t, b, photos)
	now := serving.await(t, b)
	if now.Progress.Successful != photos {
		t.Errorf("%+v", now.Progress)
	}
	if stats := api.Stats(); stats.Calls != photos || stats.Downloads != photos || stats.DownloadFailures != 0 {
		t.Errorf("%d calls, %d images fetched, %d failures", stats.Calls, stats.Downloads, stats.DownloadFailures)
	}
}

// The server through which providers fetch the workers' images is restarted in the middle of a
// batch, and the workers too: no call is made twice, since images go inline meanwhile.
func TestRollingRestartOfThePublicAddress(t *testing.T) {
	t.Parallel()
	const photos = 36
	nats, front := freePort(t), freePort(t)
	startNATS(t, nats, t.TempDir())
	api := startServer(t, openaitest.Config{Latency: openaitest.Latency{Median: 300 * time.Millisecond}})
	args := []string{"--nats", "nats://" + nats, "--base-url", api.URL(), "--public-url",
		"http://" + front, "-c", "3", "--log-level", "warn"}
	dirs := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	worker := func(dir string) func() *served {
		return func() *served {
			return startProcess(t, dir, append([]string{"worker", "--listen", "127.0.0.1:0", "--temp-listen", "127.0.0.1:0"}, args...)...)
		}
	}
	begin := []func() *served{
		func() *served {
			return startProcess(t, dirs[0], append([]string{"serve", "--listen", front, "--no-work"}, args...)...)
		},
		worker(dirs[1]), worker(dirs[2]),
	}
	nodes := make([]*served, len(begin))
	for i := range begin {
		nodes[i] = begin[i]()
	}
	b := nodes[0].newBatch(t)
	nodes[0].send(t, b, photos)
	for i := range nodes {
		waitFor(t, api, calls(min(api.Stats().Calls+6, photos)))
		nodes[i].terminate(t)
		if i == 0 {
			// While nothing is at the address.
			waitFor(t, api, calls(min(api.Stats().Calls+4, photos)))
		}
		nodes[i] = begin[i]()
	}
	now := nodes[0].await(t, b)
	if now.Progress.Successful != photos {
		t.Errorf("at the end the batch is %s with %+v", now.State, now.Progress)
	}
	stats := api.Stats()
	// The server waits for leaveAtMost until images are fetched. On a machine that is busier
	// than that, the calls then under way (two workers with three each) may miss their image,
	// and are made again with the image inline.
	missed := stats.DownloadFailures
	if stats.Calls != photos+missed || missed > 6 || stats.DuplicateCalls != 0 || stats.ClientClosed != 0 {
		t.Errorf("%d calls for %d photos, %d of them repeated, %d failed downloads, %d cut off", stats.Calls, photos, stats.DuplicateCalls, stats.DownloadFailures, stats.ClientClosed)
	}
	if stats.Downloads == 0 || stats.Downloads == photos {
		t.Errorf("%d images were fetched, want some, and the others inline", stats.Downloads)
	}
}

// A server that is started before its cluster waits for it, and says so.
func TestWaitsForTheCluster(t *testing.T) {
	t.Parallel()
	nats, address := freePort(t), freePort(t)
	dir := t.TempDir()
	c := command(t.Context(), t, dir, []string{"HOME=" + dir}, "serve", "--listen",
		address, "--provider", "offline", "--nats", "nats://"+nats)
	log := &heardBuffer{want: "waiting for the cluster", heard: make(chan struct{})}
	ready := &heardBuffer{want: "tagroll is at", heard: make(chan struct{})}
	c.Stderr, c.Stdout = log, ready
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Wait() // ended by the test
	}()
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt)
		<-ended
	})
	for _, b := range []*heardBuffer{log, ready} {
		select {
		case <-b.heard:
		case <-ended:
			t.Fatalf("the server has ended:\n%s", &log.text)
		case <-time.After(time.Minute):
			t.Fatalf("never heard: %s", b.want)
		}
		if b == log {
			startNATS(t, nats, filepath.Join(dir, "nats"))
		}
	}
}
