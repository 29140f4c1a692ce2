package batch

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/progress"
)

// heartbeat is the longest time between two calls of OnProgress, so that the
// elapsed time moves on a screen even when nothing else does.
const heartbeat = time.Second

// tracker follows the photos of a batch and delivers the progress that package progress computes.
type tracker struct {
	opts  *Options
	start time.Time

	mu       sync.Mutex
	counter  progress.Counter
	seen     int
	current  []*underWay      // oldest first
	finished []tagroll.Result // not yet delivered
	results  []tagroll.Result

	changed chan struct{} // holds one token while there is something to deliver
	end     chan struct{}
	over    sync.WaitGroup
	broken  bool // OnProgress panicked; written by deliver, read after it is over
}

type underWay struct {
	id, label string
	since     time.Time
}

func newTracker(opts *Options) *tracker {
	t := &tracker{opts: opts, start: time.Now(), changed: make(chan struct{}, 1), end: make(chan struct{})}
	if opts.OnProgress != nil {
		t.over.Go(t.deliver)
	}
	return t
}

func (t *tracker) arrived() {
	t.update(func() { t.seen++ })
}

func (t *tracker) began(photo tagroll.Photo) {
	t.update(func() {
		t.current = append(t.current, &underWay{photo.ID, photo.Label(), time.Now()})
	})
}

// held counts a photo whose result is not final as one that waits.
func (t *tracker) held(photo tagroll.Photo) {
	t.update(func() {
		t.current = slices.DeleteFunc(t.current, func(u *underWay) bool { return u.id == photo.ID })
	})
}

// ended counts a photo that is done, or that was given back.
func (t *tracker) ended(result tagroll.Result) {
	t.update(func() {
		// A duplicate ID or a reused result was never under way.
		if result.Error == nil || result.Error.Code != tagroll.CodeDuplicatePhoto {
			t.current = slices.DeleteFunc(t.current, func(u *underWay) bool { return u.id == result.Photo.ID })
		}
		t.counter.Add(result)
		if result.Draft() {
			t.counter.Draft()
		}
		if result.Status == tagroll.StatusPending {
			return
		}
		if t.opts.OnProgress != nil {
			t.finished = append(t.finished, result)
		}
		if !t.opts.DiscardResults {
			t.results = append(t.results, result)
		}
	})
}

func (t *tracker) update(change func()) {
	t.mu.Lock()
	change()
	t.mu.Unlock()
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// snapshot returns the progress of this moment. With deliver, the results that it
// carries as new are not new any more.
func (t *tracker) snapshot(deliver bool) tagroll.Progress {
	state := t.opts.Limiter.State()
	t.mu.Lock()
	defer t.mu.Unlock()
	began := make([]time.Time, 0, len(t.current))
	labels := make([]string, 0, len(t.current))
	for _, u := range t.current {
		began = append(began, u.since)
		labels = append(labels, u.label)
	}
	p := t.counter.At(progress.Moment{
		Now: time.Now(), Start: t.start, Total: max(t.seen, t.opts.Total), Began: began,
		Slots: t.opts.Concurrency, Limiter: state,
	})
	p.Current = labels
	p.Results = t.results[:len(t.results):len(t.results)]
	if deliver {
		p.Finished, t.finished = t.finished, nil
	}
	return p
}

// deliver calls OnProgress until the batch is over, or it panics.
func (t *tracker) deliver() {
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-t.end:
			return
		case <-t.changed:
		case <-ticker.C:
		}
		if t.call(t.snapshot(true)); t.broken {
			return
		}
		pace := time.NewTimer(t.opts.ProgressEvery)
		select {
		case <-t.end:
			pace.Stop()
			return
		case <-pace.C:
		}
	}
}

// finish delivers the last progress, after every other, and returns it.
func (t *tracker) finish() tagroll.Progress {
	close(t.end)
	t.over.Wait()
	last := t.snapshot(true)
	last.Done = true
	if last.Limiter.Window == 0 {
		last.WithAuto = t.counter.WithAuto(last, runtime.GOMAXPROCS(0))
	}
	if t.opts.OnProgress != nil && !t.broken {
		t.call(last)
	}
	last.Finished = nil
	return last
}

// call calls OnProgress. It is only called by one goroutine at a time.
func (t *tracker) call(p tagroll.Progress) {
	defer func() {
		if v := recover(); v != nil {
			t.broken = true
			t.opts.Log.Error("the progress callback panicked and is not called again", "panic", v)
		}
	}()
	t.opts.OnProgress(p)
}
