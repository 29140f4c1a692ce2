package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/internal/sleep"
	"github.com/tagroll/tagroll/limit"
)

// Defaults of Config.
const (
	DefaultMaxBatches = 1000
	DefaultMaxPhotos  = 100
	DefaultKeep       = time.Hour
	DefaultIdle       = 24 * time.Hour
)

// Node is one process's share of the work. Its methods are safe for concurrent use.
type Node struct {
	config Config
	timing timing
	now    func() time.Time
	log    *slog.Logger

	engine    *embedded // nil if the engine is a cluster
	conn      *nats.Conn
	js        jetstream.JetStream
	streams   map[string]jetstream.Stream // by name; not changed after open
	replica   *replica
	scheduler *fairScheduler
	budget    *dayQuota // nil without one
	// photosToday counts for TakePhotos.
	photosToday *dayQuota
	workers     workerStates
	address     publicAddress

	resync  atomic.Pointer[context.CancelFunc] // makes the replicator read the state again
	closing atomic.Bool
	bound   atomic.Bool // the consumer of batches is there
	// storeError is why the last write failed; nil once recoverEngine has seen a write succeed.
	storeError atomic.Pointer[error]
	silent     atomic.Pointer[error] // why a cluster does not answer; nil if it does
	damage     atomic.Pointer[Damage]
	// lost is how many changes the store does not have any more; noted is what is noted of the
	// store's highest revision. Only maintain writes it, and Close when maintain has ended.
	lost, noted uint64
	lag         atomic.Int64
	stored      atomic.Uint64
	stopWork    context.CancelFunc // ends what takes and looks after batches
	stopAll     context.CancelFunc // ends everything else
	working     sync.WaitGroup
	all         sync.WaitGroup
	closed      chan struct{} // closed when the node is
	closeErr    error

	mu       sync.Mutex
	runs     map[string]*run // by batch
	room     chan struct{}   // holds a token after a run has ended
	runsDone sync.WaitGroup
}

// Open starts a node. The embedded engine is ready within some hundredths of a second; for a
// cluster Open waits until ctx ends, 30 s at most. It fails with ErrLocked if another process has
// the data directory, with ErrUnavailable if the cluster cannot be reached or cannot store
// (ErrNotYet if that may pass by itself), and with CodeConfiguration.
func Open(ctx context.Context, c Config) (*Node, error) {
	return open(ctx, c, defaultTiming)
}

func open(ctx context.Context, c Config, t timing) (_ *Node, err error) {
	if c, err = c.withDefaults(); err != nil {
		return nil, err
	}
	n := &Node{
		config: c, timing: t, now: t.now, log: c.Log,
		runs: make(map[string]*run), room: make(chan struct{}, 1), closed: make(chan struct{}),
		scheduler: newFairScheduler(c.MaxPhotos), streams: make(map[string]jetstream.Stream), address: publicAddress{node: newID()},
	}
	n.replica = newReplica(func(subject string, err error) {
		n.log.Error("a stored value cannot be read", "subject", subject, "error", err)
	})
	n.photosToday = &dayQuota{node: n, subject: photosSubject}
	if c.BudgetPerDay > 0 {
		n.budget = &dayQuota{node: n, subject: keySubject(budgetName), perDay: c.BudgetPerDay}
		c.Options.Limiter.SpendFrom(n.budget.draw)
	}
	ctx, cancel := context.WithTimeout(ctx, t.open)
	defer cancel()
	if err := n.connect(ctx); err != nil {
		n.shutDown()
		return nil, err
	}
	var all, work context.Context
	all, n.stopAll = context.WithCancel(context.Background())
	work, n.stopWork = context.WithCancel(all)
	n.all.Go(func() { n.replicate(all) })
	if err := n.awaitReplica(ctx); err != nil {
		n.stopAll()
		n.all.Wait()
		n.shutDown()
		return nil, err
	}
	if err := errors.Join(n.answerForRuns(), n.followWorkers()); err != nil {
		n.stopAll()
		n.all.Wait()
		n.shutDown()
		return nil, err
	}
	n.measureStore(ctx) // a full store must not take what comes first
	n.working.Go(func() { n.inspectStore(work) })
	n.working.Go(func() { n.maintain(work) })
	if c.Work != nil {
		// Whoever asks the node right after its start hears that it takes batches.
		consumer, err := n.bind(ctx)
		n.working.Go(func() { n.takeBatches(work, consumer, err) })
		n.all.Go(func() { n.keepLeases(all) })
		if n.engine == nil {
			n.all.Go(func() { n.reportLimiter(all) })
		}
	}
	return n, nil
}

func (c Config) withDefaults() (Config, error) {
	wrong := func(message string) (Config, error) {
		return c, &tagroll.Error{Code: tagroll.CodeConfiguration, Message: message}
	}
	if c.DataDir == "" && c.URL == "" {
		return wrong("the engine needs a data directory, or the URL of a nats-server")
	}
	if c.URL != "" && c.MaxStoreBytes > 0 {
		return wrong("how much a cluster stores is set at its servers, not here")
	}
	if (c.Certificate == "") != (c.Key == "") {
		return wrong("a certificate for the nats-server needs its key, and the key its certificate")
	}
	if c.MaxBatches < 0 || c.MaxPhotos < 0 || c.Replicas < 0 || c.Options.Concurrency < 0 || c.BudgetPerDay < 0 {
		return wrong("the engine's limits must be 1 or more")
	}
	if c.Replicas > 1 && c.URL == "" {
		return wrong("replicas need a cluster: name the URL of its servers")
	}
	setDefault(&c.MaxBatches, DefaultMaxBatches)
	setDefault(&c.MaxPhotos, DefaultMaxPhotos)
	setDefault(&c.Replicas, 1)
	setDefault(&c.Keep, DefaultKeep)
	setDefault(&c.Idle, DefaultIdle)
	setDefault(&c.Options.Concurrency, batch.DefaultConcurrency)
	if c.Options.Limiter == nil {
		c.Options.Limiter = limit.New(limit.Config{Deadline: c.Options.Timeout})
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

func setDefault[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// connect starts the engine if it is embedded, connects to it, and makes sure that it stores.
func (n *Node) connect(ctx context.Context) (err error) {
	opts := []nats.Option{
		nats.Name("tagroll"),
		nats.Timeout(n.timing.connect),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(200 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 100*time.Millisecond),
		// Nothing is sent later than it was meant: a claim that failed must not arrive
		// after all.
		nats.ReconnectBufSize(-1),
		nats.PingInterval(5 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			n.log.Warn("the connection to the engine", "error", err)
		}),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				n.log.Warn("the connection to the engine is lost", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) {
			n.log.Info("the connection to the engine is back")
			if again := n.resync.Load(); again != nil {
				// The replica's consumer may have gone with its server.
				(*again)()
			}
		}),
	}
	url := n.config.URL
	if url == "" {
		if n.engine, err = startEmbedded(n.config.DataDir, n.config.MaxStoreBytes, n.log); err != nil {
			return err
		}
		// No other server could be tried instead.
		opts = append(opts, nats.InProcessServer(n.engine), nats.Timeout(startTimeout))
	} else {
		opts = append(opts, n.security()...)
	}
	if n.conn, err = nats.Connect(url, opts...); err != nil {
		if errors.Is(err, nats.ErrNoServers) || errors.Is(err, nats.ErrTimeout) {
			err = fmt.Errorf("%w: %w", ErrNotYet, err)
		}
		return unavailable("the engine cannot be reached", err)
	}
	if n.js, err = jetstream.New(n.conn); err != nil {
		return unavailable("the engine", err)
	}
	return n.prepare(ctx)
}

// subscribe hears what nodes say to each other of a subject. The server knows of it when subscribe
// returns.
func (n *Node) subscribe(subject string, heard nats.MsgHandler) error {
	if _, err := n.conn.Subscribe(subject, heard); err != nil {
		return err
	}
	return n.conn.FlushTimeout(n.timing.write)
}

func (n *Node) security() []nats.Option {
	var opts []nats.Option
	if n.config.Credentials != "" {
		opts = append(opts, nats.UserCredentials(n.config.Credentials))
	}
	if n.config.CA != "" {
		opts = append(opts, nats.RootCAs(n.config.CA))
	}
	if n.config.Certificate != "" {
		opts = append(opts, nats.ClientCert(n.config.Certificate, n.config.Key))
	}
	return opts
}

// prepare creates the streams, and tries again while a cluster elects its leaders.
func (n *Node) prepare(ctx context.Context) error {
	for {
		// A cluster without a leader does not answer at all.
		try, cancel := context.WithTimeout(ctx, n.timing.create)
		err := n.createStreams(try)
		cancel()
		if err == nil {
			break
		}
		if n.engine != nil {
			return unavailable("the streams cannot be created", err)
		}
		n.log.Warn("the streams cannot be created yet", "error", err)
		if sleep.For(ctx, 250*time.Millisecond) != nil {
			return fmt.Errorf("%w: the streams cannot be created: %w", ErrNotYet, err)
		}
	}
	if n.engine == nil {
		return nil
	}
	n.countLost()
	// The data directory is this process's alone: whatever was leased was leased to a process
	// that is gone.
	err := n.js.DeleteConsumer(ctx, workStream, workers)
	if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return unavailable("the old leases cannot be taken back", err)
	}
	return nil
}

func (n *Node) awaitReplica(ctx context.Context) error {
	for !n.replica.ready() {
		if sleep.For(ctx, time.Millisecond) != nil {
			return unavailable("the state cannot be read", context.Cause(ctx))
		}
	}
	return nil
}

// errNodeClosing is what a node answers once Close was called.
var errNodeClosing = fmt.Errorf("%w: the node is closing", ErrUnavailable)

// Ready reports what is missing for the node to do its work; nil if nothing is.
func (n *Node) Ready() error {
	switch {
	case n.closing.Load():
		return errNodeClosing
	case !n.conn.IsConnected():
		return fmt.Errorf("%w: no connection", ErrUnavailable)
	case n.silent.Load() != nil:
		return *n.silent.Load()
	case !n.replica.ready() && n.engine == nil:
		return fmt.Errorf("%w: the cluster's state is being read; if this lasts it may have lost its quorum", ErrUnavailable)
	case !n.replica.ready():
		return fmt.Errorf("%w: the state is being read", ErrUnavailable)
	case n.config.Work != nil && !n.bound.Load():
		return fmt.Errorf("%w: no batches can be taken yet", ErrUnavailable)
	}
	if err := n.checkSpace(readyFor); err != nil {
		return err
	}
	if err := n.storeError.Load(); err != nil {
		return *err
	}
	return nil
}

// Close stops taking work and lets the photos in flight end, until ctx ends; then it ends their
// calls, and they are pending again. Leases are handed back, so that another node or the next start
// takes the batches over at once. Methods that change something fail with ErrUnavailable from the
// beginning of Close.
func (n *Node) Close(ctx context.Context) error {
	if n.closing.Swap(true) {
		<-n.closed
		return n.closeErr
	}
	defer close(n.closed)
	n.stopWork()
	n.mu.Lock()
	for _, r := range n.runs {
		r.drain()
	}
	n.mu.Unlock()
	stop := context.AfterFunc(ctx, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		for _, r := range n.runs {
			r.end(errNodeClosing)
		}
	})
	defer stop()
	n.working.Wait()
	n.runsDone.Wait()
	n.returnBudget()
	n.stopAll()
	n.all.Wait()
	n.noteHighest()
	n.closeErr = n.shutDown()
	return n.closeErr
}

// returnBudget gives back what was drawn of the day's budget and not spent.
func (n *Node) returnBudget() {
	if n.budget == nil {
		return
	}
	unspent, until := n.config.Options.Limiter.Unspent()
	if unspent == 0 {
		return
	}
	if err := n.budget.giveBack(context.Background(), unspent, until); err != nil {
		n.log.Warn("a part of the day's budget could not be given back", "dollars", unspent, "error", err)
	}
}

// shutDown closes the connection and the embedded engine, whatever there is of them.
func (n *Node) shutDown() error {
	if n.conn != nil {
		if n.conn.IsConnected() {
			_ = n.conn.FlushTimeout(time.Second) // leases that are handed back
		}
		n.conn.Close()
	}
	if n.engine != nil {
		return n.engine.stop()
	}
	return nil
}

// accepts fails if the node takes no changes any more.
func (n *Node) accepts(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if n.closing.Load() {
		return errNodeClosing
	}
	return nil
}

// Get returns a batch. It fails with ErrNotFound.
func (n *Node) Get(_ context.Context, batch string) (Snapshot, error) {
	v, ok := n.replica.view(batch)
	if !ok {
		return Snapshot{}, ErrNotFound
	}
	return n.snapshot(v), nil
}

// List returns a session's batches, the newest first.
func (n *Node) List(_ context.Context, session string) ([]Snapshot, error) {
	if session == "" {
		return nil, nil
	}
	views := n.replica.views(session)
	snapshots := make([]Snapshot, 0, len(views))
	for _, v := range views {
		snapshots = append(snapshots, n.snapshot(v))
	}
	sortNewestFirst(snapshots)
	return snapshots, nil
}

// Watch returns a channel that holds a token while the batch has changed since the last one was
// taken: what happens meanwhile adds up. It says so too when the batch is deleted, and works for a
// batch that is not there. The caller calls stop; the channel is never closed.
func (n *Node) Watch(batch string) (changed <-chan struct{}, stop func()) {
	return n.replica.watch(batch)
}
