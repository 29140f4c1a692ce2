package queue

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
)

// Why a run ends before its photos are done.
var (
	errCancelled = errors.New("the batch was cancelled")
	errDeleted   = errors.New("the batch was deleted")
	errLost      = errors.New("another node has the batch")
	errClosing   = errors.New("the node is closing")
)

// overrun is how long a photo's work may go on after its end before its place is given to another; see package batch.
const overrun = 3 * time.Second

// run is one batch under way on this node.
type run struct {
	node  *Node
	batch string
	seal  *seal
	id    string // random; names the run in claims
	ctx   context.Context
	end   context.CancelCauseFunc
	wake  chan struct{} // holds a token when the sequence of photos should look again

	finished bool // the lease was ended; for serve only

	mu       sync.Mutex
	msg      jetstream.Msg
	lease    claim
	jobs     map[string]*job   // by the ID that package batch knows
	handed   map[string]uint64 // revisions at which photos were handed out, by name
	tries    map[string]int    // by photo ID
	cursor   int               // into the batch's photos; before it nothing was pending at the last look
	open     int               // jobs handed out whose work has not ended
	claimed  int               // jobs with a claim and without a result
	over     bool              // no more photos are handed out
	draining bool
	failed   bool // the engine failed
}

// job is one photo on its way through a run.
type job struct {
	id      string // the photo's
	subject string
	rec     *photoRecord // as last stored
	rev     uint64
	base    int  // Attempts before this run
	active  bool // counted in run.open
	claimed bool // counted in run.claimed
}

func (n *Node) newRun(b string, msg jetstream.Msg, lease claim) *run {
	r := &run{
		node: n, batch: b, id: newID()[:12], msg: msg, wake: make(chan struct{}, 1),
		jobs: make(map[string]*job), handed: make(map[string]uint64), tries: make(map[string]int),
	}
	lease.Run = r.id
	r.lease = lease
	r.ctx, r.end = context.WithCancelCause(context.Background())
	return r
}

// do runs package batch over the photos that are pending.
func (r *run) do() error {
	n := r.node
	_, _, s, ok := n.mirror.batch(r.batch)
	if !ok {
		return nil
	}
	r.seal = s
	if cause := r.verdict(); cause != nil {
		r.end(cause)
		r.release()
		return nil
	}
	changed, stop := n.mirror.watch(r.batch)
	defer stop()
	var watching sync.WaitGroup
	watching.Go(func() { r.watch(changed) })
	opts := n.config.Options
	opts.Journal = r
	opts.Reuse = nil
	opts.OnProgress = nil
	opts.DiscardResults = true
	opts.Total = 0
	opts.Log = slog.New(quieter{n.log.Handler()}).With("batch", r.batch)
	last, err := batch.Run(r.ctx, r.photos, r.work, opts)
	r.release()
	if err == nil && last.Pending > 0 {
		// Photos came back without anything being wrong. Something must be; do not try again at once.
		r.mu.Lock()
		r.failed = true
		r.mu.Unlock()
	}
	cause := context.Cause(r.ctx)
	r.end(errEnded)
	watching.Wait()
	if cause == nil && tagroll.CodeOf(err) == tagroll.CodeEmptyBatch {
		return nil // somebody else was first
	}
	return err
}

// quieter makes of package batch's notes on a run's course notes for debugging: a batch whose photos arrive one after the
// other is run as often.
type quieter struct{ slog.Handler }

func (q quieter) Enabled(ctx context.Context, level slog.Level) bool {
	return q.Handler.Enabled(ctx, quiet(level))
}

func (q quieter) Handle(ctx context.Context, r slog.Record) error {
	r.Level = quiet(r.Level)
	return q.Handler.Handle(ctx, r)
}

func (q quieter) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quieter{q.Handler.WithAttrs(attrs)}
}
func (q quieter) WithGroup(name string) slog.Handler { return quieter{q.Handler.WithGroup(name)} }

func quiet(level slog.Level) slog.Level {
	if level == slog.LevelInfo {
		return slog.LevelDebug
	}
	return level
}

// errEnded is the cause with which a run's context ends that nothing else has ended.
var errEnded = errors.New("the run has ended")

// watch ends the run when somebody cancels or deletes the batch, or another node has it.
func (r *run) watch(changed <-chan struct{}) {
	for {
		if cause := r.verdict(); cause != nil {
			r.end(cause)
			return
		}
		r.look()
		select {
		case <-r.ctx.Done():
			return
		case <-changed:
		}
	}
}

// look makes the sequence of photos look again.
func (r *run) look() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// verdict says why the run must end, from what the mirror shows; nil if it need not.
func (r *run) verdict() error {
	m := r.node.mirror
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.batches[r.batch]
	switch {
	case e == nil || e.rec == nil:
		return errDeleted
	case !e.rec.Cancelled.IsZero():
		return errCancelled
	case r.node.engine != nil:
		return nil // nobody else is there
	}
	lease := r.claim()
	for _, p := range e.order {
		if c := p.rec.Claim; p.rec.State == PhotoProcessing && c.Run != r.id && c.newerThan(lease) {
			return errLost
		}
	}
	return nil
}

// renew takes over a later delivery of the run's own message.
func (r *run) renew(msg jetstream.Msg, lease claim) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if lease.Message != r.lease.Message {
		return false
	}
	r.msg, r.lease.Delivery = msg, lease.Delivery
	return true
}

func (r *run) message() jetstream.Msg {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.msg
}

func (r *run) claim() claim {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lease
}

// drain hands out no more photos, and ends the run as soon as no call is under way.
func (r *run) drain() {
	r.mu.Lock()
	r.draining, r.over = true, true
	idle := r.claimed == 0
	r.mu.Unlock()
	r.look()
	if idle {
		r.end(errClosing)
	}
}

func (r *run) isDraining() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.draining
}

func (r *run) engineFailed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

// halt hands out no more photos, because package batch has stopped.
func (r *run) halt() {
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	r.look()
}

// photos is the sequence of photos that package batch reads: those pending now and those that become so, until there
// is none and none in process.
func (r *run) photos(yield func(tagroll.Photo) bool) {
	for r.ctx.Err() == nil {
		photo, ok, over := r.next()
		switch {
		case ok:
			if !yield(photo) {
				return
			}
			continue
		case over:
			return
		}
		select {
		case <-r.ctx.Done():
		case <-r.wake:
		}
	}
}

// next hands out the next photo; over says that there will be none.
func (r *run) next() (_ tagroll.Photo, ok, over bool) {
	m := r.node.mirror
	m.mu.Lock()
	defer m.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	e := m.batches[r.batch]
	if r.over || e == nil || e.rec == nil || !e.rec.Cancelled.IsZero() {
		return tagroll.Photo{}, false, true
	}
	for pass := range 2 {
		for i := r.cursor; i < len(e.order); i++ {
			if p := e.order[i]; r.wants(p) {
				r.cursor = i + 1
				return r.hand(p), true, false
			}
		}
		if pass == 0 {
			r.cursor = 0 // a photo that was behind it may be pending again
		}
	}
	r.cursor = len(e.order)
	return tagroll.Photo{}, false, r.open == 0
}

// wants reports whether a photo is to be worked on: it is pending, or its call died with its run, and it has changed since
// it was handed out last.
func (r *run) wants(p *photo) bool {
	if p.rev == r.handed[p.name] {
		return false
	}
	switch p.rec.State {
	case PhotoPending:
		return true
	case PhotoProcessing:
		return r.stale(p.rec.Claim)
	}
	return false
}

// stale reports whether a claim is that of a run that must have ended. In the embedded engine that is every other
// run: the process has the data directory alone. The caller holds the lock.
func (r *run) stale(c claim) bool {
	return c.Run != r.id && (r.node.engine != nil || !c.newerThan(r.lease))
}

// hand makes a job of a photo. Package batch takes an ID once only, so that a photo that comes again has another.
func (r *run) hand(p *photo) tagroll.Photo {
	id := p.rec.ID
	r.tries[id]++
	if t := r.tries[id]; t > 1 {
		id += "~" + strconv.Itoa(t)
	}
	r.handed[p.name] = p.rev
	r.jobs[id] = &job{
		id: p.rec.ID, subject: photoSubject(r.batch, p.name), rec: p.rec, rev: p.rev, base: p.rec.Attempts, active: true,
	}
	r.open++
	return tagroll.Photo{ID: id, Name: p.rec.Name}
}

// work is the tagroll.Process of the run: Config.Work, with the image from the store, when it is the photo's turn.
func (r *run) work(ctx context.Context, photo tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
	j := r.job(photo.ID)
	defer r.close(j)
	defer context.AfterFunc(ctx, func() {
		if e, ok := errors.AsType[*tagroll.Error](context.Cause(ctx)); !ok || e.Code != tagroll.CodeTimeout {
			r.halt() // not this photo ends, but the batch
		}
	})()
	var give func()
	err := attempt.Wait(func() (err error) {
		give, err = r.node.turns.take(ctx, r.batch)
		return err
	})
	if err != nil {
		return tagroll.Result{}, err
	}
	defer give()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(overrun, give) })()
	if r.isDraining() {
		return tagroll.Result{}, notTried(errClosing)
	}
	result, err := r.describe(ctx, j, photo, attempt)
	if tagroll.CodeOf(err).Fatal() {
		r.halt()
	}
	return result, err
}

func (r *run) describe(ctx context.Context, j *job, photo tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
	head, ok := r.node.mirror.head(r.batch)
	if !ok {
		return tagroll.Result{}, notTried(errDeleted)
	}
	prepared := tagroll.Prepared{
		Facts: j.rec.Facts, Timings: j.rec.Timings,
		Image: tagroll.Image{Width: j.rec.Image.Width, Height: j.rec.Image.Height},
	}
	var err error
	prepared.Image.JPEG, err = r.node.loadImage(ctx, r.batch, r.seal, j.rec.Image)
	switch {
	case ctx.Err() != nil:
		return tagroll.Result{}, context.Cause(ctx)
	case errors.Is(err, ErrUnavailable):
		return tagroll.Result{}, r.broke(err)
	case err != nil:
		return tagroll.Result{}, &tagroll.Error{
			Code: tagroll.CodeInternal, Message: "the kept image is lost: add the photo again", Err: err,
		}
	}
	photo.ID = j.id
	photo.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(prepared.Image.JPEG)), nil }
	return r.node.config.Work(ctx, head, photo, prepared, attempt)
}

// notTried is the error of a photo that stays pending.
func notTried(cause error) error {
	return &tagroll.Error{Code: tagroll.CodeCancelled, Message: "not tried", Err: cause}
}

// broke notes that the engine failed. The batch is handed back, and nothing is lost.
func (r *run) broke(err error) error {
	r.mu.Lock()
	r.failed = true
	r.mu.Unlock()
	r.halt()
	return &tagroll.Error{Code: tagroll.CodeJournalFailed, Message: "the engine could not store that the photo is worked on: try again later", Err: err}
}

func (r *run) job(id string) *job {
	r.mu.Lock()
	defer r.mu.Unlock()
	j := r.jobs[id]
	if !j.active {
		j.active = true
		r.open++
	}
	return j
}

// close notes that a job's work has ended. Its result may still be on the way.
func (r *run) close(j *job) {
	r.mu.Lock()
	if j.active {
		j.active = false
		r.open--
	}
	r.mu.Unlock()
	r.look()
}
