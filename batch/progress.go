package batch

import (
	"slices"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/limit"
)

// heartbeat is the longest time between two calls of OnProgress, so that the
// elapsed time moves on a screen even when nothing else does.
const heartbeat = time.Second

// tracker computes the progress, once, and delivers it.
type tracker struct {
	opts  *Options
	start time.Time

	mu       sync.Mutex
	state    tagroll.Progress // the counters; the rest is computed by snapshot
	seen     int
	current  []*underWay      // oldest first
	own      time.Duration    // of the photos that were processed
	typical  time.Duration    // of those that tell how long the others may take,
	typicals int              // and how many these are
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
		s := &t.state
		// A duplicate ID or a reused result was never under way.
		if result.Error == nil || result.Error.Code != tagroll.CodeDuplicatePhoto {
			t.current = slices.DeleteFunc(t.current, func(u *underWay) bool { return u.id == result.Photo.ID })
		}
		switch result.Status {
		case tagroll.StatusSuccessful:
			s.Successful++
		case tagroll.StatusNeedsReview:
			s.NeedsReview++
			if result.Draft() {
				s.Drafts++
			}
		case tagroll.StatusFailed:
			s.Failed++
		}
		if result.Reused {
			s.Reused++
		} else {
			if result.Cached && result.Status != tagroll.StatusPending {
				s.Cached++
			}
			s.Calls += result.Calls
			s.Retries += result.Retries
			s.Refusals += result.Refusals
			s.Usage = s.Usage.Add(result.Usage)
		}
		if result.Status == tagroll.StatusPending {
			return
		}
		s.Completed++
		if !result.Reused {
			t.own += time.Duration(result.Timings.Total)
			if (result.Status != tagroll.StatusFailed || result.Calls > 0) && !result.Cached {
				// A file that cannot be read fails at once, and says nothing about the rest; nor
				// does a photo that was not asked about.
				t.typical += time.Duration(result.Timings.Total)
				t.typicals++
			}
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

// snapshot computes the progress of this moment. With deliver, the results that it
// carries as new are not new any more.
func (t *tracker) snapshot(deliver bool) tagroll.Progress {
	state := t.opts.Limiter.State()
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	p := t.state
	p.Total = max(t.seen, t.opts.Total)
	p.Processing = len(t.current)
	p.Pending = p.Total - p.Completed - p.Processing
	p.Elapsed = now.Sub(t.start)
	p.PausedFor = state.PausedFor
	p.Current = make([]string, 0, len(t.current))
	for _, u := range t.current {
		p.Current = append(p.Current, u.label)
	}
	if n := p.Completed - p.Reused; n > 0 {
		p.Average = t.own / time.Duration(n)
	}
	p.Remaining = t.estimate(p, state, now)
	p.Results = t.results[:len(t.results):len(t.results)]
	if deliver {
		p.Finished, t.finished = t.finished, nil
	}
	return p
}

// estimate returns the time until the end: what the photos under way have left of a
// typical photo's time, and the pending ones, spread over the slots, or one call after the
// other at the provider's pace if that takes longer; and a provider's pause before that.
func (t *tracker) estimate(p tagroll.Progress, state limit.State, now time.Time) time.Duration {
	if p.Completed == p.Total && p.Total > 0 {
		return 0
	}
	if t.typicals == 0 {
		return -1
	}
	typical := t.typical / time.Duration(t.typicals)
	work := time.Duration(p.Pending) * typical
	longest := time.Duration(0)
	for _, u := range t.current {
		left := max(typical-now.Sub(u.since), 0)
		work += left
		longest = max(longest, left)
	}
	if p.Pending > 0 {
		longest = max(longest, typical, state.TimeFor(p.Pending)-state.PausedFor+typical)
	}
	return p.PausedFor + max(work/time.Duration(t.opts.Concurrency), longest)
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
