package queue

import (
	"maps"
	"slices"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/progress"
)

// view holds what is computed from a batch's records. It is computed once after a change, and never
// modified. What depends on the time is added by snapshot.
type view struct {
	state    State
	batch    Batch
	photos   []Photo
	removed  []RemovedPhoto
	counter  progress.Counter
	counts   map[PhotoState]int
	began    []time.Time // of the photos in process
	waiting  time.Time   // since when the oldest pending photo has; zero if there is none
	active   time.Time   // when somebody last did something
	claimed  bool        // a photo is in process, whatever the batch's state
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
	var lastDone time.Time
	e.regroup()
	for i, p := range e.order {
		v.photos[i] = e.photo(p)
		v.add(p.rec, v.photos[i])
		lastDone = latest(lastDone, p.rec.Done)
	}
	v.conclude(latest(lastDone, rec.Closed, rec.Retried))
	e.cached = v
	return v
}

// head returns the batch without the fields that are computed from its photos.
func (e *entry) head() Batch {
	return Batch{
		ID: e.id, Session: e.rec.Session, Token: e.rec.Token, Agencies: e.rec.Agencies, Name: e.rec.Name, Brief: e.rec.brief(),
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
	shown := Photo{
		ID: r.ID, Name: r.Name, Bytes: r.Bytes, Order: r.Order, Position: r.Position, State: state, Facts: r.Facts,
		Width: r.Image.Width, Height: r.Image.Height, Sketch: r.Image.Sketch, Calls: r.Calls,
		Added: r.Added, Edited: r.Edited, EditedFields: r.EditedFields, Result: r.Result,
		Revision: p.rev, Regrouped: e.grouped.since[r.ID], Group: e.grouped.of[r.ID],
		Previous: r.Previous, AgainError: r.AgainError,
	}
	e.pairs.complete(&shown)
	return shown
}

// add counts a photo under the state that it shows to the outside. What its calls have cost is
// counted whatever became of it.
func (v *view) add(r *photoRecord, p Photo) {
	v.counts[p.State]++
	v.claimed = v.claimed || r.State == PhotoProcessing
	switch p.State {
	case PhotoProcessing:
		v.began = append(v.began, r.Began)
	case PhotoPending:
		if v.waiting.IsZero() || r.Queued.Before(v.waiting) {
			v.waiting = r.Queued
		}
	}
	sum := tagroll.Result{Status: tagroll.StatusPending, Calls: r.Calls, Usage: r.Spent}
	if p.State.done() {
		sum.Status = tagroll.Status(p.State)
	}
	if r.Result != nil {
		sum.Retries, sum.Refusals, sum.Timings, sum.Cached = r.Result.Retries, r.Result.Refusals, r.Result.Timings, r.Result.Cached
	}
	v.counter.Add(sum)
	if p.Draft() {
		v.counter.Draft()
	}
}

// unfinished is how many photos have no result.
func (v *view) unfinished() int {
	return len(v.photos) - v.counts[PhotoSuccessful] - v.counts[PhotoNeedsReview] - v.counts[PhotoFailed]
}

// conclude computes the batch's state. last is the time of the latest step towards its end.
func (v *view) conclude(last time.Time) {
	switch {
	case !v.batch.Cancelled.IsZero():
		v.state, v.batch.Ended = StateCancelled, v.batch.Cancelled
	case v.batch.Closed.IsZero():
		v.state = StateOpen
	case v.unfinished() == 0:
		v.state, v.batch.Ended = StateCompleted, last
	default:
		v.state = StateProcessing
	}
}

// snapshot completes a view with the values that depend on the time and on this node.
func (n *Node) snapshot(v *view) Snapshot {
	s := Snapshot{Batch: v.batch, State: v.state, Photos: v.photos, Removed: v.removed, Revision: v.revision}
	m := progress.Moment{
		Now: n.now(), Start: s.Created, Total: len(v.photos), Began: v.began, Stopped: s.State == StateCancelled,
	}
	if !s.Ended.IsZero() {
		s.Expires = n.expires(v)
		m.Now = s.Ended
	} else if v.unfinished() > 0 {
		m.Limiter, m.Slots = n.limiter()
	}
	s.Progress = v.counter.At(m)
	s.Progress.Done = !s.Ended.IsZero()
	return s
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
