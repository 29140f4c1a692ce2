package queue

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// replica holds all batches and photos of the engine in memory, decrypted. One consumer of the
// state's stream feeds the replica in the stream's order (see replicate), so every node sees the
// same changes in the same order. Reading the replica costs the engine nothing.
type replica struct {
	mu       sync.Mutex
	batches  map[string]*entry
	sessions map[string]map[string]bool // IDs of batches by session
	gone     map[string]tombstone
	// strays are batches whose photos exist and whose key does not, because a deletion was
	// interrupted.
	strays   map[string]time.Time
	waiters  map[string][]waiter
	watchers map[string]map[chan struct{}]bool

	position   uint64 // revision of the last value that was delivered
	gap        uint64 // that of the last one before which revisions were missing
	whole      uint64 // the revision up to which such gaps are closed
	synced     bool
	damaged    int     // values that could not be read
	spent      float64 // US dollars, since the replica was first complete
	generation int
	broken     func(subject string, err error)
}

// entry is one batch.
type entry struct {
	id     string
	cipher *batchCipher
	keyRev uint64
	keyAt  time.Time    // when the key was seen first
	rec    *batchRecord // nil until it arrives
	rev    uint64
	photos map[string]*photo // by name
	byID   map[string]*photo
	order  []*photo
	// removed are the photos that were removed, or joined to others, by name.
	removed map[string]RemovedPhoto
	pairs   pairs

	newest  uint64        // greatest revision of all of it
	changed time.Time     // when something last changed, by this node's clock
	writing chan struct{} // holds a token while one of this node's writers changes the record
	made    atomic.Int64  // changes of this node's writers
	cached  *view         // nil after a change
	album   album
	grouped grouping
	seen    int
}

// photo is one photo of a batch. Its record is replaced, never changed.
type photo struct {
	name string
	rec  *photoRecord
	rev  uint64
	seen int
	// loaded says that the photo was in the store when the node was opened.
	loaded bool
}

// tombstone marks a deleted batch.
type tombstone struct {
	rev   uint64
	since time.Time
	done  bool // nothing is left to be removed
	seen  int
}

func newReplica(broken func(subject string, err error)) *replica {
	return &replica{
		batches:  make(map[string]*entry),
		sessions: make(map[string]map[string]bool),
		gone:     make(map[string]tombstone),
		strays:   make(map[string]time.Time),
		waiters:  make(map[string][]waiter),
		watchers: make(map[string]map[chan struct{}]bool),
		broken:   broken,
	}
}

// unreadableValue counts and reports a stored value that cannot be read.
func (m *replica) unreadableValue(subject string, err error) {
	m.damaged++
	m.broken(subject, err)
}

// apply applies one stored value.
func (m *replica) apply(subject string, value []byte, rev uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if rev > m.position+1 {
		m.gap = rev
	}
	m.position = rev
	defer m.wake(everything)
	kind, b, name := parseSubject(subject)
	if b == probe || b == secretName || b == budgetName {
		return
	}
	if t, ok := m.gone[b]; ok && kind != "batch" {
		if t.done {
			m.strays[b] = time.Now()
		}
		return // late, or not yet removed
	}
	changed := false
	switch kind {
	case "key":
		changed = m.applyKey(b, value, rev)
	case "batch":
		changed = m.applyBatch(b, subject, value, rev)
	case "photo":
		changed = m.applyPhoto(b, name, subject, value, rev)
	}
	if changed {
		m.notify(b)
	}
	m.wake(b)
}

func (m *replica) applyKey(b string, value []byte, rev uint64) bool {
	e := m.batches[b]
	if e != nil && e.keyRev >= rev {
		e.seen = m.generation
		return false
	}
	s, err := newBatchCipher(value)
	if err != nil {
		m.unreadableValue(keySubject(b), err)
		return false
	}
	if e == nil {
		e = &entry{id: b, photos: make(map[string]*photo), byID: make(map[string]*photo), removed: make(map[string]RemovedPhoto), writing: make(chan struct{}, 1)}
		m.batches[b] = e
	}
	e.cipher, e.keyRev, e.keyAt, e.seen = s, rev, time.Now(), m.generation
	return false // nobody can see it yet
}

func (m *replica) applyBatch(b, subject string, value []byte, rev uint64) bool {
	if t, ok := m.gone[b]; ok && rev <= t.rev {
		t.seen = m.generation
		m.gone[b] = t
		return false
	}
	if len(value) > 0 && value[0] != valueSealed {
		t, again := m.gone[b]
		if !again {
			t.since = time.Now()
		}
		t.rev, t.done, t.seen = rev, value[0] == valueGone, m.generation
		m.gone[b] = t
		delete(m.strays, b)
		m.drop(b)
		return !again
	}
	e := m.batches[b]
	if e == nil {
		m.strays[b] = time.Now()
		return false
	}
	e.seen = m.generation
	if rev <= e.rev {
		return false
	}
	text, err := e.cipher.open(subject, value)
	if err != nil {
		m.unreadableValue(subject, err)
		return false
	}
	rec, err := decode[batchRecord](text)
	if err != nil {
		m.unreadableValue(subject, err)
		return false
	}
	if e.rec == nil && rec.Session != "" {
		if m.sessions[rec.Session] == nil {
			m.sessions[rec.Session] = make(map[string]bool)
		}
		m.sessions[rec.Session][b] = true
	}
	e.rec, e.rev = rec, rev
	e.touch(rev)
	return true
}

func (m *replica) applyPhoto(b, name, subject string, value []byte, rev uint64) bool {
	e := m.batches[b]
	if e == nil {
		if _, known := m.strays[b]; !known {
			m.strays[b] = time.Now()
		}
		return false
	}
	p := e.photos[name]
	if p != nil {
		p.seen = m.generation
		if rev <= p.rev {
			return false
		}
	}
	text, err := e.cipher.open(subject, value)
	if err != nil {
		m.unreadableValue(subject, err)
		return false
	}
	rec, err := decode[photoRecord](text)
	if err != nil {
		m.unreadableValue(subject, err)
		return false
	}
	if rec.State == photoRemoved || rec.State == photoJoined {
		e.remove(name)
		e.pairs.set(name, rec, rev)
		e.removed[name] = RemovedPhoto{ID: rec.ID, Revision: rev}
		e.touch(rev)
		return true
	}
	if e.removed[name].Revision > rev {
		return false
	}
	delete(e.removed, name)
	e.pairs.set(name, rec, rev)
	if p == nil {
		p = &photo{name: name, seen: m.generation, loaded: !m.synced}
		e.insert(p, rec)
	}
	if p.rec != nil && m.synced {
		m.spent += max(0, rec.Spent.CostUSD-p.rec.Spent.CostUSD)
	}
	p.rec, p.rev = rec, rev
	e.touch(rev)
	return true
}

// insert puts a new photo at its place in the order, which is nearly always the end.
func (e *entry) insert(p *photo, rec *photoRecord) {
	e.photos[p.name], e.byID[rec.ID] = p, p
	e.pairs.insert(p, rec)
	at := len(e.order)
	for at > 0 && rec.before(e.order[at-1].rec) {
		at--
	}
	e.order = slices.Insert(e.order, at, p)
}

// before reports whether the photo stands before another one in the batch.
func (r *photoRecord) before(o *photoRecord) bool {
	return r.Position < o.Position || r.Position == o.Position && r.Order < o.Order
}

// remove forgets a photo, if it is there.
func (e *entry) remove(name string) {
	p := e.photos[name]
	if p == nil {
		return
	}
	delete(e.photos, name)
	delete(e.byID, p.rec.ID)
	e.pairs.remove(p)
	e.order = slices.DeleteFunc(e.order, func(o *photo) bool { return o == p })
}

func (e *entry) touch(rev uint64) {
	e.newest = max(e.newest, rev)
	e.changed = time.Now()
	e.cached = nil
}

// drop forgets a batch.
func (m *replica) drop(b string) {
	e := m.batches[b]
	if e == nil {
		return
	}
	delete(m.batches, b)
	if e.rec != nil {
		ids := m.sessions[e.rec.Session]
		delete(ids, b)
		if len(ids) == 0 {
			delete(m.sessions, e.rec.Session)
		}
	}
}

// rewind prepares for reading the stream from its start, after the consumer was lost.
func (m *replica) rewind() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.synced = false
	m.generation++
}

// catchUp ends a rewind. Entries that were not delivered again were deleted meanwhile, unless they
// are newer than barrier, the last revision before the rewind.
func (m *replica) catchUp(barrier uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for b, e := range m.batches {
		if e.seen != m.generation && max(e.rev, e.keyRev) <= barrier {
			m.drop(b)
			m.notify(b)
			m.wake(b)
			continue
		}
		for name, p := range e.photos {
			if p.seen != m.generation && p.rev <= barrier {
				e.remove(name)
				e.touch(0)
			}
		}
	}
	for b, t := range m.gone {
		if t.seen != m.generation && t.rev <= barrier {
			delete(m.gone, b)
		}
	}
	m.synced = true
}

func (m *replica) lost() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.synced = false
}

func (m *replica) ready() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.synced
}

// batch returns a batch's record and revision.
func (m *replica) batch(b string) (*batchRecord, uint64, *batchCipher, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.batches[b]
	if e == nil || e.rec == nil {
		return nil, 0, nil, false
	}
	return e.rec, e.rev, e.cipher, true
}

// photo returns the record and revision of a photo by its ID.
func (m *replica) photo(b, id string) (*photoRecord, uint64, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.batches[b]
	if e == nil || e.rec == nil {
		return nil, 0, false
	}
	p := e.find(id)
	if p == nil {
		return nil, 0, false
	}
	return p.rec, p.rev, true
}

// newest returns the greatest revision of the batch and its photos.
func (m *replica) newest(b string) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.batches[b]; e != nil {
		return e.newest
	}
	return 0
}

// hasWork reports whether a node must take the batch: a photo is pending in a batch that is not
// cancelled, or a photo is claimed and the claim must be finished or released.
func (m *replica) hasWork(b string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.batches[b]
	return e != nil && e.rec != nil && e.hasWork()
}

func (e *entry) hasWork() bool {
	return e.view().counts[PhotoPending] > 0 && e.rec.Cancelled.IsZero() || e.view().claimed
}

// head returns a batch without the fields that are computed from its photos.
func (m *replica) head(b string) (Batch, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.batches[b]
	if e == nil || e.rec == nil {
		return Batch{}, false
	}
	return e.head(), true
}

// claimed returns the photos in process whose claim fulfils the condition.
func (m *replica) claimed(b string, such func(claim) bool) []photo {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.batches[b]
	if e == nil {
		return nil
	}
	var claimed []photo
	for _, p := range e.order {
		if p.rec.State == PhotoProcessing && such(p.rec.Claim) {
			claimed = append(claimed, *p)
		}
	}
	return claimed
}

// beginChange serialises this node's changes of a batch's record, which would otherwise conflict
// and be repeated. It waits for earlier changes, and fails with context.DeadlineExceeded if none of
// them was made for as long as patience. The caller says with done whether its own change was made.
func (m *replica) beginChange(ctx context.Context, b string, patience time.Duration) (done func(made bool), err error) {
	m.mu.Lock()
	e := m.batches[b]
	m.mu.Unlock()
	if e == nil {
		return nil, ErrNotFound
	}
	done = func(made bool) {
		if made {
			e.made.Add(1)
		}
		<-e.writing
	}
	for {
		before := e.made.Load()
		timer := time.NewTimer(patience)
		select {
		case e.writing <- struct{}{}:
			timer.Stop()
			return done, nil
		case <-ctx.Done():
			timer.Stop()
			return nil, context.Cause(ctx)
		case <-timer.C:
			if e.made.Load() == before {
				return nil, context.DeadlineExceeded
			}
		}
	}
}

func (m *replica) spentUSD() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.spent
}
