package queue

import (
	"maps"
	"slices"
	"time"

	"github.com/tagroll/tagroll"
)

// view holds what is computed from a batch's records. It is computed once after a change, and never
// modified.
type view struct {
	state    State
	batch    Batch
	photos   []Photo
	removed  []RemovedPhoto
	progress tagroll.Progress // without what depends on the time
	counts   map[PhotoState]int
	typical  time.Duration // of a photo's own time; zero if unknown
	began    []time.Time   // of the photos in process
	waiting  time.Time     // since when the oldest pending photo has; zero if there is none
	active   time.Time     // when somebody last did something
	claimed  bool          // a photo is in process, whatever the batch's state
	revision uint64
	changed  time.Time
	touched  time.Time // see batchRecord
	until    time.Time
}

// view returns the view of a batch.
func (m *replica) view(b string) (*view, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.batches[b]
	if e == nil || e.rec == nil {
		return nil, false
	}
	return e.view(), true
}

// views returns the views of all batches, or of one session.
func (m *replica) views(session string) []*view {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []*view
	if session != "" {
		for b := range m.sessions[session] {
			all = append(all, m.batches[b].view())
		}
		return all
	}
	for _, e := range m.batches {
		if e.rec != nil {
			all = append(all, e.view())
		}
	}
	return all
}

// view computes the view. The caller holds the replica's lock.
func (e *entry) view() *view {
	if e.cached != nil {
		return e.cached
	}
	rec := e.rec
	v := &view{
		batch:    e.head(),
		photos:   make([]Photo, len(e.order)),
		removed:  slices.Collect(maps.Values(e.removed)),
		counts:   make(map[PhotoState]int, 5),
		revision: e.newest,
		changed:  e.changed,
		touched:  rec.Touched,
		until:    rec.Until,
		active:   latest(rec.Created, rec.Arrived, rec.Retried),
	}
	var own, typical time.Duration
	var timed, typicals int
	var lastDone time.Time
	for i, p := range e.order {
		v.photos[i] = e.photo(p)
		v.add(p.rec, v.photos[i].State)
		r := p.rec
		v.progress.Calls += r.Attempts
		v.progress.Usage = v.progress.Usage.Add(r.Spent)
		lastDone = latest(lastDone, r.Done)
		if r.Result == nil {
			continue
		}
		v.progress.Retries += r.Result.Retries
		v.progress.Refusals += r.Result.Refusals
		if took := time.Duration(r.Result.Timings.Total); took > 0 {
			own += took
			timed++
			if r.State != PhotoFailed || r.Attempts > 0 {
				typical += took
				typicals++
			}
		}
	}
	if timed > 0 {
		v.progress.Average = own / time.Duration(timed)
	}
	if typicals > 0 {
		v.typical = typical / time.Duration(typicals)
	}
	v.count()
	v.conclude(latest(lastDone, rec.Closed, rec.Retried))
	e.cached = v
	return v
}

// head returns the batch without the fields that are computed from its photos.
func (e *entry) head() Batch {
	return Batch{
		ID: e.id, Session: e.rec.Session, Token: e.rec.Token, Agencies: e.rec.Agencies, Name: e.rec.Name, Context: e.rec.Context,
		Created: e.rec.Created, Closed: e.rec.Closed, Cancelled: e.rec.Cancelled, Error: e.rec.Error,
	}
}

// photo returns the public form of a photo.
func (e *entry) photo(p *photo) Photo {
	r := p.rec
	state := r.State
	if state == PhotoProcessing && !e.rec.Cancelled.IsZero() {
		state = PhotoPending // its call is being ended, or its node has died
	}
	return Photo{
		ID: r.ID, Name: r.Name, Bytes: r.Bytes, Order: r.Order, Position: r.Position, State: state, Facts: r.Facts,
		Width: r.Image.Width, Height: r.Image.Height, Attempts: r.Attempts,
		Added: r.Added, Edited: r.Edited, EditedFields: r.EditedFields, Result: r.Result, Revision: p.rev,
		Previous: r.Previous, AgainError: r.AgainError,
	}
}

// add counts a photo under the state that it shows to the outside.
func (v *view) add(r *photoRecord, state PhotoState) {
	v.counts[state]++
	v.claimed = v.claimed || r.State == PhotoProcessing
	switch state {
	case PhotoProcessing:
		v.began = append(v.began, r.Began)
	case PhotoPending:
		if v.waiting.IsZero() || r.Queued.Before(v.waiting) {
			v.waiting = r.Queued
		}
	}
}

func (v *view) count() {
	p := &v.progress
	p.Total = len(v.photos)
	p.Successful, p.NeedsReview, p.Failed = v.counts[PhotoSuccessful], v.counts[PhotoNeedsReview], v.counts[PhotoFailed]
	p.Processing, p.Pending = v.counts[PhotoProcessing], v.counts[PhotoPending]
	p.Completed = p.Successful + p.NeedsReview + p.Failed
}

// conclude computes the batch's state. last is the time of the latest step towards its end.
func (v *view) conclude(last time.Time) {
	switch {
	case !v.batch.Cancelled.IsZero():
		v.state, v.batch.Ended = StateCancelled, v.batch.Cancelled
	case v.batch.Closed.IsZero():
		v.state = StateOpen
	case v.progress.Completed == v.progress.Total:
		v.state, v.batch.Ended = StateCompleted, last
	default:
		v.state = StateProcessing
	}
	v.progress.Done = !v.batch.Ended.IsZero()
}

// snapshot completes a view with the values that depend on the time and on this node.
func (n *Node) snapshot(v *view) Snapshot {
	s := Snapshot{Batch: v.batch, State: v.state, Photos: v.photos, Removed: v.removed, Progress: v.progress, Revision: v.revision}
	now := n.now()
	end := now
	if !s.Ended.IsZero() {
		s.Expires = n.expires(v)
		end = s.Ended
	}
	p := &s.Progress
	p.Elapsed = max(end.Sub(s.Created), 0)
	p.Remaining = -1
	switch {
	case s.State == StateCancelled:
	case p.Completed == p.Total && p.Total > 0:
		p.Remaining = 0
	default:
		if p.Pending+p.Processing > 0 {
			p.PausedFor = n.config.Options.Limiter.State().PausedFor
		}
		if v.typical > 0 {
			p.Remaining = p.PausedFor + n.estimate(v, now)
		}
	}
	return s
}

// estimate returns how long the unfinished photos of a batch will take, without the current pause
// of the provider. The work of all photos is spread over the slots of the batch. The estimate is
// longer if the provider allows fewer calls.
func (n *Node) estimate(v *view, now time.Time) time.Duration {
	slots := n.slots()
	work := time.Duration(v.progress.Pending) * v.typical
	longest := time.Duration(0)
	for _, began := range v.began {
		left := min(max(v.typical-now.Sub(began), 0), v.typical)
		work += left
		longest = max(longest, left)
	}
	if v.progress.Pending > 0 {
		limits := n.config.Options.Limiter.State()
		longest = max(longest, v.typical, limits.TimeFor(v.progress.Pending)-limits.PausedFor+v.typical)
	}
	return max(work/time.Duration(slots), longest)
}

// slots returns how many photos of one batch are likely to be in process at once.
func (n *Node) slots() int {
	running := max(n.running(), 1)
	return max(1, min(n.config.Options.Concurrency, n.config.MaxPhotos/running))
}

func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}
