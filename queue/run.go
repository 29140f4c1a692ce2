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

// Causes with which a run ends before its photos are done.
var (
	errCancelled = errors.New("the batch was cancelled")
	errDeleted   = errors.New("the batch was deleted")
	errLost      = errors.New("another node has the batch")
	errClosing   = errors.New("the node is closing")
)

// overrun is how long the work on a photo may continue after the end of its context, before its
// slot goes to another photo. Package batch has left the work behind by then.
const overrun = batch.Overrun + time.Second

// run is one batch under way on this node.
type run struct {
	node   *Node
	batch  string
	cipher *batchCipher
	id     string // random; names the run in claims
	ctx    context.Context
	end    context.CancelCauseFunc
	wake   chan struct{} // holds a token when the sequence of photos should look again

	finished bool // the lease was ended; for serve only

	mu     sync.Mutex
	msg    jetstream.Msg
	lease  claim
	tasks  map[string]*task  // by the ID that package batch knows
	handed map[string]uint64 // revisions at which photos were handed out, by name
	tries  map[string]int    // by photo ID
	// cursor is an index into the batch's photos: none before it was pending when last checked.
	cursor   int
	open     int  // tasks handed out whose work has not ended
	claimed  int  // tasks with a claim and without a result
	over     bool // no more photos are handed out
	draining bool
	failed   bool // the engine failed
}

// task is one photo on its way through a run.
type task struct {
	id      string // the photo's
	subject string
	rec     *photoRecord // as last stored
	rev     uint64
	base    int  // Calls before this run
	active  bool // counted in run.open
	claimed bool // counted in run.claimed
}

func (n *Node) newRun(b string, msg jetstream.Msg, lease claim) *run {
	r := &run{
		node: n, batch: b, id: newID()[:12], msg: msg, wake: make(chan struct{}, 1),
		tasks: make(map[string]*task), handed: make(map[string]uint64), tries: make(map[string]int),
	}
	lease.Run = r.id
	r.lease = lease
	r.ctx, r.end = context.WithCancelCause(context.Background())
	return r
}

// execute runs package batch over the pending photos.
func (r *run) execute() error {
	n := r.node
	_, _, s, ok := n.replica.batch(r.batch)
	if !ok {
		return nil
	}
	r.cipher = s
	if cause := r.stopReason(); cause != nil {
		r.end(cause)
		r.release()
		return nil
	}
	changed, stop := n.replica.watch(r.batch)
	defer stop()
	var watching sync.WaitGroup
	watching.Go(func() { r.watch(changed) })
	opts := n.config.Options
	opts.Journal = r
	opts.Reuse = nil
	opts.OnProgress = nil
	opts.DiscardResults = true
	opts.Total = 0
	opts.Log = slog.New(debugHandler{n.log.Handler()}).With("batch", r.batch)
	last, err := batch.Run(r.ctx, r.photos, r.work, opts)
	r.release()
	if err == nil && last.Pending > 0 {
		// Photos came back although nothing failed. Something must be wrong, so the batch
		// is not retried at once.
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

// errEnded is the cause with which a run ends when its work is done.
var errEnded = errors.New("the run has ended")

// watch ends the run when the batch is cancelled or deleted, or when another node has taken it.
func (r *run) watch(changed <-chan struct{}) {
	for {
		if cause := r.stopReason(); cause != nil {
			r.end(cause)
			return
		}
		r.nudge()
		select {
		case <-r.ctx.Done():
			return
		case <-changed:
		}
	}
}

// nudge makes the sequence of photos check again for pending photos.
func (r *run) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// stopReason returns why the run must end, as the replica shows it; nil if the run may go on.
func (r *run) stopReason() error {
	m := r.node.replica
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

// renew replaces the run's message with a later delivery of the same message.
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
	r.nudge()
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
	r.nudge()
}

// photos is the sequence of photos that package batch reads. It ends when no photo is pending and
// none is in process.
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

// next returns the next photo. over reports that no photo will follow.
func (r *run) next() (_ tagroll.Photo, ok, over bool) {
	m := r.node.replica
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
				return r.hand(p, e.photo(p).Name), true, false
			}
		}
		if pass == 0 {
			r.cursor = 0 // a photo that was behind it may be pending again
		}
	}
	r.cursor = len(e.order)
	return tagroll.Photo{}, false, r.open == 0
}

// wants reports whether a photo needs work: it is pending, or its claim belongs to a run that has
// died. A photo that has not changed since it was handed out is not handed out again.
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

// stale reports whether a claim belongs to a run that has ended. An embedded engine serves one
// process, so there every other run has ended. The caller holds the lock.
func (r *run) stale(c claim) bool {
	return c.Run != r.id && (r.node.engine != nil || !c.newerThan(r.lease))
}

// hand makes a task of a photo. Package batch accepts an ID only once, so a photo that comes again
// gets another ID.
func (r *run) hand(p *photo, name string) tagroll.Photo {
	id := p.rec.ID
	r.tries[id]++
	if t := r.tries[id]; t > 1 {
		id += "~" + strconv.Itoa(t)
	}
	r.handed[p.name] = p.rev
	r.tasks[id] = &task{
		id: p.rec.ID, subject: photoSubject(r.batch, p.name), rec: p.rec, rev: p.rev, base: p.rec.Calls, active: true,
	}
	r.open++
	return tagroll.Photo{ID: id, Name: name}
}

// work is the tagroll.Process of the run. It waits for a slot of the fair scheduler, loads the
// image and calls Config.Work.
func (r *run) work(ctx context.Context, photo tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
	t := r.task(photo.ID)
	defer r.close(t)
	defer context.AfterFunc(ctx, func() {
		if e, ok := errors.AsType[*tagroll.Error](context.Cause(ctx)); !ok || e.Code != tagroll.CodeTimeout {
			r.halt() // not this photo ends, but the batch
		}
	})()
	var release func()
	err := attempt.Wait(func() (err error) {
		release, err = r.node.scheduler.acquire(ctx, r.batch)
		return err
	})
	if err != nil {
		return tagroll.Result{}, err
	}
	defer release()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(overrun, release) })()
	if r.isDraining() {
		return tagroll.Result{}, notTried(errClosing)
	}
	result, err := r.describe(ctx, t, photo, attempt)
	if tagroll.CodeOf(err).Fatal() {
		r.halt()
	}
	return result, err
}

func (r *run) describe(ctx context.Context, t *task, photo tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
	head, ok := r.node.replica.head(r.batch)
	if !ok {
		return tagroll.Result{}, notTried(errDeleted)
	}
	prepared := tagroll.Prepared{
		Facts: t.rec.Facts, Timings: t.rec.Timings,
		Image: tagroll.Image{Width: t.rec.Image.Width, Height: t.rec.Image.Height, Sketch: t.rec.Image.Sketch},
	}
	var err error
	prepared.Image.JPEG, err = r.node.loadImage(ctx, r.batch, r.cipher, t.rec.Image)
	switch {
	case ctx.Err() != nil:
		return tagroll.Result{}, context.Cause(ctx)
	case errors.Is(err, ErrUnavailable):
		return tagroll.Result{}, r.engineError(err)
	case err != nil:
		return tagroll.Result{}, &tagroll.Error{
			Code: tagroll.CodeInternal, Message: "the kept image is lost: add the photo again", Err: err,
		}
	}
	photo.ID = t.id
	photo.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(prepared.Image.JPEG)), nil }
	return r.node.config.Work(ctx, head, photo, prepared, attempt)
}

// notTried is the error of a photo that stays pending.
func notTried(cause error) error {
	return &tagroll.Error{Code: tagroll.CodeCancelled, Message: "not tried", Err: cause}
}

// engineError records that the engine failed. The batch is handed back, and nothing is lost.
func (r *run) engineError(err error) error {
	r.mu.Lock()
	r.failed = true
	r.mu.Unlock()
	r.halt()
	return &tagroll.Error{Code: tagroll.CodeJournalFailed, Message: "the engine could not store that the photo is worked on: try again later", Err: err}
}

func (r *run) task(id string) *task {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.tasks[id]
	if !t.active {
		t.active = true
		r.open++
	}
	return t
}

// close records that the work on a task has ended. The task's result may not be stored yet.
func (r *run) close(t *task) {
	r.mu.Lock()
	if t.active {
		t.active = false
		r.open--
	}
	r.mu.Unlock()
	r.nudge()
}
