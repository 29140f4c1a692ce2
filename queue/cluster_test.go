package queue

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/internal/sleep"
)

// serve starts nats-servers on the loopback interface, a cluster if there are several.
func serve(t *testing.T, count int) []*server.Server {
	t.Helper()
	// Each server must know the ports of all before they start.
	var routes []*url.URL
	for range count {
		routes = append(routes, &url.URL{Scheme: "nats", Host: freeAddress(t)})
	}
	return serveAt(t, routes)
}

// lastPort is what freeAddress has tried last; processes begin at ports of their own.
var lastPort atomic.Int64

func init() { lastPort.Store(int64(os.Getpid()) * 101) }

// freeAddress returns an address of the loopback interface on which nobody listens. Its port is
// below those that systems give to connections, and to listeners that ask for any: nobody takes it
// before a server does.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprint("127.0.0.1:", 20_000+lastPort.Add(1)%10_000)
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

func serveAt(t *testing.T, routes []*url.URL) []*server.Server {
	t.Helper()
	servers := make([]*server.Server, len(routes))
	for i := range routes {
		opts := &server.Options{
			ServerName: fmt.Sprint("s", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: t.TempDir(), JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 1 << 30,
		}
		if len(routes) > 1 {
			var port int
			if _, err := fmt.Sscan(routes[i].Port(), &port); err != nil {
				t.Fatal(err)
			}
			opts.Cluster = server.ClusterOpts{Name: "tagroll", Host: "127.0.0.1", Port: port}
			opts.Routes = routes
		}
		srv, err := server.NewServer(opts)
		if err != nil {
			t.Fatal(err)
		}
		servers[i] = srv
		t.Cleanup(func() {
			srv.Shutdown()
			srv.WaitForShutdown()
		})
	}
	var all sync.WaitGroup
	for _, srv := range servers {
		all.Go(srv.Start)
	}
	all.Wait()
	for _, srv := range servers {
		if !srv.ReadyForConnections(patience) {
			t.Fatal("a server does not start")
		}
	}
	return servers
}

// urls returns the address of the servers.
func urls(servers ...*server.Server) string {
	var all []string
	for _, srv := range servers {
		all = append(all, srv.ClientURL())
	}
	return strings.Join(all, ",")
}

// quick is the timing of tests in which nodes die. Its lease is too short for production, and long
// enough that a node on a slow machine is not taken for dead.
func quick() timing {
	t := unhurried()
	t.lease, t.heartbeat, t.tick, t.quiet = 5*time.Second, 500*time.Millisecond, 200*time.Millisecond, time.Second
	t.silence, t.create = 500*time.Millisecond, time.Second
	return t
}

// abandon makes a node disappear as if its process was killed: it says nothing any more to anybody.
func abandon(t *testing.T, n *Node) {
	t.Helper()
	n.conn.Close()
	stop(t, n)
}

// ledger counts the calls made for each photo over all nodes.
type ledger struct {
	mu    sync.Mutex
	calls map[string]int
}

func (l *ledger) note(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls == nil {
		l.calls = map[string]int{}
	}
	l.calls[id]++
}

// total returns all calls, and those of the photo that had most.
func (l *ledger) total() (sum, most int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.calls {
		sum += n
		most = max(most, n)
	}
	return sum, most
}

// Two nodes share the batches; each sees what the other does.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	servers := serve(t, 1)
	var calls ledger
	work := describing(func(_ context.Context, photo tagroll.Photo) error {
		calls.note(photo.Name)
		return nil
	})
	front := start(t, Config{URL: urls(servers...)})
	for range 2 {
		start(t, Config{URL: urls(servers...), Work: work})
	}
	var batches []string
	for i := range 10 {
		b := create(t, front)
		batches = append(batches, b)
		for j := range 5 {
			p := newPhoto(fmt.Sprint("p", j))
			p.Name = fmt.Sprint(i, "-", j)
			if _, err := front.Add(t.Context(), b, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, b := range batches {
		s := until(t, front, b, "all are done", done)
		if s.Progress.Successful != 5 {
			t.Error(counts(s))
		}
	}
	if sum, most := calls.total(); sum != 50 || most != 1 {
		t.Errorf("%d calls, up to %d for one photo; want 50, one for each", sum, most)
	}
}

// The same photo is sent to two nodes at once: it is one photo, with one call.
func TestSamePhotoAtTwoNodes(t *testing.T) {
	t.Parallel()
	servers := serve(t, 1)
	var calls ledger
	work := describing(func(_ context.Context, photo tagroll.Photo) error {
		calls.note(photo.ID)
		return nil
	})
	nodes := []*Node{start(t, Config{URL: urls(servers...), Work: work}), start(t, Config{URL: urls(servers...), Work: work})}
	b := create(t, nodes[0])
	if err := nodes[1].replica.awaitNewest(t.Context(), b, 1); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 20 {
		for _, n := range nodes {
			all.Go(func() {
				if p, err := n.Add(t.Context(), b, newPhoto(fmt.Sprint("p", i))); err != nil || p.ID != fmt.Sprint("p", i) {
					t.Errorf("%+v, %v", p, err)
				}
			})
		}
	}
	all.Wait()
	s := until(t, nodes[0], b, "all are done", func(s Snapshot) bool { return done(s) && len(s.Photos) == 20 })
	if sum, most := calls.total(); sum != 20 || most != 1 || s.Progress.Calls != 20 {
		t.Errorf("%d calls, up to %d for one photo; counted %d", sum, most, s.Progress.Calls)
	}
}

// A RAW file and its JPEG are sent to two nodes at once: they are one photo, with one call.
func TestPairsAtTwoNodes(t *testing.T) {
	t.Parallel()
	servers := serve(t, 1)
	var calls ledger
	work := describing(func(_ context.Context, photo tagroll.Photo) error {
		calls.note(photo.ID)
		return nil
	})
	nodes := []*Node{start(t, Config{URL: urls(servers...), Work: work}), start(t, Config{URL: urls(servers...), Work: work})}
	b := create(t, nodes[0])
	if err := nodes[1].replica.awaitNewest(t.Context(), b, 1); err != nil {
		t.Fatal(err)
	}
	const pairs = 8
	for i := range pairs {
		var both sync.WaitGroup
		for node, ending := range []string{".CR2", ".JPG"} {
			both.Go(func() {
				if _, err := nodes[node].Add(t.Context(), b, shot(fmt.Sprint("IMG_", i, ending), noon)); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
	}
	for _, n := range nodes {
		s := until(t, n, b, "all are done", done)
		if len(s.Photos) != pairs || s.Progress.Calls != pairs {
			t.Errorf("%d photos, %d calls for %d pairs", len(s.Photos), s.Progress.Calls, pairs)
		}
		for _, p := range s.Photos {
			if want := strings.TrimSuffix(p.Name, ".JPG") + ".CR2"; !slices.Equal(p.Partners, []string{want}) {
				t.Errorf("%s has the files %v", p.Name, p.Partners)
			}
		}
	}
	if sum, most := calls.total(); sum != pairs || most != 1 {
		t.Errorf("%d calls, up to %d for one photo", sum, most)
	}
}

// lateStream is a stream whose values are delivered when somebody asks for its last one.
type lateStream struct {
	jetstream.Stream
	deliver func() (last uint64)
}

func (s lateStream) Info(context.Context, ...jetstream.StreamInfoOpt) (*jetstream.StreamInfo, error) {
	return &jetstream.StreamInfo{State: jetstream.StreamState{LastSeq: s.deliver()}}, nil
}

// A photo that another node added is claimed before its first record was delivered: it comes with a
// later revision, for which whoever wants to see all photos waits.
func TestReplacedRecordIsAwaited(t *testing.T) {
	m := newReplica(func(string, error) {})
	subject := batchSubject(probe)
	next := []uint64{11, 15, 16} // what is delivered when the stream is asked
	asked := 0
	n := &Node{replica: m, streams: map[string]jetstream.Stream{stateStream: lateStream{deliver: func() uint64 {
		last := next[asked]
		asked++
		m.apply(subject, nil, last)
		return last
	}}}}
	for _, c := range []struct {
		delivered     []uint64
		asked, lastly uint64
	}{
		{[]uint64{9, 10}, 1, 11},  // what came before is not known
		{[]uint64{13}, 3, 16},     // 12 is missing; asked, 14 is missing too: asked again
		{[]uint64{17, 18}, 3, 18}, // nothing is missing
	} {
		for _, rev := range c.delivered {
			m.apply(subject, nil, rev)
		}
		if err := n.closeGaps(t.Context()); err != nil {
			t.Fatal(err)
		}
		if at, open := m.gaps(); at != c.lastly || open || asked != int(c.asked) {
			t.Errorf("after %v: at revision %d, a gap %v, asked %d times", c.delivered, at, open, asked)
		}
	}
}

// A cancellation on one node ends the calls on another.
func TestCancelReachesOtherNodes(t *testing.T) {
	t.Parallel()
	servers := serve(t, 1)
	front := start(t, Config{URL: urls(servers...)})
	ended := make(chan error, 1)
	began := make(chan bool, 1)
	start(t, Config{URL: urls(servers...), Work: describing(func(ctx context.Context, _ tagroll.Photo) error {
		began <- true
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return context.Cause(ctx)
	})})
	b := create(t, front)
	add(t, front, b, 1)
	<-began
	if _, err := front.Cancel(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	<-ended
	until(t, front, b, "the claim is given back", func(Snapshot) bool { return !front.replica.hasWork(b) })
}

// A node dies with calls in flight: another one takes the batch when the lease has run out. What is
// done stays done.
func TestDeadNodesBatchGoesToAnother(t *testing.T) {
	t.Parallel()
	servers := serve(t, 1)
	p := newProvider()
	config := Config{URL: urls(servers...), Work: p.work(), Options: batch.Options{Concurrency: 2}}
	front := startTimed(t, Config{URL: urls(servers...)}, quick())
	first := startTimed(t, config, quick())
	b := create(t, front)
	add(t, front, b, 4)
	p.underWay(t, 2)
	p.let <- nil
	p.underWay(t, 1)
	until(t, front, b, "one is done", func(s Snapshot) bool { return s.Progress.Successful == 1 && s.Progress.Processing == 2 })
	abandon(t, first)
	var calls ledger
	config.Work = describing(func(_ context.Context, photo tagroll.Photo) error {
		calls.note(photo.ID)
		return nil
	})
	startTimed(t, config, quick())
	s := until(t, front, b, "all are done", done)
	if sum, most := calls.total(); sum != 3 || most != 1 || s.Progress.Calls != 6 {
		t.Errorf("%d calls, up to %d for one photo; %d in all", sum, most, s.Progress.Calls)
	}
}

// A node that closes hands its batches on at once, long before their leases run out.
func TestClosingNodeHandsOver(t *testing.T) {
	t.Parallel()
	servers := serve(t, 1)
	timing := unhurried()
	timing.lease = time.Hour // a lease that is not handed back lasts longer than the test
	front := startTimed(t, Config{URL: urls(servers...)}, timing)
	p := newProvider()
	first := startTimed(t, Config{URL: urls(servers...), Work: p.work()}, timing)
	b := create(t, front)
	add(t, front, b, 2)
	p.underWay(t, 2)
	stop(t, first)
	startTimed(t, Config{URL: urls(servers...), Work: instant}, timing)
	until(t, front, b, "all are done", done)
}

// Two nodes believe to have the same batch, because one was silent for too long. Each photo is paid
// for once, the result of the photo that the later one has claimed is the one that counts, and the
// earlier one lets go.
func TestLostLease(t *testing.T) {
	t.Parallel()
	servers := serve(t, 1)
	timing := quick()
	timing.heartbeat = time.Hour // never a sign of life
	silent := timing
	p := newProvider()
	options := batch.Options{Concurrency: 1}
	first := startTimed(t, Config{URL: urls(servers...), Work: p.work(), Options: options, MaxBatches: 1}, silent)
	b := create(t, first)
	add(t, first, b, 3)
	p.underWay(t, 1)
	late := newProvider()
	second := startTimed(t, Config{URL: urls(servers...), Work: late.work(), Options: options}, quick())
	late.underWay(t, 1)
	until(t, first, b, "the photo is claimed again", func(s Snapshot) bool { return s.Photos[0].Calls == 2 })
	for range 3 {
		late.let <- nil
	}
	s := until(t, second, b, "all are done", done)
	if s.Progress.Calls != 4 || p.calls.Load() != 1 || late.calls.Load() != 3 {
		t.Errorf("%d calls, %d by the first node, %d by the second", s.Progress.Calls, p.calls.Load(), late.calls.Load())
	}
}

// A cluster of three servers loses one, and one of three nodes dies, with work under way. Nothing
// is lost, and nothing is paid for twice but what was in flight.
func TestClusterLosesAServer(t *testing.T) {
	t.Parallel()
	servers := serve(t, 3)
	var calls ledger
	work := describing(func(ctx context.Context, photo tagroll.Photo) error {
		calls.note(photo.Name)
		_ = sleep.For(ctx, 100*time.Millisecond)
		return nil
	})
	config := Config{URL: urls(servers...), Replicas: 3, Work: work, Options: batch.Options{Concurrency: 3}}
	timing := quick()
	timing.lease, timing.write = 8*time.Second, 4*time.Second
	named := func(node string) *Node {
		config.Log = logged(t, node)
		return startTimed(t, config, timing)
	}
	nodes, doomed := []*Node{named("0"), named("1")}, named("doomed")
	for nodes[0].Ready() != nil || nodes[1].Ready() != nil || doomed.Ready() != nil {
		_ = sleep.For(t.Context(), 10*time.Millisecond) // until all of them take batches
	}
	const batches, photos = 6, 30
	var ids []string
	for i := range batches {
		b := create(t, nodes[i%2])
		ids = append(ids, b)
	}
	var all sync.WaitGroup
	for i, b := range ids {
		all.Go(func() {
			for j := range photos {
				p := newPhoto(fmt.Sprint("p", j))
				p.Name = fmt.Sprint(i, "-", j)
				// Photos arrive one after the other.
				_ = sleep.For(t.Context(), 10*time.Millisecond)
				err := ErrUnavailable
				for errors.Is(err, ErrUnavailable) {
					_, err = nodes[i%2].Add(t.Context(), b, p)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	until(t, nodes[0], ids[0], "some are done", func(s Snapshot) bool { return s.Progress.Completed > 3 })
	leader := 0
	for i, srv := range servers {
		if srv.JetStreamIsStreamLeader("$G", stateStream) {
			leader = i
		}
	}
	servers[leader].Shutdown()
	abandon(t, doomed)
	all.Wait()
	for i, b := range ids {
		s := until(t, nodes[i%2], b, "all are done", func(s Snapshot) bool { return s.Progress.Successful == photos })
		if len(s.Photos) != photos {
			t.Error(counts(s))
		}
	}
	sum, most := calls.total()
	t.Logf("%d calls for %d photos, up to %d for one", sum, batches*photos, most)
	if extra := sum - batches*photos; extra > 2*batches*3 {
		t.Errorf("%d calls more than photos", extra)
	}
	for _, n := range nodes {
		if err := n.Ready(); err != nil {
			t.Error(err)
		}
	}
}

// A cluster that has lost its quorum takes nothing. It does not answer at first, and later answers
// as if all were well, but for the leader. The node says so although nobody wants to store
// anything.
func TestLostQuorumIsSaid(t *testing.T) {
	t.Parallel()
	servers := serve(t, 3)
	timing := quick()
	timing.write, timing.tick = 2*time.Second, 100*time.Millisecond
	config := Config{URL: urls(servers...), Replicas: 3, Log: logged(t, "n")}
	n := startTimed(t, config, timing)
	if err := n.Ready(); err != nil {
		t.Fatal(err)
	}
	servers[1].Shutdown()
	servers[2].Shutdown()
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	for err := n.Ready(); err == nil || !strings.Contains(err.Error(), "has no leader"); err = n.Ready() {
		if sleep.For(ctx, 20*time.Millisecond) != nil {
			t.Fatalf("ready without a quorum: %v", err)
		}
	}
}
